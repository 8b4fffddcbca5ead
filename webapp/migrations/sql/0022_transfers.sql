-- A student's move from one school of a district to another. These functions are the only way between the
-- two schools: each checks its caller, moves both sides in one transaction, and leaves a trace in both.

GRANT SELECT (school_id, id, student_id, to_school_id, state, prepared_by),
      UPDATE (state, released_at, settled_at, answer_enc) ON transfers TO pamong_lookup;
GRANT SELECT (school_id, id, from_school_id, state, settled_by), INSERT,
      UPDATE (state, settled_by, settled_at, word_enc) ON transfer_arrivals TO pamong_lookup;
GRANT SELECT (school_id, id, nisn), INSERT, DELETE ON transfer_packages TO pamong_lookup;
GRANT SELECT (school_id, key_no, master_id, wrapped) ON school_keys TO pamong_lookup;
GRANT SELECT (name, level) ON schools TO pamong_lookup;
GRANT SELECT (name) ON users TO pamong_lookup;
GRANT SELECT (nisn, merged_into_id), UPDATE (left_on, left_kind, updated_at) ON students TO pamong_lookup;
GRANT INSERT ON audit_entries, dues TO pamong_lookup;

-- Who may look at what other schools send, and answer it: the counsellors, or where a school has none
-- (a primary school, as a rule) the class teachers.
CREATE FUNCTION app_receives_transfers() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT app_kind() = 'person'
     AND (app_roles() && '{counsellor}'
          OR (app_roles() && '{class_teacher}'
              AND NOT EXISTS (SELECT 1 FROM memberships m WHERE m.school_id = ANY (app_school_ids())
                              AND m.role = 'counsellor' AND m.ended_on IS NULL))) $$;

-- The transfers that this person accepted: their packages open to nobody else, and to nobody before.
CREATE FUNCTION app_my_accepted_transfer_ids() RETURNS bigint[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT coalesce(array_agg(a.id), '{}') FROM transfer_arrivals a
   WHERE a.school_id = ANY (app_school_ids()) AND app_kind() = 'person'
     AND a.state = 'accepted' AND a.settled_by = app_person_id() $$;

-- The other schools of the district that have somebody who could accept.
CREATE FUNCTION app_transfer_schools() RETURNS TABLE (to_id int, to_name text, to_level text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT s.id, s.name, s.level
   FROM schools own JOIN schools s ON s.district_id = own.district_id AND s.id <> own.id
   WHERE own.id = ANY (app_school_ids()) AND s.active AND s.id <> 0
     AND app_kind() = 'person' AND app_roles() && '{counsellor,class_teacher}'
     AND EXISTS (SELECT 1 FROM memberships m WHERE m.school_id = s.id AND m.ended_on IS NULL
                 AND m.role IN ('counsellor', 'class_teacher')) $$;

-- What is sent to another school of the district, or answered to it, is sealed under its key: while one's own
-- draft names it, or what it has sent waits.
CREATE FUNCTION app_transfer_key(other int) RETURNS TABLE (no int, master text, wrapped_key bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT k.key_no, k.master_id, k.wrapped
   FROM schools own JOIN schools s ON s.district_id = own.district_id
   JOIN school_keys k ON k.school_id = s.id
   WHERE own.id = ANY (app_school_ids()) AND s.id = other AND s.id <> 0
     AND ((app_kind() = 'person' AND app_roles() && '{counsellor,class_teacher}'
           AND EXISTS (SELECT 1 FROM transfers t WHERE t.school_id = own.id AND t.to_school_id = s.id
                       AND t.state = 'draft' AND t.prepared_by = app_person_id()))
          OR (app_receives_transfers()
              AND EXISTS (SELECT 1 FROM transfer_arrivals a WHERE a.school_id = own.id AND a.from_school_id = s.id
                          AND a.state = 'waiting')))
   ORDER BY k.key_no DESC LIMIT 1 $$;

CREATE FUNCTION app_trace_transfer(of_school int, trace bigint, act text, which bigint, other int)
RETURNS void LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS
$$ INSERT INTO audit_entries (school_id, id, at, actor_kind, person_id, action, subject_type, subject_id, detail)
   VALUES (of_school, trace, app_at(), app_kind(), app_person_id(), act,
           'transfers', which, jsonb_build_object('other_school', other)) $$;

CREATE FUNCTION app_release_transfer(which bigint, cases int, package bytea, frozen_nisn text, due bigint,
                                     trace bigint)
RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE sender int; receiver int;
BEGIN
  SELECT t.school_id, t.to_school_id INTO sender, receiver FROM transfers t
   WHERE t.school_id = ANY (app_school_ids()) AND t.id = which AND t.state = 'draft'
     AND t.prepared_by = app_person_id() AND app_kind() = 'person'
     AND app_roles() && '{counsellor,class_teacher}' FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM app_transfer_schools() s WHERE s.to_id = receiver) THEN
    RAISE EXCEPTION 'no school of this district that could accept' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE transfers SET state = 'released', released_at = app_at() WHERE school_id = sender AND id = which;
  INSERT INTO transfer_arrivals (school_id, id, from_school_id, from_school_name, sent_by_name, sent_at,
                                 case_count, state)
  VALUES (receiver, which, sender, (SELECT s.name FROM schools s WHERE s.id = sender),
          (SELECT u.name FROM users u WHERE u.id = app_person_id()), app_at(), cases, 'waiting');
  INSERT INTO transfer_packages (school_id, id, nisn, record_enc) VALUES (receiver, which, frozen_nisn, package);
  INSERT INTO dues (school_id, id, kind, recipient, subject_id, period, state, due_at)
  VALUES (receiver, due, 'transfer_received', 'school', which, '', 'waiting', least(app_at(), now()));
  PERFORM app_trace_transfer(receiver, trace, 'transfer.received', which, sender);
END
$$;

-- Accepts or declines what waits; false when it waits no more. Both sides know it at once: the receiver's
-- row is locked first, here and where the sender takes it back.
CREATE FUNCTION app_settle_transfer(which bigint, outcome text, own_word bytea, answer bytea, trace bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE sender int; receiver int; moved bigint;
BEGIN
  IF NOT app_receives_transfers() OR outcome NOT IN ('accepted', 'declined') THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE transfer_arrivals a
     SET state = outcome, settled_by = app_person_id(), settled_at = app_at(), word_enc = own_word
   WHERE a.school_id = ANY (app_school_ids()) AND a.id = which AND a.state = 'waiting'
  RETURNING a.from_school_id, a.school_id INTO sender, receiver;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE transfers t SET state = outcome, settled_at = app_at(), answer_enc = answer
   WHERE t.school_id = sender AND t.id = which RETURNING t.student_id INTO moved;
  IF outcome = 'declined' THEN
    DELETE FROM transfer_packages p WHERE p.school_id = receiver AND p.id = which;
  ELSE
    -- The old school's record stays as it is; only that the student has moved is written into it.
    UPDATE students st SET left_kind = 'moved', updated_at = app_at(),
           left_on = (app_at() AT TIME ZONE (SELECT s.time_zone FROM schools s WHERE s.id = sender))::date
     WHERE st.school_id = sender AND st.left_on IS NULL
       AND st.id = coalesce((SELECT m.merged_into_id FROM students m
                             WHERE m.school_id = sender AND m.id = moved), moved);
  END IF;
  PERFORM app_trace_transfer(sender, trace, 'transfer.' || outcome, which, receiver);
  RETURN true;
END
$$;

-- The sender takes back what was not accepted yet, and the package is destroyed; false when it is too late.
CREATE FUNCTION app_withdraw_transfer(which bigint, trace bigint)
RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
DECLARE sender int; receiver int;
BEGIN
  SELECT t.school_id, t.to_school_id INTO sender, receiver FROM transfers t
   WHERE t.school_id = ANY (app_school_ids()) AND t.id = which AND app_kind() = 'person'
     AND ((t.prepared_by = app_person_id() AND app_roles() && '{class_teacher}')
          OR app_roles() && '{counsellor}');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE transfers t SET state = 'withdrawn', settled_at = app_at()
   WHERE t.school_id = sender AND t.id = which AND t.state = 'draft';
  IF FOUND THEN
    RETURN true;
  END IF;
  UPDATE transfer_arrivals a SET state = 'withdrawn', settled_at = app_at()
   WHERE a.school_id = receiver AND a.id = which AND a.state = 'waiting';
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM transfer_packages p WHERE p.school_id = receiver AND p.id = which;
  UPDATE transfers t SET state = 'withdrawn', settled_at = app_at() WHERE t.school_id = sender AND t.id = which;
  PERFORM app_trace_transfer(receiver, trace, 'transfer.withdrawn', which, sender);
  RETURN true;
END
$$;

-- Said before accepting: whether the school has the student already. Not who it is.
CREATE FUNCTION app_transfer_on_roster(which bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS
$$ SELECT EXISTS (SELECT 1 FROM transfer_packages p JOIN students st ON st.school_id = p.school_id AND st.nisn = p.nisn
                  WHERE p.school_id = ANY (app_school_ids()) AND p.id = which AND app_receives_transfers()) $$;
