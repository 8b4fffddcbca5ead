"""Who handles a suspicion of violence, harassment or a crime: the rules in force on a day.

Rules change and are kept as dated sets: a suspicion is handled by the set in force on the day on which it was
recorded, also after the next set came into force.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from webapp.domain.vocabulary import Term

FIRST_DAY_OF_46_2023 = date(2023, 8, 4)
FIRST_DAY_OF_6_2026 = date(2026, 1, 12)
"""To be checked against the gazette: known is that it came into force in January 2026, not on which day."""

SUSPICIONS = ("violence", "harassment", "sexual_harassment", "bullying", "criminal_act")
"""Kinds of problem (keys of PROBLEM_KINDS) to which mediation or a conference is never the first answer."""


@dataclass(frozen=True)
class RuleSet:
    """One set of rules: its name, who handles a breach of ethics and one of statute, from which day on."""

    key: str
    name: Term
    ethics: Term
    statute: Term
    valid_from: date

    def handler(self, violation: str) -> Term | None:
        """Who handles it; None where no breach is suspected."""
        return {"ethics": self.ethics, "statute": self.statute}.get(violation)


RULE_SETS = (
    RuleSet(
        "ppksp_2023",
        Term("ppksp_2023", "Permendikbudristek 46/2023 (PPKSP)", "Permendikbudristek 46/2023 (PPKSP)"),
        Term("ethics", "Tim Pencegahan dan Penanganan Kekerasan (TPPK) di sekolah",
             "The school's team for preventing and handling violence (TPPK)"),
        Term("statute", "Satuan Tugas (Satgas) PPKSP di pemerintah daerah",
             "The task force (Satgas) of the regional government"),
        FIRST_DAY_OF_46_2023,
    ),
    RuleSet(
        "safe_school_2026",
        Term("safe_school_2026", "Permendikdasmen 6/2026 (Budaya Sekolah Aman dan Nyaman)",
             "Permendikdasmen 6/2026 (Budaya Sekolah Aman dan Nyaman)"),
        Term("ethics", "Sekolah", "The school"),
        Term("statute", "Kelompok kerja (Pokja) daerah", "The regional working group (Pokja)"),
        FIRST_DAY_OF_6_2026,
    ),
)  # fmt: skip


def rules_on(day: date) -> RuleSet | None:
    """The set in force on that day; None before the first."""
    valid = [rules for rules in RULE_SETS if rules.valid_from <= day]
    return valid[-1] if valid else None


def is_suspicion(kinds: Collection[str]) -> bool:
    """Whether one of these kinds of problem is violence, harassment or a crime."""
    return not set(SUSPICIONS).isdisjoint(kinds)
