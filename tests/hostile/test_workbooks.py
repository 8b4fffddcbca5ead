"""Hostile files through the whole import: each ends in a sentence, changes nobody and fills no memory."""

from __future__ import annotations

import resource
import time

import psutil
import pytest

from tests.hostile.ledger import FULL, Tally
from tests.hostile.workbooks import hostile
from tests.services.rosters import imported, invented, roster_of, row_of, started
from webapp.domain.errors import Invalid
from webapp.services import faults, imports

QUICK_EACH = 5
MOST_SECONDS = 90
CHILD_MEGABYTES, OWN_MEGABYTES = 700, 200


@pytest.mark.timeout(3600)
def test_no_hostile_file_changes_a_student_or_ends_without_a_sentence(app, world, tmp_path):
    earlier = _largest_child()
    school, other = world.school(), world.school()
    operator = world.person(school, "school_admin")
    neighbour = world.person(other, "school_admin")
    imported(operator, school, invented(tmp_path, 20))
    imported(neighbour, other, invented(tmp_path, 20, seed=8))
    before = roster_of(operator, school), roster_of(neighbour, other)
    memory = psutil.Process().memory_info().rss
    tally = Tally("hostile workbooks through the import")
    files = list(hostile())
    assert len(files) >= 40
    for number, (name, make) in enumerate(files):
        if not FULL and number % QUICK_EACH:
            continue
        tally.tried += 1
        begin = time.monotonic()
        try:
            fault = said(operator, school, make(tmp_path / f"{number}.xlsx").read_bytes())
        except Exception as error:  # noqa: BLE001 - no file may stop the worker
            tally.error(f"{name}: {faults.place(error)}")
            continue
        if fault:
            tally.accept(f"{name}: {fault}")
        if roster_of(operator, school) != before[0]:
            tally.accept(f"{name}: the roster is another one")
            before = roster_of(operator, school), before[1]
        if time.monotonic() - begin > MOST_SECONDS:
            tally.accept(f"{name}: took {time.monotonic() - begin:.0f} s")
    assert roster_of(neighbour, other) == before[1]
    own = (psutil.Process().memory_info().rss - memory) / 1e6
    assert own < OWN_MEGABYTES
    # A larger child of an earlier test hides these; alone, as `make fuzz` runs it, nothing does.
    largest = _largest_child()
    assert largest == earlier or largest < CHILD_MEGABYTES
    tally.check(at_least=8)


def _largest_child() -> float:
    """Megabytes that the largest child of this process ever held."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3


def said(operator, school, content: bytes) -> str:
    """What is wrong with how the file was answered; empty when a person was told why it was not taken."""
    try:
        import_id = started(operator, school, content, dry_run=False)
    except Invalid as refusal:
        return "" if str(refusal) else "refused without a word"
    imports.run(operator.at(school), import_id)
    job = row_of(operator, school, import_id)
    if job.state == "failed":
        return "" if job.error and job.error.get("message_id") else "failed without a word"
    if job.state != "done":
        return f"is {job.state}"
    taken = job.counts["created"] + job.counts["updated"]
    return f"{taken} students taken from it" if taken else ""
