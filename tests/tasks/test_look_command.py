"""The command that shows what a sweep found in its images: the same images, typed as a shell takes it."""

import shlex
from typing import Any

import pytest

from steelyard.flows.command_line import app
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.look import command


@pytest.mark.parametrize(
    "asked",
    [
        {"data": "folder:my pets", "group_by": r"-([^/-]+)[^/]*$"},
        {"data": "csv:list.csv", "images_root": "/a b", "labels": "relabel.csv", "skip_unusable": True, "fit": "crop"},
        {"data": "npz:x.npz", "class_names": "a,b", "backbone_size": 64, "views": 1},
        {},
    ],
)
def test_the_command_asks_for_the_images_of_the_sweep(asked: dict[str, Any]) -> None:
    said, sweep = command(Sweep(**asked, seeds="1")), Sweep(**asked)
    program, *arguments = shlex.split(said)
    assert program == "steelyard" and arguments[0] == "images"
    _, bound, _ = app.parse_args(arguments, exit_on_error=False)
    found = bound.arguments.get("spec", Images()).model_copy(update={"data": bound.arguments["data"]})
    assert found == Images(**{name: getattr(sweep, name) for name in Images.model_fields})
