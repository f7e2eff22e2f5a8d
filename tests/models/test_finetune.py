"""A backbone that is trained on: from where it begins, what moves and how far, and that it goes on where it was."""

import io
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch
from cpu_trial import cpu_trial
from heads import basis_of
from torch import Tensor, nn

from steelyard.models.handlings.index_stream import draw
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import HEADS, Handling, Trial
from steelyard.models.train import trainer
from steelyard.models.train.backbone import Backbone, classifier, fold
from steelyard.models.train.finetune import SHARE, Tuned
from steelyard.models.train.head import Head
from steelyard.models.train.learner import Data, Learner, State

SIZE, IMAGES, LAYERS = 32, 16, (2, 3, 4)
LEARNS = ("body.network.blocks.2.", "body.network.blocks.3.")
"""What lies between the first map that is pooled and the last; behind that, nothing is asked."""

HOW: dict[str, Any] = {"size": SIZE, "mean": (0.5,) * 3, "std": (0.5,) * 3, "views": 2}


def backbone(folded: bool = True) -> Backbone:
    """lite0 with random weights, its BatchNorms part of the convolutions before them or not."""
    torch.manual_seed(0)
    made = Backbone("lite0", layers=LAYERS, **HOW)
    for module in made.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.1, 0.1)
    if folded:
        fold(made.network)
    return made.eval()


def images() -> Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(rng.integers(0, 256, (IMAGES, SIZE, SIZE, 3), np.uint8))


NONE, MIXUP = Handling(name="none"), Handling(name="mixup", mixup_alpha=0.2, streamed=True)
LABELS = torch.arange(IMAGES) % 3 % 2


def trial(handling: Handling = NONE, epochs: int = 2) -> Trial:
    recipe = RECIPES["finetune"].model_copy(update={"epochs": epochs, "batch": 8})
    return cpu_trial(recipe=recipe, handling=handling)


def solved(body: Backbone) -> tuple[Head, Data]:
    """The head that recipe ``features`` finds, and what it learns from."""
    with torch.inference_mode():
        features = body(images().permute(0, 3, 1, 2))
    features, rows = features.clone(), np.arange(IMAGES)
    basis = basis_of(features.numpy(), rows, LABELS.numpy())
    plan = torch.from_numpy(rows[None])
    data = Data(features, LABELS, plan, torch.arange(IMAGES), basis)
    of_features = cpu_trial(recipe=HEADS)
    head = trainer.build(of_features, data)
    assert isinstance(head, Head)
    list(trainer.fit(head, data, of_features))
    return head, data


def tuned(folded: bool = True) -> Tuned:
    body = backbone(folded)
    return Tuned(body, solved(body)[0], SIZE)


def pixels(one: Trial) -> Data:
    plan = torch.from_numpy(draw(LABELS.numpy(), one.handling, one.seed, one.recipe))
    return Data(images(), LABELS, plan, torch.arange(8))


def test_before_the_first_step_it_scores_as_the_head_did_on_features() -> None:
    body = backbone()
    head, data = solved(body)
    expected = trainer.score(head, data.inputs, torch.arange(IMAGES))
    assert expected.std(dim=0).min() > 0.1
    found = trainer.score(Tuned(body, head, SIZE), images(), torch.arange(IMAGES))
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_in_bfloat16_as_on_a_gpu_it_scores_and_learns_near_what_it_does_in_float32() -> None:
    one = trial(epochs=1)
    low = one.model_copy(update={"compute": one.compute.model_copy(update={"precision": "bfloat16"})})
    exact, found = (trainer.score(tuned(), images(), torch.arange(IMAGES), of) for of in ("float32", "bfloat16"))
    assert not torch.equal(exact, found)
    assert float((found - exact).abs().max()) < 0.1 * float(exact.std())
    losses = [next(iter(trainer.fit(tuned(), pixels(of), of))).metrics["train/loss"] for of in (one, low)]
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.05)


def test_what_is_kept_of_it_is_a_network_of_the_logged_models_code_that_scores_alike() -> None:
    network, one = tuned(), trial(epochs=1)
    list(trainer.fit(network, pixels(one), one))
    kept = classifier(2, LAYERS, backbone="lite0", folded=True, **HOW).eval()
    kept.load_state_dict(network.plain())
    with torch.inference_mode():
        found = kept(images().permute(0, 3, 1, 2))
    torch.testing.assert_close(found, trainer.score(network, images(), torch.arange(IMAGES)), rtol=1e-4, atol=1e-4)


def test_batchnorm_goes_by_the_statistics_that_it_came_with_and_its_scale_is_learned() -> None:
    network, one = tuned(folded=False), trial(epochs=2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    epochs = list(trainer.fit(network, pixels(one), one))
    after = network.state_dict()
    statistics = [name for name in before if "running_" in name or "num_batches" in name]
    assert len(statistics) > 50
    assert all(torch.equal(before[name], after[name]) for name in statistics)
    scales = [name for name, _ in network.named_parameters() if ".bn" in name and name.startswith(LEARNS)]
    assert scales and not any(torch.equal(before[name], after[name]) for name in scales)
    assert not any(epoch.flags for epoch in epochs), "it is declared"


@pytest.mark.parametrize("folded", [True, False])
def test_all_behind_the_first_map_that_is_pooled_learns_and_what_comes_before_it_stays(folded: bool) -> None:
    network, one = tuned(folded), trial(epochs=1)
    before = {name: value.clone() for name, value in network.named_parameters()}
    list(trainer.fit(network, pixels(one), one))
    moved = {name for name, value in network.named_parameters() if not torch.equal(before[name], value)}
    assert moved == {name for name in before if name.startswith((*LEARNS, "head."))}


def test_the_backbone_takes_a_tenth_of_the_heads_steps_throughout() -> None:
    network, one = tuned(), trial()
    learner = Learner(network, pixels(one), one, steps=9)
    of_backbone, of_head = learner.optimiser.param_groups
    assert {*map(id, of_head["params"])} == {*map(id, network.head.parameters())}
    learned = {id(of) for of in network.body.parameters() if of.requires_grad}
    assert {*map(id, of_backbone["params"])} == learned
    rates = []
    for _ in range(9):
        learner.step(torch.arange(8))
        rates.append((of_backbone["lr"], of_head["lr"]))
    assert max(rate for _, rate in rates) == pytest.approx(one.recipe.learning_rate, rel=0.2)
    assert all(mine == pytest.approx(SHARE * other) for mine, other in rates) and SHARE < 1


def test_it_learns_from_one_view_and_is_asked_for_both() -> None:
    network, batch = tuned(), images().permute(0, 3, 1, 2)
    with torch.inference_mode():
        both, one = network.eval()(batch), network.train()(batch)
        mirrored = network(batch.flip(3))
    torch.testing.assert_close(both, (one + mirrored) / 2, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(one, mirrored, atol=1e-3)
    assert not network.body.training


def test_the_penalty_of_the_head_goes_on() -> None:
    network, one = tuned(), trial()
    learner = Learner(network, pixels(one), one, steps=9)
    assert learner.head is network.head and network.head.strength > 0


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("handling", [NONE, MIXUP], ids=["none", "mixup"])
def test_one_that_was_cut_off_goes_on_as_if_nothing_had_been_to_the_last_bit(handling: Handling, after: int) -> None:
    one, states = trial(handling), list[bytes]()

    def keep(state: State) -> None:
        file = io.BytesIO()
        torch.save(state, file)
        states.append(file.getvalue())

    whole = tuned()
    expected = list(trainer.fit(whole, pixels(one), one, keep=keep))
    assert len(states) == 2
    since = torch.load(io.BytesIO(states[after - 1]), weights_only=True)
    again = tuned()
    found = list(trainer.fit(again, pixels(one), one, since=since))
    assert [epoch.number for epoch in found] == [1, 2]
    assert [epoch.metrics for epoch in found] == [epoch.metrics for epoch in expected]
    assert asdict(found[0]) == asdict(expected[0]), "what was done is told again, its seconds too"
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


class Small(Tuned):
    """One whose device has memory to learn from ``room`` images at once."""

    room = 3

    def forward(self, images: Tensor) -> Tensor:
        if self.training and len(images) > self.room:
            raise torch.OutOfMemoryError(f"{len(images)} images do not fit")
        return super().forward(images)


@pytest.mark.parametrize("handling", [NONE, MIXUP, Handling(name="weights", class_weights=(0.1, 0.9))])
def test_a_batch_that_does_not_fit_is_learned_in_parts_to_the_same_end(handling: Handling) -> None:
    one, whole, small = trial(handling), tuned(), tuned()
    small.__class__ = Small
    told, in_parts = ([*trainer.fit(network, pixels(one), one)] for network in (whole, small))
    for ours, theirs in zip(in_parts, told, strict=True):
        assert ours.metrics == pytest.approx(theirs.metrics, abs=1e-4)
        assert ours.flags == theirs.flags == ()
    assert (whole.at_once, small.at_once) == (0, 2)
    for ours, theirs in zip(small.parameters(), whole.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-5)


def test_what_does_not_fit_one_by_one_fails() -> None:
    small = tuned()
    small.__class__, small.room = Small, 0
    with pytest.raises(torch.OutOfMemoryError, match="1 images do not fit"):
        list(trainer.fit(small, pixels(trial()), trial()))
