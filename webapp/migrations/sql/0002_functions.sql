-- What the policies ask. Functions without tables read the scope's settings; those that look into
-- tables belong to pamong_lookup (NOLOGIN, BYPASSRLS, only the columns granted below) and answer ids.
-- Policies call them as (SELECT f()), so that each runs once per statement.

CREATE FUNCTION app_kind() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('app.kind', true), '') $$;

CREATE FUNCTION app_school_ids() RETURNS int[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.school_ids', true), ''), '{}')::int[] $$;

CREATE FUNCTION app_roles() RETURNS text[] LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('app.roles', true), ''), '{}')::text[] $$;

CREATE FUNCTION app_person_id() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.person_id', true), '')::bigint $$;

CREATE FUNCTION app_participant_id() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.participant_id', true), '')::bigint $$;

CREATE FUNCTION app_district_id() RETURNS int LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.district_id', true), '')::int $$;

CREATE FUNCTION app_guest_verified() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('app.guest_verified', true), '') = 'on' $$;

CREATE FUNCTION app_at() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.at', true), '')::timestamptz $$;

CREATE FUNCTION app_has_role(VARIADIC wanted text[]) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT app_roles() && wanted $$;

-- Case team ---------------------------------------------------------------------------------------

CREATE FUNCTION app_excluded_case_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(e.case_id), '{}') FROM case_exclusions e
   WHERE e.school_id = ANY (app_school_ids()) AND e.user_id = app_person_id() AND e.lifted_at IS NULL $$;

CREATE FUNCTION app_my_case_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(m.case_id), '{}') FROM case_members m
   WHERE m.school_id = ANY (app_school_ids()) AND m.user_id = app_person_id() AND m.removed_at IS NULL
     AND app_kind() = 'person'
     AND NOT m.case_id = ANY (app_excluded_case_ids()) $$;

-- A case that this person has just opened and that nobody is on yet: only its opener may join it.
CREATE FUNCTION app_unstaffed_case_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(c.id), '{}') FROM cases c
   WHERE c.school_id = ANY (app_school_ids()) AND c.created_by = app_person_id() AND c.owner_id = app_person_id()
     AND NOT EXISTS (SELECT 1 FROM case_members m WHERE m.school_id = c.school_id AND m.case_id = c.id) $$;

-- Students of the classes whose homeroom teacher this person is in the current school year.
CREATE FUNCTION app_my_student_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(st.id), '{}')
   FROM homeroom_assignments h
   JOIN schools s ON s.id = h.school_id
   JOIN students st ON st.school_id = h.school_id AND st.class_name = h.class_name AND st.left_on IS NULL
   CROSS JOIN LATERAL (SELECT extract(year FROM (app_at() AT TIME ZONE s.time_zone)
                        - make_interval(months => s.school_year_starts_month - 1))::int AS first_year) y
   WHERE h.school_id = ANY (app_school_ids()) AND h.user_id = app_person_id()
     AND app_roles() && '{homeroom,class_teacher}'
     AND h.school_year = y.first_year || '/' || (y.first_year + 1) $$;

CREATE FUNCTION app_register_reader() RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT app_roles() && '{counsellor,principal,system}' $$;

-- Conferences -------------------------------------------------------------------------------------

CREATE FUNCTION app_excluded_conference_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(c.id), '{}') FROM conferences c
   WHERE c.school_id = ANY (app_school_ids()) AND c.case_id = ANY (app_excluded_case_ids()) $$;

CREATE FUNCTION app_my_participant_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(p.id), '{}') FROM participants p
   WHERE p.school_id = ANY (app_school_ids()) AND p.removed_at IS NULL
     AND ((app_kind() = 'person' AND p.user_id = app_person_id())
          OR (app_kind() = 'guest' AND p.id = app_participant_id())) $$;

CREATE FUNCTION app_my_conference_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(p.conference_id), '{}') FROM participants p
   WHERE p.school_id = ANY (app_school_ids()) AND p.id = ANY (app_my_participant_ids()) $$;

CREATE FUNCTION app_case_conference_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(c.id), '{}') FROM conferences c
   WHERE c.school_id = ANY (app_school_ids()) AND c.case_id = ANY (app_my_case_ids()) $$;

CREATE FUNCTION app_approving_conference_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(c.id), '{}') FROM conferences c
   WHERE c.school_id = ANY (app_school_ids()) AND app_kind() = 'person'
     AND (c.approver_id = app_person_id() OR app_roles() && '{principal}')
     AND NOT c.case_id = ANY (app_excluded_case_ids()) $$;

-- Content opens to participants who have signed: to the case team always; to the others while the
-- conference is open and its minutes for a set time; to guests besides only after a one-time code.
CREATE FUNCTION app_content_conference_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(c.id), '{}')
   FROM participants p JOIN conferences c ON c.school_id = p.school_id AND c.id = p.conference_id
   WHERE p.school_id = ANY (app_school_ids()) AND p.removed_at IS NULL AND p.signed_at IS NOT NULL
     AND c.cancelled_at IS NULL
     AND NOT c.case_id = ANY (app_excluded_case_ids())
     AND ((app_kind() = 'person' AND p.user_id = app_person_id())
          OR (app_kind() = 'guest' AND p.id = app_participant_id() AND app_guest_verified()))
     AND (c.case_id = ANY (app_my_case_ids())
          OR (c.opened_at IS NOT NULL AND (c.minutes_open_until IS NULL OR app_at() < c.minutes_open_until))) $$;

CREATE FUNCTION app_my_commitment_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(k.id), '{}') FROM commitments k
   WHERE k.school_id = ANY (app_school_ids()) AND k.participant_id = ANY (app_my_participant_ids()) $$;

CREATE FUNCTION app_my_report_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(r.id), '{}') FROM reports r
   WHERE r.school_id = ANY (app_school_ids())
     AND NOT coalesce(r.case_id = ANY (app_excluded_case_ids()), false)
     AND ((app_kind() = 'person' AND (r.requested_by = app_person_id() OR r.case_id = ANY (app_my_case_ids())))
          OR EXISTS (SELECT 1 FROM report_deliveries d
                     WHERE d.school_id = r.school_id AND d.report_id = r.id
                       AND d.participant_id = ANY (app_my_participant_ids()))) $$;

-- Accounts and districts --------------------------------------------------------------------------

CREATE FUNCTION app_district_school_ids() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(s.id), '{}') FROM schools s
   WHERE app_kind() = 'district' AND s.district_id = app_district_id() $$;

CREATE FUNCTION app_my_school_ids() RETURNS int[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(DISTINCT m.school_id), '{}') FROM memberships m
   WHERE m.user_id = app_person_id() AND m.ended_on IS NULL $$;

CREATE FUNCTION app_visible_user_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(u.user_id), '{}') FROM (
     SELECT m.user_id FROM memberships m
       WHERE app_kind() IN ('person', 'system') AND m.school_id = ANY (app_school_ids())
     UNION SELECT m.user_id FROM memberships m
       WHERE app_kind() = 'district' AND m.school_id = ANY (app_district_school_ids())
     UNION SELECT d.user_id FROM district_memberships d
       WHERE app_kind() = 'district' AND d.district_id = app_district_id()
     UNION SELECT d.user_id FROM district_memberships d
       WHERE app_kind() = 'system' AND 0 = ANY (app_school_ids())) u $$;

-- An invitation must find an account that exists in another school: by the whole address, id only.
CREATE FUNCTION app_user_id_by_email(wanted text) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT u.id FROM users u WHERE u.email = wanted
     AND (app_kind() IN ('district', 'setup') OR app_roles() && '{school_admin}') $$;

-- A person who leaves loses all sessions at once.
CREATE FUNCTION app_revoke_sessions(whose bigint) RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ UPDATE sign_in_sessions SET revoked_at = coalesce(app_at(), now())
   WHERE user_id = whose AND revoked_at IS NULL
     AND (whose = app_person_id()
          OR (whose = ANY (app_visible_user_ids())
              AND (app_kind() = 'district' OR app_roles() && '{school_admin}'))) $$;

-- The admin who ends a membership reads no case, and must yet hand the open ones over.
CREATE FUNCTION app_open_case_count(whose bigint, in_school int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT count(*)::int FROM cases c
   WHERE c.school_id = in_school AND c.owner_id = whose AND c.status <> 'closed'
     AND ((in_school = ANY (app_school_ids()) AND app_roles() && '{school_admin,principal}')
          OR in_school = ANY (app_district_school_ids())) $$;

CREATE FUNCTION app_hand_over_cases(giver bigint, taker bigint, in_school int)
RETURNS TABLE (moved_id bigint, moved_number text) LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE moved bigint[];
BEGIN
  IF NOT ((in_school = ANY (app_school_ids()) AND app_roles() && '{school_admin,principal}')
          OR in_school = ANY (app_district_school_ids())) THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM memberships m WHERE m.school_id = in_school AND m.user_id = taker
                 AND m.ended_on IS NULL AND m.role IN ('counsellor', 'class_teacher')) THEN
    RAISE EXCEPTION 'the new owner is no counsellor of this school' USING ERRCODE = 'check_violation';
  END IF;
  -- A person who is shut out of a case cannot become its owner.
  SELECT coalesce(array_agg(c.id), '{}') INTO moved FROM cases c
   WHERE c.school_id = in_school AND c.owner_id = giver AND c.status <> 'closed'
     AND NOT EXISTS (SELECT 1 FROM case_exclusions e WHERE e.school_id = in_school AND e.case_id = c.id
                     AND e.user_id = taker AND e.lifted_at IS NULL);
  UPDATE case_members SET removed_at = app_at()
   WHERE school_id = in_school AND user_id = giver AND case_id = ANY (moved) AND removed_at IS NULL;
  INSERT INTO case_members (school_id, id, case_id, user_id, added_by, added_at)
    SELECT in_school, (extract(epoch FROM clock_timestamp()) * 1000)::bigint << 22 | (random() * 4194303)::bigint,
           x, taker, app_person_id(), app_at() FROM unnest(moved) x
    ON CONFLICT (school_id, case_id, user_id) DO UPDATE SET removed_at = NULL;
  UPDATE cases SET owner_id = taker WHERE school_id = in_school AND id = ANY (moved);
  -- The number goes into the mail to the new owner; the admin is shown a count.
  RETURN QUERY SELECT c.id, c.number FROM cases c
    WHERE c.school_id = in_school AND c.id = ANY (moved) ORDER BY c.id;
END
$$;

-- Who leaves a school leaves its case teams: coming back later opens no old case.
CREATE FUNCTION app_leave_teams(whose bigint, in_school int) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ UPDATE case_members SET removed_at = app_at()
   WHERE school_id = in_school AND user_id = whose AND removed_at IS NULL
     AND ((in_school = ANY (app_school_ids()) AND app_roles() && '{school_admin}')
          OR in_school = ANY (app_district_school_ids())) $$;

-- Guests ------------------------------------------------------------------------------------------

CREATE FUNCTION app_guest_by_token(hashed text)
RETURNS TABLE (school_id int, participant_id bigint, expires_at timestamptz, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT l.school_id, l.participant_id, l.expires_at, l.revoked_at FROM guest_links l
   WHERE l.token_hash = hashed $$;

-- Whoever sends a mail or opens a link must know whom it may not reach, though few may read guardians.
CREATE FUNCTION app_do_not_contact_ids(conference bigint) RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(p.id), '{}') FROM participants p
   JOIN guardians g ON g.school_id = p.school_id AND g.id = p.guardian_id
   WHERE p.school_id = ANY (app_school_ids()) AND p.conference_id = conference AND g.do_not_contact $$;

-- A guest's answer plans reminders on school days, and guests read no school's calendar.
CREATE FUNCTION app_free_days() RETURNS date[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(h."on"), '{}') FROM school_holidays h WHERE h.school_id = ANY (app_school_ids()) $$;

-- What must look across schools: ids only, for workers only ----------------------------------------

CREATE FUNCTION app_due_mails(until timestamptz, most int)
RETURNS TABLE (school_id int, id bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT o.school_id, o.id FROM outbox o
   WHERE app_kind() = 'system' AND o.state IN ('queued', 'deferred') AND o.due_at IS NOT NULL AND o.due_at <= until
   ORDER BY o.due_at LIMIT most $$;

CREATE FUNCTION app_stale_mails(until timestamptz, most int)
RETURNS TABLE (school_id int, id bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT o.school_id, o.id FROM outbox o
   WHERE app_kind() = 'system' AND o.state IN ('claimed', 'transmitting') AND o.lease_until <= until
   ORDER BY o.lease_until LIMIT most $$;

CREATE FUNCTION app_due_reports(until timestamptz, most int)
RETURNS TABLE (school_id int, id bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT r.school_id, r.id FROM reports r
   WHERE app_kind() = 'system' AND r.state IN ('queued', 'running') AND r.due_at <= until
     AND (r.lease_until IS NULL OR r.lease_until <= until)
   ORDER BY r.due_at LIMIT most $$;

CREATE FUNCTION app_due_imports(until timestamptz, most int)
RETURNS TABLE (school_id int, id bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT i.school_id, i.id FROM student_imports i
   WHERE app_kind() = 'system' AND i.state IN ('queued', 'running')
     AND (i.lease_until IS NULL OR i.lease_until <= until)
   ORDER BY i.created_at LIMIT most $$;

CREATE FUNCTION app_due_rows(until timestamptz, most int)
RETURNS TABLE (school_id int, id bigint) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT d.school_id, d.id FROM dues d
   WHERE app_kind() = 'system' AND d.state = 'waiting' AND d.due_at <= until
   ORDER BY d.due_at, d.school_id LIMIT most $$;

-- Figures of a district: counts per school, never a name -------------------------------------------

CREATE FUNCTION app_district_figures(since timestamptz, until timestamptz)
RETURNS TABLE (
  school_id int, open_cases int, opened_cases int, closed_cases int, conferences_planned int,
  conferences_held int, invited int, came int, overdue_commitments int, home_visits int, advocacies int,
  median_days_to_first_action numeric, acted_cases int
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
  SELECT s.id,
    (SELECT count(*) FROM cases c WHERE c.school_id = s.id AND c.status <> 'closed')::int,
    (SELECT count(*) FROM cases c WHERE c.school_id = s.id AND c.created_at >= since AND c.created_at < until)::int,
    (SELECT count(*) FROM cases c WHERE c.school_id = s.id AND c.closed_on >= since::date AND c.closed_on < until::date)::int,
    (SELECT count(*) FROM conferences f WHERE f.school_id = s.id AND f.approved_at IS NOT NULL
       AND f.opened_at IS NULL AND f.cancelled_at IS NULL AND f.starts_at >= since AND f.starts_at < until)::int,
    (SELECT count(*) FROM conferences f WHERE f.school_id = s.id AND f.concluded_at >= since AND f.concluded_at < until)::int,
    (SELECT count(*) FROM participants p JOIN conferences f ON f.school_id = p.school_id AND f.id = p.conference_id
       WHERE p.school_id = s.id AND p.removed_at IS NULL AND NOT p.walk_in AND f.concluded_at >= since AND f.concluded_at < until)::int,
    (SELECT count(*) FROM participants p JOIN conferences f ON f.school_id = p.school_id AND f.id = p.conference_id
       WHERE p.school_id = s.id AND p.removed_at IS NULL AND NOT p.walk_in AND p.attendance = 'present'
         AND f.concluded_at >= since AND f.concluded_at < until)::int,
    (SELECT count(*) FROM commitments k WHERE k.school_id = s.id
       AND k.state IN ('proposed', 'accepted', 'under_way', 'stuck')
       AND k.due_on < (app_at() AT TIME ZONE s.time_zone)::date)::int,
    (SELECT count(*) FROM activities a WHERE a.school_id = s.id AND a.procedure = 'home_visit'
       AND a.created_at >= since AND a.created_at < until)::int,
    (SELECT count(*) FROM activities a WHERE a.school_id = s.id AND a.procedure = 'advocacy'
       AND a.created_at >= since AND a.created_at < until)::int,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM a.first_at - c.created_at) / 86400.0)::numeric
       FROM cases c JOIN LATERAL (SELECT min(x.created_at) AS first_at FROM activities x
         WHERE x.school_id = c.school_id AND x.case_id = c.id) a ON a.first_at IS NOT NULL
       WHERE c.school_id = s.id AND c.created_at >= since AND c.created_at < until),
    (SELECT count(*) FROM cases c WHERE c.school_id = s.id AND c.created_at >= since AND c.created_at < until
       AND EXISTS (SELECT 1 FROM activities x WHERE x.school_id = c.school_id AND x.case_id = c.id))::int
  FROM schools s
  WHERE app_kind() = 'district' AND s.district_id = app_district_id() AND s.active
$$;

-- How many cases were open at each of these moments: the small line beside a school.
CREATE FUNCTION app_district_open_cases(moments timestamptz[])
RETURNS TABLE (school_id int, at timestamptz, open_cases int) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$
  SELECT s.id, m.at, (SELECT count(*) FROM cases c WHERE c.school_id = s.id AND c.created_at < m.at
      AND (c.closed_on IS NULL OR c.closed_on >= (m.at AT TIME ZONE s.time_zone)::date))::int
  FROM schools s CROSS JOIN unnest(moments) AS m(at)
  WHERE app_kind() = 'district' AND s.district_id = app_district_id() AND s.active
$$;
