"""The answer of a sweep, from verdicts that are written by hand: four lines that fit a terminal."""

import re
from typing import Any

import by_hand
import pytest
from by_hand import cell, judged, of_classes, verdict
from synthetic import judged as sweep

from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.verdict.sweep_verdict import Bearing, Verdict
from steelyard.models.words.answer import COLUMNS, Answer, answer

LONG = "a name that nobody can read to its end, in a language of long words"


def told(of: Verdict, threshold: float = 0.62) -> Answer:
    """The answer, which is four lines that fit."""
    said = answer(by_hand.found(of, threshold))
    assert said is not None
    assert len(said.lines) == 4 and all(0 < len(line) <= COLUMNS and line.isprintable() for line in said.lines)
    assert all(line.endswith((".", "…")) and not re.search(r"nan|inf|None|  |\{", line) for line in said.lines)
    return said


def test_a_certified_wish_says_with_which_confidence_and_how_far_it_could_be_raised() -> None:
    of = cell(feasibility=judged("FEASIBLE", certified_limit=0.8149, certified_value=0.44))
    assert told(verdict(of, cell("weights 0.9", "same curve"))).lines == (
        "FEASIBLE: precision >= 0.7 holds with 95 % confidence at threshold 0.62.",
        "Use the unweighted network: no other is better; all have the same curve.",
        "Finds 60 of 100 defective (50 to 70); 75 of 100 alarms are right (65 to 85).",
        "Next: precision >= 0.81 is certified too (recall 0.44).",
    )
    stated = told(verdict(of, wish="recall @ precision >= 0.7 at prevalence 0.1"), 0.367)
    assert stated.lines[0] == "FEASIBLE: precision >= 0.7 at threshold 0.367, 95 % confidence (10 % defective)."
    no_higher = cell(feasibility=judged("FEASIBLE", certified_limit=0.704))
    assert told(verdict(no_higher)).next == "Next: steelyard predict best NEW/ lets it decide on new images."
    alarms = judged("FEASIBLE", 0.02, 0.005, metric="alarms", limit=0.03, certified_limit=0.0213)
    said = told(verdict(cell(feasibility=alarms), wish="recall @ alarms <= 30 per 1000"), 0.5)
    assert said.wish == "alarms <= 30 per 1000 holds with 95 % confidence at threshold 0.5."
    assert said.next == "Next: alarms <= 22 per 1000 is certified too."


def test_a_refuted_wish_says_what_is_certified_instead() -> None:
    of = cell(feasibility=judged("INFEASIBLE", 0.2, certified_limit=0.3149, certified_value=0.44))
    said = told(verdict(of, cell("weights 0.9", "worse")))
    assert said.badge_line == "INFEASIBLE: precision >= 0.7 is refuted at every threshold (95 % confidence)."
    assert said.use == "Use the unweighted network at threshold 0.62: every other is worse."
    assert said.next == "Next: ask for precision >= 0.31, which is certified (recall 0.44)."


@pytest.mark.parametrize(
    ("needed", "given", "begins"),
    [
        ((2.9, 3.1), {}, "about 200 more defective images would certify it"),
        ((2.9, 5.1), {}, "200 to 400 more defective images would certify it"),
        ((1.0, 1.4), {}, "up to 40 more defective images would certify it"),
        ((3.0, float("inf")), {}, "at least 200 more defective images would certify it"),
        ((1.5, 1.6), {"groups": 39}, "about 20 more groups (39 now) would certify it"),
        ((2.9, 5.1), {"apart": True}, "3 to 5 times as many images in val would certify it"),
    ],
)
def test_an_undecided_wish_says_how_much_more_would_certify_it(
    needed: tuple[float, float], given: dict[str, Any], begins: str
) -> None:
    of = cell(feasibility=judged("UNDECIDED", needed=needed))
    said = told(verdict(of, **given))
    assert said.badge_line == "UNDECIDED: precision >= 0.7 is not certified; best guess is threshold 0.62."
    assert said.next.startswith(f"Next: {begins}")
    less = cell(feasibility=judged("UNDECIDED", needed=needed, certified_limit=0.651, certified_value=0.5))
    assert re.search(r">= 0\.65 (is certified now|already is)\.$", told(verdict(less, **given)).next)


def test_where_hardly_anybody_has_so_many_images_less_to_ask_for_comes_first() -> None:
    of = judged("UNDECIDED", needed=(22.9, 55.1), certified_limit=0.651, certified_value=0.31)
    assert told(verdict(cell(feasibility=of))).next.startswith("Next: ask for precision >= 0.65, which is certified")
    assert told(verdict(cell(feasibility=judged("UNDECIDED")))).next.startswith("Next: ask for less, or train on more")


def test_a_small_change_of_the_scores_does_not_change_the_number() -> None:
    def said(low: float, high: float) -> str:
        return told(verdict(cell(feasibility=judged("UNDECIDED", needed=(low, high))))).next

    assert said(4.2, 4.5) == said(4.3, 4.4) and "about 300 more" in said(4.2, 4.5)


def test_test_that_contradicts_what_val_certified_comes_next() -> None:
    missed = verdict(cell(feasibility=judged("FEASIBLE", 0.5, certified_limit=0.8)), apart=True)
    assert "test differs from val: there precision is 0.50 (0.47 to 0.53)" in told(missed).next
    met = verdict(cell(feasibility=judged("FEASIBLE", 0.69, certified_limit=0.8)), apart=True)
    assert "is certified too" in told(met).next


@pytest.mark.parametrize(
    ("cells", "use"),
    [
        ((cell(),), "Use the unweighted network at threshold 0.62: nothing else was compared."),
        (
            (cell("weights 0.9", "better"), cell()),
            "Use the network with weights 0.9 at threshold 0.62: better than the unweighted one.",
        ),
        ((cell("weights 0.9", None),), "at threshold 0.62: the unweighted one did not finish."),
        ((cell(), cell("a", "worse"), cell("b", "same curve")), "no other is shown to be better."),
        ((cell("a", "same curve"), cell()), "on the same curve as the unweighted one."),
    ],
)
def test_it_says_which_network_to_use_and_why(cells: Any, use: str) -> None:
    said = told(verdict(*cells, wish="f1"))
    assert use in said.use.replace("Use weights", "Use the network with weights")
    assert said.badge is None and said.wish == "highest F1, no limit: 0.50 (0.40 to 0.60) on test at 10 % defective."


def test_of_several_recipes_the_networks_recipe_is_named() -> None:
    cells = cell("sound · none", "better", recipe="sound"), cell("features · none")
    said = told(verdict(*cells, wish="f1", several=True))
    assert said.use == "Use the unweighted network of sound at threshold 0.62: better than others."
    assert said.network == "unweighted of sound at threshold 0.62"


def test_of_many_classes_the_worst_is_named_and_the_highest_score_decides() -> None:
    said = told(verdict(cell(**of_classes(0.9, 0.8, 0.3, 0.7)), wish="balanced_accuracy"), threshold=-1)
    assert said.badge_line == "Wanted: highest balanced accuracy, no limit: 0.80 (0.70 to 0.90) on test."
    assert said.use == "Use the unweighted network: nothing else was compared."
    assert said.brings == "Finds 80 of 100 images of a class (70 to 90); of fox, the worst, 30 (20 to 40)."


def test_of_one_class_of_many_it_is_that_classs() -> None:
    of = cell(feasibility=judged("UNDECIDED", needed=(2.9, 5.1)), **of_classes(0.9, 0.8, 0.3, 0.7))
    said = told(verdict(of, wish="recall of fox @ precision >= 0.7"))
    assert said.wish == "precision of fox >= 0.7 is not certified; best guess: threshold 0.62."
    assert said.brings == "Finds 60 of 100 fox (50 to 70); 75 of 100 called fox are right (65 to 85)."
    assert said.next == "Next: 100 to 200 more fox images would certify it; no limit is certified yet."


def test_what_makes_figures_too_good_comes_next_and_then_labels_that_may_be_wrong() -> None:
    def known(**what: Any) -> str:
        of = cell(feasibility=judged("FEASIBLE"))
        return told(verdict(of, bearing=Bearing(**what))).next

    assert "steelyard images (12 labels may be wrong); steelyard predict best NEW/" in known(suspects=12)
    assert "44 have a copy in train" in known(suspects=12, grave=("44 have a copy in train",))
    assert "too good" in known(grave=("44 have a copy in train " * 5,))


@pytest.mark.parametrize("names", [("rest", LONG), ("0", "1"), ("<b>no</b>", "<script>x</script>"), ("a\nb", "c\td")])
@pytest.mark.parametrize("status", ["FEASIBLE", "INFEASIBLE", "UNDECIDED"])
def test_names_of_any_kind_fit(status: str, names: tuple[str, str]) -> None:
    of = judged(status, certified_limit=0.81, certified_value=0.4, needed=(20000.5, 50000.1))
    said = told(verdict(cell(LONG, "better", feasibility=of), cell(), classes=names))
    assert names[1] != "1" or "'1'" in said.brings


@pytest.mark.parametrize("wish", [*EXAMPLES, *(f"{wish} at prevalence 0.02" for wish in EXAMPLES)])
def test_it_fits_whatever_was_wanted_and_has_the_verdicts_numbers(wish: str) -> None:
    of = sweep(wish)
    said, best = answer(of.found), of.best
    assert said is not None and all(0 < len(line) <= COLUMNS for line in said.lines)
    assert said.badge == (best.feasibility.status if best.feasibility else None)
    rates = [float(number) for number in re.findall(r"[\d.]+(?= of 100)|(?<=\()[\d.]+|[\d.]+(?=\))", said.brings)]
    shares = (best.point[key] for key in ("recall", "precision"))
    assert best.silent or rates == pytest.approx(
        [100 * of for share in shares for of in (share.value, share.low, share.high)], abs=0.6
    )
