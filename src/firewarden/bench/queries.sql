-- name: count_in_memory
-- Counting millions of rows that differ is slow where it spills to the disk.
SET work_mem = '512MB'

-- name: insert_venues
-- A venue for each gateway.
INSERT INTO venue (code, name, use, district) SELECT id, id, 'factory', 'Bench' FROM unnest(%(ids)s::text[]) AS made (id)

-- name: insert_gateways
-- Gateways that nobody misses while they are silent.
INSERT INTO gateway (id, venue_id, heartbeat_s, silence_deadline_s, credential)
SELECT made.id, v.id, 36000, 72000, made.credential
FROM unnest(%(ids)s::text[], %(credentials)s::text[]) AS made (id, credential) JOIN venue v ON v.code = made.id

-- name: insert_points
-- The same points at every gateway.
INSERT INTO point (gateway_id, venue_id, address, quantity)
SELECT g.id, g.venue_id, a.address, 'pressure'
FROM gateway g CROSS JOIN unnest(%(addresses)s::text[]) AS a (address)

-- name: give_bands
-- The first points of every gateway watch the water supply.
UPDATE point SET low = 0.1, high = 0.4 WHERE address = ANY(%(addresses)s)

-- name: venues_scored
-- How many venues have a score.
SELECT count(*) FROM risk_score

-- name: sweeps
-- How many sweeps there were, and how many venues the last has still to reach.
SELECT count(*), (SELECT count(*) FROM risk_state WHERE swept_at IS DISTINCT FROM max(s.at)) FROM risk_sweep s

-- name: add_model
-- Another model, of which the bench knows that it scores as the prior does.
INSERT INTO risk_model (version, kind, made_at, data_version, body, card)
VALUES (%(version)s, 'map', now(), 'none', %(body)s, '{}')

-- name: promote_model
-- It scores from now on: all venues are swept.
INSERT INTO risk_model_act (at, act, version, actor, reason)
VALUES (clock_timestamp() + %(delay)s, 'promoted', %(version)s, 'bench', 'a sweep under load')

-- name: taken_in
-- For each fire and fault of a boot: when risk took it in, and so as of when it scored the venue.
SELECT s.gateway_id AS gateway, s.seq, s.committed_at, f.venue_id, f.stepped_at
FROM state_change s
JOIN episode e ON e.point_id = s.point_id AND e.kind::text = s.state::text
JOIN risk_fact f ON f.source = 'episode' AND f.source_id = e.id::text
WHERE s.boot = %(boot)s AND s.raised

-- name: insert_devices
-- The gateways speak GB/T 26875.3.
INSERT INTO gb_device (gateway_id, source_address)
SELECT made.id, %(first)s::bigint + made.place - 1 FROM unnest(%(ids)s::text[]) WITH ORDINALITY AS made (id, place)

-- name: empty_frames
-- Every round begins without frames.
TRUNCATE raw_frame

-- name: frames_stored
-- How often each frame is stored that a device began (send data): its answers to us have numbers of ours.
SELECT d.source_address, f.serial, count(*) FROM raw_frame f JOIN gb_device d ON d.gateway_id = f.gateway_id
WHERE f.command = 2
GROUP BY d.source_address, f.serial

-- name: points
-- Every point of the register.
SELECT gateway_id AS gateway, address, id FROM point ORDER BY id

-- name: empty
-- Every round begins with the same empty tables.
TRUNCATE reading, reading_batch

-- name: checkpoint
-- And with nothing left to write from the round before.
CHECKPOINT

-- name: copy_readings
-- The limit: nothing but rows, packed beforehand.
COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN (FORMAT binary)

-- name: messages_stored
-- How many messages of a boot the ledger holds.
SELECT coalesce(sum(upper(span) - lower(span)), 0)::bigint FROM message_ledger, unnest(stored) AS span
WHERE boot = %(boot)s AND lane = %(lane)s::lane

-- name: readings_stored
-- How many rows there are, and how many of them differ.
SELECT count(*) AS total, (SELECT count(*) FROM (SELECT DISTINCT point_id, at FROM reading) AS d) AS different FROM reading

-- name: states_stored
-- How many states of a boot came or went, and how many of these differ.
SELECT count(*) AS total, count(DISTINCT (gateway_id, point_id, state, raised, at)) AS different
FROM state_change WHERE boot = %(boot)s AND lane = 'state'

-- name: faults_followed
-- How many faults the desk has seen come and go, each once.
SELECT count(*) FROM episode WHERE kind = 'fault' AND cleared_at IS NOT NULL AND raises = 1

-- name: quarantined
-- What could not be taken at its word; the bench sends nothing of the kind.
SELECT count(*) FROM quarantine

-- name: fires
-- Each fire alarm with the incidents it raised.
SELECT s.gateway_id AS gateway, s.seq, s.committed_at, array_remove(array_agg(i.id), NULL) AS incidents
FROM state_change s LEFT JOIN incident i ON i.point_id = s.point_id AND i.kind = 'fire'
WHERE s.boot = %(boot)s AND s.raised AND s.state = 'fire'
GROUP BY s.gateway_id, s.seq, s.committed_at, s.id

-- name: server
-- What the database is, and how careful.
SELECT current_setting('server_version') AS postgres,
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
    current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('full_page_writes') AS full_page_writes, current_setting('shared_buffers') AS shared_buffers,
    current_setting('max_wal_size') AS max_wal_size, current_setting('wal_compression') AS wal_compression
