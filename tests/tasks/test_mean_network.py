"""The mean of the folds' networks is made from what each trial trained, never from a copy that could not be reused."""

from pathlib import Path

import pytest
import torch

from steelyard.tasks.workers.trial_process import HEAD, WEIGHTS, state_of


@pytest.mark.parametrize(("name", "trained"), [(HEAD, "files"), (WEIGHTS, ".")])
def test_what_was_trained_counts_and_not_the_damaged_copy_beside_it(tmp_path: Path, name: str, trained: str) -> None:
    damaged, whole = tmp_path / "reused" / "model" / name, tmp_path / trained / name
    for file in (damaged, whole):
        file.parent.mkdir(parents=True, exist_ok=True)
    damaged.write_bytes(b"cut short")
    torch.save({"bias": torch.ones(2)}, whole)
    assert state_of(tmp_path, name)["bias"].tolist() == [1, 1]


def test_a_network_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="is not kept"):
        state_of(tmp_path, HEAD)
