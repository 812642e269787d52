using System.Threading.Channels;

namespace SupportBot.Knowledge.Storage;

/// <summary>
/// Lets what comes at the same time be written together: while one batch is on its way to the disk the next one gathers. Nobody waits for company, so an
/// item that comes alone is written at once.
/// </summary>
public sealed class Gathering<TItem, TResult>
{
    readonly Func<IReadOnlyList<Gathered<TItem, TResult>>, Task> write;
    readonly int most;
    readonly int lanes;
    readonly Lock gate = new();
    readonly Queue<Gathered<TItem, TResult>> waiting = new();

    /// <summary>Holds one token for every lane that is free.</summary>
    readonly Channel<bool> free = Channel.CreateUnbounded<bool>();

    /// <param name="write">Writes a batch and settles every item of it. What it throws settles those that it left open.</param>
    /// <param name="most">Items of one batch.</param>
    /// <param name="lanes">Batches under way at the same time.</param>
    public Gathering(Func<IReadOnlyList<Gathered<TItem, TResult>>, Task> write, int most, int lanes)
    {
        (this.write, this.most, this.lanes) = (write, most, lanes);
        for (var lane = 0; lane < lanes; lane++)
        {
            free.Writer.TryWrite(true);
        }
    }

    /// <summary>What came of the item, once its batch is written. A caller may go away only while the item still waits.</summary>
    public async Task<TResult> AddAsync(TItem item, CancellationToken cancellationToken)
    {
        var added = new Gathered<TItem, TResult>(item);
        lock (gate)
        {
            waiting.Enqueue(added);
        }

        try
        {
            await free.Reader.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!added.TryAbandon())
        {
            return await added.Result;
        }

        try
        {
            // Whoever has the turn writes for all who wait; often somebody else has written this one meanwhile.
            while (!added.IsTaken)
            {
                await WriteAsync(Take());
            }
        }
        finally
        {
            free.Writer.TryWrite(true);
        }

        return await added.Result;
    }

    /// <summary>Waits until nothing is being written, and keeps it so.</summary>
    public async Task CloseAsync()
    {
        for (var lane = 0; lane < lanes; lane++)
        {
            await free.Reader.ReadAsync();
        }
    }

    List<Gathered<TItem, TResult>> Take()
    {
        var batch = new List<Gathered<TItem, TResult>>();
        lock (gate)
        {
            while (batch.Count < most && waiting.TryDequeue(out var next))
            {
                if (next.TryTake())
                {
                    batch.Add(next);
                }
            }
        }

        return batch;
    }

    async Task WriteAsync(List<Gathered<TItem, TResult>> batch)
    {
        try
        {
            await write(batch);
        }
        catch (Exception exception)
        {
            foreach (var item in batch)
            {
                item.Fail(exception);
            }
        }
    }
}

/// <summary>An item of a <see cref="Gathering{TItem, TResult}"/>; the first to settle it decides.</summary>
public sealed class Gathered<TItem, TResult>(TItem item)
{
    const int Waiting = 0;
    const int Taken = 1;
    const int Abandoned = 2;

    readonly TaskCompletionSource<TResult> settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ExecutionContext? context = ExecutionContext.Capture();
    int state;

    public TItem Item { get; } = item;

    internal Task<TResult> Result => settled.Task;

    internal bool IsTaken => Volatile.Read(ref state) == Taken;

    public void Succeed(TResult result) => settled.TrySetResult(result);

    public void Fail(Exception exception) => settled.TrySetException(exception);

    /// <summary>Begins work as the caller who added the item, so that traces and scopes of logs are theirs.</summary>
    internal Task<T> As<T>(Func<TItem, Task<T>> work)
    {
        if (context is null)
        {
            return work(Item);
        }

        Task<T>? begun = null;
        ExecutionContext.Run(context, _ => begun = work(Item), null);
        return begun!;
    }

    internal bool TryTake() => Interlocked.CompareExchange(ref state, Taken, Waiting) == Waiting;

    internal bool TryAbandon() => Interlocked.CompareExchange(ref state, Abandoned, Waiting) == Waiting;
}
