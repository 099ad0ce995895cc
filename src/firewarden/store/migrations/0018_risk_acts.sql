-- Faults that ended, newest first, for those who count the overdue ones of a month.

CREATE INDEX risk_fact_cleared ON risk_fact (venue_id, at) WHERE kind = 'cleared';
