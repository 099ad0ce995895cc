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
        WHEN (SELECT max(w.watching_since) FROM public.ingest_worker w
              WHERE w.connection = CASE WHEN d.gateway_id IS NULL THEN 'bulk' ELSE 'gb26875' END
                  AND w.beat_at >= now() - interval '5 seconds') < now() - make_interval(secs => g.silence_deadline_s)
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

CREATE VIEW board.reading AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.value, r.received_at
FROM public.reading r JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_hour AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_hour r JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.reading_day AS
SELECT r.at AS time, r.point_id, p.venue_id, board.quantity(r.quantity) AS quantity,
    board.unit(board.quantity(r.quantity)) AS unit, r.n, r.low, r.high, r.total / r.n AS mean, r.last, r.last_at
FROM public.reading_day r JOIN public.point p ON p.id = r.point_id;

CREATE VIEW board.water_point AS
SELECT p.id AS point_id, p.venue_id, v.code AS venue_code, v.name AS venue_name, v.district, p.gateway_id,
    p.system_id, s.name AS system, s.kind::integer AS system_kind, p.name, p.floor, p.quantity,
    board.unit(p.quantity) AS unit, p.low, p.high, r.value AS last_value, r.at AS last_at,
    r.value < p.low AS below, r.value > p.high AS above, f.what AS finding, f.at AS finding_since
FROM public.point p JOIN public.venue v ON v.id = p.venue_id
LEFT JOIN public.facility_system s ON s.id = p.system_id
LEFT JOIN LATERAL (
    SELECT value, at FROM public.reading
    WHERE point_id = p.id AND at > now() - interval '1 day' ORDER BY at DESC LIMIT 1) r ON true
LEFT JOIN LATERAL (
    SELECT b.data ->> 'what' AS what, b.at FROM public.risk_fact b
    WHERE b.venue_id = p.venue_id AND b.kind = 'water_began' AND (b.data ->> 'point')::bigint = p.id
        AND NOT EXISTS (SELECT 1 FROM public.risk_fact e WHERE e.venue_id = b.venue_id AND e.kind = 'water_ended'
            AND e.data ->> 'finding' = b.data ->> 'finding')
    ORDER BY b.at LIMIT 1) f ON true
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
SELECT i.*, board.seconds(now() - i.time) AS age_s FROM board.incident i WHERE i.state <> 'closed';

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
    s.score::double precision AS score, s.grade::text AS grade, s.band::text AS band, s.grade_since, s.rate,
    s.uncontrolled, s.consequence, s.coverage::double precision AS coverage,
    s.confidence::double precision AS confidence, r.rank, s.rank_low, s.rank_high,
    jsonb_array_length(s.hits) AS hits, s.override_id IS NOT NULL AS overridden
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

CREATE VIEW board.grade_change AS
SELECT h.at AS time, h.venue_id, v.code, v.name, v.district, v.use::text AS use, b.grade::text AS grade_before,
    h.grade::text AS grade, h.grade > b.grade AS worse, h.score::double precision AS score
FROM public.risk_score_history h JOIN public.venue v ON v.id = h.venue_id
JOIN LATERAL (SELECT grade FROM public.risk_score_history o
    WHERE o.venue_id = h.venue_id AND o.at < h.at ORDER BY o.at DESC LIMIT 1) b ON b.grade <> h.grade;

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

CREATE VIEW board.process_figure_minute AS
SELECT p.at AS time, p.process, p.worker, f.key AS series, split_part(f.key, '{', 1) AS name,
    board.labels(f.key) AS labels, f.value::double precision AS value
FROM public.process_figures_minute p CROSS JOIN LATERAL jsonb_each(p.figures) f;

CREATE VIEW board.lag AS
SELECT p.at AS time, p.process, p.worker, board.labels(f.key) ->> 'of' AS of, f.value::double precision AS seconds
FROM public.process_figures_minute p CROSS JOIN LATERAL jsonb_each(p.figures) f
WHERE f.key LIKE 'firewarden_lag_seconds{%';

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
        CASE WHEN h.hypertable_name IS NULL THEN pg_total_relation_size(c.oid) ELSE hypertable_size(c.oid) END,
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
    i.venue_id, v.name AS title, coalesce(p.name, '') AS text, ARRAY['incident', i.kind::text] AS tags
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class IS NULL OR i.class NOT IN ('test', 'maintenance')
UNION ALL
SELECT i.opened_at, i.closed_at, i.class::text, i.kind::text, i.venue_id, v.name, coalesce(p.name, ''),
    ARRAY[i.class::text, i.kind::text]
FROM public.incident i JOIN public.venue v ON v.id = i.venue_id LEFT JOIN public.point p ON p.id = i.point_id
WHERE i.class IN ('test', 'maintenance')
UNION ALL
SELECT e.raised_at, coalesce(e.cleared_at, e.raised_at), CASE e.kind WHEN 'test' THEN 'test' ELSE 'maintenance' END,
    e.kind::text, e.venue_id, v.name, coalesce(p.name, ''),
    ARRAY[CASE e.kind WHEN 'test' THEN 'test' ELSE 'maintenance' END, e.kind::text]
FROM public.episode e JOIN public.venue v ON v.id = e.venue_id LEFT JOIN public.point p ON p.id = e.point_id
WHERE e.kind IN ('test', 'shielded')
UNION ALL
SELECT m.applied_at, m.applied_at, 'deployment', 'migration', NULL, m.name, '', ARRAY['deployment', 'migration']
FROM public.schema_migration m
UNION ALL
SELECT f.started_at, f.started_at, 'deployment', 'process', NULL, f.process, f.version, ARRAY['deployment', 'process']
FROM public.process_figures f WHERE NOT f.standby;

DO $$
BEGIN
    CREATE ROLE fw_grafana NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT fw_grafana TO CURRENT_USER;
GRANT USAGE ON SCHEMA board TO fw_grafana, fw_api;
GRANT SELECT ON ALL TABLES IN SCHEMA board TO fw_grafana, fw_api;
REVOKE EXECUTE ON FUNCTION board.oldest_transaction_s() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION board.oldest_transaction_s() TO fw_grafana, fw_api;

COMMENT ON VIEW board.venue IS 'state: every venue with what is open there, how many of its gateways are heard, and its risk';
COMMENT ON VIEW board.gateway IS 'state: every gateway, whether it is heard, its clock, its link and what is missing of it';
COMMENT ON VIEW board.point IS 'state: every point with the worst condition that holds';
COMMENT ON VIEW board.system IS 'state: the fire protection systems of each venue';
COMMENT ON VIEW board.reading IS 'history: single readings; for two days at most, else read hours or days';
COMMENT ON VIEW board.reading_hour IS 'history: readings by hour';
COMMENT ON VIEW board.reading_day IS 'history: readings by day of Asia/Shanghai';
COMMENT ON VIEW board.water_point IS 'state: every point that measures water, its newest reading against its band, and what the detectors found';
COMMENT ON VIEW board.fact IS 'history: states that came or went, as devices told them';
COMMENT ON VIEW board.episode IS 'history: stretches of time during which a condition of a point held';
COMMENT ON VIEW board.incident IS 'history: incidents with the times of their handling';
COMMENT ON VIEW board.open_incident IS 'state: incidents that nobody has closed';
COMMENT ON VIEW board.duty_check IS 'history: duty checks of control rooms';
COMMENT ON VIEW board.command IS 'history: what was asked of gateways, and what became of it';
COMMENT ON VIEW board.gap IS 'history: stretches of messages that were missing when a later one came';
COMMENT ON VIEW board.message_day IS 'history: messages of each gateway by day of Asia/Shanghai; several rows of one day add up';
COMMENT ON VIEW board.quarantine IS 'history: messages that could not be taken at their word';
COMMENT ON VIEW board.risk IS 'state: the risk of every scored venue';
COMMENT ON VIEW board.risk_factor IS 'state: what each score is made of; base and points add up to it';
COMMENT ON VIEW board.risk_history IS 'history: the scores that venues had';
COMMENT ON VIEW board.grade_change IS 'history: when the grade of a venue changed';
COMMENT ON VIEW board.risk_guard IS 'history: what each guard of the model found, once a day';
COMMENT ON VIEW board.risk_model IS 'state: models with the figures of their cards';
COMMENT ON VIEW board.risk_calibration IS 'state: predicted against observed, by ten equal parts of the venues, from the card of each model';
COMMENT ON VIEW board.risk_gain IS 'state: how many of the fires the first part of the ranking holds, from the card of each model';
COMMENT ON VIEW board.risk_proposal IS 'state: what grades called for, open and decided';
COMMENT ON VIEW board.choice IS 'history: venues in draws of whom to look at, with their probabilities';
COMMENT ON VIEW board.process IS 'state: every process of the platform and whether it lives';
COMMENT ON VIEW board.process_figure IS 'state: the newest figures of every process, as on its /metrics';
COMMENT ON VIEW board.process_figure_minute IS 'history: the figures of every process by minute, of one day, without buckets';
COMMENT ON VIEW board.lag IS 'history: how far behind each reader was, by minute, of one day';
COMMENT ON VIEW board.job IS 'state: the last run of each periodic job';
COMMENT ON VIEW board.retention IS 'state: how long each class of data is kept';
COMMENT ON VIEW board.worker IS 'state: who listens to gateways';
COMMENT ON VIEW board.database IS 'state: the database itself';
COMMENT ON VIEW board.table_size IS 'state: size of each table';
COMMENT ON VIEW board.annotation IS 'history: what marks on a plot tell: incidents, tests, maintenance, deployments';
