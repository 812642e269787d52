namespace SupportBot.Knowledge.Conversations;

/// <summary>Names a conversation: the CallSid of a call, a keyed fingerprint for a text thread, a random word on the web.</summary>
public readonly record struct ConversationId(string Value)
{
    public override string ToString() => Value;
}

/// <summary>A phone number in E.164 (<c>+12025550123</c>). Printed with all but the last two digits hidden.</summary>
public readonly record struct PhoneNumber
{
    PhoneNumber(string value) => Value = value;

    /// <summary>The whole number. For the carrier and the sealed column only; never for a log.</summary>
    public string Value { get; }

    /// <summary>Reads E.164, or ten or eleven North American digits. False when it is no number ("anonymous", "266696687").</summary>
    public static bool TryParse(string? text, out PhoneNumber number)
    {
        number = default;
        if (string.IsNullOrWhiteSpace(text) || text.Length > 32)
        {
            return false;
        }

        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        if (text.Any(char.IsAsciiLetter))
        {
            return false;
        }

        if (text.TrimStart().StartsWith('+'))
        {
            if (digits.Length is < 8 or > 15 || digits[0] == '0')
            {
                return false;
            }

            number = new("+" + digits);
            return true;
        }

        if (digits.Length == 10)
        {
            digits = "1" + digits;
        }

        if (digits.Length != 11 || digits[0] != '1')
        {
            return false;
        }

        number = new("+" + digits);
        return true;
    }

    /// <summary>The three digits after +1; null outside the North American plan.</summary>
    public string? AreaCode => Value is { Length: 12 } && Value.StartsWith("+1", StringComparison.Ordinal) ? Value[2..5] : null;

    public override string ToString() => Value is { Length: > 2 } ? $"…{Value[^2..]}" : "";
}
