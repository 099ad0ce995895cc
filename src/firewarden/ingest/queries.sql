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
SELECT l.gateway_id, l.boot, l.lane::text AS lane, l.stored::text AS stored, l.last_at, l.day
FROM message_ledger l
JOIN unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[]) AS stream (gateway_id, boot, lane)
    ON l.gateway_id = stream.gateway_id AND l.boot = stream.boot AND l.lane = stream.lane::lane
ORDER BY l.gateway_id, l.boot, l.lane
FOR UPDATE OF l

-- name: begin_day
-- A day begins for the given streams, which are locked; what they counted on another one moves to its row.
WITH over AS (
    SELECT l.gateway_id, l.boot, l.lane, l.stored, l.day, l.day_first, l.day_counted, l.day_stored, l.day_late, l.day_repeats
    FROM message_ledger l
    JOIN unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[]) AS stream (gateway_id, boot, lane)
        ON l.gateway_id = stream.gateway_id AND l.boot = stream.boot AND l.lane = stream.lane::lane
    WHERE l.day IS DISTINCT FROM %(day)s::date
), kept AS (
    INSERT INTO message_day AS d (day, gateway_id, boot, lane, first_seq, last_seq, counted, stored, late, repeats)
    SELECT day, gateway_id, boot, lane, day_first, upper(stored) - 1, day_counted, day_stored, day_late, day_repeats
    FROM over WHERE day IS NOT NULL
    ON CONFLICT (day, gateway_id, boot, lane) DO UPDATE SET
        first_seq = least(d.first_seq, excluded.first_seq), last_seq = greatest(d.last_seq, excluded.last_seq),
        counted = d.counted + excluded.counted, stored = d.stored + excluded.stored, late = d.late + excluded.late,
        repeats = d.repeats + excluded.repeats
)
UPDATE message_ledger l
SET day = %(day)s::date, day_first = coalesce(upper(l.stored), 1), day_counted = 0, day_stored = 0, day_late = 0, day_repeats = 0
FROM over WHERE l.gateway_id = over.gateway_id AND l.boot = over.boot AND l.lane = over.lane

-- name: update_streams
-- The same streams after this batch.
UPDATE message_ledger l
SET stored = changed.stored::int8multirange, duplicates = l.duplicates + changed.duplicates, last_at = %(now)s,
    day_counted = l.day_counted + changed.counted, day_stored = l.day_stored + changed.fresh,
    day_late = l.day_late + changed.late, day_repeats = l.day_repeats + changed.duplicates
FROM unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[], %(stored)s::text[], %(duplicates)s::bigint[],
    %(counted)s::bigint[], %(fresh)s::bigint[], %(late)s::bigint[])
    AS changed (gateway_id, boot, lane, stored, duplicates, counted, fresh, late)
WHERE l.gateway_id = changed.gateway_id AND l.boot = changed.boot AND l.lane = changed.lane::lane

-- name: open_gap
-- Messages are missing.
INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, after_at, seen_at, moved_at)
VALUES (%(gateway_id)s, %(boot)s, %(lane)s, %(from_seq)s, %(to_seq)s, %(after_at)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING

-- name: split_gap
-- A part of a gap came, or all of it: its row becomes the first piece, and each other piece gets a row of its own.
WITH whole AS (
    SELECT gateway_id, boot, lane, after_at, seen_at, given_up_at FROM message_gap
    WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s AND from_seq = %(from_seq)s AND to_seq = %(to_seq)s
), others AS (
    INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, after_at, seen_at, given_up_at, moved_at, filled_at)
    SELECT w.gateway_id, w.boot, w.lane, piece.from_seq, piece.to_seq, w.after_at, w.seen_at, w.given_up_at, %(now)s::timestamptz,
        CASE WHEN piece.filled THEN %(now)s::timestamptz END
    FROM whole w, unnest(%(firsts)s::bigint[], %(lasts)s::bigint[], %(filled)s::boolean[]) AS piece (from_seq, to_seq, filled)
    ON CONFLICT DO NOTHING
)
UPDATE message_gap SET to_seq = %(piece_to)s, moved_at = %(now)s, filled_at = CASE WHEN %(piece_filled)s::boolean THEN %(now)s::timestamptz END
WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s AND from_seq = %(from_seq)s AND to_seq = %(to_seq)s

-- name: given_up_gaps
-- What of a stream will not come any more, from its first missing number on.
SELECT from_seq, to_seq FROM message_gap
WHERE gateway_id = %(gateway_id)s AND boot = %(boot)s AND lane = %(lane)s AND from_seq >= %(from_seq)s AND state = 'given_up'

-- name: streams_to_give_up
-- Streams of the given lanes in which a gap has not moved for too long, the longest first, or is dated ahead.
SELECT DISTINCT gateway_id, boot, lane::text AS lane FROM (
    (SELECT gateway_id, boot, lane FROM message_gap
     WHERE state = 'open' AND moved_at < %(before)s AND lane = ANY(%(lanes)s::lane[])
     ORDER BY moved_at LIMIT %(rows)s)
    UNION ALL
    (SELECT gateway_id, boot, lane FROM message_gap
     WHERE state = 'open' AND moved_at > %(now)s AND lane = ANY(%(lanes)s::lane[])
     ORDER BY moved_at DESC LIMIT %(rows)s)) AS due

-- name: give_up_gaps
-- The gateway had its time to send again what is missing. What a clock dated ahead that was wrong then: its time begins
-- now.
UPDATE message_gap g SET
    given_up_at = CASE WHEN g.moved_at < %(before)s THEN %(now)s::timestamptz END,
    moved_at = least(g.moved_at, %(now)s),
    seen_at = least(g.seen_at, %(now)s)
FROM unnest(%(gateways)s::text[], %(boots)s::text[], %(lanes)s::text[]) AS stream (gateway_id, boot, lane)
WHERE g.gateway_id = stream.gateway_id AND g.boot = stream.boot AND g.lane = stream.lane::lane
    AND g.state = 'open' AND (g.moved_at < %(before)s OR g.moved_at > %(now)s)

-- name: want_resend
-- The broker had lost our session: whoever it let speak meanwhile may hold what nobody has.
INSERT INTO resend_request AS r (gateway_id, wanted_at)
SELECT gateway_id, %(now)s::timestamptz FROM gateway_liveness
WHERE online AND heard_at > %(now)s::timestamptz - interval '1 day'
ORDER BY gateway_id
ON CONFLICT (gateway_id) DO UPDATE SET wanted_at = greatest(r.wanted_at, excluded.wanted_at)

-- name: claim_resends
-- Whom to ask now: who has an open gap that is no mere overtaking, and of whom it is wanted; none again within the pause.
WITH RECURSIVE missing AS (
    (SELECT gateway_id FROM message_gap WHERE state = 'open' ORDER BY gateway_id LIMIT 1)
    UNION ALL
    SELECT (SELECT g.gateway_id FROM message_gap g WHERE g.state = 'open' AND g.gateway_id > m.gateway_id
            ORDER BY g.gateway_id LIMIT 1)
    FROM missing m WHERE m.gateway_id IS NOT NULL
), wanted AS (
    SELECT m.gateway_id FROM missing m
    WHERE m.gateway_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM message_gap g
        WHERE g.gateway_id = m.gateway_id AND g.state = 'open' AND g.seen_at <= %(seen_before)s)
    UNION
    SELECT gateway_id FROM resend_request WHERE wanted_at > coalesce(asked_at, '-infinity')
)
INSERT INTO resend_request AS r (gateway_id, asked_at, asked)
SELECT w.gateway_id, %(now)s::timestamptz, 1 FROM wanted w LEFT JOIN resend_request l ON l.gateway_id = w.gateway_id
WHERE l.asked_at IS NULL OR l.asked_at <= %(asked_before)s
ORDER BY w.gateway_id LIMIT %(rows)s
ON CONFLICT (gateway_id) DO UPDATE SET asked_at = excluded.asked_at, asked = r.asked + 1
WHERE r.asked_at IS NULL OR r.asked_at <= %(asked_before)s
RETURNING gateway_id

-- name: copy_readings
-- Readings, packed by ourselves.
COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN (FORMAT binary)

-- name: insert_reading_batch
-- Tells readers which points have news.
INSERT INTO reading_batch (point_ids, rows, at_min, at_max)
VALUES (%(point_ids)s, %(rows)s, to_timestamp(%(at_min)s), to_timestamp(%(at_max)s))

-- name: forget_reading_batches
-- Whoever has not read such a note within a day looks at all readings anyway; only the rollups need every one of them.
DELETE FROM reading_batch WHERE id IN (
    SELECT b.id FROM reading_batch b JOIN reader_cursor c ON c.reader = 'upkeep.rollup'
    WHERE b.committed_at < %(now)s::timestamptz - interval '1 day' AND pg_visible_in_snapshot(b.xid, c.snapshot)
    ORDER BY b.id LIMIT 100000)

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

-- name: beat
-- This connection listens. A break of five seconds, a new connection to the broker, or a clock that was set back starts
-- the watch anew. After a clock was set back, what was heard later than now would count as heard until then: it is now.
WITH heard_now AS (
    UPDATE gateway_liveness SET heard_at = now()
    WHERE heard_at > now() AND EXISTS (
        SELECT 1 FROM ingest_worker
        WHERE worker = %(worker)s AND connection = %(connection)s AND beat_at > now())
)
INSERT INTO ingest_worker AS w (worker, connection, watching_since, beat_at)
VALUES (%(worker)s, %(connection)s, now(), now())
ON CONFLICT (worker, connection) DO UPDATE SET
    watching_since = CASE
        WHEN %(reconnected)s OR now() - w.beat_at > interval '5 seconds' OR w.beat_at > now() THEN now()
        ELSE w.watching_since END,
    beat_at = now()
RETURNING clock_timestamp()

-- name: still_there
-- Whether the connection stands, and with it what it locked.
SELECT 1

-- name: others_listening
-- How many other workers said lately that all their connections listen.
SELECT count(*) FROM (
    SELECT worker FROM ingest_worker
    WHERE worker <> %(worker)s AND connection IN ('alarm', 'bulk') AND beat_at > now() - interval '5 seconds'
    GROUP BY worker HAVING count(*) = 2) AS listening

-- name: remove_worker
-- A worker that will not return.
DELETE FROM ingest_worker WHERE worker = %(worker)s

-- name: notify_alarm
-- Wake those who read facts.
NOTIFY fw_fact, 'alarm'

-- name: notify_bulk
-- Wake those who read facts.
NOTIFY fw_fact, 'bulk'

-- name: lock_gb_gateways
-- One worker at a time decides what of these gateways is new: nothing that they send has a number. In one order, so that
-- two workers never wait for each other.
SELECT pg_advisory_xact_lock(of_gateway.key) FROM (
    SELECT DISTINCT hashtextextended('gb26875 ' || gateway_id, 0) AS key
    FROM unnest(%(gateways)s::text[]) AS named (gateway_id) ORDER BY key OFFSET 0) AS of_gateway

-- name: known_frames
-- Which of the given frames, by their place, were stored a moment ago. One that waited for an outage to end counts from
-- its commit.
SELECT sent.place FROM unnest(%(gateways)s::text[], %(digests)s::bigint[], %(since)s::timestamptz[])
    WITH ORDINALITY AS sent (gateway_id, digest, since, place)
WHERE EXISTS (
    SELECT 1 FROM raw_frame r
    WHERE r.digest = sent.digest AND r.gateway_id = sent.gateway_id
        AND r.received_at > %(oldest)s::timestamptz - interval '1 day'
        AND greatest(r.received_at, r.committed_at) > sent.since)

-- name: component_states
-- What the last frame about each of the given points left set.
SELECT point_id, states::text[] AS states FROM component_state WHERE point_id = ANY(%(point_ids)s)

-- name: remember_state
-- What a point has, all of it.
INSERT INTO component_state AS c (point_id, states, changed_at)
VALUES (%(point_id)s, %(states)s::text[]::fact_state[], %(changed_at)s)
ON CONFLICT (point_id) DO UPDATE SET states = excluded.states, changed_at = excluded.changed_at

-- name: insert_frame
-- A frame as it came.
INSERT INTO raw_frame (gateway_id, boot, lane, seq, received_at, transport, peer, serial, command, type, digest, undecoded, frame)
VALUES (%(gateway_id)s, %(boot)s, %(lane)s, %(seq)s, %(received_at)s, %(transport)s, %(peer)s, %(serial)s, %(command)s,
    %(type)s, %(digest)s, %(undecoded)s, %(frame)s)

-- name: note_unknown
-- Somebody speaks who is not in the register.
INSERT INTO gb_unknown AS u (source_address, peer, transport, first_at, last_at, frames, last_frame)
VALUES (%(source)s, %(peer)s, %(transport)s, %(at)s, %(at)s, %(frames)s, %(frame)s)
ON CONFLICT (source_address, peer) DO UPDATE SET
    transport = excluded.transport, last_at = greatest(u.last_at, excluded.last_at), frames = u.frames + excluded.frames,
    last_frame = excluded.last_frame

-- name: forget_unknown
-- Whoever invents addresses fills no table: those heard last are kept.
DELETE FROM gb_unknown WHERE (source_address, peer) IN (
    SELECT source_address, peer FROM gb_unknown ORDER BY last_at DESC, source_address, peer OFFSET %(kept)s)

-- name: gb_devices
-- Which gateways speak under the given addresses from the given peers, by place. Whoever is bound to the narrowest
-- network goes first.
SELECT asked.place, d.gateway_id, d.profile, g.heartbeat_s
FROM unnest(%(sources)s::bigint[], %(peers)s::inet[]) WITH ORDINALITY AS asked (source, peer, place)
CROSS JOIN LATERAL (
    SELECT gateway_id, profile FROM gb_device
    WHERE source_address = asked.source AND (peer IS NULL OR asked.peer <<= peer)
    ORDER BY masklen(peer) DESC NULLS LAST LIMIT 1) AS d
JOIN gateway g ON g.id = d.gateway_id

-- name: note_link
-- How a device is connected, or was. The end of an older connection says nothing about a newer one.
INSERT INTO device_link AS l (gateway_id, worker, transport, peer, port, since_at, ended_at, end_reason)
SELECT g.id, %(worker)s, %(transport)s, %(peer)s, %(port)s, %(since_at)s, %(ended_at)s, %(end_reason)s
FROM gateway g WHERE g.id = %(gateway_id)s
ON CONFLICT (gateway_id) DO UPDATE SET
    worker = excluded.worker, transport = excluded.transport, peer = excluded.peer, port = excluded.port,
    since_at = excluded.since_at, ended_at = excluded.ended_at, end_reason = excluded.end_reason
WHERE l.since_at <= excluded.since_at

-- name: end_links
-- Connections of an earlier life of this worker ended with it.
UPDATE device_link SET ended_at = now(), end_reason = 'worker_ended' WHERE worker = %(worker)s AND ended_at IS NULL

-- name: states_set
-- Which states are set where, by what devices told last.
SELECT p.gateway_id, p.address, c.states::text[] AS states FROM component_state c JOIN point p ON p.id = c.point_id
WHERE c.states <> '{}' ORDER BY c.changed_at DESC LIMIT 200000
