"""A task: a data set with its splits, its metric and where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evonas.architecture.layer import Shape
from evonas.errors import ConfigError, DataError
from evonas.tasks.checks import (
    check_channels_last,
    check_classes,
    check_same_samples,
    checked_inputs,
    checked_labels,
    checked_values,
    kind_of_labels,
)
from evonas.tasks.metrics import METRICS, Direction, Kind, Metric, find_metric
from evonas.tasks.splits import Indices, Splits, shuffled_order, stratified_order

Modality = Literal["image", "series", "text", "table"]
Layout = Literal["image_hwc", "image_hw", "channels_first", "vector", "tokens"]
Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Task:
    """A data set and what is to be learned from it.

    The arrays are as they were given (uint8 pixels stay uint8): layout and scale are
    changed where batches are made, and by the exported network itself.

    Attributes:
        name: short name, as in the settings.
        modality: which families of layers fit.
        layout: of one batch of inputs, see `evonas.network.preprocess`.
        measure: the metric that selection looks at.
        outputs: units of the network's head: classes, or values of a regression.
        x_train: inputs to split into training and validation, one sample a row.
        y_train: class numbers (N,) int64, or values (N, outputs) float32.
        x_test: inputs that only a final evaluation reads.
        y_test: their targets.
        classes: names of the classes; empty for a regression.
        licence: of the data.
        source: where the data come from.
    """

    name: str
    modality: Modality
    layout: Layout
    measure: Metric
    outputs: int
    x_train: Array
    y_train: Array
    x_test: Array
    y_test: Array
    classes: tuple[str, ...] = ()
    licence: str = "unknown"
    source: str = "your own"

    @property
    def metric(self) -> str:
        """Name of the metric in records, after `validation_` or `test_`."""
        return self.measure.name

    @property
    def direction(self) -> Direction:
        """Which way the metric is better."""
        return self.measure.direction

    @property
    def kind(self) -> Kind:
        """Whether classes or values are predicted."""
        return self.measure.kind

    @property
    def input_shape(self) -> Shape:
        """Size of one sample as a network reads it, channels first."""
        sides = tuple(int(side) for side in self.x_train.shape[1:])
        if self.layout == "image_hwc":
            return (sides[2], sides[0], sides[1])
        return (1, *sides) if self.layout == "image_hw" else sides

    @cached_property
    def version(self) -> str:
        """Digest of everything that results depend on; equal data, equal version."""
        digest = hashlib.sha256(f"{self.layout} {self.kind} {self.outputs}".encode())
        for array in (self.x_train, self.y_train, self.x_test, self.y_test):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]

    def split(self, seed: int, validation_share: float = 0.2) -> Splits:
        """Training and validation positions; stratified where there are classes.

        Raises:
            DataError: a part would be empty.
        """
        order = self.order(np.random.default_rng(seed))
        count = round(len(order) * validation_share)
        if not 0 < count < len(order):
            raise DataError(
                f"task {self.name}: a validation share of {validation_share} of "
                f"{len(order)} training samples leaves a part empty; give more samples "
                "or another task.validation_share"
            )
        return Splits(train=order[count:], validation=order[:count])

    def order(self, rng: np.random.Generator) -> Indices:
        """A random order of the training arrays; every first part is a fair sample."""
        if self.kind == "classification":
            return stratified_order(self.y_train, rng)
        return shuffled_order(len(self.y_train), rng)

    def reduced(self, count: int, seed: int) -> Task:
        """The same task with a fixed, fair sample of `count` training samples."""
        kept = np.sort(self.order(np.random.default_rng(seed))[:count])
        return replace(self, x_train=self.x_train[kept], y_train=self.y_train[kept])

    def measured_by(self, name: str) -> Task:
        """The same task under another metric.

        Raises:
            ConfigError: no such metric, or one of the other kind.
        """
        measure = find_metric(name)
        if measure.kind != self.kind:
            fitting = [key for key, value in METRICS.items() if value.kind == self.kind]
            raise ConfigError(
                f"task.metric: {name!r} is for {measure.kind}, but {self.name} is a "
                f"{self.kind} task; choose one of {', '.join(fitting)}"
            )
        task = replace(self, measure=measure)
        if "version" in vars(self):
            # It does not depend on the metric, and costs a pass over all data.
            vars(task)["version"] = self.version
        return task

    @classmethod
    def from_arrays(
        cls,
        x_train: Array,
        y_train: Array,
        x_test: Array,
        y_test: Array,
        *,
        metric: str | None = None,
        classes: Sequence[str] = (),
        name: str = "arrays",
        source: str = "your own",
    ) -> Task:
        """A task over arrays in memory, checked.

        Args:
            x_train: images N×H×W or N×H×W×C, or a table N×F; any numeric dtype.
            y_train: class numbers from 0, or floats for a regression.
            x_test: inputs that the search must never see.
            y_test: their targets.
            metric: name of a metric; None: accuracy for whole-number targets, rmse for
                floats. A metric for regression makes whole numbers values.
            classes: names of the classes; empty: their numbers.
            name: of the task, in messages and results.
            source: where the arrays come from, in messages and results.

        Raises:
            DataError: the arrays cannot be learned from.
            ConfigError: the metric does not exist.
        """
        x_train = checked_inputs(x_train, f"{name}: x_train")
        x_test = checked_inputs(x_test, f"{name}: x_test")
        check_same_samples(x_train, x_test, name)
        check_channels_last(x_train, f"{name}: x_train")
        if x_train.dtype != x_test.dtype:
            # One of both fits uint8 by chance (float images with whole values).
            x_train, x_test = x_train.astype(np.float32), x_test.astype(np.float32)
        if metric is not None:
            measure = find_metric(metric)
        elif kind_of_labels(y_train, f"{name}: y_train") == "classification":
            measure = METRICS["accuracy"]
        else:
            measure = METRICS["rmse"]
        targets: tuple[Array, Array]
        if measure.kind == "classification":
            labels = checked_labels(y_train, len(x_train), f"{name}: y_train")
            test_labels = checked_labels(y_test, len(x_test), f"{name}: y_test")
            outputs = check_classes(labels, test_labels, name)
            names = tuple(classes) or tuple(str(label) for label in range(outputs))
            if len(names) != outputs:
                raise DataError(
                    f"{name}: expected {outputs} class names, one a class of y_train, "
                    f"got {len(names)}"
                )
            targets = labels, test_labels
        else:
            targets = (
                checked_values(y_train, len(x_train), f"{name}: y_train"),
                checked_values(y_test, len(x_test), f"{name}: y_test"),
            )
            outputs, names = targets[0].shape[1], ()
            if targets[1].shape[1] != outputs:
                raise DataError(
                    f"{name}: y_train has {outputs} values a sample, y_test "
                    f"{targets[1].shape[1]}"
                )
        layouts: dict[int, Layout] = {2: "vector", 3: "image_hw", 4: "image_hwc"}
        return cls(
            name=name,
            modality="table" if x_train.ndim == 2 else "image",
            layout=layouts[x_train.ndim],
            measure=measure,
            outputs=outputs,
            x_train=x_train,
            y_train=targets[0],
            x_test=x_test,
            y_test=targets[1],
            classes=names,
            source=source,
        )
