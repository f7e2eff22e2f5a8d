"""When a schedule fires and what it is called."""

from datetime import timedelta
from pathlib import Path

import pytest

from steelyard.models.spec.images import Images
from steelyard.tasks.sources import absolute
from steelyard.tasks.timetable import Timetable


@pytest.mark.parametrize(
    ("written", "seconds"), [("3600", 3600), ("90m", 5400), ("1.5h", 5400), ("1 d", 86400), ("5s", 5)]
)
def test_an_interval_is_seconds_or_has_a_unit(written: str, seconds: float) -> None:
    assert Timetable(interval=written).every == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("digits", "digits"),
        ("folder:parts/new", "new"),
        ("csv:/data/list.2026.csv", "list.2026"),
        ("folder:a/100 %/", "100"),
        ("folder:data.2025", "data.2025"),
        ("folder:/", "folder"),
    ],
)
def test_images_are_called_after_their_source(data: str, name: str) -> None:
    assert Images(data=data).called == name


def test_a_source_without_a_path_is_the_same_in_any_folder(tmp_path: object) -> None:
    assert absolute("digits") == "digits"
    assert absolute(f"csv:{tmp_path}/a:b.csv") == f"csv:{tmp_path}/a:b.csv"
    assert absolute("folder:parts").endswith("/parts") and absolute("folder:parts").startswith("folder:/")


def test_the_home_folder_is_spelt_out() -> None:
    assert absolute("folder:~/pets") == f"folder:{Path.home()}/pets"


@pytest.mark.parametrize("zone", ["localtime", "Factory", "posixrules", "Mars/Base", "", "/etc/localtime", "../UTC"])
def test_a_time_zone_that_names_no_place_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="timezone must be one such as Europe/Berlin or UTC"):
        Timetable(cron="0 3 * * *", timezone=zone)


@pytest.mark.parametrize("name", ["a/b", "a\nb", " a", "<b>", "a" * 101])
def test_a_name_that_prefect_or_a_page_would_not_take_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name must be 1 to 100 letters"):
        Timetable(interval="1d", name=name)
