using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SupportBot.Knowledge.Conversations;
using SupportBot.Tests.Harness;

namespace SupportBot.Tests.Journeys;

/// <summary>How a person reaches the service over HTTP, and what they get to hear or read.</summary>
abstract class Line
{
    /// <summary>Stands in a journey where nothing was answered.</summary>
    internal const string Nothing = "[nothing]";

    internal static Line Of(Channel channel, Journey journey, BotApplication application) => channel switch
    {
        Channel.Web => new WebLine(journey, application),
        Channel.Voice => new VoiceLine(journey, application),
        Channel.Sms => new SmsLine(journey, application),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Opens the page, dials, or nothing; returns the greeting.</summary>
    internal abstract Task<string> OpenAsync();

    /// <summary>One turn.</summary>
    internal abstract Task<string> SayAsync(string text);

    static async Task<XElement> TwimlAsync(BotApplication application, string path, Dictionary<string, string> form)
    {
        using var answer = await application.PostSignedAsync(path, form);
        var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path} answered {(int)answer.StatusCode}: {body}");
        Assert.Equal("text/xml", answer.Content.Headers.ContentType?.MediaType);
        var root = XDocument.Parse(body).Root!;
        Assert.Equal("Response", root.Name.LocalName);
        return root;
    }

    static string Joined(IEnumerable<string> lines) => string.Join('\n', lines) is { Length: > 0 } text ? text : Nothing;

    /// <summary>Text messages: one webhook each, answered in TwiML.</summary>
    sealed class SmsLine(Journey journey, BotApplication application) : Line
    {
        internal override Task<string> OpenAsync() => Task.FromResult(Nothing);

        /// <param name="text"><c>[carrier STOP]</c>: the carrier has answered that word itself and says so.</param>
        internal override async Task<string> SayAsync(string text)
        {
            var form = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["MessageSid"] = BotApplication.NewSid("SM"),
                ["AccountSid"] = SidOfAccount,
                ["From"] = journey.Contact,
                ["To"] = journey.Ours,
                ["Body"] = text,
                ["NumMedia"] = "0",
            };
            if (Marked("carrier", text) is { } word)
            {
                form["Body"] = word;
                form["OptOutType"] = word;
            }

            var response = await TwimlAsync(application, "/twilio/sms/incoming", form);
            return Joined(response.Elements("Message").Select(message => message.Value));
        }
    }

    /// <summary>A call: each answer names where the next turn is posted.</summary>
    sealed class VoiceLine(Journey journey, BotApplication application) : Line
    {
        readonly string call = BotApplication.NewSid("CA");
        string? next;
        bool isRinging;

        internal override Task<string> OpenAsync() => PostAsync("/twilio/voice/incoming", "ringing");

        /// <param name="text">Speech; <c>[silence]</c>; <c>[keys 0]</c>; <c>[nobody answers]</c> or <c>[answered]</c> while the call is put through.</param>
        internal override Task<string> SayAsync(string text)
        {
            Assert.True(next is not null, $"The call is over, so “{text}” cannot be said.");
            Assert.Equal(isRinging, text is "[nobody answers]" or "[answered]");
            return text switch
            {
                "[silence]" => PostAsync(next, "in-progress"),
                "[nobody answers]" => PostAsync(next, "in-progress", ("DialCallStatus", "no-answer")),
                "[answered]" => PostAsync(next, "in-progress", ("DialCallStatus", "completed"), ("DialCallDuration", "60")),
                _ when Marked("keys", text) is { } keys => PostAsync(next, "in-progress", ("Digits", keys)),
                _ => PostAsync(next, "in-progress", ("SpeechResult", text), ("Confidence", "0.9")),
            };
        }

        async Task<string> PostAsync(string path, string status, params (string Name, string Value)[] parameters)
        {
            var form = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["CallSid"] = call,
                ["AccountSid"] = SidOfAccount,
                ["From"] = journey.Contact,
                ["To"] = journey.Ours,
                ["CallStatus"] = status,
                ["Direction"] = "inbound",
            };
            foreach (var (name, value) in parameters)
            {
                form[name] = value;
            }

            return Hear(path, await TwimlAsync(application, path, form));
        }

        /// <summary>Follows the document as the carrier would: verbs in order, until one waits for the person.</summary>
        string Hear(string path, XElement response)
        {
            var heard = new List<string>();
            next = null;
            isRinging = false;
            foreach (var verb in response.Elements())
            {
                switch (verb.Name.LocalName)
                {
                    case "Say":
                        heard.Add(Spoken(verb));
                        break;
                    case "Pause":
                        break;
                    case "Gather":
                        heard.AddRange(verb.Elements("Say").Select(Spoken));
                        Assert.Equal("true", verb.Attribute("actionOnEmptyResult")?.Value);
                        next = verb.Attribute("action")?.Value ?? path;
                        return Joined(heard);
                    case "Dial":
                        heard.Add($"[rings {verb.Value}]");
                        next = verb.Attribute("action")?.Value ?? path;
                        isRinging = true;
                        return Joined(heard);
                    case "Hangup":
                        heard.Add("[hangs up]");
                        return Joined(heard);
                    default:
                        Assert.Fail($"Nobody expects <{verb.Name}> here.");
                        break;
                }
            }

            heard.Add("[hangs up]");
            return Joined(heard);
        }

        /// <summary>What a voice would say, in one line.</summary>
        static string Spoken(XElement say)
        {
            var said = string.Join(' ', say.DescendantNodes().OfType<XText>().Select(text => text.Value));
            return string.Join(' ', said.Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries))
                .Replace(" .", ".", StringComparison.Ordinal)
                .Replace(" ,", ",", StringComparison.Ordinal);
        }
    }

    /// <summary>The web: Direct Line over HTTP, polled.</summary>
    sealed class WebLine(Journey journey, BotApplication application) : Line
    {
        static readonly TimeSpan patience = TimeSpan.FromSeconds(20);

        string conversation = "";
        string token = "";
        string resume = "";
        string watermark = "";
        int posted;

        internal override async Task<string> OpenAsync()
        {
            await TakeTokenAsync(new { locale = "en-US", agency = journey.Agency });
            await SendAsync(HttpMethod.Post, "/v3/directline/conversations", new { locale = "en-US" });
            return await ReadAsync(replyTo: null);
        }

        /// <param name="text">Words; <c>[reload]</c>: the page is loaded again and comes back with all that was said.</param>
        internal override async Task<string> SayAsync(string text)
        {
            if (text == "[reload]")
            {
                var before = conversation;
                await TakeTokenAsync(new { resume });
                Assert.Equal(before, conversation);
                watermark = "";
                return await ReadAsync(replyTo: null);
            }

            var answer = await SendAsync(HttpMethod.Post, $"/v3/directline/conversations/{conversation}/activities", new
            {
                type = "message",
                text,
                locale = "en-US",
                from = new { id = "dl_person" },
                channelData = new { clientActivityID = $"activity-{++posted}" },
            });
            return await ReadAsync(answer.GetProperty("id").GetString());
        }

        async Task TakeTokenAsync(object body)
        {
            using var answer = await application.Client.PostAsJsonAsync("/chat/token", body, TestContext.Current.CancellationToken);
            var json = await JsonOfAsync(answer);
            (conversation, token, resume) = (json.GetProperty("conversationId").GetString()!, json.GetProperty("token").GetString()!, json.GetProperty("resume").GetString()!);
        }

        /// <summary>What the bot has said since the last look, once it has said something to the message.</summary>
        async Task<string> ReadAsync(string? replyTo)
        {
            var said = new List<string>();
            var isAnswered = replyTo is null;
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            do
            {
                var set = await SendAsync(HttpMethod.Get, $"/v3/directline/conversations/{conversation}/activities?watermark={watermark}", body: null);
                watermark = set.GetProperty("watermark").GetString()!;
                foreach (var activity in set.GetProperty("activities").EnumerateArray())
                {
                    if (activity.GetProperty("from").GetProperty("role").GetString() == "bot" && activity.GetProperty("type").GetString() == "message")
                    {
                        said.Add(activity.GetProperty("text").GetString()!);
                        isAnswered |= activity.TryGetProperty("replyToId", out var to) && to.GetString() == replyTo;
                    }
                }
            }
            while (!isAnswered && System.Diagnostics.Stopwatch.GetElapsedTime(started) < patience);

            return Joined(said);
        }

        async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            request.Content = body is null ? null : JsonContent.Create(body);
            using var answer = await application.Client.SendAsync(request, TestContext.Current.CancellationToken);
            return await JsonOfAsync(answer);
        }

        static async Task<JsonElement> JsonOfAsync(HttpResponseMessage answer)
        {
            var body = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, $"{answer.RequestMessage!.RequestUri!.AbsolutePath} answered {(int)answer.StatusCode}: {body}");
            return JsonDocument.Parse(body).RootElement;
        }
    }

    const string SidOfAccount = "AC00000000000000000000000000000000";

    /// <summary>The value of a mark like <c>[keys 0]</c>; null when the text is no such mark.</summary>
    static string? Marked(string mark, string text) =>
        Regex.Match(text, $@"^\[{mark} (?<value>[^\]]+)\]$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)) is { Success: true } match ? match.Groups["value"].Value : null;
}
