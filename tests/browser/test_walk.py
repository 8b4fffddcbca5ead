"""The main job as people do it, in a real browser against everything that runs: see each step's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import steps_meet as meet
from tests.browser import steps_monitor as monitor
from tests.browser import steps_prepare as prepare
from tests.browser import steps_school as school
from tests.browser.confidential import nothing_of_a_student_is_in_a_mail_or_a_log
from tests.browser.language import Language
from tests.browser.mailbox import Mailbox
from tests.browser.person import PASSWORD, Sight
from tests.browser.walk import Walk
from tests.engines.running import PROJECT

pytestmark = pytest.mark.browser

WALKS = {"desktop": ("id", (1280, 900)), "360": ("en", (360, 740))}
PICTURES = PROJECT / "build" / "walk"


@pytest.fixture(scope="module")
def mailbox(stack) -> Mailbox:
    return Mailbox(stack.home)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", list(WALKS))
def test_from_an_empty_installation_to_a_closed_case(chromium, stack, mailbox, tmp_path: Path, size: str):
    code, viewport = WALKS[size]
    for old in PICTURES.glob(f"{size}-*.png"):
        old.unlink()
    sight = Sight(chromium, Language(code), size, viewport, PICTURES)
    walk = Walk(stack, sight, mailbox, tmp_path, list(WALKS).index(size) + 1)
    the_first_account_is_made(walk)
    school.the_office_adds_a_school_and_invites_its_staff(walk)
    school.each_sets_a_password_and_signs_in(walk)
    school.the_admin_sets_the_letterhead(walk)
    school.the_admin_imports_the_list(walk)
    school.the_admin_names_the_homeroom_teacher(walk)
    prepare.the_counsellor_opens_a_case(walk)
    prepare.the_counsellor_requests_a_conference(walk)
    prepare.the_principal_approves_from_the_mail(walk)
    prepare.the_guardian_answers_and_signs_on_the_phone(walk)
    prepare.the_homeroom_teacher_answers_in_the_app(walk)
    prepare.the_expert_answers_by_phone(walk)
    meet.the_meeting_is_held(walk)
    meet.the_others_read_along_and_the_guardian_takes_the_task(walk)
    meet.everyone_present_agrees(walk)
    meet.counsellor_and_principal_sign_the_minutes(walk)
    meet.the_minutes_are_made_and_opened(walk)
    monitor.the_morning_after_brings_reminders_and_digests(walk)
    monitor.the_guardian_reports_by_the_link(walk)
    monitor.the_counsellor_records_an_observation(walk)
    monitor.the_case_closes(walk)
    nothing_of_a_student_is_in_a_mail_or_a_log(walk)
    walk.everybody_leaves()
    assert sight.problems == []


def the_first_account_is_made(walk: Walk) -> None:
    """As the README says, from a second terminal."""
    said = walk.demo.pamong(
        *("create-user", "--email", walk.address("office"), "--name", "Petugas Dinas Rekaan"),
        *("--role", "district_admin", "--district", "dinas-jalan", "--district-name", "Dinas Jalan"),
        *("--password", PASSWORD),
    )
    assert walk.address("office") in said
