using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Deliveries;

namespace SupportBot.Ivr.Carriers;

/// <summary>The mail server. Section <c>Smtp</c>.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Smtp";

    /// <summary>Empty: e-mail stays in the simulator's mailbox while the carrier is simulated, and is no channel otherwise.</summary>
    public string Host { get; set; } = "";

    [Range(1, 65_535)]
    public int Port { get; set; } = 587;

    /// <summary>Empty: no sign-in.</summary>
    public string User { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>STARTTLS (RFC 3207), required when true. Turn off only for a relay on the same machine.</summary>
    public bool Tls { get; set; } = true;

    /// <summary>Sender.</summary>
    [Required]
    [EmailAddress]
    public string From { get; set; } = "no-reply@supportbot.example";

    /// <summary>For a whole conversation with the mail server.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>An e-mail that the simulator keeps, as <c>/simulator/emails</c> shows it.</summary>
public sealed record SimulatedEmail(string To, string Subject, string Body, DateTimeOffset At);

/// <summary>Hands e-mails to the mail server, or to a mailbox in memory while the phone side is simulated.</summary>
public sealed partial class EmailCarrier(IOptions<SmtpOptions> options, IOptions<TwilioOptions> twilio, TimeProvider time, ILogger<EmailCarrier> logger)
{
    const int Kept = 1_000;

    static readonly TimeSpan retry = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly Queue<SimulatedEmail> mailbox = new();

    public bool IsSimulated => options.Value.Host.Length == 0 && twilio.Value.IsSimulated;

    /// <summary>Whether e-mail is a channel at all.</summary>
    public bool IsThere => options.Value.Host.Length > 0 || IsSimulated;

    /// <summary>Hands over one e-mail, once. Never throws for what a mail server may do.</summary>
    public async Task<CarrierAnswer> SendAsync(string attempt, Outbound.Email email, CancellationToken cancellationToken)
    {
        if (IsSimulated)
        {
            Keep(new(email.To, email.Subject, email.Body, time.GetUtcNow()));
            return new CarrierAnswer.Accepted(attempt);
        }

        var settings = options.Value;
        using var message = new MailMessage(settings.From, email.To, email.Subject, email.Body)
        {
            SubjectEncoding = Encoding.UTF8,
            BodyEncoding = Encoding.UTF8,
            BodyTransferEncoding = System.Net.Mime.TransferEncoding.QuotedPrintable,
        };

        // RFC 3834: answering machines stay silent. The name lets a mail server drop a repetition.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.Headers.Add("Message-ID", $"<{attempt}@{message.From!.Host}>");
        using var client = new SmtpClient(settings.Host, settings.Port) { EnableSsl = settings.Tls, DeliveryMethod = SmtpDeliveryMethod.Network };
        if (settings.User.Length > 0)
        {
            client.Credentials = new NetworkCredential(settings.User, settings.Password);
        }

        using var tooLate = new CancellationTokenSource(settings.Timeout, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(tooLate.Token, cancellationToken);
        try
        {
            await client.SendMailAsync(message, either.Token);
            return new CarrierAnswer.Accepted(attempt);
        }
        catch (SmtpException exception) when (exception.InnerException is SocketException || exception.InnerException?.InnerException is SocketException)
        {
            Log.NotTaken(logger, attempt, "no connection");
            return new CarrierAnswer.Busy(retry);
        }
        catch (SmtpException exception) when ((int)exception.StatusCode is >= 500 and < 600)
        {
            Log.NotTaken(logger, attempt, exception.StatusCode.ToString());
            return new CarrierAnswer.Refused((int)exception.StatusCode);
        }
        catch (SmtpException exception) when ((int)exception.StatusCode is >= 400 and < 500)
        {
            Log.NotTaken(logger, attempt, exception.StatusCode.ToString());
            return new CarrierAnswer.Busy(retry);
        }
        catch (Exception exception) when (exception is SmtpException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NotTaken(logger, attempt, exception.GetType().Name);
            return new CarrierAnswer.Unknown();
        }
    }

    /// <summary>What was sent to an address while simulated, oldest first; all for null.</summary>
    public ImmutableArray<SimulatedEmail> To(string? address)
    {
        lock (gate)
        {
            return [.. mailbox.Where(email => string.IsNullOrWhiteSpace(address) || string.Equals(email.To, address, StringComparison.OrdinalIgnoreCase))];
        }
    }

    void Keep(SimulatedEmail email)
    {
        lock (gate)
        {
            mailbox.Enqueue(email);
            if (mailbox.Count > Kept)
            {
                mailbox.Dequeue();
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The mail server did not take {Attempt}: {Reason}.")]
        internal static partial void NotTaken(ILogger logger, string attempt, string reason);
    }
}
