-- Was the link to the 119 centre tested today? A person tests it and says so; nothing is sent anywhere. A few hundred rows a
-- year, which are kept.
CREATE TABLE link_test (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT now(),
    outcome  text NOT NULL CHECK (outcome IN ('ok', 'failed')),
    by       text NOT NULL CHECK (length(by) BETWEEN 1 AND 100)
);
CREATE INDEX link_test_at ON link_test (at);
CREATE TRIGGER link_test_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON link_test
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON link_test TO fw_api;

CREATE VIEW board.link_test AS SELECT at AS time, outcome, by FROM public.link_test;
COMMENT ON VIEW board.link_test IS 'history: tests of the link to the 119 centre, as people recorded them';
COMMENT ON COLUMN board.link_test.time IS 'when the test was recorded';
COMMENT ON COLUMN board.link_test.outcome IS 'ok or failed';
COMMENT ON COLUMN board.link_test.by IS 'who tested';

CREATE VIEW board.link_test_state AS
SELECT count(*) > 0 AS recorded, max(at) AS last_at, max(at) FILTER (WHERE outcome = 'ok') AS ok_at,
    board.seconds(now() - coalesce(max(at) FILTER (WHERE outcome = 'ok'), min(at))) AS without_ok_s
FROM public.link_test;
COMMENT ON VIEW board.link_test_state IS 'state: how long ago the link to the 119 centre was last tested well; one row, always';
COMMENT ON COLUMN board.link_test_state.recorded IS 'whether a test was ever recorded here';
COMMENT ON COLUMN board.link_test_state.last_at IS 'when the last test was recorded, however it ended; null: never';
COMMENT ON COLUMN board.link_test_state.ok_at IS 'when the last test that went well was recorded; null: never';
COMMENT ON COLUMN board.link_test_state.without_ok_s IS
    'seconds since the last test that went well; where none ever did, since the first; null: none was ever recorded';

-- Two minutes after its end an hour is over: upkeep.hours.GRACE.
CREATE VIEW board.rollup_due AS
SELECT count(DISTINCT day) AS due_days, min(from_at) AS oldest_from
FROM public.rollup_due WHERE from_at < date_trunc('hour', now() - interval '2 minutes');
COMMENT ON VIEW board.rollup_due IS 'state: readings of hours that are over and not rolled up, as last noticed; one row, always';
COMMENT ON COLUMN board.rollup_due.due_days IS 'days (of Asia/Shanghai) that have such hours';
COMMENT ON COLUMN board.rollup_due.oldest_from IS 'start of the oldest such hour; null: there is none';

GRANT SELECT ON board.link_test, board.link_test_state, board.rollup_due TO fw_grafana, fw_api;
