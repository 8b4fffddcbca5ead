"""What a home visit gathers: four groups of findings (Winkel 1991); each a fact unless marked otherwise."""

from __future__ import annotations

from webapp.domain.procedure import Field, field
from webapp.domain.vocabulary import Term, Vocabulary

HOUSE = Term("house", "Rumah dan lingkungan", "House and surroundings")
FACILITIES = Term("facilities", "Fasilitas belajar", "Study facilities")
HABITS = Term("habits", "Kebiasaan belajar", "Study habits")
CLIMATE = Term("climate", "Suasana keluarga", "Family climate")

INITIATIVE = Vocabulary(
    Term("own", "Inisiatif sendiri", "Own initiative"), Term("reminded", "Perlu diingatkan", "Reminded")
)
COMPANY = Vocabulary(Term("alone", "Sendiri", "Alone"), Term("friends", "Bersama teman", "With friends"))
CLOSENESS = Vocabulary(Term("close", "Dekat", "Close"), Term("distant", "Kurang dekat", "Not close"))
DECIDING = Vocabulary(
    Term("democratic", "Demokratis", "Democratic"), Term("strict", "Tidak demokratis", "Not democratic")
)


def _group(group: Term, *fields: Field) -> tuple[Field, ...]:
    named = Vocabulary(*(one.term for one in fields))
    # What a visitor saw and what a visitor made of it are printed apart: the counsellor says which is which.
    mark = field(
        f"{group.key}_impressions", "Yang merupakan kesan, bukan fakta", "Impressions, not facts", "choices",
        choices=named, required=False, group=group,
    )
    return (*fields, mark)


def _of(group: Term, key: str, id_label: str, en_label: str, choices: Vocabulary | None = None) -> Field:
    kind = "text" if choices else "line"
    return field(key, id_label, en_label, kind, choices=choices, required=False, group=group)


FINDINGS: tuple[Field, ...] = (
    *_group(
        HOUSE,
        _of(HOUSE, "location", "Letak", "Location"),
        _of(HOUSE, "state", "Keadaan", "State"),
        _of(HOUSE, "size", "Ukuran", "Size"),
        _of(HOUSE, "surroundings", "Lingkungan sekitar", "Surroundings"),
        _of(HOUSE, "lighting", "Penerangan", "Lighting"),
        _of(HOUSE, "equipment", "Perlengkapan", "Equipment"),
    ),
    *_group(
        FACILITIES,
        _of(FACILITIES, "study_room", "Ruang belajar", "Room to study"),
        _of(FACILITIES, "study_desk", "Meja belajar", "Desk"),
        _of(FACILITIES, "study_lighting", "Penerangan meja belajar", "Light to study by"),
        _of(FACILITIES, "disturbance", "Sumber gangguan", "Sources of disturbance"),
    ),
    *_group(
        HABITS,
        _of(HABITS, "study_times", "Waktu belajar", "When"),
        _of(HABITS, "initiative", "Dorongan belajar", "Own initiative or reminded", INITIATIVE),
        _of(HABITS, "company", "Belajar sendiri atau bersama", "Alone or with friends", COMPANY),
        _of(HABITS, "help", "Yang membantu", "Who helps"),
    ),
    *_group(
        CLIMATE,
        _of(CLIMATE, "closeness", "Hubungan orang tua dan anak", "Parents and child", CLOSENESS),
        _of(CLIMATE, "deciding", "Cara memutuskan", "How decisions are made", DECIDING),
        _of(CLIMATE, "to_school", "Sikap terhadap sekolah", "Attitude to the school"),
        _of(CLIMATE, "to_child", "Sikap terhadap anak", "Attitude to the child"),
        _of(CLIMATE, "economy", "Ekonomi keluarga", "Household economy"),
        _of(CLIMATE, "culture", "Latar budaya", "Cultural background"),
    ),
)
