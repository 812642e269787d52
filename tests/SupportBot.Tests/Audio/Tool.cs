using System.ComponentModel;
using System.Diagnostics;

namespace SupportBot.Tests.Audio;

/// <summary>Runs a program of the audio suite; <c>tests/run</c> installs them.</summary>
static class Tool
{
    /// <summary>What the program wrote, as bytes.</summary>
    /// <exception cref="InvalidOperationException">The program is missing or failed; the message says which and what to do.</exception>
    internal static async Task<byte[]> RunAsync(string name, IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var process = Start(name, arguments);
        var complaint = process.StandardError.ReadToEndAsync(cancellationToken);
        var feeding = FeedAsync(process, input, cancellationToken);
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken);
        await feeding;
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0
            ? output.ToArray()
            : throw new InvalidOperationException($"{name} ended with {process.ExitCode}: {await complaint}");
    }

    static Process Start(string name, IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(name, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException(
                $"{name} is missing, and calls cannot be heard without it. Run the tests with tests/run, or as root: apt-get install espeak-ng sox pocketsphinx pocketsphinx-en-us", missing);
        }
    }

    static async Task FeedAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its exit code tells why.
        }
    }
}
