-- What administration needs: guard rails of environments, links that let one person in, the end of all sessions.

-- Who approves, which templates, caps: a document, because it is always read whole.
ALTER TABLE environments ADD COLUMN rules TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(rules));

ALTER TABLE users ADD COLUMN last_signed_in_at TEXT;
-- Sessions that began before this instant have ended.
ALTER TABLE users ADD COLUMN signed_out_at TEXT;

-- Whom a one-time link lets in; NULL for the link that makes the first account.
ALTER TABLE one_time_tokens ADD COLUMN user_id TEXT REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);
