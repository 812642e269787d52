using System.Collections.Immutable;
using System.Data.Common;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace SupportBot.Ivr.Carriers;

/// <summary>What holds for every webhook: a size, a signature, and an answer in TwiML whatever happens.</summary>
public sealed partial class TwilioWebhook(TwilioToken token, PublicUrl publicUrl, TimeProvider time, ILogger<TwilioWebhook> logger) : IEndpointFilter
{
    const int MostBodyBytes = 64 * 1024;

    /// <summary>The carrier waits 15 seconds in all; a database that restarts is waited for as long as leaves time to answer.</summary>
    static readonly TimeSpan patience = TimeSpan.FromSeconds(9);

    static readonly TimeSpan pause = TimeSpan.FromMilliseconds(250);

    /// <summary>What is still waiting for the database by then is given up: an apology that comes in time is better than an answer that does not.</summary>
    static readonly TimeSpan deadline = TimeSpan.FromSeconds(12);

    /// <summary>The checked parameters of the request.</summary>
    public static TwilioForm FormOf(HttpContext context) => (TwilioForm)context.Items[typeof(TwilioForm)]!;

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var signature = http.Request.Headers["X-Twilio-Signature"].ToString();
        if (signature.Length == 0)
        {
            Log.Refused(logger, http.Request.Path, "no signature");
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        if (await ReadAsync(http.Request) is not { } body)
        {
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        }

        var form = IsForm(http.Request) ? TwilioSignature.ParseQuery(Encoding.UTF8.GetString(body)).ToImmutableArray() : [];
        if (!IsSigned(http.Request, signature, form, body))
        {
            Log.Refused(logger, http.Request.Path, "wrong signature");
            return Results.StatusCode(StatusCodes.Status403Forbidden);
        }

        // What was signed may hold characters that neither XML nor a database takes.
        http.Items[typeof(TwilioForm)] = new TwilioForm([.. form.Select(pair => KeyValuePair.Create(pair.Key, Twiml.Clean(pair.Value)))]);
        var caller = http.RequestAborted;
        using var tooLate = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(caller, tooLate.Token);
        http.RequestAborted = either.Token;
        try
        {
            return await AnswerAsync(context, next, caller);
        }
        finally
        {
            http.RequestAborted = caller;
        }
    }

    async ValueTask<object?> AnswerAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, CancellationToken caller)
    {
        var started = time.GetTimestamp();
        for (; ; )
        {
            try
            {
                return await next(context);
            }
            catch (DbException) when (time.GetElapsedTime(started) < patience && !context.HttpContext.RequestAborted.IsCancellationRequested)
            {
                await Task.Delay(pause, time, CancellationToken.None);
            }
            catch (OperationCanceledException) when (caller.IsCancellationRequested)
            {
                return Results.Empty;
            }
            catch (Exception exception)
            {
                // Past the edge there is only a person on a phone line: they hear an apology, never an error.
                Log.Failed(logger, context.HttpContext.Request.Path, exception);
                return context.HttpContext.RequestServices.GetRequiredService<Apology>().For(context.HttpContext);
            }
        }
    }

    bool IsSigned(HttpRequest request, string signature, ImmutableArray<KeyValuePair<string, string>> form, byte[] body)
    {
        var target = Target(request);
        if (body.Length > 0 && !IsForm(request) && !TwilioSignature.NamesBody(target))
        {
            return false;
        }

        return publicUrl.For(request).Any(address =>
        {
            var url = address + target;
            var parameters = TwilioSignature.NamesBody(url) ? [] : form;
            return token.Accepted.Any(accepted => TwilioSignature.Verify(accepted, signature, url, parameters))
                && (!TwilioSignature.NamesBody(url) || TwilioSignature.CoversBody(url, body));
        });
    }

    /// <summary>Path and query as they came on the wire: decoding and encoding again would break the signature.</summary>
    static string Target(HttpRequest request)
    {
        var raw = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (string.IsNullOrEmpty(raw))
        {
            return request.PathBase + request.Path + request.QueryString;
        }

        if (raw[0] == '/')
        {
            return raw;
        }

        var scheme = raw.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? -1 : raw.IndexOf('/', scheme + 3);
        return path < 0 ? "/" : raw[path..];
    }

    static bool IsForm(HttpRequest request) =>
        request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true;

    static async Task<byte[]?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MostBodyBytes)
        {
            return null;
        }

        using var body = new MemoryStream();
        var buffer = new byte[8 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MostBodyBytes)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "Refused a webhook at {Path}: {Reason}.")]
        internal static partial void Refused(ILogger logger, string path, string reason);

        [LoggerMessage(Level = LogLevel.Error, Message = "A webhook at {Path} failed; the person heard an apology.")]
        internal static partial void Failed(ILogger logger, string path, Exception exception);
    }
}
