-- One role per process. Each may write what its room owns and read what lies above it, and no more.
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['fw_ingest', 'fw_desk', 'fw_risk', 'fw_api'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        EXECUTE format('GRANT %I TO CURRENT_USER', name);
    END LOOP;
END $$;

GRANT SELECT ON schema_migration TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT USAGE ON SCHEMA public TO fw_ingest, fw_desk, fw_risk, fw_api;

GRANT SELECT ON venue, building, control_room, gateway, facility_system, point TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT SELECT ON message_ledger, message_gap, reading, reading_batch, state_change, operator_action, command_reply,
    gateway_liveness, ingest_worker TO fw_ingest, fw_desk, fw_risk, fw_api;
GRANT SELECT ON episode, incident, incident_action, event TO fw_desk, fw_risk, fw_api;
GRANT SELECT ON reader_cursor TO fw_desk, fw_risk;
GRANT SELECT ON risk_score, risk_score_history TO fw_risk, fw_api;
GRANT SELECT ON quarantine TO fw_ingest, fw_api;

GRANT INSERT ON point TO fw_ingest;
GRANT INSERT, UPDATE ON message_ledger, message_gap, gateway_liveness, ingest_worker TO fw_ingest;
GRANT DELETE ON reading_batch TO fw_ingest;
GRANT INSERT ON reading, reading_batch, state_change, operator_action, command_reply, quarantine TO fw_ingest;

GRANT INSERT, UPDATE ON reader_cursor TO fw_desk, fw_risk;
GRANT INSERT, UPDATE ON episode, incident TO fw_desk;
GRANT INSERT ON incident_action, event TO fw_desk, fw_api;
GRANT DELETE ON event TO fw_desk;
GRANT UPDATE ON incident TO fw_api;

GRANT INSERT, UPDATE ON risk_score TO fw_risk;
GRANT INSERT ON risk_score_history, event TO fw_risk;

GRANT INSERT, UPDATE, DELETE ON venue, building, control_room, gateway, facility_system, point TO fw_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON app_user, user_session, api_key TO fw_api;
GRANT SELECT, INSERT ON audit TO fw_api;
