"""A student moves, in two real browsers: sent by one school, accepted by the other; axe sees every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.language import Language
from tests.browser.person import Sight
from tests.browser.served import arrives, serving
from tests.engines.running import PROJECT
from tests.factories import World
from tests.services.moves import FACT, Move
from webapp.domain.transfers import BASES
from webapp.services import case_team

pytestmark = pytest.mark.browser

SIZES = {"desktop": ("id", (1280, 900)), "360": ("en", (360, 740))}


@pytest.fixture(scope="module")
def served(session_app) -> Iterator[str]:
    with serving(session_app) as address:
        yield address


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", list(SIZES))
def test_a_student_moves_from_card_to_card(chromium, served, session_app, size):
    code, viewport = SIZES[size]
    sight = Sight(chromium, Language(code), size, viewport, PROJECT / "build" / "transfer")
    world = World(session_app)
    move = Move.build(world, now=datetime.now(UTC)).noted()
    sends = world.person(move.old.school, "counsellor", locale=code)
    takes = world.person(move.new, "counsellor", locale=code)
    with move.sender() as actor:
        case_team.add_member(actor, move.old.case_id, user_id=sends.user_id)

    sender = arrives(sight, served, sends)
    sender.go(f"/s/{move.old.school.slug}/students/{move.old.student_id}/")
    sender.follow("Prepare a transfer")
    sender.see("form")
    sender.choose("School of the district", move.new.name)
    sender.tick(BASES["consent"])
    guardian = sender.page.locator("#guardian option").nth(1).inner_text()
    sender.page.locator("#guardian").select_option(label=guardian)
    sender.fill("When", move.old.now.date().isoformat())
    sender.page.locator("#consent_channel").select_option("phone")
    sender.press("Save and look at it")
    sender.is_told("Saved as a draft: nothing has left yet.")
    sender.see("draft")
    release = sender.unfold("Release…")
    sender.press("Release the transfer", release)
    sender.is_told("Sealed, and waiting")
    sender.see("released")

    receiver = arrives(sight, served, takes)
    receiver.see("today")
    receiver.page.locator("#needs a").first.click()
    receiver.is_told("Who it is and what goes along stays sealed until your school accepts.")
    expect(receiver.page.get_by_text("Zubaidah")).to_have_count(0)
    receiver.see("arrival")
    receiver.fill("Your full name, as a receipt", takes.name)
    receiver.press("Accept the student")
    receiver.is_told("The student and the cases stand in your school now.")
    receiver.see("card")
    receiver.page.locator("main a[href*='/cases/']").filter(has_text="K-").first.click()
    expect(receiver.page.get_by_text(FACT).first).to_be_visible()
    receiver.see("case")

    sender.page.reload()
    sender.is_told("The other school has accepted")
    sender.see("accepted")
    for person in (sender, receiver):
        person.close()
    assert sight.problems == []
