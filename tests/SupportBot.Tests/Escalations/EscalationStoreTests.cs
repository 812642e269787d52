using System.Text.RegularExpressions;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Escalations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Escalations;

public sealed class EscalationStoreTests
{
    [Theory, DatabaseMatrix]
    public async Task A_case_is_found_under_its_conversation(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        var state = new Conversation { Id = new("call"), Channel = Channel.Voice, Agency = Agency.Opm, Language = Language.Es };

        Assert.True(await OpenAsync(storage, "C-4821 9930", EscalationReason.Silence, state));
        var found = Assert.Single(await storage.Escalations.OfConversationAsync(state.Id, TestContext.Current.CancellationToken));

        Assert.Equal(
            new Escalation(new("C-4821 9930"), state.Id, Channel.Voice, Agency.Opm, EscalationReason.Silence, "open", ManualTime.WorkingDay),
            found);
        Assert.Empty(await storage.Escalations.OfConversationAsync(new("another"), TestContext.Current.CancellationToken));
    }

    [Theory, DatabaseMatrix]
    public async Task A_reference_is_given_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);

        Assert.True(await OpenAsync(storage, "C-4821 9930", EscalationReason.Asked, new() { Id = new("first"), Channel = Channel.Web }));
        Assert.False(await OpenAsync(storage, "C-4821 9930", EscalationReason.Asked, new() { Id = new("second"), Channel = Channel.Web }));

        Assert.Empty(await storage.Escalations.OfConversationAsync(new("second"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_reference_is_C_and_eight_digits_in_two_groups()
    {
        var references = Enumerable.Range(0, 200).Select(_ => CaseReference.Random().Value).ToList();

        Assert.All(references, reference => Assert.Matches(new Regex("^C-[0-9]{4} [0-9]{4}$", RegexOptions.None, TimeSpan.FromSeconds(1)), reference));
        Assert.True(references.Distinct(StringComparer.Ordinal).Count() > 190);
    }

    static Task<bool> OpenAsync(TestStorage storage, string reference, EscalationReason reason, Conversation state) =>
        storage.WriteAsync(transaction => storage.Escalations.OpenAsync(
            transaction, new(new(reference), reason, "tried it"), state, PhoneNumber.TryParse("+12025550123", out var number) ? number : null, ManualTime.WorkingDay));
}
