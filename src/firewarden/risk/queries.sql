-- name: listen_events
-- Be woken when the desk or an officer has done something.
LISTEN fw_event

-- name: listen_facts
-- Be woken by new readings.
LISTEN fw_fact

-- name: notify_event
-- Tell who watches that scores have changed.
NOTIFY fw_event

-- name: repeatable_read
-- Every query of the transaction sees the same facts.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: venues_after
-- The next page of all venues.
SELECT id FROM venue WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: venue_by_code
-- The number of a venue.
SELECT id FROM venue WHERE code = %(code)s

-- name: previous_scores
-- What the given venues scored last.
SELECT venue_id, score, grade::text AS grade, confidence, override_id,
    ARRAY(SELECT DISTINCT h ->> 'rule' COLLATE "C" FROM jsonb_array_elements(hits) AS h ORDER BY 1) AS rules
FROM risk_score WHERE venue_id = ANY(%(venues)s)

-- name: save_scores
-- The newest score of each venue.
INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, triggers, doubts, version, base, band, grade_since, rate,
    uncontrolled, consequence, coverage, hits, counterfactuals, override_id)
SELECT n.venue_id, %(at)s, n.score, n.grade, n.confidence, n.factors, n.triggers, n.doubts, n.version, n.base, n.band,
    n.grade_since, n.rate, n.uncontrolled, n.consequence, n.coverage, n.hits, n.counterfactuals, n.override_id
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(factors)s::jsonb[], %(triggers)s::jsonb[], %(doubts)s::jsonb[], %(versions)s::text[], %(bases)s::numeric[],
    %(bands)s::grade[], %(since)s::timestamptz[], %(rates)s::double precision[], %(uncontrolled)s::double precision[],
    %(consequences)s::double precision[], %(coverages)s::numeric[], %(hits)s::jsonb[], %(counterfactuals)s::jsonb[],
    %(overrides)s::bigint[])
    AS n (venue_id, score, grade, confidence, factors, triggers, doubts, version, base, band, grade_since, rate,
        uncontrolled, consequence, coverage, hits, counterfactuals, override_id)
ON CONFLICT (venue_id) DO UPDATE SET at = excluded.at, score = excluded.score, grade = excluded.grade,
    confidence = excluded.confidence, factors = excluded.factors, triggers = excluded.triggers,
    doubts = excluded.doubts, version = excluded.version, base = excluded.base, band = excluded.band,
    grade_since = excluded.grade_since, rate = excluded.rate, uncontrolled = excluded.uncontrolled,
    consequence = excluded.consequence, coverage = excluded.coverage, hits = excluded.hits,
    counterfactuals = excluded.counterfactuals, override_id = excluded.override_id

-- name: save_history
-- Keep the scores that say something new.
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, triggers, doubts, version, base, band, rate,
    uncontrolled, consequence, coverage, hits, counterfactuals, override_id)
SELECT n.venue_id, %(at)s, n.score, n.grade, n.confidence, n.factors, n.triggers, n.doubts, n.version, n.base, n.band,
    n.rate, n.uncontrolled, n.consequence, n.coverage, n.hits, n.counterfactuals, n.override_id
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(factors)s::jsonb[], %(triggers)s::jsonb[], %(doubts)s::jsonb[], %(versions)s::text[], %(bases)s::numeric[],
    %(bands)s::grade[], %(since)s::timestamptz[], %(rates)s::double precision[], %(uncontrolled)s::double precision[],
    %(consequences)s::double precision[], %(coverages)s::numeric[], %(hits)s::jsonb[], %(counterfactuals)s::jsonb[],
    %(overrides)s::bigint[])
    AS n (venue_id, score, grade, confidence, factors, triggers, doubts, version, base, band, grade_since, rate,
        uncontrolled, consequence, coverage, hits, counterfactuals, override_id)

-- name: save_ranks
-- How sure each rank is. No news: neither history nor an event.
UPDATE risk_score s SET rank_low = n.low, rank_high = n.high
FROM unnest(%(venues)s::bigint[], %(lows)s::integer[], %(highs)s::integer[]) AS n (venue_id, low, high)
WHERE s.venue_id = n.venue_id AND (s.rank_low, s.rank_high) IS DISTINCT FROM (n.low, n.high)

-- name: save_events
-- Tell which scores changed, with all that a row of the ranking shows.
INSERT INTO event (kind, venue_id, data)
SELECT 'risk.changed', v.id, jsonb_build_object(
    'venue_id', v.id, 'venue_code', v.code, 'venue_name', v.name, 'venue_name_en', v.name_en,
    'score', n.score, 'grade', n.grade, 'confidence', n.confidence, 'at', %(at)s::timestamptz,
    'previous', CASE WHEN n.previous_score IS NOT NULL THEN jsonb_build_object(
        'score', n.previous_score, 'grade', n.previous_grade) END, 'trace_id', n.trace_id)
FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
    %(previous_scores)s::numeric[], %(previous_grades)s::grade[], %(traces)s::text[])
    AS n (venue_id, score, grade, confidence, previous_score, previous_grade, trace_id)
JOIN venue v ON v.id = n.venue_id

-- name: whole_score
-- Where the stored score of a venue is another than the given one, column by column; one that is not stored differs.
WITH given AS (
    SELECT n.venue_id, %(at)s::timestamptz AS at, n.score, n.grade, n.confidence, n.factors, n.triggers, n.doubts,
        n.version, n.base, n.band, n.grade_since, n.rate, n.uncontrolled, n.consequence,
        n.coverage::numeric(3, 2) AS coverage, n.hits, n.counterfactuals, n.override_id
    FROM unnest(%(venues)s::bigint[], %(scores)s::numeric[], %(grades)s::grade[], %(confidences)s::numeric[],
        %(factors)s::jsonb[], %(triggers)s::jsonb[], %(doubts)s::jsonb[], %(versions)s::text[], %(bases)s::numeric[],
        %(bands)s::grade[], %(since)s::timestamptz[], %(rates)s::double precision[],
        %(uncontrolled)s::double precision[], %(consequences)s::double precision[], %(coverages)s::numeric[],
        %(hits)s::jsonb[], %(counterfactuals)s::jsonb[], %(overrides)s::bigint[])
        AS n (venue_id, score, grade, confidence, factors, triggers, doubts, version, base, band, grade_since, rate,
            uncontrolled, consequence, coverage, hits, counterfactuals, override_id)
)
SELECT g.key AS name, g.value::text AS replayed, s.value::text AS stored
FROM given, jsonb_each(to_jsonb(given)) AS g
LEFT JOIN LATERAL (
    SELECT o.value FROM risk_score r, jsonb_each(to_jsonb(r)) AS o WHERE r.venue_id = given.venue_id AND o.key = g.key
) AS s ON true
WHERE g.value IS DISTINCT FROM s.value ORDER BY g.key
