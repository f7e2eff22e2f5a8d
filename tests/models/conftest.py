"""What all tests of the models share: how Hypothesis searches, one thread for torch, and trials of known scores."""

from collections.abc import Callable, Iterator

import pytest
import synthetic
import torch
from hypothesis import settings

from steelyard.models.verdict.scored_trials import ScoredTrial

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
def scored_trial() -> Callable[..., ScoredTrial]:
    """A factory of trials that finished, from labels and scores of val and test: what no training can give exactly."""
    return synthetic.scored_trial
