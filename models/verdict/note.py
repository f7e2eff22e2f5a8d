"""The verdict as Markdown."""

from models.calibration import sentence
from models.verdict.verdict import CellVerdict, Verdict


def markdown(verdict: Verdict, longest: int) -> str:
    """The answer, then a line per cell, as many as fit.

    Args:
        verdict: with its words.
        longest: characters that it may have; the answer itself is never cut.
    """
    lines = [
        "**Verdict**",
        "",
        *(f"* {_escaped(words)}" for words in verdict.words),
        "",
        "**Cells**, best on val first",
        "",
    ]
    for number, cell in enumerate(verdict.cells):
        line, left = _cell(cell), len(verdict.cells) - number
        if sum(map(len, lines)) + len(lines) + len(line) + 100 > longest:
            lines.append(f"* and {left} more, in `verdict.json`")
            break
        lines.append(line)
    return "\n".join(lines)


def _cell(cell: CellVerdict) -> str:
    calibration = sentence(cell.cell, cell.calibration).removeprefix(f"{cell.cell}: ")
    words = (*cell.words, f"{calibration[0].upper()}{calibration[1:]}.")
    return f"* **{_escaped(cell.cell)}**: {_escaped(' '.join(words))}"


def _escaped(words: str) -> str:
    """Square brackets of an interval are no link."""
    return words.replace("[", r"\[").replace("]", r"\]").replace("<", r"\<")
