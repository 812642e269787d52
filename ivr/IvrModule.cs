using Microsoft.Extensions.Options;
using SupportBot.Ivr.Carriers;
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
            return services;
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
        }
    }
}
