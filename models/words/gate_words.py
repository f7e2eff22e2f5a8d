"""What the gate says of a model that was registered: champion or not, and why."""

from steelyard.models.gate import Compared
from steelyard.models.words import phrases as say


def promoted(name: str, version: str, before: str, why: str) -> str:
    """In a line; ``before`` is the version that was the champion, "" for none."""
    reason = f": {why}" if why else ""
    instead = f" instead of version {before}" if before and before != version else ""
    return f"{name} version {version} is the champion now{instead}{reason}"


def refused(name: str, version: str, champion: str, why: str) -> str:
    """In a line; ``champion`` is the version that stays, "" for none."""
    stays = f"version {champion} stays the champion" if champion else "there is no champion"
    return f"{name} version {version} is not the champion, {stays}: {why}"


def compared(found: Compared) -> str:
    """Both figures, the gain with its interval, and what was to be ruled out."""
    shown = f"{say.name(found.metric)} {found.challenger:.3g} against {found.champion:.3g}"
    kind = "of the rarest class" if found.every_class else "positive"
    on = f"on {found.images:,} images that neither learned from ({found.positives:,} {kind})"
    interval = f"a gain of {found.gain:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    end = f"a loss of {found.margin:.3g} is not ruled out"
    if found.breaks:
        before, now = found.held
        end = f"{say.name(found.constraint)} {now:.3g} misses what is wanted, with {before:.3g} of the champion"
    elif found.not_worse:
        end = f"a loss of {found.margin:.3g} is ruled out"
    elif found.worse:
        end = "it is worse"
    return f"{shown} {on}; {interval}: {end}"
