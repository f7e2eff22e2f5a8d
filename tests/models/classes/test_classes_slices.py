"""Accuracy by slice, where every class counts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic_classes as synthetic
from sklearn.metrics import accuracy_score
from synthetic import verdict_of


def test_the_accuracy_of_each_value_is_that_of_its_images_and_the_worst_comes_first() -> None:
    evidence = synthetic.sweep({"none": 0.0, "up": 1.5}, sizes=(60,) * 4)
    ids = [name for name in evidence.trials[0].scores["id"] if not name.startswith("val/")]
    hard = pd.Series(evidence.scores(0).argmax(axis=1) != evidence.test.labels, index=evidence.test.ids)
    scanner = np.where(hard | (np.arange(len(hard)) % 3 == 0), "north", "south")
    table = pd.DataFrame({"scanner": pd.Series(scanner, index=evidence.test.ids).loc[ids]})
    verdict = verdict_of(replace(evidence, slices=table))
    cell = verdict.cells[0]
    assert [(each.column, each.value) for each in cell.slices] == [("scanner", "north"), ("scanner", "south")]
    for each in cell.slices:
        rows, columns = scanner == each.value, evidence.cells[cell.cell, cell.weight_positive]
        shares = [
            accuracy_score(evidence.test.labels[rows], evidence.scores(column).argmax(axis=1)[rows])
            for column in columns
        ]
        assert each.at.value == pytest.approx(np.mean(shares))
        assert each.at.low < each.at.value < each.at.high
        assert each.images == rows.sum()
    assert any(f"Accuracy of {cell.cell} by scanner, worst first: north 0." in words for words in verdict.words)
