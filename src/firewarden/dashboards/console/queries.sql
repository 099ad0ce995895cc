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
