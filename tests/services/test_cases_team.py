"""The case team: joining, handing over, and being shut out, which is stronger than any role."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select, text

from tests.factories import MONDAY
from tests.services.cases.test_cases import opened
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.background import OutboxMail
from webapp.models.cases import Case, CaseExclusion, CaseMember, CaseNote, CaseStatusChange
from webapp.models.schools import HomeroomAssignment
from webapp.services import case_page, case_register, case_team, people, student_referrals
from webapp.services.case_register import CaseFilters

TODAY = date(2026, 11, 23)
ROLES = ["counsellor", "principal", "homeroom", "class_teacher", "teacher", "school_admin"]


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def owner(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def case_id(app, world, school, owner):
    return opened(owner, school, world.student(school))


def act(person, school, service, *args, **values):
    actor = person.at(school)
    with tenancy.work(actor):
        return service(actor, *args, **values)


def register(person, school):
    return [row.id for row in act(person, school, case_register.list_cases, CaseFilters()).rows]


def team_of(person, school, case_id):
    return [member.user_id for member in act(person, school, case_team.team, case_id).members]


def test_people_join_leave_and_join_again(app, world, school, owner, case_id):
    colleague = world.person(school, "counsellor")
    act(owner, school, case_team.add_member, case_id, user_id=colleague.user_id)
    assert team_of(colleague, school, case_id) == [owner.user_id, colleague.user_id]
    act(colleague, school, case_team.remove_member, case_id, user_id=colleague.user_id)
    with pytest.raises(NotFound):
        team_of(colleague, school, case_id)
    act(owner, school, case_team.add_member, case_id, user_id=colleague.user_id)
    assert act(colleague, school, case_page.page, case_id).team == (colleague.name,)


def test_only_people_of_the_school_join(app, world, school, owner, case_id):
    stranger = world.person(world.school(), "counsellor")
    with pytest.raises(Invalid):
        act(owner, school, case_team.add_member, case_id, user_id=stranger.user_id)


def test_somebody_outside_the_team_cannot_join_by_themselves(app, world, school, case_id):
    colleague = world.person(school, "counsellor")
    with pytest.raises(NotFound):
        act(colleague, school, case_team.add_member, case_id, user_id=colleague.user_id)


def test_the_owner_hands_over_and_the_new_one_is_told(app, world, school, owner, case_id):
    colleague = world.person(school, "counsellor")
    with pytest.raises(Conflict):
        act(owner, school, case_team.remove_member, case_id, user_id=owner.user_id)
    act(owner, school, case_team.hand_over, case_id, user_id=colleague.user_id)
    page = act(colleague, school, case_page.page, case_id)
    assert (page.head.owner_id, page.team) == (colleague.user_id, (owner.name,))
    with tenancy.work(owner.at(school)) as session:
        mails = session.execute(
            select(OutboxMail.kind, OutboxMail.user_id).where(OutboxMail.school_id == school.id)
        ).all()
    assert mails == [("case_handed_over", colleague.user_id)]
    act(colleague, school, case_team.remove_member, case_id, user_id=owner.user_id)
    with pytest.raises(NotFound):
        act(owner, school, case_page.page, case_id)


def test_only_the_owner_hands_over_and_only_to_those_who_may_own(app, world, school, owner, case_id):
    colleague, principal = world.person(school, "counsellor"), world.person(school, "principal")
    act(owner, school, case_team.add_member, case_id, user_id=colleague.user_id)
    with pytest.raises(Forbidden):
        act(colleague, school, case_team.hand_over, case_id, user_id=colleague.user_id)
    assert act(colleague, school, case_team.team, case_id).may_own == ()
    for wrong in (principal.user_id, owner.user_id):
        with pytest.raises(Invalid):
            act(owner, school, case_team.hand_over, case_id, user_id=wrong)


@pytest.mark.parametrize("role", ROLES)
def test_a_shut_out_person_sees_nothing_whatever_their_role_and_part(
    app, world, school, owner, case_id, role
):
    person = world.person(school, role)
    with tenancy.work(tenancy.system(school.id, MONDAY)):
        tenancy.add(HomeroomAssignment(user_id=person.user_id, class_name="X-1", school_year="2026/2027"))
    act(owner, school, case_team.add_member, case_id, user_id=person.user_id)
    assert act(person, school, case_page.page, case_id).head.id == case_id
    act(owner, school, case_team.shut_out, case_id, user_id=person.user_id, reason="Pihak dalam kasus.")
    with pytest.raises(NotFound):
        act(person, school, case_page.page, case_id)
    if role not in ("teacher", "school_admin"):
        assert register(person, school) == []
        assert sum(act(person, school, case_register.count_views).values()) == 0
    with tenancy.work(person.at(school)) as session:
        for table in (Case, CaseMember, CaseExclusion, CaseNote, CaseStatusChange):
            assert session.scalar(select(func.count()).select_from(table)) == 0, table
    with pytest.raises(Conflict):
        act(owner, school, case_team.add_member, case_id, user_id=person.user_id)
    team = act(owner, school, case_team.team, case_id)
    assert [(one.user_id, one.reason) for one in team.shut_out] == [(person.user_id, "Pihak dalam kasus.")]
    assert person.user_id not in {
        one.user_id for one in (*team.may_join, *team.may_own, *team.may_be_shut_out)
    }


def test_a_lifted_exclusion_gives_the_role_back_and_keeps_its_reason(
    app, world, school, owner, case_id, as_superuser
):
    principal = world.person(school, "principal")
    for reason in ("Pertama.", "Kedua."):
        act(owner, school, case_team.shut_out, case_id, user_id=principal.user_id, reason=reason)
        assert register(principal, school) == []
        act(owner, school, case_team.lift, case_id, user_id=principal.user_id)
        assert register(principal, school) == [case_id]
    with tenancy.work(owner.at(school)) as session:
        reasons = [row.reason for row in session.scalars(select(CaseExclusion).order_by(CaseExclusion.id))]
    assert reasons == ["Pertama.", "Kedua."]
    with pytest.raises(Conflict):
        act(owner, school, case_team.lift, case_id, user_id=principal.user_id)
    actions = as_superuser.execute(
        text(
            "SELECT action FROM audit_entries WHERE subject_id = :id AND action LIKE 'case.shut%' ORDER BY id"
        ),
        {"id": case_id},
    ).scalars()
    assert list(actions) == ["case.shut_out", "case.shut_out_lifted"] * 2


def test_whom_one_cannot_shut_out(app, world, school, owner, case_id):
    colleague = world.person(school, "counsellor")
    act(owner, school, case_team.add_member, case_id, user_id=colleague.user_id)
    with pytest.raises(Conflict):
        act(colleague, school, case_team.shut_out, case_id, user_id=owner.user_id, reason="x")
    with pytest.raises(Conflict):
        act(colleague, school, case_team.shut_out, case_id, user_id=colleague.user_id, reason="x")
    stranger = world.person(world.school(), "teacher")
    with pytest.raises(Invalid):
        act(owner, school, case_team.shut_out, case_id, user_id=stranger.user_id, reason="x")
    teacher = world.person(school, "teacher")
    with pytest.raises(Invalid):
        act(owner, school, case_team.shut_out, case_id, user_id=teacher.user_id, reason=" ")
    act(owner, school, case_team.shut_out, case_id, user_id=teacher.user_id, reason="x")
    with pytest.raises(Conflict):
        act(owner, school, case_team.shut_out, case_id, user_id=teacher.user_id, reason="x")


def test_a_shut_out_counsellor_cannot_be_made_the_owner(app, world, school, owner, case_id):
    colleague = world.person(school, "counsellor")
    act(owner, school, case_team.shut_out, case_id, user_id=colleague.user_id, reason="x")
    with pytest.raises(Conflict):
        act(owner, school, case_team.hand_over, case_id, user_id=colleague.user_id)


def test_a_principal_who_is_party_does_not_approve(app, world, school, owner, case_id):
    principal = world.person(school, "principal")
    assert act(owner, school, people.approver, case_id).user_id == principal.user_id
    act(owner, school, case_team.shut_out, case_id, user_id=principal.user_id, reason="x")
    with pytest.raises(Conflict):
        act(owner, school, people.approver, case_id)


def test_a_shut_out_counsellor_does_not_find_the_case_through_its_referral(app, world, school, owner):
    student_id = world.student(school)
    teacher, colleague = world.person(school, "teacher"), world.person(school, "counsellor")
    referral_id = act(teacher, school, student_referrals.refer, student_id=student_id, body="Cemas.").id
    case_id = opened(owner, school, student_id, referral_id=referral_id)
    assert len(act(colleague, school, student_referrals.list_incoming, "taken")) == 1
    act(owner, school, case_team.shut_out, case_id, user_id=colleague.user_id, reason="x")
    assert act(colleague, school, student_referrals.list_incoming, "taken") == []
    with pytest.raises(NotFound):
        act(colleague, school, student_referrals.get_incoming, referral_id)
