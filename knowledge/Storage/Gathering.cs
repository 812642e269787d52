namespace SupportBot.Knowledge.Storage;

/// <summary>
/// Lets what comes at the same time be written together: while one batch is on its way to the disk the next one gathers. Nobody waits for company, so an
/// item that comes alone is written at once.
/// </summary>
/// <param name="write">Writes a batch and settles every item of it. What it throws settles those that it left open.</param>
/// <param name="most">Items of one batch.</param>
/// <param name="lanes">Batches under way at the same time.</param>
public sealed class Gathering<TItem, TResult>(Func<IReadOnlyList<Gathered<TItem, TResult>>, Task> write, int most, int lanes)
{
    readonly Lock gate = new();
    readonly Queue<Gathered<TItem, TResult>> waiting = new();
    int busy;
    TaskCompletionSource? idle;

    /// <summary>What came of the item, once its batch is written. A caller may go away only while the item still waits.</summary>
    public async Task<TResult> AddAsync(TItem item, CancellationToken cancellationToken)
    {
        var added = new Gathered<TItem, TResult>(item);
        lock (gate)
        {
            waiting.Enqueue(added);
            FillLanes();
        }

        var isFirst = false;
        try
        {
            isFirst = await added.Turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (!added.TryAbandon())
        {
            isFirst = await added.Turn;
        }

        if (isFirst)
        {
            await WriteAsync(added);
        }

        return await added.Result;
    }

    /// <summary>Waits until nothing is being written and nothing waits.</summary>
    public Task IdleAsync()
    {
        lock (gate)
        {
            return busy == 0 ? Task.CompletedTask : (idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Whoever waits longest writes, for all who wait by the time it begins.</summary>
    void FillLanes()
    {
        while (busy < lanes && waiting.TryDequeue(out var next))
        {
            if (next.TryTake())
            {
                busy++;
                next.Lead();
            }
        }

        if (busy == 0)
        {
            idle?.TrySetResult();
        }
    }

    async Task WriteAsync(Gathered<TItem, TResult> first)
    {
        var batch = Take(first);
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
        finally
        {
            lock (gate)
            {
                busy--;
                FillLanes();
            }
        }
    }

    List<Gathered<TItem, TResult>> Take(Gathered<TItem, TResult> first)
    {
        var batch = new List<Gathered<TItem, TResult>> { first };
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
}

/// <summary>An item of a <see cref="Gathering{TItem, TResult}"/>; the first to settle it decides.</summary>
public sealed class Gathered<TItem, TResult>(TItem item)
{
    const int Waiting = 0;
    const int Taken = 1;
    const int Abandoned = 2;

    readonly TaskCompletionSource<bool> turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<TResult> settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ExecutionContext? context = ExecutionContext.Capture();
    int state;

    public TItem Item { get; } = item;

    internal Task<TResult> Result => settled.Task;

    /// <summary>True when the item's caller is to write; false when somebody else has.</summary>
    internal Task<bool> Turn => turn.Task;

    public void Succeed(TResult result)
    {
        settled.TrySetResult(result);
        turn.TrySetResult(false);
    }

    public void Fail(Exception exception)
    {
        settled.TrySetException(exception);
        turn.TrySetResult(false);
    }

    internal void Lead() => turn.TrySetResult(true);

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
