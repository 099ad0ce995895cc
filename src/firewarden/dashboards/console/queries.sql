-- name: districts
-- The districts of the register, for the ranking's filter.
SELECT district FROM venue GROUP BY district ORDER BY count(*) DESC, district LIMIT %(rows)s

-- name: grade_counts
-- How many scored venues have each grade.
SELECT grade, count(*) AS venues FROM risk_score GROUP BY grade ORDER BY grade

-- name: unregistered_points
-- Points of a venue that only their gateways have named so far, newest first.
SELECT address, gateway_id, created_at FROM point
WHERE venue_id = %(venue_id)s AND NOT registered ORDER BY created_at DESC, id DESC LIMIT %(rows)s

-- name: reasons
-- Why the grades of some venues are worse than their scores say, and what their confidence lacks.
SELECT venue_id, triggers, doubts FROM risk_score WHERE venue_id = ANY(%(venues)s)

-- name: places
-- Where some venues are.
SELECT id, district FROM venue WHERE id = ANY(%(venues)s)
