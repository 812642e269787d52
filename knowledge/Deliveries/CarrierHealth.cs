using System.Collections.Immutable;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>Attempts of one channel in the last minutes.</summary>
/// <param name="Failed">Those that the carrier or we failed, not the person's phone.</param>
public readonly record struct CarrierRecord(DeliveryChannel Channel, int Attempts, int Failed)
{
    /// <summary>Whether the channel is to be avoided.</summary>
    public bool IsOut(DeliveryOptions options) => Attempts >= options.OutageFewest && Failed >= options.OutageShare * Attempts;
}

/// <summary>Which channels fail at present: by what came of recent attempts, and by hand.</summary>
public sealed class CarrierHealth(Database database, IOptionsMonitor<DeliveryOptions> options, TimeProvider time)
{
    static readonly TimeSpan freshness = TimeSpan.FromSeconds(10);

    int isLooking;
    volatile Look last = new(DateTimeOffset.MinValue, []);

    /// <summary>At most a few seconds old.</summary>
    public async Task<ImmutableHashSet<DeliveryChannel>> OutAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var settings = options.CurrentValue;
        if ((now - last.At).Duration() >= freshness && Interlocked.Exchange(ref isLooking, 1) == 0)
        {
            try
            {
                var records = await RecordsAsync(now, settings, cancellationToken);
                last = new(now, [.. records.Where(record => record.IsOut(settings)).Select(record => record.Channel)]);
            }
            finally
            {
                Volatile.Write(ref isLooking, 0);
            }
        }

        return last.Out.Union(settings.SwitchedOff);
    }

    Task<ImmutableArray<CarrierRecord>> RecordsAsync(DateTimeOffset now, DeliveryOptions settings, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var rows = await connection.QueryAsync<Row>(
                "select channel, state, error_code, count(*) as count from attempts where started_at > @since group by channel, state, error_code",
                new { since = (now - settings.OutageWindow).ToUnixTimeMilliseconds() });
            return rows.Where(row => row.State != "begun").GroupBy(row => row.Channel, StringComparer.Ordinal)
                .Select(group => new CarrierRecord(DeliveryChannels.Parse(group.Key)!.Value, (int)group.Sum(row => row.Count), (int)group.Where(IsFailure).Sum(row => row.Count)))
                .ToImmutableArray();
        },
        cancellationToken);

    static bool IsFailure(Row row) => row.State == "unknown" || (row.ErrorCode is { } code && CarrierCodes.Of(code).Fault != CarrierFault.Person);

    sealed record Look(DateTimeOffset At, ImmutableHashSet<DeliveryChannel> Out);

    sealed record Row
    {
        public string Channel { get; init; } = "";

        public string State { get; init; } = "";

        public int? ErrorCode { get; init; }

        public long Count { get; init; }
    }
}
