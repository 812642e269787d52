using System.Threading.Channels;

namespace SupportBot.Knowledge.Semantics;

/// <summary>Whether a model may be asked while somebody waits. After a failure it may not, until it has answered when nobody waited.</summary>
sealed class ModelBreaker
{
    readonly Channel<bool> broken = Channel.CreateUnbounded<bool>();
    int open;

    internal bool IsOpen => Volatile.Read(ref open) != 0;

    /// <summary>The model failed: from now on nobody waits for it.</summary>
    internal void Break()
    {
        if (Interlocked.Exchange(ref open, 1) == 0)
        {
            broken.Writer.TryWrite(true);
        }
    }

    /// <summary>The model has answered again.</summary>
    internal void Mend() => Volatile.Write(ref open, 0);

    /// <summary>Returns once for each time the model broke.</summary>
    internal async Task WaitUntilBrokenAsync(CancellationToken cancellationToken) => await broken.Reader.ReadAsync(cancellationToken);
}
