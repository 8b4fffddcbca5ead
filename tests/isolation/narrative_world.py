"""A school that has written something into every confidential place, through the services that people use."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from tests.activity_world import Run
from tests.conference_world import Meeting
from tests.dapodik.lists import write_rows
from tests.factories import Person, World
from tests.services.moves import Move
from tests.services.rosters import invented, started
from tests.services.test_students import ENTRIES
from webapp import tenancy
from webapp.dapodik.layout import REQUIRED
from webapp.domain.declared.home_visit import HOME_VISIT
from webapp.domain.minutes import Statement
from webapp.mail.incoming import Incoming
from webapp.models.background import OutboxMail, ReportDelivery
from webapp.services import (
    absences,
    activity_documents,
    activity_entries,
    addenda,
    answers,
    attachments,
    behaviours,
    case_links,
    case_notes,
    case_team,
    cases,
    commitments,
    conclusions,
    conferences,
    content,
    deliveries,
    guardians,
    import_requests,
    imports,
    incoming,
    information_conflicts,
    letters,
    meeting,
    pledges,
    reports,
    student_entries,
    student_referrals,
    transfer_arrivals,
    transfers,
    visit_appointments,
    visit_guests,
    visit_requests,
)
from webapp.tenancy import Actor

SECTIONS = ("strengths", "symptoms", "data", "efforts", "discussion", "recommendations", "decisions")


class Markers(dict[str, str]):
    """Words that stand nowhere else: what is found of them later was written here."""

    def __call__(self, what: str) -> str:
        return self.setdefault(what, f"Penanda{what}{secrets.token_hex(6)}")


def fill(world: World, folder: Path, mark: Markers) -> Meeting:
    """Cases, people, a list, a conference up to its minutes, another returned and called off."""
    stage = Meeting.build(world)
    _write_of_cases(world, stage, mark)
    _write_of_people(world, stage, folder, mark)
    _call_off(stage, mark)
    _hold(stage, mark)
    _visit(stage, mark)
    _move(stage, mark)
    return stage


def _write_of_cases(world: World, stage: Meeting, mark: Markers) -> None:
    about = {"field": "social", "kinds": ["truancy"], "source": "counsellor", "severity": "high"}
    party, student_id = world.person(stage.school, "teacher"), world.student(stage.school)
    with stage.as_(stage.teacher) as actor:
        referral = student_referrals.refer(actor, student_id=student_id, body=mark("referral"))
    with stage.as_(stage.counsellor) as actor:
        cases.edit_case(actor, stage.case_id, **about, summary=mark("summary"))
        day = {"happened_on": actor.today}
        note = case_notes.add_note(actor, stage.case_id, kind="fact", body=mark("note"), **day)
        case_notes.correct_note(actor, stage.case_id, note.id, kind="fact", body=mark("corrected"), **day)
        content = f"%PDF-1.7 {mark('filecontent')} %%EOF".encode()
        attachments.add(actor, stage.case_id, name=f"{mark('filename')}.pdf", content=content)
        case_team.shut_out(actor, stage.case_id, user_id=party.user_id, reason=mark("shutout"))
        student_referrals.decline(actor, referral.id, answer=mark("declined"))
        closed = cases.open_case(actor, student_id=student_id, **about, summary=mark("shortcase"))
        case_links.link(actor, stage.case_id, number=closed.number, kind="other", note=mark("link"))
        cases.change_status(actor, closed.id, to="closed", reason=mark("closed"))


def _write_of_people(world: World, stage: Meeting, folder: Path, mark: Markers) -> None:
    with stage.as_(stage.counsellor) as actor:
        student_entries.add_student(actor, ENTRIES | {"address": mark("address")})
        entries = {
            "relation": "father",
            "name": mark("guardian"),
            "occupation": mark("occupation"),
            "phone": "0811000111",
        }
        guardian = guardians.add_guardian(actor, stage.student_id, entries)
        guardians.forbid_contact(actor, stage.student_id, guardian.id, reason=mark("nocontact"))
    operator = world.person(stage.school, "school_admin")
    with world.app.app_context():
        import_id = started(operator, stage.school, invented(folder, 8, sex_unknown=2))
        assert imports.run(operator.at(stage.school), import_id)
        _choose_columns(operator.at(stage.school), folder, mark, operator, stage)


def _choose_columns(actor: Actor, folder: Path, mark: Markers, operator: Person, stage: Meeting) -> None:
    header = [mark("header"), "NIPD", "JK", "NISN", "Tanggal Lahir", "Kelas"]
    cells = ["Mawar Fajar Rekaan", "9", "P", "0999000099", "2012-03-04", "X-1"]
    content = write_rows(folder / "lain.xlsx", [header, cells]).read_bytes()
    import_id = started(operator, stage.school, content)
    assert imports.run(actor, import_id)
    with tenancy.work(actor):
        import_requests.remap(actor, import_id, dict(zip(REQUIRED, header, strict=True)))


def _call_off(stage: Meeting, mark: Markers) -> None:
    stage.requested(purpose=mark("firstpurpose"))
    with stage.as_(stage.principal) as actor:
        conferences.return_request(actor, stage.conference_id, reason=mark("returned"))
    with stage.as_(stage.counsellor) as actor:
        conferences.request(actor, stage.conference_id, signed_name=stage.counsellor.name)
    with stage.as_(stage.principal) as actor:
        conferences.approve(actor, stage.conference_id)
    with stage.as_guest("expert", when=stage.now, verified=False) as actor:
        pledges.refuse(actor, stage.conference_id, message=mark("refused"))
    with stage.as_(stage.counsellor) as actor:
        absences.hold_without(actor, stage.conference_id, reason=mark("without"))
        conferences.cancel(actor, stage.conference_id, reason=mark("cancelled"))


def _hold(stage: Meeting, mark: Markers) -> None:
    stage.invited(purpose=mark("purpose"), despite=mark("despite"))
    with stage.as_(stage.teacher) as actor:
        given = {"answer": "other_time", "message": mark("message"), "proposed_time": mark("othertime")}
        answers.answer(actor, stage.conference_id, **given)
    _write_letter(stage)
    _write_back(stage, mark)
    stage.described(**{section: mark(section) for section in SECTIONS})
    kinds = {kind: stage.participant(kind).id for kind in ("staff", "guardian", "expert")}
    with stage.as_(stage.counsellor, when=stage.during) as actor:
        now = content.read(actor, stage.conference_id)["data"]
        content.save(actor, stage.conference_id, "data", text=mark("newdata"), version=now.version)
        said = [Statement(mark("statement"), mark("speaker")), Statement("Lain", "Wali")]
        row = information_conflicts.add(actor, stage.conference_id, topic=mark("topic"), statements=said)
        information_conflicts.settle(actor, row.id, state="clarified", clarification=mark("clarified"))
        tasks = {
            kind: commitments.propose(
                actor,
                stage.conference_id,
                participant_id=kinds[kind],
                what=mark(f"task{kind}"),
                due_on=stage.due_on,
            ).id
            for kind in kinds
        }
        goals = [
            behaviours.set_goal(actor, stage.conference_id, behaviour=mark(f"behaviour{number}")).id
            for number in range(2)
        ]
    with stage.as_guest(when=stage.during) as actor:
        commitments.answer(actor, tasks["guardian"], accepts=False, reason=mark("declinedtask"))
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        meeting.conclude(actor, stage.conference_id)
    for person in (stage.counsellor, stage.teacher):
        with stage.as_(person, when=stage.after) as actor:
            conclusions.give_opinion(actor, stage.conference_id, opinion="agreed")
    with stage.as_guest(when=stage.after) as actor:
        own = {"opinion": "reservation", "reservation": mark("reservation")}
        conclusions.give_opinion(actor, stage.conference_id, **own)
    stage.sign().make()
    with stage.as_(stage.counsellor, when=stage.after) as actor:
        addenda.write(actor, stage.conference_id, text=mark("addendum"))
    later = stage.after + timedelta(days=1)
    with stage.as_(stage.teacher, when=later) as actor:
        commitments.answer(actor, tasks["staff"], accepts=True)
        commitments.report(actor, tasks["staff"], state="stuck", note=mark("report"))
    with stage.as_(stage.counsellor, when=later) as actor:
        commitments.waive(actor, tasks["expert"], reason=mark("waived"))
        behaviours.observe(actor, goals[0], observed_on=actor.today, score=3, note=mark("observed"))
        behaviours.close(actor, goals[1], state="waived", reason=mark("unwatched"))


def _visit(stage: Meeting, mark: Markers) -> None:
    """A home visit with a finding that is corrected and taken out, and a promise of the family; a copy of
    its report is delivered and taken back."""
    run = Run(stage, HOME_VISIT).started()
    for path in run.paths():
        run.record(path, mark=mark("visit"))
        if path == "execution.commitment_developed":
            break
    with stage.as_(stage.counsellor) as actor:
        (finding,) = activity_entries.read(actor, run.activity_id)["execution.problem_discussed"]
        anew = activity_entries.correct(
            actor, run.activity_id, finding.id, {"text": mark("finding")}, nature="impression"
        )
        activity_entries.remove(actor, run.activity_id, anew.id, reason=mark("takenout"))
        copy_id = activity_documents.request(actor, run.activity_id, "visit_report_copy", locale="id").id
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, stage.now), copy_id)
    with stage.as_(stage.counsellor) as actor:
        deliveries.deliver(actor, copy_id, [stage.teacher.user_id])
        given = tenancy.session.scalars(select(ReportDelivery.id).where(ReportDelivery.report_id == copy_id))
        deliveries.withdraw(actor, given.one(), reason=mark("copyback"))
        visit_appointments.send(actor, run.activity_id, guardian_ids=[stage.guardian_id], locale="id")
        visit_requests.ask(actor, run.activity_id, stage.guardian_id, locale="id")
    token = stage.mails("visit_asked")[-1].facts["link"].rstrip("/").rpartition("/")[2]
    with stage.world.app.app_context():
        family = visit_guests.identify(token, now=stage.now).actor
        with tenancy.work(family):
            when, said = mark("othertime"), mark("familysays")
            visit_guests.answer(family, answer="other_time", proposed_time=when, message=said)


def _write_letter(stage: Meeting) -> None:
    participant_id = stage.participant("guardian").id
    with stage.as_(stage.counsellor) as actor:
        (letter,) = letters.issue(actor, stage.conference_id, [participant_id], mode="blank")
        report_id = letter.report_id
    with stage.world.app.app_context():
        assert reports.run(tenancy.system(stage.school.id, stage.now), report_id)


def _write_back(stage: Meeting, mark: Markers) -> None:
    """Somebody answers the invitation in their own words."""
    with stage.world.app.app_context():
        with tenancy.work(tenancy.system(stage.school.id, stage.now)) as session:
            message_id = session.scalars(
                select(OutboxMail.message_id).where(
                    OutboxMail.school_id == stage.school.id,
                    OutboxMail.conference_id == stage.conference_id,
                    OutboxMail.kind == "invitation",
                )
            ).first()
        sender = f"{mark('replier').lower()}@contoh.example"
        mail = Incoming("written", sender=sender, references=(message_id,), text=mark("reply"))
        assert incoming.take_up(mail, secrets.token_hex(32), stage.now).became == "written"


def _move(stage: Meeting, mark: Markers) -> None:
    """A student is sent and declined; of two who are sent here one is declined, the other waits."""
    move = Move.beside(stage)
    with stage.as_(stage.counsellor) as actor:
        guardian = {"relation": "other", "name": mark("consenter"), "phone": "0811000222"}
        consenter = guardians.add_guardian(actor, stage.student_id, guardian)
    sent = move.prepared(guardian=str(consenter.id))
    with move.sender() as actor:
        transfers.release(actor, sent)
    with move.receives() as actor:
        transfer_arrivals.decline(actor, sent, reason=mark("sentback"))
    here = move.sent_here()
    with stage.as_(stage.counsellor) as actor:
        transfer_arrivals.decline(actor, here, reason=mark("nottaken"))
    move.sent_here(fact=mark("packed"))
