using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using SupportBot.Ivr.ApiKeys;
using SupportBot.Ivr.Carriers;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Passcodes;

namespace SupportBot.Ivr.Passcodes;

/// <summary>The fields of a request for a passcode, checked: every problem is named by its field.</summary>
public sealed partial class PasscodeFields(
    IOptions<PasscodeOptions> options, IOptionsMonitor<LimitOptions> limits, EmailCarrier email, EngineSource engines, TimeProvider time)
{
    const int MostAccount = 200;
    const int MostEmail = 254;
    const int MostHost = 100;
    const int MostAddressLine = 100;

    /// <summary>States, the District, territories, and military mail (USPS Publication 28, appendix B).</summary>
    static readonly FrozenSet<string> states = (
        "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY "
        + "AS GU MP PR VI FM MH PW AA AE AP").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The request; worthless unless the body <see cref="ApiBody.IsRight"/> afterwards.</summary>
    public PasscodeRequest Read(ApiBody body, string owner)
    {
        body.AllowOnly("kind", "account", "contact", "channel", "locale", "siteHost");
        var kindName = body.Text("kind", 20);
        var kind = PasscodeKinds.Parse(kindName);
        if (kind is null && kindName.Length > 0)
        {
            body.Wrong("kind", "must be activation, security or reset.");
        }

        var account = body.Text("account", MostAccount);
        var contact = Contact(body);
        var language = Language(body);
        var channels = Channels(body, kind, contact);
        var host = Host(body, kind, channels, language);
        return new(owner, kind ?? default, account, contact, channels, language, host);
    }

    PasscodeContact Contact(ApiBody body)
    {
        const string name = "contact";
        switch (body.Field(name))
        {
            case null:
                body.Missing(name);
                return new(null, null, null);
            case { ValueKind: JsonValueKind.String } phone:
                return new(Phone(body, name, phone), null, null);
            case { ValueKind: JsonValueKind.Object } given:
                var members = body.Members(name, given, "phone", "email", "address");
                if (members.IsEmpty)
                {
                    body.Wrong(name, "needs phone, email or address.");
                }

                return new(
                    members.TryGetValue("phone", out var number) ? Phone(body, "contact.phone", number) : null,
                    members.TryGetValue("email", out var address) ? Email(body, "contact.email", address) : null,
                    members.TryGetValue("address", out var home) ? Address(body, "contact.address", home) : null);
            default:
                body.Wrong(name, "must be a phone number or an object with phone, email or address.");
                return new(null, null, null);
        }
    }

    /// <summary>Never says whether a number is known: only what its digits tell.</summary>
    public string? Phone(ApiBody body, string name, JsonElement field)
    {
        var text = body.Text(name, field, 32);
        if (text.Length == 0)
        {
            return null;
        }

        if (!PhoneNumber.TryParse(text, out var number))
        {
            body.Wrong(name, "is no phone number; E.164 is understood, like +12025550123.");
            return null;
        }

        if (NumberPlan.IsPremium(number))
        {
            body.Wrong(name, "is a premium number, which gets no codes.");
        }
        else if (limits.CurrentValue.Enabled && !limits.CurrentValue.AllowedCountries.Contains(NumberPlan.CountryOf(number)))
        {
            body.Wrong(name, "is in a country whose numbers get no codes here.");
        }

        return number.Value;
    }

    static string? Email(ApiBody body, string name, JsonElement field)
    {
        var text = body.Text(name, field, MostEmail);
        if (text.Length > 0 && !EmailForm().IsMatch(text))
        {
            body.Wrong(name, "is no e-mail address.");
            return null;
        }

        return text.Length == 0 ? null : text;
    }

    static PostalAddress? Address(ApiBody body, string name, JsonElement field)
    {
        if (field.ValueKind != JsonValueKind.Object)
        {
            body.Wrong(name, "must be an object with name, line1, line2, city, state and zip.");
            return null;
        }

        var members = body.Members(name, field, "name", "line1", "line2", "city", "state", "zip");
        string Line(string part, bool isRequired = true) => members.TryGetValue(part, out var line)
            ? line is { ValueKind: JsonValueKind.String } && !isRequired && line.ValueEquals("") ? "" : body.Text($"{name}.{part}", line, MostAddressLine)
            : isRequired ? body.Missing($"{name}.{part}") : "";
        var address = new PostalAddress(Line("name"), Line("line1"), Line("line2", isRequired: false), Line("city"), Line("state").ToUpperInvariant(), Line("zip"));
        if (address.State.Length > 0 && !states.Contains(address.State))
        {
            body.Wrong($"{name}.state", "is no state or territory, like VA.");
        }

        if (address.Zip.Length > 0 && !Zip().IsMatch(address.Zip))
        {
            body.Wrong($"{name}.zip", "is no ZIP code, like 20415 or 20415-0001.");
        }

        return address;
    }

    static Language Language(ApiBody body)
    {
        switch (body.OptionalText("locale", 35))
        {
            case null or "":
                return default;
            case var text when text is "en" || text.StartsWith("en-", StringComparison.OrdinalIgnoreCase):
                return Knowledge.Conversations.Language.En;
            case var text when text is "es" || text.StartsWith("es-", StringComparison.OrdinalIgnoreCase):
                return Knowledge.Conversations.Language.Es;
            default:
                body.Wrong("locale", "must be en or es.");
                return default;
        }
    }

    ImmutableArray<DeliveryChannel> Channels(ApiBody body, PasscodeKind? kind, PasscodeContact contact)
    {
        const string name = "channel";
        var allowed = kind is { } known ? options.Value.For(known).AllowedChannels : [.. DeliveryChannels.All];
        ImmutableArray<DeliveryChannel> channels;
        switch (body.Field(name))
        {
            case null:
                // What the kind allows and the contact has; e-mail only where it is asked for by name.
                channels = [.. allowed.Where(channel => channel != DeliveryChannel.Email && contact.Reaches(channel))];
                if (channels.IsEmpty && body.IsRight)
                {
                    body.Wrong(name, "is required: this kind of code cannot go to this contact by itself.");
                }

                return channels;
            case { ValueKind: JsonValueKind.String } one:
                channels = [.. Channel(body, name, one)];
                break;
            case { ValueKind: JsonValueKind.Array } list when list.GetArrayLength() is > 0 and <= 4:
                channels = [.. list.EnumerateArray().SelectMany(item => Channel(body, name, item))];
                break;
            default:
                body.Wrong(name, "must be text, call, mail or email, or a list of these.");
                return [];
        }

        if (channels.Distinct().Count() < channels.Length)
        {
            body.Wrong(name, "names a channel twice.");
        }

        foreach (var channel in channels.Distinct())
        {
            if (!allowed.Contains(channel))
            {
                body.Wrong(name, $"{channel.Name()} is not allowed for {kind?.Name()} codes.");
            }
            else if (channel == DeliveryChannel.Email && !email.IsThere)
            {
                body.Wrong(name, "email is not set up here.");
            }
            else if (!contact.Reaches(channel) && body.Field("contact") is { ValueKind: JsonValueKind.Object or JsonValueKind.String })
            {
                body.Wrong(FieldOf(channel), $"is required for {channel.Name()}.");
            }
        }

        return channels;
    }

    static string FieldOf(DeliveryChannel channel) => channel switch
    {
        DeliveryChannel.Text or DeliveryChannel.Call => "contact.phone",
        DeliveryChannel.Mail => "contact.address",
        DeliveryChannel.Email => "contact.email",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    static IEnumerable<DeliveryChannel> Channel(ApiBody body, string name, JsonElement field)
    {
        var text = body.Text(name, field, 20);
        if (DeliveryChannels.Parse(text) is { } channel)
        {
            return [channel];
        }

        if (text.Length > 0)
        {
            body.Wrong(name, "must be text, call, mail or email, or a list of these.");
        }

        return [];
    }

    /// <summary>The channel that a resend asks for; null when it names none.</summary>
    public static DeliveryChannel? Channel(ApiBody body)
    {
        body.AllowOnly("channel");
        return body.Field("channel") is { } field && Channel(body, "channel", field).ToList() is [var channel] ? channel : null;
    }

    string Host(ApiBody body, PasscodeKind? kind, ImmutableArray<DeliveryChannel> channels, Language language)
    {
        const string name = "siteHost";
        var text = body.OptionalText(name, MostHost);
        if (text is null)
        {
            if (channels.Any(channel => channel is DeliveryChannel.Text or DeliveryChannel.Email or DeliveryChannel.Mail))
            {
                body.Missing(name);
            }

            return "";
        }

        var host = text.ToLowerInvariant();
        if (text.Length > 0 && !HostForm().IsMatch(host))
        {
            body.Wrong(name, "is no host name, like secure.example.gov; no scheme, no port, no path.");
        }
        else if (text.Length > 0 && kind is { } known && channels.Contains(DeliveryChannel.Text)
            && !PasscodeWording.FitsOneSegment(engines.Current.Library[language], known, options.Value.For(known), host, time.GetUtcNow()))
        {
            body.Wrong(name, "is too long for one text message.");
        }

        return host;
    }

    /// <summary>The usual form (HTML standard, valid e-mail address), with a dot in the domain.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$", RegexOptions.NonBacktracking)]
    private static partial Regex EmailForm();

    [GeneratedRegex(@"^[0-9]{5}(?:-[0-9]{4})?$", RegexOptions.NonBacktracking)]
    private static partial Regex Zip();

    [GeneratedRegex(@"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", RegexOptions.NonBacktracking)]
    private static partial Regex HostForm();
}
