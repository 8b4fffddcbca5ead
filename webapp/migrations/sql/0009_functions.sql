-- A mail that comes in names no school: from what only its rightful sender knows, workers learn which.
-- Ids only, and for workers only.

CREATE FUNCTION app_reply_address(hashed text)
RETURNS TABLE (school_id int, participant_id bigint, conference_id bigint, revoked_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT r.school_id, r.participant_id, p.conference_id, r.revoked_at FROM reply_addresses r
   JOIN participants p ON p.school_id = r.school_id AND p.id = r.participant_id
   WHERE app_kind() = 'system' AND r.token_hash = hashed $$;

CREATE FUNCTION app_mail_by_message_id(wanted text)
RETURNS TABLE (school_id int, id bigint, participant_id bigint, conference_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT o.school_id, o.id, o.participant_id, o.conference_id FROM outbox o
   WHERE app_kind() = 'system' AND o.message_id = wanted LIMIT 1 $$;

CREATE FUNCTION app_school_of_participant(conference bigint, participant bigint) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ SELECT p.school_id FROM participants p
   WHERE app_kind() = 'system' AND p.conference_id = conference AND p.id = participant $$;
