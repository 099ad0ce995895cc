-- name: earlier
-- What was proposed for some venues and is open, or is from the stay in the grade that lasts.
SELECT p.venue_id, p.id, p.kind, p.grade::text AS grade, coalesce(p.because->>'about', '') AS about, p.state, p.proposed_at
FROM unnest(%(venues)s::bigint[], %(since)s::timestamptz[]) AS s (venue_id, since)
JOIN risk_proposal p ON p.venue_id = s.venue_id AND (p.state = 'open' OR p.proposed_at >= s.since)
ORDER BY p.venue_id, p.id

-- name: overdue_closed
-- Faults that ended within a window and had lasted longer than they may, by venue.
SELECT venue_id, count(*) AS faults FROM risk_fact
WHERE venue_id = ANY(%(venues)s) AND kind = 'cleared' AND at > %(after)s AND at <= %(until)s
  AND data->>'trouble' = ANY(%(troubles)s)
  AND extract(epoch FROM at) * 1000000 - (data->>'raised_at')::bigint > %(overdue)s
GROUP BY venue_id

-- name: lapse
-- Nothing calls for these any more. What somebody decided meanwhile stays decided.
UPDATE risk_proposal SET state = 'lapsed', decided_at = %(now)s WHERE id = ANY(%(ids)s) AND state = 'open'

-- name: propose
-- New proposals.
INSERT INTO risk_proposal (venue_id, kind, grade, because, proposed_at, due_at)
SELECT venue_id, kind, grade, because, %(now)s, due_at
FROM unnest(%(venues)s::bigint[], %(kinds)s::text[], %(grades)s::grade[], %(because)s::jsonb[], %(due)s::timestamptz[])
    AS new (venue_id, kind, grade, because, due_at)
