-- What people read as news of a team: home shows the latest of it, and lists that are open know by it that they are old.
-- A team's calls to AWS outnumber it by far.
CREATE INDEX audit_events_news ON audit_events (team, position) WHERE team IS NOT NULL AND action <> 'aws.call';
