"""Extraction by real processes: killed, side by side, and out of room."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import patience

from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

SLOWLY = """
import dataclasses, sys, time
from pathlib import Path
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.sources import open_source

data, cache, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
source = open_source(data, cache)

def read(row):
    print("reading", row, flush=True)
    time.sleep(seconds)
    return source.read(row)

print("wrote", extract_images(dataclasses.replace(source, read=read), 8, cache, False), flush=True)
"""

OUT_OF_ROOM = """
import resource, sys
from pathlib import Path
from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.sources import open_source

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    extract_images(open_source(sys.argv[1], Path(sys.argv[2])), 64, Path(sys.argv[2]), False)
except BadInput as error:
    print(error)
"""


def started(pictures: Pictures, cache: Path, seconds: float) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", SLOWLY, pictures.data, str(cache), str(seconds)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "image_sets").iterdir())


def test_kill_9_leaves_nothing_that_looks_finished_and_the_next_extraction_cleans_up(
    pets: Pictures, cache: Path
) -> None:
    with started(pets, cache, seconds=60) as process:
        assert process.stdout is not None and process.stdout.readline().startswith("reading")
        process.kill()
    left = [name for name in entries(cache) if name != ".lock"]
    assert left and all(name.startswith(".building-") for name in left)

    path = extract_images(open_source(pets.data, cache), 8, cache, False)
    assert entries(cache) == [".lock", path.name, "requests"]
    assert len(load(path).images) == 5


def test_the_folder_of_a_living_process_is_left_alone(pets: Pictures, cache: Path, tmp_path: Path) -> None:
    others = pets.beside(tmp_path / "others")
    for name in ("cat/1.png", "dog/1.png"):
        others.add(name)
    with started(pets, cache, seconds=1) as process:
        assert process.stdout is not None and process.stdout.readline().startswith("reading")
        extract_images(open_source(others.data, cache), 8, cache, False)
        output, _ = process.communicate(timeout=patience.SECONDS)
    assert process.returncode == 0
    assert "wrote" in output


def test_two_processes_at_once_both_get_the_set(pets: Pictures, cache: Path) -> None:
    processes = [started(pets, cache, seconds=0.5) for _ in range(2)]
    lines = [process.communicate(timeout=patience.SECONDS)[0].splitlines()[-1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert lines[0] == lines[1]
    assert [name for name in entries(cache) if name.startswith(".building-")] == []
    assert len(load(Path(lines[0].removeprefix("wrote "))).images) == 5


def test_an_exception_on_the_way_leaves_nothing_behind(pets: Pictures, cache: Path) -> None:
    from steelyard.tasks import progress

    def stop(news: progress.News) -> None:
        raise KeyboardInterrupt

    try:
        with progress.listening(stop):
            extract_images(open_source(pets.data, cache), 8, cache, False)
    except KeyboardInterrupt:
        assert entries(cache) == [".lock"]
    else:
        raise AssertionError("the interruption was swallowed")


def test_a_full_disk_is_one_line_and_leaves_nothing_behind(pets: Pictures, cache: Path) -> None:
    # A limit on the size of files stands for a disk without room: the write fails in the same place.
    arguments = [sys.executable, "-c", OUT_OF_ROOM, pets.data, str(cache)]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=patience.SECONDS).stdout
    assert said.startswith("cache must be a folder that can be written, with room, got ")
    assert len(said.splitlines()) == 1
    assert entries(cache) == [".lock"]
