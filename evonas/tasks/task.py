"""A task: a data set with its splits, its metric and where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

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
    checked_tokens,
    checked_values,
    kind_of_labels,
)
from evonas.tasks.metrics import METRICS, Direction, Kind, Metric, find_metric
from evonas.tasks.splits import Indices, Splits, shuffled_order, stratified_order
from evonas.tasks.timeline import Timeline, split_by_time
from evonas.tasks.vocabulary import Vocabulary

Modality = Literal["image", "series", "text", "table"]
Layout = Literal["image_hwc", "image_hw", "channels_first", "vector", "tokens"]
ClassWeights = Literal["none", "balanced"]
Array = NDArray[Any]

#: modality and axes of its arrays → layout
_LAYOUTS: dict[tuple[Modality, int], Layout] = {
    ("table", 2): "vector",
    ("image", 3): "image_hw",
    ("image", 4): "image_hwc",
    ("series", 3): "channels_first",
    ("text", 2): "tokens",
}
_FORMS: dict[Modality, str] = {
    "table": "N×F",
    "image": "N×H×W or N×H×W×C",
    "series": "N×C×L (channels, then steps)",
    "text": "N×L token numbers",
}


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
        vocabulary: of a text; None where the texts are known as numbers only.
        timeline: where in which recording each training sample was cut out; with it
            the split is one by time. None: the samples are independent.
        class_weights: what the default loss makes of classes of different sizes:
            `balanced` gives each the same say, `none` each sample.
        validation_share: of the training samples that is held out where nothing else
            is asked for.
        features: names of a table's columns; empty where they have none.
        about_inputs: what one sample is, where its shape does not tell; for people who
            have an exported network and data of their own.
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
    vocabulary: Vocabulary | None = None
    timeline: Timeline | None = None
    class_weights: ClassWeights = "none"
    validation_share: float = 0.2
    features: tuple[str, ...] = ()
    about_inputs: str = ""

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
    def tokens(self) -> int:
        """Of a text: how many different tokens there are; otherwise 0."""
        if self.layout != "tokens":
            return 0
        if self.vocabulary is not None:
            return len(self.vocabulary)
        return 1 + max(int(self.x_train.max()), int(self.x_test.max()))

    @cached_property
    def version(self) -> str:
        """Digest of everything that results depend on; equal data, equal version."""
        facts = f"{self.layout} {self.kind} {self.outputs}"
        arrays = [self.x_train, self.y_train, self.x_test, self.y_test]
        if self.class_weights != "none":
            facts += f" {self.class_weights}"
        if self.vocabulary is not None:
            facts += f" {len(self.vocabulary)}"
        if self.timeline is not None:
            line = self.timeline
            arrays += [line.recording, line.start, line.stop]
        digest = hashlib.sha256(facts.encode())
        for array in arrays:
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:16]

    def split(self, seed: int, validation_share: float | None = None) -> Splits:
        """Training and validation positions.

        Stratified where there are classes; by time where samples were cut out of
        recordings.

        Args:
            seed: of the draw.
            validation_share: of the training samples; None: the task's own.

        Raises:
            DataError: a part would be empty.
        """
        share = self.validation_share if validation_share is None else validation_share
        rng = np.random.default_rng(seed)
        if self.timeline is not None:
            splits = split_by_time(self.timeline, share, rng)
        else:
            order = self.order(rng)
            count = round(len(order) * share)
            splits = Splits(train=order[count:], validation=order[:count])
        if 0 in (len(splits.train), len(splits.validation)):
            raise DataError(
                f"task {self.name}: a validation share of {share} of "
                f"{len(self.y_train)} training samples leaves a part empty; give more "
                "samples or another task.validation_share"
            )
        return splits

    def order(self, rng: np.random.Generator) -> Indices:
        """A random order of the training arrays; every first part is a fair sample."""
        if self.kind == "classification":
            return stratified_order(self.y_train, rng)
        return shuffled_order(len(self.y_train), rng)

    def reduced(self, count: int, seed: int) -> Task:
        """The same task with a fixed, fair sample of `count` training samples."""
        kept = np.sort(self.order(np.random.default_rng(seed))[:count])
        return replace(
            self,
            x_train=self.x_train[kept],
            y_train=self.y_train[kept],
            timeline=None if self.timeline is None else self.timeline.at(kept),
        )

    def weighted(self, class_weights: ClassWeights) -> Task:
        """The same task with other class weights.

        Raises:
            ConfigError: there are no such weights, or the task has no classes.
        """
        if class_weights not in get_args(ClassWeights):
            raise ConfigError(
                f"task.class_weights: expected {' or '.join(get_args(ClassWeights))}, "
                f"got {class_weights!r}"
            )
        if self.kind != "classification":
            raise ConfigError(
                f"task.class_weights: has no meaning for {self.name}, which predicts "
                "values and no classes; remove it"
            )
        return replace(self, class_weights=class_weights)

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
        return replace(self, measure=measure)

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
        modality: Modality | None = None,
        vocabulary: Vocabulary | None = None,
        timeline: Timeline | None = None,
    ) -> Task:
        """A task over arrays in memory, checked.

        Args:
            x_train: images N×H×W or N×H×W×C, a table N×F, series N×C×L or token
                numbers N×L; any numeric dtype.
            y_train: class numbers from 0, or floats for a regression.
            x_test: inputs that the search must never see.
            y_test: their targets.
            metric: name of a metric; None: accuracy for whole-number targets, rmse for
                floats. A metric for regression makes whole numbers values.
            classes: names of the classes; empty: their numbers.
            name: of the task, in messages and results.
            source: where the arrays come from, in messages and results.
            modality: what the arrays are; None: a table where they have two axes,
                images otherwise.
            vocabulary: of a text, if it is known.
            timeline: of the training samples, if they were cut out of recordings.

        Raises:
            DataError: the arrays cannot be learned from.
            ConfigError: the metric does not exist.
        """
        if modality is None:
            modality = "table" if np.ndim(x_train) == 2 else "image"
        check = checked_tokens if modality == "text" else checked_inputs
        x_train = check(x_train, f"{name}: x_train")
        x_test = check(x_test, f"{name}: x_test")
        layout = _LAYOUTS.get((modality, x_train.ndim))
        if layout is None:
            raise DataError(
                f"{name}: x_train: expected {_FORMS[modality]} for {modality}, got "
                f"shape {'×'.join(map(str, x_train.shape))}"
            )
        check_same_samples(x_train, x_test, name)
        if modality == "image":
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
        return cls(
            name=name,
            modality=modality,
            layout=layout,
            measure=measure,
            outputs=outputs,
            x_train=x_train,
            y_train=targets[0],
            x_test=x_test,
            y_test=targets[1],
            classes=names,
            source=source,
            vocabulary=vocabulary,
            timeline=timeline,
        )
