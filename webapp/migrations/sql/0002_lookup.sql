-- pamong_lookup owns every function that looks into tables, and reads only these columns.
GRANT USAGE ON SCHEMA public TO pamong_lookup, pamong_app, pamong_backup;
GRANT SELECT (school_id, case_id, user_id, lifted_at) ON case_exclusions TO pamong_lookup;
GRANT SELECT (school_id, case_id, user_id, removed_at), INSERT, UPDATE ON case_members TO pamong_lookup;
GRANT SELECT (school_id, id, number, created_by, owner_id, status, created_at, closed_on), UPDATE (owner_id) ON cases TO pamong_lookup;
GRANT SELECT (school_id, user_id, class_name, school_year) ON homeroom_assignments TO pamong_lookup;
GRANT SELECT (id, district_id, time_zone, school_year_starts_month, active) ON schools TO pamong_lookup;
GRANT SELECT (school_id, id, class_name, left_on) ON students TO pamong_lookup;
GRANT SELECT (school_id, id, case_id, approver_id, approved_at, opened_at, concluded_at, minutes_open_until,
              cancelled_at, starts_at) ON conferences TO pamong_lookup;
GRANT SELECT (school_id, id, do_not_contact) ON guardians TO pamong_lookup;
GRANT SELECT (school_id, "on") ON school_holidays TO pamong_lookup;
GRANT SELECT (school_id, id, conference_id, user_id, guardian_id, signed_at, removed_at, walk_in, attendance) ON participants TO pamong_lookup;
GRANT SELECT (school_id, id, participant_id, due_on, state) ON commitments TO pamong_lookup;
GRANT SELECT (school_id, id, requested_by, case_id, state, due_at, lease_until) ON reports TO pamong_lookup;
GRANT SELECT (school_id, report_id, participant_id) ON report_deliveries TO pamong_lookup;
GRANT SELECT (school_id, user_id, role, ended_on) ON memberships TO pamong_lookup;
GRANT SELECT (district_id, user_id) ON district_memberships TO pamong_lookup;
GRANT SELECT (id, email) ON users TO pamong_lookup;
GRANT SELECT (user_id, revoked_at), UPDATE (revoked_at) ON sign_in_sessions TO pamong_lookup;
GRANT SELECT (school_id, participant_id, expires_at, revoked_at, token_hash) ON guest_links TO pamong_lookup;
GRANT SELECT (school_id, id, state, due_at, lease_until) ON outbox TO pamong_lookup;
GRANT SELECT (school_id, id, state, lease_until, created_at) ON student_imports TO pamong_lookup;
GRANT SELECT (school_id, id, state, due_at) ON dues TO pamong_lookup;
GRANT SELECT (school_id, case_id, procedure, created_at) ON activities TO pamong_lookup;
