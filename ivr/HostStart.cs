namespace SupportBot.Ivr;

/// <summary>For background work that needs the server: before it listens, our own address is unknown.</summary>
static class HostStart
{
    /// <summary>True when the server listens; false when the host stops before it does, for instance because its port is taken.</summary>
    public static async Task<bool> IsStartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listening = lifetime.ApplicationStarted.Register(() => started.TrySetResult(true));
        await using var stopping = cancellationToken.Register(() => started.TrySetResult(false));
        return await started.Task;
    }
}
