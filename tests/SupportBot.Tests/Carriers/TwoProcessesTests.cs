using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Carriers;

public sealed class TwoProcessesTests
{
    [Theory, DatabaseMatrix]
    public async Task Two_processes_on_one_database_take_the_same_webhook_once(Engine engine)
    {
        await using var storage = await TestStorage.CreateAsync(engine);
        using var content = new SampleContent();
        string[] settings = [.. storage.Arguments, $"--Content:Folder={content.Folder}"];
        var starting = (BotProcess.StartAsync(settings), BotProcess.StartAsync(settings));
        await using var one = await starting.Item1;
        await using var other = await starting.Item2;

        for (var round = 0; round < 5; round++)
        {
            foreach (var (path, sid) in ((string, string)[])[("/twilio/voice/turn/1", "CallSid"), ("/twilio/sms/incoming", "MessageSid")])
            {
                var name = BotApplication.NewSid("XX");
                KeyValuePair<string, string>[] form = [new(sid, name), new("From", "+12025550151"), new("SpeechResult", "agent"), new("Body", "agent")];

                var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(() => (number % 2 == 0 ? one : other).PostSignedAsync(path, form))));

                Assert.Single(answers.Distinct(StringComparer.Ordinal));
                Assert.Contains("C", answers[0], StringComparison.Ordinal);
            }
        }

        Assert.Equal(10, await storage.ScalarAsync<int>("select count(*) from turns"));

        // A case for each call, and one for the thread of texts.
        Assert.Equal(6, await storage.ScalarAsync<int>("select count(*) from escalations"));
    }
}
