using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Browser;

/// <summary>The pages in a real browser, as people use them. Screenshots are left in <c>TestResults/</c>.</summary>
public sealed class BrowserTests : IAsyncLifetime
{
    const float Patience = 20_000;

    static readonly string[] quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    BotApplication application = null!;
    IPlaywright playwright = null!;
    IBrowser browser = null!;

    public async ValueTask InitializeAsync()
    {
        application = await BotApplication.StartAsync(Engine.Sqlite, "--HelpDesk:State=closed");
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium(), Args = quiet });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        if (application is not null)
        {
            await application.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(390, 780)]
    [InlineData(1280, 900)]
    public async Task A_person_chats_reloads_and_goes_on(int width, int height)
    {
        var page = await OpenAsync("/", width, height);
        var log = page.GetByRole(AriaRole.Log);

        await page.GetByLabel("Your question").FillAsync("the text with my code has no letter in it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();
        await Assertions.Expect(log).ToContainTextAsync("1-800-772-1213");
        await ScreenshotAsync(page, $"chat-{width}");
        await page.ReloadAsync();

        await Assertions.Expect(log).ToContainTextAsync("no letter in it");
        await page.GetByRole(AriaRole.Button, new() { Name = "Talk to a person" }).First.ClickAsync();
        await Assertions.Expect(log).ToContainTextAsync("Your case number is C-");
        Assert.Empty(await ViolationsAsync(page));
    }

    [Fact]
    public async Task What_nobody_should_type_is_hidden_on_the_page()
    {
        var page = await OpenAsync("/", 390, 780);

        await page.GetByLabel("Your question").FillAsync("my social is 123-45-6789 and no code comes");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await Assertions.Expect(page.GetByRole(AriaRole.Log)).ToContainTextAsync("•••");
        await Assertions.Expect(page.Locator("body")).Not.ToContainTextAsync("123-45-6789");
    }

    [Theory]
    [InlineData(390, 780)]
    [InlineData(1280, 900)]
    public async Task The_simulated_phone_calls_and_texts(int width, int height)
    {
        var page = await OpenAsync("/simulator", width, height);
        var heard = page.GetByRole(AriaRole.Log, new() { Name = "What was said" });
        var thread = page.GetByRole(AriaRole.Log, new() { Name = "Text messages" });

        await page.GetByRole(AriaRole.Button, new() { Name = "Call", Exact = true }).ClickAsync();
        await Assertions.Expect(heard).ToContainTextAsync("what is wrong");
        await page.GetByLabel("Say something").FillAsync("uh, help desk");
        await page.GetByRole(AriaRole.Button, new() { Name = "Speak" }).ClickAsync();
        await Assertions.Expect(heard).ToContainTextAsync("case number");

        await page.GetByRole(AriaRole.Button, new() { Name = "STOP", Exact = true }).ClickAsync();
        await Assertions.Expect(thread).ToContainTextAsync("opted out");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Text message" }).FillAsync("where is my code");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "START", Exact = true }).ClickAsync();
        await Assertions.Expect(thread).ToContainTextAsync("our texts again");
        await ScreenshotAsync(page, $"simulator-{width}");

        Assert.DoesNotContain("activation code", await thread.InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await ViolationsAsync(page));
    }

    static string Chromium()
    {
        var found = ((string[])["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "No Chromium: install Debian's chromium package, or run tests/run, which does.");
        return found;
    }

    async Task<IPage> OpenAsync(string path, int width, int height)
    {
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height } });
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        await page.GotoAsync(new Uri(application.Client.BaseAddress!, path).ToString());
        return page;
    }

    static async Task ScreenshotAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "TestResults", $"{name}.png") });

    static async Task<IEnumerable<string>> ViolationsAsync(IPage page)
    {
        var result = await page.RunAxe(new AxeRunOptions { RunOnly = RunOnlyOptions.Tags("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa") });
        return result.Violations.Select(violation => $"{violation.Id}: {violation.Help}");
    }
}
