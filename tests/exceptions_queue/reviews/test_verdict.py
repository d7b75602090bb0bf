"""The verdict: shares that leave out who cannot tell, and sentences on what failed and where to look."""

import pytest

from exceptions_queue.policy.clauses import PART_SLUGS, clause_of, normal
from exceptions_queue.policy.default import DEFAULT_POLICY
from exceptions_queue.policy.situation import FindingKind
from exceptions_queue.reviews.questions import Answer, Question
from exceptions_queue.reviews.verdict import Reviewed, verdict

NO_PROOF = "lacked evidence to act."
WORDS = {"y": Answer.YES, "n": Answer.NO, "c": Answer.CANNOT_TELL}


def said(*cases):
    """Return reviewed cases from lines such as "stalled yyn"."""
    return [
        Reviewed(place, line.split()[0], dict(zip(Question, (WORDS[key] for key in line.split()[1]), strict=True)))
        for place, line in enumerate(cases, 1)
    ]


def test_who_cannot_tell_counts_for_neither_side():
    found = verdict(said("stalled ync", "stalled yyc", "lost ncc"))
    shares = [(each.yes, each.no, each.cannot_tell, each.percent) for each in found.shares]
    assert shares == [(2, 1, 0, 67), (1, 1, 1, 50), (0, 0, 3, None)]
    assert all(each.is_small for each in found.shares)


@pytest.mark.parametrize(
    ("cases", "sentences"),
    [
        (("stalled yyy",), []),
        (("stalled yyn",), ["The one “stalled” case lacked evidence to act."]),
        (("stalled yny",), ["The one “stalled” case did not pause when it should."]),
        (("stalled yyn", "stalled yyn", "stalled yyy"), ["2 of 3 “stalled” cases lacked evidence to act."]),
        (("stalled yyn", "stalled yyc"), ["The one “stalled” case lacked evidence to act."]),
        (("stalled nyy", "stalled yyy"), ["1 of 2 “stalled” cases did not message the right customer."]),
        (
            ("stalled yyn", "lost nny", "lost nyy", "lost yyy"),
            [
                "2 of 3 “lost” cases did not message the right customer.",
                "The one “stalled” case lacked evidence to act.",
                "1 of 3 “lost” cases did not pause when they should.",
            ],
        ),
    ],
)
def test_failures_are_told_by_finding_and_the_most_first(cases, sentences):
    assert [each.sentence for each in verdict(said(*cases)).failures] == sentences


def test_a_failure_names_its_cases():
    failure = verdict(said("stalled yyn", "lost yyy", "stalled yyn")).failures[0]
    assert (failure.places, failure.of) == ((1, 3), 2)


@pytest.mark.parametrize("finding", list(FindingKind))
@pytest.mark.parametrize("keys", ["nyy", "yny", "yyn"])
def test_every_failure_points_at_a_sentence_of_the_policy(finding, keys):
    look = verdict(said(f"{finding.value} {keys}")).failures[0].look
    assert look.part in PART_SLUGS
    assert clause_of(normal(DEFAULT_POLICY), look.part, look.key) is not None


@pytest.mark.parametrize(
    ("cases", "unclear"),
    [
        (("stalled yyc",), ()),
        (
            ("stalled yyc", "stalled yyc", "stalled yyy"),
            ("2 of 3 “stalled” cases do not show whether there was enough evidence to act.",),
        ),
        (("stalled yyc", "stalled yyc", "stalled yyy", "stalled yyy", "stalled yyn"), ()),
    ],
)
def test_what_nobody_could_tell_is_said_where_it_holds_for_half(cases, unclear):
    assert verdict(said(*cases)).unclear == unclear


@pytest.mark.parametrize(
    ("cases", "headline"),
    [
        ((), "No case was answered."),
        (("lost yyy",), "None of 1 case failed a question."),
        (("lost yyy", "lost yyc"), "None of 2 cases failed a question."),
        (("lost yyn", "damaged yyn"), f"The one “damaged” case {NO_PROOF} The one “lost” case {NO_PROOF}"),
    ],
)
def test_the_headline_is_one_line_for_a_draft(cases, headline):
    assert verdict(said(*cases)).headline == headline
