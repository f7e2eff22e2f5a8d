"""Sweeps in folds on images some of which are near-copies, and a network that knows again what it learned from."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from fold_world import APART, Features, Network, World
from folded import Labels
from scipy.spatial.distance import cdist
from scipy.special import expit

from steelyard.models.data.near_groups import together

SIZES = range(3, 7)
"""Images that there are of a scene that was copied, the original among them."""

COPIES = 0.4
"""Share of the images that are copies, on average."""

COPIED = COPIES / (1 - COPIES) / (np.mean(SIZES) - 1)
"""Share of the scenes that were copied."""

OFF = 0.1
"""Deviation of images of one scene, as compression or another size makes it; images of all scenes deviate by 1."""

LOOKS = 30
"""Features that say nothing of the class, by which a scene is known again."""

SAME = 2.0
"""Distance up to which images look the same: those of one scene are about 0.8 apart, those of two about 8."""

SURE = 2.0
"""What a copy in train adds to the log odds of its label."""


@dataclass(frozen=True)
class CopiedWorld(World):
    """Scenes of which there are one or several images, all of one label and nearly the same features.

    Of all images, alone or of a copied scene, the features of a class have the same normal distribution.

    Attributes:
        kept: whether near-copies are kept together, as where a set is extracted; else each image stands alone.
    """

    kept: bool = True

    def draw(self, rng: np.random.Generator) -> tuple[Features, Labels, list[str]]:
        """The same images whether kept together or not."""
        scenes = round(self.positives / self.share * (1 - COPIES))
        of = np.repeat(np.arange(scenes), np.where(rng.random(scenes) < COPIED, rng.choice(SIZES, scenes), 1))
        labels = (rng.random(scenes) < self.share).astype(np.int64)[of]
        shown = np.sqrt(1 - OFF**2) * rng.normal(size=(scenes, len(APART) + LOOKS))[of]
        features = shown + OFF * rng.normal(size=shown.shape)
        features[:, : len(APART)] += labels[:, None] * APART
        return features, labels, _groups(of) if self.kept else []

    def learned(self, features: Features, labels: Labels) -> Network:
        """One that knows its images again."""
        return Remembering.learned(features, labels)


def _groups(of: Labels) -> list[str]:
    ids = [f"{row:05}" for row in range(len(of))]
    made = together(np.searchsorted(of, of), np.full(len(of), "", dtype=object), ids)
    names: list[str] = made.groups.tolist()
    return names


@dataclass(frozen=True)
class Remembering(Network):
    """A logistic regression on what tells the classes apart, and a vote of those images of train that look the same.

    No image of another scene looks the same: what it does with fresh images is what the regression does.

    Attributes:
        seen: (n, D), of train.
        votes: (n,), 1 or -1.
    """

    seen: Features
    votes: Labels

    @classmethod
    def learned(cls, features: Features, labels: Labels) -> "Remembering":
        """As the regression is."""
        plain = Network.learned(features[:, : len(APART)], labels)
        return cls(plain.weights, plain.bias, features, 2 * labels - 1)

    def scores(self, features: Features) -> npt.NDArray[np.float32]:
        """Chance of being positive."""
        same = (cdist(features, self.seen) < SAME) @ self.votes
        odds = features[:, : len(APART)] @ self.weights + self.bias + SURE * same
        scores: npt.NDArray[np.float32] = expit(odds).astype(np.float32)
        return scores
