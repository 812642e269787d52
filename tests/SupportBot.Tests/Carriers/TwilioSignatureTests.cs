using FsCheck;
using FsCheck.Fluent;
using SupportBot.Ivr.Carriers;

namespace SupportBot.Tests.Carriers;

/// <summary>The scheme in short; <c>tests/peers/twilio</c> holds it against the official library.</summary>
public sealed class TwilioSignatureTests
{
    /// <summary>The example of the official libraries' own tests (twilio-node, spec/validation.spec.js).</summary>
    static readonly KeyValuePair<string, string>[] example =
    [
        new("CallSid", "CA1234567890ABCDE"), new("Digits", "1234"), new("From", "+14158675309"), new("To", "+18005551212"), new("Caller", "+14158675309"),
    ];

    [Fact]
    public void The_official_example_is_signed_as_the_libraries_sign_it()
    {
        const string url = "https://mycompany.com/myapp.php?foo=1&bar=2";

        Assert.Equal("RSOYDt4T1cUTdK1PDd93/VVr8B8=", TwilioSignature.Compute("12345", url, example));
        Assert.True(TwilioSignature.Verify("12345", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, example));
        Assert.True(TwilioSignature.Verify("12345", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url.Replace(".com", ".com:1234", StringComparison.Ordinal), example));
        Assert.False(TwilioSignature.Verify("54321", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, example));
        Assert.False(TwilioSignature.Verify("12345", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", url, example[1..]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8==")]
    [InlineData("                            ")]
    [InlineData("RSOYDt4T1cUTdK1PDd93/VVr8B8=RSOYDt4T1cUTdK1PDd93/VVr8B8=")]
    public void What_is_no_signature_is_refused(string? signature) =>
        Assert.False(TwilioSignature.Verify("12345", signature, "https://mycompany.com/myapp.php?foo=1&bar=2", example));

    [Fact]
    public void Any_address_and_form_verify_by_their_own_signature_and_by_no_other() =>
        Prop.ForAll(ArbMap.Default.ArbFor<(NonNull<string> Path, NonNull<string> Name, NonNull<string> Value)>(), random =>
        {
            var url = "https://help.example.gov/" + random.Path.Get;
            KeyValuePair<string, string>[] form = [new(random.Name.Get, random.Value.Get)];
            var signature = TwilioSignature.Compute("token", url, form);
            return TwilioSignature.Verify("token", signature, url, form)
                && !TwilioSignature.Verify("other", signature, url, form)
                && !TwilioSignature.Verify("token", signature, url, [.. form, new("More", "1")]);
        }).QuickCheckThrowOnFailure();
}
