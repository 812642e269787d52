-- A person who writes or calls from the contact of a code may ask about it; its owner hears when the person never asked for it.

alter table passcodes add column phone text;
alter table passcodes add column end_reason text;

create index passcodes_by_phone on passcodes (phone, last_sent_at) where phone is not null;

-- What the owner of an API key is to be told by webhook. The same row may arrive more than once; its id is the same then.
create table owner_notices (
    id text primary key,
    owner text not null,
    body text not null,
    tries integer not null,
    due_at bigint,
    created_at bigint not null
);

create index owner_notices_due on owner_notices (due_at) where due_at is not null;
