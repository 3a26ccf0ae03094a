-- What runs write, many at once, in one question. `turn` is the lock of those who write; waited for in here, since each
-- statement of a function sees what was committed before it. Documents come as text, so that they are kept to the letter.
--
-- Answers where the last event of each note stands in its log (0 if it has none); nothing of a note whose run is not held
-- with its fence any more, or that neither appends an event nor holds its lease.
CREATE FUNCTION write_notes(turn BIGINT, notes JSON, events JSON, resources JSON, lines JSON)
    RETURNS TABLE (note BIGINT, place BIGINT)
    -- Its statements are planned once, and not anew for each set of notes.
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    -- The notes that count, and whether any of them says more than most do.
    held BIGINT[];
    more BOOLEAN;
    line RECORD;
    last BIGINT;
    previous TEXT;
    hash TEXT;
BEGIN
    PERFORM pg_advisory_xact_lock(turn);
    SELECT array_agg(given.note), bool_or(until IS NOT NULL OR given.status IS NOT NULL OR secret IS NOT NULL)
    INTO held, more
    FROM json_to_recordset(notes) AS given (
        note BIGINT, run TEXT, fence BIGINT, speaks BOOLEAN, until TIMESTAMPTZ, status TEXT, secret TEXT
    ) JOIN runs ON id = run AND runs.fence = given.fence AND leased_by IS NOT NULL
    WHERE speaks OR until IS NOT NULL;

    IF more THEN
        UPDATE runs SET
            leased_until = coalesce(longest, leased_until),
            status = coalesce(latest, status),
            ended_at = CASE WHEN latest IS NULL THEN ended_at END
        FROM (
            SELECT run, max(until) AS longest,
                (array_agg(status ORDER BY note DESC) FILTER (WHERE status IS NOT NULL))[1] AS latest
            FROM json_to_recordset(notes) AS given (note BIGINT, run TEXT, until TIMESTAMPTZ, status TEXT)
            WHERE note = ANY (held) AND (until IS NOT NULL OR status IS NOT NULL) GROUP BY run
        ) AS new
        WHERE id = run;

        UPDATE secrets SET envelope = NULL
        FROM json_to_recordset(notes) AS given (note BIGINT, secret TEXT, edition BIGINT)
        WHERE note = ANY (held) AND id = secret AND version = edition;
    END IF;

    -- Of a stack, logical name and generation the last.
    INSERT INTO resources (stack_id, logical, generation, kind, name, wanted, spec, outputs, live)
    SELECT DISTINCT ON (stack, logical, generation)
        stack, logical, generation, kind, name, wanted::JSON, spec::JSON, outputs::JSON, live
    FROM ROWS FROM (json_to_recordset(resources) AS (
        note BIGINT, stack TEXT, logical TEXT, generation BIGINT, kind TEXT, name TEXT, wanted TEXT, spec TEXT, outputs TEXT,
        live BOOLEAN
    )) WITH ORDINALITY
    WHERE note = ANY (held)
    ORDER BY stack, logical, generation, ordinality DESC
    ON CONFLICT (stack_id, logical, generation) DO UPDATE SET kind = excluded.kind, name = excluded.name,
        wanted = excluded.wanted, spec = excluded.spec, outputs = excluded.outputs, live = excluded.live;

    SELECT position, audit_events.hash INTO last, previous FROM audit_events ORDER BY position DESC LIMIT 1;
    FOR line IN
        SELECT * FROM json_to_recordset(lines) AS given (
            note BIGINT, at TIMESTAMPTZ, actor TEXT, actor_name TEXT, address TEXT, action TEXT, object TEXT, team TEXT,
            summary TEXT, detail TEXT, hashed TEXT
        )
        WHERE note = ANY (held)
    LOOP
        last := coalesce(last, 0) + 1;
        previous := coalesce(previous, repeat('0', 64));
        hash := encode(sha256(convert_to(format('["%s",%s,%s', previous, last, line.hashed), 'UTF8')), 'hex');
        INSERT INTO audit_events (
            position, at, actor, actor_name, address, action, object, team, summary, detail, previous, hash
        ) VALUES (
            last, line.at, line.actor, line.actor_name, line.address, line.action, line.object, line.team, line.summary,
            line.detail::JSON, previous, hash
        );
        previous := hash;
    END LOOP;

    RETURN QUERY
    WITH said AS (
        SELECT note, run, at, event, row_number() OVER (PARTITION BY run ORDER BY ordinality)
            + coalesce((SELECT max(position) FROM run_events WHERE run_id = run), 0) AS position
        FROM ROWS FROM (json_to_recordset(events) AS (note BIGINT, run TEXT, at TIMESTAMPTZ, event TEXT)) WITH ORDINALITY
        WHERE note = ANY (held)
    ), appended AS (
        INSERT INTO run_events (run_id, position, at, event)
        SELECT run, position, at, event::JSON FROM said ORDER BY run, position
    )
    SELECT one.note, coalesce(max(position), 0) FROM unnest(held) AS one (note) LEFT JOIN said ON said.note = one.note
    GROUP BY one.note;
END
$$;
