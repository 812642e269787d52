using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;
using SupportBot.Ivr.Deliveries;
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
            services.AddCarrier();
            return services;
        }

        /// <summary>Whatever leaves the house: the carrier, the worker that feeds it, the simulated phone.</summary>
        void AddCarrier()
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
            services.AddSingleton<OwnWebhooks>();
            services.AddSingleton<TwilioCarrier>();
            services.AddSingleton<SimulatedCarrier>();
            services.AddSingleton<ICarrier>(provider => provider.GetRequiredService<IOptions<TwilioOptions>>().Value.IsSimulated
                ? provider.GetRequiredService<SimulatedCarrier>()
                : provider.GetRequiredService<TwilioCarrier>());
            services.AddSingleton<SimulatedWebhook>();
            services.AddHostedService<SimulatedReceipts>();
            services.AddHostedService<DeliveryWorker>();
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
            app.MapSimulator();
        }
    }
}
