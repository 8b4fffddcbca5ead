"""Cases: opening and numbering, the register, status and closing, the timeline."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from tests.factories import MONDAY
from tests.queries import count_queries
from webapp import tenancy
from webapp.domain.errors import Conflict, Forbidden, Invalid, NotFound
from webapp.models.activities import Activity
from webapp.models.commitments import BehaviourGoal, Commitment, CommitmentReport, Observation
from webapp.models.conferences import Conference, Participant
from webapp.models.schools import HomeroomAssignment
from webapp.services import (
    audit,
    case_notes,
    case_page,
    case_register,
    case_team,
    cases,
)
from webapp.services.case_register import ALL, CaseFilters
from webapp.services.case_timeline import Place

TODAY = date(2026, 11, 23)


def opened(person, school, student_id, **values):
    """A case opened by a person; returns its id."""
    given = {
        "field": "social",
        "kinds": ["bullying"],
        "source": "homeroom",
        "severity": "medium",
        "summary": "Sering menyendiri.",
    } | values
    actor = person.at(school)
    with tenancy.work(actor):
        return cases.open_case(actor, student_id=student_id, **given).id


@pytest.fixture
def school(world):
    return world.school()


@pytest.fixture
def counsellor(world, school):
    return world.person(school, "counsellor")


@pytest.fixture
def case_id(app, world, school, counsellor):
    return opened(counsellor, school, world.student(school))


def entries(person, school, case_id, **values):
    with tenancy.work(person.at(school)):
        return case_page.page(person.at(school), case_id, **values).timeline.entries


# --- opening --------------------------------------------------------------------------------------


def test_opening_numbers_the_case_makes_its_opener_the_owner_and_starts_the_trail(
    app, world, school, counsellor, as_superuser
):
    student_id = world.student(school, name="Putri Rekaan")
    case_id = opened(
        counsellor, school, student_id, note="Menangis di kelas.", happened_on=date(2026, 11, 20)
    )
    actor = counsellor.at(school)
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    assert (page.head.number, page.head.status, page.head.owner_id) == (
        "K-2026-001",
        "open",
        counsellor.user_id,
    )
    assert [(entry.kind, entry.word) for entry in page.timeline.entries] == [
        ("status", "open"),
        ("note", "fact"),
    ]
    assert page.timeline.entries[1].on == date(2026, 11, 20)
    actions = as_superuser.execute(
        text("SELECT action FROM audit_entries WHERE school_id = :school"), {"school": school.id}
    )
    assert {"case.opened", "case_note.added"} <= {row.action for row in actions}


def test_numbers_follow_the_schools_pattern_and_start_again_with_the_school_year(app, world):
    school = world.school(case_number_pattern="BK/{nomor:02}/{tahun_ajaran}")
    counsellor = world.person(school, "counsellor")
    numbers = []
    for when in (MONDAY, MONDAY + timedelta(days=30), MONDAY + timedelta(days=365)):
        actor = counsellor.at(school, when=when)
        student_id = world.student(school)
        with tenancy.work(actor):
            numbers.append(
                cases.open_case(
                    actor,
                    student_id=student_id,
                    field="social",
                    source="peer",
                    severity="low",
                    summary="Rekaan.",
                ).number
            )
    assert numbers == ["BK/01/2026/2027", "BK/02/2026/2027", "BK/01/2027/2028"]


def test_numbers_of_a_pattern_without_a_year_never_start_again(app, world):
    school = world.school(case_number_pattern="K{nomor}")
    counsellor = world.person(school, "counsellor")
    numbers = []
    for when in (MONDAY, MONDAY + timedelta(days=365)):
        actor = counsellor.at(school, when=when)
        student_id = world.student(school)
        with tenancy.work(actor):
            numbers.append(
                cases.open_case(
                    actor,
                    student_id=student_id,
                    field="social",
                    source="peer",
                    severity="low",
                    summary="Rekaan.",
                ).number
            )
    assert numbers == ["K1", "K2"]


def test_cases_opened_at_once_by_many_hands_get_numbers_of_their_own(app, world, school):
    hands = [world.person(school, "counsellor") for _ in range(6)]
    students = [world.student(school) for _ in hands]
    gate, numbers, failures = threading.Barrier(len(hands)), [], []

    def open_three(person, student_id):
        try:
            gate.wait()
            for _ in range(3):
                actor = person.at(school)
                with app.app_context(), tenancy.work(actor):
                    case = cases.open_case(
                        actor,
                        student_id=student_id,
                        field="social",
                        source="peer",
                        severity="low",
                        summary="Rekaan.",
                    )
                    numbers.append(case.number)
        except BaseException as failure:
            failures.append(failure)
            raise

    threads = [threading.Thread(target=open_three, args=pair) for pair in zip(hands, students, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(numbers) == [f"K-2026-{number:03}" for number in range(1, 19)]


@pytest.mark.parametrize("role", ["principal", "homeroom", "teacher", "school_admin"])
def test_only_counsellors_and_class_teachers_open_cases(app, world, school, role):
    with pytest.raises(Forbidden):
        opened(world.person(school, role), school, world.student(school))


@pytest.mark.parametrize("role", ["counsellor", "class_teacher"])
def test_counsellors_and_class_teachers_do_open_cases(app, world, school, role):
    person = world.person(school, role)
    case_id = opened(person, school, world.student(school))
    with tenancy.work(person.at(school)):
        assert case_page.page(person.at(school), case_id).head.id == case_id


def test_a_case_is_not_opened_for_another_schools_student(app, world, school, counsellor):
    with pytest.raises(NotFound):
        opened(counsellor, school, world.student(world.school()))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"field": "astral"}, "field"),
        ({"kinds": ["bullying", "x"]}, "kinds"),
        ({"source": ""}, "source"),
        ({"severity": "so"}, "severity"),
        ({"summary": "  "}, "summary"),
        ({"summary": "x" * 2001}, "summary"),
    ],
)
def test_a_wrong_value_is_named(app, world, school, counsellor, values, field):
    with pytest.raises(Invalid) as refusal:
        opened(counsellor, school, world.student(school), **values)
    assert refusal.value.field == field


def test_the_summary_is_sealed_and_an_earlier_wording_stays(app, school, counsellor, case_id, as_superuser):
    actor = counsellor.at(school)
    with tenancy.work(actor):
        cases.edit_case(
            actor,
            case_id,
            field="personal",
            kinds=[],
            source="peer",
            severity="high",
            summary="Ternyata lain.",
        )
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    assert (page.head.field, page.head.summary) == ("personal", "Ternyata lain.")
    earlier = next(entry for entry in page.timeline.entries if entry.word == "summary")
    assert earlier.text == "Sering menyendiri."
    stored = (
        as_superuser.execute(text("SELECT * FROM cases WHERE id = :id"), {"id": case_id}).mappings().one()
    )
    assert b"Ternyata" not in bytes(stored["summary_enc"])
    assert not any("Ternyata" in str(value) for key, value in stored.items() if key != "summary_enc")


# --- who sees what --------------------------------------------------------------------------------


def numbers_seen(person, school, filters=None):
    with tenancy.work(person.at(school)):
        page = case_register.list_cases(person.at(school), filters or CaseFilters())
    return [row.id for row in page.rows]


def test_the_register_by_role(app, world, school, counsellor, case_id):
    other_class = opened(counsellor, school, world.student(school, class_name="X-2"))
    homeroom = world.person(school, "homeroom")
    with tenancy.work(tenancy.system(school.id, MONDAY)):
        tenancy.add(HomeroomAssignment(user_id=homeroom.user_id, class_name="X-1", school_year="2026/2027"))
    for role in ("counsellor", "principal"):
        assert numbers_seen(world.person(school, role), school) == [other_class, case_id]
    assert numbers_seen(homeroom, school) == [case_id]
    assert numbers_seen(world.person(school, "homeroom"), school) == []
    for role in ("teacher", "school_admin"):
        with pytest.raises(Forbidden):
            numbers_seen(world.person(school, role), school)
    elsewhere = world.school()
    assert numbers_seen(world.person(elsewhere, "counsellor"), elsewhere) == []


@pytest.mark.parametrize(
    "role", ["counsellor", "principal", "homeroom", "class_teacher", "teacher", "school_admin"]
)
def test_nobody_outside_the_team_opens_a_case(app, world, school, counsellor, case_id, role):
    outsider = world.person(school, role)
    with tenancy.work(outsider.at(school)), pytest.raises(NotFound):
        case_page.page(outsider.at(school), case_id)
    with tenancy.work(counsellor.at(school)):
        case_team.add_member(counsellor.at(school), case_id, user_id=outsider.user_id)
    with tenancy.work(outsider.at(school)):
        assert case_page.page(outsider.at(school), case_id).head.id == case_id


def test_another_schools_counsellor_finds_nothing_to_read_or_to_change(app, world, case_id):
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    actor = stranger.at(elsewhere)
    acts = [
        lambda: case_page.page(actor, case_id),
        lambda: case_page.head(actor, case_id, part="team"),
        lambda: cases.case_facts(actor, case_id),
        lambda: cases.change_status(actor, case_id, to="in_progress"),
        lambda: case_notes.add_note(actor, case_id, kind="fact", body="x", happened_on=TODAY),
        lambda: case_team.team(actor, case_id),
        lambda: case_team.add_member(actor, case_id, user_id=stranger.user_id),
        lambda: case_team.shut_out(actor, case_id, user_id=stranger.user_id, reason="x"),
    ]
    for act in acts:
        with tenancy.work(actor), pytest.raises(NotFound):
            act()


def test_reading_a_case_is_recorded(app, school, counsellor, case_id, as_superuser):
    with tenancy.work(counsellor.at(school)):
        case_page.page(counsellor.at(school), case_id)
    reads = as_superuser.execute(
        text("SELECT person_id, detail FROM audit_entries WHERE subject_id = :id AND action = 'case.read'"),
        {"id": case_id},
    ).all()
    assert [(row.person_id, row.detail["part"]) for row in reads] == [(counsellor.user_id, "page")]


# --- register: filters, search, pages -------------------------------------------------------------


def test_filters_search_and_views(app, world, school, counsellor):
    other = world.person(school, "counsellor")
    ani = opened(counsellor, school, world.student(school, name="Ani Putri Rekaan", class_name="X-1"))
    budi = opened(
        other,
        school,
        world.student(school, name="Budi Rekaan", class_name="XI-2"),
        field="career",
        kinds=[],
        severity="urgent",
    )
    with tenancy.work(counsellor.at(school)):
        cases.change_status(counsellor.at(school), ani, to="monitoring")

    def seen(**values):
        return numbers_seen(counsellor, school, CaseFilters(**values))

    assert seen() == [budi, ani]
    assert seen(mine=True) == seen(status="monitoring") == seen(owner_id=counsellor.user_id) == [ani]
    assert seen(field="career") == seen(severity="urgent") == seen(class_name="XI-2") == [budi]
    assert seen(status="closed") == []
    for text_typed in ("ani", "ANI PUT", "put ani", "rek ani", "2026-001"):
        assert seen(text=text_typed) == [ani], text_typed
    assert seen(text="rekaan") == seen(text="k-2026") == [budi, ani]
    assert seen(text="kaan") == seen(text="%") == seen(text="_") == []
    with tenancy.work(counsellor.at(school)):
        assert case_register.count_views(counsellor.at(school)) == {
            "active": 2,
            "mine": 1,
            "monitoring": 1,
            "closed": 0,
        }
        assert case_register.classes(counsellor.at(school)) == ["X-1", "XI-2"]
        assert {owner for owner, _ in case_register.owners(counsellor.at(school))} == {
            counsellor.user_id,
            other.user_id,
        }


def test_kinds_of_problem_filter_only_cases_of_ones_own_team(app, world, school, counsellor, case_id):
    assert numbers_seen(counsellor, school, CaseFilters(kind="bullying")) == [case_id]
    assert numbers_seen(counsellor, school, CaseFilters(kind="truancy")) == []
    assert numbers_seen(world.person(school, "principal"), school, CaseFilters(kind="bullying")) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_all_pages_together_are_all_cases_once_each_both_ways(
    app, world, school, counsellor, monkeypatch, size
):
    monkeypatch.setattr(case_register, "PAGE", size)
    student_id = world.student(school)
    everything = [opened(counsellor, school, student_id) for _ in range(7)][::-1]
    actor = counsellor.at(school)
    down, older = [], None
    with tenancy.work(actor):
        while True:
            page = case_register.list_cases(actor, CaseFilters(), older_than=older)
            assert (page.newer_than is None) == (older is None)
            down += [row.id for row in page.rows]
            if page.older_than is None:
                break
            older = page.older_than
        up = [row.id for row in page.rows]
        while page.newer_than is not None:
            page = case_register.list_cases(actor, CaseFilters(), newer_than=page.newer_than)
            up = [row.id for row in page.rows] + up
    assert down == up == everything


def test_the_cases_of_a_student_are_found_for_the_card(app, world, school, counsellor):
    student_id = world.student(school)
    mine = opened(counsellor, school, student_id)
    opened(counsellor, school, world.student(school))
    with tenancy.work(counsellor.at(school)):
        assert [row.id for row in case_register.for_student(counsellor.at(school), student_id)] == [mine]
        assert [
            option.id for option in cases.open_case_options(counsellor.at(school), student_id=student_id)
        ] == [mine]
    teacher = world.person(school, "teacher")
    with tenancy.work(teacher.at(school)), pytest.raises(Forbidden):
        case_register.for_student(teacher.at(school), student_id)
    elsewhere = world.school()
    stranger = world.person(elsewhere, "counsellor")
    with tenancy.work(stranger.at(elsewhere)), pytest.raises(NotFound):
        case_register.for_student(stranger.at(elsewhere), student_id)


# --- status ---------------------------------------------------------------------------------------


def monitored(school, counsellor, case_id):
    """A conference with a promise, a report on it, a behaviour and an observation; returns their ids."""
    actor = counsellor.at(school)
    with tenancy.work(actor):
        activity = tenancy.add(
            Activity(case_id=case_id, procedure="conference", created_by=actor.person_id, created_at=MONDAY)
        )
        tenancy.add(
            Conference(
                id=activity.id,
                case_id=case_id,
                state="monitoring",
                requester_id=actor.person_id,
                created_at=MONDAY,
                starts_at=MONDAY + timedelta(days=2),
                concluded_at=MONDAY + timedelta(days=2, hours=1),
            )
        )
        who = tenancy.add(
            Participant(
                conference_id=activity.id,
                kind="expert",
                why="information",
                name="Bu Rekaan",
                answer="yes",
                answered_at=MONDAY,
                created_at=MONDAY,
            )
        )
        promise = tenancy.add(
            Commitment(
                case_id=case_id,
                activity_id=activity.id,
                participant_id=who.id,
                due_on=TODAY - timedelta(days=1),
                state="accepted",
                created_by=actor.person_id,
                created_at=MONDAY,
                what="Menelepon tiap Jumat.",
            )
        )
        tenancy.add(
            CommitmentReport(
                commitment_id=promise.id,
                case_id=case_id,
                state="stuck",
                at=MONDAY,
                channel="link",
                by_participant_id=who.id,
                note="Belum tersambung.",
            )
        )
        goal = tenancy.add(
            BehaviourGoal(
                case_id=case_id,
                activity_id=activity.id,
                created_by=actor.person_id,
                created_at=MONDAY,
                behaviour="Menyapa teman.",
            )
        )
        for day, score in ((2, 4), (0, 2)):
            tenancy.add(
                Observation(
                    goal_id=goal.id,
                    case_id=case_id,
                    observed_on=TODAY - timedelta(days=10 - day),
                    score=score,
                    by_user_id=actor.person_id,
                    at=MONDAY,
                    note="Terlihat di kantin.",
                )
            )
    return activity.id, promise.id, goal.id


def test_a_case_closes_only_when_nothing_is_open_and_opens_again_with_a_reason(
    app, school, counsellor, case_id
):
    actor = counsellor.at(school)
    activity_id, promise_id, goal_id = monitored(school, counsellor, case_id)

    def close(reason="Tuntas."):
        with tenancy.work(actor):
            cases.change_status(actor, case_id, to="closed", reason=reason)

    def settle(table, row_id, state):
        with tenancy.work(actor) as session:
            session.get_one(table, (school.id, row_id)).state = state

    with tenancy.work(actor):
        facts = cases.case_facts(actor, case_id)
    assert (facts.open_activities, facts.open_commitments, facts.open_goals) == (1, 1, 1)
    for table, row_id, state in (
        (Activity, activity_id, "completed"),
        (Commitment, promise_id, "done"),
        (BehaviourGoal, goal_id, "reached"),
    ):
        with pytest.raises(Conflict):
            close()
        settle(table, row_id, state)
    with pytest.raises(Invalid):
        close(reason=" ")
    close()
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
        assert (page.head.status, page.head.closed_on) == ("closed", TODAY)
        with pytest.raises(Conflict):
            case_notes.add_note(actor, case_id, kind="fact", body="Lagi.", happened_on=TODAY)
        with pytest.raises(Invalid):
            cases.change_status(actor, case_id, to="in_progress")
        cases.change_status(actor, case_id, to="in_progress", reason="Terulang.")
    with tenancy.work(actor):
        page = case_page.page(actor, case_id, kind="status")
    assert (page.head.status, page.head.closed_on) == ("in_progress", None)
    moves = [(entry.before, entry.word, entry.text) for entry in page.timeline.entries]
    assert moves == [
        ("closed", "in_progress", "Terulang."),
        ("open", "closed", "Tuntas."),
        (None, "open", None),
    ]


def test_a_status_that_does_not_exist_is_refused(app, school, counsellor, case_id):
    with tenancy.work(counsellor.at(school)), pytest.raises(Invalid):
        cases.change_status(counsellor.at(school), case_id, to="lost")


# --- timeline -------------------------------------------------------------------------------------


def test_the_page_gathers_what_happened_and_what_is_promised(app, school, counsellor, case_id):
    actor = counsellor.at(school)
    monitored(school, counsellor, case_id)
    with tenancy.work(actor):
        page = case_page.page(actor, case_id)
    by_kind = {}
    for entry in page.timeline.entries:
        by_kind.setdefault(entry.kind, []).append(entry)
    assert set(by_kind) == {"status", "activity", "answer", "promise", "observation"}
    assert [entry.before for entry in by_kind["activity"]] == ["held", "active"]
    assert (by_kind["answer"][0].word, by_kind["answer"][0].about) == ("yes", "Bu Rekaan")
    assert (by_kind["promise"][0].about, by_kind["promise"][0].text) == (
        "Menelepon tiap Jumat.",
        "Belum tersambung.",
    )
    assert [entry.number for entry in by_kind["observation"]] == [4, 2]
    assert by_kind["observation"][0].about == "Menyapa teman."
    assert [entry.on for entry in page.timeline.entries] == sorted(
        (entry.on for entry in page.timeline.entries), reverse=True
    )
    (line,) = page.activities
    assert (line.procedure, line.number, line.done, line.conference_state) == (
        "conference",
        1,
        0,
        "monitoring",
    )
    assert [(promise.who, promise.due) for promise in page.promises] == [("Bu Rekaan", "overdue")]
    assert [(goal.behaviour, [value for _, value in goal.course]) for goal in page.behaviours] == [
        ("Menyapa teman.", [2, 4])
    ]
    assert page.next_on == TODAY + timedelta(days=2)
    assert [entry.kind for entry in entries(counsellor, school, case_id, kind="answer")] == ["answer"]


def test_all_pages_of_the_timeline_together_are_the_whole_of_it(
    app, school, counsellor, case_id, monkeypatch
):
    actor = counsellor.at(school)
    monitored(school, counsellor, case_id)
    with tenancy.work(actor):
        for number in range(5):
            case_notes.add_note(actor, case_id, kind="fact", body=f"Catatan {number}", happened_on=TODAY)
    whole = [(entry.kind, entry.id, entry.before) for entry in entries(counsellor, school, case_id)]
    assert len(whole) == len(set(whole)) == 12
    monkeypatch.setattr("webapp.services.case_timeline.PAGE", 1)
    found, before = [], None
    with tenancy.work(actor):
        while True:
            timeline = case_page.page(actor, case_id, before=before).timeline
            found += [(entry.kind, entry.id, entry.before) for entry in timeline.entries]
            if timeline.older is None:
                break
            before = Place.parse(str(timeline.older))
            assert before == timeline.older
    assert found == whole


@pytest.mark.parametrize(
    "text_given", ["", "x", "1.2.3", "0.0.0.0", "9999999999.1.1.1", "1." + "9" * 40 + ".1.1"]
)
def test_a_place_that_is_none_is_ignored(text_given):
    assert Place.parse(text_given) is None


def test_a_correction_keeps_every_earlier_wording(app, world, school, counsellor, case_id):
    actor = counsellor.at(school)
    with tenancy.work(actor):
        first = case_notes.add_note(actor, case_id, kind="impression", body="Malas.", happened_on=TODAY).id
    with tenancy.work(actor):
        second = case_notes.correct_note(
            actor, case_id, first, kind="impression", body="Tampak lelah.", happened_on=TODAY
        ).id
    with tenancy.work(actor):
        case_notes.correct_note(
            actor, case_id, second, kind="fact", body="Tidur di kelas.", happened_on=TODAY
        )
    shown = [entry for entry in entries(counsellor, school, case_id, kind="note")]
    assert [(entry.text, entry.word, entry.is_corrected) for entry in shown] == [
        ("Tidur di kelas.", "fact", True)
    ]
    for any_wording in (first, second, shown[0].id):
        with tenancy.work(actor):
            trail = case_notes.note_trail(actor, case_id, any_wording)
        assert [wording.body for wording in trail.wordings] == ["Tidur di kelas.", "Tampak lelah.", "Malas."]
    with tenancy.work(actor), pytest.raises(Conflict):
        case_notes.correct_note(actor, case_id, first, kind="fact", body="Lain.", happened_on=TODAY)
    colleague = world.person(school, "counsellor")
    with tenancy.work(actor):
        case_team.add_member(actor, case_id, user_id=colleague.user_id)
    with tenancy.work(colleague.at(school)), pytest.raises(Forbidden):
        case_notes.correct_note(
            colleague.at(school), case_id, shown[0].id, kind="fact", body="Lain.", happened_on=TODAY
        )


def test_a_note_is_corrected_in_its_own_case_only(app, world, school, counsellor, case_id):
    other_case = opened(counsellor, school, world.student(school))
    actor = counsellor.at(school)
    with tenancy.work(actor):
        note = case_notes.add_note(actor, case_id, kind="fact", body="Di sini.", happened_on=TODAY).id
    with tenancy.work(actor), pytest.raises(NotFound):
        case_notes.note_trail(actor, other_case, note)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "rumour"}, "kind"),
        ({"kind": "summary"}, "kind"),
        ({"body": " "}, "body"),
        ({"happened_on": TODAY + timedelta(days=1)}, "happened_on"),
    ],
)
def test_a_wrong_note_is_refused(app, school, counsellor, case_id, values, field):
    given = {"kind": "fact", "body": "Isi.", "happened_on": TODAY} | values
    with tenancy.work(counsellor.at(school)), pytest.raises(Invalid) as refusal:
        case_notes.add_note(counsellor.at(school), case_id, **given)
    assert refusal.value.field == field


# --- cost -----------------------------------------------------------------------------------------


def test_a_full_page_of_a_case_costs_as_many_queries_as_an_empty_one(app, school, counsellor, case_id):
    actor = counsellor.at(school)

    def cost():
        with count_queries() as seen, tenancy.work(actor):
            case_page.page(actor, case_id)
        return len(seen)

    empty = cost()
    for _ in range(3):
        monitored(school, counsellor, case_id)
    assert cost() == empty <= 12


def test_a_search_in_the_register_stays_in_its_own_school(app, school, counsellor, case_id, world):
    """The plan reads cases and students by their indexes, which begin with the school."""
    actor = counsellor.at(school)
    with tenancy.work(actor) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        statement = case_register._candidates(actor, CaseFilters(text="ani", status=ALL))
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.execute(text("EXPLAIN " + str(compiled).replace(":", "\\:"))).scalars())
    assert "Seq Scan on cases" not in plan, plan
    assert "Seq Scan on students" not in plan, plan
    assert f"school_id = {school.id}" in plan


def test_the_trail_names_no_student(app, world, school, counsellor, as_superuser):
    student_id = world.student(school, name="Zulaikha Rekaan")
    case_id = opened(counsellor, school, student_id, note="Zulaikha menangis.")
    actor = counsellor.at(school)
    with tenancy.work(actor):
        case_page.page(actor, case_id)
        audit.record(actor, "test.done")
    rows = as_superuser.execute(
        text("SELECT detail::text AS detail FROM audit_entries WHERE school_id = :school"),
        {"school": school.id},
    )
    assert not [row for row in rows if "zulaikha" in row.detail.lower()]
