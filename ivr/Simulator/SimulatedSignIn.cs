using System.Collections.Immutable;
using System.Diagnostics;
using SupportBot.Ivr.ApiKeys;
using SupportBot.Ivr.Letters;
using SupportBot.Ivr.Passcodes;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Signals;

namespace SupportBot.Ivr.Simulator;

/// <summary>A stand-in for the agency's sign-in page: asks for codes as the API does, as an owner of its own, and needs no key.</summary>
public sealed class SimulatedSignIn(PasscodeFields fields, PasscodeStore passcodes, LetterPrinter printer, EngineSource engines, ISignals signals, TimeProvider time)
{
    const string Owner = "simulator";

    /// <summary>A letter that was printed.</summary>
    public sealed record PrintedLetter(string Name, string Url);

    /// <summary>What a try came to.</summary>
    public sealed record Tried(string Result, int AttemptsLeft);

    /// <summary>Where a code stands.</summary>
    public sealed record Standing(string Id, string State, string Channel, string? Reason);

    public async Task<IResult> IssueAsync(HttpContext http)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        var request = fields.Read(body, Owner);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        switch (await passcodes.IssueAsync(request, idempotency: null, passcode => passcode.Id, time.GetUtcNow(), http.RequestAborted))
        {
            case IssueOutcome.Issued issued:
                signals.Raise(DeliveryStore.Signal);
                return TypedResults.Ok(new Standing(issued.Passcode.Id, issued.Passcode.State, issued.Passcode.Channel.Name(), Reason: null));
            case IssueOutcome.Limited limited:
                return Problems.Limited("Too many codes; wait, then try again.", limited.Limit.RetryAfter);
            default:
                throw new UnreachableException();
        }
    }

    public async Task<IResult> StandingAsync(HttpContext http, string id) =>
        await passcodes.StoryAsync(Owner, id, time.GetUtcNow(), http.RequestAborted) is { } story
            ? TypedResults.Ok(new Standing(id, story.Summary.State, story.Summary.Channel.Name(), story.Timeline.LastOrDefault()?.Reason))
            : TypedResults.NotFound();

    public async Task<IResult> CheckAsync(HttpContext http, string id)
    {
        var (body, refusal) = await ApiBody.ReadAsync(http.Request);
        if (body is null)
        {
            return refusal!;
        }

        var code = body.Text("code", 64);
        if (!body.IsRight)
        {
            return body.Refusal;
        }

        return await passcodes.CheckAsync(Owner, id, code, time.GetUtcNow(), http.RequestAborted) switch
        {
            null => TypedResults.NotFound(),
            PasscodeCheck.Wrong wrong => TypedResults.Ok(new Tried("wrong", wrong.AttemptsLeft)),
            PasscodeCheck.Superseded superseded => TypedResults.Ok(new Tried("superseded", superseded.AttemptsLeft)),
            var other => TypedResults.Ok(new Tried(other.GetType().Name.ToLowerInvariant(), 0)),
        };
    }

    /// <summary>Makes the print batch now, and tells where the pages are.</summary>
    public async Task<IResult> PrintAsync(CancellationToken cancellationToken)
    {
        var run = await printer.RunAsync(engines.Current.Library, cancellationToken);
        return TypedResults.Ok((run?.Folders ?? []).SelectMany(folder => Directory.EnumerateFiles(folder, "*.pdf").Select(file =>
            new PrintedLetter(Path.GetFileName(file), $"/simulator/letters/{Path.GetFileName(folder)}/{Path.GetFileName(file)}"))).ToImmutableArray());
    }

    /// <summary>A printed page.</summary>
    public IResult Page(string batch, string file)
    {
        // Names that we gave: nothing in them leads out of the folder.
        var isOurs = batch.Concat(file).All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '.') && !batch.Contains("..", StringComparison.Ordinal)
            && file.EndsWith(".pdf", StringComparison.Ordinal);
        var path = Path.Combine(printer.Folder, batch, file);
        return isOurs && File.Exists(path) ? TypedResults.PhysicalFile(path, "application/pdf") : TypedResults.NotFound();
    }
}
