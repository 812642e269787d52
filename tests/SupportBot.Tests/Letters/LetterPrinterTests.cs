using System.Text;
using Microsoft.Extensions.DependencyInjection;
using SupportBot.Ivr.Letters;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Letters;

public sealed class LetterPrinterTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static object Contact(string name) => new { address = new { name, line1 = "1900 E St NW", line2 = "Apt. 2", city = "Washington", state = "dc", zip = "20415-0001" } };

    [Theory, DatabaseMatrix]
    public async Task Letters_are_printed_once_readable_by_the_owner_only(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var ids = new List<string>();
        foreach (var name in (string[])["Ana López", "Pipe | Fitter \"Bob\"", "O’Neill"])
        {
            ids.Add(await service.IssueAsync(CodeService.Request(account: name, kind: "activation", channel: "mail", locale: "es", contact: Contact(name))));
        }

        var printer = service.Bot.Services.GetRequiredService<LetterPrinter>();
        var run = await printer.RunAsync(BotApplication.Shipped.Library, Token);
        var again = await printer.RunAsync(BotApplication.Shipped.Library, Token);

        Assert.Equal((3, 0), (run!.Letters, again!.Letters));
        var folder = Assert.Single(run.Folders);
        var lines = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(Path.Combine(folder, "manifest.psv"), Token)).Split("\r\n");
        Assert.Equal("01|3", lines[0]);
        var ana = Assert.Single(lines, line => line.StartsWith("02|Ana López|", StringComparison.Ordinal));
        Assert.Matches("^02\\|Ana López\\|1900 E St NW\\|Apt. 2\\|Washington\\|DC\\|20415-0001\\|[A-Z][0-9]{7}\\|November 16, 2026\\|December 16, 2026\\|SupportBot\\|secure.example.gov$", ana);
        Assert.Contains(lines, line => line.StartsWith("02|\"Pipe | Fitter \"\"Bob\"\"\"|1900 E St NW|", StringComparison.Ordinal));
        Assert.Equal("", lines[4]);
        Assert.Equal(4, Directory.GetFiles(folder).Length);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.GetFiles(folder))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        }

        var code = ana.Split('|')[7];
        Assert.Contains(Directory.GetFiles(folder, "*.pdf"), file => File.ReadAllText(file).Contains($"({code})", StringComparison.Ordinal));
        Assert.All(Directory.GetFiles(folder, "*.pdf"), file => Assert.Contains("diciembre de 2026", File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Equal("sent", (await service.StoryAsync(ids[0])).GetProperty("state").GetString());
        Assert.Equal("accepted", (await service.CheckAsync(ids[0], code.ToLowerInvariant())).GetProperty("result").GetString());
        Directory.Delete(printer.Folder, recursive: true);
    }

    [Theory, DatabaseMatrix]
    public async Task A_run_that_died_at_any_point_is_finished_by_the_next(Engine engine)
    {
        await using var service = await StartAsync(engine);
        var printer = service.Bot.Services.GetRequiredService<LetterPrinter>();
        var deliveries = service.Bot.Services.GetRequiredService<DeliveryStore>();
        var printed = await service.IssueAsync(CodeService.Request(account: "1", kind: "activation", channel: "mail", contact: Contact("First")));
        var voided = await service.IssueAsync(CodeService.Request(account: "2", kind: "activation", channel: "mail", contact: Contact("Second")));

        // Died after claiming, and while writing.
        Assert.Equal(2, (await deliveries.ClaimLettersAsync("20261116T000000Z-dead", 10, service.Bot.Time.GetUtcNow(), Token)).Length);
        Directory.CreateDirectory(Path.Combine(printer.Folder, "20261116T000000Z-dead.partial"));
        await service.SendAsync(HttpMethod.Delete, $"/v1/passcodes/{voided}");
        var run = await printer.RunAsync(BotApplication.Shipped.Library, Token);

        Assert.Equal((1, "20261116T000000Z-dead"), (run!.Letters, Path.GetFileName(Assert.Single(run.Folders))));
        Assert.Equal(["20261116T000000Z-dead"], Directory.GetDirectories(printer.Folder).Select(Path.GetFileName));
        Assert.Equal("sent", (await service.StoryAsync(printed)).GetProperty("state").GetString());
        Assert.Equal(0, (await printer.RunAsync(BotApplication.Shipped.Library, Token))!.Letters);

        // Died after the folder was there, before the letters were marked.
        await service.IssueAsync(CodeService.Request(account: "3", kind: "activation", channel: "mail", contact: Contact("Third")));
        await deliveries.ClaimLettersAsync("20261116T000001Z-dead", 10, service.Bot.Time.GetUtcNow(), Token);
        Directory.CreateDirectory(Path.Combine(printer.Folder, "20261116T000001Z-dead"));
        Assert.Equal(1, (await printer.RunAsync(BotApplication.Shipped.Library, Token))!.Letters);
        Assert.Empty(Directory.GetFiles(Path.Combine(printer.Folder, "20261116T000001Z-dead")));
        Directory.Delete(printer.Folder, recursive: true);
    }

    static Task<CodeService> StartAsync(Engine engine) => CodeService.StartAsync(engine, $"--Postal:Folder={Path.Combine(Path.GetTempPath(), BotApplication.NewSid("letters-"))}");
}
