using System.Text.Json;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Secrets;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>A United States postal address.</summary>
/// <param name="Line2">Empty when there is none.</param>
/// <param name="State">Two letters.</param>
/// <param name="Zip">Five digits, or nine with a hyphen.</param>
public sealed record PostalAddress(string Name, string Line1, string Line2, string City, string State, string Zip);

/// <summary>Where the person whom a code is for can be reached, as the sign-in system knows it. At least one is there.</summary>
/// <param name="Phone">E.164.</param>
public sealed record PasscodeContact(string? Phone, string? Email, PostalAddress? Address)
{
    public PhoneNumber? Number => PhoneNumber.TryParse(Phone, out var number) ? number : null;

    /// <summary>Whether the contact has what the channel needs.</summary>
    public bool Reaches(DeliveryChannel channel) => channel switch
    {
        DeliveryChannel.Text or DeliveryChannel.Call => Phone is not null,
        DeliveryChannel.Mail => Address is not null,
        DeliveryChannel.Email => Email is not null,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>What a delivery on the channel is addressed to, as its row seals it.</summary>
    public string DestinationOf(DeliveryChannel channel) => channel switch
    {
        DeliveryChannel.Text or DeliveryChannel.Call => Phone!,
        DeliveryChannel.Mail => JsonSerializer.Serialize(Address),
        DeliveryChannel.Email => Email!,
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public string FingerprintOf(DeliveryChannel channel, SecretKeys secrets) => channel switch
    {
        DeliveryChannel.Text or DeliveryChannel.Call => secrets.Fingerprint(Number!.Value),
        DeliveryChannel.Mail => secrets.Fingerprint("address", DestinationOf(channel)),
        DeliveryChannel.Email => secrets.Fingerprint("email", Email!.ToUpperInvariant()),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static PasscodeContact FromJson(string json) => JsonSerializer.Deserialize<PasscodeContact>(json)!;
}
