-- Two records of one student become one. Whoever merges them is on few of their cases and sees not all of
-- their meetings, and none may be left behind: so this looks past the policies, within the one school.
GRANT SELECT (student_id), UPDATE (student_id) ON cases TO pamong_lookup;
GRANT SELECT (school_id, id, student_id), UPDATE (student_id) ON student_referrals TO pamong_lookup;
GRANT SELECT (school_id, id, student_id), UPDATE (student_id) ON guardians TO pamong_lookup;
GRANT UPDATE (guardian_id) ON participants TO pamong_lookup;

-- `same` are guardians of the other record whom the kept one has as well, as `twin` at the same place.
CREATE FUNCTION app_merge_students(kept bigint, other bigint, moved bigint[], same bigint[], twin bigint[])
RETURNS TABLE (cases_moved int, referrals_moved int, meetings_moved int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS
$$
BEGIN
  IF NOT (app_kind() = 'person' AND app_roles() && '{counsellor,class_teacher,school_admin}') THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT count(*) FROM students s WHERE s.school_id = ANY (app_school_ids()) AND s.id IN (kept, other)) <> 2
     OR EXISTS (SELECT 1 FROM guardians g WHERE g.school_id = ANY (app_school_ids())
                AND ((g.id = ANY (moved || same) AND g.student_id <> other)
                     OR (g.id = ANY (twin) AND g.student_id <> kept))) THEN
    RAISE EXCEPTION 'not two students of one school' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE cases SET student_id = kept WHERE school_id = ANY (app_school_ids()) AND student_id = other;
  GET DIAGNOSTICS cases_moved = ROW_COUNT;
  UPDATE student_referrals SET student_id = kept WHERE school_id = ANY (app_school_ids()) AND student_id = other;
  GET DIAGNOSTICS referrals_moved = ROW_COUNT;
  UPDATE guardians SET student_id = kept WHERE school_id = ANY (app_school_ids()) AND id = ANY (moved);
  -- A meeting to which both rows of one person were invited keeps both: who answered, answered.
  UPDATE participants p SET guardian_id = pair.into_id
    FROM unnest(same, twin) AS pair (from_id, into_id)
   WHERE p.school_id = ANY (app_school_ids()) AND p.guardian_id = pair.from_id
     AND NOT EXISTS (SELECT 1 FROM participants o WHERE o.school_id = p.school_id
                     AND o.conference_id = p.conference_id AND o.guardian_id = pair.into_id);
  GET DIAGNOSTICS meetings_moved = ROW_COUNT;
  RETURN NEXT;
END
$$;
