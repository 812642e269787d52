using System.Collections.Immutable;

namespace SupportBot.Knowledge.Deliveries;

/// <summary>How something reaches a person who is not talking to us right now.</summary>
public enum DeliveryChannel
{
    Text,
    Call,
    Mail,
    Email,
}

/// <summary>Names in rows, settings and the API.</summary>
public static class DeliveryChannels
{
    public static ImmutableArray<DeliveryChannel> All { get; } = [.. Enum.GetValues<DeliveryChannel>()];

    public static string Name(this DeliveryChannel channel) => channel.ToString().ToLowerInvariant();

    /// <summary>Null for any other word; names are lower case.</summary>
    public static DeliveryChannel? Parse(string? name) => All.Cast<DeliveryChannel?>().FirstOrDefault(channel => channel!.Value.Name() == name);

    /// <summary>A list as rows hold it.</summary>
    public static string Names(IEnumerable<DeliveryChannel> channels) => string.Join(',', channels.Select(Name));

    public static ImmutableArray<DeliveryChannel> ParseAll(string names) => [.. names.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Parse).OfType<DeliveryChannel>()];
}
