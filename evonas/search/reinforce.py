"""REINFORCE (Williams 1992; Zoph and Le 2017): a policy over choices, by its rewards.

The policy draws a value for every choice: from logits of its own for each choice (Ying
et al. 2019, supplement), or from an LSTM that sees what was chosen before. Each result
moves the policy along advantage · ∇ log p; the advantage is the reward less a moving
average of the rewards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from evonas.errors import ArchitectureError
from evonas.evaluation import Record
from evonas.search.choice_codes import ChoiceCodes
from evonas.search.controllers import Controller, Logits, LSTMController
from evonas.search.sampler import (
    Archive,
    G,
    Gains,
    Result,
    Sampler,
    SamplerSettings,
    Suggestion,
)

#: latest results among which a result is ranked where there are several objectives
WINDOW = 100


class ReinforceSettings(SamplerSettings):
    """Settings of the strategy `reinforce`."""

    #: independent `logits` for each choice, or an `lstm` over the choices in order
    controller: Literal["logits", "lstm"] = "logits"
    #: of plain gradient ascent (`logits`, default 0.1) or Adam (`lstm`, default 0.002)
    learning_rate: float | None = Field(default=None, gt=0)
    #: of the moving average of rewards
    momentum: float = Field(default=0.9, ge=0, lt=1)
    #: whether advantages are divided by their moving deviation, so that the unit of the
    #: metric does not matter; otherwise they are differences of the metric itself
    standardise: bool = True
    #: units of the LSTM
    units: int = Field(default=32, ge=1)


class Reinforce(Sampler[G]):
    """The sampler; see the module's docstring.

    A result moves the policy as it is when the result comes. Draws that are no genome,
    or were asked before, are drawn again and move nothing.
    """

    def __init__(self, settings: ReinforceSettings, archive: Archive[G]) -> None:
        self._settings = settings
        self._archive = archive
        self._codes = ChoiceCodes(archive.whole)
        self._controller: Controller
        rate = settings.learning_rate
        if settings.controller == "logits":
            self._controller = Logits(self._codes.sizes, 0.1 if rate is None else rate)
        else:
            self._controller = LSTMController(
                self._codes.sizes,
                settings.units,
                0.002 if rate is None else rate,
                archive.rng,
            )
        #: moving averages of the reward and of the squared advantage, not corrected for
        #: their start at 0, and rewards so far
        self._average = 0.0
        self._spread = 0.0
        self._count = 0
        #: the latest results, to rank one of several objectives
        self._latest: deque[Gains] = deque(maxlen=WINDOW)

    def suggest(self) -> Suggestion[G]:
        """What the policy draws."""
        codes = self._codes
        for _ in range(self._settings.tries):
            draw = self._controller.drawing(self._archive.rng)
            try:
                genome = codes.build(lambda place: draw(place, codes.allowed(place)))  # noqa: B023 (called before the next draw)
            except ArchitectureError:
                self._archive.proposer.rejected["no genome"] += 1
                continue
            return Suggestion(genome, {"from": "policy"})
        return Suggestion(self._archive.draw(), {"from": "draw"})

    def learn(self, result: Result[G], record: Record) -> None:
        """Move the policy."""
        reward = self._reward(result.gains)
        if reward is None:
            return
        advantage = self._advantage(reward)
        if advantage:
            self._controller.move(self._codes.encode(result.genome), advantage)

    def _reward(self, gains: Gains) -> float | None:
        """The one objective, or the rank among the latest; None: nothing to go by."""
        self._latest.append(gains)
        if all(one is None for one in self._latest):
            return None
        return self._archive.fitness(list(self._latest))[-1]

    def _advantage(self, reward: float) -> float:
        """Reward less the average of those before it; the first one has none."""
        momentum = self._settings.momentum
        before = 1 - momentum**self._count
        advantage = reward - self._average / before if self._count else 0.0
        self._count += 1
        self._average = momentum * self._average + (1 - momentum) * reward
        self._spread = momentum * self._spread + (1 - momentum) * advantage**2
        if not self._settings.standardise:
            return advantage
        # The first advantage is 0 by definition and no measure of the spread.
        seen = 1 - momentum ** (self._count - 1)
        deviation = (self._spread / seen) ** 0.5 if seen else 0.0
        return advantage / deviation if deviation else 0.0

    def narrowed(self) -> None:
        """Draw only what is left; what was learned stays."""
        self._codes.narrow(self._archive.genomes)

    def progress(self) -> dict[str, float]:
        """How sure the policy is: the mean over choices of the largest probability."""
        return {"certainty": self._controller.certainty()}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "controller": self._controller.state(),
            "average": self._average,
            "spread": self._spread,
            "count": self._count,
            "latest": [None if one is None else list(one) for one in self._latest],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._controller.restore(state["controller"])
        self._average = state["average"]
        self._spread = state["spread"]
        self._count = state["count"]
        self._latest.clear()
        self._latest.extend(
            None if one is None else tuple(one) for one in state["latest"]
        )
