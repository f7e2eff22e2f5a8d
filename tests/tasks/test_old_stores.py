"""A store that an earlier version of Steelyard made: its networks predict, and its sweep is refused in one line."""

from pathlib import Path

import numpy as np
import old_store
import pandas as pd
import pytest

from steelyard.models.errors import BadInput
from steelyard.tasks import predict, write_report
from steelyard.tasks.report import reports
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.tracking import decider, run_files, store

ROUNDED = 0.02
"""How far scores may be off: the weights in the archive are rounded."""


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> str:
    return old_store.unpack(tmp_path_factory.mktemp("old"))


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """The first digits as files, named by their ids."""
    source = open_source("digits", tmp_path)
    for row in range(20):
        source.read(row).save(tmp_path / f"{source.table['id'][row]}.png")
    return sorted(tmp_path.glob("*.png"))


def test_its_sweep_is_refused_with_one_line(old: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="was kept by another version of Steelyard") as refused:
        reports.report([old_store.SWEEP], old, tmp_path / "report.html")
    assert "\n" not in str(refused.value) and not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("run", ["best", old_store.SWEEP, old_store.BEST])
def test_its_trials_predict_what_they_scored(run: str, old: str, images: list[Path], tmp_path: Path) -> None:
    client = store.client(old)
    (tmp_path / "model").mkdir()
    decide = decider.find(client, run, tmp_path / "cache", tmp_path / "model")
    rows: list[predict.Row] = []
    predict.decide(decide, images, rows.append)
    found = pd.DataFrame(rows, columns=["path", *decide.columns])
    kept = run_files.scores(client, old_store.BEST).set_index("id")["score"]
    found = found.assign(kept=[kept.get(Path(path).stem) for path in found["path"]]).dropna()
    assert len(found) > 3 and decide.run_id == old_store.BEST
    np.testing.assert_allclose(found["score"], found["kept"].astype(float), atol=ROUNDED)


def test_a_later_sweep_of_its_schedule_is_not_compared_with_it(old: str, tmp_path: Path) -> None:
    client, scheduled = store.client(old), {"role": "sweep", "schedule": "nightly"}
    client.set_tag(old_store.SWEEP, "schedule", "nightly")
    experiment = client.get_run(old_store.SWEEP).info.experiment_id
    later = client.create_run(experiment, tags=scheduled).info.run_id
    assert write_report.run_before(later, Settings(tracking_uri=old, cache=tmp_path)) is None
