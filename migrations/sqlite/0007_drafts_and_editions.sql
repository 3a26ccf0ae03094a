-- What somebody typed into a form and has not sent, once for each person and form. Clear secrets are never in it.
CREATE TABLE drafts (
    user_id  TEXT NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED,
    form     TEXT NOT NULL,
    typed    TEXT NOT NULL CHECK (json_valid(typed)),
    saved_at TEXT NOT NULL,
    PRIMARY KEY (user_id, form)
) STRICT;
CREATE INDEX drafts_saved ON drafts (saved_at);

-- 1 as it was submitted; each edit makes the next.
ALTER TABLE requests ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;
