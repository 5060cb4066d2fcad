"""No search: candidates that a config names, each evaluated once, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from evonas.candidate import Candidate
from evonas.config import Settings
from evonas.errors import ArchitectureError, ConfigError
from evonas.evaluation import Record, Request
from evonas.genome import within_limits
from evonas.search.seeds import restore_generator, seed_of
from evonas.search.strategy import SearchStrategy, StrategyContext
from evonas.space import ConstraintSet


class GivenSettings(Settings):
    """Settings of the strategy `given`."""

    #: candidates in JSON form, as requests in a journal have them: `architecture` or
    #: `cell`, and `recipe`
    candidates: tuple[dict[str, Any], ...] = ()


class Given(SearchStrategy):
    """Asks for what is given and is done; a cell that a table has found, say.

    Raises:
        ConfigError: nothing is given, or a candidate is no network for the task.
    """

    def __init__(self, settings: GivenSettings, context: StrategyContext) -> None:
        if not settings.candidates:
            raise ConfigError(
                "strategy.candidates: expected one candidate or more, got none; "
                "`evonas train RUN --set task.name=…` fills them in"
            )
        self._context = context
        self._rng = np.random.default_rng(context.seed)
        self._candidates = [
            self._read(data, f"strategy.candidates[{place}]")
            for place, data in enumerate(settings.candidates)
        ]
        #: candidates that were passed, asked or known already
        self._next = 0
        self._count = 0
        self._seen: set[str] = set()

    def _read(self, data: Mapping[str, Any], at: str) -> Candidate:
        try:
            candidate = Candidate.from_json(data)
        except (ArchitectureError, ConfigError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{at}: expected the JSON form of a candidate, got "
                f"{type(error).__name__}: {error}"
            ) from None
        context = self._context
        wanted = f"samples of shape {context.input_shape} and {context.outputs} outputs"
        try:
            architecture = candidate.architecture
            shapes = architecture.shapes(context.input_shape)
            given = shapes[architecture.order()[-1]]
        except ArchitectureError as error:
            raise ConfigError(
                f"{at}: expected a network for {wanted}, got: {error}"
            ) from None
        if given != (context.outputs,):
            raise ConfigError(
                f"{at}: expected a network for {wanted}, got one whose output has the "
                f"shape {given}; take another task"
            )
        reason = within_limits(candidate, context.space, context.input_shape)
        if reason:
            raise ConfigError(f"{at}: {reason}")
        return candidate

    @property
    def done(self) -> bool:
        """When all were asked."""
        return self._next == len(self._candidates)

    def ask(self, count: int) -> list[Request]:
        """At most `count` of those that were not asked yet."""
        requests: list[Request] = []
        while len(requests) < count and not self.done:
            candidate = self._candidates[self._next]
            self._next += 1
            if candidate.key() in self._seen:
                continue
            self._seen.add(candidate.key())
            fidelity, seed = self._context.fidelity, seed_of(self._rng)
            requests.append(Request(self._count, candidate, fidelity, seed))
            self._count += 1
        return requests

    def tell(self, request: Request, record: Record) -> None:
        """Nothing to learn from."""

    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Never ask it."""
        self._seen.add(candidate.key())

    def constrain(self, constraints: ConstraintSet) -> None:
        """Nothing is drawn, so nothing changes."""

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "rng": self._rng.bit_generator.state,
            "next": self._next,
            "count": self._count,
            "seen": sorted(self._seen),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        restore_generator(self._rng, state["rng"])
        self._next, self._count = state["next"], state["count"]
        self._seen = set(state["seen"])
