-- name: proposals
-- Proposals: the open ones by grade and by when they are due, the others newest first, or one by its id. Only one branch runs.
WITH page AS (
    (SELECT p.id FROM risk_proposal p JOIN venue v ON v.id = p.venue_id
     WHERE %(by)s = 'due' AND p.state = 'open'
       AND (%(venue_id)s::bigint IS NULL OR p.venue_id = %(venue_id)s)
       AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
       AND (%(grade)s::grade IS NULL OR p.grade = %(grade)s)
       AND (%(district)s::text IS NULL OR v.district = %(district)s)
       AND (%(after_grade)s::grade IS NULL OR p.grade < %(after_grade)s::grade OR p.grade = %(after_grade)s::grade
            AND (coalesce(p.due_at, 'infinity'), p.id) > (coalesce(%(after_due)s::timestamptz, 'infinity'), %(after_id)s))
     ORDER BY p.grade DESC, coalesce(p.due_at, 'infinity'), p.id LIMIT %(rows)s)
    UNION ALL
    (SELECT p.id FROM risk_proposal p JOIN venue v ON v.id = p.venue_id
     WHERE %(by)s = 'age'
       AND (%(state)s::text IS NULL OR p.state = %(state)s)
       AND (%(venue_id)s::bigint IS NULL OR p.venue_id = %(venue_id)s)
       AND (%(kind)s::text IS NULL OR p.kind = %(kind)s)
       AND (%(grade)s::grade IS NULL OR p.grade = %(grade)s)
       AND (%(district)s::text IS NULL OR v.district = %(district)s)
       AND p.id < coalesce(%(after_id)s::bigint, 9223372036854775807)
     ORDER BY p.id DESC LIMIT %(rows)s)
    UNION ALL
    (SELECT p.id FROM risk_proposal p WHERE %(by)s = 'id' AND p.id = %(id)s)
)
SELECT p.id, p.kind, p.state, p.grade, p.venue_id, v.code AS venue_code, v.name AS venue_name,
       v.name_en AS venue_name_en, v.district, p.because, p.proposed_at, p.due_at, p.decided_at, p.decided_by, p.reason
FROM page JOIN risk_proposal p ON p.id = page.id JOIN venue v ON v.id = p.venue_id
ORDER BY CASE WHEN %(by)s = 'due' THEN p.grade END DESC,
         CASE WHEN %(by)s = 'due' THEN coalesce(p.due_at, 'infinity') END,
         CASE WHEN %(by)s = 'due' THEN p.id ELSE -p.id END

-- name: decide_proposal
-- Somebody accepts or declines what is open.
UPDATE risk_proposal SET state = %(state)s, decided_at = %(now)s, decided_by = %(by)s, reason = %(reason)s
WHERE id = %(id)s AND state = 'open'

-- name: proposal_state
-- What became of a proposal, and by whom.
SELECT state, decided_by FROM risk_proposal WHERE id = %(id)s

-- name: override
-- An officer sets the grade, or ends what was set (null).
INSERT INTO risk_override (venue_id, grade, reason, actor, at, until)
VALUES (%(venue_id)s, %(grade)s, %(reason)s, %(actor)s, %(at)s, %(until)s)

-- name: overrides
-- The newest acts on the grade of a venue; the first is the one that holds, while its time lasts.
SELECT id, grade, reason, actor, at, until FROM risk_override
WHERE venue_id = %(venue_id)s ORDER BY id DESC LIMIT %(rows)s

-- name: lock_overrides
-- One act on the grade of a venue after the other.
SELECT pg_advisory_xact_lock(hashtextextended('risk_override', %(venue_id)s))

-- name: tell_risk
-- Wake the worker that scores.
NOTIFY fw_event
