-- name: venues_by_code
-- The numbers of venues.
SELECT code, id FROM venue WHERE code = ANY(%(codes)s)

-- name: add_records
-- Keep what is not known yet; returns how many that are.
WITH added AS (
    INSERT INTO risk_record (venue_id, source, key, kind, at, due_at, imported_by)
    SELECT n.venue_id, %(source)s, n.key, n.kind, n.at, n.due_at, %(actor)s
    FROM unnest(%(venues)s::bigint[], %(keys)s::text[], %(kinds)s::text[], %(ats)s::timestamptz[],
        %(dues)s::timestamptz[]) AS n (venue_id, key, kind, at, due_at)
    ON CONFLICT (source, key) DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM added

-- name: notify_event
-- Wake who scores.
NOTIFY fw_event
