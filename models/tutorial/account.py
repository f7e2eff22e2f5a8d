"""What the story found: a row per claim, the 2 x 2 x 2, sentences, and every sweep."""

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec.trial import Frozen
from steelyard.models.tutorial.claims import Row


class Account(Frozen):
    """The content of ``--json``.

    Attributes:
        experiment_id: of MLflow.
        run_id: the story's run, under which the sweeps' are nested.
        tracking_uri: of the store, absolute.
        objective: of every sweep.
        claims: a row per claim.
        switches: a row per cell of the 2 x 2 x 2.
        sentences: what the numbers say.
        sweeps: by chapter.
    """

    experiment_id: str
    run_id: str
    tracking_uri: str
    objective: str
    claims: tuple[Row, ...]
    switches: tuple[dict[str, bool | int | float | None], ...]
    sentences: tuple[str, ...]
    sweeps: dict[str, Comparison]

    @property
    def failed(self) -> int:
        """Trials without a result."""
        return sum(len(found.failed) for found in self.sweeps.values())

    def markdown(self) -> str:
        """Sentences and claims, for the run's page."""
        lines = [*(f"* {sentence}" for sentence in self.sentences), ""]
        lines += ["| run | claim | recall | precision | accuracy | verdict |", "|---|---|---|---|---|---|"]
        for row in self.claims:
            shown = " | ".join(row.figure(name) for name in ("recall", "precision", "accuracy"))
            lines.append(f"| {row.run} | {row.says} | {shown} | {row.verdict} |")
        return "\n".join(lines)
