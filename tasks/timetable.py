"""When a schedule fires, and what it is called. Imports no Prefect, so that help is cheap."""

import re
from datetime import timedelta
from typing import Self
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from steelyard.models.errors import BadInput

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
LONGEST = 366 * 86400
UNNAMED = {"Factory", "localtime"}  # Of a machine and of no place: Prefect takes neither.
NAME = re.compile(r"[\w .+-]{1,100}")


class Timetable(BaseModel):
    """When a schedule fires, and what it is called."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str = Field(
        default="",
        description='When to run, as cron has it: "0 3 * * *" is every day at 3. Default: --interval says it.',
    )
    interval: str = Field(
        default="",
        description="Time from one start to the next: 3600 (seconds), 90m, 12h or 1d. Default: --cron says when.",
    )
    timezone: str = Field(default="UTC", description="Time zone of --cron, such as Europe/Berlin.")
    name: str = Field(
        default="",
        description="What the schedule is called in Prefect and MLflow. Default: after the images or the model.",
    )

    @field_validator("interval")
    @classmethod
    def _interval_parses(cls, text: str) -> str:
        if text:
            _seconds(text)
        return text

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, text: str) -> str:
        if text not in available_timezones() - UNNAMED:
            raise BadInput(f"timezone must be one such as Europe/Berlin or UTC, got {text!r}")
        return text

    @field_validator("name")
    @classmethod
    def _name_is_plain(cls, text: str) -> str:
        if text and not (NAME.fullmatch(text) and text.strip() == text):
            raise BadInput(f"name must be 1 to 100 letters, digits, spaces, dots, dashes or plus signs, got {text!r}")
        return text

    @model_validator(mode="after")
    def _fires(self) -> Self:
        if bool(self.cron.strip()) == bool(self.interval):
            given = f"--cron {self.cron!r} and --interval {self.interval!r}" if self.interval else "neither"
            raise BadInput(f'schedule must have either --cron "0 3 * * *" or --interval 3600, got {given}')
        return self

    @property
    def every(self) -> timedelta | None:
        """Time from one start to the next; None where cron says when."""
        return timedelta(seconds=_seconds(self.interval)) if self.interval else None


def _seconds(text: str) -> float:
    parts = re.fullmatch(r"(\d+(?:\.\d+)?) *([smhd]?)", text.strip())
    seconds = float(parts[1]) * UNITS[parts[2]] if parts else 0.0
    if not 1 <= seconds <= LONGEST:
        raise BadInput(f"interval must be from 1 second to 366 days, written 3600, 90m, 12h or 1d, got {text!r}")
    return seconds
