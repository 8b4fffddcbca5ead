"""The next morning's reminders and digests, progress and observation, and the end of the case."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.language import in_any
from tests.browser.steps_meet import BEHAVIOUR, TASK
from tests.browser.walk import Walk
from webapp.domain import words
from webapp.domain.dates import format_day


def the_morning_after_brings_reminders_and_digests(walk: Walk) -> None:
    at = walk.morning_after.isoformat(timespec="minutes")
    slug = walk.case_url.split("/s/")[1].split("/")[0]
    listed = walk.demo.pamong("due", "--at", at, "--school", slug)
    for kind in ("commitment_reminder", "daily_digest"):
        assert kind in listed, listed
    assert walk.student["Nama"] not in listed
    assert walk.address("counsellor") in listed
    queued = walk.demo.pamong("due", "--at", at, "--school", slug, "--run")
    assert listed.strip() in queued
    day = format_day(walk.morning_after.date(), walk.t.code)
    digest = walk.mailbox.open(walk.address("counsellor"), re.compile(walk.t("Your day: %(day)s", day=day)))
    assert walk.case_number in digest.text
    assert walk.t(words.DUE_CLASSES["overdue"]) in digest.text


def the_guardian_reports_by_the_link(walk: Walk) -> None:
    guest = walk.people["guardian"]
    mail = walk.mailbox.open(guest.email, in_any("Reminder: your task is overdue"))
    guest.go(mail.link)
    guest.see("guest-reminded")
    tasks = guest.page.locator("#tasks")
    guest.tick(words.COMMITMENT_STATES["done"], within=tasks)
    guest.fill("Note", "Setiap Senin kami berangkat bersama.", within=tasks)
    guest.press("Send", within=tasks)
    guest.is_told(words.COMMITMENT_STATES["done"])
    guest.see("guest-reported")


def the_counsellor_records_an_observation(walk: Walk) -> None:
    counsellor = walk.people["counsellor"]
    counsellor.follow("Today")
    counsellor.see("today-with-news")
    counsellor.follow("Monitoring")
    counsellor.see("monitoring")
    goal = counsellor.page.locator("li.row-item").filter(has_text=BEHAVIOUR)
    fold = counsellor.unfold("Record an observation", within=goal)
    counsellor.tick(words.BEHAVIOUR_SCALE["4"], within=fold)
    counsellor.fill("Note", "Tiga Senin berturut-turut tepat waktu.", within=fold)
    counsellor.see("observation")
    counsellor.press("Record the observation", within=fold)
    counsellor.see("observed")


def the_case_closes(walk: Walk) -> None:
    counsellor = walk.people["counsellor"]
    counsellor.go(walk.conference_url)
    counsellor.see("conference-in-monitoring")
    counsellor.follow("Tasks and behaviours")
    counsellor.is_told(TASK)
    counsellor.press("Reached")
    counsellor.see("behaviour-reached")
    counsellor.press("Complete the conference")
    counsellor.see("conference-completed")
    counsellor.follow("To the case")
    counsellor.follow("Close the case")
    counsellor.fill("Why", "Kehadiran sudah teratur selama sebulan.")
    counsellor.see("close-the-case")
    counsellor.press("Save")
    expect(
        counsellor.page.locator(".page-head .chip", has_text=walk.t(words.CASE_STATUSES["closed"]))
    ).to_be_visible()
    counsellor.see("case-closed")
    office = walk.people["office"]
    office.follow("Board")
    office.see("board-with-figures")
