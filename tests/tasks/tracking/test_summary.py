"""What a sweep's run says once it has ended: metrics, badge and the answer, above what the note said before."""

import math

import pytest
import synthetic

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.words.answer import answer
from steelyard.tasks.tracking import links, run_files, summary
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun


def ended(sweep: SweepRun, wish: str) -> Comparison:
    found = synthetic.judged(wish).found
    return found.model_copy(update={"sweep_run_id": sweep.run_id, "experiment_id": sweep.experiment_id})


@pytest.mark.parametrize("wish", ["recall @ precision >= 0.5", "f1"])
def test_sweeps_have_metrics_to_be_sorted_by_and_the_answer_leads_the_note(
    client: PatientClient, sweep: SweepRun, wish: str
) -> None:
    found = ended(sweep, wish)
    said = answer(found)
    assert said is not None
    links.introduce(client, sweep)
    run_files.note(client, sweep.run_id, lambda _: "what it said before")
    summary.log(client, found)
    data = client.get_run(sweep.run_id).data
    seconds = data.metrics.pop("speed/seconds")
    assert data.metrics == short_metrics.of_sweep(found) and 0 <= seconds < math.inf
    assert data.tags.get(summary.BADGE) == said.badge
    lead, below = data.tags[run_files.NOTE].split("\n\n", maxsplit=1)
    assert below.startswith("what it said before") and len(lead) <= summary.LONGEST
    assert f"#/experiments/{sweep.experiment_id}/runs/{found.best_run}?" in lead.splitlines()[2]
    assert lead.splitlines()[2].count("workflowType=machine_learning") == 4, "or they open the menus for agents"
    head = client.get_experiment(sweep.experiment_id).tags[links.NOTE]
    assert head.startswith(f"Newest sweep: [{f'{said.badge}, ' if said.badge else 'use '}{said.network}](#/")


def test_a_sweep_without_a_verdict_has_only_its_counts(client: PatientClient, sweep: SweepRun) -> None:
    lost = ended(sweep, "f1").model_copy(update={"verdict": None, "best": ""})
    summary.log(client, lost)
    data = client.get_run(sweep.run_id).data
    assert data.metrics.keys() == {"trials", "failed_trials", "speed/seconds"}
    assert summary.BADGE not in data.tags and data.tags[run_files.NOTE] == ""
