-- Codes: who may ask for them, what was issued, how each travelled, and what holds for a contact.

create table api_keys (
    id text primary key,
    name text not null,
    hash text not null,
    scopes text not null,
    created_at bigint not null,
    revoked_at bigint
);

create unique index api_keys_by_name on api_keys (name) where revoked_at is null;

-- First answers by Idempotency-Key. Fingerprints, since callers put anything into keys and bodies.
create table idempotent_answers (
    owner text not null,
    key_fingerprint text not null,
    request_fingerprint text not null,
    answer text not null,
    at bigint not null,
    primary key (owner, key_fingerprint)
);

create index idempotent_answers_by_age on idempotent_answers (at);

-- One row for each account that has or had a code: the lock under which its codes change.
create table accounts (
    fingerprint text primary key
);

create table wrong_tries (
    account text not null,
    passcode_id text not null,
    at bigint not null
);

create index wrong_tries_by_account on wrong_tries (account, at);

create table passcodes (
    id text primary key,
    owner text not null,
    kind text not null,
    account text not null,
    language text not null,
    site_host text not null,
    sealed_contact text not null,
    channels text not null,
    generation integer not null,
    hash text not null,
    hash_key text not null,
    sealed_code text,
    state text not null,
    wrong_tries integer not null,
    resends integer not null,
    last_sent_at bigint not null,
    created_at bigint not null,
    expires_at bigint not null,
    ended_at bigint,
    reminder_at bigint
);

create unique index passcodes_live on passcodes (account, kind) where state = 'live';
create index passcodes_by_expiry on passcodes (state, expires_at);
create index passcodes_by_reminder on passcodes (reminder_at) where reminder_at is not null;

-- Codes that a resend replaced: typing one is an honest mistake, not a guess.
create table former_codes (
    passcode_id text not null,
    generation integer not null,
    hash text not null,
    hash_key text not null,
    primary key (passcode_id, generation)
);

-- What we know of a phone number, and the lock under which STOP and attempts are put in order.
create table contacts (
    fingerprint text primary key,
    no_text_reason text,
    no_text_at bigint,
    proven_at bigint
);

alter table deliveries add column channel text not null default 'text';
alter table deliveries add column passcode_id text;
alter table deliveries add column generation integer not null default 0;
alter table deliveries add column number integer not null default 0;
alter table deliveries add column life_until bigint;
alter table deliveries add column deadline_at bigint;
alter table deliveries add column plan integer not null default 0;
alter table deliveries add column attempt_id text;
alter table deliveries add column reason text;
alter table deliveries add column batch text;

create index deliveries_by_passcode on deliveries (passcode_id, number);
create index deliveries_by_deadline on deliveries (deadline_at) where deadline_at is not null;
create index deliveries_to_plan on deliveries (plan) where plan = 1;

-- One row each time something is handed to a carrier, committed before the carrier hears of it.
create table attempts (
    id text primary key,
    delivery_id text not null,
    number integer not null,
    channel text not null,
    state text not null,
    carrier_sid text,
    error_code integer,
    started_at bigint not null,
    ended_at bigint
);

create unique index attempts_by_delivery on attempts (delivery_id, number);
create index attempts_by_age on attempts (started_at);

-- Each state is reached once, however often it is reported.
create table delivery_events (
    delivery_id text not null,
    state text not null,
    reason text,
    at bigint not null,
    primary key (delivery_id, state)
);

-- When a paced line (calls: one a second) is free again.
create table paces (
    name text primary key,
    next_at bigint not null
);

-- Much used counters are split into shards, so that requests do not queue for one row.
create table limit_counters (
    name text not null,
    subject text not null,
    window_start bigint not null,
    shard integer not null,
    count integer not null,
    primary key (name, subject, window_start, shard)
);

create index limit_counters_by_age on limit_counters (window_start);

insert into contacts (fingerprint) select fingerprint from consents;
