-- name: server
-- The server and this database, as whoever signs in sees them.
SELECT current_setting('server_version_num')::integer AS version, current_setting('server_version') AS version_text,
    (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS timescaledb_available,
    clock_timestamp() AS now, pg_is_in_recovery() AS standby, pg_encoding_to_char(d.encoding) AS encoding,
    d.datcollversion AS collation_recorded,
    CASE WHEN d.datcollversion IS NOT NULL THEN pg_database_collation_actual_version(d.oid) END AS collation_actual,
    current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
    current_setting('max_connections')::integer AS connections_max,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::integer AS connections,
    to_regclass('schema_migration') IS NOT NULL AS migrated, pg_database_size(d.oid) AS size_bytes
FROM pg_database d WHERE d.datname = current_database()

-- name: applied
-- Which migrations the database has.
SELECT version, checksum FROM schema_migration

-- name: roles
-- Which of our roles exist, and as which the login may act.
SELECT n.name, r.oid IS NOT NULL AS exists, r.oid IS NOT NULL AND pg_has_role(current_user, r.oid, 'MEMBER') AS member
FROM unnest(%(names)s::text[]) AS n (name) LEFT JOIN pg_roles r ON r.rolname = n.name

-- name: grants
-- Rights without which a process cannot work, that are missing.
SELECT n.role, n.object, n.privilege FROM unnest(%(roles)s::text[], %(objects)s::text[], %(privileges)s::text[])
    AS n (role, object, privilege)
WHERE to_regclass(n.object) IS NULL OR NOT has_table_privilege(n.role, n.object, n.privilege)

-- name: grafana
-- The login of Grafana, and what it may act as besides its one role.
SELECT r.rolcanlogin AS may_login, r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls AS powerful,
    ARRAY(SELECT m.roleid::regrole::text FROM pg_auth_members m
        WHERE m.member = r.oid AND m.roleid::regrole::text <> 'fw_grafana') AS others
FROM pg_roles r WHERE r.rolname = 'fw_grafana_login'

-- name: indexes
-- Indexes that were broken off while they were made.
SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid ORDER BY 1 LIMIT 20

-- name: beats
-- Who listens to gateways: of each connection the newest beat.
SELECT connection, extract(epoch FROM now() - max(beat_at))::float8 AS age_s FROM ingest_worker GROUP BY connection

-- name: gaps
-- Messages that are missing: holes that are open for long, and those given up in the last day.
SELECT count(*) FILTER (WHERE state = 'open' AND seen_at < now() - interval '10 minutes')::integer AS open,
    count(*) FILTER (WHERE given_up_at > now() - interval '1 day')::integer AS given_up,
    count(DISTINCT gateway_id) FILTER (WHERE state = 'open' AND seen_at < now() - interval '10 minutes'
        OR given_up_at > now() - interval '1 day')::integer AS gateways
FROM message_gap WHERE state = 'open' OR given_up_at > now() - interval '1 day'

-- name: quarantine
-- What could not be taken at its word in the last day, by reason.
SELECT reason, count(*)::integer AS messages, count(DISTINCT gateway_id)::integer AS gateways FROM quarantine
WHERE received_at > now() - interval '1 day' GROUP BY reason ORDER BY 2 DESC LIMIT 5

-- name: silent
-- Gateways in service, and how many of them have not been heard within their deadline.
SELECT count(*)::integer AS gateways, count(*) FILTER (WHERE l.heard_at IS NULL
    OR l.heard_at < now() - make_interval(secs => g.silence_deadline_s))::integer AS silent
FROM gateway g LEFT JOIN gateway_liveness l ON l.gateway_id = g.id WHERE g.connection = 'in_service'
