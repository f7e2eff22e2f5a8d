"""The answer of a sweep, against the numbers of its verdict: four lines that fit a terminal, whatever is in them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import synthetic

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import UNSHOWN
from steelyard.models.verdict.sweep_verdict import Network, Versus
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
        (
            {"cells": PAIR, "wish": "precision @ recall >= 0.8"},
            "UNDECIDED",
            "try a safer threshold (--margin 0.99)",
        ),
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
    assert "steelyard images (12 labels may be wrong); steelyard predict best NEW/" in known(suspects=12).next
    assert "1,234 labels may be wrong" in known(suspects=1234).next
    assert "44 have a copy in train" in known(suspects=12, grave=("44 have a copy in train",)).next
    assert "too good" in known(grave=("44 have a copy in train " * 5,)).next


@pytest.mark.parametrize(
    ("one", "other", "shape", "said"),
    [
        ("finetune", "sound", "lifted the curve", ": it beats sound."),
        ("sound", "finetune", "lowered the curve", ": it beats sound."),
        ("finetune", "sound", "no difference in ROC area shown", "."),
        ("sound", "finetune", "lifted the curve", "."),
    ],
)
def test_of_several_networks_it_says_which_is_shown_to_do_worse(
    judged: Make, one: str, other: str, shape: str, said: str
) -> None:
    found = judged(cells=PAIR)
    networks = tuple(Network(recipe=of, cell="none", trials=2, seconds=1.0) for of in ("finetune", "sound"))
    of_cells = sorted(found.verdict.cells, key=lambda cell: not cell.is_baseline)
    cells = tuple(
        cell.model_copy(update={"recipe": "finetune", "shape": cell.shape if cell.is_baseline else UNSHOWN})
        for cell in of_cells
    )
    versus = (Versus(recipe=one, other=other, shape=shape, differences={}),)
    verdict = found.verdict.model_copy(update={"cells": cells, "networks": networks, "versus": versus})
    answered = told(replace(found, found=found.found.model_copy(update={"verdict": verdict})))
    assert answered.network.startswith("unweighted of finetune at threshold 0.")
    assert answered.use == f"Use the {answered.network.replace('unweighted', 'unweighted network')}{said}"


def none_stricter(found: Dossier, same: bool = False) -> Dossier:
    best, *others = found.verdict.cells
    thresholds = tuple(of.model_copy(update={"stricter": of.value if same else None}) for of in best.thresholds)
    cells = best.model_copy(update={"thresholds": thresholds}), *others
    return replace(
        found, found=found.found.model_copy(update={"verdict": found.verdict.model_copy(update={"cells": cells})})
    )


def test_where_val_has_a_safer_threshold_that_comes_next(judged: Make) -> None:
    found = judged("precision @ recall >= 0.8", cells=PAIR)
    assert all(of.stricter is not None and of.stricter < of.value for of in found.best.thresholds)
    assert re.search(r"^Next: try a safer threshold \(--margin 0.99\),? or (about )?[\d,]+ more", told(found).next)
    assert re.search(r"^Next: (about )?[\d,]+ more positive images would decide", told(none_stricter(found)).next)
    assert told(none_stricter(found, same=True)).next == told(none_stricter(found)).next


def test_where_hardly_anybody_has_so_many_images_less_to_ask_for_comes_first(judged: Make) -> None:
    found = none_stricter(judged("recall @ precision >= 0.5", cells=PAIR))
    best = found.best.feasibility
    assert best and best.more_positives and best.decided_by == "images"
    many = best.model_copy(update={"more_positives": 12 * found.verdict.positives})
    cells = found.best.model_copy(update={"feasibility": many}), *found.verdict.cells[1:]
    verdict = found.verdict.model_copy(update={"cells": cells})
    said = told(replace(found, found=found.found.model_copy(update={"verdict": verdict}))).next
    assert re.search(
        r"^Next: ask for less \(>= 0\.\d+ holds\); (about )?[\d,]+ more positive images would decide", said
    )


@pytest.mark.parametrize(("at_the_edge", "said"), [(0.7, "lacks margin"), (None, "is out of reach")])
def test_a_constraint_that_val_meets_but_for_the_margin_is_not_out_of_reach(
    judged: Make, at_the_edge: float | None, said: str
) -> None:
    found = judged("precision @ recall >= 0.8", cells=PAIR)
    best, *others = found.verdict.cells
    missed = {"feasible": False, "stricter": None, "at_the_edge": at_the_edge}
    judgement = {"out_of_reach_on_val": len(best.thresholds), "decided_by": None, "nearest": None}
    assert best.feasibility
    changed = {
        "thresholds": tuple(of.model_copy(update=missed) for of in best.thresholds),
        "feasibility": best.feasibility.model_copy(update=judgement),
    }
    verdict = found.verdict.model_copy(update={"cells": (best.model_copy(update=changed), *others)})
    answered = told(replace(found, found=found.found.model_copy(update={"verdict": verdict})))
    assert f"recall >= 0.8 {said} on val; on test" in answered.wish
    assert ("--margin 0.5" in answered.next) is (at_the_edge is not None)


def test_a_limit_that_holds_already_is_one_that_the_interval_keeps_to(judged: Make) -> None:
    found = judged("precision @ recall >= 0.8", cells=PAIR)
    said, feasibility = told(none_stricter(found)), found.best.feasibility
    limit = re.search(r"; >= ([\d.]+) holds already", said.next)
    assert limit and feasibility and feasibility.at.low - 0.01 < float(limit[1]) <= feasibility.at.low


def test_without_a_trial_that_finished_there_is_none() -> None:
    found = synthetic.judged(cells=PAIR).found
    assert answer(found.model_copy(update={"verdict": None})) is None
