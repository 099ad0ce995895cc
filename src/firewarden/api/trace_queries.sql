-- name: incidents_of_trace
-- What a message opened; mostly nothing or one incident.
SELECT i.id, i.kind::text AS kind, i.venue_id, v.code AS venue_code, i.gateway_id, i.received_at, i.opened_at, i.taken_at,
    i.taken_by, i.closed_at, i.closed_by
FROM incident i JOIN venue v ON v.id = i.venue_id WHERE i.trace_id = %(trace_id)s ORDER BY i.id LIMIT 100

-- name: message_of_trace
-- Which message an id means. A hash cannot be turned round: those of the time and the gateway are tried.
SELECT gateway_id AS gateway, boot, lane, seq FROM (
    SELECT gateway_id, boot, lane::text AS lane, seq FROM state_change
    WHERE received_at BETWEEN %(since)s AND %(until)s AND gateway_id = coalesce(%(gateway)s::text, gateway_id)
    UNION ALL
    SELECT gateway_id, boot, lane::text, seq FROM operator_action
    WHERE received_at BETWEEN %(since)s AND %(until)s AND gateway_id = coalesce(%(gateway)s::text, gateway_id)
    UNION ALL
    SELECT gateway_id, boot, 'reply', seq FROM command_reply
    WHERE received_at BETWEEN %(since)s AND %(until)s AND gateway_id = coalesce(%(gateway)s::text, gateway_id)
    UNION ALL
    SELECT gateway_id, boot, lane::text, seq FROM raw_frame
    WHERE received_at BETWEEN %(since)s AND %(until)s AND gateway_id = coalesce(%(gateway)s::text, gateway_id)
) AS told WHERE message_trace_id(gateway_id, boot, lane, seq) = %(trace_id)s LIMIT 1

-- name: facts_of_message
-- What a message said, one row a fact. Readings do not keep their message.
SELECT sent_at, received_at, committed_at, what FROM (
    SELECT s.sent_at, s.received_at, s.committed_at, s.state::text || CASE WHEN s.raised THEN ' set' ELSE ' cleared' END
        || coalesce(' at ' || p.address, '') AS what, s.id
    FROM state_change s LEFT JOIN point p ON p.id = s.point_id
    WHERE s.gateway_id = %(gateway)s AND s.boot = %(boot)s AND s.lane::text = %(lane)s AND s.seq = %(seq)s
        AND s.venue_id = (SELECT venue_id FROM gateway WHERE id = %(gateway)s) AND s.received_at BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT sent_at, received_at, committed_at, 'act ' || action::text, id FROM operator_action
    WHERE gateway_id = %(gateway)s AND boot = %(boot)s AND lane::text = %(lane)s AND seq = %(seq)s
        AND received_at BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT NULL, received_at, NULL, 'reply to ' || command || ': ' || result, id FROM command_reply
    WHERE gateway_id = %(gateway)s AND boot = %(boot)s AND %(lane)s = 'reply' AND seq = %(seq)s
    UNION ALL
    SELECT NULL, received_at, committed_at, 'frame over ' || transport, 0 FROM raw_frame
    WHERE gateway_id = %(gateway)s AND boot = %(boot)s AND lane::text = %(lane)s AND seq = %(seq)s
        AND received_at BETWEEN %(since)s AND %(until)s
) AS told ORDER BY received_at, id LIMIT 100

-- name: message_stored
-- Whether the ledger has the message, and whether it is in a gap.
SELECT l.stored @> %(seq)s::bigint AS stored, l.first_at, l.last_at,
    (SELECT g.state::text FROM message_gap g WHERE g.gateway_id = l.gateway_id AND g.boot = l.boot AND g.lane = l.lane
        AND %(seq)s::bigint BETWEEN g.from_seq AND g.to_seq LIMIT 1) AS gap
FROM message_ledger l WHERE l.gateway_id = %(gateway)s AND l.boot = %(boot)s AND l.lane::text = %(lane)s

-- name: events_of_trace
-- What those who watch were told. Events are kept for a week.
SELECT id, at, kind, incident_id FROM event
WHERE at BETWEEN %(since)s AND %(until)s AND (incident_id = ANY(%(incidents)s) OR data ->> 'trace_id' = %(trace_id)s)
    AND kind NOT LIKE 'episode.%%'
ORDER BY id LIMIT 200

-- name: scored_of_incidents
-- When risk took in what the incidents say.
SELECT DISTINCT f.venue_id, f.stepped_at AS at FROM risk_fact f
WHERE f.source = 'incident' AND f.source_id = ANY(%(ids)s)
    OR f.source = 'episode' AND f.source_id IN (SELECT id::text FROM episode WHERE incident_id = ANY(%(incidents)s))
ORDER BY f.stepped_at LIMIT 100
