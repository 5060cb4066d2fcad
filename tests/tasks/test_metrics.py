"""Tests of the metrics against scikit-learn and SciPy, and of finding them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as reference

from evonas.errors import ConfigError
from evonas.tasks import METRICS, Metric, find_metric

Array = NDArray[Any]


@st.composite
def scores(draw: st.DrawFn) -> tuple[Array, Array]:
    """Class scores and true classes."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count, classes = draw(st.integers(1, 60)), draw(st.integers(2, 6))
    outputs = rng.normal(size=(count, classes)).astype(np.float32) * 3
    return outputs, rng.integers(0, classes, count)


@st.composite
def values(draw: st.DrawFn) -> tuple[Array, Array]:
    """Predicted and true values of one or more targets."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    size = draw(st.integers(2, 60)), draw(st.integers(1, 3))
    targets = rng.normal(3, 5, size)
    return targets + rng.normal(0, 2, size), targets


# It warns of a single class, where it gives the same 0.
@pytest.mark.filterwarnings("ignore:A single label was found")
@given(scores())
def test_accuracy_and_matthews_equal_scikit_learns(case: tuple[Array, Array]) -> None:
    """Both read the class with the highest output."""
    outputs, targets = case
    predicted = outputs.argmax(1)
    assert METRICS["accuracy"](outputs, targets) == pytest.approx(
        reference.accuracy_score(targets, predicted)
    )
    assert METRICS["matthews"](outputs, targets) == pytest.approx(
        reference.matthews_corrcoef(targets, predicted)
    )


@given(scores())
def test_balanced_accuracy_is_the_mean_recall(case: tuple[Array, Array]) -> None:
    """Only classes that occur count."""
    outputs, targets = case
    recalls = reference.recall_score(
        targets, outputs.argmax(1), labels=np.unique(targets), average=None
    )
    assert METRICS["balanced_accuracy"](outputs, targets) == pytest.approx(
        recalls.mean()
    )


@given(scores())
def test_cross_entropy_equals_scikit_learns(case: tuple[Array, Array]) -> None:
    """The outputs are scores before the softmax."""
    outputs, targets = case
    chances = np.exp(outputs.astype(np.float64))
    chances /= chances.sum(1, keepdims=True)
    expected = reference.log_loss(targets, chances, labels=range(outputs.shape[1]))
    assert METRICS["cross_entropy"](outputs, targets) == pytest.approx(expected)


def test_cross_entropy_stays_finite_for_huge_scores() -> None:
    """The largest score is taken out before the exponential."""
    outputs = np.array([[1e5, 0.0], [0.0, 1e5]], np.float32)
    assert METRICS["cross_entropy"](outputs, np.array([0, 0])) == pytest.approx(5e4)


@given(values())
def test_regression_metrics_equal_the_references(case: tuple[Array, Array]) -> None:
    """Scikit-learn's errors and r², NumPy's correlation, averaged over the targets."""
    outputs, targets = case
    squared = reference.mean_squared_error(targets, outputs)
    assert METRICS["rmse"](outputs, targets) == pytest.approx(np.sqrt(squared))
    assert METRICS["mae"](outputs, targets) == pytest.approx(
        reference.mean_absolute_error(targets, outputs)
    )
    assert METRICS["r2"](outputs, targets) == pytest.approx(
        reference.r2_score(targets, outputs)
    )
    columns = zip(outputs.T, targets.T, strict=True)
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in columns]
    assert METRICS["pearson"](outputs, targets) == pytest.approx(
        np.mean(correlations), abs=1e-6
    )


def test_constant_predictions_give_zero_correlation() -> None:
    """A side without variation correlates with nothing, and divides by nothing."""
    targets = np.array([[1.0], [2.0], [3.0]], np.float32)
    assert METRICS["pearson"](np.ones_like(targets), targets) == 0.0
    assert METRICS["r2"](targets, np.ones_like(targets)) == 0.0
    one_class = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert METRICS["matthews"](one_class, np.array([0, 1])) == 0.0


@pytest.mark.parametrize("name", METRICS)
def test_better_outputs_are_better_in_the_metrics_direction(name: str) -> None:
    """The true answer beats a wrong one, the way `direction` says."""
    metric = METRICS[name]
    assert metric.name == name
    rng = np.random.default_rng(0)
    if metric.kind == "classification":
        targets: Array = np.arange(30) % 3
        good: Array = np.eye(3)[targets] * 9
        bad: Array = np.eye(3)[(targets + (rng.random(30) < 0.5)) % 3] * 9
    else:
        targets = rng.normal(size=(30, 1))
        good, bad = targets + 0.01, targets + rng.normal(size=(30, 1))
    gain = metric(good, targets) - metric(bad, targets)
    assert gain > 0 if metric.direction == "maximise" else gain < 0


def test_an_unknown_metric_names_the_nearest() -> None:
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(ConfigError, match="did you mean 'accuracy'"):
        find_metric("acuracy")


def test_a_users_metric_is_found_by_reference() -> None:
    """`package.module:Name` gives the user's `Metric`."""
    found = find_metric("own_learning:worst_class")
    assert isinstance(found, Metric)
    assert found.name == "worst_class"


def test_a_users_plain_function_is_refused_with_the_way_to_wrap_it() -> None:
    """A function alone has no direction."""
    with pytest.raises(ConfigError, match=r"got function; wrap your function: Metric"):
        find_metric("own_learning:plain_function")
