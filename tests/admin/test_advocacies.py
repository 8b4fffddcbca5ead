"""The page of an advocacy: which rules handle a suspicion, confidence, and parties who work at the school."""

from __future__ import annotations

import re

import pytest

from tests.activity_world import Run
from tests.factories import MONDAY, csrf_token
from tests.queries import MOST_PER_PAGE, count_queries
from tests.services.stage import Stage
from webapp.domain import handling
from webapp.domain.procedures import ADVOCACY
from webapp.services import activity_behaviours, activity_entries, activity_fields, case_team

SITUATION = "basis.situation"


def _run(world, *, now=MONDAY, **values) -> Run:
    run = Run(Stage.build(world, now=now), ADVOCACY).started()
    run.record(SITUATION, **values)
    return run


def _page(run: Run, stage: str = "") -> str:
    place = f"/s/{run.stage.school.slug}/advocacies/{run.activity_id}/"
    answer = run.stage.counsellor.client().get(place, query_string={"stage": stage})
    assert answer.status_code == 200
    return answer.text.replace("&#39;", "'")


@pytest.mark.parametrize(
    ("violation", "who", "steps"),
    [
        ("ethics", "it stays with the school", ["Handled by the school", "Settled"]),
        ("statute", "The regional working group (Pokja)", ["Reported to the authority", "Received", "Done"]),
    ],
)
def test_with_violence_among_the_grounds_the_page_warns_and_says_who_handles_it(world, violation, who, steps):
    page = _page(_run(world, grounds="truancy,violence", violation=violation))
    assert "Mediation or a conference is not the first answer." in page
    assert "Permendikdasmen 6/2026" in page
    assert "since January 2026" in page
    box = page.partition("is suspected")[2].partition("step-card")[0]
    assert [part for part in [who, *steps] if part not in box] == []


@pytest.mark.parametrize(
    ("violation", "title"),
    [("ethics", "Handling a breach of ethics"), ("statute", "Handling a breach of statute")],
)
def test_the_handling_of_a_breach_stands_right_after_the_situation_that_named_it(world, violation, title):
    page = _page(_run(world, violation=violation))
    stepper = page.partition('class="stepper"')[2].partition("</ol>")[0]
    order = ("Basis", title, "Influence", "Accompany", "Outcome")
    places = [stepper.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)


def test_a_suspicion_goes_by_the_rules_of_the_day_on_which_it_was_first_recorded(world):
    before = MONDAY.replace(year=2025, month=12, day=1)
    assert handling.rules_on(before.date()) is not handling.rules_on(MONDAY.date())
    run = _run(world, now=before, grounds="violence", violation="ethics")
    run.stage.now = MONDAY
    with run.stage.as_(run.stage.counsellor) as actor:
        held = activity_fields.read(actor, run.activity_id)[SITUATION]
        activity_fields.save(
            actor,
            run.activity_id,
            SITUATION,
            {"grounds": "violence,bullying"},
            {"grounds": held["grounds"].version},
        )
    page = _page(run)
    assert "Permendikbudristek 46/2023" in page
    assert "since August 2023" in page
    assert "Permendikdasmen 6/2026" not in page


def test_without_a_suspicion_there_is_no_warning(world):
    page = _page(_run(world, grounds="conflict_peer", violation="none"))
    assert "Mediation or a conference is not the first answer." not in page


def test_confidence_is_drawn_with_its_numbers_in_words(world):
    run = _run(world, grounds="conflict_peer", violation="none", confidence_before="2")
    page = _page(run)
    assert "Before: 2 of 5; After: not asked yet" in page
    for path in ("basis.consent", "outcome.right_restored"):
        run.record(path, **({"confidence_after": "4"} if path.startswith("outcome") else {}))
    assert "Before: 2 of 5; After: 4 of 5" in _page(run)


def test_a_party_who_works_here_can_be_shut_out_from_a_link_and_one_who_does_not_has_none(world):
    run = _run(world, grounds="conflict_teacher", violation="none")
    stage = run.stage
    with stage.as_(stage.counsellor) as actor:
        for name in (f"Pak {stage.teacher.name}", "Dua teman seangkatan"):
            activity_entries.add(actor, run.activity_id, SITUATION, {"name": name, "part": "Berselisih"})
    link = f"/s/{stage.school.slug}/cases/{stage.case_id}/team/?shut_out={stage.teacher.user_id}#shut-out"
    page = _page(run, "basis")
    assert f'href="{link}"' in page
    assert page.count("?shut_out=") == 1
    team = stage.counsellor.client().get(link.partition("#")[0]).text
    assert f'<option value="{stage.teacher.user_id}" selected>' in team
    with stage.as_(stage.counsellor) as actor:
        case_team.shut_out(
            actor, stage.case_id, user_id=stage.teacher.user_id, reason="Pihak yang berselisih"
        )
    page = _page(run, "basis")
    assert "Shut out of the case already." in page
    assert "?shut_out=" not in page


def test_the_fullest_page_of_an_advocacy_stays_within_the_bound_of_queries(world):
    run = _run(world, grounds="violence", violation="statute")
    for path in ("basis.consent", "influence.behaviour_defined", "outcome.agreements"):
        run.record(path)
    with run.stage.as_(run.stage.counsellor) as actor:
        path = "outcome.agreements"
        activity_behaviours.add(actor, run.activity_id, path, behaviour="Menyapa", check_ins=[actor.today])
        name = f"Bu {run.stage.teacher.name}"
        activity_entries.add(actor, run.activity_id, SITUATION, {"name": name, "part": "Melihat"})
    for stage in ("basis", "influence", "outcome"):
        with count_queries() as seen:
            _page(run, stage)
        assert len(seen) <= MOST_PER_PAGE, (stage, seen)


def test_a_behaviour_is_named_on_the_page_and_closed_on_the_board(world):
    run = _run(world, grounds="conflict_peer", violation="none")
    run.record("basis.consent")
    stage = run.stage
    place = f"/s/{stage.school.slug}/advocacies/{run.activity_id}/"
    client = stage.counsellor.client()
    token = csrf_token(client.get(place).text)

    def post(url: str, data: dict[str, str]):
        return client.post(url, data=data | {"csrf_token": token})

    steps = f"{place}steps/outcome.agreements/behaviours"
    refused = post(steps, data={"behaviour": " "})
    assert refused.status_code == 422
    assert 'id="outcome.agreements~.behaviour-error"' in refused.text
    assert post(steps, data={"behaviour": "Menyapa teman"}).status_code == 303
    page = _page(run, "outcome")
    assert "Menyapa teman" in page
    goal = re.search(r"#goal-(\d+)", page)
    board = f"/s/{stage.school.slug}/monitoring/"
    assert "Menyapa teman" in stage.counsellor.client().get(board).text
    close = f"{board}behaviours/{goal[1]}/close"
    assert post(close, data={"state": "waived"}).status_code == 422
    assert post(close, data={"state": "waived", "reason": "Pindah kelas"}).status_code == 303
    assert "Menyapa teman" not in stage.counsellor.client().get(board).text


def test_the_team_page_chooses_nobody_for_an_address_that_names_a_stranger(world):
    stage, other = Stage.build(world), Stage.build(world)
    place = f"/s/{stage.school.slug}/cases/{stage.case_id}/team/"
    for value in (other.teacher.user_id, "x'", "-1"):
        page = stage.counsellor.client().get(place, query_string={"shut_out": value})
        assert page.status_code == 200
        assert " selected>" not in page.text.partition('id="shut-out-user"')[2].partition("</select>")[0]
