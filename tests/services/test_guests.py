"""Guests: a link names them, a code proves them; neither opens what is another's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from tests.factories import MONDAY
from tests.services.stage import ENDS_AT, Stage
from webapp import tenancy
from webapp.domain.errors import Conflict, NotFound
from webapp.models.conferences import Conference, ConferenceRequest, GuestCode, GuestLink, Participant
from webapp.models.content import ContentField
from webapp.models.students import Student
from webapp.services import conferences, guest_mail, guests, pledges


@pytest.fixture
def stage(world) -> Stage:
    return Stage.build(world).invited()


@pytest.fixture
def other(world) -> Stage:
    return Stage.build(world).invited()


def test_a_link_names_its_school_and_participant(stage, other):
    guest = stage.guest()
    assert (guest.school_id, guest.participant_id) == (stage.school.id, stage.participant("guardian").id)
    assert not guest.verified
    assert other.guest().school_id == other.school.id


def test_an_unknown_token_opens_nothing(app, stage):
    with pytest.raises(NotFound):
        guests.identify("bukan-token", {}, now=MONDAY)


def test_only_hashes_of_tokens_and_codes_are_kept(app, stage, as_superuser):
    token = stage.token()
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        code = guests.give_code(actor, row.id)
    stored = as_superuser.execute(
        text("SELECT token_hash FROM guest_links UNION ALL SELECT code_hash FROM guest_codes")
    ).scalars()
    assert not any(token in value or value == code for value in stored)
    trail = as_superuser.execute(text("SELECT detail::text FROM audit_entries")).scalars()
    assert not any(token in value or code in value for value in trail)


def test_a_guest_sees_their_own_row_and_meeting_and_nothing_else(app, stage, other):
    guest = stage.guest()
    with tenancy.work(guest) as session:
        assert [row.id for row in session.scalars(select(Participant))] == [guest.participant_id]
        assert [row.id for row in session.scalars(select(Conference))] == [stage.conference_id]
        for table in (ConferenceRequest, Student, ContentField):
            assert session.scalars(select(table)).all() == []
        links = session.scalars(select(GuestLink)).all()
        assert {link.participant_id for link in links} == {guest.participant_id}


def test_a_link_expires_and_can_be_revoked(app, stage):
    token, row = stage.token(), stage.participant("guardian")
    assert guests.identify(token, {}, now=ENDS_AT + guests.LINK_LIFE - timedelta(seconds=1)).is_live
    assert not guests.identify(token, {}, now=ENDS_AT + guests.LINK_LIFE).is_live
    with stage.as_(stage.counsellor) as actor:
        guests.revoke_links(actor, row)
    assert not guests.identify(token, {}, now=MONDAY).is_live


def test_a_guardian_marked_do_not_contact_has_no_link_any_more(app, stage, as_superuser):
    token = stage.token()
    as_superuser.execute(
        text("UPDATE guardians SET do_not_contact = true WHERE id = :id"), {"id": stage.guardian_id}
    )
    as_superuser.commit()
    with pytest.raises(NotFound):
        guests.identify(token, {}, now=MONDAY)
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        guests.give_code(actor, row.id)


def test_the_mailed_code_opens_this_browser_and_only_for_this_guest(app, stage):
    guest = stage.guest()
    with tenancy.work(guest):
        guest_mail.send_code(guest)
    (mail,) = stage.mails("one_time_code")
    assert mail.to_address == "wali.rekaan@contoh.example"
    with tenancy.work(guest):
        grant = guests.enter_code(guest, mail.facts["code"])
    assert grant is not None
    cookies = {guests.cookie_name(guest.participant_id): grant.secret}
    assert guests.identify(stage.token(), cookies, now=MONDAY).actor.verified
    assert not guests.identify(stage.token(), {}, now=MONDAY).actor.verified
    assert not guests.identify(stage.token(), cookies, now=MONDAY + guests.GRANT_LIFE).actor.verified
    expert = stage.guest("expert")
    stolen = {guests.cookie_name(expert.participant_id): grant.secret}
    assert not guests.identify(stage.token("expert"), stolen, now=MONDAY).actor.verified


def test_a_code_works_once_and_for_ten_minutes(app, stage):
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        code = guests.give_code(actor, row.id)
    late = stage.guest(when=MONDAY + guests.CODE_LIFE)
    with tenancy.work(late):
        assert guests.enter_code(late, code) is None
    guest = stage.guest()
    with tenancy.work(guest):
        assert guests.enter_code(guest, f" {code[:3]} {code[3:]} ") is not None
        assert guests.enter_code(guest, code) is None


def test_a_code_of_another_guest_does_not_open(app, stage):
    row = stage.participant("expert")
    with stage.as_(stage.counsellor) as actor:
        code = guests.give_code(actor, row.id)
    guest = stage.guest()
    with tenancy.work(guest):
        assert guests.enter_code(guest, code) is None


def test_five_wrong_tries_use_a_code_up(app, stage):
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        code = guests.give_code(actor, row.id)
    wrong = "000000" if code != "000000" else "000001"
    guest = stage.guest()
    for _ in range(guests.CODE_TRIES):
        with tenancy.work(guest):
            assert guests.enter_code(guest, wrong) is None
    with tenancy.work(guest):
        assert guests.enter_code(guest, code) is None


def test_codes_and_fresh_links_are_throttled(app, stage):
    guest = stage.guest()
    for minute in range(guests.CODES_PER_HOUR):
        with tenancy.work(guest.seen_at(MONDAY + timedelta(minutes=minute))) as session:
            guest_mail.send_code(session.info["actor"])
    with tenancy.work(guest.seen_at(MONDAY + timedelta(minutes=30))) as session, pytest.raises(Conflict):
        guest_mail.send_code(session.info["actor"])
    for minute in range(10):
        with tenancy.work(guest.seen_at(MONDAY + timedelta(minutes=minute))) as session:
            guest_mail.send_fresh_link(session.info["actor"])
    # The invitation's own link counts among the links of the hour.
    assert len(stage.mails("fresh_link")) == guests.LINKS_PER_HOUR - 1


def test_the_teams_code_is_asked_of_the_team_after_approval_only(app, stage, other, world):
    row = stage.participant("guardian")
    for person, school in ((stage.teacher, stage), (stage.principal, stage), (other.counsellor, other)):
        with school.as_(person) as actor, pytest.raises(NotFound):
            guests.give_code(actor, row.id)
    waiting = Stage.build(world).requested()
    row = waiting.participant("guardian")
    with waiting.as_(waiting.counsellor) as actor, pytest.raises(Conflict):
        guests.give_code(actor, row.id)


def test_this_is_not_for_me_stops_links_and_mails(app, stage):
    guest = stage.guest()
    with tenancy.work(guest):
        guests.disown(guest)
    assert stage.participant("guardian").disowned_at is not None
    assert not guests.identify(stage.token(), {}, now=MONDAY).is_live
    with tenancy.work(guest):
        guest_mail.send_fresh_link(guest)
    with stage.as_(stage.counsellor) as actor:
        conferences.cancel(actor, stage.conference_id, reason="Tidak jadi")
    assert stage.mails("fresh_link") == []
    assert len(stage.mails("conference_cancelled")) == 3


def test_revoking_ends_open_browsers_and_codes(app, stage):
    row = stage.participant("guardian")
    with stage.as_(stage.counsellor) as actor:
        code, spare = guests.give_code(actor, row.id), guests.give_code(actor, row.id)
    guest = stage.guest()
    with tenancy.work(guest):
        grant = guests.enter_code(guest, code)
    assert grant is not None
    with stage.as_(stage.counsellor) as actor:
        guests.revoke_links(actor, row)
    cookies = {guests.cookie_name(row.id): grant.secret}
    assert not guests.identify(stage.token(), cookies, now=MONDAY).actor.verified
    with tenancy.work(guest):
        assert guests.enter_code(guest, spare) is None


def test_staff_get_no_guest_link(app, stage):
    row = stage.participant("staff")
    with stage.as_(stage.counsellor) as actor, pytest.raises(Conflict):
        guests.mint_link(actor, row, expires_at=ENDS_AT)


def test_content_opens_to_a_signed_and_verified_guest_alone(app, stage, as_superuser):
    """Signed but not verified, verified but not signed: both see nothing."""
    as_superuser.execute(
        text("UPDATE conferences SET state = 'open', opened_at = :at WHERE id = :id"),
        {"at": MONDAY, "id": stage.conference_id},
    )
    as_superuser.commit()
    with stage.as_(stage.counsellor) as actor:
        field = ContentField(
            conference_id=stage.conference_id,
            section="strengths",
            updated_at=MONDAY,
            updated_by=actor.person_id,
        )
        field.body = "Rajin membantu"
        tenancy.add(field)

    def seen(guest) -> int:
        with tenancy.work(guest) as session:
            return len(session.scalars(select(ContentField)).all())

    assert seen(stage.guest()) == 0
    assert seen(stage.guest(verified=True)) == 0
    guest = stage.guest()
    with tenancy.work(guest):
        pledges.sign(guest, stage.conference_id, typed_name="Wali Rekaan")
    assert seen(stage.guest()) == 0
    assert seen(stage.guest(verified=True)) == 1


def test_the_language_of_a_guest_stays_with_them(app, stage):
    guest = stage.guest()
    with tenancy.work(guest):
        guests.choose_locale(guest, "en")
    assert guests.identify(stage.token(), {}, now=MONDAY).locale == "en"
    with tenancy.work(guest) as session:
        assert session.scalars(select(GuestCode)).all() == []
