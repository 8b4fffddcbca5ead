"""The pages of a transfer, as the counsellors of both schools use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.factories import csrf_token
from tests.services.moves import FACT, Move
from webapp.domain.transfers import USUAL_PARTS


@pytest.fixture
def move(world) -> Move:
    return Move.build(world, now=datetime.now(UTC)).noted()


class Hand:
    """Somebody's browser at a school."""

    def __init__(self, client, slug: str) -> None:
        self.client, self.base = client, f"/s/{slug}/"

    def get(self, path: str):
        return self.client.get(self.base + path)

    def post(self, page: str, path: str, **form):
        token = csrf_token(self.get(page).text)
        data = {"csrf_token": token, **form}
        return self.client.post(self.base + path, data=data, follow_redirects=True)


@pytest.fixture
def sender(move) -> Hand:
    return Hand(move.old.counsellor.client(), move.old.school.slug)


@pytest.fixture
def receiver(move) -> Hand:
    return Hand(move.receiver.client(), move.new.slug)


def filled(move: Move, **changes) -> dict[str, object]:
    """The form as it is sent, with the case and its file ticked."""
    case = move.old.case_id
    form = {
        "to_school": move.new.id,
        "guardians": "1",
        "cases": case,
        f"parts-{case}": list(USUAL_PARTS),
        f"files-{case}": [move.old.extra["file"]],
        "basis": "consent",
        "guardian": move.old.guardian_id,
        "consent_on": "2026-11-02",
        "consent_channel": "phone",
    }
    return form | changes


def test_a_transfer_goes_from_the_card_of_one_school_to_the_card_of_the_other(move, sender, receiver):
    card = f"students/{move.old.student_id}/"
    assert "Prepare a transfer" in sender.get(card).text
    new = f"transfers/of/{move.old.student_id}/new"
    form = sender.get(new).text
    assert 'value="impressions" checked' not in form
    assert 'value="facts" checked' in " ".join(form.split())
    draft = sender.post(new, new, **filled(move))
    assert "nothing has left yet" in draft.text
    assert "surat rekaan.pdf" in draft.text
    place = draft.request.path.removeprefix(sender.base)
    transfer_id = place.strip("/").rpartition("/")[2]
    released = sender.post(place, f"{place}release")
    assert "Sealed, and waiting" in released.text

    here = f"transfers/arrivals/{transfer_id}/"
    assert "Another school sends a student" in receiver.get("").text
    waiting = receiver.get(here).text
    assert move.old.school.name in waiting
    assert "Zubaidah" not in waiting + receiver.get("transfers/").text
    accepted = receiver.post(here, f"{here}accept", signed_name="Bu Rekaan Penerima")
    assert "Zubaidah Contohwati" in accepted.text
    case = re.search(r"/cases/(\d+)/", accepted.text)
    assert case is not None
    timeline = receiver.get(f"cases/{case[1]}/").text
    assert FACT in timeline
    assert "surat rekaan.pdf" in timeline

    told = sender.get(place).text
    assert "Receipt signed by Bu Rekaan Penerima" in told
    assert "Withdraw…" not in told
    assert "Left on" in sender.get(card).text


def test_a_form_that_lacks_something_says_what_and_keeps_what_was_chosen(move, sender):
    new = f"transfers/of/{move.old.student_id}/new"
    for changes, sentence in (
        ({"to_school": ""}, "Choose the school to which the student moves."),
        ({"cases": ""}, "Choose at least one case that goes along."),
        ({"basis": ""}, "Say on which basis the data move."),
        ({"consent_channel": ""}, "Say how the consent was given."),
        ({"basis": "public_duty"}, "Please give a reason."),
        ({"to_school": str(move.far.id)}, "Choose the school to which the student moves."),
    ):
        refused = sender.post(new, new, **filled(move, **changes))
        assert refused.status_code == 422
        assert sentence in refused.text
    assert 'value="2026-11-02"' in refused.text


def test_a_draft_is_changed_released_and_taken_back(move, sender, receiver):
    transfer_id = move.prepared()
    place = f"transfers/{transfer_id}/"
    form = sender.get(f"{place}edit").text
    assert f'value="{move.new.id}" selected' in form
    changed = sender.post(f"{place}edit", f"{place}edit", **filled(move, guardians=""))
    assert "stay here" in changed.text
    sender.post(place, f"{place}release")
    assert sender.get(f"{place}edit").status_code == 409
    here = f"transfers/arrivals/{transfer_id}/"
    token = receiver.get(here)
    assert "Withdrawn" in sender.post(place, f"{place}withdraw").text
    late = receiver.client.post(
        receiver.base + here + "accept",
        data={"csrf_token": csrf_token(token.text), "signed_name": "Bu Rekaan Penerima"},
    )
    assert late.status_code == 409
    assert "waits no more" in late.text
    assert "Taken back by its sender" in receiver.get(here).text


def test_a_reason_for_declining_is_asked_and_reaches_the_sender(move, sender, receiver):
    transfer_id = move.released()
    here = f"transfers/arrivals/{transfer_id}/"
    assert receiver.post(here, f"{here}decline", reason="").status_code == 422
    receiver.post(here, f"{here}decline", reason="Belum terdaftar rekaan")
    assert "Belum terdaftar rekaan" in sender.get(f"transfers/{transfer_id}/").text
    assert "The other school declined" in sender.get("").text


def test_a_name_is_asked_for_the_receipt(move, receiver):
    here = f"transfers/arrivals/{move.released()}/"
    refused = receiver.post(here, f"{here}accept", signed_name="X")
    assert refused.status_code == 422
    assert "Sign by typing your full name." in refused.text
