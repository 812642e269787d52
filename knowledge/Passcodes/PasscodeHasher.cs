using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>A code as it is stored: useless without the key, and tied to its row.</summary>
/// <param name="Value">HMAC-SHA256 in hexadecimal.</param>
/// <param name="Key">Names the key, so that codes outlive a rotation.</param>
public readonly record struct PasscodeHash(string Value, string Key);

/// <summary>Hashes codes with the current key, and compares with the key that a hash names.</summary>
/// <remarks>A code has too few possibilities for any unkeyed hash, however slow: whoever copies the database must lack the key.</remarks>
public sealed class PasscodeHasher(SecretKeys secrets)
{
    readonly ImmutableArray<NamedKey> keys = secrets.DeriveAll("passcode");

    /// <param name="passcodeId">The row, so that equal codes have different hashes.</param>
    /// <param name="code">In normal form.</param>
    public PasscodeHash Hash(string passcodeId, string code) => new(Convert.ToHexStringLower(Of(keys[0].Value, passcodeId, code)), keys[0].Name);

    /// <summary>Whether what was typed is the code; in constant time. False when the key of the hash is gone.</summary>
    public bool Matches(PasscodeHash hash, string passcodeId, string typed)
    {
        foreach (var key in keys)
        {
            if (key.Name == hash.Key)
            {
                return CryptographicOperations.FixedTimeEquals(Of(key.Value, passcodeId, PasscodeGenerator.Normalize(typed)), Convert.FromHexString(hash.Value));
            }
        }

        return false;
    }

    static byte[] Of(byte[] key, string passcodeId, string code) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{passcodeId}\n{code}"));
}
