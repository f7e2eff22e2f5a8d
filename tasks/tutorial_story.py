"""The tutorial's story as a whole: checked before it begins, told when its sweeps have ended."""

import logging
from collections.abc import Iterator, Mapping

import pandas as pd
from prefect import State, task
from prefect.cache_policies import NO_CACHE
from prefect.states import Completed, Failed

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.tutorial import claims, findings, switches
from steelyard.models.tutorial.chapters import OBJECTIVE, Story
from steelyard.models.tutorial.findings import Account
from steelyard.tasks import planning, scratch
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.report import tutorial_picture
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.tracking import curves, run_files, store
from steelyard.tasks.tracking.sweeps import SweepRun, finish_story, rename

logger = logging.getLogger(__name__)


@task(name="rehearse", cache_policy=NO_CACHE, task_run_name="plan the chapters")
def rehearse(story: Story, settings: Settings) -> str:
    """Plan every chapter, so that what cannot be is refused before hours of training.

    Returns:
        The title of the experiment.

    Raises:
        BadInput: the source lacks a class, images or a test part.
    """
    source, chapters = open_source(story.data, settings.cache), story.chapters().values()
    image_set = extraction.extract_images(source, next(iter(chapters)).size, settings.cache, False)
    parts = set(image_sets.load(image_set).table["split"])
    if parts != {"train", "test"}:
        got = ", ".join(sorted(parts - {""})) or "none"
        raise BadInput(f"data must have the parts train and test and no other, got {got} in {story.data}")
    try:
        settled = [planning.settled(spec, image_set, settings) for spec in chapters]
        plans = [planning.plan_sweep(image_set, spec, settings, settings.cache)[0] for spec in settled]
    except BadInput as error:
        raise BadInput(f"share {story.share:g} does not fit {story.data}: {error}; give another --share") from None
    logger.info("%d chapters, %d trials", len(plans), sum(len(plan.trials) for plan in plans))
    return plans[0].shared.subject.title


@task(name="tell", cache_policy=NO_CACHE, task_run_name="judge the claims")
def tell(story: Story, sweeps: Mapping[str, Comparison], run: SweepRun, settings: Settings) -> Account:
    """Lay the claims beside what was measured and say what the numbers say; keep it all on the story's run.

    The sweeps are those of the chapters, in the order they ran.
    """
    client = store.client(settings.tracking_uri)
    readings = {
        (name, cell): seeds
        for name, comparison in sweeps.items()
        for cell, seeds in curves.readings(client, comparison).items()
    }
    account = Account(
        experiment_id=run.experiment_id,
        run_id=run.run_id,
        tracking_uri=store.resolve_uri(settings.tracking_uri),
        objective=OBJECTIVE,
        claims=claims.judge(readings),
        switches=switches.table(switches.runs(readings)),
        sentences=findings.sentences(readings, sweeps, story.share),
        sweeps=dict(sweeps),
    )
    finished = [trial.run_id for trial in sweeps["sound"].trials if trial.operating]
    with scratch.folder() as kept:
        scores = [run_files.scores(client, run_id) for run_id in finished]
        tutorial_picture.draw(account, scores, kept / "recall_precision.png")
        pd.json_normalize([row.model_dump() for row in account.claims]).to_csv(kept / "claims.csv", index=False)
        finish_story(client, account, kept)
    show_table("tutorial", [_row(row) for row in account.claims], "\n\n".join(account.sentences))
    return account


def announced(story: Story) -> Iterator[tuple[str, Sweep]]:
    """The chapters by name, each announced when its turn comes."""
    chapters = story.chapters()
    for number, (name, spec) in enumerate(chapters.items(), start=1):
        logger.info("chapter %d of %d: %s", number, len(chapters), name)
        yield name, spec


def chapter(name: str, ended: State[Comparison], settings: Settings) -> Comparison:
    """The comparison of a chapter whose sweep has ended, whether or not trials failed; its run gets the name.

    Raises:
        BadInput: as the sweep raised it; or what else ended it.
    """
    comparison = ended.result(raise_on_failure=False)
    if isinstance(comparison, Comparison):
        rename(store.client(settings.tracking_uri), comparison.sweep_run_id, name)
        return comparison
    raise comparison if isinstance(comparison, Exception) else RuntimeError(ended.message or "the sweep failed")


def final_state(account: Account) -> State[Account]:
    """Completed, or Failed if any trial is without a result; the account is its data either way."""
    said = f"{account.failed} trials failed" if account.failed else f"{len(account.claims)} claims judged"
    return (Failed if account.failed else Completed)(message=said, data=account)


def _row(row: claims.Row) -> dict[str, object]:
    figures: dict[str, object] = {
        name: row.figure(name) for name in ("recall", "precision", "accuracy", "train_accuracy")
    }
    return {"run": row.run, "claim": row.says, "epoch": row.epoch or "last"} | figures | {"verdict": row.verdict}
