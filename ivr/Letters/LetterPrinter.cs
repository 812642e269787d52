using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Ivr.Letters;

/// <summary>What a print run did.</summary>
/// <param name="Folders">Of the batches that it finished.</param>
public sealed record PrintRun(int Letters, ImmutableArray<string> Folders);

/// <summary>Makes print batches: one folder with a manifest and one PDF for each code.</summary>
/// <remarks>
/// A batch is claimed in the database first and named there; its folder appears whole, by renaming; then its letters are marked as sent. A run that was
/// interrupted at any point is finished by the next one, under the same name, so no letter is printed in two batches.
/// </remarks>
public sealed partial class LetterPrinter(DeliveryStore deliveries, IOptions<PostalOptions> options, TimeProvider time, ILogger<LetterPrinter> logger)
{
    const int MostInBatch = 1_000;
    const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    /// <summary>Where the batches are.</summary>
    public string Folder { get; } = options.Value.Folder is { Length: > 0 } folder ? TypedFolder.Resolve(folder) : Path.Combine(StorageOptions.DataFolder, "letters");

    /// <summary>Finishes what was begun, then prints everything that waits. Null when another run is at work on the same folder.</summary>
    public async Task<PrintRun?> RunAsync(ContentLibrary library, CancellationToken cancellationToken)
    {
        CreateFolder(Folder);
        using var held = Lock();
        if (held is null)
        {
            return null;
        }

        var (letters, folders) = (0, ImmutableArray.CreateBuilder<string>());
        async Task FinishAsync(string batch)
        {
            var printed = await PrintAsync(batch, library, cancellationToken);
            letters += printed;
            if (printed > 0)
            {
                folders.Add(Path.Combine(Folder, batch));
                Log.Printed(logger, printed, batch);
            }
        }

        foreach (var batch in await deliveries.OpenBatchesAsync(cancellationToken))
        {
            await FinishAsync(batch);
        }

        for (; ; )
        {
            var now = time.GetUtcNow();
            var batch = string.Create(CultureInfo.InvariantCulture, $"{now:yyyyMMdd'T'HHmmss'Z'}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3))}");
            if ((await deliveries.ClaimLettersAsync(batch, MostInBatch, now, cancellationToken)).IsEmpty)
            {
                return new(letters, folders.ToImmutable());
            }

            await FinishAsync(batch);
        }
    }

    async Task<int> PrintAsync(string batch, ContentLibrary library, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var claimed = await deliveries.LettersOfAsync(batch, now, cancellationToken);
        var folder = Path.Combine(Folder, batch);
        if (!claimed.IsEmpty && !Directory.Exists(folder))
        {
            Write(folder, [.. claimed.Select(letter => Open(letter, library, now)).OfType<Letter>()], now);
        }

        foreach (var letter in claimed)
        {
            await deliveries.RecordAsync(letter.Attempt, DeliveryState.Sent, batch, errorCode: null, time.GetUtcNow(), cancellationToken);
        }

        return claimed.Length;
    }

    Letter? Open(ClaimedDelivery claimed, ContentLibrary library, DateTimeOffset now) => deliveries.Open(claimed, library, now) is Outbound.Letter letter
        ? new(claimed.Attempt, letter.To, letter.Code, letter.Body, claimed.Code!.ExpiresAt, claimed.Code.SiteHost)
        : null;

    void Write(string folder, ImmutableArray<Letter> letters, DateTimeOffset now)
    {
        var draft = folder + ".partial";
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        CreateFolder(draft);
        foreach (var letter in letters)
        {
            Write(Path.Combine(draft, letter.Attempt + ".pdf"), LetterPdf.Of(letter, options.Value.Sender));
        }

        Write(Path.Combine(draft, LetterManifest.FileName), Encoding.UTF8.GetBytes(LetterManifest.Of(letters, options.Value.ServiceName, now)));
        Directory.Move(draft, folder);
    }

    static void Write(string path, byte[] content)
    {
        var file = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            file.UnixCreateMode = OwnerFile;
        }

        using var stream = new FileStream(path, file);
        stream.Write(content);
        stream.Flush(flushToDisk: true);
    }

    static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerFolder);
        }
    }

    FileStream? Lock()
    {
        try
        {
            return new(Path.Combine(Folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Printed {Letters} letters as batch {Batch}.")]
        internal static partial void Printed(ILogger logger, int letters, string batch);
    }
}
