from dataclasses import replace

import pytest
import synthetic_classes as synthetic
from synthetic import verdict_of

from steelyard.models.statistics.significance import holm
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.published import published, recognised

LOGIT, DEFERRED = "logit_adjusted:tau=1", "deferred:after=0.8:by=weights"


def words(evidence: Evidence) -> str:
    return " ".join(verdict_of(evidence).words)


def test_every_pair_of_the_four_is_compared_the_better_one_first() -> None:
    found = published(synthetic.sweep(dict(reversed(synthetic.ORDER.items()))))
    assert [(pair.better, pair.worse) for pair in found] == [
        (LOGIT, DEFERRED),
        (LOGIT, "none"),
        (LOGIT, "balanced"),
        (DEFERRED, "none"),
        (DEFERRED, "balanced"),
        ("none", "balanced"),
    ]
    assert [pair.difference.p_holm for pair in found] == holm([pair.difference.p for pair in found])


def test_what_is_shown_agrees_or_is_the_other_way_round_and_the_rest_cannot_tell() -> None:
    evidence = synthetic.sweep({"logit_adjusted": -4.0, "none": 0.0, "balanced": 0.1}, sizes=(100,) * 4)
    says = {(pair.better, pair.worse): pair.says for pair in published(evidence)}
    assert says == {
        (LOGIT, "none"): "the other way round",
        (LOGIT, "balanced"): "the other way round",
        ("none", "balanced"): "cannot tell",
    }
    agreeing = synthetic.sweep({"logit_adjusted": 1.5, "none": -1.0}, sizes=(100,) * 4)
    assert [pair.says for pair in published(agreeing)] == ["agrees"]
    assert f"in: {LOGIT} over none (+" in words(agreeing)


def test_the_words_name_the_setting_the_pairs_and_the_factor_of_this_train() -> None:
    told = words(synthetic.sweep({"logit_adjusted": -4.0, "none": 0.0, "balanced": 0.1}, sizes=(100,) * 4))
    assert "Agrees with the published order (CIFAR-10-LT, imbalance factor 100, ResNet-32) in: no pair; cannot" in told
    assert f"the other way round: {LOGIT} over none (-" in told
    assert "(p after Holm's correction over 3 pairs)" in told
    assert "here it is 33.3." in told
    order = told[told.index("highest first: ") :]
    assert order.index("balanced 0.") < order.index(LOGIT)


@pytest.mark.parametrize(
    ("name", "options"), [("logit_adjusted", "tau=0.5"), ("deferred", "after=0.8:by=sampling"), ("focal", "gamma=1")]
)
def test_other_options_and_methods_are_not_the_published_ones(name: str, options: str) -> None:
    evidence = synthetic.sweep({"none": 0.0, name: 1.0})
    changed = [
        replace(
            one,
            trial=one.trial.model_copy(update={"handling": one.trial.handling.model_copy(update={"options": options})}),
        )
        if one.outcome.handling == name
        else one
        for one in evidence.trials
    ]
    assert recognised(replace(evidence, trials=changed)) == [("none", 0.5)]
    assert published(replace(evidence, trials=changed)) == ()


def test_one_of_the_four_alone_has_no_order_and_no_words_about_it() -> None:
    assert "published order" not in words(synthetic.sweep({"none": 0.0, "other": 1.0}))


def test_cells_that_share_no_seed_are_no_pair() -> None:
    evidence = synthetic.sweep({"none": 0.0, "balanced": 0.0}, seeds=(1, 2))
    apart = [one for one in evidence.trials if (one.outcome.cell, one.outcome.seed) in (("none", 1), ("balanced", 2))]
    assert published(replace(evidence, trials=apart)) == ()
