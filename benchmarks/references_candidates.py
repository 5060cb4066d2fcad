"""The reference networks: a task, a few hand-written candidates, simple baselines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evonas.architecture import Architecture, Edge, Layer
from evonas.candidate import Candidate, Recipe
from evonas.tasks import Metric, Task, TaskSettings
from evonas.tasks.heart_rate import cut_recordings, read_recordings
from evonas.tasks.metrics import METRICS
from evonas.tasks.pulse import RATE

Baselines = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Made:
    """A candidate by hand.

    Attributes:
        layers: of a task, from after the input to the head.
        recipe: how it is trained.
        epochs: for how long.
    """

    layers: Callable[[Task], Architecture]
    recipe: Recipe
    epochs: float

    def candidate(self, task: Task) -> Candidate:
        """For the inputs and outputs of this task."""
        return Candidate(self.layers(task), self.recipe)


@dataclass(frozen=True)
class Reference:
    """A problem, what is tried on it, and what it is held against.

    Attributes:
        name: of the rows and files.
        title: for people.
        task: the `task:` section.
        candidates: by name; validation chooses one.
        baselines: name → metric → value on the test set, without a network.
        metrics: beside the task's own.
        goal: what should be reached.
        seeds: how many networks are tested.
    """

    name: str
    title: str
    task: Mapping[str, Any]
    candidates: Mapping[str, Made]
    baselines: Callable[[Task], Baselines]
    metrics: tuple[str, ...] = ()
    goal: str = ""
    seeds: int = 5


def _layer(op: str, **params: Any) -> Layer:
    return Layer(op, params)


def _embedding(task: Task, dimension: int, dropout: float = 0.3) -> list[Layer]:
    return [
        _layer("embedding", vocabulary=task.tokens, dimension=dimension),
        _layer("dropout", rate=dropout),
    ]


def word_windows(task: Task) -> Architecture:
    """Windows of three and of five words, their largest answers (Kim 2014).

    256 wide: 48 and 128 came to less on validation.
    """
    layers = [
        _layer("input"),
        *_embedding(task, 256, dropout=0.5),
        _layer("conv", filters=256, kernel=3),
        _layer("conv", filters=256, kernel=5),
        _layer("concat"),
        _layer("activation", function="relu"),
        _layer("global_pool", function="max"),
        _layer("dropout", rate=0.5),
        _layer("dense", units=task.outputs),
        _layer("output"),
    ]
    edges = [(0, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 5, 1)]
    edges += [(at, at + 1) for at in range(5, 10)]
    return Architecture(tuple(layers), tuple(Edge(*edge) for edge in edges))


def recurrent_text(task: Task) -> Architecture:
    """A GRU in both directions, the largest of its states."""
    layers = [
        *_embedding(task, 48),
        _layer("gru", units=32, bidirectional=True),
        _layer("global_pool", function="max"),
        _layer("dropout", rate=0.5),
        _layer("dense", units=task.outputs),
    ]
    return Architecture.chain(layers)


def dense(*units: int) -> Callable[[Task], Architecture]:
    """Dense layers with batch norm."""

    def layers(task: Task) -> Architecture:
        hidden = [
            layer
            for width in units
            for layer in (
                _layer("dense", units=width, bias=False),
                _layer("batch_norm"),
                _layer("activation", function="relu"),
            )
        ]
        return Architecture.chain([*hidden, _layer("dense", units=task.outputs)])

    return layers


def _conv_step(filters: int, kernel: int) -> list[Layer]:
    return [
        _layer("conv", filters=filters, kernel=kernel, bias=False),
        _layer("batch_norm"),
        _layer("activation", function="relu"),
        _layer("max_pool"),
    ]


def convolutional_series(task: Task) -> Architecture:
    """Three convolutions, each with half the steps of the one before."""
    steps = [*_conv_step(16, 9), *_conv_step(32, 7), *_conv_step(32, 5)]
    return Architecture.chain(
        [*steps, _layer("global_pool"), _layer("dense", units=task.outputs)]
    )


def recurrent_series(task: Task) -> Architecture:
    """Two convolutions, and a GRU over what they leave."""
    steps = [*_conv_step(16, 9), *_conv_step(32, 7)]
    recurrent = [
        _layer("gru", units=24, bidirectional=True),
        _layer("global_pool"),
        _layer("dense", units=task.outputs),
    ]
    return Architecture.chain([*steps, *recurrent])


def lenet(task: Task) -> Architecture:
    """Two convolutions and two dense layers (after LeCun et al. 1998), with ReLU."""
    relu, pool = _layer("activation", function="relu"), _layer("max_pool")
    return Architecture.chain(
        [
            *(_layer("conv", filters=6, kernel=5), relu, pool),
            *(_layer("conv", filters=16, kernel=5), relu, pool),
            *(_layer("flatten"), _layer("dense", units=120), relu),
            *(_layer("dense", units=84), relu, _layer("dense", units=task.outputs)),
        ]
    )


def resnet(task: Task) -> Architecture:
    """A residual block at each of three sizes (after He et al. 2016), 24 to 96 wide."""
    layers = [_layer("input")]
    edges: list[Edge] = []

    def add(op: str, *sources: int, **params: Any) -> int:
        layers.append(_layer(op, **params))
        at = len(layers) - 1
        edges.extend(Edge(source, at, slot) for slot, source in enumerate(sources))
        return at

    def step(source: int, filters: int, stride: int, kernel: int = 3) -> int:
        settings = {"filters": filters, "kernel": kernel, "stride": stride}
        return add("batch_norm", add("conv", source, bias=False, **settings))

    def relu(source: int) -> int:
        return add("activation", source, function="relu")

    end = relu(step(0, 24, 2))
    for filters, stride in ((24, 1), (48, 2), (96, 2)):
        inner = step(relu(step(end, filters, stride)), filters, 1)
        around = end if stride == 1 else step(end, filters, stride, kernel=1)
        end = relu(add("sum", inner, around))
    end = add("dense", add("global_pool", end), units=task.outputs)
    add("output", end)
    return Architecture(tuple(layers), tuple(edges))


def nearest_mean(task: Task) -> Baselines:
    """The class whose mean training image is nearest."""
    train = task.split(0).train
    images = task.x_train[train].reshape(len(train), -1).astype(np.float32)
    labels = task.y_train[train]
    means = np.stack([images[labels == one].mean(0) for one in range(task.outputs)])
    tested = task.x_test.reshape(len(task.x_test), -1).astype(np.float32)
    scores = 2 * tested @ means.T - (means**2).sum(1)
    return {"nearest mean image": _judged(scores, task.y_test, "accuracy")}


def _judged(outputs: np.ndarray, targets: np.ndarray, *names: str) -> dict[str, float]:
    metrics: list[Metric] = [METRICS[name] for name in names]
    return {metric.name: metric(outputs, targets) for metric in metrics}


def always_acceptable(task: Task) -> Baselines:
    """The answer that most sentences would get."""
    largest = int(np.bincount(task.y_train).argmax())
    scores = np.zeros((len(task.y_test), task.outputs))
    scores[:, largest] = 1
    return {"most frequent class": _judged(scores, task.y_test, "matthews", "accuracy")}


def linear(task: Task) -> Baselines:
    """Least squares over the same training samples as the networks."""
    from sklearn.linear_model import LinearRegression

    train = task.split(0).train
    model = LinearRegression().fit(task.x_train[train], task.y_train[train])
    found = model.predict(task.x_test)
    return {"linear regression": _judged(found, task.y_test, "rmse", "r2")}


def pulse_baselines(task: Task) -> Baselines:
    """Each recording's mean, and the strongest frequency of each window."""
    settings = TaskSettings(name="heart-rate")
    train, test = cut_recordings(read_recordings(settings))
    if not np.array_equal(test.signal.astype(np.float32), task.x_test):
        raise ValueError("expected the test windows of the task, got others")
    # Of the training part alone, as the networks have it.
    part = task.split(0).train
    means = {
        number: train.heart_rate[part][train.timeline.recording[part] == number].mean()
        for number in np.unique(train.timeline.recording[part])
    }
    guesses = np.array([[means[number]] for number in test.timeline.recording])
    found: Baselines = {
        "recording's mean": _judged(guesses, task.y_test, "mae", "pearson")
    }
    for name, harmonics in (("FFT peak", 1), ("FFT peak with its double", 2)):
        peaks = [[_strongest(window[0], harmonics)] for window in test.signal]
        found[name] = _judged(np.array(peaks), task.y_test, "mae", "pearson")
    return found


def _strongest(signal: np.ndarray, harmonics: int) -> float:
    """Beats a minute of the highest peak of the spectrum from 42 to 210.

    Of a sharp pulse a multiple is often the highest, so that multiples of a frequency
    may be added to it.
    """
    size = 8_192
    power = np.abs(np.fft.rfft(signal * np.hanning(len(signal)), size))
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    places = np.flatnonzero((frequencies >= 0.7) & (frequencies <= 3.5))
    times = np.arange(1, harmonics + 1)
    total = power[np.outer(times, places)].sum(axis=0)
    return float(60 * frequencies[places[total.argmax()]])


_TEXT = Recipe(optimizer="adamw", learning_rate=2e-3, weight_decay=0.05, batch_size=64)
_TEXT_CANDIDATES = {
    "windows": Made(word_windows, _TEXT, 8),
    "gru": Made(recurrent_text, _TEXT, 8),
}
_TABLE = Recipe(
    optimizer="adamw", learning_rate=4e-3, weight_decay=1e-3, batch_size=256
)
_SERIES = Recipe(
    optimizer="adamw", learning_rate=4e-3, weight_decay=1e-2, batch_size=32
)

_IMAGES = Recipe(
    optimizer="sgd",
    learning_rate=0.1,
    momentum=0.9,
    weight_decay=5e-4,
    batch_size=128,
    schedule="one_cycle",
    horizontal_flip=0.5,
)

#: in the order of the report
REFERENCES: tuple[Reference, ...] = (
    Reference(
        "fashion-mnist-lenet",
        "Fashion-MNIST, full set, LeNet",
        {"name": "fashion-mnist"},
        {"lenet": Made(lenet, replace(_IMAGES, learning_rate=0.03), 10)},
        nearest_mean,
        goal="about 0.89",
        seeds=3,
    ),
    Reference(
        "fashion-mnist-resnet",
        "Fashion-MNIST, full set, ResNet",
        {"name": "fashion-mnist"},
        {"resnet": Made(resnet, _IMAGES, 10)},
        nearest_mean,
        goal="≥ 0.92 within 10 epochs",
        seeds=3,
    ),
    *(
        Reference(
            f"cola-{cut}",
            f"CoLA, full set, {title}",
            {"name": "cola", "tokeniser": cut},
            _TEXT_CANDIDATES,
            always_acceptable,
            ("accuracy",),
            "MCC ≥ 0.12, mean of 5 seeds",
        )
        for cut, title in (
            ("words", "lower-cased words"),
            ("treebank", "NLTK's Treebank"),
        )
    ),
    Reference(
        "cola-mini",
        "CoLA, mini set, lower-cased words",
        {"name": "cola", "size": "mini"},
        _TEXT_CANDIDATES,
        always_acceptable,
        ("accuracy",),
        "MCC above 0 with its interval",
    ),
    Reference(
        "protein",
        "protein (CASP), full set",
        {"name": "protein"},
        {
            "dense-128-128": Made(dense(128, 128), _TABLE, 20),
            "dense-256-128-64": Made(dense(256, 128, 64), _TABLE, 20),
        },
        linear,
        ("r2",),
        "RMSE below linear regression's",
    ),
    Reference(
        "heart-rate",
        "heart rate, contact pulse recordings",
        {"name": "heart-rate", "signal": "contact"},
        {
            "convolutional": Made(convolutional_series, _SERIES, 60),
            "recurrent": Made(recurrent_series, _SERIES, 60),
        },
        pulse_baselines,
        ("pearson",),
        "MAE below that of each recording's mean",
    ),
)
