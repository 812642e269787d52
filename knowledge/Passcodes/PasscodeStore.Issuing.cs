using System.Collections.Immutable;
using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using Npgsql;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>Issuing. Requests that come at the same time are written together; whatever is out of the ordinary is written alone, as if it had come alone.</summary>
public sealed partial class PasscodeStore
{
    const int MostTogether = 64;

    Gathering<Wanted, IssueOutcome>? issuing;

    Gathering<Wanted, IssueOutcome> Issuing => LazyInitializer.EnsureInitialized(ref issuing, () => new(IssueAsync, MostTogether, database.Dialect.Lanes));

    /// <summary>Issues a code: its hash, the sealed code and the first delivery, together or not at all. A live code for the same account and kind is superseded.</summary>
    /// <param name="idempotency">Null only where repetitions cannot happen.</param>
    /// <param name="render">Makes the answer that repetitions get, too.</param>
    public async Task<IssueOutcome> IssueAsync(
        PasscodeRequest request, IdempotencyKey? idempotency, Func<PasscodeSummary, string> render, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var away = await health.OutAsync(cancellationToken);
        var account = secrets.Fingerprint("account", $"{request.Owner}\n{request.Account}");
        return await Issuing.AddAsync(new(request, account, idempotency, LimitsOf(account, request.Contact), render, away, now), cancellationToken);
    }

    async Task IssueAsync(IReadOnlyList<Gathered<Wanted, IssueOutcome>> wanted)
    {
        var left = wanted.ToList();
        while (left.Count > 0)
        {
            var batch = Distinct(left);
            left.RemoveAll(batch.Contains);
            await IssueTogetherAsync(batch);
        }
    }

    /// <summary>The first of each account, key and counter: a statement changes a row once.</summary>
    static List<Gathered<Wanted, IssueOutcome>> Distinct(List<Gathered<Wanted, IssueOutcome>> wanted)
    {
        var (accounts, keys, persons) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<(string, string)>(), new HashSet<string>(StringComparer.Ordinal));
        return wanted.FindAll(one =>
            !accounts.Contains(one.Item.Account)
            && (one.Item.Idempotency is not { } key || !keys.Contains((one.Item.Request.Owner, key.Key)))
            && persons.Add(one.Item.Limits[0].Subject)
            && accounts.Add(one.Item.Account)
            && (one.Item.Idempotency is not { } own || keys.Add((one.Item.Request.Owner, own.Key))));
    }

    async Task IssueTogetherAsync(List<Gathered<Wanted, IssueOutcome>> batch)
    {
        var alone = new List<Gathered<Wanted, IssueOutcome>>();
        while (batch.Count > 0)
        {
            HashSet<Wanted> odd = [];
            IReadOnlyList<IssueOutcome>? outcomes = null;
            try
            {
                outcomes = await database.WriteAsync(
                    async transaction => await TryTogetherAsync(transaction, batch.ConvertAll(one => one.Item), odd) is { } issued ? (true, issued) : (false, null),
                    CancellationToken.None);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.DeadlockDetected)
            {
                odd = [.. batch.Select(one => one.Item)];
            }

            if (outcomes is not null)
            {
                for (var index = 0; index < batch.Count; index++)
                {
                    batch[index].Succeed(outcomes[index]);
                }

                break;
            }

            alone.AddRange(batch.Where(one => odd.Contains(one.Item)));
            batch = batch.FindAll(one => !odd.Contains(one.Item));
        }

        await Task.WhenAll(alone.Select(IssueAloneAsync));
    }

    /// <summary>Null when some of the requests are no plain ones: a repetition, a limit reached, a code to supersede. The caller rolls back then.</summary>
    /// <param name="odd">Gets those requests.</param>
    async Task<IReadOnlyList<IssueOutcome>?> TryTogetherAsync(DbTransaction transaction, List<Wanted> wanted, HashSet<Wanted> odd)
    {
        var known = await LookTogetherAsync(transaction, wanted, odd);
        if (odd.Count > 0)
        {
            return null;
        }

        var drafts = wanted.ConvertAll(one => DraftOf(one, wrongTries: 0, new(
            known.OptedOut.Contains(one.Fingerprint(secrets)), known.NoTextReasons.GetValueOrDefault(one.Fingerprint(secrets)), one.Away)));
        var keys = await NoteAnswersAsync(transaction, drafts);
        odd.UnionWith(wanted.Where(one => one.Idempotency is { } key && !keys.Contains((one.Request.Owner, key.Key))));
        if (odd.Count == 0)
        {
            odd.UnionWith((await limits.TakeAsync(transaction, wanted.ConvertAll(one => (one.Limits, one.Now)))).Select(index => wanted[index]));
        }

        if (odd.Count > 0)
        {
            return null;
        }

        await InsertAsync(transaction, drafts);
        return drafts.ConvertAll(draft => draft.Outcome);
    }

    /// <summary>Locks the accounts, in one order for all, then looks what there is.</summary>
    async Task<(HashSet<string> OptedOut, Dictionary<string, string> NoTextReasons)> LookTogetherAsync(DbTransaction transaction, List<Wanted> wanted, HashSet<Wanted> odd)
    {
        using var results = await transaction.Connection!.QueryMultipleAsync(
            $"""
            insert into accounts (fingerprint) select r.account from {database.Dialect.Each("@rows", "account text")} where true order by 1
            on conflict (fingerprint) do update set fingerprint = excluded.fingerprint;

            select p.account, p.kind from {database.Dialect.Each("@rows", "account text, kind text")}
            join passcodes p on p.account = r.account and p.kind = r.kind and p.state = 'live' {database.Dialect.Among("p.account", "@accounts")};

            select fingerprint from consents where state = 'opted-out' and {database.Dialect.OneOf("fingerprint", "@contacts")};

            select fingerprint, no_text_reason from contacts where no_text_reason is not null and {database.Dialect.OneOf("fingerprint", "@contacts")}
            """,
            new
            {
                rows = Rows.Of(wanted.Select(one => new { one.Account, Kind = one.Request.Kind.Name() })),
                accounts = wanted.ConvertAll(one => one.Account),
                contacts = wanted.ConvertAll(one => one.Fingerprint(secrets)),
            },
            transaction);
        var live = (await results.ReadAsync<(string Account, string Kind)>()).ToHashSet();
        odd.UnionWith(wanted.Where(one => live.Contains((one.Account, one.Request.Kind.Name()))));
        return (
            (await results.ReadAsync<string>()).ToHashSet(StringComparer.Ordinal),
            (await results.ReadAsync<(string Fingerprint, string Reason)>()).ToDictionary(row => row.Fingerprint, row => row.Reason, StringComparer.Ordinal));
    }

    /// <summary>Notes the answers that repetitions will get.</summary>
    /// <returns>The owners and keys that were new.</returns>
    async Task<HashSet<(string Owner, string Key)>> NoteAnswersAsync(DbTransaction transaction, List<Draft> drafts) => (await transaction.Connection!.QueryAsync<(string, string)>(
        $"""
        insert into idempotent_answers (owner, key_fingerprint, request_fingerprint, answer, at)
        select r.owner, r.key, r.request, r.answer, r.at
        from {database.Dialect.Each("@rows", "owner text, key text, request text, answer text, at bigint")} where true order by 1, 2
        on conflict (owner, key_fingerprint) do nothing returning owner, key_fingerprint
        """,
        new
        {
            rows = Rows.Of(drafts.Where(draft => draft.Wanted.Idempotency is not null).Select(draft => new
            {
                draft.Wanted.Request.Owner,
                draft.Wanted.Idempotency!.Key,
                draft.Wanted.Idempotency.Request,
                draft.Outcome.Answer,
                At = draft.Wanted.Now.ToUnixTimeMilliseconds(),
            })),
        },
        transaction)).ToHashSet();

    async Task IssueAloneAsync(Gathered<Wanted, IssueOutcome> wanted)
    {
        try
        {
            wanted.Succeed(await database.WriteAsync(
                async transaction => await IssueAsync(transaction, wanted.Item) is var outcome && outcome is IssueOutcome.Issued ? (true, outcome) : (false, outcome), CancellationToken.None));
        }
        catch (Exception exception)
        {
            wanted.Fail(exception);
        }
    }

    async Task<IssueOutcome> IssueAsync(DbTransaction transaction, Wanted wanted)
    {
        var (request, now) = (wanted.Request, wanted.Now);
        await LockAccountAsync(transaction, wanted.Account);
        if (wanted.Idempotency is not null && await EarlierAsync(transaction, request.Owner, wanted.Idempotency, now.ToUnixTimeMilliseconds()) is { } earlier)
        {
            return earlier;
        }

        if (await limits.TakeAsync(transaction, wanted.Limits, now) is { } reached)
        {
            return new IssueOutcome.Limited(reached);
        }

        var wrongTries = await SupersedeAsync(transaction, wanted.Account, request.Kind, now);
        var draft = DraftOf(wanted, wrongTries, await OutlookAsync(transaction, request.Contact, wanted.Away));
        await InsertAsync(transaction, [draft]);
        if (wanted.Idempotency is { } idempotency)
        {
            await transaction.Connection!.ExecuteAsync(
                "update idempotent_answers set answer = @answer where owner = @owner and key_fingerprint = @key",
                new { answer = draft.Outcome.Answer, owner = request.Owner, key = idempotency.Key },
                transaction);
        }

        return draft.Outcome;
    }

    /// <summary>Waits for a twin request that is under way, then finds its answer; null when this is the first.</summary>
    static async Task<IssueOutcome?> EarlierAsync(DbTransaction transaction, string owner, IdempotencyKey idempotency, long at)
    {
        var isFirst = await transaction.Connection!.ExecuteAsync(
            """
            insert into idempotent_answers (owner, key_fingerprint, request_fingerprint, answer, at) values (@owner, @key, @request, '', @at)
            on conflict (owner, key_fingerprint) do nothing
            """,
            new { owner, key = idempotency.Key, request = idempotency.Request, at },
            transaction) == 1;
        if (isFirst)
        {
            return null;
        }

        var earlier = await transaction.Connection!.QuerySingleAsync<(string Request, string Answer)>(
            "select request_fingerprint, answer from idempotent_answers where owner = @owner and key_fingerprint = @key", new { owner, key = idempotency.Key }, transaction);
        return earlier.Request == idempotency.Request ? new IssueOutcome.Repeated(earlier.Answer) : new IssueOutcome.OtherRequest();
    }

    /// <summary>Ends the live code of the same purpose.</summary>
    /// <returns>Wrong tries that the new code takes over: a new code never gives a guesser new tries.</returns>
    async Task<int> SupersedeAsync(DbTransaction transaction, string account, PasscodeKind kind, DateTimeOffset now)
    {
        var before = await FindAsync(transaction, "account = @account and kind = @kind and state = 'live'", new { account, kind = kind.Name() });
        if (before is null)
        {
            return 0;
        }

        var isOver = before.StateAt(now) == PasscodeState.Expired;
        await EndAsync(transaction, before.End(isOver ? PasscodeState.Expired : PasscodeState.Superseded, isOver ? before.ExpiresAt : now), now);
        return isOver ? 0 : before.WrongTries;
    }

    /// <summary>A new passcode with its code and first plan; nothing is written yet.</summary>
    Draft DraftOf(Wanted wanted, int wrongTries, DeliveryOutlook outlook)
    {
        var (request, now) = (wanted.Request, wanted.Now);
        var id = "pc_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        var policy = options.Value.For(request.Kind);
        var code = PasscodeGenerator.Draw(policy);
        var passcode = new Passcode
        {
            Id = id,
            Owner = request.Owner,
            Kind = request.Kind,
            Account = wanted.Account,
            Language = request.Language,
            SiteHost = request.SiteHost,
            Channels = request.Channels,
            Hash = hasher.Hash(id, code),
            WrongTries = wrongTries,
            LastSentAt = now,
            CreatedAt = now,
            ExpiresAt = now + policy.Lifetime,
        };
        var plan = DeliveryPlan.Next(passcode.Channels, [], outlook);
        var summary = new PasscodeSummary(id, request.Kind, plan.Channel is null ? "undeliverable" : "queued", plan.Channel ?? plan.Skipped[^1].Channel, passcode.ExpiresAt);
        return new(wanted, passcode, code, plan, new(summary, wanted.Render(summary)));
    }

    async Task InsertAsync(DbTransaction transaction, List<Draft> drafts)
    {
        const string columns =
            "id text, owner text, kind text, account text, language text, site_host text, sealed_contact text, channels text, generation integer, hash text, "
            + "hash_key text, sealed_code text, wrong_tries integer, at bigint, expires_at bigint, reminder_at bigint, phone text";
        await transaction.Connection!.ExecuteAsync(
            $"""
            insert into passcodes
                (id, owner, kind, account, language, site_host, sealed_contact, channels, generation, hash, hash_key, sealed_code, state, wrong_tries, resends,
                 last_sent_at, created_at, expires_at, reminder_at, phone)
            select r.id, r.owner, r.kind, r.account, r.language, r.site_host, r.sealed_contact, r.channels, r.generation, r.hash, r.hash_key, r.sealed_code, 'live',
                r.wrong_tries, 0, r.at, r.at, r.expires_at, r.reminder_at, r.phone
            from {database.Dialect.Each("@rows", columns)}
            """,
            new { rows = Rows.Of(drafts.Select(draft => NewRowOf(draft.Passcode, draft.Wanted.Request.Contact, draft.Plan.Channel is null ? null : draft.Code))) },
            transaction);
        await deliveries.EnqueueCodesAsync(transaction, drafts.Select(draft => new PlannedCode(draft.Passcode, draft.Wanted.Request.Contact, draft.Plan, 0, draft.Wanted.Now)));
    }

    object NewRowOf(Passcode passcode, PasscodeContact contact, string? code) => new
    {
        passcode.Id,
        passcode.Owner,
        Kind = passcode.Kind.Name(),
        passcode.Account,
        Language = passcode.Language.ToString().ToLowerInvariant(),
        passcode.SiteHost,
        SealedContact = secrets.Seal(contact.ToJson(), $"passcodes/{passcode.Id}/contact"),
        Channels = DeliveryChannels.Names(passcode.Channels),
        passcode.Generation,
        Hash = passcode.Hash.Value,
        HashKey = passcode.Hash.Key,
        SealedCode = code is null ? null : secrets.Seal(code, ContextOf(passcode.Id, passcode.Generation)),
        passcode.WrongTries,
        At = passcode.CreatedAt.ToUnixTimeMilliseconds(),
        ExpiresAt = passcode.ExpiresAt.ToUnixTimeMilliseconds(),
        ReminderAt = passcode.Kind == PasscodeKind.Activation && options.Value.ReminderAfter > TimeSpan.Zero
            ? (passcode.CreatedAt + options.Value.ReminderAfter).ToUnixTimeMilliseconds()
            : (long?)null,
        Phone = contact.Number is { } number ? secrets.Fingerprint(number) : null,
    };

    /// <param name="Account">Its fingerprint.</param>
    /// <param name="Limits">The first is the person's.</param>
    /// <param name="Away">Channels that are out.</param>
    sealed record Wanted(
        PasscodeRequest Request, string Account, IdempotencyKey? Idempotency, ImmutableArray<Limit> Limits, Func<PasscodeSummary, string> Render,
        ImmutableHashSet<DeliveryChannel> Away, DateTimeOffset Now)
    {
        /// <summary>Of the number; empty when there is none.</summary>
        internal string Fingerprint(Secrets.SecretKeys secrets) => Request.Contact.Number is { } number ? secrets.Fingerprint(number) : "";

        // By reference: each is one request.
        public bool Equals(Wanted? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    /// <summary>A passcode that is about to be written.</summary>
    sealed record Draft(Wanted Wanted, Passcode Passcode, string Code, DeliveryPlan Plan, IssueOutcome.Issued Outcome);
}
