using System.Collections.Immutable;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>What a code is for. Two sources, two sets of rules: see <see cref="PasscodeOptions"/>.</summary>
public enum PasscodeKind
{
    /// <summary>Links a new Login.gov credential to the agency's account, once.</summary>
    Activation,

    /// <summary>Asked for at every sign-in.</summary>
    Security,

    /// <summary>For people who lost the e-mail address on their profile; by mail only.</summary>
    Reset,
}

/// <summary>Names in rows, settings and the API.</summary>
public static class PasscodeKinds
{
    public static ImmutableArray<PasscodeKind> All { get; } = [.. Enum.GetValues<PasscodeKind>()];

    public static string Name(this PasscodeKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Null for any other word; names are lower case.</summary>
    public static PasscodeKind? Parse(string? name) => All.Cast<PasscodeKind?>().FirstOrDefault(kind => kind!.Value.Name() == name);
}
