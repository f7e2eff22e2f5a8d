"""Python and the packages, against the bounds that the installed Steelyard declares."""

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from shlex import quote

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion

from steelyard.tasks.doctor.findings import Finding
from steelyard.tasks.settings import Settings

OURS = "steelyard"
TOLD = ("torch", "torchvision", "mlflow", "prefect", "fastapi", "sqlalchemy")
"""Whose versions whoever helps asks for first."""

REINSTALL = f"install {OURS} again, with its constraints.txt"


def python_and_packages(settings: Settings) -> Iterator[Finding]:
    """Python, each package that is missing or out of bounds, and in a line those that are right."""
    wanted = metadata(OURS)["Requires-Python"] or ""
    right = SpecifierSet(wanted).contains(here := platform.python_version(), prereleases=True)
    mend = "" if right else f"install {OURS} in a newer Python"
    yield Finding("ok" if right else "broken", "Python", f"{here}, needs {wanted}", mend)
    found = {each.name.lower(): _version(each.name) for each in _needed()}
    wrong = [each for each in _needed() if not _fits(each, found[each.name.lower()])]
    for each in wrong:
        got = found[each.name.lower()] or "not installed"
        yield Finding(
            "broken", each.name, f"{got}, Steelyard needs {each.specifier}", f"pip install {quote(str(each))}"
        )
    told = ", ".join(f"{name} {found[name]}" for name in TOLD if found.get(name))
    count = f"{len(found) - len(wrong)} of {len(found)} as Steelyard {version(OURS)} needs them"
    yield Finding("ok", "packages", f"{count}: {told}")


def _needed() -> list[Requirement]:
    """What Steelyard cannot do without, and those of its extras that are here."""
    declared = [Requirement(text) for text in requires(OURS) or ()]
    extras = metadata(OURS).get_all("Provides-Extra") or []
    optional = [
        each
        for each in declared
        if any(each.marker and each.marker.evaluate({"extra": extra}) for extra in extras) and _version(each.name)
    ]
    always = [each for each in declared if not each.marker or each.marker.evaluate({"extra": ""})]
    return always + [Requirement(f"{each.name}{each.specifier}") for each in optional if each not in always]


def _version(name: str) -> str:
    try:
        return version(name) or ""
    except PackageNotFoundError:
        return ""


def _fits(needed: Requirement, got: str) -> bool:
    try:
        return bool(got) and needed.specifier.contains(got, prereleases=True)
    except InvalidVersion:
        return False
