"""What the network did, in a sweep of several recipes, and what a trial of each costs, in sentences."""

from collections.abc import Iterator, Sequence

from steelyard.models.verdict.verdict import Network, Verdict, Versus
from steelyard.models.words.phrases import chance, changed, compared, counted, lasting, rests_on, uncorrected

RATES = ("recall", "precision")
OTHERS = ("precision", "f1", "accuracy")
PLACES = {"the operating point": "", "argmax": "argmax/"}


def of_networks(verdict: Verdict) -> Iterator[str]:
    """Each two networks side by side, then what a trial of each costs; nothing where there is one recipe."""
    for versus in verdict.versus:
        yield f"What the network did, without a handling: {_compared(versus, verdict)}."
    yield from _costs(verdict.networks, verdict.versus)


def _costs(networks: Sequence[Network], versus: Sequence[Versus]) -> Iterator[str]:
    """Which networks are not compared, and what a trial of each takes."""
    told = {recipe for found in versus for recipe in (found.recipe, found.other)}
    for network in networks:
        if network.recipe not in told:
            why = "shares no finished seed with another" if network.cell else "has no trial that finished"
            yield f"The network of {network.recipe} is not compared, as its unweighted baseline {why}."
    if networks:
        yield f"A trial takes, to train and to score val, {', '.join(map(_cost, networks))}."


def _cost(network: Network) -> str:
    once = f", after {lasting(network.once)} once for all" if network.once else ""
    return f"{lasting(network.seconds)} with {network.recipe} (median of {counted(network.trials, 'trial')}{once})"


def _compared(versus: Versus, verdict: Verdict) -> str:
    found = versus.differences
    key = verdict.main_metric
    if verdict.every_class:
        others = ", ".join(changed(other, found[other]) for other in OTHERS)
    else:
        places = "; ".join(f"at {place} {_rates(versus, prefix)}" for place, prefix in PLACES.items())
        others = f"{changed('average_precision', found['average_precision'])}; {places}"
    return f"{_shaped(versus, key, verdict)}; {others} ({rests_on(found[key].seeds, verdict)})"


def _shaped(versus: Versus, key: str, verdict: Verdict) -> str:
    found, one, other = versus.differences[key], versus.recipe, versus.other
    said = {
        "lifted the curve": f"{one} lifted the curve of {other}",
        "lowered the curve": f"{one} lowered the curve of {other}",
        "moved along the curve": f"{one} moved along the curve of {other}",
        "higher": f"{one} has a higher balanced accuracy than {other}",
        "lower": f"{one} has a lower balanced accuracy than {other}",
        "no difference shown": f"no difference shown of {one} beside {other}",
    }[versus.shape]
    told = f"{said}: {changed(key, found)}{uncorrected(found, compared(verdict))}"
    if versus.shape in ("moved along the curve", "no difference shown"):
        return told
    return f"{told}, {chance(found.p_holm)} after Holm's correction over {compared(verdict)}"


def _rates(versus: Versus, prefix: str) -> str:
    return " and ".join(changed(rate, versus.differences[f"{prefix}{rate}"]) for rate in RATES)
