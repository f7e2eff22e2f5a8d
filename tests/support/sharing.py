"""Which tests a plain ``pytest`` leaves to ``pytest -m slow``, and how all are shared out to processes."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from steelyard.tasks.workers.devices import cores

FOLDERS = ("tests/faults", "tests/browser", "tests/flows", "tests/tasks", "tests/models")
"""The slowest first, so that at the end of a run no process is left alone with a file of minutes."""

SLOW = (
    "tests/browser",
    "tests/models/test_handlings_trained",
    "tests/models/test_known_posterior",
    "tests/models/test_multiplicity.py::test_holm_equals_statsmodels",
    "tests/models/test_tutorial_training",
    "tests/flows/test_bad_input.py::test_a_tracking_server_that_swallows",
    "tests/flows/test_bad_tables",
    "tests/flows/test_bombs",
    "tests/flows/test_class_names",
    "tests/flows/test_command_line.py::test_commands_import_nothing_heavy",
    "tests/flows/test_config",
    "tests/flows/test_doctor",
    "tests/flows/test_doors",
    "tests/flows/test_every_source",
    "tests/flows/test_export",
    "tests/flows/test_faults.py::test_sigterm",
    "tests/flows/test_features",
    "tests/flows/test_finetune",
    "tests/flows/test_folds",
    "tests/flows/test_full_disks",
    "tests/flows/test_gate",
    "tests/flows/test_look",
    "tests/flows/test_predict.py::test_50_images",
    "tests/flows/test_predict_paths",
    "tests/flows/test_prefect_pages",
    "tests/flows/test_prefect_server.py::test_without_a_server",
    "tests/flows/test_python.py::test_a_kernel",
    "tests/flows/test_python.py::test_a_script",
    "tests/flows/test_ray",
    "tests/flows/test_register",
    "tests/flows/test_real_stores",
    "tests/flows/test_reuse",
    "tests/flows/test_same_answers",
    "tests/flows/test_schedule.py",
    "tests/flows/test_schedule_again.py::test_a_name",
    "tests/flows/test_schedule_findings",
    "tests/flows/test_tutorial",
    "tests/flows/test_verdict",
    "tests/flows/test_watch",
    "tests/flows/test_work_pool",
    "tests/tasks/test_bad_archives",
    "tests/tasks/test_embed",
    "tests/tasks/test_features",
    "tests/tasks/test_hostile_cells",
    "tests/tasks/test_interrupted_extraction",
    "tests/tasks/test_old_stores",
    "tests/tasks/test_report_names",
    "tests/tasks/test_report_page",
    "tests/tasks/tracking/test_any_size",
    "tests/tasks/tracking/test_liveness.py::test_what_a_killed_sweep",
    "tests/tasks/tracking/test_server",
    "tests/tasks/tracking/test_store.py::test_processes",
)
"""What a change seldom breaks, or takes long to try: simulations, browsers, schedules, ended servers, full disks."""

CORE = (
    "tests/browser/test_first_screen",
    "tests/browser/test_link.py::test_the_link_lists_each_trial",
    "tests/browser/test_moving_pictures",
    "tests/faults/test_kills.py::test_whatever_is_killed",
    "tests/flows/test_features.py::test_mlflow_serves",
    "tests/flows/test_finetune.py::test_one_that_is_killed",
    "tests/flows/test_folds.py::test_every_image",
    "tests/flows/test_folds.py::test_predict",
    "tests/flows/test_folds.py::test_the_model_to_use",
    "tests/flows/test_folds.py::test_told_again",
    "tests/flows/test_gate",
    "tests/flows/test_ray.py::test_a_node_that_is_killed",
    "tests/flows/test_real_stores.py::test_two_sweeps",
    "tests/flows/test_register",
    "tests/flows/test_reuse.py::test_a_second",
    "tests/flows/test_schedule.py::test_the_second_run",
    "tests/flows/test_watch.py::test_a_schedule",
    "tests/tasks/test_embed",
    "tests/tasks/tracking/test_server",
)
"""Of the slow ones those that ``.ci/run`` runs too: a story of each kind that a user would live through."""

MOST = 4
"""Each process has servers of its own, of about 1 GB."""


class Scheduling(LoadFileScheduling):
    """A file stays in one process, for what its tests share; so do all that look at the same sweeps in a browser."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/browser" if file.startswith("tests/browser") else file


@pytest.hookimpl(optionalhook=True)
def scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def processes(config: pytest.Config) -> int:
    """None but this one for files asked for by name, which then start at once.

    Else one more than there are cores, at most ``MOST``: many tests wait for processes that they have started or ended.
    """
    return 0 if _is_named(config) else min(MOST, cores() + 1)


def _is_named(config: pytest.Config) -> bool:
    return any(".py" in argument for argument in config.args)


@pytest.hookimpl(tryfirst=True)
def arrange(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the slow ones, before pytest selects by their marks, but in a file asked for by name; the longest first."""
    for item in items:
        if item.nodeid.startswith(SLOW) and not _is_named(config):
            item.add_marker("slow")
        if item.nodeid.startswith(CORE):
            item.add_marker("core")
    items.sort(key=lambda item: next((place for place, name in enumerate(FOLDERS) if name in item.nodeid), 0))
