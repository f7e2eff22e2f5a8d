"""What lets a registered model be the champion."""

from typing import Literal

Gate = Literal["not-worse", "feasible", "always"]

MARGIN = 0.05
"""What the objective's metric may lose against the champion, unless another is asked for."""
