-- Indexes on tables that may be full. They are made after the migrations, one by one and without blocking who writes;
-- where one is missing, `db migrate` makes it, and one that was broken off is made anew.
CREATE INDEX CONCURRENTLY IF NOT EXISTS episode_incident ON episode (incident_id, raised_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_score_history_at ON risk_score_history USING brin (at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS incident_trace ON incident (trace_id);
