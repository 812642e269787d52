using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Escalations;

public sealed class HelpDeskHoursTests
{
    static readonly Lazy<ZoneTable> zones = new(() =>
    {
        using var content = new SampleContent();
        return ZoneTable.Load(content.Folder);
    });

    [Theory]

    // Default hours are Monday to Friday, 8 to 19, where the person is; 13:00 UTC is 8 in New York and 5 in Los Angeles.
    [InlineData("2026-11-16T13:00Z", "NY", null, true)]
    [InlineData("2026-11-16T12:59Z", "NY", null, false)]
    [InlineData("2026-11-16T13:00Z", "CA", null, false)]
    [InlineData("2026-11-16T16:00Z", "CA", null, true)]
    [InlineData("2026-11-17T02:59Z", "CA", null, true)]
    [InlineData("2026-11-17T00:00Z", "NY", null, false)]
    [InlineData("2026-11-16T18:00Z", "HI", null, true)]
    [InlineData("2026-11-16T17:59Z", "HI", null, false)]

    // A state wins over the area code, the area code over the configured zone, and neither is needed.
    [InlineData("2026-11-16T13:00Z", "NY", "+13105550123", true)]
    [InlineData("2026-11-16T13:00Z", null, "+13105550123", false)]
    [InlineData("2026-11-16T18:00Z", "", "+18085550123", true)]
    [InlineData("2026-11-16T13:00Z", null, null, true)]
    [InlineData("2026-11-16T13:00Z", "ON", "+442079460000", true)]
    [InlineData("2026-11-16T13:00Z", "ny", null, true)]

    // Daylight saving: in July New York is an hour earlier, Arizona is not.
    [InlineData("2026-07-15T12:00Z", "NY", null, true)]
    [InlineData("2026-07-15T14:59Z", "AZ", null, false)]
    [InlineData("2026-07-15T15:00Z", "AZ", null, true)]

    // Weekend; Thanksgiving; a holiday where the person is although not yet over elsewhere.
    [InlineData("2026-11-21T17:00Z", "NY", null, false)]
    [InlineData("2026-11-26T17:00Z", "NY", null, false)]
    [InlineData("2026-11-27T01:00Z", "HI", null, false)]
    [InlineData("2026-11-27T18:00Z", "HI", null, true)]
    public void Hours_are_those_of_the_person(string moment, string? state, string? contact, bool isOpen)
    {
        var hours = new HelpDeskHours(Options.Create(new HelpDeskOptions()), zones.Value);

        Assert.Equal(isOpen, hours.StatusAt(Moment(moment), state, Number(contact)).IsOpen);
    }

    [Theory]
    [InlineData("2026-12-24T15:00Z", false)]
    [InlineData("2026-12-23T15:00Z", true)]
    [InlineData("2026-12-28T15:00Z", false)]
    public void Closures_are_days_off(string moment, bool isOpen)
    {
        var hours = new HelpDeskHours(Options.Create(new HelpDeskOptions { Closures = "2026-12-24, 2026-12-28" }), zones.Value);

        Assert.Equal(isOpen, hours.StatusAt(Moment(moment), "NY", null).IsOpen);
    }

    [Theory]
    [InlineData("open", true)]
    [InlineData("closed", false)]
    public void A_set_state_wins_over_hours_and_holidays(string state, bool isOpen)
    {
        var hours = new HelpDeskHours(Options.Create(new HelpDeskOptions { State = state }), zones.Value);

        Assert.Equal(isOpen, hours.StatusAt(Moment("2026-12-25T03:00Z"), "NY", null).IsOpen);
        Assert.Equal(isOpen, hours.StatusAt(Moment("2026-11-16T15:00Z"), "NY", null).IsOpen);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("+12025550123", true)]
    public void Calls_are_put_through_only_where_there_is_a_number(string transferTo, bool canTransfer)
    {
        var hours = new HelpDeskHours(Options.Create(new HelpDeskOptions { TransferTo = transferTo }), zones.Value);

        Assert.Equal(canTransfer, hours.StatusAt(Moment("2026-11-16T15:00Z"), null, null).CanTransfer);
    }

    [Fact]
    public void Every_wrong_setting_is_named_at_once()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["HelpDesk:Hours"] = "whenever",
            ["HelpDesk:Closures"] = "2026-12-24, Christmas",
            ["HelpDesk:State"] = "ajar",
            ["HelpDesk:TimeZone"] = "Mars/Olympus",
            ["HelpDesk:TransferTo"] = "the front desk",
        }).Build();
        using var services = new ServiceCollection().AddLogging().AddKnowledge(configuration).BuildServiceProvider();

        var problem = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<HelpDeskOptions>>().Value);

        Assert.All(
            ["HelpDesk:Hours", "Christmas", "HelpDesk:State", "Mars/Olympus", "HelpDesk:TransferTo"],
            name => Assert.Contains(name, problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_zone_of_the_shipped_table_is_known()
    {
        var shipped = ZoneTable.Load(RepositoryFolder.Of("knowledge"));

        Assert.Equal("Pacific/Honolulu", shipped.OfState("HI")?.Id);
        Assert.Equal("America/Los_Angeles", shipped.OfAreaCode("213")?.Id);
        Assert.Null(shipped.OfAreaCode("000"));
        Assert.Null(shipped.OfState(null));
    }

    static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    static PhoneNumber? Number(string? text) => PhoneNumber.TryParse(text, out var number) ? number : null;
}
