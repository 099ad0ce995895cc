-- name: now
-- What holds in the chosen districts at this moment: one row.
SELECT sum(open_fires) AS fires, sum(open_incidents) AS incidents, sum(open_faults) AS faults, sum(shielded) AS shielded,
    sum(gateways_online)::double precision / nullif(sum(gateways), 0) AS online_rate
FROM board.venue WHERE '__all' IN ($district) OR district IN ($district)

-- name: open_kinds
-- Open incidents by kind.
SELECT kind, count(*) AS n FROM board.open_incident
WHERE '__all' IN ($district) OR district IN ($district) GROUP BY kind ORDER BY n DESC

-- name: districts
-- Each district in one line.
SELECT district, count(*) AS venues, sum(open_fires) AS fires, sum(open_faults) AS faults,
    sum(gateways_online)::double precision / nullif(sum(gateways), 0) AS online_rate,
    count(*) FILTER (WHERE grade = 'D') AS grade_d
FROM board.venue WHERE '__all' IN ($district) OR district IN ($district)
GROUP BY district ORDER BY fires DESC, faults DESC LIMIT 100
