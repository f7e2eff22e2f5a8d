"""One sweep that nothing disturbed, which all others of the fault suite are compared with."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sweeping


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> sweeping.Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    shutil.copy(migrated, folder / "mlflow.db")
    return sweeping.undisturbed(folder)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    sweeping.end_all()
