using System.Security.Cryptography;
using System.Text;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>Draws codes, and reads what people type for them.</summary>
public static class PasscodeGenerator
{
    /// <summary>Never B I L O S Z: they are taken for 8 1 1 0 5 2.</summary>
    public const string Letters = "ACDEFGHJKMNPQRTUVWXY";

    /// <summary>A fresh code from the operating system's random source (NIST SP 800-90A, as the platform provides it). Every code is as likely as any other.</summary>
    public static string Draw(PasscodePolicy policy)
    {
        var code = new StringBuilder(policy.Letters + policy.Digits);
        code.Append(RandomNumberGenerator.GetString(Letters, policy.Letters));
        code.Append(RandomNumberGenerator.GetString("0123456789", policy.Digits));
        return code.ToString();
    }

    /// <summary>
    /// What was typed, in the form that codes are hashed in: upper case, no spaces or marks, look-alikes as the digits they were taken for. A letter that
    /// looks like a digit is in no code, so this never makes two codes equal.
    /// </summary>
    public static string Normalize(string typed)
    {
        var normal = new StringBuilder(typed.Length);
        foreach (var character in typed)
        {
            // Full-width forms of East Asian keyboards, U+FF01 to U+FF5E.
            var plain = character is >= '！' and <= '～' ? (char)(character - '！' + '!') : character;
            if (char.IsAsciiLetterOrDigit(plain))
            {
                normal.Append(char.ToUpperInvariant(plain) switch
                {
                    'O' => '0',
                    'I' or 'L' => '1',
                    'Z' => '2',
                    'S' => '5',
                    'B' => '8',
                    var other => other,
                });
            }
            else if (char.IsLetterOrDigit(plain))
            {
                normal.Append('?');
            }
        }

        return normal.ToString();
    }
}
