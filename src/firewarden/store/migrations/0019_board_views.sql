-- The views that dashboards read, with a role that can read nothing else. Names and columns here are an interface: they may
-- be added to, and are never renamed. docs/board-views.md is made from the comments.

CREATE SCHEMA board;
COMMENT ON SCHEMA board IS 'What dashboards read: views with documented columns and units. The role fw_grafana reads nothing else.';

-- As ingest.facts.Quantity and STORED_UNITS say; a test holds them equal.
CREATE FUNCTION board.quantity(code smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE code WHEN 1 THEN 'event_count' WHEN 2 THEN 'height' WHEN 3 THEN 'temperature' WHEN 4 THEN 'pressure'
        WHEN 6 THEN 'gas' WHEN 7 THEN 'duration' WHEN 8 THEN 'voltage' WHEN 9 THEN 'current' WHEN 10 THEN 'flow'
        WHEN 11 THEN 'air_volume' WHEN 12 THEN 'air_speed' WHEN 128 THEN 'level' WHEN 129 THEN 'vibration' END
$$;
CREATE FUNCTION board.unit(quantity text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE quantity WHEN 'event_count' THEN '1' WHEN 'height' THEN 'm' WHEN 'temperature' THEN '℃'
        WHEN 'pressure' THEN 'MPa' WHEN 'gas' THEN '%LEL' WHEN 'duration' THEN 's' WHEN 'voltage' THEN 'V'
        WHEN 'current' THEN 'A' WHEN 'flow' THEN 'L/s' WHEN 'air_volume' THEN 'm³/min' WHEN 'air_speed' THEN 'm/s'
        WHEN 'level' THEN '%' WHEN 'vibration' THEN 'g' END
$$;

-- Which of several conditions is shown: the first. A test holds the order equal to the desk's priorities.
CREATE FUNCTION board.place(kind public.condition) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['fire', 'manual_alarm', 'supervise', 'fault', 'power_fault', 'main_power_fault',
        'backup_power_fault', 'bus_fault', 'link_fault', 'line_fault', 'manual', 'offline', 'shielded', 'delayed',
        'started', 'feedback', 'test']::public.condition[], kind)
$$;
CREATE FUNCTION board.is_fault(kind public.condition) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT kind IN ('fault', 'power_fault', 'main_power_fault', 'backup_power_fault', 'bus_fault', 'link_fault', 'line_fault')
$$;
CREATE FUNCTION board.seconds(span interval) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT extract(epoch FROM span)::double precision
$$;

-- The labels of a series such as firewarden_lag_seconds{of="alarm"}.
CREATE FUNCTION board.labels(series text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_object_agg(m[1], m[2]), '{}')
    FROM regexp_matches(series, '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"', 'g') AS m
$$;

CREATE VIEW board.gateway AS
SELECT g.id AS gateway_id, g.name, g.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    CASE WHEN d.gateway_id IS NULL THEN 'mqtt' ELSE 'gb26875' END AS protocol, d.profile,
    g.connection::text AS connection, l.heard_at,
    board.seconds(now() - l.heard_at) AS silent_s,
    coalesce(l.online AND l.heard_at >= now() - make_interval(secs => g.silence_deadline_s), false) AS online,
    CASE WHEN g.connection NOT IN ('trial', 'in_service') THEN 'not_in_service'
        WHEN l.online IS FALSE THEN 'offline'
        WHEN l.heard_at IS NULL THEN 'never_heard'
        WHEN l.heard_at >= now() - make_interval(secs => g.silence_deadline_s) THEN 'online'
        WHEN (SELECT CASE WHEN max(w.beat_at) >= now() - interval '5 seconds' THEN max(w.watching_since) END
              FROM public.ingest_worker w
              WHERE w.connection = CASE WHEN d.gateway_id IS NULL THEN 'bulk' ELSE 'gb26875' END
                  AND w.beat_at > now() - interval '5 minutes') < now() - make_interval(secs => g.silence_deadline_s)
            THEN 'silent'
        ELSE 'unknown' END AS state,
    g.heartbeat_s, g.silence_deadline_s, l.clock_skew_s,
    k.since_at AS link_since, k.ended_at AS link_ended_at, k.end_reason AS link_end_reason,
    (SELECT count(*) FROM public.message_gap m WHERE m.gateway_id = g.id AND m.state = 'open') AS open_gaps,
    (SELECT coalesce(sum(m.to_seq - m.from_seq + 1), 0)::bigint FROM public.message_gap m
     WHERE m.gateway_id = g.id AND m.filled_at IS NULL) AS missing_messages
FROM public.gateway g JOIN public.venue v ON v.id = g.venue_id
LEFT JOIN public.gateway_liveness l ON l.gateway_id = g.id
LEFT JOIN public.gb_device d ON d.gateway_id = g.id
LEFT JOIN public.device_link k ON k.gateway_id = g.id;

CREATE VIEW board.venue AS
SELECT v.id AS venue_id, v.code, v.name, v.name_en, v.use::text AS use, v.district, v.lat, v.lon, v.key_unit, v.area_m2,
    (SELECT count(*) FROM public.gateway g WHERE g.venue_id = v.id) AS gateways,
    (SELECT count(*) FROM public.gateway g JOIN public.gateway_liveness l ON l.gateway_id = g.id
     WHERE g.venue_id = v.id AND l.online AND l.heard_at >= now() - make_interval(secs => g.silence_deadline_s))
        AS gateways_online,
    (SELECT count(*) FROM public.point p WHERE p.venue_id = v.id AND p.registered) AS points,
    (SELECT count(*) FROM public.incident i WHERE i.venue_id = v.id AND i.state <> 'closed' AND i.priority = 1) AS open_fires,
    (SELECT count(*) FROM public.incident i WHERE i.venue_id = v.id AND i.state <> 'closed') AS open_incidents,
    (SELECT count(*) FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL AND board.is_fault(e.kind))
        AS open_faults,
    (SELECT count(*) FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL AND e.kind = 'shielded')
        AS shielded,
    (SELECT e.kind::text FROM public.episode e WHERE e.venue_id = v.id AND e.cleared_at IS NULL
     ORDER BY board.place(e.kind), e.raised_at LIMIT 1) AS worst_kind,
    s.score::double precision AS score, s.grade::text AS grade
FROM public.venue v LEFT JOIN public.risk_score s ON s.venue_id = v.id;

CREATE VIEW board.system AS
SELECT s.id AS system_id, s.venue_id, v.code AS venue_code, s.kind::integer AS kind, s.name
FROM public.facility_system s JOIN public.venue v ON v.id = s.venue_id;

CREATE VIEW board.point AS
SELECT p.id AS point_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, v.use::text AS use,
    p.gateway_id, d.profile, p.address, p.name, p.floor, p.system_id, s.name AS system, s.kind::integer AS system_kind,
    p.component::integer AS component, p.quantity, board.unit(p.quantity) AS unit, p.low, p.high, p.registered,
    coalesce(e.kinds[1]::text, 'normal') AS condition, e.since[1] AS since,
    coalesce(e.open_faults, 0) AS open_faults, coalesce(e.shielded, false) AS shielded
FROM public.point p JOIN public.venue v ON v.id = p.venue_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN public.gb_device d ON d.gateway_id = p.gateway_id
LEFT JOIN (
    SELECT point_id, array_agg(kind ORDER BY board.place(kind), raised_at) AS kinds,
        array_agg(raised_at ORDER BY board.place(kind), raised_at) AS since,
        count(*) FILTER (WHERE board.is_fault(kind)) AS open_faults, bool_or(kind = 'shielded') AS shielded
    FROM public.episode WHERE cleared_at IS NULL AND point_id IS NOT NULL GROUP BY point_id
) e ON e.point_id = p.id;

-- A join to the left, which the planner leaves out where nobody asks for the venue.
CREATE VIEW board.reading AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.value, r.received_at
FROM public.reading r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_hour AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_hour r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_day AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_day r LEFT JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.water_point AS
SELECT p.id AS point_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, p.gateway_id,
    p.system_id, s.name AS system, s.kind::integer AS system_kind, p.name, p.floor, p.quantity,
    board.unit(p.quantity) AS unit, p.low, p.high, r.value AS last_value, r.at AS last_at,
    r.value < p.low AS below, r.value > p.high AS above, f.found[1] AS finding, f.since[1] AS finding_since,
    coalesce(f.found, '{}') AS findings
FROM public.point p JOIN public.venue v ON v.id = p.venue_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN LATERAL (
    SELECT value, at FROM public.reading
    WHERE point_id = p.id AND at > now() - interval '1 day' ORDER BY at DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (
    -- Of one kind a sensor has one finding at a time: the newest that began is open, or none is.
    SELECT array_agg(w.what ORDER BY w.place) AS found, array_agg(b.at ORDER BY w.place) AS since
    FROM unnest(ARRAY['main_burst', 'below', 'above', 'shift', 'stuck', 'implausible', 'drift', 'silent'])
        WITH ORDINALITY AS w (what, place)
    CROSS JOIN LATERAL (
        SELECT n.at, n.data ->> 'finding' AS finding FROM public.risk_fact n
        WHERE n.kind = 'water_began' AND (n.data ->> 'point')::bigint = p.id AND n.data ->> 'what' = w.what
        ORDER BY n.at DESC LIMIT 1) b
    WHERE NOT EXISTS (SELECT 1 FROM public.risk_fact e
        WHERE e.kind = 'water_ended' AND e.data ->> 'finding' = b.finding)) f ON true
WHERE p.quantity IN ('pressure', 'level', 'height', 'flow');

CREATE VIEW board.fact AS
SELECT received_at AS time, at, committed_at, venue_id, gateway_id, point_id, state::text AS state, raised,
    lane::text AS lane, board.seconds(committed_at - received_at) AS lag_s, board.seconds(received_at - at) AS age_s
FROM public.state_change;

CREATE VIEW board.episode AS
SELECT e.id AS episode_id, e.raised_at AS time, e.cleared_at,
    board.seconds(coalesce(e.cleared_at, now()) - e.raised_at) AS duration_s, e.kind::text AS kind,
    board.is_fault(e.kind) AS fault, e.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    v.use::text AS use, e.gateway_id, e.point_id, p.name AS point_name, s.id AS system_id, s.name AS system,
    s.kind::integer AS system_kind, p.component::integer AS component, d.profile, e.raises, e.late, e.incident_id
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id
LEFT JOIN public.point p ON p.id = e.point_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN public.gb_device d ON d.gateway_id = e.gateway_id;

CREATE VIEW board.incident AS
SELECT i.id AS incident_id, i.opened_at AS time, i.kind::text AS kind, i.priority::integer AS priority,
    i.state::text AS state, i.class::text AS class, i.late, i.venue_id, v.code AS venue_code, v.name AS venue_name,
    v.district, v.use::text AS use, i.gateway_id, i.point_id, p.name AS point_name, p.floor AS point_floor,
    s.name AS system, s.kind::integer AS system_kind, p.component::integer AS component, i.occurred_at, i.received_at,
    i.committed_at, i.taken_at, i.taken_by AS seat, i.recovered_at, i.closed_at, i.closed_by,
    board.seconds(i.opened_at - i.received_at) AS shown_s, board.seconds(i.taken_at - i.opened_at) AS take_s,
    board.seconds(i.closed_at - i.opened_at) AS close_s, i.raises,
    i.opened_at - i.received_at > interval '10 seconds' AS breach_show,
    CASE WHEN i.priority = 1 THEN
        coalesce(i.taken_at, i.closed_at, now()) - i.opened_at > interval '15 seconds' END AS breach_take,
    CASE WHEN i.priority = 1 THEN
        coalesce(i.closed_at, now()) - i.opened_at > interval '60 seconds' END AS breach_judge
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id
LEFT JOIN public.point p ON p.id = i.point_id
LEFT JOIN public.facility_system s ON s.id = p.system_id;

CREATE VIEW board.open_incident AS
SELECT i.*, board.seconds(now() - i.time) AS age_s
FROM board.incident i JOIN public.incident o ON o.id = i.incident_id   -- whose own column has the index of open ones
WHERE o.state <> 'closed';

CREATE VIEW board.duty_check AS
SELECT c.asked_at AS time, c.gateway_id, g.venue_id, v.code AS venue_code, v.name AS venue_name, v.district,
    c.state::text AS state,
    CASE WHEN c.state = 'answered' THEN board.seconds(c.ended_at - coalesce(c.first_sent_at, c.asked_at)) END AS answered_s
FROM public.gateway_command c JOIN public.gateway g ON g.id = c.gateway_id JOIN public.venue v ON v.id = g.venue_id
WHERE c.command = 'duty_check';

CREATE VIEW board.command AS
SELECT c.asked_at AS time, c.gateway_id, g.venue_id, c.command, c.state::text AS state,
    c.asked_by = 'platform' AS by_platform, c.attempts::integer AS attempts, c.ended_at,
    board.seconds(c.ended_at - c.first_sent_at) AS took_s
FROM public.gateway_command c JOIN public.gateway g ON g.id = c.gateway_id;

CREATE VIEW board.gap AS
SELECT m.seen_at AS time, m.gateway_id, g.venue_id, m.lane::text AS lane, m.to_seq - m.from_seq + 1 AS missing,
    m.state::text AS state, m.filled_at, m.given_up_at
FROM public.message_gap m JOIN public.gateway g ON g.id = m.gateway_id;

CREATE VIEW board.message_day AS
SELECT m.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, m.gateway_id, g.venue_id, m.lane::text AS lane,
    m.counted, m.stored, m.late, m.repeats
FROM public.message_daily m JOIN public.gateway g ON g.id = m.gateway_id;

CREATE VIEW board.quarantine AS
SELECT received_at AS time, gateway_id, reason, payload_size FROM public.quarantine;

CREATE VIEW board.risk AS
SELECT s.venue_id, v.code, v.name, v.name_en, v.district, v.use::text AS use, v.lat, v.lon, s.at,
    s.score::double precision AS score, s.grade::text AS grade, s.base::double precision AS base, s.band::text AS band,
    s.grade_since, s.rate, s.uncontrolled, s.consequence, s.coverage::double precision AS coverage,
    s.confidence::double precision AS confidence, r.rank, s.rank_low, s.rank_high,
    jsonb_array_length(s.hits) AS hits, s.override_id IS NOT NULL AS overridden, s.version
FROM public.risk_score s JOIN public.venue v ON v.id = s.venue_id
JOIN (SELECT venue_id, rank() OVER (ORDER BY grade DESC, score DESC) AS rank FROM public.risk_score) r
    ON r.venue_id = s.venue_id;

CREATE VIEW board.risk_factor AS
SELECT s.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, v.use::text AS use, f.value ->> 'code' AS code,
    f.value ->> 'part' AS part, (f.value ->> 'points')::double precision AS points
FROM public.risk_score s JOIN public.venue v ON v.id = s.venue_id CROSS JOIN LATERAL jsonb_array_elements(s.factors) f;

CREATE VIEW board.risk_history AS
SELECT h.at AS time, h.venue_id, v.code, v.name, v.district, v.use::text AS use, h.score::double precision AS score,
    h.grade::text AS grade, h.confidence::double precision AS confidence, h.coverage::double precision AS coverage, h.version
FROM public.risk_score_history h JOIN public.venue v ON v.id = h.venue_id;

CREATE VIEW board.risk_guard AS
SELECT day::timestamp AT TIME ZONE 'Asia/Shanghai' AS time, name, value, low, high, fired FROM public.risk_guard;

CREATE VIEW board.risk_model AS
SELECT m.version, m.kind, m.made_at,
    m.version IS NOT DISTINCT FROM (SELECT a.version FROM public.risk_model_act a WHERE a.at <= now()
        ORDER BY a.at DESC, a.id DESC LIMIT 1) AS current,
    (p.told #>> '{auc,value}')::double precision AS auc, (p.told #>> '{auc,low}')::double precision AS auc_low,
    (p.told #>> '{auc,high}')::double precision AS auc_high, (p.told #>> '{ap,value}')::double precision AS ap,
    (p.told #>> '{ap,low}')::double precision AS ap_low, (p.told #>> '{ap,high}')::double precision AS ap_high,
    (p.told ->> 'ece')::double precision AS ece, (p.told ->> 'n')::bigint AS n,
    (p.told ->> 'positives')::bigint AS positives, (p.told ->> 'base_rate')::double precision AS base_rate
FROM public.risk_model m CROSS JOIN LATERAL (SELECT m.card -> 'pooled' AS told) p;

CREATE VIEW board.risk_calibration AS
SELECT m.version, b.ordinality::integer AS bin, (b.value ->> 'predicted')::double precision AS predicted,
    (b.value ->> 'observed')::double precision AS observed, (b.value ->> 'venues')::bigint AS n
FROM public.risk_model m CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(m.card #> '{pooled,bins}') = 'array' THEN m.card #> '{pooled,bins}' ELSE '[]' END)
    WITH ORDINALITY b;

CREATE VIEW board.risk_gain AS
SELECT m.version, (g.value ->> 'share')::double precision AS share, (g.value ->> 'recall')::double precision AS recall,
    (g.value ->> 'recall')::double precision / nullif((g.value ->> 'share')::double precision, 0) AS lift
FROM public.risk_model m CROSS JOIN LATERAL jsonb_array_elements(
    CASE WHEN jsonb_typeof(m.card -> 'gain') = 'array' THEN m.card -> 'gain' ELSE '[]' END) g;

CREATE VIEW board.risk_proposal AS
SELECT p.id AS proposal_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, p.kind,
    p.grade::text AS grade, p.proposed_at, p.due_at, p.state, p.decided_at,
    p.state = 'open' AND p.due_at < now() AS overdue
FROM public.risk_proposal p JOIN public.venue v ON v.id = p.venue_id;

CREATE VIEW board.choice AS
SELECT r.made_at AS time, c.round_id, c.venue_id, c.code AS venue_code, c.stratum AS use, c.probability,
    c.score::double precision AS score, c.rank, c.chosen, c.by_chance
FROM public.risk_choice c JOIN public.risk_choice_round r ON r.id = c.round_id;

CREATE VIEW board.process AS
SELECT process, worker, standby, version, started_at, at, board.seconds(now() - at) AS age_s,
    every_s::double precision AS every_s, ended_at,
    ended_at IS NULL AND at >= now() - make_interval(secs => 3 * every_s + 5) AS alive, last_error_at
FROM public.process_figures;

CREATE VIEW board.process_figure AS
SELECT p.process, p.worker, p.standby, f.key AS series, split_part(f.key, '{', 1) AS name, board.labels(f.key) AS labels,
    f.value::double precision AS value, p.at
FROM public.process_figures p CROSS JOIN LATERAL jsonb_each(p.figures) f;

-- The names come from the newest figures, so that of a minute's hundreds of series only those asked for are looked up.
CREATE VIEW board.process_figure_minute AS
SELECT m.at AS time, m.process, m.worker, k.key AS series, split_part(k.key, '{', 1) AS name, l.labels,
    (m.figures -> k.key)::double precision AS value
FROM public.process_figures p CROSS JOIN LATERAL jsonb_object_keys(p.figures) k (key)
CROSS JOIN LATERAL (SELECT board.labels(k.key) AS labels OFFSET 0) l
JOIN public.process_figures_minute m ON m.process = p.process AND m.worker = p.worker AND m.figures ? k.key
WHERE NOT p.standby;

CREATE VIEW board.lag AS
SELECT time, process, worker, labels ->> 'of' AS of, value AS seconds FROM board.process_figure_minute
WHERE name = 'firewarden_lag_seconds';

CREATE VIEW board.job AS
SELECT name, period_s, started_at, finished_at, outcome, rows, duration_s, done_at,
    coalesce(done_at < now() - make_interval(secs => 2 * period_s + 600),
        started_at < now() - make_interval(secs => 2 * period_s + 600)) AS overdue
FROM public.upkeep_job;

CREATE VIEW board.retention AS
SELECT class, board.seconds(keep) / 86400 AS keep_days, dropped_before FROM public.retention;

CREATE VIEW board.worker AS
SELECT worker, connection, watching_since, beat_at, board.seconds(now() - beat_at) AS age_s FROM public.ingest_worker;

-- Others' transactions are hidden from a reader; this tells one number of them, for this database.
CREATE FUNCTION board.oldest_transaction_s() RETURNS double precision LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)::double precision FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
$$;

CREATE VIEW board.database AS
SELECT pg_database_size(current_database()) AS size_bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    current_setting('max_connections')::integer AS max_connections,
    board.oldest_transaction_s() AS oldest_transaction_s, s.deadlocks, s.temp_bytes, s.xact_commit AS commits,
    s.xact_rollback AS rollbacks, pg_postmaster_start_time() AS started_at
FROM pg_stat_database s WHERE s.datname = current_database();

-- In a function, as a view that names what belongs to the extension would stop its updates.
CREATE FUNCTION board.table_sizes() RETURNS TABLE (
    name text, kind text, rows_estimate bigint, size_bytes bigint, chunks bigint, compressed_chunks bigint)
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT c.relname::text, CASE WHEN h.hypertable_name IS NULL THEN 'table' ELSE 'hypertable' END,
        (SELECT sum(greatest(t.reltuples, 0)) FROM pg_class t WHERE t.oid = c.oid
            OR t.oid IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = c.oid))::bigint,
        CASE WHEN h.hypertable_name IS NULL THEN pg_total_relation_size(c.oid) ELSE public.hypertable_size(c.oid) END,
        coalesce(k.chunks, 0), coalesce(k.compressed, 0)
    FROM pg_class c
    LEFT JOIN timescaledb_information.hypertables h ON h.hypertable_schema = 'public' AND h.hypertable_name = c.relname
    LEFT JOIN (
        SELECT hypertable_name, count(*) AS chunks, count(*) FILTER (WHERE is_compressed) AS compressed
        FROM timescaledb_information.chunks WHERE hypertable_schema = 'public' GROUP BY hypertable_name
    ) k ON k.hypertable_name = c.relname
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r';
END $$;
CREATE VIEW board.table_size AS
SELECT name, kind, rows_estimate, size_bytes, chunks, compressed_chunks FROM board.table_sizes();

CREATE VIEW board.annotation AS
SELECT i.opened_at AS time, coalesce(i.closed_at, i.opened_at) AS time_end, 'incident' AS kind, i.kind::text AS code,
    i.venue_id, v.district, v.name AS title, coalesce(p.name, '') AS text, ARRAY['incident', i.kind::text] AS tags
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class IS NULL OR i.class NOT IN ('test', 'maintenance')
UNION ALL
SELECT i.opened_at, i.closed_at, 'test', i.kind::text, i.venue_id, v.district, v.name, coalesce(p.name, ''),
    ARRAY['test', i.kind::text]
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class = 'test'
UNION ALL
SELECT e.raised_at, coalesce(e.cleared_at, e.raised_at), 'test', 'test', e.venue_id, v.district, v.name,
    coalesce(p.name, ''), ARRAY['test']
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id LEFT JOIN public.point p ON p.id = e.point_id
WHERE e.kind = 'test'
UNION ALL
SELECT i.opened_at, i.closed_at, 'maintenance', i.kind::text, i.venue_id, v.district, v.name, coalesce(p.name, ''),
    ARRAY['maintenance', i.kind::text]
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class = 'maintenance'
UNION ALL
SELECT e.raised_at, coalesce(e.cleared_at, e.raised_at), 'maintenance', 'shielded', e.venue_id, v.district, v.name,
    coalesce(p.name, ''), ARRAY['maintenance', 'shielded']
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id LEFT JOIN public.point p ON p.id = e.point_id
WHERE e.kind = 'shielded'
UNION ALL
SELECT m.applied_at, m.applied_at, 'deployment', 'migration', NULL, NULL, m.name, '', ARRAY['deployment', 'migration']
FROM public.schema_migration m
UNION ALL
SELECT f.started_at, f.started_at, 'deployment', 'process', NULL, NULL, f.process || ' ' || f.worker, f.version,
    ARRAY['deployment', 'process']
FROM public.process_figures f WHERE NOT f.standby;

DO $$
BEGIN
    CREATE ROLE fw_grafana NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT fw_grafana TO CURRENT_USER;
GRANT USAGE ON SCHEMA board TO fw_grafana, fw_api;
REVOKE EXECUTE ON FUNCTION board.oldest_transaction_s() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION board.oldest_transaction_s() TO fw_grafana, fw_api;

COMMENT ON VIEW board.gateway IS
    'state: every gateway, whether it is heard, its clock, its link and what is missing of it';
COMMENT ON COLUMN board.gateway.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.gateway.name IS 'name in the register';
COMMENT ON COLUMN board.gateway.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.gateway.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.gateway.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.gateway.district IS 'district of the venue';
COMMENT ON COLUMN board.gateway.protocol IS 'mqtt or gb26875';
COMMENT ON COLUMN board.gateway.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.gateway.connection IS
    'contract state: contracted, installed, trial, in_service, suspended, retired';
COMMENT ON COLUMN board.gateway.heard_at IS 'when its newest message of any kind was received; null: never';
COMMENT ON COLUMN board.gateway.silent_s IS 'seconds since then';
COMMENT ON COLUMN board.gateway.online IS 'whether it was heard within its deadline, without a last will';
COMMENT ON COLUMN board.gateway.state IS
    'as the console says it: online, silent, offline (last will), never_heard, unknown (nobody listens), '
    'not_in_service';
COMMENT ON COLUMN board.gateway.heartbeat_s IS 'how often it should be heard, seconds';
COMMENT ON COLUMN board.gateway.silence_deadline_s IS 'after how many seconds it counts as silent';
COMMENT ON COLUMN board.gateway.clock_skew_s IS
    'its clock minus ours at its newest live message, seconds; above 0 it is fast';
COMMENT ON COLUMN board.gateway.link_since IS 'since when a device of GB/T 26875.3 is, or was last, connected';
COMMENT ON COLUMN board.gateway.link_ended_at IS 'when that connection ended; null: it holds, or there was none';
COMMENT ON COLUMN board.gateway.link_end_reason IS 'why it ended, one word';
COMMENT ON COLUMN board.gateway.open_gaps IS 'stretches of messages that are missing and may still come';
COMMENT ON COLUMN board.gateway.missing_messages IS 'messages that are missing, given up ones included';

COMMENT ON VIEW board.venue IS
    'state: every venue with what is open there, how many of its gateways are heard, and its risk';
COMMENT ON COLUMN board.venue.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.venue.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.venue.name IS 'name in the register';
COMMENT ON COLUMN board.venue.name_en IS 'English name; empty where there is none';
COMMENT ON COLUMN board.venue.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.venue.district IS 'district of the venue';
COMMENT ON COLUMN board.venue.lat IS 'latitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.venue.lon IS 'longitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.venue.key_unit IS 'whether it is a key unit of fire safety';
COMMENT ON COLUMN board.venue.area_m2 IS 'floor area, m²; null: not known';
COMMENT ON COLUMN board.venue.gateways IS 'how many gateways it has';
COMMENT ON COLUMN board.venue.gateways_online IS
    'how many of them were heard within their deadlines, without a last will';
COMMENT ON COLUMN board.venue.points IS 'how many points are registered';
COMMENT ON COLUMN board.venue.open_fires IS 'open incidents of priority 1: fires and manual alarms';
COMMENT ON COLUMN board.venue.open_incidents IS 'open incidents of all priorities';
COMMENT ON COLUMN board.venue.open_faults IS 'faults that hold, of all kinds of fault';
COMMENT ON COLUMN board.venue.shielded IS 'points that are shielded';
COMMENT ON COLUMN board.venue.worst_kind IS 'the worst condition that holds; null: none';
COMMENT ON COLUMN board.venue.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.venue.grade IS 'grade A, B, C or D; D is the worst';

COMMENT ON VIEW board.system IS 'state: the fire protection systems of each venue';
COMMENT ON COLUMN board.system.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.system.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.system.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.system.kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.system.name IS 'name in the register';

COMMENT ON VIEW board.point IS 'state: every point with the worst condition that holds';
COMMENT ON COLUMN board.point.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.point.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.point.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.point.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.point.district IS 'district of the venue';
COMMENT ON COLUMN board.point.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.point.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.point.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.point.address IS 'the address that the gateway names it by';
COMMENT ON COLUMN board.point.name IS 'name in the register';
COMMENT ON COLUMN board.point.floor IS 'floor, as registered';
COMMENT ON COLUMN board.point.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.point.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.point.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.point.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.point.quantity IS 'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.point.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.point.low IS 'lower end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.point.high IS 'upper end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.point.registered IS 'false: a gateway named it and the register does not know it';
COMMENT ON COLUMN board.point.condition IS 'the worst condition that holds (fire, fault, shielded, …), or normal';
COMMENT ON COLUMN board.point.since IS 'since when that holds; null: normal';
COMMENT ON COLUMN board.point.open_faults IS 'how many kinds of fault hold';
COMMENT ON COLUMN board.point.shielded IS 'whether it is shielded';

COMMENT ON VIEW board.reading IS 'history: single readings; for two days at most, else read hours or days';
COMMENT ON COLUMN board.reading.time IS 'when it was measured, by the device';
COMMENT ON COLUMN board.reading.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading.quantity IS 'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading.value IS 'measured value, in the row''s unit';
COMMENT ON COLUMN board.reading.received_at IS 'when it was received';

COMMENT ON VIEW board.reading_hour IS 'history: readings by hour';
COMMENT ON COLUMN board.reading_hour.time IS 'start of the hour';
COMMENT ON COLUMN board.reading_hour.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading_hour.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading_hour.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading_hour.unit IS
    'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading_hour.n IS 'number of readings';
COMMENT ON COLUMN board.reading_hour.low IS 'lowest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.high IS 'highest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.mean IS 'mean value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.last IS 'newest value, in the row''s unit';
COMMENT ON COLUMN board.reading_hour.last_at IS 'when that was measured';

COMMENT ON VIEW board.reading_day IS 'history: readings by day of Asia/Shanghai';
COMMENT ON COLUMN board.reading_day.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.reading_day.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.reading_day.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.reading_day.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.reading_day.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.reading_day.n IS 'number of readings';
COMMENT ON COLUMN board.reading_day.low IS 'lowest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.high IS 'highest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.mean IS 'mean value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.last IS 'newest value, in the row''s unit';
COMMENT ON COLUMN board.reading_day.last_at IS 'when that was measured';

COMMENT ON VIEW board.water_point IS
    'state: every point that measures water, its newest reading against its band, and what the detectors found';
COMMENT ON COLUMN board.water_point.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.water_point.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.water_point.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.water_point.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.water_point.district IS 'district of the venue';
COMMENT ON COLUMN board.water_point.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.water_point.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.water_point.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.water_point.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.water_point.name IS 'name in the register';
COMMENT ON COLUMN board.water_point.floor IS 'floor, as registered';
COMMENT ON COLUMN board.water_point.quantity IS
    'what is measured (pressure, level, flow, temperature, …); null: not known';
COMMENT ON COLUMN board.water_point.unit IS 'the unit of all values of the row, one for each quantity; null: not known';
COMMENT ON COLUMN board.water_point.low IS 'lower end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.high IS 'upper end of the normal band, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.last_value IS 'newest reading of the last 24 hours, in the row''s unit; null: none';
COMMENT ON COLUMN board.water_point.last_at IS 'when that was measured; null: none in 24 hours';
COMMENT ON COLUMN board.water_point.below IS 'whether it lies below the band; null: no value or no lower end';
COMMENT ON COLUMN board.water_point.above IS 'whether it lies above the band; null: no value or no upper end';
COMMENT ON COLUMN board.water_point.finding IS
    'the gravest finding that holds: main_burst, below, above, shift, stuck, implausible, drift, silent; null: none';
COMMENT ON COLUMN board.water_point.finding_since IS 'since when, by the evidence';
COMMENT ON COLUMN board.water_point.findings IS 'all findings that hold, the gravest first';

COMMENT ON VIEW board.fact IS 'history: states that came or went, as devices told them';
COMMENT ON COLUMN board.fact.time IS 'when it was received';
COMMENT ON COLUMN board.fact.at IS 'when it happened, by the device, or by us where the device''s clock cannot be true';
COMMENT ON COLUMN board.fact.committed_at IS 'when it was stored';
COMMENT ON COLUMN board.fact.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.fact.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.fact.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.fact.state IS 'the state of GB/T 26875.3 (fire, fault, shielded, test, …)';
COMMENT ON COLUMN board.fact.raised IS 'true: it came; false: it went';
COMMENT ON COLUMN board.fact.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.fact.lag_s IS 'from received to stored, seconds';
COMMENT ON COLUMN board.fact.age_s IS 'from happened to received, seconds; large where a gateway told it late';

COMMENT ON VIEW board.episode IS 'history: stretches of time during which a condition of a point held';
COMMENT ON COLUMN board.episode.episode_id IS 'number of the episode';
COMMENT ON COLUMN board.episode.time IS 'when the condition began';
COMMENT ON COLUMN board.episode.cleared_at IS 'when it ended; null: it holds';
COMMENT ON COLUMN board.episode.duration_s IS 'how long it held, or has held so far, seconds';
COMMENT ON COLUMN board.episode.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.episode.fault IS 'whether that is a kind of fault';
COMMENT ON COLUMN board.episode.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.episode.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.episode.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.episode.district IS 'district of the venue';
COMMENT ON COLUMN board.episode.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.episode.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.episode.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.episode.point_name IS 'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.episode.system_id IS 'number of the fire protection system; null: not assigned to one';
COMMENT ON COLUMN board.episode.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.episode.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.episode.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.episode.profile IS 'vendor profile of a device of GB/T 26875.3; null: the gateway speaks MQTT';
COMMENT ON COLUMN board.episode.raises IS 'how often it was reported during it';
COMMENT ON COLUMN board.episode.late IS 'whether the fact that began it was old when it came';
COMMENT ON COLUMN board.episode.incident_id IS 'number of the incident that it belongs to; null: it opened none';

COMMENT ON VIEW board.incident IS 'history: incidents with the times of their handling';
COMMENT ON COLUMN board.incident.incident_id IS 'number of the incident';
COMMENT ON COLUMN board.incident.time IS 'when the desk opened it';
COMMENT ON COLUMN board.incident.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.incident.priority IS '1 (fire, manual alarm) to 5';
COMMENT ON COLUMN board.incident.state IS 'new, taken or closed';
COMMENT ON COLUMN board.incident.class IS
    'how it was judged: real_fire, false_alarm, test, maintenance, malicious, fault, recovered, other; null: open';
COMMENT ON COLUMN board.incident.late IS 'whether the fact was old when it came, by ten minutes or more';
COMMENT ON COLUMN board.incident.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.incident.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.incident.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.incident.district IS 'district of the venue';
COMMENT ON COLUMN board.incident.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.incident.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.incident.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.incident.point_name IS 'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.incident.point_floor IS 'floor of the point';
COMMENT ON COLUMN board.incident.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.incident.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.incident.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.incident.occurred_at IS 'when it happened, by the fact';
COMMENT ON COLUMN board.incident.received_at IS 'when the fact was received';
COMMENT ON COLUMN board.incident.committed_at IS 'when the fact was stored';
COMMENT ON COLUMN board.incident.taken_at IS 'when an officer took it; null: nobody has';
COMMENT ON COLUMN board.incident.seat IS 'who took it, by the name of the login; null: nobody';
COMMENT ON COLUMN board.incident.recovered_at IS 'when the condition ended by itself; null: it did not';
COMMENT ON COLUMN board.incident.closed_at IS 'when it was closed; null: open';
COMMENT ON COLUMN board.incident.closed_by IS 'who closed it, by the name of the login, or system';
COMMENT ON COLUMN board.incident.shown_s IS 'from received to opened, seconds';
COMMENT ON COLUMN board.incident.take_s IS 'from opened to taken, seconds; null: not taken';
COMMENT ON COLUMN board.incident.close_s IS 'from opened to closed, seconds; null: open';
COMMENT ON COLUMN board.incident.raises IS 'how often it was reported';
COMMENT ON COLUMN board.incident.breach_show IS 'whether more than 10 seconds went by from received to opened';
COMMENT ON COLUMN board.incident.breach_take IS
    'priority 1: whether it was not taken, or closed, within 15 seconds; null: another priority';
COMMENT ON COLUMN board.incident.breach_judge IS
    'priority 1: whether it was not judged within 60 seconds; null: another priority';

COMMENT ON VIEW board.open_incident IS 'state: incidents that nobody has closed; the columns of incident, and the age';
COMMENT ON COLUMN board.open_incident.incident_id IS 'number of the incident';
COMMENT ON COLUMN board.open_incident.time IS 'when the desk opened it';
COMMENT ON COLUMN board.open_incident.kind IS 'the condition (fire, fault, offline, …)';
COMMENT ON COLUMN board.open_incident.priority IS '1 (fire, manual alarm) to 5';
COMMENT ON COLUMN board.open_incident.state IS 'new, taken or closed';
COMMENT ON COLUMN board.open_incident.class IS
    'how it was judged: real_fire, false_alarm, test, maintenance, malicious, fault, recovered, other; null: open';
COMMENT ON COLUMN board.open_incident.late IS 'whether the fact was old when it came, by ten minutes or more';
COMMENT ON COLUMN board.open_incident.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.open_incident.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.open_incident.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.open_incident.district IS 'district of the venue';
COMMENT ON COLUMN board.open_incident.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.open_incident.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.open_incident.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.open_incident.point_name IS
    'name of the point in the register; empty or null where there is none';
COMMENT ON COLUMN board.open_incident.point_floor IS 'floor of the point';
COMMENT ON COLUMN board.open_incident.system IS 'name of the system; null: not assigned to one';
COMMENT ON COLUMN board.open_incident.system_kind IS 'type of the system by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.open_incident.component IS 'type of the component by GB/T 26875.3, 0 to 255';
COMMENT ON COLUMN board.open_incident.occurred_at IS 'when it happened, by the fact';
COMMENT ON COLUMN board.open_incident.received_at IS 'when the fact was received';
COMMENT ON COLUMN board.open_incident.committed_at IS 'when the fact was stored';
COMMENT ON COLUMN board.open_incident.taken_at IS 'when an officer took it; null: nobody has';
COMMENT ON COLUMN board.open_incident.seat IS 'who took it, by the name of the login; null: nobody';
COMMENT ON COLUMN board.open_incident.recovered_at IS 'when the condition ended by itself; null: it did not';
COMMENT ON COLUMN board.open_incident.closed_at IS 'when it was closed; null: open';
COMMENT ON COLUMN board.open_incident.closed_by IS 'who closed it, by the name of the login, or system';
COMMENT ON COLUMN board.open_incident.shown_s IS 'from received to opened, seconds';
COMMENT ON COLUMN board.open_incident.take_s IS 'from opened to taken, seconds; null: not taken';
COMMENT ON COLUMN board.open_incident.close_s IS 'from opened to closed, seconds; null: open';
COMMENT ON COLUMN board.open_incident.raises IS 'how often it was reported';
COMMENT ON COLUMN board.open_incident.breach_show IS 'whether more than 10 seconds went by from received to opened';
COMMENT ON COLUMN board.open_incident.breach_take IS
    'priority 1: whether it was not taken, or closed, within 15 seconds; null: another priority';
COMMENT ON COLUMN board.open_incident.breach_judge IS
    'priority 1: whether it was not judged within 60 seconds; null: another priority';
COMMENT ON COLUMN board.open_incident.age_s IS 'since it was opened, seconds';

COMMENT ON VIEW board.duty_check IS 'history: duty checks of control rooms';
COMMENT ON COLUMN board.duty_check.time IS 'when it was asked';
COMMENT ON COLUMN board.duty_check.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.duty_check.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.duty_check.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.duty_check.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.duty_check.district IS 'district of the venue';
COMMENT ON COLUMN board.duty_check.state IS
    'waiting, sent, accepted (until someone answers), answered, missed, refused, timed_out, not_sent, withdrawn';
COMMENT ON COLUMN board.duty_check.answered_s IS 'from sent to answered, seconds; null: not answered';

COMMENT ON VIEW board.command IS 'history: what was asked of gateways, and what became of it';
COMMENT ON COLUMN board.command.time IS 'when it was asked';
COMMENT ON COLUMN board.command.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.command.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.command.command IS 'what was asked (read_device_state, clock_sync, duty_check, …)';
COMMENT ON COLUMN board.command.state IS
    'unconfirmed, waiting, sent, accepted, answered, refused, timed_out, missed, not_sent, withdrawn';
COMMENT ON COLUMN board.command.by_platform IS 'true: the platform asked by itself; false: a person did';
COMMENT ON COLUMN board.command.attempts IS 'how often it was sent';
COMMENT ON COLUMN board.command.ended_at IS 'when it ended, well or not; null: it has not';
COMMENT ON COLUMN board.command.took_s IS 'from first sent to ended, seconds';

COMMENT ON VIEW board.gap IS 'history: stretches of messages that were missing when a later one came';
COMMENT ON COLUMN board.gap.time IS 'when a later message showed that these are missing';
COMMENT ON COLUMN board.gap.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.gap.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.gap.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.gap.missing IS 'number of messages';
COMMENT ON COLUMN board.gap.state IS 'open (may still come), filled_late, given_up';
COMMENT ON COLUMN board.gap.filled_at IS 'when they came after all; null: not yet';
COMMENT ON COLUMN board.gap.given_up_at IS 'when they were given up; null: not';

COMMENT ON VIEW board.message_day IS
    'history: messages of each gateway by day of Asia/Shanghai; several rows of one day add up';
COMMENT ON COLUMN board.message_day.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.message_day.gateway_id IS 'the gateway''s name, which is also its user name at the broker';
COMMENT ON COLUMN board.message_day.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.message_day.lane IS 'which queue it travelled in: alarm, state, reading, reply';
COMMENT ON COLUMN board.message_day.counted IS 'by how much the highest number of the gateway rose, messages';
COMMENT ON COLUMN board.message_day.stored IS 'messages that were stored';
COMMENT ON COLUMN board.message_day.late IS 'of those, what filled a gap';
COMMENT ON COLUMN board.message_day.repeats IS 'messages that came again and had no effect';

COMMENT ON VIEW board.quarantine IS 'history: messages that could not be taken at their word';
COMMENT ON COLUMN board.quarantine.time IS 'when it was received';
COMMENT ON COLUMN board.quarantine.gateway_id IS 'as the topic names it; it may be unknown to the register, or null';
COMMENT ON COLUMN board.quarantine.reason IS 'why (bad_json, unknown_gateway, future_time, …)';
COMMENT ON COLUMN board.quarantine.payload_size IS 'size of the message, bytes; its text is in no view';

COMMENT ON VIEW board.risk IS 'state: the risk of every scored venue';
COMMENT ON COLUMN board.risk.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk.name IS 'name in the register';
COMMENT ON COLUMN board.risk.name_en IS 'English name; empty where there is none';
COMMENT ON COLUMN board.risk.district IS 'district of the venue';
COMMENT ON COLUMN board.risk.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk.lat IS 'latitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.risk.lon IS 'longitude, degrees, WGS-84; null: not known';
COMMENT ON COLUMN board.risk.at IS 'as of when it was scored';
COMMENT ON COLUMN board.risk.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.risk.grade IS 'grade A, B, C or D; D is the worst';
COMMENT ON COLUMN board.risk.base IS 'what a typical venue scores; the points of all factors are added to it';
COMMENT ON COLUMN board.risk.band IS 'grade by the score alone, before rules, waiting times and overrides';
COMMENT ON COLUMN board.risk.grade_since IS 'since when the grade holds';
COMMENT ON COLUMN board.risk.rate IS 'expected fires in the next 90 days';
COMMENT ON COLUMN board.risk.uncontrolled IS
    'probability that a fire gets out of control, by the state of the facilities';
COMMENT ON COLUMN board.risk.consequence IS 'how much worse a fire would be than in an ordinary venue, times';
COMMENT ON COLUMN board.risk.coverage IS 'share of what should report that does, 0 to 1; null: not known';
COMMENT ON COLUMN board.risk.confidence IS 'how much of what a score needs was known, 0 to 1';
COMMENT ON COLUMN board.risk.rank IS 'place among all scored venues, 1 is the worst; equals share a place';
COMMENT ON COLUMN board.risk.rank_low IS 'lower end of the 90 % interval of the rank';
COMMENT ON COLUMN board.risk.rank_high IS 'upper end of the 90 % interval of the rank';
COMMENT ON COLUMN board.risk.hits IS 'how many rules hold';
COMMENT ON COLUMN board.risk.overridden IS 'whether an officer''s override sets the grade';
COMMENT ON COLUMN board.risk.version IS 'version of the model';

COMMENT ON VIEW board.risk_factor IS 'state: what each score is made of; base and points add up to it';
COMMENT ON COLUMN board.risk_factor.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_factor.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_factor.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.risk_factor.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_factor.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk_factor.code IS 'code of the factor';
COMMENT ON COLUMN board.risk_factor.part IS 'which part of the risk it belongs to: rate, uncontrolled or consequence';
COMMENT ON COLUMN board.risk_factor.points IS 'what it adds to the score, or takes from it';

COMMENT ON VIEW board.risk_history IS 'history: the scores that venues had';
COMMENT ON COLUMN board.risk_history.time IS 'as of when it was scored; it held until the next';
COMMENT ON COLUMN board.risk_history.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_history.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_history.name IS 'name in the register';
COMMENT ON COLUMN board.risk_history.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_history.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.risk_history.score IS 'risk score, 0 to 100, higher is worse';
COMMENT ON COLUMN board.risk_history.grade IS 'grade A, B, C or D; D is the worst';
COMMENT ON COLUMN board.risk_history.confidence IS 'how much of what a score needs was known, 0 to 1';
COMMENT ON COLUMN board.risk_history.coverage IS 'share of what should report that does, 0 to 1; null: not known';
COMMENT ON COLUMN board.risk_history.version IS 'version of the model that scored';

COMMENT ON VIEW board.risk_guard IS 'history: what each guard of the model found, once a day';
COMMENT ON COLUMN board.risk_guard.time IS 'start of the day of Asia/Shanghai';
COMMENT ON COLUMN board.risk_guard.name IS 'name of the guard';
COMMENT ON COLUMN board.risk_guard.value IS 'what it found; null: too little data';
COMMENT ON COLUMN board.risk_guard.low IS 'lower end of what is accepted; null: none';
COMMENT ON COLUMN board.risk_guard.high IS 'upper end of what is accepted; null: none';
COMMENT ON COLUMN board.risk_guard.fired IS 'whether it fired';

COMMENT ON VIEW board.risk_model IS 'state: models with the figures of their cards';
COMMENT ON COLUMN board.risk_model.version IS 'version of the model';
COMMENT ON COLUMN board.risk_model.kind IS 'prior, map or boosted';
COMMENT ON COLUMN board.risk_model.made_at IS 'when it was made';
COMMENT ON COLUMN board.risk_model.current IS 'whether it scores now, or is the prior that a guard fell back to';
COMMENT ON COLUMN board.risk_model.auc IS
    'area under the ROC curve, 0.5 to 1, on quarters it had not seen; null: too few fires to tell, or never measured';
COMMENT ON COLUMN board.risk_model.auc_low IS 'lower end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.auc_high IS 'upper end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ap IS 'average precision, 0 to 1; null as above';
COMMENT ON COLUMN board.risk_model.ap_low IS 'lower end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ap_high IS 'upper end of its 95 % interval';
COMMENT ON COLUMN board.risk_model.ece IS 'expected calibration error, 0 to 1';
COMMENT ON COLUMN board.risk_model.n IS 'rows (venues and months) that it was measured on';
COMMENT ON COLUMN board.risk_model.positives IS 'fires among them';
COMMENT ON COLUMN board.risk_model.base_rate IS 'share of rows with a fire, 0 to 1';

COMMENT ON VIEW board.risk_calibration IS
    'state: predicted against observed, by ten equal parts of the venues, from the card of each model';
COMMENT ON COLUMN board.risk_calibration.version IS 'version of the model';
COMMENT ON COLUMN board.risk_calibration.bin IS '1 to 10, by rising predicted probability';
COMMENT ON COLUMN board.risk_calibration.predicted IS 'mean predicted probability of a fire within 90 days, 0 to 1';
COMMENT ON COLUMN board.risk_calibration.observed IS 'share that had one, 0 to 1';
COMMENT ON COLUMN board.risk_calibration.n IS 'rows in the bin';

COMMENT ON VIEW board.risk_gain IS
    'state: how many of the fires the first part of the ranking holds, from the card of each model';
COMMENT ON COLUMN board.risk_gain.version IS 'version of the model';
COMMENT ON COLUMN board.risk_gain.share IS 'first part of the ranking, 0 to 1';
COMMENT ON COLUMN board.risk_gain.recall IS 'share of all fires in it, 0 to 1';
COMMENT ON COLUMN board.risk_gain.lift IS 'times what a random choice of as many would find';

COMMENT ON VIEW board.risk_proposal IS 'state: what grades called for, open and decided';
COMMENT ON COLUMN board.risk_proposal.proposal_id IS 'number of the proposal';
COMMENT ON COLUMN board.risk_proposal.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.risk_proposal.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.risk_proposal.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.risk_proposal.district IS 'district of the venue';
COMMENT ON COLUMN board.risk_proposal.kind IS
    'duty_checks, fault_follow_up, reminder, interview, visit, hazard_determination, admonition';
COMMENT ON COLUMN board.risk_proposal.grade IS 'the grade that called for it';
COMMENT ON COLUMN board.risk_proposal.proposed_at IS 'when it was proposed';
COMMENT ON COLUMN board.risk_proposal.due_at IS 'until when it should be done; null: no date';
COMMENT ON COLUMN board.risk_proposal.state IS 'open, accepted, declined, lapsed';
COMMENT ON COLUMN board.risk_proposal.decided_at IS 'when it was decided; null: open';
COMMENT ON COLUMN board.risk_proposal.overdue IS 'whether it is open and past its date';

COMMENT ON VIEW board.choice IS 'history: venues in draws of whom to look at, with their probabilities';
COMMENT ON COLUMN board.choice.time IS 'when the draw was made';
COMMENT ON COLUMN board.choice.round_id IS 'number of the draw';
COMMENT ON COLUMN board.choice.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.choice.venue_code IS 'the venue''s code then';
COMMENT ON COLUMN board.choice.use IS 'use class of the venue then';
COMMENT ON COLUMN board.choice.probability IS 'with which the venue was to be chosen, 0 to 1';
COMMENT ON COLUMN board.choice.score IS 'risk score then, 0 to 100';
COMMENT ON COLUMN board.choice.rank IS 'rank then';
COMMENT ON COLUMN board.choice.chosen IS 'whether it was';
COMMENT ON COLUMN board.choice.by_chance IS 'chosen, and would not have been by rank alone';

COMMENT ON VIEW board.process IS 'state: every process of the platform and whether it lives';
COMMENT ON COLUMN board.process.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process.standby IS 'whether it waits until the one that works under its name has ended';
COMMENT ON COLUMN board.process.version IS 'version of the program';
COMMENT ON COLUMN board.process.started_at IS 'when it started';
COMMENT ON COLUMN board.process.at IS 'when it last reported';
COMMENT ON COLUMN board.process.age_s IS 'since then, seconds';
COMMENT ON COLUMN board.process.every_s IS 'how often it reports, seconds';
COMMENT ON COLUMN board.process.ended_at IS 'when it ended because it was asked to; null: it did not';
COMMENT ON COLUMN board.process.alive IS
    'whether it has not ended and reported within three of its periods and 5 seconds';
COMMENT ON COLUMN board.process.last_error_at IS 'when it last wrote an error to its log; null: it did not';

COMMENT ON VIEW board.process_figure IS 'state: the newest figures of every process, as on its /metrics';
COMMENT ON COLUMN board.process_figure.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process_figure.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process_figure.standby IS 'whether it waits until the one that works under its name has ended';
COMMENT ON COLUMN board.process_figure.series IS 'the series with its labels, as on /metrics';
COMMENT ON COLUMN board.process_figure.name IS 'name of the series; docs/metrics.md has units and meaning';
COMMENT ON COLUMN board.process_figure.labels IS 'labels by name; characters escaped as on /metrics';
COMMENT ON COLUMN board.process_figure.value IS 'value, in the unit that the name ends with';
COMMENT ON COLUMN board.process_figure.at IS 'when the process reported it';

COMMENT ON VIEW board.process_figure_minute IS
    'history: figures of every process by minute, of one day, without buckets; of the series that the process has now';
COMMENT ON COLUMN board.process_figure_minute.time IS 'the minute';
COMMENT ON COLUMN board.process_figure_minute.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.process_figure_minute.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.process_figure_minute.series IS 'the series with its labels, as on /metrics';
COMMENT ON COLUMN board.process_figure_minute.name IS 'name of the series; docs/metrics.md has units and meaning';
COMMENT ON COLUMN board.process_figure_minute.labels IS 'labels by name; characters escaped as on /metrics';
COMMENT ON COLUMN board.process_figure_minute.value IS 'value, in the unit that the name ends with';

COMMENT ON VIEW board.lag IS 'history: how far behind each reader was, by minute, of one day';
COMMENT ON COLUMN board.lag.time IS 'the minute';
COMMENT ON COLUMN board.lag.process IS 'name of the process (ingest, desk, risk, api, upkeep)';
COMMENT ON COLUMN board.lag.worker IS 'name of the process among its kind';
COMMENT ON COLUMN board.lag.of IS 'whose lag: alarm, state, reading, desk.alarm, events, …';
COMMENT ON COLUMN board.lag.seconds IS 'how far behind, seconds';

COMMENT ON VIEW board.job IS 'state: the last run of each periodic job';
COMMENT ON COLUMN board.job.name IS 'name of the job';
COMMENT ON COLUMN board.job.period_s IS 'how often it should run, seconds';
COMMENT ON COLUMN board.job.started_at IS 'when it last started';
COMMENT ON COLUMN board.job.finished_at IS 'when that run ended; null: it runs';
COMMENT ON COLUMN board.job.outcome IS 'running, done, skipped or failed';
COMMENT ON COLUMN board.job.rows IS 'rows that it worked on';
COMMENT ON COLUMN board.job.duration_s IS 'how long it took, seconds';
COMMENT ON COLUMN board.job.done_at IS 'when it last ended well; null: never';
COMMENT ON COLUMN board.job.overdue IS 'whether it has not ended well for two periods and ten minutes';

COMMENT ON VIEW board.retention IS 'state: how long each class of data is kept';
COMMENT ON COLUMN board.retention.class IS 'class of data: readings, raw, hours, days, scores, incidents, audit';
COMMENT ON COLUMN board.retention.keep_days IS 'how long it is kept, days';
COMMENT ON COLUMN board.retention.dropped_before IS 'nothing older exists any more; null: nothing was dropped yet';

COMMENT ON VIEW board.worker IS 'state: who listens to gateways';
COMMENT ON COLUMN board.worker.worker IS 'name of the process of ingest';
COMMENT ON COLUMN board.worker.connection IS 'what it listens to: alarm, bulk, gb26875';
COMMENT ON COLUMN board.worker.watching_since IS 'since when without a break';
COMMENT ON COLUMN board.worker.beat_at IS 'when it last said so';
COMMENT ON COLUMN board.worker.age_s IS 'since then, seconds';

COMMENT ON VIEW board.database IS 'state: the database itself';
COMMENT ON COLUMN board.database.size_bytes IS 'size of the database, bytes';
COMMENT ON COLUMN board.database.connections IS 'sessions in this database';
COMMENT ON COLUMN board.database.max_connections IS 'sessions that the server allows in all';
COMMENT ON COLUMN board.database.oldest_transaction_s IS
    'how long the oldest transaction of another client has gone on, seconds';
COMMENT ON COLUMN board.database.deadlocks IS 'deadlocks since the statistics were reset';
COMMENT ON COLUMN board.database.temp_bytes IS 'bytes written to temporary files since then';
COMMENT ON COLUMN board.database.commits IS 'transactions committed since then';
COMMENT ON COLUMN board.database.rollbacks IS 'transactions rolled back since then';
COMMENT ON COLUMN board.database.started_at IS 'when the server started';

COMMENT ON VIEW board.table_size IS 'state: size of each table';
COMMENT ON COLUMN board.table_size.name IS 'name of the table';
COMMENT ON COLUMN board.table_size.kind IS 'table, or hypertable (partitioned by time)';
COMMENT ON COLUMN board.table_size.rows_estimate IS 'rows, as last estimated by ANALYZE';
COMMENT ON COLUMN board.table_size.size_bytes IS 'size with indexes and all chunks, bytes';
COMMENT ON COLUMN board.table_size.chunks IS 'number of chunks; 0 for a table';
COMMENT ON COLUMN board.table_size.compressed_chunks IS 'of those, compressed';

COMMENT ON VIEW board.annotation IS
    'history: what marks on a plot tell: incidents, tests, maintenance (what was judged so, and shielding), '
    'deployments (migrations, starts of processes)';
COMMENT ON COLUMN board.annotation.time IS 'when it began';
COMMENT ON COLUMN board.annotation.time_end IS 'when it ended; equal to time where it is a moment or still goes on';
COMMENT ON COLUMN board.annotation.kind IS 'incident, test, maintenance or deployment';
COMMENT ON COLUMN board.annotation.code IS 'the condition, or migration, or process';
COMMENT ON COLUMN board.annotation.venue_id IS 'number of the venue; null: deployments concern all';
COMMENT ON COLUMN board.annotation.district IS 'district of the venue; null: deployments concern all';
COMMENT ON COLUMN board.annotation.title IS 'name of the venue, of the migration, or of the process';
COMMENT ON COLUMN board.annotation.text IS 'name of the point, or the version of the process';
COMMENT ON COLUMN board.annotation.tags IS 'for filters: the kind and the condition';

-- What the grade was before, so that changes are found without reading all of history. Filled for whoever writes, who does so
-- in the order of the times. What locks the table comes last.
CREATE FUNCTION know_grade_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.grade_before := (SELECT grade FROM risk_score_history
        WHERE venue_id = NEW.venue_id AND at < NEW.at ORDER BY at DESC LIMIT 1);
    RETURN NEW;
END $$;
ALTER TABLE risk_score_history ADD COLUMN grade_before grade;   -- null: the first, or from before there was this column
CREATE TRIGGER risk_score_history_grade_before BEFORE INSERT ON risk_score_history
    FOR EACH ROW EXECUTE FUNCTION know_grade_before();

CREATE VIEW board.grade_change AS
SELECT h.at AS time, h.venue_id, v.code, v.name, v.district, v.use::text AS use, h.grade_before::text AS grade_before,
    h.grade::text AS grade, h.grade > h.grade_before AS worse, h.score::double precision AS score
FROM public.risk_score_history h JOIN public.venue v ON v.id = h.venue_id
WHERE h.grade_before <> h.grade;

GRANT SELECT ON ALL TABLES IN SCHEMA board TO fw_grafana, fw_api;

COMMENT ON VIEW board.grade_change IS 'history: when the grade of a venue changed, from the upgrade to this version on';
COMMENT ON COLUMN board.grade_change.time IS 'when the new grade was given';
COMMENT ON COLUMN board.grade_change.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.grade_change.code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.grade_change.name IS 'name in the register';
COMMENT ON COLUMN board.grade_change.district IS 'district of the venue';
COMMENT ON COLUMN board.grade_change.use IS 'use class of the venue (mall, complex, hotel, …)';
COMMENT ON COLUMN board.grade_change.grade_before IS 'the grade until then';
COMMENT ON COLUMN board.grade_change.grade IS 'the grade from then on';
COMMENT ON COLUMN board.grade_change.worse IS 'whether the new one is worse';
COMMENT ON COLUMN board.grade_change.score IS 'the score then, 0 to 100';

CREATE VIEW board.water_finding AS
SELECT b.at AS time, e.at AS ended_at, b.data ->> 'what' AS finding, (b.data ->> 'point')::bigint AS point_id,
    b.venue_id, v.code AS venue_code, v.name AS venue_name, v.district
FROM public.risk_fact b JOIN public.venue v ON v.id = b.venue_id
LEFT JOIN LATERAL (
    SELECT at FROM public.risk_fact
    WHERE kind = 'water_ended' AND data ->> 'finding' = b.data ->> 'finding' ORDER BY at LIMIT 1) e ON true
WHERE b.kind = 'water_began';
GRANT SELECT ON board.water_finding TO fw_grafana, fw_api;

COMMENT ON VIEW board.water_finding IS 'history: what the detectors of the water supply found, with the end of it';
COMMENT ON COLUMN board.water_finding.time IS 'when it began, by the evidence';
COMMENT ON COLUMN board.water_finding.ended_at IS 'when it ended; null: it holds';
COMMENT ON COLUMN board.water_finding.finding IS
    'main_burst, below, above, shift, stuck, implausible, drift or silent';
COMMENT ON COLUMN board.water_finding.point_id IS 'number of the point; null: not about one point';
COMMENT ON COLUMN board.water_finding.venue_id IS 'number of the venue';
COMMENT ON COLUMN board.water_finding.venue_code IS 'the venue''s code in the register';
COMMENT ON COLUMN board.water_finding.venue_name IS 'the venue''s name';
COMMENT ON COLUMN board.water_finding.district IS 'district of the venue';
