-- What can be private is PLANTED; the tests replace the word.
INSERT INTO venue (code, name, use, district, address) VALUES ('V1', '商场', 'mall', '雨湖区', 'PLANTED');
INSERT INTO control_room (venue_id, name, phone) SELECT id, '消控室', 'PLANTED' FROM venue;
INSERT INTO gateway (id, venue_id, credential) SELECT 'G1', id, 'PLANTED' FROM venue;
INSERT INTO gateway (id, venue_id, credential) SELECT 'G2', id, 'PLANTED' FROM venue;
INSERT INTO gateway_liveness (gateway_id, heard_at, boot, online, changed_at) VALUES ('G1', now(), 'b', true, now());
INSERT INTO facility_system (venue_id, kind, name) SELECT id, 11, '消火栓' FROM venue;
INSERT INTO point (gateway_id, venue_id, address, system_id, name, quantity, low, high)
    SELECT 'G1', v.id, 'p1', s.id, '最不利点', 'pressure', 0.1, 0.3 FROM venue v, facility_system s;
INSERT INTO reading SELECT id, 4, now(), 0.2, now(), now() FROM point;
INSERT INTO reading_hour SELECT id, 4, date_trunc('hour', now()), 1, 0.2, 0.2, 0.2, 0.2, now() FROM point;
INSERT INTO reading_day SELECT id, 4, date_trunc('day', now()), 1, 0.2, 0.2, 0.2, 0.2, now() FROM point;
INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at, boot, lane, seq)
    SELECT 'G1', venue_id, id, 'fire', true, now(), now(), now(), now(), 'b', 'alarm', 1 FROM point;
INSERT INTO raw_frame (gateway_id, boot, lane, seq, received_at, transport, peer, serial, command, digest, frame)
    VALUES ('G1', 'b', 'alarm', 1, now(), 'tcp', '127.0.0.1', 1, 2, 1, 'PLANTEDPLANTED');
INSERT INTO operator_action (gateway_id, venue_id, action, operator, at, device_at, sent_at, received_at, boot, lane, seq)
    SELECT 'G1', id, 'mute', 'PLANTED', now(), now(), now(), now(), 'b', 'alarm', 2 FROM venue;
INSERT INTO command_reply (gateway_id, command, result, detail, at, received_at, boot, seq)
    VALUES ('G1', 'c', 'ok', 'PLANTED', now(), now(), 'b', 1);
INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)
    VALUES (now(), 'PLANTED', 'G1', 'bad_json', 'PLANTED', 'PLANTED', 9);
INSERT INTO message_ledger (gateway_id, boot, lane, first_at, last_at, day) VALUES ('G1', 'PLANTED', 'alarm', now(), now(), current_date);
INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at)
    VALUES ('G1', 'PLANTED', 'alarm', 1, 2, now(), now());
INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, occurred_at, received_at, committed_at, opened_at, note)
    SELECT venue_id, 'G1', id, 'fire', 1, now(), now(), now(), now(), 'PLANTED' FROM point;
INSERT INTO incident_action (incident_id, at, actor, action, reason, detail)
    SELECT id, now(), 'x', 'open', 'PLANTED', '{"x": "PLANTED"}' FROM incident;
INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at, incident_id)
    SELECT venue_id, gateway_id, point_id, kind, opened_at, opened_at, id FROM incident;
INSERT INTO event (kind, data) VALUES ('incident.opened', '{"note": "PLANTED"}');
INSERT INTO app_user (name, role, password_hash) VALUES ('officer', 'duty_officer', 'PLANTED');
INSERT INTO user_session (token_hash, user_id, expires_at) SELECT 'PLANTED', id, now() FROM app_user;
INSERT INTO api_key (name, key_hash, scopes, created_by) VALUES ('PLANTED', 'PLANTED', '{x}', 'PLANTED');
INSERT INTO audit (actor, action, target, outcome, detail) VALUES ('PLANTED', 'x', 'PLANTED', 'done', '"PLANTED"');
INSERT INTO gb_device (gateway_id, source_address) VALUES ('G2', 7);
INSERT INTO gb_unknown (source_address, peer, transport, first_at, last_at, frames, last_frame)
    VALUES (8, '127.0.0.1', 'tcp', now(), now(), 1, 'PLANTED');
INSERT INTO device_link (gateway_id, worker, transport, peer, port, since_at) VALUES ('G2', '1', 'tcp', '127.0.0.1', 1, now());
INSERT INTO gateway_command (gateway_id, command, args, asked_by, asked_at, due_at, deadline_at, state, ended_at, result, detail)
    VALUES ('G1', 'duty_check', '{"x": "PLANTED"}', 'PLANTED', now(), now(), now(), 'answered', now(), 'PLANTED', 'PLANTED');
INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, last_error, figures, before, before_at)
    VALUES ('ingest', '1', false, '1', now(), now(), 5, 'PLANTED', '{"firewarden_lag_seconds{of=\"alarm\"}": 0.1}', '{}', now());
INSERT INTO process_figures_minute SELECT process, worker, date_trunc('minute', now()), figures FROM process_figures;
INSERT INTO ingest_worker VALUES ('1', 'alarm', now(), now());
INSERT INTO upkeep_job (name, period_s, started_at, finished_at, outcome, duration_s, detail)
    VALUES ('rollup', 300, now(), now(), 'failed', 1, 'PLANTED');
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, version)
    SELECT id, now(), 50, 'C', 1, '[{"code": "use", "part": "rate", "points": 50, "evidence": {"x": "PLANTED"}}]', '1' FROM venue;
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)
    SELECT id, now() - n * interval '1 day', 50, (ARRAY['C', 'B']::grade[])[n], 1, '[]', '1' FROM venue, generate_series(2, 1, -1) n;
INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)
    SELECT venue_id, 1, now(), now(), 'water_began', 'water', 'x',
        jsonb_build_object('finding', 'PLANTED', 'point', id, 'what', 'below', 'quantity', 'pressure') FROM point;
INSERT INTO risk_record (venue_id, source, key, kind, at, imported_by) SELECT id, 'PLANTED', 'k', 'fire', now(), 'PLANTED' FROM venue;
INSERT INTO risk_override (venue_id, grade, reason, actor, at, until)
    SELECT id, 'A', 'PLANTED', 'PLANTED', now(), now() + interval '1 day' FROM venue;
INSERT INTO risk_proposal (venue_id, kind, grade, because, proposed_at, state, decided_at, decided_by, reason)
    SELECT id, 'visit', 'C', '"PLANTED"', now(), 'declined', now(), 'PLANTED', 'PLANTED' FROM venue;
INSERT INTO risk_model VALUES ('m', 'map', now(), 'd', '{}', '{"pooled": {"auc": {"value": 0.8, "low": 0.7, "high": 0.9},
    "n": 9, "bins": [{"venues": 1, "predicted": 0.1, "observed": 0.2}]}, "gain": [{"share": 0.1, "recall": 0.5}], "how": "PLANTED"}');
INSERT INTO risk_model_act (at, act, version, actor, reason) VALUES (now(), 'promoted', 'm', 'PLANTED', 'PLANTED');
INSERT INTO risk_guard (day, name, fired, detail) VALUES (current_date, 'g', true, '"PLANTED"');
INSERT INTO risk_choice_round (made_at, made_by, purpose, size, exploration, frame_hash, commitment, nonce, seed, model)
    VALUES (now(), 'PLANTED', 'PLANTED', 1, 0.5, 'x', 'x', 'PLANTED', 'PLANTED', 'm');
INSERT INTO risk_choice (round_id, venue_id, probability, score, rank, chosen, code, stratum)
    SELECT r.id, v.id, 0.5, 50, 1, true, 'V1', 'mall' FROM risk_choice_round r, venue v;
SET LOCAL search_path = jobs, public;
INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, args) VALUES ('PLANTED', 'PLANTED', '{}');
