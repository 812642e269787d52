namespace SupportBot.Tests.Harness;

/// <summary>A clock that moves only when a test says so; its timers fire while it moves.</summary>
sealed class ManualTime(DateTimeOffset start) : TimeProvider
{
    readonly Lock locked = new();
    readonly List<ManualTimer> timers = [];
    DateTimeOffset now = start;

    /// <summary>A Monday at 10 in the morning in Washington, an ordinary working day.</summary>
    internal static DateTimeOffset WorkingDay { get; } = new(2026, 11, 16, 15, 0, 0, TimeSpan.Zero);

    internal ManualTime()
        : this(WorkingDay)
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (locked)
        {
            return now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on; what falls due on the way is called in its order, each at its own moment.</summary>
    internal void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (NextDue(end) is { } timer)
        {
            timer.Fire();
        }

        lock (locked)
        {
            now = end;
        }
    }

    /// <summary>Is set, as by a person or a time server: nothing falls due on the way, and it may go back. Timers keep their rest.</summary>
    internal void Jump(TimeSpan by)
    {
        lock (locked)
        {
            now += by;
            foreach (var timer in timers)
            {
                timer.Shift(by);
            }
        }
    }

    ManualTimer? NextDue(DateTimeOffset end)
    {
        lock (locked)
        {
            var next = timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is not null)
            {
                now = next.Due > now ? next.Due : now;
                next.Reschedule();
            }

            return next;
        }
    }

    sealed class ManualTimer(ManualTime time, Action callback) : ITimer
    {
        TimeSpan every;

        internal DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.locked)
            {
                time.timers.Remove(this);
                every = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time.now + dueTime;
                    time.timers.Add(this);
                }
            }

            return true;
        }

        /// <summary>Called with the clock's lock held.</summary>
        internal void Reschedule()
        {
            if (every > TimeSpan.Zero)
            {
                Due += every;
            }
            else
            {
                time.timers.Remove(this);
            }
        }

        internal void Shift(TimeSpan by) => Due += by;

        internal void Fire() => callback();

        public void Dispose()
        {
            lock (time.locked)
            {
                time.timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
