using System.Collections.Immutable;

namespace SupportBot.Ivr.Carriers;

/// <summary>The parameters of one webhook. Names are case-sensitive; a missing one is the empty string.</summary>
public sealed class TwilioForm(ImmutableArray<KeyValuePair<string, string>> parameters)
{
    public ImmutableArray<KeyValuePair<string, string>> Parameters { get; } = parameters;

    public string this[string name] => Parameters.FirstOrDefault(pair => pair.Key == name).Value ?? "";

    /// <summary>The first of several names that has a value.</summary>
    public string FirstOf(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (this[name] is { Length: > 0 } value)
            {
                return value;
            }
        }

        return "";
    }
}
