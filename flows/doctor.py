"""Tell what is right and what is broken here, each with its mend, and clear what dead sweeps left if that is asked."""

import sys
from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.names import printable
from steelyard.tasks import credentials
from steelyard.tasks.doctor.checks import CHECKS, examine
from steelyard.tasks.doctor.findings import Finding, Mark
from steelyard.tasks.settings import Settings

STYLES: dict[Mark, str] = {"ok": "green", "warn": "yellow", "broken": "bold red"}
MARK, WHAT = 6, 12
"""Columns of what stands before what is said."""


def doctor(settings: Settings, clear: bool) -> int:
    """Look at everything, a line each, and clear what can be cleared if that is wanted; 1 if something is broken."""
    out, found = Console(emoji=False), list[Finding]()
    for finding in _looked(settings, out):
        _show(finding, out)
        found.append(finding)
    left = [finding for finding in found if finding.clear]
    if left and (clear or _wanted(out)):
        found = [finding for finding in found if not finding.clear]
        for finding in map(_cleared, left):
            _show(finding, out)
            found.append(finding)
    return _summed([finding.mark for finding in found], out)


def _looked(settings: Settings, out: Console) -> Iterator[Finding]:
    with out.status("") as status:
        for what in CHECKS:
            status.update(f"looking at {what}")
            yield from examine(what, settings)


def _show(finding: Finding, out: Console) -> None:
    said, mend = (printable(credentials.masked(text)) for text in (finding.said, finding.mend))
    line = Text.assemble(said, "; " if mend else "", (mend, "bold"))
    if not out.is_terminal:
        out.print(f"{finding.mark:{MARK}}  {finding.what:{WHAT}}  ", line, sep="", soft_wrap=True, highlight=False)
        return
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=MARK)
    row.add_column(width=WHAT)
    row.add_column(overflow="fold")
    row.add_row(Text(finding.mark, STYLES[finding.mark]), Text(finding.what), line)
    out.print(row)


def _wanted(out: Console) -> bool:
    if not (out.is_terminal and sys.stdin.isatty()):
        return False
    try:
        return out.input("Clear what dead sweeps left? [y/N] ", markup=False).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _cleared(finding: Finding) -> Finding:
    assert finding.clear
    try:
        finding.clear()
    except Exception as error:  # noqa: BLE001  # of a store, a disk or a process
        return replace(
            finding, mark="broken", said=f"{finding.said} could not be cleared: {error}", mend="", clear=None
        )
    return replace(finding, mark="ok", said=f"cleared: {finding.said}", mend="", clear=None)


def _summed(marks: list[Mark], out: Console) -> int:
    broken, warned = marks.count("broken"), marks.count("warn")
    told = f"{broken} broken" if broken else "nothing is broken"
    out.print(f"{told}, {warned} to know of" if warned else told, style="bold", highlight=False)
    return 1 if broken else 0
