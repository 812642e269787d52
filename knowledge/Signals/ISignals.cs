using System.Collections.Concurrent;

namespace SupportBot.Knowledge.Signals;

/// <summary>"Something was committed": wakes those who wait for it. May be lost without harm; everyone also looks for themselves now and then.</summary>
public interface ISignals
{
    /// <summary>Wakes the waiters for a subject, here and on other nodes. Never blocks, never throws.</summary>
    void Raise(string subject);

    /// <summary>A task that ends at the next signal for the subject. Take it before looking, so that nothing falls between.</summary>
    Task NextAsync(string subject);
}

/// <summary>Signals within this process.</summary>
public sealed class LocalSignals : ISignals
{
    readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);

    public void Raise(string subject)
    {
        if (waiting.TryRemove(subject, out var source))
        {
            source.TrySetResult();
        }
    }

    public Task NextAsync(string subject) =>
        waiting.GetOrAdd(subject, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
