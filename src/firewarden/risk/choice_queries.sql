-- name: read_only
-- Every query of the transaction sees the same rows.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: frame
-- Every venue that could be chosen, with its score as it stands.
SELECT v.id AS venue_id, v.code, v.use::text AS stratum, (s.score * 10)::integer AS score_tenths, s.rate, s.version
FROM venue v JOIN risk_score s ON s.venue_id = v.id
WHERE %(district)s::text IS NULL OR v.district = %(district)s
ORDER BY v.code LIMIT %(limit)s

-- name: add_round
-- Write a draw down.
INSERT INTO risk_choice_round (made_at, made_by, purpose, size, exploration, frame_hash, commitment, nonce, seed, model)
VALUES (%(made_at)s, %(made_by)s, %(purpose)s, %(size)s, %(exploration)s, %(frame_hash)s, %(commitment)s, %(nonce)s,
    %(seed)s, %(model)s)
RETURNING id

-- name: add_choices
-- Every venue of the frame with its probability, chosen or not.
INSERT INTO risk_choice (round_id, venue_id, code, stratum, probability, score, rate, rank, chosen, by_chance)
SELECT %(round_id)s, c.venue_id, c.code, c.stratum, c.probability, c.score / 10.0, c.rate, c.rank, c.chosen, c.by_chance
FROM unnest(%(venue_ids)s::bigint[], %(codes)s::text[], %(strata)s::text[], %(probabilities)s::double precision[],
    %(scores)s::integer[], %(rates)s::double precision[], %(ranks)s::integer[], %(chosen)s::boolean[],
    %(by_chance)s::boolean[])
    AS c (venue_id, code, stratum, probability, score, rate, rank, chosen, by_chance)

-- name: round
-- One draw.
SELECT id, made_at, made_by, purpose, size, exploration, frame_hash, commitment, nonce, seed, model
FROM risk_choice_round WHERE id = %(id)s

-- name: choices
-- The frame of one draw and what came of it.
SELECT code, stratum, probability, (score * 10)::integer AS score_tenths, rank, chosen, by_chance
FROM risk_choice WHERE round_id = %(id)s ORDER BY code LIMIT %(limit)s

-- name: outcomes
-- Every venue of the newest draws, and what was found there within the horizon after the draw.
SELECT c.round_id, r.made_at, c.stratum, c.probability, c.rank, c.chosen, c.by_chance, r.size, c.rate,
    CASE WHEN r.made_at + %(horizon)s <= %(now)s THEN
        EXISTS (
            SELECT 1 FROM risk_record f
            WHERE f.venue_id = c.venue_id AND f.kind = 'fire' AND f.at > r.made_at AND f.at <= r.made_at + %(horizon)s
        ) OR EXISTS (
            SELECT 1 FROM risk_fact j
            WHERE j.venue_id = c.venue_id AND j.kind = 'judged' AND j.data ->> 'verdict' = 'real_fire'
                AND j.at > r.made_at AND j.at <= r.made_at + %(horizon)s
        )
    END AS fire,
    CASE WHEN c.chosen AND EXISTS (
        SELECT 1 FROM risk_record i
        WHERE i.venue_id = c.venue_id AND i.kind = 'inspection'
            AND i.at > r.made_at AND i.at <= least(r.made_at + %(horizon)s, %(now)s)
    ) THEN EXISTS (
        SELECT 1 FROM risk_record w
        WHERE w.venue_id = c.venue_id AND w.kind = 'violation'
            AND w.at > r.made_at AND w.at <= least(r.made_at + %(horizon)s, %(now)s)
    ) END AS violation
FROM (SELECT id, made_at, size FROM risk_choice_round WHERE made_at <= %(now)s ORDER BY id DESC LIMIT %(rounds)s) r
JOIN risk_choice c ON c.round_id = r.id
