-- name: ledger
-- Every span of stored numbers, both ends included.
SELECT gateway_id AS gateway, boot, lane::text AS lane, lower(span) AS first, upper(span) - 1 AS last
FROM message_ledger, unnest(stored) AS span

-- name: repeats
-- How many repeats were absorbed.
SELECT coalesce(sum(duplicates), 0)::bigint FROM message_ledger

-- name: readings
-- Every stored reading.
SELECT p.gateway_id AS gateway, p.address AS point, r.quantity, r.at, r.value
FROM reading r JOIN point p ON p.id = r.point_id

-- name: facts
-- Every stored rise and fall, act and reply, with the number of its message. What a frame answers, its device does not know.
SELECT s.gateway_id AS gateway, s.boot, s.lane::text AS lane, s.seq, p.address AS point, s.state::text AS what, s.raised
FROM state_change s JOIN point p ON p.id = s.point_id
UNION ALL
SELECT gateway_id, boot, lane::text, seq, '', action::text, true FROM operator_action
UNION ALL
SELECT gateway_id, boot, 'reply', seq, '', command, true FROM command_reply WHERE boot <> 'gb26875'

-- name: frames
-- Every frame of GB/T 26875.3, as it came.
SELECT gateway_id AS gateway, boot, lane::text AS lane, seq, received_at, frame FROM raw_frame

-- name: incidents
-- Every incident that was ever opened.
SELECT i.id AS incident_id, i.gateway_id AS gateway, p.address AS point, i.kind::text AS kind, i.occurred_at, i.committed_at,
    coalesce(i.recovered_at, i.closed_at) AS ended_at
FROM incident i LEFT JOIN point p ON p.id = i.point_id

-- name: open_gaps
-- Numbers that are still announced as missing.
SELECT gateway_id AS gateway, boot, lane::text AS lane, from_seq AS first, to_seq AS last
FROM message_gap WHERE filled_at IS NULL

-- name: deadlines
-- What the register says of each gateway.
SELECT id AS gateway, heartbeat_s, silence_deadline_s AS silence_s FROM gateway

-- name: counts
-- Venues, ranked venues, and what could not be taken at its word.
SELECT (SELECT count(*) FROM venue) AS venues,
    (SELECT count(*) FROM risk_score) AS venues_ranked,
    (SELECT count(*) FROM quarantine) AS quarantined
