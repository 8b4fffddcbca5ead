"""Home visit, advocacy and referral, gone through in a real browser to their printed reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask, request, request_started
from playwright.sync_api import Locator, expect

from tests.browser.language import Language
from tests.browser.person import Sight
from tests.browser.served import arrives, serving
from tests.browser.service_walk import ServiceWalk
from tests.browser.steps_visit import (
    plan_and_be_permitted,
    the_appointment_is_sent,
    the_copy_is_read_by_the_principal,
    the_letters_are_made,
    the_month_is_summed_up,
)
from tests.engines.running import PROJECT
from tests.factories import World
from tests.services.stage import STUDENT, Stage
from webapp.domain.declared.advocacy import ADVOCACY
from webapp.domain.declared.home_visit import CANCEL_REASONS, HOME_VISIT
from webapp.domain.declared.referral import REFERRAL
from webapp.domain.procedure import Procedure
from webapp.services import activity_fields, case_team

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TICKED = ("conflict_peer", "discrimination")
SIZES = {"desktop": ("id", (1280, 900)), "360": ("en", (360, 740))}


@pytest.fixture(scope="module")
def served(session_app) -> Iterator[str]:
    with serving(session_app) as address:
        yield address


@pytest.fixture(params=list(SIZES))
def sight(request, chromium) -> Iterator[Sight]:
    """One size and language; at its end nothing may have been wrong on any page."""
    code, viewport = SIZES[request.param]
    seen = Sight(chromium, Language(code), request.param, viewport, PROJECT / "build" / "services")
    yield seen
    assert seen.problems == []


@pytest.fixture
def walk(sight, served, session_app):
    """Begins a walk through a service, as a counsellor of the case."""
    stage = Stage.build(World(session_app), now=datetime.now(UTC), letter_number_pattern="421/{nomor:03}")
    counsellor = stage.world.person(stage.school, "counsellor", locale=sight.t.code)
    with stage.as_(stage.counsellor) as actor:
        case_team.add_member(actor, stage.case_id, user_id=counsellor.user_id)
    person = arrives(sight, served, counsellor)

    def begin(procedure: Procedure, *, tracks: tuple[str, ...] = ()) -> ServiceWalk:
        return ServiceWalk(person, stage, procedure).begin(tracks=tracks)

    yield begin
    person.close()


def test_a_home_visit_is_walked_to_its_report(walk, served):
    visit = walk(HOME_VISIT)
    plan_and_be_permitted(visit, served)
    the_letters_are_made(visit)
    the_appointment_is_sent(visit)
    visit.stages("execution", "evaluation", "analysis", "follow_up")
    text = visit.document("report.compiled", "visit_report")
    assert STUDENT in text
    assert "Rekaan conclusion" in text
    the_copy_is_read_by_the_principal(visit, served)
    visit.record("report.documented")
    visit.complete()
    the_month_is_summed_up(visit)


def test_a_home_visit_that_the_student_does_not_want_ends_at_the_gate(walk):
    visit = walk(HOME_VISIT)
    visit.record("planning.case_and_student")
    visit.record("planning.student_convinced", willing="no")
    page = visit.person.page
    expect(page.locator("section[id='planning.information_prepared'] form")).to_have_count(0)
    visit.person.see("gate-shut")
    page.locator("#cancel").scroll_into_view_if_needed()
    visit.person.tick(CANCEL_REASONS["student_unwilling"])
    visit.person.press("Cancel it")
    visit.person.is_told("Cancelled. What was recorded stays in the case.")
    visit.person.is_told(CANCEL_REASONS["student_unwilling"])
    visit.person.see("cancelled")


def test_an_advocacy_is_walked_on_both_tracks_to_its_report(walk):
    advocacy = walk(ADVOCACY, tracks=ADVOCACY.tracks)
    advocacy.stages("basis", *ADVOCACY.tracks, "outcome")
    advocacy.complete()
    text = advocacy.document("influence.report", "advocacy_report")
    assert STUDENT in text
    assert "Rekaan result" in text


def test_an_advocacy_with_violence_among_its_grounds_warns_of_mediation(walk):
    advocacy = walk(ADVOCACY, tracks=ADVOCACY.tracks[:1])
    advocacy.record("basis.situation", grounds="violence", violation="ethics")
    advocacy.person.is_told("Violence, harassment or a crime is suspected")
    advocacy.person.is_told("Mediation or a conference is not the first answer.")
    advocacy.person.see("violence")


def test_a_referral_is_walked_to_the_news_from_its_receiver(walk):
    referral = walk(REFERRAL)
    referral.stages("preparation")
    letter = referral.document("sending.sent", "referral_letter")
    for said in ("421/001", "Rekaan name", "Rekaan reason", "Rekaan what", STUDENT):
        assert said in letter
    assert "Ringkasan rekaan" not in letter
    assert re.search(r"K-\d{4}-\d", letter) is None
    referral.stages("sending", "return")
    referral.complete()


@pytest.fixture
def posts(session_app) -> Iterator[list[tuple[str, bool]]]:
    """What the server was sent by this test: the end of each address, and whether a field saved itself."""
    got: list[tuple[str, bool]] = []

    def note(sender: Flask, **extra: object) -> None:
        if request.method == "POST":
            got.append((request.path.rpartition("/steps/")[2], request.is_json))

    with request_started.connected_to(note, session_app):
        yield got


def test_on_the_road_what_is_typed_without_a_connection_is_kept_and_saved_once_when_it_is_back(walk, posts):
    visit = walk(HOME_VISIT)
    visit.record("planning.case_and_student")
    visit.record("planning.student_convinced")
    person, page = visit.person, visit.person.page
    topics = visit.form("planning.topics_and_roles").locator("[name=topics]")
    who = visit.form("planning.topics_and_roles", "+")
    person.context.set_offline(True)
    topics.fill("Diketik di jalan, rekaan")
    expect(page.locator("[data-autosave-state][data-state=waiting]")).to_be_visible()
    for name, text in (("who", "Nenek Rekaan"), ("role", "Menemani belajar rekaan")):
        who.locator(f"[name={name}]").fill(text)
    who.locator("button[type=submit]").click()
    expect(who.locator("[data-keep-state][data-state=waiting]")).to_be_visible()
    person.see("no-connection")
    person.forget_problems()  # that the line was cut is no fault of a page
    person.context.set_offline(False)
    person.is_told("Added.")
    assert posts.count(("planning.topics_and_roles/entries", False)) == 1
    expect(page.get_by_text("Nenek Rekaan")).to_have_count(1)
    expect(topics).to_have_value("Diketik di jalan, rekaan")
    page.reload()
    expect(topics).to_have_value("Diketik di jalan, rekaan")
    person.see("connection-back")


def test_what_the_server_refuses_once_the_line_is_back_is_said_in_its_form_and_not_sent_again(walk, posts):
    visit = walk(HOME_VISIT)
    visit.record("planning.case_and_student")
    visit.record("planning.student_convinced")
    person, path = visit.person, "planning.topics_and_roles"
    who = visit.form(path, "+")
    person.context.set_offline(True)
    who.locator("[name=who]").fill("N" * 301)
    who.locator("[name=role]").fill("Menemani belajar rekaan")
    who.locator("button[type=submit]").click()
    expect(who.locator("[data-keep-state][data-state=waiting]")).to_be_visible()
    person.context.set_offline(False)
    expect(who.locator("[data-keep-state][data-state=refused]")).to_be_visible()
    person.forget_problems()  # neither the cut line nor the refusal is the fault of a page
    person.is_told("The text is too long: at most %(most)s characters.")
    expect(who.locator("[name=who]")).to_be_focused()
    expect(who.locator("[name=who]")).to_have_attribute("aria-invalid", "true")
    expect(who.locator("[name=role]")).to_have_value("Menemani belajar rekaan")
    person.see("refused-when-back")
    assert posts.count((f"{path}/entries", False)) == 1
    who.locator("[name=who]").fill("Nenek Rekaan")
    who.locator("button[type=submit]").click()
    person.is_told("Added.")
    assert posts.count((f"{path}/entries", False)) == 2
    expect(person.page.get_by_text("Nenek Rekaan")).to_have_count(1)


def test_a_kept_form_that_meets_a_newer_text_shows_both_and_is_not_sent_again(walk, posts):
    visit = walk(HOME_VISIT)
    visit.record("planning.case_and_student")
    visit.record("planning.student_convinced")
    person, page, path = visit.person, visit.person.page, "planning.topics_and_roles"
    run_id = int(page.url.partition("home-visits/")[2].partition("/")[0])
    with visit.stage.as_(visit.stage.counsellor) as actor:
        activity_fields.save(actor, run_id, path, {"topics": "Dari rekan, rekaan"}, {"topics": 0})
    form = visit.form(path)
    # As where the field could not save itself: of what others were told.
    form.locator("[name=topics]").evaluate("box => { box.value = 'Dari jalan, rekaan'; }")
    form.locator("button[type=submit]").click()
    person.is_told("Two texts: choose one")
    person.forget_problems()  # that a newer text was met is said by the status of the answer
    person.see("two-texts")
    assert posts.count((path, False)) == 1
    person.tick("Keep my text in its place")
    person.press("Save my choice")
    expect(visit.form(path).locator("[name=topics]")).to_have_value("Dari jalan, rekaan")


def test_what_is_ticked_is_saved_without_a_button_and_once_the_line_is_back(walk, posts):
    advocacy = walk(ADVOCACY, tracks=ADVOCACY.tracks[:1])
    person, page, path = advocacy.person, advocacy.person.page, "basis.situation"
    form = advocacy.form(path)

    def state(key: str, name: str) -> None:
        group = page.locator(f"fieldset[id='{path}.{key}']")
        expect(group.locator(f"[data-autosave-state][data-state={name}]")).to_be_visible()

    def box(key: str, value: str) -> Locator:
        return form.locator(f"[name={key}][value={value}]")

    person.context.set_offline(True)
    box("violation", "statute").check()
    state("violation", "waiting")
    person.context.set_offline(False)
    state("violation", "saved")
    person.forget_problems()  # that the line was cut is no fault of a page
    box("violation", "ethics").check()
    for ground in TICKED:
        box("grounds", ground).check()
    state("grounds", "saved")
    page.reload()
    expect(box("violation", "ethics")).to_be_checked()
    for ground in TICKED:
        expect(box("grounds", ground)).to_be_checked()
    box("grounds", TICKED[0]).uncheck()
    state("grounds", "saved")
    person.see("ticked")
    page.reload()
    expect(box("grounds", TICKED[0])).not_to_be_checked()
    expect(box("grounds", TICKED[1])).to_be_checked()
    box("violation", "none").check()
    state("violation", "saved")
    box("grounds", "violence").check()
    state("grounds", "refused")
    person.forget_problems()  # that one answer shuts out the other is said at once
    person.is_told("With violence, harassment or a crime among the grounds, say which breach is suspected.")
    box("violation", "ethics").check()
    state("grounds", "saved")
    page.reload()
    expect(box("grounds", "violence")).to_be_checked()
    assert (path, False) not in posts
