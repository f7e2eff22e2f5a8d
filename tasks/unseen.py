"""Two models on images that neither learned from: one by its decisions in a sweep, the other asked now."""

from pathlib import Path

import numpy as np
import pandas as pd

from steelyard.models.data.image_set import group_codes
from steelyard.models.data.near_groups import named
from steelyard.models.errors import BadInput
from steelyard.models.gate import FEWEST, Compared, Labels, compare, others, smallest
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import listed
from steelyard.tasks import predict
from steelyard.tasks.images.decode import Unreadable
from steelyard.tasks.sources import ONLY_IMAGES, open_source
from steelyard.tasks.tracking.decisions import Decider

LEARNED = "learned_from.parquet"
"""Beside a registered model's own files: ``digest`` and ``group`` of each image that it or its threshold is from."""


class Refused(Exception):
    """No comparison lets a model in; the message says why, as the end of a sentence."""


def learned_from(dossier: Dossier) -> pd.DataFrame:
    """``digest`` and ``group`` of the images that the model to use of a sweep, and its threshold, are from.

    Where no images report apart from those that chose, these are all.
    """
    images = dossier.images
    used = images[images["part"] != "test"] if dossier.verdict.apart else images
    return used[["digest", "group"]].astype(str).reset_index(drop=True)


def compared(network: Decider, dossier: Dossier, run_id: str, margin: float, cache: Path) -> Compared:
    """Compare a champion with a network of a sweep.

    Args:
        network: the champion.
        dossier: of the sweep, whose images of test are shown to the champion now.
        run_id: of the trial that trained the other; in folds each image is decided on by the fold that tests it.
        margin: as of ``models.gate.compare``.
        cache: folder for downloads.

    Raises:
        Refused: they cannot be compared: other classes, too few images, or none that can be read.
    """
    subject, objective = dossier.about.subject, dossier.objective
    if tuple(network.class_names) != tuple(subject.read):
        raise Refused(f"it tells {listed(network.class_names, 5)} apart, not {listed(subject.read, 5)}")
    place = threshold_class(objective, subject.class_names) if dossier.every_class else 1
    classes, images = len(subject.class_names), _unseen(dossier, network.files / LEARNED)
    _check_enough(images, place, classes)
    theirs = _asked(network, images, dossier, cache)
    images = images.loc[theirs.index]
    _check_enough(images, place, classes)
    called: Labels = np.stack([theirs.to_numpy(np.int64), _own(dossier, run_id).loc[images.index].to_numpy(np.int64)])
    share = None if place is None else objective.prevalence
    groups = group_codes(images.index, images["group"])
    labels: Labels = images["label"].to_numpy(np.int64)
    return compare(labels, called, objective, share, place, classes, groups, margin)


def _unseen(dossier: Dossier, learned: Path) -> pd.DataFrame:
    """Images of test, by id, of which the champion knows neither itself nor another of its group."""
    if not learned.exists():
        raise Refused("it does not say which images it learned from")
    known, images = pd.read_parquet(learned), dossier.images.set_index("id").sort_index()
    seen, grouped = images["digest"].isin(known["digest"]), images["group"] != ""
    # Near-copies have names of their own in each sweep; whoever shares a group with a known image is known.
    names = {*images.loc[seen & grouped, "group"], *named(known.loc[known["group"] != "", "group"])}
    part = images["part"] == "test" if dossier.verdict.folds <= 1 else True
    return images[part & ~seen & ~(grouped & images["group"].isin(names))]


def _check_enough(images: pd.DataFrame, place: int | None, classes: int) -> None:
    labels: Labels = images["label"].to_numpy(np.int64)
    found = smallest(labels, place, classes), others(labels, place)
    for there, what in zip(found, ("rarest-class" if place is None else "positive", "other"), strict=True):
        if there < FEWEST:
            unknown = f"test has {there} {what} images that the champion did not learn from"
            raise Refused(f"{unknown}, and {FEWEST} are needed")


def _own(dossier: Dossier, run_id: str) -> "pd.Series[int]":
    """The class that a network of the sweep calls each image of test, by id."""
    final = dossier.taken if run_id == dossier.found.final_run else None
    trial = final or next((of for of in dossier.finished if of.run_id == run_id), None)
    if trial is None:
        raise Refused("it is the network of one fold, which is compared with none; register the sweep")
    row = dossier.finished.index(trial)
    if dossier.every_class:
        table = dossier.tables(dossier.scores)[row]
        return pd.Series(table["called"].to_numpy(np.int64), index=table["id"])
    test = dossier.test
    called = test.scores[row].astype(np.float64) >= dossier.threshold(row)
    return pd.Series(called.astype(np.int64), index=test.ids)


def _asked(network: Decider, images: pd.DataFrame, dossier: Dossier, cache: Path) -> "pd.Series[int]":
    """The class that the champion calls each image, by id; without those that are no longer what they were."""
    try:
        source = open_source(cache=cache, **dossier.spec.origin | ONLY_IMAGES)
    except (BadInput, OSError) as error:
        raise Refused(f"the images cannot be read here: {error}") from error
    rows = pd.Index(source.table["id"]).get_indexer(images.index)
    there = {int(row): name for row, name in zip(rows, images.index, strict=True) if row >= 0}
    places = {name: place for place, name in enumerate(network.class_names)}
    called: dict[str, int] = {}
    for part in predict.in_parts(network, source, list(there)):
        same = [
            (there[row], image)
            for row, image in part
            if not isinstance(image, Unreadable) and image.digest == images.at[there[row], "digest"]
        ]
        answers = network.decide(predict.scored(network, [image for _, image in same])) if same else ()
        called |= {name: places[label] for (name, _), (label, _) in zip(same, answers, strict=True)}
    return pd.Series(called, dtype=np.int64)
