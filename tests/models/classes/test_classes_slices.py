"""Accuracy by slice, where every class counts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic_classes as synthetic
from sklearn.metrics import accuracy_score

from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.judge import judge


def test_the_accuracy_of_each_value_is_that_of_its_images_and_the_worst_comes_first() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.5}, sizes=(60,) * 4)
    ids = [name for name in evidence.trials[0].scores["id"] if not name.startswith("val/")]
    hard = pd.Series(evidence.scores(0).argmax(axis=1) != evidence.test.labels, index=evidence.test.ids)
    scanner = np.where(hard | (np.arange(len(hard)) % 3 == 0), "north", "south")
    table = pd.DataFrame({"scanner": pd.Series(scanner, index=evidence.test.ids).loc[ids]})
    evidence = replace(evidence, slices=table)
    choice = chosen(evidence)
    cell, column = judge(evidence, choice).cells[0], choice.networks[choice.cells[0]]
    assert [(each.column, each.value) for each in cell.slices] == [("scanner", "north"), ("scanner", "south")]
    for each in cell.slices:
        rows = scanner == each.value
        called = evidence.scores(column).argmax(axis=1)
        assert each.at.value == pytest.approx(accuracy_score(evidence.test.labels[rows], called[rows]))
        assert each.at.low < each.at.value < each.at.high
        assert each.images == rows.sum()
