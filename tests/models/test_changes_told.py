"""What is told of images, spec and versions that are not the same in two sweeps, against counts by hand."""

from collections.abc import Callable
from dataclasses import replace

from changed import changes, dossier, of_images, with_about

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changed
from steelyard.models.spec.trial import Compute
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words import changes_note

Make = Callable[..., ScoredTrial]


def test_images_that_came_went_and_changed_are_counted_as_by_hand(scored_trial: Make) -> None:
    before = [("a", "train", 0, "A"), ("b", "train", 0, "B"), ("c", "train", 1, "C"), ("d", "train", 1, "D")]
    before += [("e", "val", 0, "E"), ("f", "val", 1, "F"), ("g", "val", 1, "G")]
    now = [("a", "train", 0, "A"), ("b", "train", 1, "B"), ("c", "train", 1, "other C"), ("h", "train", 0, "H")]
    now += [
        ("i", "train", 0, "D"),
        ("f", "train", 1, "F"),
        ("e", "val", 0, "E"),
        ("g", "val", 1, "G"),
        ("j", "val", 1, "J"),
    ]
    base = dossier(scored_trial)
    pairing = Pairing(of_images(base, before), of_images(base, now))
    assert [*changes_note.of_images(pairing)] == [
        "train: 3 images came, 1 went, 1 changed pixels, 1 changed label; 2 cat and 2 dog before, 3 cat and 3 dog now",
        "val: 1 image came, 1 went, 0 changed pixels, 0 changed label; 1 cat and 2 dog before, 1 cat and 2 dog now",
        "test: the same images; 240 cat and 60 dog before, 240 cat and 60 dog now",
    ]
    assert changes_note.things(pairing, (), ()) == "Only the images of train and val changed."


def test_an_image_set_that_only_its_size_makes_another_is_told_by_the_size_alone(scored_trial: Make) -> None:
    before, now = dossier(scored_trial, asked={"size": 32}), dossier(scored_trial, asked={"size": 64})
    others = {"subject": now.about.subject.model_copy(update={"content_hash": "1" * 16})}
    now = replace(now, about=now.about.model_copy(update=others))
    found = changes(before, now)
    assert found.answer[1] == "Only the spec (size) changed."
    assert found.data == ("the same images in the same parts",)


def test_the_order_and_the_types_of_the_rows_are_no_change(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    shuffled = base.images.sample(frac=1, random_state=0).astype({"part": "category", "label": "int8"})
    found = changes(base, replace(base, images=shuffled))
    assert found.data == ("the same images in the same parts",) and found.cells[0].changes["recall"].paired


def test_other_classes_are_not_compared_even_on_the_same_images(scored_trial: Make) -> None:
    base, other = dossier(scored_trial), dossier(scored_trial, "f1", classes=("cat", "dog"))
    found = changes(base, other)
    assert found.data == (
        "other classes: pets · dog vs cat before, pets · cat vs dog now, so neither images nor results are compared",
    )
    assert all(cell.changes == {} and cell.earlier and cell.later for cell in found.cells)
    assert found.answer[0].startswith(
        "The two are about different things, pets · dog vs cat before and pets · cat vs dog"
    )
    assert "so their results are not compared" in found.answer[0] and "shown" not in found.answer[0]
    assert found.answer[1] == "The classes and the spec (positive and objective) changed."


def test_another_source_with_the_same_classes_is_only_compared_where_it_shares_images(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    moved = with_about(
        base, subject=base.about.subject.model_copy(update={"image_set": "zoo", "content_hash": "f" * 16})
    )
    assert changes(base, moved).cells[0].changes
    apart = replace(moved, images=moved.images.assign(digest="zoo " + moved.images["digest"]))
    found = changes(base, apart)
    [said] = found.data
    assert said.startswith("other images: pets before and zoo now have no image in use in common, so neither")
    assert found.cells[0].changes == {} and found.answer[1] == "Only the images changed."


def test_the_spec_is_told_as_people_write_it(scored_trial: Make) -> None:
    base = dossier(scored_trial, asked={"seeds": "3", "weights": "0.7,0.8"})
    assert changes(base, base).spec == ()
    other = {"weights": "", "epochs": 12, "learning_rate": 1e-3, "skip_unusable": True, "imbalance": 0.1}
    assert changes(base, dossier(scored_trial, asked=other)).spec == (
        Changed(name="skip_unusable", earlier="off", later="on"),
        Changed(name="imbalance", earlier="not given", later="0.1"),
        Changed(name="weights", earlier="0.7,0.8", later="not given"),
        Changed(name="epochs", earlier="not given", later="12"),
        Changed(name="learning_rate", earlier="not given", later="0.001"),
    )


def test_what_the_same_words_resolve_to_is_told_where_no_word_explains_it(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    compute, recipe = Compute(device="cuda", threads=1, precision="float32"), base.about.recipe
    partition = base.about.partition.model_copy(update={"imbalance": 0.1})
    changed = {"compute": compute, "recipe": recipe.model_copy(update={"epochs": 20}), "partition": partition}
    found = changes(base, with_about(base, **changed))
    assert [(each.name, each.earlier, each.later) for each in found.spec] == [
        ("partition: imbalance", "not given", "0.1"),
        ("recipe: epochs", "26", "20"),
        ("compute: device", "cpu", "cuda"),
    ]
    resolved = "what the spec resolved to (partition: imbalance, recipe: epochs and compute: device)"
    assert found.answer[1] == f"Only {resolved} changed."
    tutorial = dossier(scored_trial, asked={"recipe": "tutorial"})
    assert [each.name for each in changes(base, tutorial).spec] == ["recipe"]


def test_versions_that_are_not_recorded_are_called_so(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    fewer = {name: of for name, of in base.about.versions.items() if name != "numpy"}
    found = changes(base, with_about(base, versions=fewer | {"torch": "2.12"}))
    assert found.versions == (
        Changed(name="torch", earlier="2.11", later="2.12"),
        Changed(name="numpy", earlier="2.4", later="not given"),
    )
    assert found.answer[1] == "Only the versions of torch and numpy changed."
