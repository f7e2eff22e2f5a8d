"""Linear heads against scikit-learn's logistic regression, their penalty against its formula, and how it is chosen."""

from itertools import product

import numpy as np
import numpy.typing as npt
import pytest
import torch
from cpu_trial import cpu_trial
from heads import basis_of, features_of
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.weighing import weighted
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.trial import Handling, Trial
from steelyard.models.train import trainer
from steelyard.models.train.head import STRENGTHS, Head, choose, loss_key, penalty, solved
from steelyard.models.train.learner import Data, Learner
from steelyard.models.train.principal_axes import Basis
from steelyard.models.train.solver import MOST_ITERATIONS, held_out_losses, solve

CPU = torch.device("cpu")
COUNTS = {2: (160, 40), 4: (100, 60, 30, 10)}
BY_NAME = {"weights 0.85": weighted(0.85), "classes": Handling(name="weights", class_weights=(0.1, 0.2, 0.3, 0.4))}


def labels_of(classes: int) -> npt.NDArray[np.int64]:
    """Train in mixed order."""
    return np.random.default_rng(1).permutation(np.repeat(np.arange(classes), COUNTS[classes]))


def sample(classes: int, width: int = 20) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], Basis]:
    """Features and labels of train and of as many others, and the basis of train."""
    labels = np.tile(labels_of(classes), 2)
    features, train = features_of(labels, width, apart=0.4), np.arange(len(labels) // 2)
    return features, labels, basis_of(features, train, labels)


def handling_of(written: str, classes: int) -> Handling:
    return BY_NAME[written] if written in BY_NAME else resolve(written, COUNTS[classes])


def head_of(basis: Basis, handling: Handling, strength: float) -> Head:
    head = Head(basis, handling.classes, strength)
    list(solved(head, handling))
    return head


GOLDEN = pytest.mark.parametrize(
    ("written", "classes"),
    [("none", 2), ("weights 0.85", 2), ("balanced", 2), ("none", 4), ("balanced", 4), ("classes", 4)],
)


@GOLDEN
@pytest.mark.parametrize("strength", [0.003, 0.1, 3.0])
@pytest.mark.parametrize("width", [20, 300], ids=["fewer features than images", "more features than images"])
def test_a_head_is_scikit_learns_logistic_regression_with_the_same_weights_and_strength(
    written: str, classes: int, strength: float, width: int
) -> None:
    features, labels, basis = sample(classes, width)
    handling, train = handling_of(written, classes), basis.rows.numpy()
    weights = np.array(handling.class_weights)[labels]
    scaler = StandardScaler().fit(features[train].astype(np.float64))
    theirs = LogisticRegression(C=1 / (strength * weights[train].sum()), tol=1e-10, max_iter=10_000)
    standard = scaler.transform(features.astype(np.float64))
    theirs.fit(standard[train], labels[train], sample_weight=weights[train])
    logits = head_of(basis, handling, strength)(torch.from_numpy(features)).detach()
    # A weak penalty leaves the objective flat, and processors round apart: by 0.0013 where it is 0.003.
    allowed = 1e-3 if strength > 0.003 else 3e-3
    np.testing.assert_allclose(logits.softmax(1).numpy(), theirs.predict_proba(standard), atol=allowed)


@pytest.mark.parametrize("written", ["none", "balanced", "focal", "logit_adjusted"])
@pytest.mark.parametrize("classes", [2, 4])
def test_no_small_change_of_a_solved_head_lowers_its_objective(written: str, classes: int) -> None:
    _, _, basis = sample(classes)
    handling = handling_of(written, classes)
    head = head_of(basis, handling, 0.1).double()
    loss = loss_of(handling, True, CPU)
    standard = (basis.turned @ basis.axes.axes.T).double()
    objective = loss(head.linear(standard).float(), basis.labels) + penalty(head)
    objective.backward()
    for parameter in head.parameters():
        assert float(parameter.grad.abs().max()) < 1e-3


@pytest.mark.parametrize("classes", [2, 4])
def test_the_penalty_is_half_the_strength_times_the_squared_weights_that_tell_classes_apart(classes: int) -> None:
    _, _, basis = sample(classes)
    head = Head(basis, classes, 0.3)
    with torch.no_grad():
        head.linear.weight.normal_(generator=torch.Generator().manual_seed(0))
        head.linear.bias.fill_(100)
    weight = head.linear.weight.detach()
    told = weight[1] - weight[0] if classes == 2 else weight
    found = penalty(head)
    assert isinstance(found, torch.Tensor)
    assert float(found.detach()) == pytest.approx(0.15 * float((told**2).sum()), rel=1e-5)
    assert penalty(torch.nn.Linear(3, 2)) == 0


@pytest.mark.parametrize("classes", [2, 4])
def test_with_two_classes_only_the_difference_of_their_weights_is_penalised_as_the_solver_has_it(classes: int) -> None:
    """What a step of training adds is what the solver's optimum balances."""
    _, _, basis = sample(classes)
    head = head_of(basis, handling_of("none", classes), 1.0)
    gradient = torch.autograd.grad(penalty(head), head.linear.weight, retain_graph=True)[0]
    standard = (basis.turned @ basis.axes.axes.T).detach()
    loss = loss_of(handling_of("none", classes), True, CPU)(head.linear(standard), basis.labels)
    of_loss = torch.autograd.grad(loss, head.linear.weight)[0]
    torch.testing.assert_close(of_loss, -gradient, atol=2e-4, rtol=0)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_plain_layer_says_of_features_as_they_come_what_the_head_says(classes: int) -> None:
    features, _, basis = sample(classes)
    head = head_of(basis, handling_of("none", classes), 0.1)
    plain = head.plain()
    assert {name: (tuple(value.shape), value.dtype) for name, value in plain.items()} == {
        "weight": ((classes, 20), torch.float32),
        "bias": ((classes,), torch.float32),
    }
    given = torch.from_numpy(features)
    ours, theirs = head(given).detach(), given @ plain["weight"].T + plain["bias"]
    torch.testing.assert_close(theirs, ours, atol=1e-4, rtol=1e-4)
    standard = (given - basis.axes.mean) / basis.axes.scale
    torch.testing.assert_close(ours, head.linear(standard).detach(), atol=1e-5, rtol=1e-5)


def test_a_head_of_zeros_says_the_same_of_every_image() -> None:
    features, _, basis = sample(4)
    assert bool((Head(basis, 4, 1.0)(torch.from_numpy(features)) == 0).all())


@pytest.mark.parametrize(("written", "classes"), [("none", 2), ("weights 0.85", 2), ("focal", 2), ("balanced", 4)])
def test_the_strength_chosen_is_that_of_the_lowest_loss_on_folds_left_out(written: str, classes: int) -> None:
    _, _, basis = sample(classes)
    handling, loss = handling_of(written, classes), loss_of(handling_of(written, classes), True, CPU)
    folds, expected = basis.folds, np.zeros(len(STRENGTHS))
    for place, strength in enumerate(STRENGTHS):
        for fold in range(int(folds.max()) + 1):
            inside, outside = (torch.flatten(torch.nonzero(of)) for of in (folds != fold, folds == fold))
            *_, found = solve(basis, loss, classes, [inside], [strength])
            logits = basis.turned[outside] @ found.weights[0] + found.biases[0]
            expected[place] += float(loss(logits, basis.labels[outside])) * len(outside) / len(folds)
    np.testing.assert_allclose(held_out_losses(basis, loss, classes, STRENGTHS), expected, rtol=1e-2)
    assert choose(basis, handling) == STRENGTHS[int(expected.argmin())]


@pytest.mark.parametrize(("apart", "low"), [(0.0, False), (1.0, True)])
def test_features_that_say_nothing_get_a_strong_penalty_and_those_that_say_all_a_weak_one(
    apart: float, low: bool
) -> None:
    labels = labels_of(2)
    basis = basis_of(features_of(labels, 40, apart=apart), np.arange(200), labels)
    assert (choose(basis, handling_of("none", 2)) <= 0.1) == low


@pytest.mark.parametrize("written", ["upsample", "downsample", "balanced_sampling"])
def test_a_handling_that_draws_evenly_has_the_strength_of_balanced_weights(written: str) -> None:
    _, _, basis = sample(2)
    assert choose(basis, handling_of(written, 2)) == choose(basis, handling_of("balanced", 2))


def test_handlings_whose_losses_are_called_alike_have_one_strength() -> None:
    _, _, basis = sample(2)
    written = [
        "none",
        "balanced",
        "upsample",
        "downsample",
        "balanced_sampling:power=1",
        "mixup",
        "focal",
        "focal:gamma=1",
    ]
    found: dict[str, set[float]] = {}
    for handling in (resolve(each, COUNTS[2]) for each in written):
        found.setdefault(loss_key(basis, handling), set()).add(choose(basis, handling))
    assert all(len(strengths) == 1 for strengths in found.values())
    assert len(found) == 4, "unweighted, balanced, and two focal losses"


def test_where_one_group_has_all_of_train_no_strength_can_be_compared() -> None:
    features, labels, _ = sample(2)
    whole = basis_of(features, np.arange(200), labels, np.full(len(labels), "patient", dtype=object))
    assert choose(whole, handling_of("none", 2)) == 1


def test_heads_solved_together_are_those_solved_alone() -> None:
    _, _, basis = sample(4)
    loss, rows = loss_of(handling_of("none", 4), True, CPU), torch.arange(200)
    parts, strengths = [rows, rows[:150]], [0.1, 1.0, 10.0]
    *_, together = solve(basis, loss, 4, parts, strengths)
    for place, (strength, part) in enumerate(product(strengths, parts)):
        *_, alone = solve(basis, loss, 4, [part], [strength])
        torch.testing.assert_close(together.weights[place], alone.weights[0], atol=2e-3, rtol=0)
        torch.testing.assert_close(together.biases[place], alone.biases[0], atol=2e-3, rtol=0)


@pytest.mark.parametrize("written", ["none", "balanced", "focal", "logit_adjusted"])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_solver_says_where_it_stands_at_each_stop_once_and_ends_lowest(written: str, classes: int) -> None:
    _, _, basis = sample(classes)
    handling = handling_of(written, classes)
    loss, rows = loss_of(handling, True, CPU), torch.arange(200)
    found = list(solve(basis, loss, classes, [rows], [0.01], stops=(1, 2, 4, 8, 16, 32, 64, 128)))
    numbers = [standing.iterations for standing in found]
    assert numbers[:4] == [1, 2, 4, 8] and numbers == sorted(set(numbers)) and numbers[-1] <= MOST_ITERATIONS
    objectives = [_objective(basis, standing.weights[0], standing.biases[0], handling, 0.01) for standing in found]
    assert objectives == sorted(objectives, reverse=True)


def _objective(basis: Basis, weights: torch.Tensor, biases: torch.Tensor, handling: Handling, strength: float) -> float:
    head = Head(basis, handling.classes, strength)
    head.take(weights, biases)
    with torch.no_grad():
        logits = head.linear(basis.turned @ basis.axes.axes.T)
        return round(float(loss_of(handling, True, CPU)(logits, basis.labels) + penalty(head)), 5)


def trial(written: str, classes: int = 2, seed: int = 1) -> Trial:
    return cpu_trial(handling=handling_of(written, classes), seed=seed, recipe=RECIPES["features"])


@pytest.mark.parametrize("even", [False, True])
def test_features_that_are_all_constant_give_the_share_of_the_positives(even: bool) -> None:
    labels = np.arange(40) % (2 if even else 4) == 0
    labels = labels.astype(np.int64)
    features = np.full((40, 5), 3, dtype=np.float32)
    basis = basis_of(features, np.arange(40), labels)
    rows = torch.arange(40)
    data = Data(torch.from_numpy(features), torch.from_numpy(labels), rows[None], rows, basis)
    network = trainer.build(trial("none"), data)
    epochs = list(trainer.fit(network, data, trial("none")))
    assert epochs[0].number == 1
    scores = trainer.probabilities(trainer.score(network, data.inputs, rows))[:, 1]
    np.testing.assert_allclose(scores, labels.mean(), atol=1e-4)


def test_a_drawn_head_gives_a_feature_that_is_constant_in_train_no_weight() -> None:
    features, labels, _ = sample(2)
    features[:, 3] = 1e4 / 3
    rows, basis = torch.arange(200), basis_of(features, np.arange(len(features)), labels)
    data = Data(torch.from_numpy(features), torch.from_numpy(labels), rows.expand(3, -1), rows, basis)
    head = Head(basis, 2, 0.03)
    assert len(list(trainer.fit(head, data, trial("upsample")))) == 3
    assert bool((head.linear.weight[:, 3] == 0).all()) and bool((head.linear.weight[:, :3] != 0).all())


def test_a_step_of_training_adds_the_penalty_to_the_loss_it_tells() -> None:
    features, labels, basis = sample(2)
    rows = torch.arange(200)
    data = Data(torch.from_numpy(features), torch.from_numpy(labels), rows[None], rows, basis)
    gradients = []
    for strength in (0.5, 5.0):
        head = Head(basis, 2, strength)
        with torch.no_grad():
            head.linear.weight.copy_(torch.linspace(-1, 1, 40).view(2, 20))
        learner = Learner(head, data, trial("mixup"), steps=1)
        step, weight = learner.step(rows), torch.linspace(-1, 1, 40).view(2, 20)
        torch.testing.assert_close(step.loss, learner.loss(step.logits, step.labels), atol=0.5, rtol=0)
        gradients.append(head.linear.weight.grad - strength * (weight - weight.flip(0)))
    torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)


def test_drawn_heads_come_near_the_solved_head_of_the_same_loss() -> None:
    """A stream of balanced batches, long enough, finds what balanced weights are solved to."""
    features, labels, basis = sample(2)
    solved_logits = head_of(basis, handling_of("balanced", 2), 0.3)(torch.from_numpy(features)).detach()
    of = trial("upsample")
    plan = torch.from_numpy(_drawn(labels[:200], of))
    data = Data(torch.from_numpy(features), torch.from_numpy(labels), plan, torch.arange(200, 400), basis)
    head = Head(basis, 2, 0.3)
    list(trainer.fit(head, data, of))
    drawn = head(torch.from_numpy(features)).detach()
    assert float((drawn.softmax(1) - solved_logits.softmax(1)).abs().mean()) < 0.05


def _drawn(labels: npt.NDArray[np.int64], of: Trial) -> npt.NDArray[np.int64]:
    return draw(labels, of.handling, of.seed, of.recipe.model_copy(update={"epochs": 60}))
