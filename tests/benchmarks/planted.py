"""What is found of wrong labels, copies, stamps and odd images that are planted in real sets, and what without them.

    python tests/benchmarks/planted.py
    python tests/benchmarks/planted.py elpv digits folder:PATH --cache FOLDER
    python tests/benchmarks/planted.py digits --seeds 1      # a look whether it runs

Per seed 3 % of the labels are flipped, at random or in a whole group; 2 % of the images are copied, in one of four ways
each; a tenth is dimmed to a fifth of its light, 20 are made blank and 20 blurred; and of one class half or all get a
white square of 6 % of the side. A table per planting has the mean over seeds, and the range. Sets that are not there
are left out.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from pictures import Pictures, opened, shaped
from plantings import BEYOND, COPIES, ODD, STAMPS, Change
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler
from yardstick import machine, timed

from steelyard.models.data.carve import fold
from steelyard.models.data.near_copies import clusters, hashes
from steelyard.models.errors import BadInput
from steelyard.models.findings.copies import Copies, copies
from steelyard.models.findings.heads import LOSS, MOST, TOLERANCE, Probabilities, Seen, out_of_fold, regrouped
from steelyard.models.findings.look_alikes import Pairs, look_alikes
from steelyard.models.findings.looks.odd_images import odd_images
from steelyard.models.findings.suspect_labels import suspect_labels, suspicion
from steelyard.models.train.solver import solve

FLIPPED, COPIED = 0.03, 0.02

GROUPS = 4
"""Groups of each seed whose labels are wrong."""

NONE = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))

Rows = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]
Row = dict[str, float]


def main() -> None:
    """Print two lines per set, then a table per planting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="*", default=["elpv", "digits"], metavar="DATA")
    parser.add_argument("--images", type=int, default=3000, help="drawn of larger sets")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cache", type=Path, help="folder that keeps features; without it they are made anew")
    asked = parser.parse_args()
    print(machine("torch", "scikit-learn", "cleanlab", "numpy", "pillow"), f"; n = {asked.seeds}", sep="")
    with tempfile.TemporaryDirectory() as folder:
        sets = [of for data in asked.sources if (of := _opened(data, asked, Path(folder)))]
    for of in sets:
        _as_it_is(of)
    for title, planted in PLANTINGS.items():
        print(f"\n{title}", flush=True)
        _table({of.name: [planted(of, seed) for seed in range(asked.seeds)] for of in sets})


def _opened(data: str, asked: argparse.Namespace, folder: Path) -> Pictures | None:
    try:
        return opened(data, asked.images, asked.cache or folder / "cache", folder)
    except BadInput as absent:
        print(f"{data} left out: {absent}")
        return None


def _as_it_is(of: Pictures) -> None:
    """What is told without anything planted, and the seconds that each takes."""
    with timed() as labels:
        heads = of.seen(of.labels)
        suspects = suspect_labels(out_of_fold(heads), of.labels, heads.groups)
    with timed() as same:
        copied = [len(_copies_of(of.pixels, len(of.pixels), alike).table) for alike in (NONE, _alike(of.pixels))]
    with timed() as looks:
        odd = odd_images(of.looks)
    with timed() as areas:
        cuts = ", ".join(f"{one.what} {one.class_name} {one.area:.2f}" for one in of.shortcuts(of.looks, 0))
    reasons = ", ".join(f"{count} {why}" for why, count in odd["why"].value_counts().items())
    told = f"odd: {reasons or 'none'}; shortcuts: {cuts or 'none'}"
    seconds = ", ".join(f"{each[0]:.2f}" for each in (labels, same, looks, areas))
    print(f"{of.name}, {len(of.images):,} images as they are: suspect labels {len(suspects):,}; told as copies by hash")
    print(f"    {copied[0]:,}, together {copied[1]:,}; {told}; {seconds} s", flush=True)


def _wrong_labels(of: Pictures, seed: int) -> dict[str, Row]:
    rng, number = np.random.default_rng(seed), round(FLIPPED * len(of.labels))
    found = {"at random": _suspected(of, rng.choice(len(of.labels), number, replace=False), rng)}
    sizes = pd.Series(of.groups).value_counts().drop("", errors="ignore")
    large = sorted(sizes.index[sizes >= number / 2])
    drawn = rng.permutation(large)[:GROUPS].tolist()
    return found | ({"a whole group": _in_groups(of, drawn, rng)} if drawn else {})


def _in_groups(of: Pictures, names: Sequence[str], rng: np.random.Generator) -> Row:
    """The mean of some groups, in each of which alone all labels are flipped: much depends on which it is."""
    each = pd.DataFrame([_suspected(of, np.flatnonzero(of.groups == name), rng) for name in names])
    return each.mean().to_dict() | {"told": round(each["told"].mean())}


def _suspected(of: Pictures, flipped: Rows, rng: np.random.Generator) -> Row:
    wrong, labels = np.zeros(len(of.labels), bool), of.labels.copy()
    wrong[flipped] = True
    labels[wrong] = (labels[wrong] + rng.integers(1, len(of.class_names), len(flipped))) % len(of.class_names)
    heads = of.seen(labels)
    said = out_of_fold(heads)
    ways = {"out of fold": said} | _other_ways(of, heads)
    ranked = {way: average_precision_score(wrong, suspicion(each, labels)) for way, each in ways.items()}
    told = wrong[suspect_labels(said, labels, heads.groups)["place"].to_numpy(np.int64)]
    counts = {"chance": wrong.mean(), "told": len(told), "precision": told.mean(), "recall": told.sum() / wrong.sum()}
    return ranked | counts


def _other_ways(of: Pictures, heads: Seen) -> dict[str, Probabilities]:
    """Heads that learned from images of the same group, and such that learned from the image itself."""
    alone = np.full(len(heads.labels), "", dtype=object)
    return {
        "groups parted": out_of_fold(regrouped(heads, fold(np.arange(len(alone)), heads.labels, alone))),
        "one fit, chosen penalty": _single(heads),
        "one fit, C = 1": _regression(of.features, heads.labels),
    }


def _single(of: Seen) -> Probabilities:
    everything = [torch.arange(len(of.labels))]
    *_, head = solve(of.basis, LOSS, of.classes, everything, [of.strength], tolerance=TOLERANCE, most=MOST)
    return (of.basis.turned @ head.weights[0] + head.biases[0]).softmax(dim=1).double().numpy()


def _regression(features: npt.NDArray[np.float32], labels: Rows) -> Probabilities:
    standard = StandardScaler().fit_transform(features)
    return LogisticRegression(max_iter=1000).fit(standard, labels).predict_proba(standard)


def _copied(of: Pictures, seed: int, kinds: Mapping[str, Change]) -> dict[str, Row]:
    """Copies in the part that tests, their originals in the one that teaches."""
    rng, size, ways = np.random.default_rng(seed), len(of.images), list(kinds)
    rows = rng.choice(size, max(2 * len(ways), round(COPIED * size)), replace=False)
    way = np.arange(len(rows)) % len(ways)
    made = [kinds[ways[at]](of.images[row], rng) for at, row in zip(way.tolist(), rows.tolist(), strict=True)]
    pixels = np.concatenate([of.pixels, shaped(made, of.pixels)])
    found = {"by hash": _copies_of(pixels, size, NONE), "together": _copies_of(pixels, size, _alike(pixels))}
    tied = {how: _tied(same, rows, size) for how, same in found.items()}
    recall = {name: {how: ties[way == at].mean() for how, ties in tied.items()} for at, name in enumerate(ways)}
    precision = {f"precision {how}": _precision(same, rows, size) for how, same in found.items()}
    return recall | {"all": {how: ties.mean() for how, ties in tied.items()} | precision}


def _alike(pixels: Pixels) -> Pairs:
    return look_alikes(pixels, np.arange(len(pixels)))


def _copies_of(pixels: Pixels, taught: int, alike: Pairs) -> Copies:
    """Copies among images of which the first teach and the others test."""
    rows = np.arange(len(pixels))
    parts = np.where(rows < taught, "train", "test").astype(object)
    return copies(rows.astype(str).astype(object), rows, clusters(hashes(pixels, rows)), alike, rows * 0, parts)


def _tied(found: Copies, rows: Rows, size: int) -> npt.NDArray[np.bool_]:
    """Which copies are in one cluster with their original, and told to have a copy in the part that teaches."""
    cluster = -1 - np.arange(size + len(rows))
    cluster[found.table["row"]] = found.table["cluster"]
    return (cluster[size:] == cluster[rows]) & found.twins[size:]


def _precision(found: Copies, rows: Rows, size: int) -> float:
    told = found.table["row"].to_numpy()
    return float(np.mean(np.isin(told, rows) | (told >= size))) if len(told) else np.nan


def _odd(of: Pictures, seed: int) -> dict[str, Row]:
    usual, found = odd_images(of.looks), {}
    for why, (change, share) in ODD.items():
        number = share if isinstance(share, int) else round(share * len(of.images))
        rows = np.random.default_rng(seed).choice(len(of.images), number, replace=False)
        odd = odd_images(of.changed(rows.tolist(), change, seed))
        right = np.isin(odd.loc[odd["why"] == why, "row"].unique(), rows)
        own = int((usual["why"] == why).sum())
        found[why] = {"recall": right.sum() / number, "precision": right.mean(), "told without": own}
    return found


def _stamps(of: Pictures, seed: int) -> dict[str, Row]:
    """Of more than two classes a random one is stamped."""
    found = {}
    for where, (change, share) in STAMPS.items():
        rng = np.random.default_rng(seed)
        label = int(rng.integers(len(of.class_names))) if len(of.class_names) > 2 else 1
        own = np.flatnonzero(of.labels == label)
        rows = rng.choice(own, round(share * len(own)), replace=False).tolist()
        told = of.shortcuts(of.changed(rows, change, seed), seed)
        areas = {one.what: one.area for one in told if one.class_name == of.class_names[label]}
        others = sum(one.class_name != of.class_names[label] for one in told)
        by = {f"area by {what}": areas.get(what, np.nan) for what in ("border", "light")}
        found[where] = {"seeds told": bool(areas)} | by | {"other classes told": others}
    return found


PLANTINGS: dict[str, Callable[[Pictures, int], dict[str, Row]]] = {
    "Wrong labels: average precision of rankings; precision and recall of what is told": _wrong_labels,
    "Copies: recall; precision of the images that are told": partial(_copied, kinds=COPIES),
    "Copies that are changed more": partial(_copied, kinds=BEYOND),
    "Odd images": _odd,
    "Stamps": _stamps,
}


def _table(found: Mapping[str, Sequence[Mapping[str, Row]]]) -> None:
    """A row per set and what was planted, a column per figure: its mean over seeds, and its range."""
    columns = list(dict.fromkeys(name for seeds in found.values() for row in seeds[0].values() for name in row))
    print(f"| set | planted | {' | '.join(columns)} |\n|{'---|' * (2 + len(columns))}")
    for name, seeds in found.items():
        for what in seeds[0]:
            told = [[each[what][column] for each in seeds] if column in seeds[0][what] else [] for column in columns]
            print(f"| {name} | {what} | {' | '.join(_over_seeds(values) for values in told)} |", flush=True)


def _over_seeds(values: Sequence[float]) -> str:
    known = [value for value in values if not np.isnan(value)]
    if not known:
        return "–"
    form = "{:.0f}" if isinstance(known[0], int) and not isinstance(known[0], bool) else "{:.2f}"
    mean, low, high = (form.format(value) for value in (np.mean(known), min(known), max(known)))
    return mean if low == high else f"{mean} ({low}–{high})"


if __name__ == "__main__":
    main()
