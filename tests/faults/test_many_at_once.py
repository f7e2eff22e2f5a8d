"""Many sweeps that start at once, on a store and a cache that are not there yet."""

import os
from pathlib import Path

import kept
import pytest
import sweeping

pytestmark = pytest.mark.faults

SWEEPS = int(os.environ.get("STEELYARD_AT_ONCE", "4"))


def test_sweeps_that_start_at_once_on_a_fresh_store_all_end_well(
    undisturbed: sweeping.Undisturbed, tmp_path: Path
) -> None:
    uri, home = f"sqlite:///{tmp_path / 'mlflow.db'}", {"PREFECT_HOME": str(tmp_path / "prefect")}
    at_once = [sweeping.Sweep(tmp_path, uri, tmp_path / "cache", environment=home) for _ in range(SWEEPS)]
    codes = [sweep.end(3 * 600) for sweep in at_once]
    told = [sweep.said for sweep in at_once]
    assert codes == [0] * SWEEPS, [(sweep.line, code) for sweep, code in zip(at_once, codes, strict=True) if code]
    assert not [said for said in told if "Traceback" in said or "database is locked" in said]
    swept = kept.runs(tmp_path, "tags.role = 'sweep'")
    assert len(swept) == SWEEPS
    for run in swept:
        assert not kept.differences(kept.of_sweep(run, tmp_path), undisturbed.runs)
    assert not at_once[0].leftovers()
