using System.Globalization;

namespace SupportBot.Benchmarks;

/// <summary>Tables for the README, on standard output; progress goes to standard error.</summary>
static class Report
{
#pragma warning disable RS0030 // The one place where benchmarks meet the terminal.
    internal static TextWriter Error => Console.Error;

    internal static TextWriter Output => Console.Out;
#pragma warning restore RS0030

    internal static Task WriteRowAsync(params FormattableString[] cells) =>
        Output.WriteLineAsync($"| {string.Join(" | ", cells.Select(cell => cell.ToString(CultureInfo.InvariantCulture)))} |");

    /// <summary>The value that a share of the sorted values does not exceed.</summary>
    internal static double Percentile(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];
}
