-- Only live codes expire; an index led by the state drew lookups by account to itself, and read every live code for each.
drop index passcodes_by_expiry;
create index passcodes_by_expiry on passcodes (expires_at) where state = 'live';
