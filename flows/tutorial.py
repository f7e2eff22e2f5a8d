"""The tutorial's story: its runs as sweeps, one after the other, and its claims beside what they measured."""

from prefect import State, flow

from steelyard.flows.sweep import SETTINGS, sweep
from steelyard.models.tutorial.chapters import Story
from steelyard.models.tutorial.findings import Account
from steelyard.tasks.prefect_view import flow_runs
from steelyard.tasks.prefect_view.pages import opaque
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking.session import story_run
from steelyard.tasks.tutorial_story import announced, chapter, final_state, rehearse, tell


@flow(name="tutorial", flow_run_name="tutorial, {story.data}")
def tutorial(story: Story, settings: Settings = SETTINGS) -> State[Account]:
    """Reproduce the tutorial run by run, and say which of its claims the numbers confirm.

    Args:
        story: Images and seeds: everything that can change a metric.
        settings: Stores, devices and workers: nothing here can change a metric.

    Returns:
        Completed with the account, or Failed with it where trials failed.
    """
    title = rehearse(story, settings)
    with story_run(title, story, settings) as run:
        sweeps = {
            name: chapter(name, flow_runs.run(sweep, settings.cache, spec, settings), settings)
            for name, spec in announced(story)
        }
        return final_state(tell(story, opaque(sweeps), opaque(run), settings))
