-- name: districts
-- The districts of the register, for the ranking's filter.
SELECT district FROM venue GROUP BY district ORDER BY count(*) DESC, district LIMIT %(rows)s

-- name: grade_counts
-- How many venues have each grade, now or at a moment.
WITH standing AS (
    SELECT grade FROM board.risk WHERE %(as_of)s::timestamptz IS NULL
    UNION ALL
    SELECT h.grade
    FROM venue v CROSS JOIN LATERAL (
        SELECT grade FROM board.risk_history
        WHERE venue_id = v.id AND time <= %(as_of)s::timestamptz ORDER BY time DESC LIMIT 1) h
    WHERE %(as_of)s::timestamptz IS NOT NULL
)
SELECT grade, count(*) AS venues FROM standing GROUP BY grade

-- name: unregistered_points
-- Points of a venue that only their gateways have named so far, newest first.
SELECT address, gateway_id, created_at FROM point
WHERE venue_id = %(venue_id)s AND NOT registered ORDER BY created_at DESC, id DESC LIMIT %(rows)s
