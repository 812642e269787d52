using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Secrets;

/// <summary>A derived key and the name under which rows refer to it.</summary>
/// <param name="Name">Eight hexadecimal digits; tells nothing about the key.</param>
/// <param name="Value">32 bytes.</param>
public readonly record struct NamedKey(string Name, byte[] Value);

/// <summary>Keys for one purpose each, derived (HKDF-SHA256, RFC 5869) from the master keys in the key file.</summary>
/// <remarks>
/// The file holds one key a line. To rotate, put a new line first: what is sealed, hashed or signed from then on uses it, and the older lines still open
/// what they sealed. Fingerprints stay with the last line, since nobody can find a STOP again under another key.
/// </remarks>
public sealed class SecretKeys
{
    const int KeyBytes = 32;
    const int NonceBytes = 12;
    const int TagBytes = 16;

    readonly ImmutableArray<byte[]> masters;
    readonly byte[] fingerprintKey;
    readonly ImmutableArray<byte[]> sealKeys;

    public SecretKeys(IOptions<SecretsOptions> options, Database database)
    {
        File = options.Value.KeyFile.Length > 0
            ? TypedFolder.Resolve(options.Value.KeyFile)
            : Path.Combine(database.File is { } file ? Path.GetDirectoryName(file)! : StorageOptions.DataFolder, "supportbot.key");
        masters = ReadOrCreate(File);
        fingerprintKey = Derive(masters[^1], "fingerprint");
        sealKeys = [.. masters.Select(master => Derive(master, "seal"))];
    }

    /// <summary>Where the master keys are. Losing them makes sealed numbers unreadable and STOP records unfindable: back them up with the database.</summary>
    public string File { get; }

    /// <summary>The current key of 32 bytes for a named purpose.</summary>
    public byte[] Derive(string purpose) => Derive(masters[0], purpose);

    /// <summary>All keys for a named purpose; the first is the current one.</summary>
    public ImmutableArray<NamedKey> DeriveAll(string purpose) =>
        [.. masters.Select(master => new NamedKey(Convert.ToHexStringLower(Derive(master, "name/" + purpose).AsSpan(0, 4)), Derive(master, purpose)))];

    /// <summary>The same number always gives the same fingerprint; without the key nobody can go back or guess.</summary>
    public string Fingerprint(PhoneNumber number) => Fingerprint(number.Value);

    /// <summary>As for a number. <paramref name="what"/> keeps values of different kinds apart.</summary>
    public string Fingerprint(string what, string value) => Fingerprint($"{what}\n{value}");

    /// <summary>Encrypts (AES-256-GCM). <paramref name="context"/> names the row and column, so that a sealed value cannot be moved to another.</summary>
    public string Seal(string text, string context)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealed_ = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = sealed_.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(sealKeys[0], TagBytes);
        aes.Encrypt(nonce, plain, sealed_.AsSpan(NonceBytes, plain.Length), sealed_.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(context));
        return Convert.ToBase64String(sealed_);
    }

    /// <summary>Decrypts what <see cref="Seal"/> made with the same context; throws <see cref="CryptographicException"/> on anything else.</summary>
    public string Open(string text, string context)
    {
        var sealed_ = Convert.FromBase64String(text);
        if (sealed_.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("A sealed value is too short.");
        }

        var plain = new byte[sealed_.Length - NonceBytes - TagBytes];
        for (var key = 0; ; key++)
        {
            using var aes = new AesGcm(sealKeys[key], TagBytes);
            try
            {
                aes.Decrypt(
                    sealed_.AsSpan(0, NonceBytes), sealed_.AsSpan(NonceBytes, plain.Length), sealed_.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes(context));
                return Encoding.UTF8.GetString(plain);
            }
            catch (AuthenticationTagMismatchException) when (key < sealKeys.Length - 1)
            {
                // Sealed before a rotation: an older key opens it.
            }
        }
    }

    string Fingerprint(string value) => Convert.ToHexStringLower(HMACSHA256.HashData(fingerprintKey, Encoding.UTF8.GetBytes(value)).AsSpan(0, 16));

    static byte[] Derive(byte[] master, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, KeyBytes, info: Encoding.UTF8.GetBytes("supportbot/" + purpose));

    /// <summary>Two processes may start at once: the file appears whole or not at all, and the first one wins.</summary>
    static ImmutableArray<byte[]> ReadOrCreate(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var draft = $"{path}.{Environment.ProcessId}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(draft, options))
            {
                stream.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
                stream.Flush(flushToDisk: true);
            }

            try
            {
                System.IO.File.Move(draft, path, overwrite: false);
            }
            catch (IOException) when (System.IO.File.Exists(path))
            {
                System.IO.File.Delete(draft);
            }
        }

        try
        {
            var keys = System.IO.File.ReadAllText(path).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(Convert.FromHexString).ToImmutableArray();
            return !keys.IsEmpty && keys.All(key => key.Length == KeyBytes) ? keys : throw new FormatException();
        }
        catch (FormatException exception)
        {
            throw new InvalidOperationException(
                $"The key file {path} must hold {KeyBytes * 2} hexadecimal digits a line. Restore it from a backup: a new one cannot read what the old one sealed.", exception);
        }
    }
}
