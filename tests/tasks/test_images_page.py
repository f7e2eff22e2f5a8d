"""The page of what is wrong with images, read as text: what it says, in which order, and that it takes any name."""

import re
from dataclasses import replace
from pathlib import Path

import found_page
import hostile
import planted
import pytest
import reading

from steelyard.models.names import printable
from steelyard.models.words.found_lines import KINDS
from steelyard.tasks.findings import files

HEADING = re.compile(r'<h2 id="(\w+)">([^<]*)(?: <span class="count">([\d,]+)</span>)?</h2>')
CODE = re.compile(r"<code>([^<]*)</code>")


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> found_page.Looked:
    folder = tmp_path_factory.mktemp("planted")
    return found_page.looked(planted.planted(folder / "pets"), folder / "cache")


@pytest.fixture(scope="module")
def clean(pets: found_page.Looked) -> found_page.Looked:
    """The same images as if nothing were wrong with them."""
    of, copies = pets.found, pets.found.copies
    copies = replace(copies, table=copies.table[:0], clusters={}, images={}, twins=copies.twins & False, torn=0)
    found = replace(of, copies=copies, groups=(), shortcuts=(), unlike=(), suspects=of.suspects[:0], odd=of.odd[:0])
    return replace(pets, found=found)


@pytest.fixture(scope="module")
def plain(pets: found_page.Looked) -> reading.Reading:
    return reading.Reading(pets.called("dog").page())


def first_words(page: str) -> str:
    """What stands above all sections."""
    return reading.Reading(page.partition("<main>")[0]).text


def test_sections_come_gravest_first_and_count_what_they_are_called_after(pets: found_page.Looked) -> None:
    found, headings = pets.found, HEADING.findall(pets.page())
    assert [kind for kind, *_ in headings] == [*KINDS, "whole"]
    assert [title for _, title, _ in headings[:-1]] == list(KINDS.values())
    counts = {kind: int(count) for kind, _, count in headings if count}
    assert counts == {
        "shortcuts": len(found.shortcuts),
        "groups": len(found.groups),
        "copies": len(found.copies.table),
        "parts": 1,
        "labels": len(found.suspects),
        "odd": len(set(found.odd["row"])),
    }


def test_it_opens_with_what_to_do_each_with_a_link_and_with_what_is_typed_as_code(pets: found_page.Looked) -> None:
    page = pets.page().partition("<main>")[0]
    todo = [line for line in pets.lines if line.do]
    assert f"{len(todo)} things to do before you train" in page
    assert re.findall(r'<a href="#(\w+)">See ', page) == [line.kind for line in todo]
    assert all(re.search(rf'<span class="do">{line.do[0].upper()}', page) for line in todo)
    typed = CODE.findall(page)
    assert typed[0] == "--group-by=&#39;series(\\d+)&#39;" and {"relabel.csv", "--labels"} <= set(typed)


def test_every_file_that_it_names_is_there(pets: found_page.Looked, tmp_path: Path) -> None:
    files.write(pets.found, pets.asked, pets.images, tmp_path)
    named = {code for code in CODE.findall(pets.page()) if code.endswith(".csv") and "=" not in code}
    assert named == set(files.OF_KIND.values())
    assert all((tmp_path / name).is_file() for name in named)


def test_several_findings_of_a_kind_are_a_table_and_few_of_them_open_the_page(pets: found_page.Looked) -> None:
    shortcut = pets.found.shortcuts[0]
    page = replace(pets, found=replace(pets.found, shortcuts=(shortcut,) * 40)).page()
    told = page.partition('id="shortcuts"')[2].partition("<h2")[0]
    assert told.count("<tr>") == 1 + 40
    assert first_words(page).count("Border alone tells") == 2 and "38 more in Shortcuts" in first_words(page)


def test_a_name_that_is_a_number_stands_in_quotes(pets: found_page.Looked) -> None:
    said = reading.Reading(pets.page()).text
    assert "'0', mean of" in said and "nearest '0'" in said and "images of '0' of test" not in said
    assert re.search(r"'\d\d': \d images", said), "a group too"


def test_where_nothing_is_wrong_it_says_so_and_what_was_looked_for(clean: found_page.Looked) -> None:
    page = clean.page()
    assert "Nothing has to be done before you train" in first_words(page)
    assert "Looked for and not found: shortcuts, groups that nobody named, copies, " in first_words(page)
    assert [kind for kind, *_ in HEADING.findall(page)] == ["learning", "whole"]
    few = replace(clean, found=replace(clean.found, separability=None)).page()
    assert "Labels and parts were not looked at: that takes 20 images" in first_words(few)
    assert [kind for kind, *_ in HEADING.findall(few)] == ["whole"]


def test_the_learning_curve_is_a_bar_for_each_share_from_a_guess_on(pets: found_page.Looked) -> None:
    assert pets.found.separability is not None
    lengths = [float(length) for length in re.findall(r'class="bar" style="width:([\d.]+)%"', pets.page())]
    assert lengths == pytest.approx([200 * (area - 0.5) for _, area in pets.found.separability.curve], abs=0.06)


@pytest.mark.parametrize("kind", hostile.NAMES)
def test_no_name_adds_or_changes_an_element(pets: found_page.Looked, plain: reading.Reading, kind: str) -> None:
    name = hostile.NAMES[kind]
    page = reading.Reading(pets.called(name).page(title=printable(name)))
    assert page.skeleton == plain.skeleton
    assert list(page.problems()) == []
    said = f"{printable(name)}/test/0/{planted.LONG}.png"
    assert said in page.text and f"wo notes {name}" in page.text
