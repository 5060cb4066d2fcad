"""Descriptors: what a data set is like, told by its training samples alone.

They need no training. Numbers that a data set lacks (classes of a regression, channels
of a text) are left out rather than made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from evonas.tasks import Task
from minibench.problems import Characterisation

#: samples that statistics of values are taken from, the first ones of the task's own
#: order: more tell the same to the digits that matter
MOST_SAMPLES = 10_000

#: significant digits that are kept, so that equal data give equal entries everywhere:
#: sums of floats differ in the last digits between machines
_DIGITS = 6


def describe_task(task: Task) -> tuple[Characterisation, ...]:
    """The descriptors of a task, by the training samples alone.

    - `samples`, `outputs`, `input_size` (numbers of one sample), `input_sides`
    - `mean`, `spread` (standard deviation), `zeros` (share) of the inputs; not of texts
    - `tokens`, `mean_length`, `padding` (share) of texts
    - `class_entropy`: of the classes' shares over that of equal shares: 1 is balanced
    - `target_skew`, `target_excess_kurtosis`: mean over the outputs of a regression
    - `linear_dimension`: of the inputs, the participation ratio of the eigenvalues of
      their covariance, (Σλ)² / Σλ²: how many directions they really fill

    Args:
        task: whose test samples are not looked at.
    """
    found = {
        "samples": float(len(task.x_train)),
        "outputs": float(task.outputs),
        "input_size": float(math.prod(task.input_shape)),
        "input_sides": float(len(task.input_shape) - 1),
        **dict(_inputs(task)),
        **dict(_targets(task)),
    }
    return tuple(
        Characterisation(name, _rounded(value), _settings(name))
        for name, value in found.items()
    )


def _settings(name: str) -> Mapping[str, Any]:
    counted = ("samples", "outputs", "input_size", "input_sides", "tokens")
    return {} if name in counted else {"most_samples": MOST_SAMPLES}


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _inputs(task: Task) -> Iterator[tuple[str, float]]:
    some = np.asarray(task.x_train[:MOST_SAMPLES])
    if task.modality == "text":
        yield "tokens", float(task.tokens)
        lengths = (some != 0).sum(axis=1)
        yield "mean_length", float(lengths.mean())
        yield "padding", float(1 - lengths.sum() / some.size)
        return
    flat = some.reshape(len(some), -1).astype(np.float64)
    yield "mean", float(flat.mean())
    yield "spread", float(flat.std())
    yield "zeros", float((flat == 0).mean())
    yield "linear_dimension", _participation(flat)


def _participation(flat: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """(Σλ)² / Σλ² of the covariance, by its traces: no eigenvalue has to be found."""
    centred = flat - flat.mean(axis=0)
    # of the two Gram matrices, which have the same eigenvalues, the smaller one
    gram = centred @ centred.T if len(flat) < flat.shape[1] else centred.T @ centred
    square = float((gram * gram).sum())
    return float(np.trace(gram)) ** 2 / square if square else 0.0


def _targets(task: Task) -> Iterator[tuple[str, float]]:
    targets = np.asarray(task.y_train)
    if task.kind == "classification":
        shares = np.bincount(targets, minlength=task.outputs) / len(targets)
        shares = shares[shares > 0]
        most = math.log(task.outputs) or 1.0
        yield "class_entropy", float(-(shares * np.log(shares)).sum() / most)
        return
    values = targets.reshape(len(targets), -1).astype(np.float64)
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    scaled = centred[:, spread > 0] / spread[spread > 0]
    if scaled.size:
        yield "target_skew", float((scaled**3).mean())
        yield "target_excess_kurtosis", float((scaled**4).mean() - 3)
