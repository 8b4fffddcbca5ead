"""The board's figures: the same as counted by hand, small ones hidden, and nobody's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.factories import MONDAY
from tests.services.cases.test_cases import opened
from webapp import tenancy
from webapp.domain import figures as rules
from webapp.domain.errors import Forbidden
from webapp.models.base import new_id
from webapp.services import figures


@pytest.fixture
def office(world):
    return world.district()


@pytest.fixture
def chief(world, office):
    person = world.person()
    world.join_district(person, office)
    return person


def _cases(world, school, count):
    counsellor = world.person(school, "counsellor")
    return [opened(counsellor, school, world.student(school)) for _ in range(count)]


def _seed(engine_urls, sql: str, **values) -> None:
    """Rows that other services make, as a superuser: the figures only count them."""
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    with create_engine(engine_urls["superuser"], poolclass=NullPool).begin() as connection:
        connection.execute(text(sql), values)


def _home_visit(engine_urls, school, case_id, at, procedure="home_visit"):
    _seed(
        engine_urls,
        "INSERT INTO activities (school_id, id, case_id, procedure, state, created_by, created_at)"
        " VALUES (:school, :id, :case, :procedure, 'active', 1, :at)",
        school=school.id,
        id=new_id(),
        case=case_id,
        procedure=procedure,
        at=at,
    )


def _board(office, chief, **asked):
    actor = office.actor(chief)
    with tenancy.work(actor):
        return figures.board(actor, **{"period": "month", **asked})


def test_open_cases_equal_a_count_over_the_table_and_small_ones_are_hidden(
    app, world, office, chief, as_superuser
):
    many, few, none = world.school(office), world.school(office), world.school(office)
    _cases(world, many, 6)
    _cases(world, few, 3)
    board = _board(office, chief)
    rows = as_superuser.execute(
        text(
            "SELECT s.id, count(c.id) FROM schools s LEFT JOIN cases c"
            " ON c.school_id = s.id AND c.status <> 'closed' WHERE s.district_id = :id GROUP BY s.id"
        ),
        {"id": office.id},
    )
    counted = {school_id: count for school_id, count in rows}
    shown = {row.school_id: row.counts["open_cases"] for row in board.rows}
    assert counted == {many.id: 6, few.id: 3, none.id: 0}
    assert shown == {many.id: "6", few.id: "<5", none.id: "0"}
    assert board.totals["open_cases"] == "≥7"  # the exact 9 would give the hidden 3 away


def test_visits_and_advocacies_count_inside_the_period_only(app, world, office, chief, engine_urls):
    school = world.school(office)
    (case_id,) = _cases(world, school, 1)
    for day in range(5):
        _home_visit(engine_urls, school, case_id, MONDAY - timedelta(days=day))
    for _ in range(7):
        _home_visit(engine_urls, school, case_id, datetime(2026, 9, 20, 3, tzinfo=UTC), "advocacy")
    month, quarter, year = (
        _board(office, chief, period=period).rows[0].counts for period in ("month", "quarter", "year")
    )
    assert (month["home_visits"], month["advocacies"]) == ("5", "0")
    assert (quarter["home_visits"], quarter["advocacies"]) == ("5", "7")
    assert (year["home_visits"], year["advocacies"]) == ("5", "7")


def test_days_to_the_first_action_need_five_cases_with_one(app, world, office, chief, engine_urls):
    few, enough = world.school(office), world.school(office)
    for school, count in ((few, 4), (enough, 5)):
        for number, case_id in enumerate(_cases(world, school, 6)):
            if number < count:
                _home_visit(engine_urls, school, case_id, MONDAY + timedelta(days=2 + number))
    shown = {row.school_id: row.first_action for row in _board(office, chief).rows}
    assert shown == {few.id: None, enough.id: 4.0}


def test_the_line_shows_open_cases_month_by_month_and_hides_small_months(
    app, world, office, chief, engine_urls
):
    school = world.school(office)
    cases = _cases(world, school, 8)
    for case_id, month in zip(cases, (6, 7, 8, 8, 8, 9, 10, 11), strict=True):
        _seed(
            engine_urls,
            "UPDATE cases SET created_at = :at WHERE id = :id",
            id=case_id,
            at=datetime(2026, month, 10, tzinfo=UTC),
        )
    # The ends of June to October, and now.
    assert _board(office, chief).rows[0].trend == (None, None, 5, 6, 7, 8)


def test_other_districts_and_closed_schools_stay_out(app, world, office, chief, engine_urls):
    open_school, closed, foreign = world.school(office), world.school(office), world.school()
    _seed(engine_urls, "UPDATE schools SET active = false WHERE id = :id", id=closed.id)
    _cases(world, foreign, 6)
    board = _board(office, chief)
    assert [row.school_id for row in board.rows] == [open_school.id]
    assert board.totals["open_cases"] == "0"


def test_one_level_is_shown_alone(app, world, office, chief):
    primary = world.school(office, level="sd")
    world.school(office, level="smp")
    assert [row.school_id for row in _board(office, chief, level="sd").rows] == [primary.id]


def test_sorting_goes_by_what_is_shown_so_that_it_tells_nothing_more(app, world, office, chief):
    schools = [world.school(office) for _ in range(4)]
    for school, count in zip(schools, (4, 1, 6, 0), strict=True):
        _cases(world, school, count)
    board = _board(office, chief, sort="open_cases", descending=True)
    assert [row.counts["open_cases"] for row in board.rows] == ["6", "<5", "<5", "0"]
    names = [row.name for row in board.rows if row.counts["open_cases"] == "<5"]
    assert sorted(names) in (names, names[::-1])


def test_the_database_gives_figures_to_districts_only(app, world):
    school = world.school()
    principal = world.person(school, "principal")
    with tenancy.work(principal.at(school)) as session:
        assert (
            session.execute(text("SELECT * FROM app_district_figures(:at, :at)"), {"at": MONDAY}).all() == []
        )
        assert (
            session.execute(
                text("SELECT * FROM app_district_open_cases(:moments)"), {"moments": [MONDAY]}
            ).all()
            == []
        )
        with pytest.raises(Forbidden):
            figures.board(principal.at(school), period="month")


def test_the_number_of_queries_does_not_grow_with_the_schools(app, world, office, chief):
    from tests.queries import count_queries

    world.school(office)
    with count_queries() as few:
        _board(office, chief)
    for _ in range(4):
        world.school(office)
    with count_queries() as many:
        _board(office, chief)
    assert len(few) == len(many) == 3


# --- the rules -------------------------------------------------------------------------------------


def test_periods_are_whole_months_that_hold_the_day():
    today = date(2027, 1, 15)
    assert rules.period_days("month", today) == (date(2027, 1, 1), date(2027, 2, 1))
    assert rules.period_days("quarter", today) == (date(2026, 11, 1), date(2027, 2, 1))
    assert rules.period_days("year", today) == (date(2026, 7, 1), date(2027, 7, 1))


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(rules.PERIODS.keys))
def test_every_period_holds_today(today, period):
    first, after = rules.period_days(period, today)
    assert first <= today < after


@given(st.integers(0, 100))
def test_a_count_is_shown_exactly_or_as_less_than_five(count):
    assert rules.shown(count) == ("<5" if 1 <= count <= 4 else str(count))


@given(st.lists(st.integers(0, 30), max_size=8), st.booleans())
def test_no_total_gives_a_hidden_count_away(counts, whole):
    """Whoever knows what is shown and the total still has two possibilities for every hidden count."""
    hidden = [count for count in counts if 1 <= count <= 4]
    shown = rules.total(counts, whole=whole)
    known = sum(counts) - sum(hidden)
    if not hidden:
        assert shown == str(known)
    elif shown.isdigit():
        assert whole
        rest = int(shown) - known
        for _own in hidden:
            others = len(hidden) - 1
            possible = [own for own in range(1, 5) if others <= rest - own <= 4 * others]
            assert len(possible) > 1
    else:
        assert shown == "<5" or shown == f"≥{known + len(hidden)}"


def test_a_share_of_fewer_than_five_is_not_spoken_of():
    assert rules.share(3, 4) is None
    assert rules.share(0, 0) is None
    assert rules.share(0, 5) == 0
    assert rules.share(2, 6) == 33
