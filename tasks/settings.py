"""Where things are and how many run at once: nothing here can change a metric."""

import os
from pathlib import Path, PurePath
from typing import Annotated, Literal, Self, TypedDict

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, field_validator

from steelyard.models.names import check_model_name
from steelyard.models.spec.form import as_form
from steelyard.models.spec.gate import MARGIN, Gate
from steelyard.tasks import credentials

DEVICES = ["auto", "cpu", "cuda", *(f"cuda:{number}" for number in range(8)), "mps"]
"""What a form offers; a command line takes any number."""


RunnerName = Literal["processes", "ray"]


def default_cache() -> Path:
    """``$STEELYARD_CACHE``, else ``$XDG_CACHE_HOME/steelyard``, else ``~/.cache/steelyard``."""
    if own := os.environ.get("STEELYARD_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "steelyard"


class Resources(BaseModel):
    """Where images and features are kept, and what works on them."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=as_form)

    cache: Path = Field(default_factory=default_cache, description="Folder for image sets, features and downloads.")
    device: str = Field(
        default="auto",
        description="Device to train on: auto (the GPUs there are, else the CPU), cpu, cuda, cuda:1 or mps.",
        json_schema_extra={"enum": [*DEVICES]},
    )
    workers: int | None = Field(
        default=None, ge=1, description="Trials trained side by side. Default: one per core, or what the GPUs hold."
    )
    trials_per_device: int | None = Field(
        default=None, ge=1, description="Trials that share one GPU. Default: what its free memory holds."
    )
    runner: RunnerName = Field(
        default="processes",
        description="What trials run on: processes of this machine, or the Ray cluster that RAY_ADDRESS names or this "
        "machine is part of, from which runs go to a server of MLflow.",
    )


class Stored(Resources):
    """Resources, and the store of what comes of them."""

    tracking_uri: str | None = Field(
        default=None,
        description="MLflow store: http://host:port of a server or sqlite:////path. "
        "Default: MLFLOW_TRACKING_URI, else mlflow.db in the working folder.",
    )
    force: bool = Field(default=False, description="Train again what this store already holds.")
    notify: str = Field(
        default="",
        description="Command of a shell that is run when a sweep has ended or failed and when a model was promoted or "
        "not; it gets what happened as JSON on its standard input. Default: none.",
    )

    @field_validator("tracking_uri")
    @classmethod
    def _without_login(cls, uri: str | None) -> str | None:
        # Before Prefect keeps it as a parameter of a run.
        return uri and credentials.of_mlflow(uri.strip())


class Settings(Stored):
    """All of a sweep's."""

    anyway: bool = Field(
        default=False, description="Go on although calling every image positive would meet the objective."
    )
    # Whatever is called register shadows what pydantic's models have of that name.
    register_as: Annotated[str, Parameter(name=("--register", "--register-as"))] = Field(
        default="",
        description="Name of a model in MLflow's registry that the network becomes a version of, such as "
        "parts-inspector. Default: it is not registered.",
    )
    gate: Gate = Field(
        default="not-worse",
        description="What lets a registered network be the champion: not-worse than the one before and not INFEASIBLE; "
        "feasible, which is no worse and FEASIBLE; or always.",
    )
    gate_margin: float = Field(
        default=MARGIN,
        ge=0,
        lt=1,
        description="What the objective's metric may lose against the champion, with 95 % certainty; of a cost that "
        "share of what calling all images alike costs.",
    )
    abstain: float | None = Field(
        default=None,
        gt=0,
        lt=0.5,
        description="Share of wrong decisions, such as 0.02, that a registered network does not exceed with 95 % "
        "certainty: it abstains on images whose score is too near the threshold. Default: it decides on all.",
    )

    @field_validator("register_as")
    @classmethod
    def _name(cls, name: str) -> str:
        if name:
            check_model_name(name, "register")
        return name

    @classmethod
    def of(cls, some: Resources) -> Self:
        """With some given, and the defaults of the others."""
        return cls.model_validate(some.model_dump(exclude_unset=True))


class ResourcesOptions(TypedDict, total=False):
    """The fields of ``Resources`` as Python has them; None stands for the default."""

    cache: str | PurePath
    device: str
    workers: int | None
    trials_per_device: int | None
    runner: RunnerName


class SettingsOptions(ResourcesOptions, total=False):
    """Those of ``Settings``."""

    tracking_uri: str | None
    force: bool
    notify: str
    anyway: bool
    register_as: str
    gate: Gate
    gate_margin: float
    abstain: float | None
