using System.Globalization;

namespace SupportBot.Benchmarks;

/// <summary>How hard and how long.</summary>
/// <param name="Connections">Callers at once, each with a connection of its own.</param>
/// <param name="Span">Of one measurement.</param>
/// <param name="Rounds">Both sides are measured in turns, this often.</param>
sealed record Load(int Connections, TimeSpan Span, int Rounds)
{
    /// <summary>Null when an option is unknown or its number makes no sense.</summary>
    internal static Load? Parse(string[] args)
    {
        var load = new Load(16, TimeSpan.FromSeconds(4), 4);
        if (args.Length % 2 != 0)
        {
            return null;
        }

        foreach (var pair in args.Chunk(2))
        {
            if (!double.TryParse(pair[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number is <= 0 or > 1_000)
            {
                return null;
            }

            switch (pair[0])
            {
                case "--connections":
                    load = load with { Connections = Math.Max(1, (int)number) };
                    break;
                case "--seconds":
                    load = load with { Span = TimeSpan.FromSeconds(number) };
                    break;
                case "--rounds":
                    load = load with { Rounds = Math.Max(1, (int)number) };
                    break;
                default:
                    return null;
            }
        }

        return load;
    }
}
