"""What the network did over K classes, in a sweep of several recipes, in sentences."""

from collections.abc import Iterator

from steelyard.models.classes.phrases import compared, rests_on, uncorrected
from steelyard.models.classes.verdict import ClassesVerdict
from steelyard.models.verdict.network_words import costs
from steelyard.models.verdict.phrases import chance, changed
from steelyard.models.verdict.verdict import Versus

OTHERS = ("precision", "f1", "accuracy")


def of_networks(verdict: ClassesVerdict) -> Iterator[str]:
    """Each two networks side by side, then what a trial of each costs; nothing where there is one recipe."""
    for versus in verdict.versus:
        others = ", ".join(changed(metric, versus.differences[metric]) for metric in OTHERS)
        seeds = rests_on(versus.differences["balanced_accuracy"].seeds, verdict)
        yield f"What the network did, without a handling: {_shaped(versus, verdict)}; {others} ({seeds})."
    yield from costs(verdict.networks, verdict.versus)


def _shaped(versus: Versus, verdict: ClassesVerdict) -> str:
    found, family = versus.differences["balanced_accuracy"], compared(verdict)
    accuracy = changed("balanced_accuracy", found)
    if versus.shape == "no difference shown":
        return f"no difference shown of {versus.recipe} beside {versus.other}: {accuracy}{uncorrected(found, family)}"
    said = f"{versus.recipe} has a {versus.shape} balanced accuracy than {versus.other}: {accuracy}"
    return f"{said}, {chance(found.p_holm)} after Holm's correction over {family}"
