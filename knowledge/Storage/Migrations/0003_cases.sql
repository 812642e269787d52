-- What is known and what was tried, for the help desk; and every conversation that goes on with a case.

alter table escalations add column summary text not null default '';
alter table escalations add column wrong_proofs integer not null default 0;

create table escalation_conversations (
    reference text not null,
    conversation_id text not null,
    at bigint not null,
    primary key (reference, conversation_id)
);
