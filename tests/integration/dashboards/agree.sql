-- Venues whose gateways, readings, scores and processes two screens show; times are relative to :now, a whole hour.
INSERT INTO venue (code, name, use, district) SELECT 'V' || n, '场所' || n, 'mall', '雨湖区' FROM generate_series(1, 6) n;
INSERT INTO gateway (id, venue_id, connection)
    SELECT 'G' || v.id, v.id, CASE v.code WHEN 'V6' THEN 'suspended' ELSE 'in_service' END::connection_state FROM venue v;
INSERT INTO gateway (id, venue_id) SELECT 'D' || id, id FROM venue;
INSERT INTO gb_device (gateway_id, source_address) SELECT 'D' || id, id FROM venue;
INSERT INTO gateway_liveness (gateway_id, heard_at, boot, online, changed_at)
    SELECT g.id, now() - CASE WHEN v.code IN ('V1', 'V6') THEN interval '1 second' WHEN v.code = 'V2' THEN interval '10 minutes'
        ELSE interval '20 days' END, 'b', v.code <> 'V3', now() FROM gateway g JOIN venue v ON v.id = g.venue_id
    WHERE v.code <> 'V4';
INSERT INTO ingest_worker VALUES ('1', 'bulk', now() - interval '1 day', now()), ('1', 'gb26875', now() - interval '5 minutes', now());
INSERT INTO facility_system (venue_id, kind, name) SELECT id, 11, '消火栓' FROM venue;
INSERT INTO point (gateway_id, venue_id, address, system_id, name, quantity, low, high)
    SELECT 'G' || v.id, v.id, 'p' || n, s.id, '压力' || n, 'pressure', 0.1, 0.4
    FROM venue v JOIN facility_system s ON s.venue_id = v.id, generate_series(1, 2) n WHERE v.code = 'V1';
INSERT INTO reading SELECT p.id, 4, t, 0.2 + (random() - 0.5) / 5, t, t
    FROM point p, generate_series(:now - interval '14 days', :now - interval '1 minute', interval '7 minutes') t;
INSERT INTO reading_hour
    SELECT point_id, quantity, date_trunc('hour', at), count(*), min(value), max(value), sum(value), max(value), max(at)
    FROM reading GROUP BY 1, 2, 3;
INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at)
    SELECT venue_id, gateway_id, id, 'fault', now(), now() FROM point;
INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, occurred_at, received_at, committed_at, opened_at)
    SELECT venue_id, gateway_id, id, (ARRAY['fire', 'fault'])[row_number() OVER ()]::condition, 2 * row_number() OVER () - 1,
        now(), now(), now(), now() FROM point;
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, version)
    SELECT id, :now, 10 * id, (ARRAY['A', 'B', 'C', 'D']::grade[])[1 + id % 4], 0.9, '[]', '1' FROM venue;
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)
    SELECT v.id, t, round((50 + 30 * random())::numeric, 1), 'B', 0.9, '[]', '1'
    FROM venue v, generate_series(:now - interval '10 days', :now, interval '5 hours') t;
INSERT INTO process_figures_minute
    SELECT 'ingest', '1', date_trunc('minute', now()) - n * interval '1 minute', jsonb_build_object(
        'firewarden_lag_seconds{of="alarm"}', random(), 'firewarden_lag_seconds{of="state"}', random(), 'other', 1)
    FROM generate_series(0, 59) n;
INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, figures, before, before_at)
    SELECT process, worker, false, '1', now(), now(), 5, figures, figures, now()
    FROM process_figures_minute ORDER BY at DESC LIMIT 1;
