using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.ApiKeys;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Escalations;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Notices;
using SupportBot.Knowledge.Passcodes;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Semantics;
using SupportBot.Knowledge.Signals;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge;

/// <summary>Everything that decides and stores.</summary>
public static class KnowledgeModule
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddKnowledge(IConfiguration configuration)
        {
            services.AddOptions<StorageOptions>().Bind(configuration.GetSection(StorageOptions.Section)).ValidateDataAnnotations()
                .Validate(options => options.Engine != "postgresql" || options.ConnectionString.Length > 0, "Storage:ConnectionString is required with Storage:Engine=postgresql.")
                .ValidateOnStart();
            services.AddOptions<SecretsOptions>().Bind(configuration.GetSection(SecretsOptions.Section)).ValidateOnStart();
            services.AddOptions<HelpDeskOptions>().Bind(configuration.GetSection(HelpDeskOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<IValidateOptions<HelpDeskOptions>, HelpDeskOptionsValidation>();
            services.AddOptions<ContentOptions>().Bind(configuration.GetSection(ContentOptions.Section)).ValidateOnStart();
            services.AddOptions<SemanticsOptions>().Bind(configuration.GetSection(SemanticsOptions.Section)).ValidateDataAnnotations().ValidateOnStart();

            services.AddOptions<PasscodeOptions>().Bind(configuration.GetSection(PasscodeOptions.Section)).ValidateDataAnnotations().ValidateOnStart();
            services.AddSingleton<IValidateOptions<PasscodeOptions>, PasscodeOptionsValidation>();
            services.AddOptions<DeliveryOptions>().Bind(configuration.GetSection(DeliveryOptions.Section)).ValidateDataAnnotations()
                .Validate(options => options.IsOutageRead, "Deliveries:Outage takes text, call, mail and email, parted by commas.").ValidateOnStart();
            services.AddOptions<LimitOptions>().Bind(configuration.GetSection(LimitOptions.Section)).ValidateDataAnnotations().ValidateOnStart();

            services.AddOptions<OwnerOptions>().Bind(configuration.GetSection(OwnerOptions.Section))
                .Validate(owners => owners.Values.All(owner => owner.IsUsable), "Owners:NAME:WebhookUrl must be https, Owners:NAME:WebhookSecret whsec_ and 24 to 64 bytes in Base64.").ValidateOnStart();

            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<Database>();
            services.AddSingleton<Migrator>();
            services.AddSingleton<SecretKeys>();

            services.AddSingleton(provider => ContentLoader.Load(provider.GetRequiredService<IOptions<ContentOptions>>().Value.Folder));
            services.AddSingleton(provider => ZoneTable.Load(provider.GetRequiredService<IOptions<ContentOptions>>().Value.Folder));
            services.AddSingleton<ConversationEngine>();
            services.AddSingleton<EngineSource>();
            services.AddSingleton<HelpDeskHours>();
            services.AddSingleton<SemanticRanker>();
            services.AddHostedService<SemanticsWorker>();

            services.AddSingleton<ConversationStore>();
            services.AddSingleton<TranscriptStore>();
            services.AddSingleton<ConsentStore>();
            services.AddSingleton<EscalationStore>();
            services.AddSingleton<DeliveryStore>();
            services.AddSingleton<DeliveryPlanner>();
            services.AddSingleton<CarrierHealth>();
            services.AddSingleton<ApiKeyStore>();
            services.AddSingleton<LimitStore>();
            services.AddSingleton<OwnerNoticeStore>();
            services.AddSingleton<PasscodeHasher>();
            services.AddSingleton<PasscodeStore>();
            services.AddSingleton<EffectWriter>();
            services.AddSingleton<TurnRunner>();

            services.AddSingleton<ISignals>(provider => configuration["Redis:ConnectionString"] is { Length: > 0 } redis
                ? new RedisSignals(redis, provider.GetRequiredService<ILogger<RedisSignals>>())
                : new LocalSignals());
            return services;
        }
    }
}
