-- What programs need: tokens that speak for a person, and answers that are given twice.

-- `hash` is all that is kept of a token's text; `scopes` are words between spaces.
CREATE TABLE api_tokens (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    user_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    name         TEXT COLLATE "C" NOT NULL,
    prefix       TEXT COLLATE "C" NOT NULL,
    hash         TEXT COLLATE "C" NOT NULL UNIQUE,
    scopes       TEXT COLLATE "C" NOT NULL,
    created_at   TIMESTAMPTZ      NOT NULL,
    expires_at   TIMESTAMPTZ      NOT NULL,
    last_used_at TIMESTAMPTZ,
    UNIQUE (user_id, name)
);

-- `status` is NULL while the work is being done, and stays so when nobody knows how it ended. A row outlives its token.
CREATE TABLE idempotency_keys (
    token_id    TEXT COLLATE "C" NOT NULL,
    key         TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    reserved_at TIMESTAMPTZ      NOT NULL,
    status      BIGINT,
    location    TEXT COLLATE "C",
    body        TEXT COLLATE "C",
    PRIMARY KEY (token_id, key),
    CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_reserved ON idempotency_keys (reserved_at);
