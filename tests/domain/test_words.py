"""Every word has both languages."""

import pytest

from webapp.domain import schedules, words
from webapp.domain.procedures import PROCEDURES
from webapp.domain.vocabulary import Term, TermList, Vocabulary

VOCABULARIES = {
    **{name: value for name, value in vars(words).items() if isinstance(value, Vocabulary)},
    "DUE_KINDS": schedules.DUE_KINDS,
}
PROCEDURE_TERMS = [
    term
    for procedure in PROCEDURES.values()
    for term in (
        procedure.term,
        *(stage.term for stage in procedure.stages),
        *(step.term for stage in procedure.stages for step in stage.steps),
    )
]
# Written alike in both languages: abbreviations, and one loan word.
SAME_IN_BOTH = {"WIB", "WITA", "WIT", "NIP.", "NIPPPK.", "NIY.", "NUPTK", "Monitoring"}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_word_of_a_vocabulary_reads_differently_in_each_language(name):
    for term in VOCABULARIES[name]:
        _check(term)


def test_every_stage_and_step_reads_differently_in_each_language():
    for term in PROCEDURE_TERMS:
        _check(term)


def _check(term: Term) -> None:
    assert term.key
    assert term.id.strip() == term.id != ""
    assert term.en.strip() == term.en != ""
    assert term.id != term.en or term.id in SAME_IN_BOTH


@pytest.mark.parametrize("name", VOCABULARIES)
def test_no_two_words_of_a_vocabulary_look_alike(name):
    for locale in ("id", "en"):
        labels = [label for _, label in VOCABULARIES[name].choices(locale)]
        assert len(set(labels)) == len(labels)


def test_every_kind_of_problem_that_the_article_names_is_there():
    assert set(words.PROBLEM_KINDS.keys) == {
        "conflict_peer",
        "conflict_teacher",
        "conflict_parent",
        "conflict_other",
        "non_educative_treatment",
        "discrimination",
        "malpractice",
        "violence",
        "harassment",
        "sexual_harassment",
        "bullying",
        "criminal_act",
        "truancy",
        "parental_disinterest",
        "learning_difficulty",
        "communication_breakdown",
    }


def test_a_list_of_words_is_labelled_in_the_readers_language():
    terms = TermList((words.FIELDS["social"], words.FIELDS["academic"]))
    assert terms.label("id") == "Sosial, Belajar"
    assert terms.label("en") == str(terms) == "Social, Academic"
