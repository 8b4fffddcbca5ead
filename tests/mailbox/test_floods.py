"""A flood from one sender buries nobody: the first are listed, the rest counted and left in the mailbox."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from tests.mailbox import letters
from tests.mailbox.conftest import Post, invited
from tests.mailbox.letters import Said
from webapp.services import incoming_review
from webapp.services.incoming import MOST_A_DAY


def flood(organiser: str, many: int, *, first: int = 1) -> list[bytes]:
    """Mails to one secret address, each under another name."""
    return [
        letters.written(
            to=organiser, sender=f"orang{number}@contoh.example", text=f"Pesan rekaan {number}", number=number
        )
        for number in range(first, first + many)
    ]


def review(stage):
    with stage.as_(stage.counsellor) as actor:
        return incoming_review.page(actor)


def test_the_first_of_one_sender_are_listed_the_rest_counted_and_others_are_heard(
    post: Post, two, as_superuser
):
    stage, other = two
    mine = invited(stage)
    assert post.read(*flood(mine.organiser, MOST_A_DAY + 3)) == {"written": MOST_A_DAY, "flood": 3}
    staff = letters.written(
        to=invited(stage, "staff").organiser, sender="guru@contoh.example", text="Dari guru", number=900
    )
    theirs = letters.written(
        to=invited(other).organiser, sender="orang1@contoh.example", text="Dari sekolah lain", number=901
    )
    assert post.read(staff, theirs) == {"written": 2}
    page = review(stage)
    assert len(page.lines) == MOST_A_DAY + 1
    assert page.lines[0].text == "Dari guru"
    assert [(found.name, found.more) for found in page.floods] == [(stage.participant("guardian").name, 3)]
    assert (len(review(other).lines), review(other).floods) == (1, ())
    rest = text("SELECT sender_enc, text_enc FROM incoming_mails WHERE reason = 'flood'")
    assert {tuple(row) for row in as_superuser.execute(rest)} == {(None, None)}
    as_superuser.commit()
    # For a person with the mailbox before them nothing is lost, and read again it changes nothing.
    assert post.folders() == {"Pamong-review": MOST_A_DAY + 5}
    assert post.read(*flood(mine.organiser, 1, first=MOST_A_DAY + 1)) == {"known": 1}
    assert post.folders() == {"Pamong-review": MOST_A_DAY + 6}


def test_an_answer_that_counts_is_not_held_up_by_a_flood_and_the_next_day_is_a_new_one(post: Post, two):
    stage, _other = two
    mine = invited(stage)
    post.read(*flood(mine.organiser, MOST_A_DAY + 1))
    assert post.read(letters.gmail(mine, Said("ACCEPTED", post.now))) == {"counted": 1}
    assert stage.participant("guardian").answer == "yes"
    post.now += timedelta(days=1, minutes=1)
    assert post.read(*flood(mine.organiser, 1, first=500)) == {"written": 1}


def test_dismissing_makes_no_room_for_more_of_the_same_day(post: Post, two):
    stage, _other = two
    mine = invited(stage)
    post.read(*flood(mine.organiser, MOST_A_DAY))
    with stage.as_(stage.counsellor) as actor:
        incoming_review.dismiss(actor, incoming_review.page(actor).lines[0].id)
    assert post.read(*flood(mine.organiser, 1, first=500)) == {"flood": 1}
