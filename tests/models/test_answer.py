"""The answer of a sweep, against the numbers of its verdict: four lines that fit a terminal, whatever is in them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import synthetic

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.answer import COLUMNS, Answer, answer

Make = Callable[..., Dossier]

PAIR = {"none": 0.0, "weights 0.8": 0.0}
LONG = "a name that nobody can read to its end, in a language of long words"


def told(found: Dossier) -> Answer:
    """The answer, which is four lines that fit."""
    said = answer(found.found)
    assert said is not None
    assert len(said.lines) == 4 and all(0 < len(line) <= COLUMNS and line.isprintable() for line in said.lines)
    assert all(line.endswith((".", "…")) and not re.search(r"nan|inf|None|  |\{", line) for line in said.lines)
    return said


@pytest.mark.parametrize("wish", [*EXAMPLES, *(f"{wish} at prevalence 0.02" for wish in EXAMPLES)])
def test_it_has_the_verdicts_numbers_and_says_at_which_prevalence(judged: Make, wish: str) -> None:
    found = judged(wish)
    said, best = told(found), found.best
    recall, precision = (best.point[metric] for metric in ("recall", "precision"))
    rates = [float(number) for number in re.findall(r"[\d.]+(?= of 100)|(?<=\()[\d.]+|[\d.]+(?=\))", said.brings)]
    of_each = [100 * value for share in (recall, precision) for value in (share.value, share.low, share.high)]
    assert rates == pytest.approx(of_each, abs=0.51)
    status = best.feasibility and best.feasibility.status
    assert said.badge == status and said.lines[0].startswith(f"{status}: " if status else "Wanted: ")
    assert f"at {100 * found.verdict.prevalence:.3g} %" in said.wish + said.brings
    taken = found.taken
    assert taken is not None and taken.operating is not None
    assert f"at threshold {taken.operating.threshold:.3g}" in said.use


def of_names(found: Dossier, names: tuple[str, str]) -> Dossier:
    verdict = found.verdict.model_copy(update={"classes": names})
    return replace(found, found=found.found.model_copy(update={"verdict": verdict}))


@pytest.mark.parametrize("names", [("rest", LONG), ("0", "1"), ("<b>no</b>", "<script>x</script>"), ("a\nb", "c\td")])
@pytest.mark.parametrize("wish", EXAMPLES)
def test_names_of_any_kind_fit(judged: Make, wish: str, names: tuple[str, str]) -> None:
    assert names[1] != "1" or "'1'" in " ".join(told(of_names(judged(wish), names)).lines)
    told(of_names(judged(wish), names))


@pytest.mark.parametrize(
    "given, badge, words",
    [
        ({"cells": {"none": 0.0}}, "UNDECIDED", "nothing else was compared"),
        ({"cells": {"none": 0.0, "weights 0.8": 3.0}}, "FEASIBLE", "Use weights 0.8 at threshold"),
        ({"cells": {"none": 0.0, "weights 0.8": 3.0}}, "FEASIBLE", "it beats the unweighted one"),
        ({"cells": PAIR, "wish": "recall @ precision >= 0.99"}, "UNDECIDED", "more images and more seeds (--seeds 4)"),
        ({"cells": PAIR, "wish": "precision @ recall >= 0.8"}, "UNDECIDED", "more positive images would decide"),
        ({"cells": PAIR, "wish": "recall"}, None, "highest recall: "),
        ({"cells": PAIR, "wish": "cost fn=10 fp=1"}, None, "lowest cost"),
        ({"cells": PAIR, "validate_on": "test"}, "UNDECIDED", "--validate-on val"),
        ({"failed": [("none", 1), ("none", 2)]}, "UNDECIDED", "the unweighted one did not finish"),
    ],
)
def test_it_says_what_to_use_and_what_comes_next(judged: Make, given: dict[str, Any], badge: str, words: str) -> None:
    said = told(judged(**given))
    assert said.badge == badge and words in " ".join(said.lines)


def test_what_makes_figures_too_good_comes_next_and_then_labels_that_may_be_wrong(judged: Make) -> None:
    found = judged(cells={"none": 0.0, "weights 0.8": 3.0})

    def known(**what: Any) -> Answer:
        verdict = found.verdict.model_copy(update={"bearing": found.verdict.bearing.model_copy(update=what)})
        return told(replace(found, found=found.found.model_copy(update={"verdict": verdict})))

    assert "steelyard predict best NEW/" in known().next
    assert "12 labels may be wrong: steelyard images" in known(suspects=12).next
    assert "44 have a copy in train" in known(suspects=12, grave=("44 have a copy in train",)).next
    assert "too good" in known(grave=("44 have a copy in train " * 5,)).next


def test_a_limit_that_holds_already_is_one_that_the_interval_keeps_to(judged: Make) -> None:
    found = judged("precision @ recall >= 0.8", cells=PAIR)
    said, feasibility = told(found), found.best.feasibility
    limit = re.search(r"; >= ([\d.]+) holds already", said.next)
    assert limit and feasibility and feasibility.at.low - 0.01 < float(limit[1]) <= feasibility.at.low


def test_without_a_trial_that_finished_there_is_none() -> None:
    found = synthetic.judged(cells=PAIR).found
    assert answer(found.model_copy(update={"verdict": None})) is None
