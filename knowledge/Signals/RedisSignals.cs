using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace SupportBot.Knowledge.Signals;

/// <summary>Signals between processes, over Redis publish and subscribe. While Redis is away, those of this process still work.</summary>
public sealed partial class RedisSignals : ISignals, IDisposable
{
    const string ChannelName = "supportbot:signals";

    readonly LocalSignals local = new();
    readonly ILogger<RedisSignals> logger;
    readonly Task<ConnectionMultiplexer> connecting;

    public RedisSignals(string connectionString, ILogger<RedisSignals> logger)
    {
        this.logger = logger;
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = false;
        connecting = ConnectAsync(options);
    }

    public void Raise(string subject)
    {
        local.Raise(subject);
        if (connecting.IsCompletedSuccessfully)
        {
            try
            {
                connecting.Result.GetSubscriber().Publish(ChannelName, subject, CommandFlags.FireAndForget);
            }
            catch (RedisException exception)
            {
                Log.PublishFailed(logger, exception.GetType().Name);
            }
        }
    }

    public Task NextAsync(string subject) => local.NextAsync(subject);

    async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        await connection.GetSubscriber().SubscribeAsync(ChannelName, (_, subject) => local.Raise(subject!));
        return connection;
    }

    public void Dispose()
    {
        if (connecting.IsCompletedSuccessfully)
        {
            connecting.Result.Dispose();
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "A wake-up could not be published to Redis ({Kind}); other nodes will look for themselves.")]
        internal static partial void PublishFailed(ILogger logger, string kind);
    }
}
