using System.Text.Encodings.Web;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;

namespace SupportBot.Bot.DirectLine;

/// <summary>The landing page with the chat in it. Useful without JavaScript too: the numbers to call are in the page itself.</summary>
static class ChatPage
{
    const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    internal static async Task<IResult> ServeAsync(HttpResponse response, IWebHostEnvironment environment, EngineSource engines, CancellationToken cancellationToken)
    {
        Protect(response);
        response.Headers.CacheControl = "no-cache";
        var template = await File.ReadAllTextAsync(Path.Combine(environment.WebRootPath, "index.html"), cancellationToken);
        return TypedResults.Content(Fill(template, engines.Current.Library.Facts), "text/html; charset=utf-8");
    }

    /// <summary>Numbers and hours come from the fact sheet like everywhere else.</summary>
    internal static string Fill(string template, FactSheet facts) => Template.Fill(
        template, name => facts.Contains(name) ? HtmlEncoder.Default.Encode(facts[name, Language.En].Written) : null);

    /// <summary>Headers of everything that a browser shows or runs.</summary>
    internal static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.XFrameOptions = "DENY";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }
}
