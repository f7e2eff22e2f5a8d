"""What all tests of the models share: how Hypothesis searches, one thread for torch, and trials of known scores."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import torch
from hypothesis import settings

from models.handlings.weighing import weighted
from models.objective import Objective
from models.outcome import Operating, Outcome
from models.trial import Compute, Handling, Part, Partition, Recipe, Trial
from models.verdict.tried import Tried

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.floating]]

# The same examples in every run, and no deadline: how long one takes depends on who else uses the cores.
settings.register_profile("steelyard", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("steelyard")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors gain nothing from threads, and the order of summation stays the same."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tried() -> Callable[..., Tried]:
    """A factory of trials that finished, from labels and scores of val and test: what no training can give exactly."""
    return _tried


def _tried(
    cell: str,
    seed: int,
    val: Scored,
    test: Scored,
    objective: Objective,
    learned: float = 0.2,
    validate_on: Part = "val",
) -> Tried:
    name, _, weight = cell.partition(" ")
    trial = Trial(
        image_set="0" * 16,
        partition=Partition(positive="dog", validate_on=validate_on),
        handling=weighted(float(weight)) if weight else Handling(name=name),
        seed=seed,
        recipe=Recipe(),
        compute=Compute(device="cpu", threads=1, precision="float32"),
    )
    scores = pd.concat([_rows("val", *val), _rows("test", *test)], ignore_index=True)
    point = Operating.choose(scores, objective)
    outcome = Outcome.of(trial, f"{cell}/{seed}", run_id="run", status="FINISHED", operating=point)
    return Tried(trial, outcome, scores, learned)


def _rows(part: str, labels: npt.NDArray[np.int64], scores: npt.NDArray[np.floating]) -> pd.DataFrame:
    ids = [f"{part}/{number:05}" for number in range(len(labels))]
    return pd.DataFrame({"split": part, "id": ids, "label": labels, "score": scores.astype(np.float32)})
