"""Labelled scores as Hypothesis draws them for tests of objectives: few images, and many that share a score."""

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """Up to 30 labelled scores on a grid of 11, both classes: many ties, many bounds met exactly."""
    rows = draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 10)), max_size=28))
    rows += [(0, draw(st.integers(0, 10))), (1, draw(st.integers(0, 10)))]
    return np.array([label for label, _ in rows]), np.array([score / 10 for _, score in rows], dtype=np.float32)
