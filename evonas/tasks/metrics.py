"""What a network's outputs are worth: named metrics with a direction.

A metric reads the raw outputs of the network, one row a sample: class scores before the
softmax (N, classes) for classification, values in the targets' own unit (N, outputs)
for regression. All are plain NumPy, because they are taken after every epoch on warm
workers, where importing scikit-learn's would cost more than a short training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError
from evonas.tasks.reference import load_reference

Direction = Literal["maximise", "minimise"]
Kind = Literal["classification", "regression"]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that tells how good outputs are.

    Attributes:
        name: as it appears in records after `validation_` or `test_`.
        kind: what it judges.
        direction: which way is better.
        function: (outputs, targets) → value; targets are class numbers (N,) or, for
            regression, values (N, outputs).
    """

    name: str
    kind: Kind
    direction: Direction
    function: Callable[[Array, Array], float]

    def __call__(self, outputs: Array, targets: Array) -> float:
        """The value for these outputs."""
        return float(self.function(outputs, targets))


def confusion(outputs: Array, targets: Array) -> NDArray[np.int64]:
    """Counts of (true class, predicted class), square."""
    classes = outputs.shape[1]
    pairs = targets * classes + outputs.argmax(1)
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)


def accuracy(outputs: Array, targets: Array) -> float:
    """Share of samples whose highest output is the true class."""
    return float((outputs.argmax(1) == targets).mean())


def balanced_accuracy(outputs: Array, targets: Array) -> float:
    """Mean over the classes that occur of the share of each that was found."""
    counts = confusion(outputs, targets)
    present = counts.sum(1) > 0
    return float((counts.diagonal()[present] / counts.sum(1)[present]).mean())


def matthews(outputs: Array, targets: Array) -> float:
    """Matthews correlation of true and predicted classes (Gorodkin 2004, R_K).

    0 where either side holds one class only, as the limit of a constant guess.
    """
    counts = confusion(outputs, targets).astype(np.float64)
    samples, right = counts.sum(), counts.trace()
    true, predicted = counts.sum(1), counts.sum(0)
    spread = (samples**2 - true @ true) * (samples**2 - predicted @ predicted)
    if spread == 0:
        return 0.0
    return float((samples * right - true @ predicted) / np.sqrt(spread))


def cross_entropy(outputs: Array, targets: Array) -> float:
    """Mean negative log-probability of the true class, in nats."""
    scores = outputs.astype(np.float64)
    scores = scores - scores.max(1, keepdims=True)
    chosen = scores[np.arange(len(targets)), targets]
    return float((np.log(np.exp(scores).sum(1)) - chosen).mean())


def rmse(outputs: Array, targets: Array) -> float:
    """Root of the mean squared error, in the targets' unit."""
    return float(np.sqrt(np.mean((outputs - targets) ** 2, dtype=np.float64)))


def mae(outputs: Array, targets: Array) -> float:
    """Mean absolute error, in the targets' unit."""
    return float(np.mean(np.abs(outputs - targets), dtype=np.float64))


def pearson(outputs: Array, targets: Array) -> float:
    """Pearson correlation, mean over the outputs; 0 where a side does not vary."""
    outputs = outputs.astype(np.float64) - outputs.mean(0, dtype=np.float64)
    targets = targets.astype(np.float64) - targets.mean(0, dtype=np.float64)
    norms = np.sqrt((outputs**2).sum(0) * (targets**2).sum(0))
    products = (outputs * targets).sum(0)
    return float(
        np.divide(products, norms, np.zeros_like(norms), where=norms > 0).mean()
    )


def r2(outputs: Array, targets: Array) -> float:
    """Share of the targets' variance that is explained, mean over the outputs.

    An output whose targets do not vary counts 0.
    """
    residual = ((outputs - targets).astype(np.float64) ** 2).sum(0)
    centred = targets.astype(np.float64) - targets.mean(0, dtype=np.float64)
    total = (centred**2).sum(0)
    left = np.divide(residual, total, np.ones_like(total), where=total > 0)
    return float((1.0 - left).mean())


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "classification", "maximise", accuracy),
        Metric("balanced_accuracy", "classification", "maximise", balanced_accuracy),
        Metric("matthews", "classification", "maximise", matthews),
        Metric("cross_entropy", "classification", "minimise", cross_entropy),
        Metric("rmse", "regression", "minimise", rmse),
        Metric("mae", "regression", "minimise", mae),
        Metric("pearson", "regression", "maximise", pearson),
        Metric("r2", "regression", "maximise", r2),
    )
}


def find_metric(name: str, setting: str = "task.metric") -> Metric:
    """A metric by name, or a user's own by `package.module:Name`.

    Raises:
        ConfigError: there is none of that name, or the user's is no `Metric`.
    """
    if name in METRICS:
        return METRICS[name]
    if ":" not in name:
        near = get_close_matches(name, METRICS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(
            f"{setting}: expected one of {', '.join(METRICS)} or your own as "
            f"`package.module:Name`, got {name!r}{hint}"
        )
    found = load_reference(name, setting)
    if not isinstance(found, Metric):
        raise ConfigError(
            f"{setting}: expected {name!r} to be an evonas.tasks.Metric, got "
            f"{type(found).__name__}; wrap your function: "
            "Metric('name', 'classification', 'maximise', function)"
        )
    return found
