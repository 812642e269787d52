using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Threading.Channels;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Ivr.Carriers;

/// <summary>A text that was handed to the simulated carrier, as <c>/simulator/messages</c> shows it.</summary>
/// <param name="Status">Twilio's words: queued, sent, delivered, or failed when it was refused.</param>
public sealed record SimulatedText(string Sid, string To, string From, string Body, string Status, DateTimeOffset At);

/// <summary>A call that was handed to the simulated carrier, as <c>/simulator/calls</c> shows it.</summary>
/// <param name="Url">Where its TwiML is.</param>
/// <param name="StatusCallback">Where its end is reported.</param>
public sealed record SimulatedCall(string Sid, string To, string From, string Url, string Status, DateTimeOffset At, string StatusCallback);

/// <summary>What the simulated carrier owes us: the reports on a text.</summary>
public sealed record SimulatedReceipt(string Sid, OutboundText Text);

/// <summary>
/// A carrier in memory: keeps what it gets for the simulator's page and for tests, refuses Twilio's magic numbers with their codes (Twilio, Test
/// Credentials), and says of everything else that it was sent and delivered.
/// </summary>
public sealed class SimulatedCarrier(TimeProvider time) : ICarrier
{
    /// <summary>Texts, and calls, beyond this number push out the oldest.</summary>
    public const int Kept = 10_000;

    /// <summary>Our number while none is configured (from the range that is reserved for fiction).</summary>
    public const string OurNumber = "+12025550100";

    /// <summary>Stands in webhooks where an account is named.</summary>
    public const string AccountSid = "AC00000000000000000000000000000000";

    static readonly FrozenDictionary<string, int> refusedTo = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["+15005550001"] = 21211,
        ["+15005550002"] = 21612,
        ["+15005550003"] = 21408,
        ["+15005550004"] = 21610,
        ["+15005550009"] = 21614,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenDictionary<string, int> refusedFrom = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["+15005550001"] = 21212,
        ["+15005550007"] = 21606,
        ["+15005550008"] = 21611,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    static readonly FrozenDictionary<string, int> refusedCalls = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["+15005550001"] = 21217,
        ["+15005550002"] = 21214,
        ["+15005550003"] = 21215,
        ["+15005550004"] = 21216,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    readonly Lock gate = new();
    readonly OrderedDictionary<string, SimulatedText> texts = new(StringComparer.Ordinal);
    readonly OrderedDictionary<string, SimulatedCall> calls = new(StringComparer.Ordinal);
    readonly Channel<SimulatedReceipt> receipts = Channel.CreateUnbounded<SimulatedReceipt>();

    public Task<CarrierAnswer> SendTextAsync(OutboundText text, CancellationToken cancellationToken)
    {
        var sid = NewSid("SM");
        if (refusedFrom.TryGetValue(text.From, out var code) || refusedTo.TryGetValue(text.To.Value, out code))
        {
            Keep(new(sid, text.To.Value, text.From, text.Body, "failed", time.GetUtcNow()));
            return Task.FromResult<CarrierAnswer>(new CarrierAnswer.Refused(code));
        }

        Keep(new(sid, text.To.Value, text.From, text.Body, "queued", time.GetUtcNow()));
        receipts.Writer.TryWrite(new(sid, text));
        return Task.FromResult<CarrierAnswer>(new CarrierAnswer.Accepted(sid));
    }

    /// <summary>The call rings in the simulator, where somebody may answer it; nothing happens by itself.</summary>
    public Task<CarrierAnswer> PlaceCallAsync(OutboundCall call, CancellationToken cancellationToken)
    {
        var sid = NewSid("CA");
        var isRefused = refusedCalls.TryGetValue(call.To.Value, out var code);
        lock (gate)
        {
            calls.Add(sid, new(sid, call.To.Value, call.From, call.Url, isRefused ? "failed" : "ringing", time.GetUtcNow(), call.StatusCallback));
            if (calls.Count > Kept)
            {
                calls.RemoveAt(0);
            }
        }

        return Task.FromResult<CarrierAnswer>(isRefused ? new CarrierAnswer.Refused(code) : new CarrierAnswer.Accepted(sid));
    }

    /// <summary>It answers everything at once, so there is nothing to look up.</summary>
    public Task<ImmutableArray<CarrierFinding>?> LookUpAsync(LookUp attempt, CancellationToken cancellationToken) => Task.FromResult<ImmutableArray<CarrierFinding>?>([]);

    /// <summary>Notes how a call stands; the page tells. False for a call that is not known.</summary>
    public bool SetCallStatus(string sid, string status)
    {
        lock (gate)
        {
            if (!calls.TryGetValue(sid, out var call))
            {
                return false;
            }

            calls[sid] = call with { Status = status };
            return true;
        }
    }

    /// <summary>What was handed over to a number, oldest first.</summary>
    /// <param name="to">With or without its plus; null or empty for all.</param>
    public ImmutableArray<SimulatedText> TextsTo(string? to)
    {
        lock (gate)
        {
            return [.. texts.Values.Where(text => IsTo(text.To, to))];
        }
    }

    /// <inheritdoc cref="TextsTo"/>
    public ImmutableArray<SimulatedCall> CallsTo(string? to)
    {
        lock (gate)
        {
            return [.. calls.Values.Where(call => IsTo(call.To, to))];
        }
    }

    /// <summary>A name as Twilio gives them: two letters and 32 hexadecimal digits.</summary>
    public static string NewSid(string prefix) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    internal IAsyncEnumerable<SimulatedReceipt> ReceiptsAsync(CancellationToken cancellationToken) => receipts.Reader.ReadAllAsync(cancellationToken);

    internal void SetStatus(string sid, string status)
    {
        lock (gate)
        {
            if (texts.TryGetValue(sid, out var text))
            {
                texts[sid] = text with { Status = status };
            }
        }
    }

    void Keep(SimulatedText text)
    {
        lock (gate)
        {
            texts.Add(text.Sid, text);
            if (texts.Count > Kept)
            {
                texts.RemoveAt(0);
            }
        }
    }

    // A plus in a query arrives as a space, so only the digits are compared.
    static bool IsTo(string number, string? to) =>
        string.IsNullOrWhiteSpace(to) || number.Where(char.IsAsciiDigit).SequenceEqual(to.Where(char.IsAsciiDigit));
}
