-- Indexes on tables that may be full. They are made after the migrations, one by one and without blocking who writes;
-- where one is missing, `db migrate` makes it, and one that was broken off is made anew.
CREATE INDEX CONCURRENTLY IF NOT EXISTS episode_incident ON episode (incident_id, raised_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_score_history_at ON risk_score_history USING brin (at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_trace ON incident (trace_id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS episode_raised ON episode (raised_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS gateway_command_duty ON gateway_command (asked_at) WHERE command = 'duty_check';
CREATE INDEX CONCURRENTLY IF NOT EXISTS message_day_time ON message_day ((day::timestamp AT TIME ZONE 'Asia/Shanghai'));
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_fact_water_at ON risk_fact (at) WHERE kind = 'water_began';
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_fact_water_began ON risk_fact (((data ->> 'point')::bigint), (data ->> 'what'), at) WHERE kind = 'water_began';
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_fact_water_ended ON risk_fact ((data ->> 'finding')) WHERE kind = 'water_ended';
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_score_history_time ON risk_score_history (at, venue_id) INCLUDE (score, grade, confidence, coverage);
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_score_history_changes ON risk_score_history (at) WHERE grade_before <> grade;
