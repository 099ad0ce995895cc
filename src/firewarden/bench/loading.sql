-- name: venues
-- As many venues as the city has, in six districts; a gateway each.
INSERT INTO venue (code, name, name_en, use, district, address, lat, lon, area_m2, height_m, built_year, key_unit)
SELECT format('Q%%s', lpad(n::text, 5, '0')), format('单位%%s', n), format('Venue %%s', n),
    (enum_range(NULL::use_type))[1 + n %% array_length(enum_range(NULL::use_type), 1)], format('District %%s', 1 + n %% 6),
    format('%%s Long Road', n), 27.8 + n * 0.0001, 112.9 + n * 0.0001, 1000 + n, 24, 2000, n %% 10 = 0
FROM generate_series(1, %(venues)s) AS n

-- name: gateways
-- All of them were heard just now.
WITH made AS (
    INSERT INTO gateway (id, venue_id) SELECT 'GW-' || code, id FROM venue ORDER BY code RETURNING id
)
INSERT INTO gateway_liveness (gateway_id, heard_at, online, clock_skew_s, changed_at)
SELECT id, now(), true, 0.1, now() FROM made

-- name: buildings
-- A building and a control room each.
WITH made AS (
    INSERT INTO building (venue_id, name, floors_above) SELECT id, '主楼', 5 FROM venue RETURNING venue_id, id
)
INSERT INTO control_room (venue_id, building_id, name, phone) SELECT venue_id, id, '消防控制室', '119' FROM made

-- name: points
-- First those that measure, then detectors.
INSERT INTO point (gateway_id, venue_id, address, name, floor, quantity, low, high)
SELECT g.id, g.venue_id, '11.1/99.' || lpad(to_hex(n), 8, '0'), 'Point ' || n, (1 + n %% 5) || 'F',
    CASE WHEN n <= %(sensors)s THEN 'pressure' END, CASE WHEN n <= %(sensors)s THEN 0.1 END,
    CASE WHEN n <= %(sensors)s THEN 0.4 END
FROM gateway g, generate_series(1, %(points)s) AS n ORDER BY g.id, n

-- name: sensors
-- The points that measure, venue by venue.
SELECT id FROM point WHERE quantity IS NOT NULL ORDER BY gateway_id, id

-- name: incidents
-- Incidents of the whole stretch, evenly, newest first; the newest are open.
INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, state, occurred_at, received_at, committed_at,
    opened_at, taken_at, taken_by, closed_at, closed_by, class)
SELECT p.venue_id, p.gateway_id, p.id, (CASE n %% 10 WHEN 0 THEN 'fire' WHEN 1 THEN 'supervise' ELSE 'fault' END)::condition,
    CASE n %% 10 WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 3 END,
    CASE WHEN n <= %(open)s THEN 'new' ELSE 'closed' END::incident_state, at, at, at, at,
    CASE WHEN n > %(open)s THEN at + interval '30 s' END, CASE WHEN n > %(open)s THEN 'officer' END,
    CASE WHEN n > %(open)s THEN at + interval '5 min' END, CASE WHEN n > %(open)s THEN 'officer' END,
    CASE WHEN n > %(open)s THEN 'false_alarm' END::incident_class
FROM (SELECT min(id) AS first, count(*) AS points FROM point) AS known CROSS JOIN generate_series(1, %(incidents)s) AS n
CROSS JOIN LATERAL (SELECT %(until)s::timestamptz - n * %(every)s::interval AS at) AS moment
JOIN point p ON p.id = known.first + n::bigint * 7919 %% known.points

-- name: episodes
-- An episode for each incident, and as many again that needed nobody; those of open incidents, and some others, hold.
INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at, cleared_at, incident_id)
SELECT venue_id, gateway_id, point_id, kind, opened_at, opened_at, closed_at, id FROM incident
UNION ALL
SELECT venue_id, gateway_id, point_id, 'shielded', opened_at, opened_at,
    CASE WHEN row_number() OVER (ORDER BY opened_at DESC) > %(hold)s THEN opened_at + interval '1 hour' END, NULL
FROM incident

-- name: scores
-- What the risk of each venue is, and was on every day.
WITH scored AS (
    INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)
    SELECT v.id, %(until)s::timestamptz - day * interval '1 day', 40 + v.id %% 50, 'B', 0.9,
        '[{"code": "use", "points": 40, "evidence": {"use": "mall", "assumed": false}},
          {"code": "fires_30d", "points": 10, "evidence": {"count": 2}}]', '1'
    FROM venue v, generate_series(0, %(days)s - 1) AS day
    RETURNING venue_id, at, score, grade, confidence, factors, version
)
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, version)
SELECT DISTINCT ON (venue_id) venue_id, at, score, grade, confidence, factors, version
FROM scored ORDER BY venue_id, at DESC

-- name: copy_readings
-- Rows that were packed beforehand.
COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN (FORMAT binary)

-- name: readings
-- How many rows there are.
SELECT count(*) FROM reading

-- name: rolled_up
-- Tell the readers of rollups that all is made.
INSERT INTO reader_cursor (reader, snapshot) VALUES ('upkeep.rollup', pg_current_snapshot())
ON CONFLICT (reader) DO UPDATE SET snapshot = excluded.snapshot, updated_at = now()

-- name: vacuum
-- What autovacuum would have done meanwhile.
VACUUM (ANALYZE)

-- name: patient
-- The bench may take its time.
SET statement_timeout = 0

-- name: size
-- How large all of it is.
SELECT pg_database_size(current_database())
