-- What somebody typed into a form and has not sent, once for each person and form. Clear secrets are never in it.
CREATE TABLE drafts (
    user_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    form     TEXT COLLATE "C" NOT NULL,
    typed    JSON             NOT NULL,
    saved_at TIMESTAMPTZ      NOT NULL,
    PRIMARY KEY (user_id, form)
);
CREATE INDEX drafts_saved ON drafts (saved_at);

-- 1 as it was submitted; each edit makes the next.
ALTER TABLE requests ADD COLUMN edition BIGINT NOT NULL DEFAULT 1;
