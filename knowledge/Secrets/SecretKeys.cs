using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Secrets;

/// <summary>Keys for one purpose each, derived (HKDF-SHA256, RFC 5869) from the master key in the key file.</summary>
public sealed class SecretKeys
{
    const int KeyBytes = 32;
    const int NonceBytes = 12;
    const int TagBytes = 16;

    readonly byte[] master;
    readonly byte[] fingerprintKey;
    readonly byte[] sealKey;

    public SecretKeys(IOptions<SecretsOptions> options, Database database)
    {
        File = options.Value.KeyFile.Length > 0
            ? TypedFolder.Resolve(options.Value.KeyFile)
            : Path.Combine(database.File is { } file ? Path.GetDirectoryName(file)! : StorageOptions.DataFolder, "supportbot.key");
        master = ReadOrCreate(File);
        fingerprintKey = Derive("fingerprint");
        sealKey = Derive("seal");
    }

    /// <summary>Where the master key is. Losing it makes sealed numbers unreadable and STOP records unfindable: back it up with the database.</summary>
    public string File { get; }

    /// <summary>A key of 32 bytes for a named purpose.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, master, KeyBytes, info: Encoding.UTF8.GetBytes("supportbot/" + purpose));

    /// <summary>The same number always gives the same fingerprint; without the key nobody can go back or guess.</summary>
    public string Fingerprint(PhoneNumber number) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(fingerprintKey, Encoding.UTF8.GetBytes(number.Value)).AsSpan(0, 16));

    /// <summary>Encrypts (AES-256-GCM). <paramref name="context"/> names the row and column, so that a sealed value cannot be moved to another.</summary>
    public string Seal(string text, string context)
    {
        var plain = Encoding.UTF8.GetBytes(text);
        var sealed_ = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = sealed_.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Encrypt(nonce, plain, sealed_.AsSpan(NonceBytes, plain.Length), sealed_.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(context));
        return Convert.ToBase64String(sealed_);
    }

    /// <summary>Decrypts what <see cref="Seal"/> made with the same context; throws <see cref="CryptographicException"/> on anything else.</summary>
    public string Open(string text, string context)
    {
        var sealed_ = Convert.FromBase64String(text);
        var plain = new byte[sealed_.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(sealKey, TagBytes);
        aes.Decrypt(
            sealed_.AsSpan(0, NonceBytes), sealed_.AsSpan(NonceBytes, plain.Length), sealed_.AsSpan(NonceBytes + plain.Length), plain, Encoding.UTF8.GetBytes(context));
        return Encoding.UTF8.GetString(plain);
    }

    /// <summary>Two processes may start at once: the file appears whole or not at all, and the first one wins.</summary>
    static byte[] ReadOrCreate(string path)
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
            var key = Convert.FromHexString(System.IO.File.ReadAllText(path).Trim());
            return key.Length == KeyBytes ? key : throw new FormatException();
        }
        catch (FormatException exception)
        {
            throw new InvalidOperationException(
                $"The key file {path} must hold {KeyBytes * 2} hexadecimal digits. Restore it from a backup: a new one cannot read what the old one sealed.", exception);
        }
    }
}
