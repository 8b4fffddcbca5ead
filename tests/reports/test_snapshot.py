from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.reports.samples import ATTENDANCE, INVITATION, MINUTES, PROGRESS
from webapp.reports.data import DOCUMENTS
from webapp.reports.render import render_pdf
from webapp.reports.snapshot import freeze, thaw


@pytest.mark.parametrize(
    ("kind", "data"),
    [("minutes", MINUTES), ("attendance", ATTENDANCE), ("invitation", INVITATION), ("progress", PROGRESS)],
)
def test_a_snapshot_gives_back_equal_data_and_the_same_document(kind, data):
    thawed_kind, thawed = thaw(freeze(kind, data))
    assert (thawed_kind, thawed) == (kind, data)
    assert freeze(kind, thawed) == freeze(kind, data)
    assert render_pdf(kind, thawed) == render_pdf(kind, data)


def test_a_snapshot_without_a_younger_field_takes_its_default():
    stored = json.loads(freeze("minutes", MINUTES))
    del stored["data"]["addenda"]
    assert thaw(json.dumps(stored).encode()) == ("minutes", MINUTES)


def test_a_snapshot_with_a_field_that_is_gone_is_refused():
    stored = json.loads(freeze("minutes", MINUTES))
    stored["data"]["verdict"] = "x"
    with pytest.raises(ValueError, match="verdict"):
        thaw(json.dumps(stored).encode())


def test_an_end_not_yet_known_survives():
    assert thaw(freeze("minutes", replace(MINUTES, ended_at=None)))[1].ended_at is None


def test_every_kind_is_registered_under_its_own_key():
    assert {"minutes", "attendance", "invitation", "progress", "visit_report"} <= DOCUMENTS.keys()
    assert [key for key, kind in DOCUMENTS.items() if key != kind.key] == []
