namespace SupportBot.Ivr;

/// <summary>For background work that needs the server: before it listens, our own address is unknown.</summary>
static class HostStart
{
    /// <summary>Ends when the server listens.</summary>
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancellationToken);
    }
}
