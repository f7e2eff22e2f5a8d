"""A store that an earlier version of Steelyard made: reported, predicted with, and compared with a later sweep.

What these tests break on is usually a new field of a kept type: give it a default that means what was so before.
"""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import old_store
import pandas as pd
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.words import changes_note
from steelyard.tasks import predict, write_report
from steelyard.tasks.report import reports
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.two_sweeps import Joined
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


def test_its_sweep_is_reported(old: str, tmp_path: Path) -> None:
    output = tmp_path / "report.html"
    assert reports.report([""], old, output) > 1e5
    page = output.read_text()
    assert f"run {old_store.BEST}" in page and "recall @ precision" in page


def test_what_its_sweep_was_asked_for_is_read_under_todays_names(old: str, tmp_path: Path) -> None:
    kept = Path(store.client(old).download_artifacts(old_store.SWEEP, "spec.json", str(tmp_path)))
    assert "skip_unreadable" in json.loads(kept.read_text())
    spec = reports.fetch(old, old_store.SWEEP).spec
    assert (spec.skip_unusable, spec.origin) == (False, Sweep(data="digits").origin)


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


def test_a_later_sweep_of_its_schedule_is_compared_with_it(old: str, tmp_path: Path) -> None:
    client, scheduled = store.client(old), {"role": "sweep", "schedule": "nightly"}
    client.set_tag(old_store.SWEEP, "schedule", "nightly")
    experiment = client.get_run(old_store.SWEEP).info.experiment_id
    later = client.create_run(experiment, tags=scheduled).info.run_id
    earlier = write_report.run_before(later, Settings(tracking_uri=old, cache=tmp_path))
    assert isinstance(earlier, Dossier) and earlier.found.sweep_run_id == old_store.SWEEP
    about = earlier.about.model_copy(update={"started": earlier.about.started + timedelta(days=1)})
    joined = Joined.since(earlier, replace(earlier, about=about))
    assert "versions: nothing changed" in changes_note.lines(joined.changes)
    assert "Since the run before" in render.render_since(joined)
