"""What changed since the run before, as lines, as rows of a table and as Markdown."""

from steelyard.models.changes.changes import Changes
from steelyard.models.changes.differences import of_cell
from steelyard.models.changes.fields import Changed
from steelyard.models.markdown import escaped
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import Dossier

BALANCED = "balanced_accuracy"
NOTHING = "nothing changed"


def lines(found: Changes) -> list[str]:
    """The answer, then images, spec and versions, a line each."""
    told = [f"images: {line}" for line in found.data]
    for what, changed in (("spec", found.spec), ("versions", found.versions)):
        told += [f"{what}: {_written(each)}" for each in changed] or [f"{what}: {NOTHING}"]
    return [*found.answer, *told]


def rows(found: Changes, earlier: Dossier, later: Dossier) -> list[dict[str, str]]:
    """Columns ``what``, ``before`` and ``now``: the best cell, the images of each part, and each field that changed."""
    best = [("best on val", _best(earlier), _best(later))]
    counts = [(f"images of {part}", _counts(earlier, part), _counts(later, part)) for part in later.about.counts]
    fields = [(each.name, each.earlier, each.later) for each in (*found.spec, *found.versions)]
    return [dict(zip(("what", "before", "now"), row, strict=True)) for row in (*best, *counts, *fields)]


def markdown(found: Changes, before: str, longest: int) -> str:
    """A heading, the answer, and the rest as a list.

    Args:
        found: what changed.
        before: the run before, as a link or an id.
        longest: characters, at most; lines that do not fit are counted.
    """
    told = [escaped(line) for line in lines(found)]
    answer, rest = " ".join(told[: len(found.answer)]), told[len(found.answer) :]
    said = f"**Since the run before**, {before}: {answer}\n"
    for number, line in enumerate(rest):
        if len(said) + len(line) > longest:
            return f"{said}\n* {len(rest) - number} more in the report"
        said += f"\n* {line}"
    return said


def _written(changed: Changed) -> str:
    return f"{changed.name} was {changed.earlier}, is {changed.later} now"


def _best(sweep: Dossier) -> str:
    cell, metric = sweep.cells[0], BALANCED if sweep.every_class else sweep.objective.metric
    at = of_cell(cell, metric)
    return f"{cell.cell}, {metric} {write_number(round(at.value, 3))} [{at.low:.3f}, {at.high:.3f}] on test"


def _counts(sweep: Dossier, part: str) -> str:
    if sweep.about.subject.classes:
        return f"{sum(sweep.about.counts[part]):,} of {len(sweep.about.subject.classes)} classes"
    negatives, positives = sweep.about.counts[part]
    return f"{negatives:,} {sweep.about.subject.negative}, {positives:,} {sweep.about.subject.positive}"
