using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Ivr;

/// <summary>What both hosts have in common: the address, logging, limits, health.</summary>
public static class Hosting
{
    /// <summary>Sets what every setting may override.</summary>
    /// <param name="defaultUrl">Used only when neither <c>--urls</c> nor <c>ASPNETCORE_URLS</c> nor Kestrel's own section names an address.</param>
    public static void Apply(WebApplicationBuilder builder, string defaultUrl)
    {
        var hasAddress = builder.Configuration["urls"] is { Length: > 0 }
            || builder.Configuration["http_ports"] is { Length: > 0 } || builder.Configuration["https_ports"] is { Length: > 0 }
            || builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();
        if (!hasAddress)
        {
            builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, defaultUrl);
        }

        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });

        // The framework's own lines name whole request targets, where a token may stand.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1 << 20;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]);
    }

    /// <summary>Everything that must stand before the first person is listened to: the database up to date, the content loaded and learnt.</summary>
    public static async Task PrepareAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        await services.GetRequiredService<Migrator>().MigrateAsync(cancellationToken);
        _ = services.GetRequiredService<EngineSource>();
    }

    /// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: it can take a turn.</summary>
    public static void MapHealth(IEndpointRouteBuilder routes)
    {
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready") });
    }

    sealed class DatabaseHealth(Database database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await database.ReadAsync(
                    async connection =>
                    {
                        await using var command = connection.CreateCommand();
                        command.CommandText = "select count(*) from migrations";
                        return await command.ExecuteScalarAsync(cancellationToken);
                    },
                    cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (System.Data.Common.DbException exception)
            {
                return HealthCheckResult.Unhealthy("The database does not answer.", exception);
            }
        }
    }
}
