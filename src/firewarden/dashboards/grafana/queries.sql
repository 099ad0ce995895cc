-- name: roles
-- Which of some roles there are.
SELECT rolname FROM pg_roles WHERE rolname = ANY(%(names)s::text[])

-- name: memberships
-- What a login is a member of besides the role of readers.
SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles l ON l.oid = m.member
WHERE l.rolname = %(login)s AND r.rolname <> %(reader)s

-- name: views
-- Whether the views for dashboards are there.
SELECT to_regnamespace('board') IS NOT NULL
