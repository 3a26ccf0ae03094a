-- The first schema.
--
-- The twin of the file of this name for SQLite: same tables, columns, keys and indexes; a test compares them. Text has the
-- collation C, so that it sorts and compares by bytes as it does there, whatever the database was created with. Documents
-- are JSON, which keeps their text to the letter (JSONB would change it, and with it what is hashed). `sequence` is the
-- order in which rows came: unlike an instant it never repeats and never goes back, so lists page by it and runs of a
-- stack queue by it. Foreign keys are checked at commit, because a use case is one transaction and the order of its
-- writes is nobody's business.

-- What was once written in some tables is never changed.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TABLE users (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL,
    email         TEXT COLLATE "C" NOT NULL UNIQUE CHECK (email = lower(email)),
    platform_role TEXT COLLATE "C",
    disabled      BOOLEAN          NOT NULL DEFAULT false,
    created_at    TIMESTAMPTZ      NOT NULL,
    version       BIGINT           NOT NULL
);

CREATE TABLE credentials (
    user_id       TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    password_hash TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sign_in_failures (
    sequence BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key      TEXT COLLATE "C" NOT NULL,
    at       TIMESTAMPTZ      NOT NULL
);
CREATE INDEX sign_in_failures_key ON sign_in_failures (key, at);
CREATE INDEX sign_in_failures_at ON sign_in_failures (at);

CREATE TABLE one_time_tokens (
    hash       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    purpose    TEXT COLLATE "C" NOT NULL,
    expires_at TIMESTAMPTZ      NOT NULL
);

CREATE TABLE teams (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT COLLATE "C" NOT NULL UNIQUE,
    title   TEXT COLLATE "C" NOT NULL,
    version BIGINT           NOT NULL
);

CREATE TABLE memberships (
    team_id TEXT COLLATE "C" NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE environments (
    id                   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name                 TEXT COLLATE "C" NOT NULL UNIQUE,
    summary              TEXT COLLATE "C" NOT NULL,
    account              TEXT COLLATE "C" NOT NULL,
    region               TEXT COLLATE "C" NOT NULL,
    launch_role          JSON,
    vpc_id               TEXT COLLATE "C" NOT NULL,
    public_subnets       JSON             NOT NULL,
    private_subnets      JSON             NOT NULL,
    assign_public_ip     BOOLEAN          NOT NULL,
    certificate_arn      TEXT COLLATE "C",
    shared_load_balancer JSON,
    permissions_boundary TEXT COLLATE "C",
    tags                 JSON             NOT NULL,
    approvals_needed     BIGINT           NOT NULL,
    version              BIGINT           NOT NULL
);

-- A published revision is kept for ever and never changed.
CREATE TABLE template_revisions (
    sequence     BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    template     TEXT COLLATE "C" NOT NULL,
    version      TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    published_at TIMESTAMPTZ      NOT NULL,
    UNIQUE (template, version)
);

CREATE TRIGGER template_revisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON template_revisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- `envelope` is authenticated ciphertext; NULL once it has been erased. The row stays, so that no version comes twice.
CREATE TABLE secrets (
    id         TEXT COLLATE "C" NOT NULL,
    version    BIGINT           NOT NULL,
    team_id    TEXT COLLATE "C" NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    envelope   BYTEA,
    created_at TIMESTAMPTZ      NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE stacks (
    id             TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name           TEXT COLLATE "C" NOT NULL,
    team_id        TEXT COLLATE "C" NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    environment_id TEXT COLLATE "C" NOT NULL REFERENCES environments (id) DEFERRABLE INITIALLY DEFERRED,
    revision       TEXT COLLATE "C" NOT NULL,
    inputs         JSON             NOT NULL,
    status         TEXT COLLATE "C" NOT NULL,
    outputs        JSON             NOT NULL,
    monthly_micros BIGINT           NOT NULL,
    created_at     TIMESTAMPTZ      NOT NULL,
    updated_at     TIMESTAMPTZ      NOT NULL,
    version        BIGINT           NOT NULL
);
CREATE UNIQUE INDEX stacks_living_name ON stacks (environment_id, name) WHERE status <> 'gone';
CREATE INDEX stacks_team ON stacks (team_id, name);
CREATE INDEX stacks_name ON stacks (name, id);

CREATE TABLE resources (
    stack_id   TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    logical    TEXT COLLATE "C" NOT NULL,
    generation BIGINT           NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    wanted     JSON             NOT NULL,
    spec       JSON             NOT NULL,
    outputs    JSON             NOT NULL,
    live       BOOLEAN          NOT NULL,
    PRIMARY KEY (stack_id, logical, generation)
);

-- The outputs of `resources` again, one by row, to find the stack that made an ARN.
CREATE TABLE resource_outputs (
    stack_id   TEXT COLLATE "C" NOT NULL,
    logical    TEXT COLLATE "C" NOT NULL,
    generation BIGINT           NOT NULL,
    output     TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (stack_id, logical, generation, output),
    FOREIGN KEY (stack_id, logical, generation) REFERENCES resources (stack_id, logical, generation)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX resource_outputs_value ON resource_outputs (value);

CREATE TABLE stack_uses (
    stack_id TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    used_id  TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (stack_id, used_id)
);
CREATE INDEX stack_uses_used ON stack_uses (used_id);

-- What only one stack can have.
CREATE TABLE reservations (
    scope    TEXT COLLATE "C" NOT NULL,
    value    TEXT COLLATE "C" NOT NULL,
    stack_id TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    resource TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (scope, value)
);
CREATE INDEX reservations_stack ON reservations (stack_id);

CREATE TABLE requests (
    sequence         BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id               TEXT COLLATE "C" NOT NULL UNIQUE,
    wish             TEXT COLLATE "C" NOT NULL,
    stack_id         TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    team_id          TEXT COLLATE "C" NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    environment_id   TEXT COLLATE "C" NOT NULL REFERENCES environments (id) DEFERRABLE INITIALLY DEFERRED,
    revision         TEXT COLLATE "C" NOT NULL,
    revision_hash    TEXT COLLATE "C" NOT NULL,
    inputs           JSON             NOT NULL,
    requester_id     TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    reason           TEXT COLLATE "C" NOT NULL,
    status           TEXT COLLATE "C" NOT NULL,
    plan             JSON             NOT NULL,
    cost             JSON             NOT NULL,
    seal             TEXT COLLATE "C" NOT NULL,
    approvals_needed BIGINT           NOT NULL,
    run_id           TEXT COLLATE "C",
    created_at       TIMESTAMPTZ      NOT NULL,
    updated_at       TIMESTAMPTZ      NOT NULL,
    version          BIGINT           NOT NULL,
    -- What runs or has run names its run.
    CHECK (run_id IS NOT NULL OR status NOT IN ('running', 'succeeded', 'failed', 'undone'))
);
CREATE INDEX requests_status ON requests (status, sequence);
CREATE INDEX requests_team ON requests (team_id, sequence);
CREATE INDEX requests_stack ON requests (stack_id, sequence);
CREATE INDEX requests_created ON requests (created_at);

CREATE TABLE decisions (
    sequence   BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id TEXT COLLATE "C" NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    verdict    TEXT COLLATE "C" NOT NULL,
    seal       TEXT COLLATE "C" NOT NULL,
    reason     TEXT COLLATE "C" NOT NULL,
    at         TIMESTAMPTZ      NOT NULL,
    UNIQUE (request_id, user_id, seal)
);

CREATE TABLE comments (
    sequence   BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id TEXT COLLATE "C" NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    text       TEXT COLLATE "C" NOT NULL,
    at         TIMESTAMPTZ      NOT NULL
);
CREATE INDEX comments_request ON comments (request_id, sequence);

CREATE TABLE runs (
    sequence     BIGINT           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           TEXT COLLATE "C" NOT NULL UNIQUE,
    request_id   TEXT COLLATE "C" NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    stack_id     TEXT COLLATE "C" NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    status       TEXT COLLATE "C" NOT NULL,
    fence        BIGINT           NOT NULL,
    leased_by    TEXT COLLATE "C",
    leased_until TIMESTAMPTZ,
    created_at   TIMESTAMPTZ      NOT NULL,
    ended_at     TIMESTAMPTZ,
    -- A lease has a holder and an end, or neither.
    CHECK ((leased_by IS NULL) = (leased_until IS NULL)),
    -- A final run has ended, and no other has.
    CHECK ((status IN ('succeeded', 'undone', 'kept', 'stale')) = (ended_at IS NOT NULL))
);
ALTER TABLE requests ADD FOREIGN KEY (run_id) REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED;
CREATE UNIQUE INDEX runs_unfinished_request ON runs (request_id)
    WHERE status NOT IN ('succeeded', 'undone', 'kept', 'stale');
CREATE INDEX runs_status ON runs (status, sequence);
CREATE INDEX runs_stack ON runs (stack_id, sequence);

CREATE TABLE run_events (
    run_id   TEXT COLLATE "C" NOT NULL REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    position BIGINT           NOT NULL,
    at       TIMESTAMPTZ      NOT NULL,
    event    JSON             NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE FUNCTION run_events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM run_events WHERE run_id = NEW.run_id) THEN
        RAISE EXCEPTION 'run_events is append-only';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER run_events_follow BEFORE INSERT ON run_events
    FOR EACH ROW EXECUTE FUNCTION run_events_follow();
CREATE TRIGGER run_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON run_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE audit_events (
    position   BIGINT           PRIMARY KEY,
    at         TIMESTAMPTZ      NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    actor_name TEXT COLLATE "C" NOT NULL,
    address    TEXT COLLATE "C",
    action     TEXT COLLATE "C" NOT NULL,
    object     TEXT COLLATE "C" NOT NULL,
    team       TEXT COLLATE "C",
    summary    TEXT COLLATE "C" NOT NULL,
    detail     JSON             NOT NULL,
    previous   TEXT COLLATE "C" NOT NULL,
    hash       TEXT COLLATE "C" NOT NULL UNIQUE
);
CREATE INDEX audit_events_actor ON audit_events (actor, position);
CREATE INDEX audit_events_action ON audit_events (action, position);
CREATE INDEX audit_events_object ON audit_events (object, position);
CREATE INDEX audit_events_team ON audit_events (team, position);

CREATE FUNCTION audit_events_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM audit_events)
        OR NEW.previous <> coalesce(
            (SELECT hash FROM audit_events ORDER BY position DESC LIMIT 1),
            '0000000000000000000000000000000000000000000000000000000000000000'
        )
    THEN
        RAISE EXCEPTION 'audit_events is append-only';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_events_follow BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_follow();
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- In the shape that tower-sessions-sqlx-store expects.
CREATE TABLE tower_sessions (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    data        BYTEA            NOT NULL,
    expiry_date TIMESTAMPTZ      NOT NULL
);
CREATE INDEX tower_sessions_expiry ON tower_sessions (expiry_date);
