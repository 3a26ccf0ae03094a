-- Lists show what a request costs, and never read its plan: this index holds all that they show of it.
ALTER TABLE requests ADD COLUMN monthly_micros BIGINT NOT NULL DEFAULT 0;
UPDATE requests SET monthly_micros = (cost ->> 'monthly_micros')::bigint;
CREATE INDEX requests_listed ON requests (
    sequence, team_id, status, stack_id, id, wish, revision, environment_id, requester_id, monthly_micros,
    approvals_needed, run_id, created_at, updated_at
);
