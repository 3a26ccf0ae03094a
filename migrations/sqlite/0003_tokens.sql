-- What programs need: tokens that speak for a person, and answers that are given twice.

-- `hash` is all that is kept of a token's text; `scopes` are words between spaces.
CREATE TABLE api_tokens (
    id           TEXT NOT NULL PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL,
    hash         TEXT NOT NULL UNIQUE,
    scopes       TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    expires_at   TEXT NOT NULL,
    last_used_at TEXT,
    UNIQUE (user_id, name)
) STRICT;

-- `status` is NULL while the work is being done, and stays so when nobody knows how it ended. A row outlives its token.
CREATE TABLE idempotency_keys (
    token_id    TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    reserved_at TEXT NOT NULL,
    status      INTEGER,
    location    TEXT,
    body        TEXT,
    PRIMARY KEY (token_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
CREATE INDEX idempotency_keys_reserved ON idempotency_keys (reserved_at);
