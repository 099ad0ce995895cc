-- Commands to gateways: what the platform asks by itself, who is told of changes, and how long they are kept.

ALTER TABLE gateway_command
    ADD COLUMN late_at timestamptz,     -- an answer came when it was over, and changed nothing
    ADD COLUMN boot text;               -- of the platform's own: which life of the gateway was asked

DROP INDEX gateway_command_gateway;
CREATE INDEX gateway_command_gateway ON gateway_command (gateway_id, id DESC);
CREATE INDEX gateway_command_own ON gateway_command (gateway_id, command, asked_at DESC) WHERE asked_by = 'platform';
-- The platform does not ask again while it waits.
CREATE UNIQUE INDEX gateway_command_own_open ON gateway_command (gateway_id, command)
    WHERE asked_by = 'platform' AND ended_at IS NULL;

-- Whoever sends is woken, and the event stream hears of what a person asked for. The platform's own asks, some ten
-- thousand a day in a city, are no events.
CREATE FUNCTION tell_of_command() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'waiting' THEN
        PERFORM pg_notify('fw_command', '');
    END IF;
    IF NEW.asked_by <> 'platform' THEN
        INSERT INTO event (kind, venue_id, data)
        SELECT 'command.changed', venue_id, jsonb_build_object(
            'id', NEW.id, 'gateway_id', NEW.gateway_id, 'command', NEW.command, 'state', NEW.state)
        FROM gateway WHERE id = NEW.gateway_id;
        PERFORM pg_notify('fw_event', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER gateway_command_asked_for AFTER INSERT ON gateway_command
    FOR EACH ROW EXECUTE FUNCTION tell_of_command();
CREATE TRIGGER gateway_command_changed AFTER UPDATE ON gateway_command
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.attempts IS DISTINCT FROM NEW.attempts
        OR OLD.late_at IS DISTINCT FROM NEW.late_at)
    EXECUTE FUNCTION tell_of_command();
GRANT INSERT ON event TO fw_ingest;

-- What a person asked for is kept as long as incidents; what the platform asked by itself, a month.
GRANT SELECT, DELETE ON gateway_command TO fw_keeper;
GRANT CREATE ON SCHEMA public TO fw_keeper;
CREATE FUNCTION forget_commands(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; m bigint; before timestamptz := kept_since('incidents');
BEGIN
    DELETE FROM gateway_command WHERE id IN (
        SELECT id FROM gateway_command WHERE asked_at < before AND ended_at < before ORDER BY asked_at LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    before := now() - interval '30 days';
    DELETE FROM gateway_command WHERE id IN (
        SELECT id FROM gateway_command WHERE asked_by = 'platform' AND asked_at < before AND ended_at < before
        ORDER BY asked_at LIMIT rows_max);
    GET DIAGNOSTICS m = ROW_COUNT;
    RETURN n + m;
END $$;
ALTER FUNCTION forget_commands(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;
REVOKE EXECUTE ON FUNCTION forget_commands(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_commands(integer) TO fw_upkeep;
