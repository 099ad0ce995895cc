-- name: gateways
-- The venues of the given gateways.
SELECT id, venue_id FROM gateway WHERE id = ANY(%(ids)s)

-- name: points
-- The ids of the given points.
SELECT p.gateway_id, p.address, p.id FROM point p
JOIN unnest(%(gateways)s::text[], %(addresses)s::text[]) AS named (gateway_id, address)
    ON p.gateway_id = named.gateway_id AND p.address = named.address

-- name: unregistered_counts
-- How many points of the given gateways came from facts and not from the register.
SELECT gateway_id, count(*) AS n FROM point WHERE gateway_id = ANY(%(gateways)s) AND NOT registered GROUP BY gateway_id

-- name: insert_points
-- Points that facts name and the register does not: kept, and marked.
INSERT INTO point (gateway_id, venue_id, address, quantity, registered)
SELECT named.gateway_id, g.venue_id, named.address, named.quantity, false
FROM unnest(%(gateways)s::text[], %(addresses)s::text[], %(quantities)s::text[]) AS named (gateway_id, address, quantity)
JOIN gateway g ON g.id = named.gateway_id
ORDER BY named.gateway_id, named.address
ON CONFLICT (gateway_id, address) DO NOTHING

-- name: begin_streams
-- Ledger rows must exist before they can be locked; the order keeps two workers from waiting for each other.
INSERT INTO message_ledger (gateway_id, boot, lane, first_at, last_at)
SELECT gateway_id, boot, lane::lane, now(), now()
FROM unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[]) AS stream (gateway_id, boot, lane)
ORDER BY gateway_id, boot, lane
ON CONFLICT DO NOTHING

-- name: lock_streams
-- What is stored of the given streams, held until commit so that every message has one effect.
SELECT l.gateway_id, l.boot, l.lane::text AS lane, l.stored::text AS stored
FROM message_ledger l
JOIN unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[]) AS stream (gateway_id, boot, lane)
    ON l.gateway_id = stream.gateway_id AND l.boot = stream.boot AND l.lane = stream.lane::lane
ORDER BY l.gateway_id, l.boot, l.lane
FOR UPDATE OF l

-- name: update_streams
-- The same streams after this batch.
UPDATE message_ledger l
SET stored = changed.stored::int8multirange, duplicates = l.duplicates + changed.duplicates, last_at = %(now)s
FROM unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[], %(stored)s::text[], %(duplicates)s::bigint[])
    AS changed (gateway_id, boot, lane, stored, duplicates)
WHERE l.gateway_id = changed.gateway_id AND l.boot = changed.boot AND l.lane = changed.lane::lane

-- name: open_gap
-- Messages are missing.
INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at)
VALUES (%(gateway_id)s, %(boot)s, %(lane)s, %(from_seq)s, %(to_seq)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: fill_gap
-- They came after all, or a part of them: what is still missing is a gap of its own.
UPDATE message_gap SET filled_at = %(now)s
WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s AND from_seq = %(from_seq)s AND to_seq = %(to_seq)s

-- name: give_up_gaps
-- The gateway had its time to send again what is missing. A gap seen in the future was dated by a clock that was
-- wrong then: its time begins now.
UPDATE message_gap SET
    given_up_at = CASE WHEN seen_at < %(before)s THEN %(now)s::timestamptz END,
    seen_at = least(seen_at, %(now)s)
WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s
    AND filled_at IS NULL AND given_up_at IS NULL AND (seen_at < %(before)s OR seen_at > %(now)s)

-- name: given_up_gaps
-- What of a stream will not come any more.
SELECT from_seq, to_seq FROM message_gap
WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s AND filled_at IS NULL AND given_up_at IS NOT NULL

-- name: copy_readings
-- Readings, packed by ourselves.
COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN (FORMAT binary)

-- name: insert_reading_batch
-- Tells readers which points have news.
INSERT INTO reading_batch (point_ids, rows, at_min, at_max)
VALUES (%(point_ids)s, %(rows)s, to_timestamp(%(at_min)s), to_timestamp(%(at_max)s))

-- name: forget_reading_batches
-- Whoever has not read such a note within a day looks at all readings anyway.
DELETE FROM reading_batch WHERE id IN (
    SELECT id FROM reading_batch WHERE committed_at < %(now)s::timestamptz - interval '1 day' ORDER BY id LIMIT 100000)

-- name: insert_state
-- One rise or fall.
INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at, boot, lane, seq)
VALUES (%(gateway_id)s, %(venue_id)s, %(point_id)s, %(state)s, %(raised)s, %(at)s, %(device_at)s, %(sent_at)s,
    %(received_at)s, %(boot)s, %(lane)s, %(seq)s)

-- name: insert_action
-- One act of an operator.
INSERT INTO operator_action (gateway_id, venue_id, action, operator, at, device_at, sent_at, received_at, boot, lane, seq)
VALUES (%(gateway_id)s, %(venue_id)s, %(action)s, %(operator)s, %(at)s, %(device_at)s, %(sent_at)s, %(received_at)s,
    %(boot)s, %(lane)s, %(seq)s)

-- name: insert_reply
-- One answer to a command.
INSERT INTO command_reply (gateway_id, command, result, detail, at, received_at, boot, seq)
VALUES (%(gateway_id)s, %(command)s, %(result)s, %(detail)s, %(at)s, %(received_at)s, %(boot)s, %(seq)s)

-- name: insert_quarantine
-- What could not be taken at its word.
INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)
VALUES (%(received_at)s, %(topic)s, %(gateway_id)s, %(reason)s, %(detail)s, %(payload)s, %(payload_size)s)

-- name: heard
-- Gateways that spoke, so many seconds ago: the database's clock judges their silence. A last will says that one is
-- gone: it proves nothing about when it lived.
INSERT INTO gateway_liveness AS l (gateway_id, heard_at, boot, online, clock_skew_s, changed_at)
SELECT gateway_id, now() - make_interval(secs => age_s), boot, online, clock_skew_s, now() - make_interval(secs => age_s)
FROM unnest(%(gateways)s::text[], %(ages)s::float8[], %(boots)s::text[], %(online)s::boolean[], %(skews)s::float8[])
    AS spoke (gateway_id, age_s, boot, online, clock_skew_s)
ORDER BY gateway_id
ON CONFLICT (gateway_id) DO UPDATE SET
    heard_at = CASE WHEN excluded.online THEN greatest(l.heard_at, excluded.heard_at) ELSE l.heard_at END,
    boot = coalesce(excluded.boot, l.boot),
    online = excluded.online,
    clock_skew_s = coalesce(excluded.clock_skew_s, l.clock_skew_s),
    changed_at = CASE WHEN l.online = excluded.online THEN l.changed_at ELSE excluded.heard_at END

-- name: forget_the_future
-- The database's clock was set back: what was heard later than now would count as heard until then.
UPDATE gateway_liveness SET heard_at = now()
WHERE heard_at > now() AND EXISTS (
    SELECT 1 FROM ingest_worker
    WHERE worker = %(worker)s AND connection = %(connection)s AND beat_at > now())

-- name: beat
-- This connection listens. A break of five seconds, a new connection to the broker, or a clock that was set back starts
-- the watch anew.
INSERT INTO ingest_worker AS w (worker, connection, watching_since, beat_at)
VALUES (%(worker)s, %(connection)s, now(), now())
ON CONFLICT (worker, connection) DO UPDATE SET
    watching_since = CASE
        WHEN %(reconnected)s OR now() - w.beat_at > interval '5 seconds' OR w.beat_at > now() THEN now()
        ELSE w.watching_since END,
    beat_at = now()
RETURNING clock_timestamp()

-- name: notify_alarm
-- Wake those who read facts.
NOTIFY fw_fact, 'alarm'

-- name: notify_bulk
-- Wake those who read facts.
NOTIFY fw_fact, 'bulk'
