"""What goes along to a home visit: its plan (SATKUNG), and the form that is filled in on the road."""

from __future__ import annotations

from datetime import date, timedelta

from webapp.domain import calendar, dates, field_values, impressions
from webapp.domain.procedure import Field
from webapp.domain.words import FIELDS
from webapp.models.background import Report
from webapp.reports.letterhead import Signatory
from webapp.reports.paper import Fact, Grid, Paper, Section, Signer
from webapp.services import activity_sections as sections
from webapp.services import letterheads, paper_parts, people, reports, visit_comers
from webapp.services.activity_sections import Record
from webapp.tenancy import Actor

PLAN, FORM = "visit_plan", "visit_form"
PLANNED = "planning.paperwork"
_FINDINGS = "execution.data_completed"
_MET = "execution.family_met"
_TALKED = "execution.problem_discussed"
_MONTH, _SEMESTER = timedelta(days=30), timedelta(days=182)


def collect_plan(actor: Actor, report: Report) -> Paper:
    """The plan of a visit as it was recorded; what the plan does not ask for is left to a pen."""
    record = sections.read(actor, report.activity_id or 0, paper=PLAN, locale=report.locale)
    return paper_parts.paper(
        actor,
        sections=(
            _target(actor, record),
            _execution(actor, record),
            _process(record),
            _assessment(record),
            _afterwards(record),
        ),
        held_on=visit_on(record) or record.made_on,
        case_number=record.case.number,
        number=None,
        signers=paper_parts.signers(actor, record),
        confidential=record.t["confidential_report"],
    )


def collect_form(actor: Actor, report: Report) -> Paper:
    """Lines for a pen: of the case it says no more than whom the visit is to, and when."""
    record = sections.read(actor, report.activity_id or 0, paper=FORM, locale=report.locale)
    t = record.t
    return paper_parts.paper(
        actor,
        sections=(
            _head(actor, record),
            officers(actor, record),
            _lines_for(record, _MET, rows=3),
            Section(_label(record, _TALKED), pen_lines=5),
            Section(_label(record, _FINDINGS), parts=_findings(record)),
            Section(t["impressions"], pen_lines=5),
            Section(
                t["commitments"],
                grid=Grid((t["who"], t["what"], t["due_on"], t["initialled"]), (), (8, 12, 6, 5), pen_rows=4),
            ),
            Section(t["conclusion"], pen_lines=4),
        ),
        held_on=visit_on(record) or record.made_on,
        number=None,
        signers=(
            Signer(t["family"], Signatory("", "")),
            Signer(t["visited_by"], people.signatory(actor, record.activity.created_by)),
        ),
        confidential=t["confidential_team"],
    )


reports.COLLECTORS[PLAN] = collect_plan
reports.COLLECTORS[FORM] = collect_form


# --- what the letters of a visit say as well ------------------------------------------------------


def visit_on(record: Record) -> date | None:
    """The day for which the visit is planned."""
    return field_values.read_date(record.values(PLANNED), "visit_on")


def day_time_and_place(record: Record) -> tuple[Fact, ...]:
    """When and where the visit is planned; lines for a pen where that is not settled."""
    t, on = record.t, visit_on(record)
    started, ended = (record.shown(PLANNED, key) for key in ("visit_from", "visit_until"))
    zone = dates.zone_label(record.time_zone)
    until = f"{ended} {zone}" if ended else t["until_end"]
    time = f"{started} {t['until']} {until}" if ended else f"{started} {zone} {t['until']} {until}"
    return (
        Fact(t["day_and_date"], dates.format_day(on, record.locale) if on else "", for_pen=True),
        Fact(t["time"], time if started else "", for_pen=True),
        Fact(t["place"], record.shown(PLANNED, "place"), for_pen=True),
    )


def officers(actor: Actor, record: Record) -> Section:
    """Who goes, under a heading."""
    leader_id = record.activity.created_by
    along = visit_comers.along(actor, record.activity, leader_id=leader_id)
    return paper_parts.officers(actor, leader_id, [one.user_id or one.name for one in along], record.t)


# --- inside: the plan -----------------------------------------------------------------------------


def _target(actor: Actor, record: Record) -> Section:
    t = record.t
    row = paper_parts.student(actor, record.case)
    facts = (
        Fact(t["name"], row.name),
        Fact(t["class"], row.class_name or ""),
        Fact(t["topic"], record.shown("planning.case_and_student", "topic"), for_pen=True),
        Fact(t["field"], FIELDS[record.case.field].label(record.locale)),
        Fact(t["kind"], t["kind_value"]),
        Fact(t["function"], t["function_value"]),
        Fact(t["competence"], t["competence_value"]),
        Fact(t["form"], t["form_value"]),
    )
    return Section(t["target"], facts=facts)


def _execution(actor: Actor, record: Record) -> Section:
    t = record.t
    parties = tuple((row["who"], row["role"]) for row in record.rows("planning.topics_and_roles"))
    went = officers(actor, record)
    facts = (
        *day_time_and_place(record),
        Fact(t["allotted"], _allotted(record), for_pen=True),
        Fact(t["semester"], _semester(actor, record)),
        Fact(t["tools"], t["tools_value"]),
    )
    return Section(
        t["execution"],
        facts=facts,
        parts=(
            Section(t["carried_out_by"], grid=went.grid),
            Section(t["parties"], grid=Grid((t["party"], t["role"]), parties, (8, 12))),
        ),
    )


def _allotted(record: Record) -> str:
    values = record.values(PLANNED)
    started, ended = (field_values.read_time(values, key) for key in ("visit_from", "visit_until"))
    if started is None or ended is None:
        return ""
    minutes = (ended.hour - started.hour) * 60 + ended.minute - started.minute
    return record.t["minutes"].replace("{minutes}", str(minutes))


def _semester(actor: Actor, record: Record) -> str:
    on, month = visit_on(record) or record.made_on, letterheads.school(actor).school_year_starts_month
    half = "odd" if calendar.semester(on, month).endswith("1") else "even"
    return f"{record.t[half]}, {calendar.school_year(on, month)}"


def _process(record: Record) -> Section:
    t = record.t
    prepared = {key: record.shown("planning.information_prepared", key) for key in ("text", "opening_theme")}
    asked = record.shown("planning.topics_and_roles", "topics")
    said = {
        "opening": (t["opening_theme"], prepared["opening_theme"]),
        "core": (t["information"], prepared["text"]),
    }
    rows = []
    for part in ("opening", "core", "closing_part"):
        lines = [t[f"{part}_counsellor"]]
        label, value = said.get(part, ("", ""))
        lines += [f"{label}: {value}"] if value else []
        lines += [f"{t['to_learn']}: {asked}"] if asked and part == "core" else []
        rows.append((t[part], "\n".join(lines), t[f"{part}_family"]))
    heads = (t["part"], t["counsellor"], t["family"])
    return Section(t["process"], grid=Grid(heads, tuple(rows), (4, 11, 8)))


def _assessment(record: Record) -> Section:
    t, on = record.t, visit_on(record)
    terms = (("laiseg", timedelta(0)), ("laijapen", _MONTH), ("laijapang", _SEMESTER))
    facts = []
    for key, after in terms:
        day = f" ({dates.format_date(on + after, record.locale)})" if on else ""
        facts.append(Fact(t[key], t[f"{key}_value"] + day))
    return Section(t["assessment"], facts=tuple(facts))


def _afterwards(record: Record) -> Section:
    t = record.t
    facts = (Fact(t["follow_up_plan"], t["follow_up_value"]), Fact(t["funding"], for_pen=True))
    return Section(t["afterwards"], facts=facts)


# --- inside: the form -----------------------------------------------------------------------------


def _head(actor: Actor, record: Record) -> Section:
    t = record.t
    facts = (
        *paper_parts.student_facts(actor, record.case, t),
        *day_time_and_place(record),
        Fact(t["really_from_until"], for_pen=True),
    )
    return Section(facts=facts)


def _label(record: Record, path: str) -> str:
    return record.procedure.step(path).term.label(record.locale)


def _lines_for(record: Record, path: str, *, rows: int) -> Section:
    """An empty table for the entries of a step."""
    fields = record.procedure.step(path).entry_fields
    heads = tuple(field.term.label(record.locale) for field in fields)
    return Section(_label(record, path), grid=Grid(heads, (), (8,) * len(heads), pen_rows=rows))


def _findings(record: Record) -> tuple[Section, ...]:
    """Every finding that the step asks for, by group, with a line for a pen or its answers to tick."""
    groups: dict[str, list[Fact]] = {}
    for field in record.procedure.step(_FINDINGS).fields:
        if not impressions.is_mark(field):
            group = (field.group or field.term).label(record.locale)
            groups.setdefault(group, []).append(_to_fill(field, record.locale))
    return tuple(Section(heading, facts=tuple(facts)) for heading, facts in groups.items())


def _to_fill(field: Field, locale: str) -> Fact:
    answers = "     ".join(f"☐ {term.label(locale)}" for term in field.choices or ())
    return Fact(field.term.label(locale), answers, for_pen=True)
