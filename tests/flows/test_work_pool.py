"""The work pool of flows/prefect.yaml: a worker in another working folder runs the sweep, into a store both see."""

import os
import subprocess
import sys
from pathlib import Path

from deployed import Deployed

from steelyard.tasks.tracking import search, store

HOUSE = Path(__file__).parents[2]
TINY = {"data": "digits", "positive": "8", "size": 8, "recipe": "sound", "epochs": 1, "seeds": "1,", "weights": "0.8"}


def test_a_worker_in_a_second_folder_runs_the_sweep_that_was_deployed_from_the_first(
    scheduling_server: str, server_uri: str, tmp_path: Path
) -> None:
    environment = os.environ | {"PREFECT_API_URL": scheduling_server, "PYTHONPATH": str(HOUSE)}

    def prefect(*arguments: str, folder: Path) -> None:
        command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr

    prefect("work-pool", "create", "steelyard", "--type", "process", folder=HOUSE)
    prefect("deploy", "--all", "--prefect-file", "flows/prefect.yaml", folder=HOUSE)
    asked = Deployed(scheduling_server, "nightly").ask(spec=TINY, settings={"tracking_uri": server_uri})
    second = tmp_path / "second"
    second.mkdir()
    prefect("worker", "start", "--pool", "steelyard", "--run-once", folder=second)
    (ended,) = Deployed(scheduling_server, "nightly").ended(1, "COMPLETED", asked)
    said = Deployed(scheduling_server, "nightly").log(ended)
    assert "digits: 1,797 images" in said and "there is none before to compare with" in said
    client = store.client(server_uri)
    (run_id,) = [
        run_id for run_id in search.sweeps_newest_first(client) if search.schedule_of(client, run_id) == "nightly"
    ]
    assert client.get_run(run_id).info.status == "FINISHED"
    assert not list(second.iterdir()), "nothing is left in the worker's folder"
