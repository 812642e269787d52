-- Times are UTC milliseconds. Numbers of people are stored as a keyed fingerprint, and sealed where they must be used again.

create table conversations (
    id text primary key,
    channel text not null,
    fingerprint text,
    state text not null,
    version integer not null,
    created_at bigint not null,
    updated_at bigint not null
);

-- One row a turn. The key decides which of several identical requests takes the turn; the body answers the others.
create table turns (
    replay_key text primary key,
    conversation_id text not null,
    body text not null,
    at bigint not null
);

create table transcript (
    conversation_id text not null,
    sequence integer not null,
    speaker text not null,
    text text not null,
    outcome text,
    activity text,
    at bigint not null,
    primary key (conversation_id, sequence)
);

create table feedback (
    conversation_id text not null,
    sequence integer not null,
    slug text not null,
    helped integer not null,
    at bigint not null,
    primary key (conversation_id, sequence)
);

-- What holds now, and everything that led there.
create table consents (
    fingerprint text primary key,
    sealed_number text not null,
    state text not null,
    at bigint not null
);

create table consent_events (
    fingerprint text not null,
    at bigint not null,
    sequence integer not null,
    state text not null,
    means text not null,
    words text not null,
    sender text,
    recorded_by text not null,
    primary key (fingerprint, sequence)
);

create table escalations (
    reference text primary key,
    conversation_id text not null,
    channel text not null,
    agency text not null,
    language text not null,
    reason text not null,
    state text not null,
    fingerprint text,
    sealed_number text,
    opened_at bigint not null,
    version integer not null
);

create index escalations_by_state on escalations (state, opened_at);

create table deliveries (
    id text primary key,
    conversation_id text,
    fingerprint text not null,
    sealed_number text not null,
    sealed_body text,
    purpose text not null,
    state text not null,
    carrier_sid text,
    error_code integer,
    lease_until bigint not null,
    attempts integer not null,
    created_at bigint not null,
    updated_at bigint not null
);

create index deliveries_by_state on deliveries (state, lease_until);
create index deliveries_by_contact on deliveries (fingerprint, created_at);
