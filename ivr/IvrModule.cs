using Microsoft.Extensions.Options;
using SupportBot.Ivr.ApiKeys;
using SupportBot.Ivr.Carriers;
using SupportBot.Ivr.Consents;
using SupportBot.Ivr.Deliveries;
using SupportBot.Ivr.Letters;
using SupportBot.Ivr.Notices;
using SupportBot.Ivr.Passcodes;
using SupportBot.Ivr.Simulator;
using SupportBot.Ivr.Sms;
using SupportBot.Ivr.Voice;

namespace SupportBot.Ivr;

/// <summary>The phone side: every service and every route of it.</summary>
public static class IvrModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddIvr(IConfiguration configuration)
        {
            services.AddOptions<TwilioOptions>().Bind(configuration.GetSection(TwilioOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<IValidateOptions<TwilioOptions>, TwilioOptionsValidation>();
            services.AddSingleton<TwilioToken>();
            services.AddSingleton<PublicUrl>();
            services.AddSingleton<TwilioWebhook>();
            services.AddSingleton<CalledNumbers>();
            services.AddSingleton<Apology>();
            services.AddSingleton<VoiceTurns>();
            services.AddSingleton<SmsTurns>();
            services.AddSingleton<OptOutHold>();
            services.AddSingleton<PasscodeCall>();
            services.AddSingleton<PasscodeFields>();
            services.AddSingleton<ApiGate>();
            services.AddOpenApi("v1", document => document.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true);
            services.AddCarrier(configuration);
            services.AddLetters(configuration);
            services.AddHostedService<LetterNight>();
            return services;
        }

        /// <summary>Printing letters, for the host and for commands.</summary>
        public void AddLetters(IConfiguration configuration)
        {
            services.AddOptions<PostalOptions>().Bind(configuration.GetSection(PostalOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<LetterPrinter>();
        }

        /// <summary>Whatever leaves the house: the carrier, the worker that feeds it, the simulated phone.</summary>
        void AddCarrier(IConfiguration configuration)
        {
            services.AddHttpClient(TwilioCarrier.Client, client =>
                {
                    client.Timeout = TimeSpan.FromSeconds(10);
                    client.MaxResponseContentBufferSize = 256 * 1024;
                })
                .UseSocketsHttpHandler((handler, _) =>
                {
                    handler.AllowAutoRedirect = false;
                    handler.UseCookies = false;
                    handler.ConnectTimeout = TimeSpan.FromSeconds(5);
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                    handler.MaxConnectionsPerServer = 64;
                })
                .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
                .RemoveAllLoggers();
            services.AddHttpClient(OwnWebhooks.Client, client =>
                {
                    client.Timeout = TimeSpan.FromSeconds(15);
                    client.MaxResponseContentBufferSize = 1024 * 1024;
                })
                .UseSocketsHttpHandler((handler, _) =>
                {
                    handler.AllowAutoRedirect = false;
                    handler.UseCookies = false;
                    handler.UseProxy = false;
                })
                .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
                .RemoveAllLoggers();
            services.AddHttpClient(OwnerNoticeWorker.Client, client =>
                {
                    client.Timeout = TimeSpan.FromSeconds(15);
                    client.MaxResponseContentBufferSize = 64 * 1024;
                })
                .UseSocketsHttpHandler((handler, _) =>
                {
                    handler.AllowAutoRedirect = false;
                    handler.UseCookies = false;
                    handler.PooledConnectionLifetime = TimeSpan.FromMinutes(5);
                })
                .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
                .RemoveAllLoggers();
            services.AddOptions<SmtpOptions>().Bind(configuration.GetSection(SmtpOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<EmailCarrier>();
            services.AddSingleton<OwnWebhooks>();
            services.AddSingleton<TwilioCarrier>();
            services.AddSingleton<SimulatedCarrier>();
            services.AddSingleton<ICarrier>(provider => provider.GetRequiredService<IOptions<TwilioOptions>>().Value.IsSimulated
                ? provider.GetRequiredService<SimulatedCarrier>()
                : provider.GetRequiredService<TwilioCarrier>());
            services.AddSingleton<SimulatedWebhook>();
            services.AddSingleton<SimulatedSignIn>();
            services.AddHostedService<SimulatedReceipts>();
            services.AddSingleton<DeliveryHandover>();
            services.AddHostedService<DeliveryWorker>();
            services.AddHostedService<DeliveryUpkeep>();
            services.AddHostedService<OwnerNoticeWorker>();
        }
    }

    extension(WebApplication app)
    {
        public void MapIvr()
        {
            Hosting.MapHealth(app);

            // Every webhook is signed; nothing below answers an unsigned request.
            var twilio = app.MapGroup("/twilio").AddEndpointFilter(app.Services.GetRequiredService<TwilioWebhook>()).DisableAntiforgery();
            twilio.MapVoice();
            twilio.MapSms();
            twilio.MapDeliveries();

            // For other systems, by key.
            var v1 = app.MapGroup("/v1").DisableAntiforgery();
            var gate = app.Services.GetRequiredService<ApiGate>();
            v1.MapPasscodes(gate);
            v1.MapConsents(gate);
            app.MapOpenApi("/openapi/{documentName}.json");
            app.MapSimulator();
        }
    }
}
