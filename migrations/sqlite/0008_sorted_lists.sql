-- Stacks are listed by their last change, and people by name, page by page.
CREATE INDEX stacks_changed ON stacks (updated_at, id);
CREATE INDEX users_name ON users (name, id);
