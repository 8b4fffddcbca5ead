"""A case from opening to closing: what is recorded of it, its status, what keeps it open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from webapp import tenancy
from webapp.domain import cases as rules
from webapp.domain import commitments as promises
from webapp.domain import words
from webapp.domain.errors import N_, Invalid
from webapp.domain.permissions import Permission
from webapp.domain.vocabulary import Vocabulary
from webapp.models.activities import Activity
from webapp.models.cases import Case, CaseMember, CaseNote, CaseStatusChange
from webapp.models.commitments import BehaviourGoal, Commitment
from webapp.models.students import Student
from webapp.services import access, audit, case_notes, numbers, student_referrals
from webapp.tenancy import Actor

LONGEST_SUMMARY = 2_000
MOST_OPTIONS = 300


@dataclass(frozen=True)
class CaseOption:
    """A case to choose from; `student` is a name for people of its team."""

    id: int
    number: str
    student: str
    class_name: str | None


def open_case(
    actor: Actor,
    *,
    student_id: int,
    field: str,
    kinds: Collection[str] = (),
    source: str,
    severity: str,
    summary: str,
    note: str = "",
    note_kind: str = "fact",
    happened_on: date | None = None,
    referral_id: int | None = None,
) -> Case:
    """Open a case: numbered by the school's pattern, owned by the actor, who is its whole team at first.

    `note` starts the timeline; a student referral named by `referral_id` is taken with the case.
    """
    student = access.get_student(actor, student_id, need=Permission.CASE_OPEN, keep=True)
    checked = _checked(field=field, kinds=kinds, source=source, severity=severity, summary=summary)
    assert actor.person_id is not None
    case = tenancy.add(
        Case(
            number=numbers.next_case_number(actor),
            student_id=student.id,
            status=rules.FIRST_STATUS,
            owner_id=actor.person_id,
            opened_on=actor.today,
            created_at=actor.at,
            created_by=actor.person_id,
            **checked,
        )
    )
    # A statement of its own: the policies let nobody but the opener join a case that has no team yet.
    tenancy.add(
        CaseMember(case_id=case.id, user_id=actor.person_id, added_by=actor.person_id, added_at=actor.at)
    )
    _record_status(actor, case, None, "")
    audit.record(actor, "case.opened", case)
    if note.strip():
        case_notes.add_note(actor, case.id, kind=note_kind, body=note, happened_on=happened_on or actor.today)
    if referral_id is not None:
        student_referrals.take(actor, referral_id, case_id=case.id)
    return case


def edit_case(
    actor: Actor,
    case_id: int,
    *,
    field: str,
    kinds: Collection[str],
    source: str,
    severity: str,
    summary: str,
) -> Case:
    """Change what the case is about; an earlier wording of the summary stays in the timeline."""
    case = _locked(actor, case_id, need=Permission.CASE_WRITE)
    rules.check_open_for_work(case.status)
    checked = _checked(field=field, kinds=kinds, source=source, severity=severity, summary=summary)
    earlier = case.summary
    changed = [name for name, value in checked.items() if getattr(case, name) != value]
    for name in changed:
        setattr(case, name, checked[name])
    if "summary" in changed and earlier:
        tenancy.add(
            CaseNote(
                case_id=case.id,
                kind="summary",
                author_id=actor.person_id,
                created_at=actor.at,
                happened_on=actor.today,
                body=earlier,
            )
        )
    if changed:
        audit.record(actor, "case.edited", case, fields=",".join(sorted(changed)))
    return case


def change_status(actor: Actor, case_id: int, *, to: str, reason: str = "") -> Case:
    """Move a case on: close it when nothing is open in it, or open a closed one again, with a reason."""
    case = _locked(actor, case_id, need=Permission.CASE_CLOSE if to == "closed" else Permission.CASE_WRITE)
    _choose(words.CASE_STATUSES, to, "to")
    reason = _text(reason, "reason", required=False)
    rules.check_transition(case.status, to, reason=reason)
    if to == "closed":
        rules.check_can_close(_facts(actor, case), on=actor.today)
    earlier, case.status = case.status, to
    case.closed_on = actor.today if to == "closed" else None
    _record_status(actor, case, earlier, reason)
    audit.record(actor, "case.status_changed", case, before=earlier, after=to)
    return case


def case_facts(actor: Actor, case_id: int) -> rules.CaseFacts:
    """What closing asks of a case, counted now."""
    return _facts(actor, access.get_case(actor, case_id, need=Permission.CASE_READ))


def open_case_options(actor: Actor, *, student_id: int | None = None) -> list[CaseOption]:
    """Cases that are not closed and on whose team the actor is (of one student, when given), newest first."""
    access.require(actor, Permission.CASE_REGISTER)
    statement = (
        select(Case.id, Case.number, Student.name, Student.class_name)
        .join(Student, (Student.school_id == Case.school_id) & (Student.id == Case.student_id))
        .join(CaseMember, (CaseMember.school_id == Case.school_id) & (CaseMember.case_id == Case.id))
        .where(
            Case.school_id == actor.school_id,
            Case.status != "closed",
            CaseMember.user_id == actor.person_id,
            CaseMember.removed_at.is_(None),
        )
        .order_by(Case.id.desc())
        .limit(MOST_OPTIONS)
    )
    if student_id is not None:
        statement = statement.where(Case.student_id == student_id)
    return [CaseOption(*row) for row in tenancy.session.execute(statement)]


def _locked(actor: Actor, case_id: int, *, need: Permission) -> Case:
    # Two people who change one case at once do it one after the other.
    case = access.get_case(actor, case_id, need=need)
    tenancy.session.refresh(case, with_for_update=True)
    return case


def _facts(actor: Actor, case: Case) -> rules.CaseFacts:
    def count(table, open_states: Collection[str]):
        return (
            select(func.count())
            .select_from(table)
            .where(table.school_id == actor.school_id, table.case_id == case.id, table.state.in_(open_states))
            .scalar_subquery()
        )

    activities, commitments, goals = tenancy.session.execute(
        select(
            count(Activity, {"active"}),
            count(Commitment, promises.OPEN_STATES),
            count(BehaviourGoal, promises.OPEN_GOAL_STATES),
        )
    ).one()
    return rules.CaseFacts(case.status, case.opened_on, activities, commitments, goals)


def _record_status(actor: Actor, case: Case, earlier: str | None, reason: str) -> None:
    tenancy.add(
        CaseStatusChange(
            case_id=case.id,
            from_status=earlier,
            to_status=case.status,
            by_id=actor.person_id,
            at=actor.at,
            reason=reason or None,
        )
    )


def _checked(*, field: str, kinds: Collection[str], source: str, severity: str, summary: str) -> dict:
    for kind in kinds:
        _choose(words.PROBLEM_KINDS, kind, "kinds")
    return {
        "field": _choose(words.FIELDS, field, "field"),
        "kinds": [kind for kind in words.PROBLEM_KINDS.keys if kind in kinds],
        "source": _choose(words.REFERRAL_SOURCES, source, "source"),
        "severity": _choose(words.SEVERITIES, severity, "severity"),
        "summary": _text(summary, "summary"),
    }


def _choose(vocabulary: Vocabulary, key: str, field: str) -> str:
    if key not in vocabulary:
        raise Invalid(N_("Choose one of the values in the list."), field=field)
    return key


def _text(text: str, field: str, *, required: bool = True) -> str:
    text = text.strip()
    if required and not text:
        raise Invalid(N_("Please write a few words."), field=field)
    if len(text) > LONGEST_SUMMARY:
        raise Invalid(N_("This text has more than %(limit)s characters."), field=field, limit=LONGEST_SUMMARY)
    return text
