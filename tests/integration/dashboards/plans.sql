-- Twenty venues with a month of history, nearly all of it over.
INSERT INTO venue (code, name, use, district) SELECT 'V' || n, 'x', 'mall', 'd' FROM generate_series(1, 20) n;
INSERT INTO gateway (id, venue_id) SELECT 'G' || id, id FROM venue;
INSERT INTO point (gateway_id, venue_id, address, quantity, low, high)
    SELECT 'G' || id, id, 'p' || n, 'pressure', 0.1, 0.3 FROM venue, generate_series(1, 5) n;
INSERT INTO reading SELECT p.id, 4, now() - d * interval '1 day', 1, now(), now()
    FROM point p, generate_series(0, 29) d;
INSERT INTO reading_hour SELECT p.id, 4, date_trunc('hour', now()) - d * interval '1 day', 1, 1, 1, 1, 1, now()
    FROM point p, generate_series(0, 300) d;
INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at, boot, lane,
        seq)
    SELECT p.gateway_id, p.venue_id, p.id, 'fault', true, now(), now(), now(), now() - d * interval '7 days', 'b',
        'state', 1
    FROM point p, generate_series(0, 20) d;
INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, cleared_at, last_raised_at)
    SELECT p.venue_id, p.gateway_id, p.id, 'fault', t, t, t FROM point p, generate_series(1, 200) n,
        LATERAL (SELECT now() - n * interval '1 hour' AS t) times;
INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, state, occurred_at, received_at, committed_at,
        opened_at, closed_at, closed_by, class)
    SELECT venue_id, gateway_id, point_id, kind, 3, 'closed', raised_at, raised_at, raised_at, raised_at, raised_at, 'x',
        'fault' FROM episode;
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, version)
    SELECT id, now(), 1, 'A', 1, '[]', 'v' FROM venue;
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)
    SELECT id, now() - n * interval '1 hour', 1, 'A', 1, '[]', 'v' FROM venue, generate_series(1, 500) n;
INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)
    SELECT p.venue_id, p.id * 1000 + n * 2 + (kind = 'water_ended')::integer, now() - n * interval '1 hour', now(), kind, 'water', n::text,
        jsonb_build_object('point', p.id, 'finding', p.id || ':' || n, 'what', 'below')
    FROM point p, generate_series(1, 100) n, unnest(ARRAY['water_began', 'water_ended']) kind;
INSERT INTO message_ledger (gateway_id, boot, lane, first_at, last_at) SELECT id, 'b', 'state', now(), now() FROM gateway;
INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at, filled_at)
    SELECT id, 'b', 'state', n, n, now(), now(), now() FROM gateway, generate_series(1, 200) n;
INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, due_at, deadline_at, state, ended_at)
    SELECT id, 'clock_sync', 'x', t, t, t, 'answered', t FROM gateway, generate_series(1, 200) n,
        LATERAL (SELECT now() - n * interval '1 hour' AS t) times;
INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)
    SELECT now() - n * interval '1 hour', 't', 'G1', 'bad_json', 'd', 'x', 1 FROM generate_series(1, 500) n;
ANALYZE;
