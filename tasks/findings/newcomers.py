"""Images that came since an earlier sweep, and whether they are unlike the others."""

import numpy as np

from steelyard.models.findings.heads import seen
from steelyard.models.findings.unlike_parts import NEW, unlike_parts
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.words.found_lines import Told, of_unlike
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.workers import threads


def newcomers(earlier: Dossier, later: Dossier, plan: SweepPlan) -> list[Told]:
    """What is told of images whose pixels the earlier sweep did not use; nothing without features."""
    shared = plan.shared
    if shared.features is None:
        return []
    table, names = image_sets.load(shared.image_set).table, later.about.subject.classes
    kept = later.images.drop_duplicates("id").set_index("id")["label"].reindex(table["id"])
    labels = kept.fillna(-1).to_numpy(dtype=np.int64)
    known = table["digest"].isin(earlier.images["digest"]).to_numpy()
    used = np.flatnonzero(labels >= 0)
    rows = used[~table["digest"].iloc[used].duplicated().to_numpy()]
    if known[rows].all():
        return []
    with threads.few(len(rows)):
        of = seen(
            feature_sets.load(shared.features),
            rows,
            feature_sets.widths(shared.features),
            labels,
            table["group"].to_numpy(dtype=object),
            max(2, len(names)),
        )
        called = names or later.about.subject.read
        among = {name: of.labels == label for label, name in enumerate(called)}
        parts = np.where(known[rows], "train", NEW).astype(object)
        return [of_unlike(each) for each in unlike_parts(of, parts, among)]
