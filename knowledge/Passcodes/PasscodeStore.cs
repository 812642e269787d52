using System.Collections.Immutable;
using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Options;
using SupportBot.Knowledge.Consents;
using SupportBot.Knowledge.Content;
using SupportBot.Knowledge.Conversations;
using SupportBot.Knowledge.Deliveries;
using SupportBot.Knowledge.Limits;
using SupportBot.Knowledge.Notices;
using SupportBot.Knowledge.Secrets;
using SupportBot.Knowledge.Storage;

namespace SupportBot.Knowledge.Passcodes;

/// <summary>Passcodes. Every method is one transaction; an account's passcodes change one after the other.</summary>
public sealed partial class PasscodeStore(
    Database database,
    SecretKeys secrets,
    PasscodeHasher hasher,
    ConsentStore consents,
    DeliveryStore deliveries,
    LimitStore limits,
    CarrierHealth health,
    OwnerNoticeStore notices,
    IOptions<PasscodeOptions> options,
    IOptions<LimitOptions> limitOptions)
{
    /// <summary>Name of the limit on how often one code is sent again; waiting does not help against it.</summary>
    internal const string MostResendsLimit = "resends";

    /// <summary>The code that a row seals; for handing over only.</summary>
    /// <exception cref="CryptographicException">It was sealed with a key that is gone.</exception>
    public static string OpenCode(SecretKeys secrets, SealedPasscode passcode) => secrets.Open(passcode.SealedCode!, ContextOf(passcode.Id, passcode.Generation));

    /// <summary>Tries a code. Null when the owner has no passcode of that id.</summary>
    public Task<PasscodeCheck?> CheckAsync(string owner, string id, string typed, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync<PasscodeCheck?>(
            async transaction =>
            {
                if (await LockAsync(transaction, owner, id) is not { } passcode)
                {
                    return (false, null);
                }

                var (check, after) = passcode.Try(await MatchAsync(transaction, passcode, typed), await TriesAsync(transaction, passcode.Account, now), options.Value, now);
                if (after.WrongTries > passcode.WrongTries)
                {
                    await transaction.Connection!.ExecuteAsync(
                        "insert into wrong_tries (account, passcode_id, at) values (@account, @id, @at)",
                        new { account = passcode.Account, id, at = now.ToUnixTimeMilliseconds() },
                        transaction);
                    await transaction.Connection!.ExecuteAsync(
                        "update passcodes set wrong_tries = @tries where id = @id", new { tries = after.WrongTries, id }, transaction);
                }

                if (after.State != passcode.State)
                {
                    await EndAsync(transaction, after, now);
                }

                return (true, check);
            },
            cancellationToken);

    async Task<CodeMatch> MatchAsync(DbTransaction transaction, Passcode passcode, string typed)
    {
        if (hasher.Matches(passcode.Hash, passcode.Id, typed))
        {
            return CodeMatch.Current;
        }

        if (passcode.Generation == 1)
        {
            return CodeMatch.None;
        }

        var former = await transaction.Connection!.QueryAsync<(string Hash, string Key)>(
            "select hash, hash_key from former_codes where passcode_id = @id", new { id = passcode.Id }, transaction);
        return former.Any(row => hasher.Matches(new(row.Hash, row.Key), passcode.Id, typed)) ? CodeMatch.Former : CodeMatch.None;
    }

    /// <summary>A new code under the same id, sent now; the one before no longer works.</summary>
    /// <param name="channel">Null: as before.</param>
    public async Task<ResendOutcome> ResendAsync(string owner, string id, DeliveryChannel? channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var away = await health.OutAsync(cancellationToken);
        return await database.WriteAsync<ResendOutcome>(
            async transaction =>
            {
                var outcome = await LockAsync(transaction, owner, id) is { } passcode
                    ? await ResendAsync(transaction, passcode, channel, away, session: null, notBefore: null, now)
                    : new ResendOutcome.Unknown();
                return (outcome is ResendOutcome.Resent, outcome);
            },
            cancellationToken);
    }

    /// <summary>The same for the person whom the code is for, in the caller's transaction, which rolls back unless it was sent.</summary>
    /// <param name="session">The conversation in which it was asked for.</param>
    /// <param name="notBefore">A call must wait until the line is free; null: now.</param>
    public async Task<ResendOutcome> ResendAsync(
        DbTransaction transaction, string id, DeliveryChannel channel, ImmutableHashSet<DeliveryChannel> away, string session, DateTimeOffset? notBefore, DateTimeOffset now) =>
        await LockAsync(transaction, owner: null, id) is { } passcode
            ? await ResendAsync(transaction, passcode, channel, away, session, notBefore, now)
            : new ResendOutcome.Unknown();

    async Task<ResendOutcome> ResendAsync(
        DbTransaction transaction, Passcode passcode, DeliveryChannel? channel, ImmutableHashSet<DeliveryChannel> away, string? session, DateTimeOffset? notBefore, DateTimeOffset now)
    {
        if (passcode.StateAt(now) is not PasscodeState.Live and var state)
        {
            return new ResendOutcome.Ended(state);
        }

        var policy = options.Value.For(passcode.Kind);
        var contact = await ContactOfAsync(transaction, passcode.Id);
        if (channel is { } wanted && !IsPossible(passcode, contact, wanted))
        {
            return new ResendOutcome.NotThere(wanted);
        }

        if (WaitOf(passcode, now) is not { } wait)
        {
            return new ResendOutcome.Limited(new(MostResendsLimit, passcode.ExpiresAt - now));
        }

        if (wait > TimeSpan.Zero)
        {
            return new ResendOutcome.Limited(new("resend-wait", wait));
        }

        var taken = LimitsOf(passcode.Account, contact);
        if (session is not null && limitOptions.Value.Enabled)
        {
            taken = taken.Add(new("conversation", session, limitOptions.Value.ConversationPerDay, TimeSpan.FromDays(1)));
        }

        if (await limits.TakeAsync(transaction, taken, now) is { } reached)
        {
            return new ResendOutcome.Limited(reached);
        }

        var code = PasscodeGenerator.Draw(policy);
        var next = passcode with
        {
            Generation = passcode.Generation + 1,
            Hash = hasher.Hash(passcode.Id, code),
            Channels = channel is { } first ? [first, .. passcode.Channels.Where(other => other != first)] : passcode.Channels,
            Resends = passcode.Resends + 1,
            LastSentAt = now,
            ExpiresAt = now + policy.Lifetime,
        };
        await DeliveryStore.CancelQueuedAsync(transaction, passcode.Id, DeliveryReasons.Replaced, now);
        var plan = DeliveryPlan.Next(next.Channels, [], await OutlookAsync(transaction, contact, away));
        var before = await ReplaceAsync(transaction, passcode, next, plan.Channel is null ? null : code);
        await deliveries.EnqueueCodeAsync(transaction, next, contact, plan, before, now, notBefore);
        return new ResendOutcome.Resent(new(
            next.Id, next.Kind, plan.Channel is null ? "undeliverable" : "queued", plan.Channel ?? plan.Skipped[^1].Channel, next.ExpiresAt));
    }

    /// <summary>Whether the agency allows a channel for the code, and the contact has what it needs.</summary>
    bool IsPossible(Passcode passcode, PasscodeContact contact, DeliveryChannel channel) =>
        options.Value.For(passcode.Kind).AllowedChannels.Contains(channel) && contact.Reaches(channel)
        && (channel is DeliveryChannel.Call or DeliveryChannel.Mail || passcode.SiteHost.Length > 0);

    /// <summary>Until the code may be sent again; null when it has been as often as it may.</summary>
    TimeSpan? WaitOf(Passcode passcode, DateTimeOffset now) => passcode.Resends >= options.Value.MostResends
        ? null
        : passcode.LastSentAt + ResendWait.After(passcode.Resends) - now is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    /// <summary>The latest code for a phone number, as its owner may hear of it; null when none was sent lately.</summary>
    /// <param name="phone">Fingerprint of the number.</param>
    /// <param name="away">Channels that fail at present.</param>
    public async Task<CodeOnFile?> OnFileAsync(DbTransaction transaction, string phone, ImmutableHashSet<DeliveryChannel> away, DateTimeOffset now)
    {
        var row = await transaction.Connection!.QuerySingleOrDefaultAsync<Row>(
            $"select {Row.Columns} from passcodes where phone = @phone order by last_sent_at desc limit 1", new { phone }, transaction);
        if (row is null)
        {
            return null;
        }

        var passcode = row.ToPasscode();
        var state = passcode.StateAt(now);
        if (state != PasscodeState.Live && now - (passcode.EndedAt ?? passcode.ExpiresAt) > options.Value.RememberedFor)
        {
            return null;
        }

        var last = await transaction.Connection!.QueryFirstOrDefaultAsync<EventRow>(
            "select updated_at as at, channel, state, reason, generation, number from deliveries where passcode_id = @id and generation = @generation order by number desc limit 1",
            new { id = passcode.Id, generation = passcode.Generation },
            transaction);
        PasscodeContact contact;
        try
        {
            contact = await ContactOfAsync(transaction, passcode.Id);
        }
        catch (CryptographicException)
        {
            // The key is gone, and with it whatever could be done.
            return null;
        }

        var outlook = await OutlookAsync(transaction, contact, away);
        return new(
            passcode.Id, passcode.Kind, state, passcode.SiteHost, now - passcode.LastSentAt, passcode.ExpiresAt - now,
            DeliveryChannels.Parse(last?.Channel) ?? passcode.Channels[0],
            last is null ? DeliveryState.Queued : Enum.Parse<DeliveryState>(last.State, ignoreCase: true),
            last?.Reason,
            state == PasscodeState.Live ? WaysOf(passcode, contact, outlook) : [],
            WaitOf(passcode, now),
            state == PasscodeState.Live ? await deliveries.CallQueueAsync(transaction.Connection!) : TimeSpan.Zero);
    }

    /// <summary>How the code may be sent again, the wanted channels first. E-mail is never offered unless its owner named it (NIST SP 800-63B-4 does not accept it).</summary>
    ImmutableArray<DeliveryChannel> WaysOf(Passcode passcode, PasscodeContact contact, DeliveryOutlook outlook) =>
    [
        .. passcode.Channels.Concat(DeliveryChannels.All).Distinct().Where(channel =>
            IsPossible(passcode, contact, channel) && !outlook.Out.Contains(channel) && (channel != DeliveryChannel.Email || passcode.Channels.Contains(channel))
            && (channel != DeliveryChannel.Text || outlook is { OptedOut: false, NoTextReason: null })),
    ];

    /// <summary>The person never asked for it: the code is of no use to anybody from now on, and its owner is told. In the caller's transaction.</summary>
    public async Task DisavowAsync(DbTransaction transaction, string id, DateTimeOffset now)
    {
        if (await LockAsync(transaction, owner: null, id) is not { } passcode)
        {
            return;
        }

        if (passcode.StateAt(now) == PasscodeState.Live)
        {
            await EndAsync(transaction, passcode.End(PasscodeState.Voided, now), now);
        }

        // Said twice, it is told once.
        if (await transaction.Connection!.ExecuteAsync(
            "update passcodes set end_reason = @reason where id = @id and end_reason is null", new { id, reason = DeliveryReasons.NotAsked }, transaction) == 0)
        {
            return;
        }

        await notices.EnqueueAsync(transaction, passcode.Owner, OwnerNotice.Disavowed, new { id, kind = passcode.Kind.Name() }, now);
    }

    /// <summary>Takes a code back. False when the owner has no passcode of that id; a code that ended already stays as it is.</summary>
    public Task<bool> VoidAsync(string owner, string id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async transaction =>
        {
            if (await LockAsync(transaction, owner, id) is not { } passcode)
            {
                return (false, false);
            }

            var after = passcode.StateAt(now) == PasscodeState.Expired ? passcode.End(PasscodeState.Expired, passcode.ExpiresAt) : passcode.End(PasscodeState.Voided, now);
            if (after.State != passcode.State)
            {
                await EndAsync(transaction, after, now);
            }

            return (true, true);
        },
        cancellationToken);

    /// <summary>A passcode and what became of it. Null when the owner has none of that id.</summary>
    public Task<PasscodeStory?> StoryAsync(string owner, string id, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var row = await connection.QuerySingleOrDefaultAsync<Row>($"select {Row.Columns} from passcodes where id = @id and owner = @owner", new { id, owner });
            if (row is null)
            {
                return null;
            }

            var events = (await connection.QueryAsync<EventRow>(
                """
                select e.at, d.channel, e.state, e.reason, d.generation, d.number from delivery_events e join deliveries d on d.id = e.delivery_id
                where d.passcode_id = @id
                """,
                new { id })).ToList();
            var (hasWay, endReason) = await connection.QuerySingleAsync<(bool HasWay, string? EndReason)>("select sealed_code is not null, end_reason from passcodes where id = @id", new { id });
            return Story(row.ToPasscode(), events, hasWay, endReason, now);
        },
        cancellationToken);

    /// <param name="hasWay">The code is still readable, so another channel may follow one that failed.</param>
    /// <param name="endReason">Why it ended, where its state does not tell.</param>
    static PasscodeStory Story(Passcode passcode, List<EventRow> rows, bool hasWay, string? endReason, DateTimeOffset now)
    {
        var ordered = rows.OrderBy(row => row.At).ThenBy(row => row.Number).ThenBy(row => Enum.Parse<DeliveryState>(row.State, ignoreCase: true)).ToList();
        var timeline = ordered.ConvertAll(row => new PasscodeEvent(DateTimeOffset.FromUnixTimeMilliseconds(row.At), DeliveryChannels.Parse(row.Channel), PublicState(row), row.Reason));
        var current = ordered.Where(row => row.Generation == passcode.Generation).ToList();
        var counted = current.FirstOrDefault(row => row.State == "delivered") ?? current.MaxBy(row => (row.Number, (int)Enum.Parse<DeliveryState>(row.State, ignoreCase: true)));
        var state = passcode.StateAt(now);
        if (state != PasscodeState.Live)
        {
            var reason = state == PasscodeState.Superseded ? "superseded" : endReason;
            timeline.Add(new(passcode.EndedAt ?? passcode.ExpiresAt, null, PublicState(state), reason));
        }

        var shown = state != PasscodeState.Live ? PublicState(state) : counted is null ? "queued" : PublicState(counted);
        if (shown == "undeliverable" && hasWay)
        {
            // The next channel is about to be chosen: nobody should read this as the end.
            shown = "queued";
        }

        return new(
            new(passcode.Id, passcode.Kind, shown, DeliveryChannels.Parse(counted?.Channel) ?? passcode.Channels[0], passcode.ExpiresAt),
            [.. timeline]);
    }

    static string PublicState(EventRow row) => row.State switch
    {
        "queued" or "attempting" => "queued",
        "unknown" or "sent" => "sent",
        "delivered" => "delivered",
        "undeliverable" => "undeliverable",
        "canceled" when row.Reason == DeliveryReasons.OptedOut => "undeliverable",
        "canceled" when row.Reason == DeliveryReasons.Expired => "expired",
        "canceled" => "voided",
        _ => throw new UnreachableException(),
    };

    static string PublicState(PasscodeState state) => state switch
    {
        PasscodeState.Accepted => "accepted",
        PasscodeState.Expired => "expired",
        PasscodeState.Superseded or PasscodeState.Voided => "voided",
        PasscodeState.Locked => "locked",
        PasscodeState.Live => throw new ArgumentOutOfRangeException(nameof(state)),
        _ => throw new UnreachableException(),
    };

    /// <summary>The code that a call reads. Null when the attempt is none, or its code may not be read any more.</summary>
    public Task<SealedPasscode?> CallAsync(string attempt, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        async connection =>
        {
            var row = await connection.QuerySingleOrDefaultAsync<CallRow>(
                """
                select p.id, p.kind, p.language, p.site_host, p.generation, p.sealed_code, p.expires_at from attempts a
                join deliveries d on d.id = a.delivery_id join passcodes p on p.id = d.passcode_id and p.generation = d.generation
                where a.id = @attempt and a.channel = 'call' and p.state = 'live' and p.expires_at > @at and p.sealed_code is not null
                """,
                new { attempt, at = now.ToUnixTimeMilliseconds() });
            return row is null ? null : new SealedPasscode(
                row.Id, PasscodeKinds.Parse(row.Kind)!.Value, Enum.Parse<Language>(row.Language, ignoreCase: true), row.SiteHost, row.Generation, row.SealedCode,
                DateTimeOffset.FromUnixTimeMilliseconds(row.ExpiresAt));
        },
        cancellationToken);

    /// <summary>The code that <see cref="CallAsync"/> found, opened. Null when its key is gone.</summary>
    public string? Read(SealedPasscode passcode)
    {
        try
        {
            return OpenCode(secrets, passcode);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Codes that are over by now are marked so and wiped. How many; call again while any are.</summary>
    public Task<int> ExpireAsync(int most, ContentLibrary library, DateTimeOffset now, CancellationToken cancellationToken) => SweepAsync(
        "state = 'live' and expires_at <= @at order by expires_at",
        most,
        now,
        async (transaction, passcode) =>
        {
            if (passcode.StateAt(now) == PasscodeState.Expired)
            {
                await EndAsync(transaction, passcode.End(PasscodeState.Expired, passcode.ExpiresAt), now);
                if (passcode.Kind == PasscodeKind.Activation)
                {
                    await EnqueueReminderAsync(transaction, passcode, library, Prompts.PasscodeExpiredNotice, "notice", now);
                }
            }
        },
        cancellationToken);

    /// <summary>Activation codes that wait to be used are brought to mind, once each.</summary>
    public Task<int> RemindAsync(int most, ContentLibrary library, DateTimeOffset now, CancellationToken cancellationToken) => SweepAsync(
        "state = 'live' and reminder_at <= @at order by reminder_at",
        most,
        now,
        async (transaction, passcode) =>
        {
            await transaction.Connection!.ExecuteAsync("update passcodes set reminder_at = null where id = @id", new { id = passcode.Id }, transaction);
            if (passcode.StateAt(now) == PasscodeState.Live)
            {
                await EnqueueReminderAsync(transaction, passcode, library, Prompts.PasscodeReminder, "reminder", now);
            }
        },
        cancellationToken);

    /// <summary>As a text, and only to a number whose owner has opted in. It names no code.</summary>
    async Task EnqueueReminderAsync(DbTransaction transaction, Passcode passcode, ContentLibrary library, string prompt, string purpose, DateTimeOffset now)
    {
        var contact = await ContactOfAsync(transaction, passcode.Id);
        if (contact.Number is { } number && await consents.StateOfAsync(transaction, secrets.Fingerprint(number)) == ConsentState.OptedIn)
        {
            var pack = library[passcode.Language];
            var body = Template.Fill(pack.Prompts[prompt].Text, name => name == "date" ? PasscodeWording.Date(pack, passcode.ExpiresAt) : null);
            await deliveries.EnqueueAsync(transaction, new(passcode.Id), number, Gsm7.Fold(body, out _), purpose, now);
        }
    }

    /// <summary>Removes first answers that nobody will ask for again, a day old, in one statement.</summary>
    public Task ForgetAnswersAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        transaction => transaction.Connection!.ExecuteAsync("delete from idempotent_answers where at < @before", new { before = now.AddDays(-1).ToUnixTimeMilliseconds() }, transaction),
        cancellationToken);

    async Task<int> SweepAsync(string due, int most, DateTimeOffset now, Func<DbTransaction, Passcode, Task> act, CancellationToken cancellationToken)
    {
        var ids = await database.ReadAsync(
            async connection => (await connection.QueryAsync<string>($"select id from passcodes where {due} limit @most", new { at = now.ToUnixTimeMilliseconds(), most })).AsList(),
            cancellationToken);
        if (ids.Count > 0)
        {
            await database.WriteAsync(
                async transaction =>
                {
                    // Rows that another process sweeps, or that somebody is using, wait for the next time.
                    foreach (var row in (await transaction.Connection!.QueryAsync<Row>(
                        $"select {Row.Columns} from passcodes where {database.Dialect.OneOf("id", "@ids")} and state = 'live' {database.Dialect.ClaimLock}", new { ids }, transaction)).ToList())
                    {
                        await act(transaction, row.ToPasscode());
                    }
                },
                cancellationToken);
        }

        return ids.Count;
    }

    /// <summary>The passcode of a delivery, for the caller's transaction; null when it carries none.</summary>
    internal async Task<(Passcode Passcode, PasscodeContact Contact)?> LockByIdAsync(DbTransaction transaction, string id) =>
        await FindAsync(transaction, "id = @id", new { id }) is { } passcode ? (passcode, await ContactOfAsync(transaction, id)) : null;

    /// <summary>What speaks for and against the channels of a contact.</summary>
    internal async Task<DeliveryOutlook> OutlookAsync(DbTransaction transaction, PasscodeContact contact, ImmutableHashSet<DeliveryChannel> away)
    {
        if (contact.Number is not { } number)
        {
            return new(false, null, away);
        }

        var reach = await consents.ReachAsync(transaction, secrets.Fingerprint(number));
        return new(reach.State == ConsentState.OptedOut, reach.NoTextReason, away);
    }

    /// <summary>The code is of no more use to us: nobody can read it again, though a code under way may still be typed in.</summary>
    internal static Task WipeAsync(DbTransaction transaction, string id) =>
        transaction.Connection!.ExecuteAsync("update passcodes set sealed_code = null where id = @id", new { id }, transaction);

    /// <param name="owner">Null: whoever it is.</param>
    async Task<Passcode?> LockAsync(DbTransaction transaction, string? owner, string id)
    {
        var account = await transaction.Connection!.ExecuteScalarAsync<string?>(
            owner is null ? "select account from passcodes where id = @id" : "select account from passcodes where id = @id and owner = @owner", new { id, owner }, transaction);
        if (account is null)
        {
            return null;
        }

        await LockAccountAsync(transaction, account);
        return await FindAsync(transaction, "id = @id", new { id });
    }

    static Task LockAccountAsync(DbTransaction transaction, string account) => transaction.Connection!.ExecuteAsync(
        "insert into accounts (fingerprint) values (@account) on conflict (fingerprint) do update set fingerprint = excluded.fingerprint", new { account }, transaction);

    async Task<Passcode?> FindAsync(DbTransaction transaction, string where, object arguments) =>
        (await transaction.Connection!.QuerySingleOrDefaultAsync<Row>(
            $"select {Row.Columns} from passcodes where {where} {database.Dialect.RowLock}", arguments, transaction))?.ToPasscode();

    async Task<PasscodeContact> ContactOfAsync(DbTransaction transaction, string id) => PasscodeContact.FromJson(secrets.Open(
        (await transaction.Connection!.ExecuteScalarAsync<string>("select sealed_contact from passcodes where id = @id", new { id }, transaction))!, $"passcodes/{id}/contact"));

    async Task<ImmutableArray<DateTimeOffset>> TriesAsync(DbTransaction transaction, string account, DateTimeOffset now) =>
    [
        .. (await transaction.Connection!.QueryAsync<long>(
            "select at from wrong_tries where account = @account and at > @since",
            new { account, since = (now - options.Value.AccountWindow).ToUnixTimeMilliseconds() },
            transaction)).Select(DateTimeOffset.FromUnixTimeMilliseconds),
    ];

    /// <summary>How many deliveries the passcode has had.</summary>
    async Task<int> ReplaceAsync(DbTransaction transaction, Passcode before, Passcode next, string? code)
    {
        var connection = transaction.Connection!;
        await connection.ExecuteAsync(
            "insert into former_codes (passcode_id, generation, hash, hash_key) values (@id, @generation, @hash, @key)",
            new { id = before.Id, generation = before.Generation, hash = before.Hash.Value, key = before.Hash.Key },
            transaction);
        await connection.ExecuteAsync(
            """
            update passcodes set generation = @Generation, hash = @hash, hash_key = @key, sealed_code = @sealedCode, channels = @channels, resends = @Resends,
                last_sent_at = @at, expires_at = @expiresAt
            where id = @Id
            """,
            new
            {
                next.Id,
                next.Generation,
                hash = next.Hash.Value,
                key = next.Hash.Key,
                sealedCode = code is null ? null : secrets.Seal(code, ContextOf(next.Id, next.Generation)),
                channels = DeliveryChannels.Names(next.Channels),
                next.Resends,
                at = next.LastSentAt.ToUnixTimeMilliseconds(),
                expiresAt = next.ExpiresAt.ToUnixTimeMilliseconds(),
            },
            transaction);
        return await connection.ExecuteScalarAsync<int>("select coalesce(max(number), 0) from deliveries where passcode_id = @id", new { id = next.Id }, transaction);
    }

    static async Task EndAsync(DbTransaction transaction, Passcode ended, DateTimeOffset now)
    {
        await transaction.Connection!.ExecuteAsync(
            "update passcodes set state = @state, sealed_code = null, ended_at = @endedAt, reminder_at = null where id = @id",
            new { id = ended.Id, state = ended.State.ToString().ToLowerInvariant(), endedAt = ended.EndedAt!.Value.ToUnixTimeMilliseconds() },
            transaction);
        var reason = ended.State switch
        {
            PasscodeState.Expired => DeliveryReasons.Expired,
            PasscodeState.Superseded => DeliveryReasons.Replaced,
            PasscodeState.Accepted or PasscodeState.Voided or PasscodeState.Locked => DeliveryReasons.Ended,
            PasscodeState.Live => throw new ArgumentException("Only an ended code is ended.", nameof(ended)),
            _ => throw new UnreachableException(),
        };
        await DeliveryStore.CancelQueuedAsync(transaction, ended.Id, reason, now);
    }

    ImmutableArray<Limit> LimitsOf(string account, PasscodeContact contact)
    {
        var settings = limitOptions.Value;
        var taken = ImmutableArray.CreateBuilder<Limit>();
        var person = contact.Number is { } phone ? secrets.Fingerprint(phone)
            : contact.Email is not null ? contact.FingerprintOf(DeliveryChannel.Email, secrets)
            : contact.FingerprintOf(DeliveryChannel.Mail, secrets);
        taken.Add(new("contact", person, settings.ContactPerTenMinutes, TimeSpan.FromMinutes(10)));
        taken.Add(new("contact-day", person, settings.ContactPerDay, TimeSpan.FromDays(1)));
        taken.Add(new("account-day", account, settings.AccountPerDay, TimeSpan.FromDays(1)));
        if (settings.Enabled && contact.Number is { } number)
        {
            taken.Add(new("range", NumberPlan.RangeOf(number), limits.Tightened(settings.RangePerHour), TimeSpan.FromHours(1), IsShared: true));
            taken.Add(new("country", NumberPlan.CountryOf(number), limits.Tightened(settings.CountryPerDay), TimeSpan.FromDays(1), IsShared: true));
        }

        return taken.ToImmutable();
    }

    static string ContextOf(string id, int generation) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"passcodes/{id}/code/{generation}");

    sealed record CallRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Language { get; init; } = "";

        public string SiteHost { get; init; } = "";

        public int Generation { get; init; }

        public string? SealedCode { get; init; }

        public long ExpiresAt { get; init; }
    }

    sealed record EventRow
    {
        public long At { get; init; }

        public string Channel { get; init; } = "";

        public string State { get; init; } = "";

        public string? Reason { get; init; }

        public int Generation { get; init; }

        public int Number { get; init; }
    }

    sealed record Row
    {
        internal const string Columns =
            """
            id, owner, kind, account, language, site_host, channels, generation, hash, hash_key, state, wrong_tries, resends, last_sent_at, created_at, expires_at, ended_at
            """;

        public string Id { get; init; } = "";

        public string Owner { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Account { get; init; } = "";

        public string Language { get; init; } = "";

        public string SiteHost { get; init; } = "";

        public string Channels { get; init; } = "";

        public int Generation { get; init; }

        public string Hash { get; init; } = "";

        public string HashKey { get; init; } = "";

        public string State { get; init; } = "";

        public int WrongTries { get; init; }

        public int Resends { get; init; }

        public long LastSentAt { get; init; }

        public long CreatedAt { get; init; }

        public long ExpiresAt { get; init; }

        public long? EndedAt { get; init; }

        internal Passcode ToPasscode() => new()
        {
            Id = Id,
            Owner = Owner,
            Kind = PasscodeKinds.Parse(Kind)!.Value,
            Account = Account,
            Language = Enum.Parse<Language>(Language, ignoreCase: true),
            SiteHost = SiteHost,
            Channels = DeliveryChannels.ParseAll(Channels),
            Generation = Generation,
            Hash = new(Hash, HashKey),
            State = Enum.Parse<PasscodeState>(State, ignoreCase: true),
            WrongTries = WrongTries,
            Resends = Resends,
            LastSentAt = DateTimeOffset.FromUnixTimeMilliseconds(LastSentAt),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(ExpiresAt),
            EndedAt = EndedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };
    }
}
