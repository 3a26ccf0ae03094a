-- The first schema.
--
-- Instants are TEXT in RFC 3339 with exactly six decimals and `Z`, so that they sort as text. Documents are JSON in
-- TEXT. `sequence` is the order in which rows came: unlike an instant it never repeats and never goes back, so lists
-- page by it and runs of a stack queue by it. Foreign keys are checked at commit, because a use case is one
-- transaction and the order of its writes is nobody's business.

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL UNIQUE CHECK (email = lower(email)),
    platform_role TEXT,
    disabled      INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at    TEXT    NOT NULL,
    version       INTEGER NOT NULL
) STRICT;

CREATE TABLE credentials (
    user_id       TEXT NOT NULL PRIMARY KEY REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    password_hash TEXT NOT NULL
) STRICT;

CREATE TABLE sign_in_failures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key      TEXT NOT NULL,
    at       TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_key ON sign_in_failures (key, at);
CREATE INDEX sign_in_failures_at ON sign_in_failures (at);

CREATE TABLE one_time_tokens (
    hash       TEXT NOT NULL PRIMARY KEY,
    purpose    TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;

CREATE TABLE teams (
    id      TEXT    NOT NULL PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE,
    title   TEXT    NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
    team_id TEXT NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    user_id TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    role    TEXT NOT NULL,
    PRIMARY KEY (team_id, user_id)
) STRICT;
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE environments (
    id                   TEXT    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL UNIQUE,
    summary              TEXT    NOT NULL,
    account              TEXT    NOT NULL,
    region               TEXT    NOT NULL,
    launch_role          TEXT    CHECK (json_valid(launch_role)),
    vpc_id               TEXT    NOT NULL,
    public_subnets       TEXT    NOT NULL CHECK (json_valid(public_subnets)),
    private_subnets      TEXT    NOT NULL CHECK (json_valid(private_subnets)),
    assign_public_ip     INTEGER NOT NULL CHECK (assign_public_ip IN (0, 1)),
    certificate_arn      TEXT,
    shared_load_balancer TEXT    CHECK (json_valid(shared_load_balancer)),
    permissions_boundary TEXT,
    tags                 TEXT    NOT NULL CHECK (json_valid(tags)),
    approvals_needed     INTEGER NOT NULL,
    version              INTEGER NOT NULL
) STRICT;

-- A published revision is kept for ever and never changed.
CREATE TABLE template_revisions (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    template     TEXT NOT NULL,
    version      TEXT NOT NULL,
    hash         TEXT NOT NULL,
    source       TEXT NOT NULL,
    published_at TEXT NOT NULL,
    UNIQUE (template, version)
) STRICT;

CREATE TRIGGER template_revisions_no_update BEFORE UPDATE ON template_revisions
BEGIN
    SELECT RAISE(ABORT, 'template_revisions is append-only');
END;
CREATE TRIGGER template_revisions_no_delete BEFORE DELETE ON template_revisions
BEGIN
    SELECT RAISE(ABORT, 'template_revisions is append-only');
END;

-- `envelope` is authenticated ciphertext; NULL once it has been erased. The row stays, so that no version comes twice.
CREATE TABLE secrets (
    id         TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    team_id    TEXT    NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    envelope   BLOB,
    created_at TEXT    NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE stacks (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    team_id        TEXT    NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    environment_id TEXT    NOT NULL REFERENCES environments (id) DEFERRABLE INITIALLY DEFERRED,
    revision       TEXT    NOT NULL,
    inputs         TEXT    NOT NULL CHECK (json_valid(inputs)),
    status         TEXT    NOT NULL,
    outputs        TEXT    NOT NULL CHECK (json_valid(outputs)),
    monthly_micros INTEGER NOT NULL,
    created_at     TEXT    NOT NULL,
    updated_at     TEXT    NOT NULL,
    version        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stacks_living_name ON stacks (environment_id, name) WHERE status <> 'gone';
CREATE INDEX stacks_team ON stacks (team_id, name);
CREATE INDEX stacks_name ON stacks (name, id);

CREATE TABLE resources (
    stack_id   TEXT    NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    logical    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    wanted     TEXT    NOT NULL CHECK (json_valid(wanted)),
    spec       TEXT    NOT NULL CHECK (json_valid(spec)),
    outputs    TEXT    NOT NULL CHECK (json_valid(outputs)),
    live       INTEGER NOT NULL CHECK (live IN (0, 1)),
    PRIMARY KEY (stack_id, logical, generation)
) STRICT;

-- The outputs of `resources` again, one by row, to find the stack that made an ARN.
CREATE TABLE resource_outputs (
    stack_id   TEXT    NOT NULL,
    logical    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    output     TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    PRIMARY KEY (stack_id, logical, generation, output),
    FOREIGN KEY (stack_id, logical, generation) REFERENCES resources (stack_id, logical, generation)
        DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX resource_outputs_value ON resource_outputs (value);

CREATE TABLE stack_uses (
    stack_id TEXT NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    used_id  TEXT NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    PRIMARY KEY (stack_id, used_id)
) STRICT;
CREATE INDEX stack_uses_used ON stack_uses (used_id);

-- What only one stack can have.
CREATE TABLE reservations (
    scope    TEXT NOT NULL,
    value    TEXT NOT NULL,
    stack_id TEXT NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    resource TEXT NOT NULL,
    PRIMARY KEY (scope, value)
) STRICT;
CREATE INDEX reservations_stack ON reservations (stack_id);

CREATE TABLE requests (
    sequence         INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT    NOT NULL UNIQUE,
    wish             TEXT    NOT NULL,
    stack_id         TEXT    NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    team_id          TEXT    NOT NULL REFERENCES teams (id) DEFERRABLE INITIALLY DEFERRED,
    environment_id   TEXT    NOT NULL REFERENCES environments (id) DEFERRABLE INITIALLY DEFERRED,
    revision         TEXT    NOT NULL,
    revision_hash    TEXT    NOT NULL,
    inputs           TEXT    NOT NULL CHECK (json_valid(inputs)),
    requester_id     TEXT    NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    reason           TEXT    NOT NULL,
    status           TEXT    NOT NULL,
    plan             TEXT    NOT NULL CHECK (json_valid(plan)),
    cost             TEXT    NOT NULL CHECK (json_valid(cost)),
    seal             TEXT    NOT NULL,
    approvals_needed INTEGER NOT NULL,
    run_id           TEXT    REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    created_at       TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL,
    version          INTEGER NOT NULL,
    -- What runs or has run names its run.
    CHECK (run_id IS NOT NULL OR status NOT IN ('running', 'succeeded', 'failed', 'undone'))
) STRICT;
CREATE INDEX requests_status ON requests (status, sequence);
CREATE INDEX requests_team ON requests (team_id, sequence);
CREATE INDEX requests_stack ON requests (stack_id, sequence);
CREATE INDEX requests_created ON requests (created_at);

CREATE TABLE decisions (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    user_id    TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    verdict    TEXT NOT NULL,
    seal       TEXT NOT NULL,
    reason     TEXT NOT NULL,
    at         TEXT NOT NULL,
    UNIQUE (request_id, user_id, seal)
) STRICT;

CREATE TABLE comments (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    request_id TEXT NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    user_id    TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    text       TEXT NOT NULL,
    at         TEXT NOT NULL
) STRICT;
CREATE INDEX comments_request ON comments (request_id, sequence);

CREATE TABLE runs (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    request_id   TEXT    NOT NULL REFERENCES requests (id) DEFERRABLE INITIALLY DEFERRED,
    stack_id     TEXT    NOT NULL REFERENCES stacks (id) DEFERRABLE INITIALLY DEFERRED,
    status       TEXT    NOT NULL,
    fence        INTEGER NOT NULL,
    leased_by    TEXT,
    leased_until TEXT,
    created_at   TEXT    NOT NULL,
    ended_at     TEXT,
    -- A lease has a holder and an end, or neither.
    CHECK ((leased_by IS NULL) = (leased_until IS NULL)),
    -- A final run has ended, and no other has.
    CHECK ((status IN ('succeeded', 'undone', 'kept', 'stale')) = (ended_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX runs_unfinished_request ON runs (request_id)
    WHERE status NOT IN ('succeeded', 'undone', 'kept', 'stale');
CREATE INDEX runs_status ON runs (status, sequence);
CREATE INDEX runs_stack ON runs (stack_id, sequence);

CREATE TABLE run_events (
    run_id   TEXT    NOT NULL REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL,
    at       TEXT    NOT NULL,
    event    TEXT    NOT NULL CHECK (json_valid(event)),
    PRIMARY KEY (run_id, position)
) STRICT;

-- The insert triggers also stop `INSERT OR REPLACE`, which deletes without firing delete triggers.
CREATE TRIGGER run_events_follow BEFORE INSERT ON run_events
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM run_events WHERE run_id = NEW.run_id)
BEGIN
    SELECT RAISE(ABORT, 'run_events is append-only');
END;
CREATE TRIGGER run_events_no_update BEFORE UPDATE ON run_events
BEGIN
    SELECT RAISE(ABORT, 'run_events is append-only');
END;
CREATE TRIGGER run_events_no_delete BEFORE DELETE ON run_events
BEGIN
    SELECT RAISE(ABORT, 'run_events is append-only');
END;

CREATE TABLE audit_events (
    position   INTEGER PRIMARY KEY,
    at         TEXT NOT NULL,
    actor      TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    address    TEXT,
    action     TEXT NOT NULL,
    object     TEXT NOT NULL,
    team       TEXT,
    summary    TEXT NOT NULL,
    detail     TEXT NOT NULL CHECK (json_valid(detail)),
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX audit_events_actor ON audit_events (actor, position);
CREATE INDEX audit_events_action ON audit_events (action, position);
CREATE INDEX audit_events_object ON audit_events (object, position);
CREATE INDEX audit_events_team ON audit_events (team, position);

CREATE TRIGGER audit_events_follow BEFORE INSERT ON audit_events
WHEN NEW.position <> (SELECT coalesce(max(position), 0) + 1 FROM audit_events)
    OR NEW.previous <> coalesce(
        (SELECT hash FROM audit_events ORDER BY position DESC LIMIT 1),
        '0000000000000000000000000000000000000000000000000000000000000000'
    )
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;

-- In the shape that tower-sessions-sqlx-store expects; it writes the expiry as text.
CREATE TABLE tower_sessions (
    id          TEXT NOT NULL PRIMARY KEY,
    data        BLOB NOT NULL,
    expiry_date TEXT NOT NULL
) STRICT;
CREATE INDEX tower_sessions_expiry ON tower_sessions (expiry_date);
