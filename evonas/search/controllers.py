"""Policies over choices that policy gradients move, in NumPy.

Both draw a code for one choice after the other and are moved along
advantage · ∇ log p(codes). Choices that do not apply take no part.
"""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.search.choice_codes import ABSENT, Codes

Array = NDArray[np.float64]

#: place of a choice, which of its codes are allowed → the code drawn
Draw = Callable[[int, NDArray[np.bool_]], int]


class Controller(ABC):
    """A distribution over the codes of every choice."""

    @abstractmethod
    def drawing(self, rng: np.random.Generator) -> Draw:
        """What draws one genome's codes, choice by choice in order."""

    @abstractmethod
    def move(self, codes: Codes, advantage: float) -> None:
        """Make codes likelier where the advantage is positive, else unlikelier."""

    @abstractmethod
    def certainty(self) -> float:
        """Mean over the choices of the probability of their likeliest code."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""


class Logits(Controller):
    """Logits of its own for each choice, 0 at the start; plain gradient ascent.

    Args:
        sizes: codes of each choice.
        learning_rate: of the ascent.
    """

    def __init__(self, sizes: Sequence[int], learning_rate: float) -> None:
        self._rate = learning_rate
        self._logits = [np.zeros(size) for size in sizes]

    def drawing(self, rng: np.random.Generator) -> Draw:
        """Every choice by itself."""
        return lambda place, allowed: _drawn(self._logits[place], allowed, rng)

    def move(self, codes: Codes, advantage: float) -> None:
        """One step for the choices that apply."""
        step = self._rate * advantage
        for place in np.flatnonzero(codes != ABSENT):
            logits = self._logits[place]
            logits -= step * softmax(logits)
            logits[codes[place]] += step

    def certainty(self) -> float:
        """Mean of the likeliest codes' probabilities."""
        if not self._logits:
            return 1.0
        return float(np.mean([softmax(one).max() for one in self._logits]))

    def state(self) -> dict[str, Any]:
        """The logits."""
        return {"logits": [to_text(one) for one in self._logits]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        for logits, text in zip(self._logits, state["logits"], strict=True):
            logits[:] = from_text(text, logits.shape)


class LSTMController(Controller):
    """An LSTM that reads the code chosen before and gives the next choice's logits.

    As the controllers of Zoph and Le (2017) and Pham et al. (2018): an embedding for
    each code of each choice, one layer, and a linear head for each choice. Adam.

    Args:
        sizes: codes of each choice.
        units: of the LSTM and of the embeddings.
        learning_rate: of Adam.
        rng: draws the first weights, uniform in ±0.1.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        units: int,
        learning_rate: float,
        rng: np.random.Generator,
    ) -> None:
        self._units = units
        #: choice → where its codes begin among all codes
        self._starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
        total = int(self._starts[-1])
        shapes = {
            # the last row is what is read before the first choice
            "embedding": (total + 1, units),
            "gates": (2 * units, 4 * units),
            "gate_bias": (4 * units,),
            "head": (total, units),
            "head_bias": (total,),
        }
        self._weights = {name: rng.uniform(-0.1, 0.1, s) for name, s in shapes.items()}
        self._adam = _Adam(self._weights, learning_rate)
        self._certainty = float(np.mean([1 / size for size in sizes] or [1.0]))

    def drawing(self, rng: np.random.Generator) -> Draw:
        """Choice by choice, each in the light of those before it."""
        state = _LSTMState(np.zeros(self._units), np.zeros(self._units))
        token = int(self._starts[-1])

        def draw(place: int, allowed: NDArray[np.bool_]) -> int:
            nonlocal state, token
            state = self._step(state, token).after
            code = _drawn(self._logits(place, state.output), allowed, rng)
            token = int(self._starts[place]) + code
            return code

        return draw

    def _step(self, state: _LSTMState, token: int) -> _LSTMStep:
        units, weights = self._units, self._weights
        read = np.concatenate([weights["embedding"][token], state.output])
        gates = read @ weights["gates"] + weights["gate_bias"]
        squashed = 1 / (1 + np.exp(-gates[: 3 * units]))
        new = np.tanh(gates[3 * units :])
        take, keep, give = squashed.reshape(3, units)
        cell = keep * state.cell + take * new
        after = _LSTMState(cell, give * np.tanh(cell))
        return _LSTMStep(token, read, take, keep, give, new, state, after)

    def _logits(self, place: int, output: Array) -> Array:
        rows = slice(self._starts[place], self._starts[place + 1])
        logits: Array = self._weights["head"][rows] @ output
        return logits + self._weights["head_bias"][rows]

    def move(self, codes: Codes, advantage: float) -> None:
        """One step of Adam, through all choices that apply."""
        gradients = self.gradients(codes)
        self._adam.ascend({name: advantage * one for name, one in gradients.items()})

    def gradients(self, codes: Codes) -> dict[str, Array]:
        """∇ log p(codes), by name of the weights."""
        places = [int(place) for place in np.flatnonzero(codes != ABSENT)]
        gradients = {name: np.zeros_like(one) for name, one in self._weights.items()}
        state = _LSTMState(np.zeros(self._units), np.zeros(self._units))
        token = int(self._starts[-1])
        steps: list[_LSTMStep] = []
        outward: list[Array] = []
        likeliest = []
        for place in places:
            steps.append(self._step(state, token))
            state = steps[-1].after
            rows = slice(self._starts[place], self._starts[place + 1])
            share = softmax(self._logits(place, state.output))
            likeliest.append(share.max())
            error = -share
            error[codes[place]] += 1
            gradients["head"][rows] += np.outer(error, state.output)
            gradients["head_bias"][rows] += error
            outward.append(error @ self._weights["head"][rows])
            token = int(self._starts[place]) + int(codes[place])
        if likeliest:
            self._certainty = float(np.mean(likeliest))
        self._backwards(steps, outward, gradients)
        return gradients

    def _backwards(
        self,
        steps: Sequence[_LSTMStep],
        outward: Sequence[Array],
        gradients: dict[str, Array],
    ) -> None:
        """Through time, from what each step's output is wanted to become."""
        units = self._units
        to_output, to_cell = np.zeros(units), np.zeros(units)
        for step, wanted in zip(reversed(steps), reversed(outward), strict=True):
            to_output = to_output + wanted
            squashed = np.tanh(step.after.cell)
            to_cell = to_cell + to_output * step.give * (1 - squashed**2)
            gates = np.concatenate(
                [
                    to_cell * step.new * step.take * (1 - step.take),
                    to_cell * step.before.cell * step.keep * (1 - step.keep),
                    to_output * squashed * step.give * (1 - step.give),
                    to_cell * step.take * (1 - step.new**2),
                ]
            )
            gradients["gates"] += np.outer(step.read, gates)
            gradients["gate_bias"] += gates
            to_read = self._weights["gates"] @ gates
            gradients["embedding"][step.token] += to_read[:units]
            to_output = to_read[units:]
            to_cell = to_cell * step.keep

    def certainty(self) -> float:
        """Of the choices that applied in the latest result."""
        return self._certainty

    def state(self) -> dict[str, Any]:
        """Weights, and the moments of Adam."""
        return {
            "weights": {name: to_text(one) for name, one in self._weights.items()},
            "adam": self._adam.state(),
            "certainty": self._certainty,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        for name, weights in self._weights.items():
            weights[:] = from_text(state["weights"][name], weights.shape)
        self._adam.restore(state["adam"])
        self._certainty = state["certainty"]


class _LSTMState:
    """What an LSTM carries from step to step."""

    __slots__ = ("cell", "output")

    def __init__(self, cell: Array, output: Array) -> None:
        self.cell = cell
        self.output = output


class _LSTMStep:
    """One step, with what going back through it needs."""

    __slots__ = ("after", "before", "give", "keep", "new", "read", "take", "token")

    def __init__(
        self,
        token: int,
        read: Array,
        take: Array,
        keep: Array,
        give: Array,
        new: Array,
        before: _LSTMState,
        after: _LSTMState,
    ) -> None:
        self.token = token
        self.read = read
        self.take, self.keep, self.give, self.new = take, keep, give, new
        self.before, self.after = before, after


class _Adam:
    """Kingma and Ba 2015, upwards, on arrays that it changes in place."""

    def __init__(self, weights: Mapping[str, Array], rate: float) -> None:
        self._weights = weights
        self._rate = rate
        self._steps = 0
        self._first = {name: np.zeros_like(one) for name, one in weights.items()}
        self._second = {name: np.zeros_like(one) for name, one in weights.items()}

    def ascend(self, gradients: Mapping[str, Array]) -> None:
        self._steps += 1
        rate = self._rate * (1 - 0.999**self._steps) ** 0.5 / (1 - 0.9**self._steps)
        for name, gradient in gradients.items():
            first, second = self._first[name], self._second[name]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            self._weights[name][...] += rate * first / (np.sqrt(second) + 1e-8)

    def state(self) -> dict[str, Any]:
        return {
            "steps": self._steps,
            "first": {name: to_text(one) for name, one in self._first.items()},
            "second": {name: to_text(one) for name, one in self._second.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._steps = state["steps"]
        for mine, name in ((self._first, "first"), (self._second, "second")):
            for key, array in mine.items():
                array[:] = from_text(state[name][key], array.shape)


def softmax(logits: Array) -> Array:
    """Probabilities."""
    powers: Array = np.exp(logits - logits.max())
    shares: Array = powers / powers.sum()
    return shares


def _drawn(logits: Array, allowed: NDArray[np.bool_], rng: np.random.Generator) -> int:
    """A code of those allowed, in proportion to its probability."""
    shares = np.cumsum(np.where(allowed, softmax(logits), 0.0))
    if not shares[-1]:
        # None of those allowed has any probability left.
        shares = np.cumsum(allowed.astype(float))
    found = int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))
    return min(found, int(np.flatnonzero(allowed)[-1]))


def to_text(values: Array) -> str:
    """Numbers as JSON text without loss: base64 of 64-bit floats, little-endian."""
    return base64.b64encode(values.astype("<f8").tobytes()).decode("ascii")


def from_text(text: str, shape: tuple[int, ...]) -> Array:
    """The inverse of `to_text`."""
    values: Array = np.frombuffer(base64.b64decode(text), "<f8").reshape(shape)
    return values
