"""What the network did, in a sweep of several recipes, and what a trial of each costs, in sentences."""

from collections.abc import Iterator, Sequence

from steelyard.models.verdict.cell_words import compared, rests_on, uncorrected
from steelyard.models.verdict.phrases import chance, changed, counted, lasting
from steelyard.models.verdict.verdict import Network, Verdict, Versus

RATES = ("recall", "precision")


def of_networks(verdict: Verdict) -> Iterator[str]:
    """Sentence by sentence; none where there is one recipe."""
    for versus in verdict.versus:
        yield f"What the network did, without a handling: {_shaped(versus, verdict)}."
    yield from costs(verdict.networks, verdict.versus)


def costs(networks: Sequence[Network], versus: Sequence[Versus]) -> Iterator[str]:
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


def _shaped(versus: Versus, verdict: Verdict) -> str:
    found = versus.differences
    area = f"{changed('roc_auc', found['roc_auc'])}{uncorrected(found['roc_auc'], verdict)}"
    if versus.shape in ("lifted the curve", "lowered the curve"):
        said = f"{versus.recipe} {versus.shape} of {versus.other}: {area}, {chance(found['roc_auc'].p_holm)} after "
        said += f"Holm's correction over {compared(verdict)}"
    elif versus.shape == "moved along the curve":
        said = f"{versus.recipe} moved along the curve of {versus.other}: {area}"
    else:
        said = f"no difference shown of {versus.recipe} beside {versus.other}: {area}"
    precise = f"{changed('average_precision', found['average_precision'])}"
    at = "; ".join(f"at {place} {_rates(versus, prefix)}" for place, prefix in PLACES.items())
    return f"{said}; {precise}; {at} ({rests_on(found['roc_auc'].seeds, verdict)})"


PLACES = {"the operating point": "", "argmax": "argmax/"}


def _rates(versus: Versus, prefix: str) -> str:
    return " and ".join(changed(rate, versus.differences[f"{prefix}{rate}"]) for rate in RATES)
