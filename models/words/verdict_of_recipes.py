"""What the network did in a sweep of several recipes and what a trial of each costs, and the published order."""

from collections.abc import Iterator

from steelyard.models.verdict.differences import UNSHOWN
from steelyard.models.verdict.sweep_verdict import Network, Published, Says, Verdict, Versus
from steelyard.models.words import phrases as say

SETTING = "CIFAR-10-LT, imbalance factor 100, ResNet-32"


def of_networks(verdict: Verdict) -> Iterator[str]:
    """Each two networks side by side, then what a trial of each costs; nothing where there is one recipe."""
    for versus in verdict.versus:
        yield f"What the network did, without a handling: {_compared(versus, verdict)}."
    told = {recipe for versus in verdict.versus for recipe in (versus.recipe, versus.other)}
    for network in verdict.networks:
        if network.recipe not in told:
            why = "shares no finished seed with another" if network.cell else "has no trial that finished"
            yield f"The network of {network.recipe} is not compared, as its unweighted baseline {why}."
    if verdict.networks:
        yield f"A trial takes, to train and to score val, {', '.join(map(_cost, verdict.networks))}."


def _compared(versus: Versus, verdict: Verdict) -> str:
    differences, key, family = versus.differences, verdict.main_metric, say.compared(verdict)
    main, shape = differences[key], versus.shape
    if shape in ("higher", "lower"):
        did = f"{versus.recipe} has a {shape} balanced accuracy than {versus.other}"
    elif shape == UNSHOWN:
        did = f"{say.shape(shape, key)} between {versus.recipe} and {versus.other}"
    else:
        did = f"{versus.recipe} {shape} of {versus.other}"
    moved = say.moves(main, key) if shape == UNSHOWN else say.changed(key, main)
    said = f"{did}: {moved}{say.uncorrected(main, family)}"
    if shape not in ("moved along the curve", UNSHOWN):
        said += f", {say.chance(main.p_holm)} after Holm's correction over {family}"
    if verdict.every_class:
        others = ", ".join(say.changed(other, differences[other]) for other in ("precision", "f1", "accuracy"))
    else:
        area = say.changed("average_precision", differences["average_precision"])
        others = f"{area}; at the operating point {_rates(versus)}; at argmax {_rates(versus, 'argmax/')}"
    return f"{said}; {others} ({say.rests_on(main.seeds, verdict)})"


def _rates(versus: Versus, place: str = "") -> str:
    return " and ".join(say.changed(rate, versus.differences[f"{place}{rate}"]) for rate in ("recall", "precision"))


def _cost(network: Network) -> str:
    median = f"median of {say.counted(network.trials, 'trial')}"
    median += f", after {say.lasting(network.once)} once for all" if network.once else ""
    return f"{say.lasting(network.seconds)} with {network.recipe} ({median})"


def of_published_order(verdict: Verdict) -> Iterator[str]:
    """The cells in the order of their balanced accuracy, then what that says of the published order of handlings."""
    if not verdict.published:
        return
    names = {name for pair in verdict.published for name in (pair.better, pair.worse)}
    accuracies = [(cell.cell, cell.argmax["balanced_accuracy"]) for cell in verdict.cells if cell.cell in names]
    accuracies.sort(key=lambda of: -of[1].value)
    told = ", ".join(f"{say.called(cell)} {say.figures(accuracy)}" for cell, accuracy in accuracies)
    yield f"Balanced accuracy at argmax on test, highest first: {told}."
    yield _agreement(verdict)
    counts = [count for count in verdict.train if count]
    yield (
        f"That order was published for a factor of 100 between the classes of train; here it is "
        f"{max(counts) / min(counts):.3g}."
    )


def _agreement(verdict: Verdict) -> str:
    by_answer: dict[Says, list[str]] = {"agrees": [], "cannot tell": [], "the other way round": []}
    for pair in verdict.published:
        by_answer[pair.says].append(_order(pair))
    agrees = ", ".join(by_answer.pop("agrees")) or "no pair"
    rest = "".join(f"; {says}: {', '.join(pairs)}" for says, pairs in by_answer.items() if pairs)
    family = say.counted(len(verdict.published), "pair")
    return f"Agrees with the published order ({SETTING}) in: {agrees}{rest} (p after Holm's correction over {family})."


def _order(pair: Published) -> str:
    better, worse, difference = say.called(pair.better), say.called(pair.worse), pair.difference
    return f"{better} over {worse} ({say.moves(difference)}, {say.chance(difference.p_holm)})"
