-- How long it is kept what devices said, byte by byte, and which of them nobody knew.

GRANT SELECT ON gb_device, gb_unknown, raw_frame, component_state, device_link, gateway_command,
    ingest_worker TO fw_upkeep;
GRANT SELECT, DELETE ON gb_unknown TO fw_keeper;
GRANT SELECT ON component_state TO fw_api;

-- For whoever looks for what was not understood: few frames, of any gateway.
CREATE INDEX raw_frame_undecoded ON raw_frame (received_at DESC) WHERE undecoded IS NOT NULL;

GRANT CREATE ON SCHEMA public TO fw_keeper;

-- Devices that nobody adopted and that have not been heard for a month.
CREATE FUNCTION forget_unknown(rows_max integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint;
BEGIN
    DELETE FROM gb_unknown WHERE (source_address, peer) IN (
        SELECT source_address, peer FROM gb_unknown WHERE last_at < now() - interval '30 days' LIMIT rows_max);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

ALTER FUNCTION forget_unknown(integer) OWNER TO fw_keeper;
REVOKE CREATE ON SCHEMA public FROM fw_keeper;
REVOKE EXECUTE ON FUNCTION forget_unknown(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_unknown(integer) TO fw_upkeep;

-- As before, and frames are dropped with the class of quarantined payloads.
CREATE OR REPLACE FUNCTION drop_old_chunks(what text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
DECLARE n bigint; tab text; before timestamptz := kept_since(what); dropped timestamptz;
BEGIN
    tab := CASE what WHEN 'readings' THEN 'reading' WHEN 'hours' THEN 'reading_hour' WHEN 'days' THEN 'reading_day'
        WHEN 'incidents' THEN 'state_change' WHEN 'raw' THEN 'raw_frame' END;
    IF what = 'readings' THEN  -- never before they are rolled up
        before := least(before, (SELECT min(from_at) FROM rollup_due), (SELECT min(b.at_min) FROM reading_batch b
            WHERE NOT EXISTS (SELECT 1 FROM reader_cursor c
                WHERE c.reader = 'upkeep.rollup' AND pg_visible_in_snapshot(b.xid, c.snapshot))));
        IF NOT EXISTS (SELECT 1 FROM reader_cursor WHERE reader = 'upkeep.rollup') THEN
            RETURN 0;
        END IF;
    ELSIF what = 'incidents' THEN
        before := least(before, open_since());
    END IF;
    SELECT max(range_end) INTO dropped FROM timescaledb_information.chunks
        WHERE hypertable_schema = 'public' AND hypertable_name = tab AND range_end <= before;
    IF dropped IS NULL THEN
        RETURN 0;
    END IF;
    SELECT count(*) INTO n FROM drop_chunks(tab::regclass, older_than => dropped);
    UPDATE retention SET dropped_before = greatest(dropped_before, dropped) WHERE class = what;
    RETURN n;
END $$;
