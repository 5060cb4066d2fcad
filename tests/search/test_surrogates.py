"""Models of fitness."""

from __future__ import annotations

import json

import numpy as np
import pytest

from evonas.search.surrogates import Forest, GaussianProcess, Model


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A smooth function of two of four features, with a little noise."""
    rng = np.random.default_rng(seed)
    features = rng.random((count, 4))
    values = np.sin(4 * features[:, 0]) + features[:, 1]
    return features, values + 0.05 * rng.standard_normal(count)


@pytest.mark.parametrize("model", [GaussianProcess(), Forest(30)])
def test_it_predicts_what_it_has_not_seen(model: Model) -> None:
    """And is less sure where nothing was seen."""
    model.fit(*data(90), seed=1)
    features, values = data(60, seed=1)
    mean, deviation = model.predict(features)
    assert np.corrcoef(mean, values)[0, 1] > 0.9
    assert (deviation >= 0).all()
    here = model.predict(data(90)[0])[1].mean()
    away = model.predict(np.full((1, 4), 3.0))[1].mean()
    assert away > 0.5 * here


def test_a_process_is_unsure_far_from_all_results() -> None:
    """It falls back on the prior."""
    model = GaussianProcess()
    model.fit(*data(60), seed=0)
    assert (
        model.predict(np.full((1, 4), 30.0))[1]
        > 2 * model.predict(data(60)[0])[1].mean()
    )


def test_hyper_parameters_are_chosen_again_when_there_is_half_as_much_more() -> None:
    """And kept in between."""
    model = GaussianProcess()
    tuned = []
    for count in (20, 24, 29, 30, 44, 45):
        model.fit(*data(count), seed=0)
        tuned.append(model.state()["tuned_at"])
    assert tuned == [20, 20, 20, 30, 30, 45]


def test_a_restored_process_predicts_the_same() -> None:
    """Its hyper-parameters go through JSON."""
    first, second = GaussianProcess(), GaussianProcess()
    first.fit(*data(40), seed=0)
    second.restore(json.loads(json.dumps(first.state())))
    for model in (first, second):
        model.fit(*data(50), seed=3)
    assert (first.predict(data(9)[0])[0] == second.predict(data(9)[0])[0]).all()


def test_a_forest_grows_by_its_seed() -> None:
    """Equal seeds, equal forests."""
    forests = [Forest(10) for _ in range(3)]
    for forest, seed in zip(forests, (1, 1, 2), strict=True):
        forest.fit(*data(40), seed=seed)
    means = [forest.predict(data(9, 5)[0])[0] for forest in forests]
    assert (means[0] == means[1]).all()
    assert (means[0] != means[2]).any()
