"""The interface of scheduling policies: who goes on, who is stopped, who is told."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evonas.search.schedulers.contender import Contender
from evonas.search.schedulers.scale import Shift


@dataclass(frozen=True)
class Verdict:
    """What follows from a candidate's arrival at a rung.

    Attributes:
        promoted: go on to the next rung.
        stopped: do not go on although they did not fail.
        told: the inner strategy is told their result, moved by so much.
        rivals: what audits are judged by from now on; None: nothing new.
    """

    promoted: Sequence[Contender] = ()
    stopped: Sequence[Contender] = ()
    told: Sequence[tuple[Contender, Shift]] = ()
    rivals: Sequence[tuple[float, ...]] | None = None


class Policy(ABC):
    """Decides about contenders; it neither asks nor tells."""

    @property
    @abstractmethod
    def room(self) -> int:
        """How many new candidates may begin now."""

    @property
    @abstractmethod
    def start(self) -> int:
        """The rung at which the next new candidate begins."""

    @abstractmethod
    def enter(self, contender: Contender) -> None:
        """A new candidate begins at `start`."""

    @abstractmethod
    def arrived(self, contender: Contender) -> Verdict:
        """A candidate's result at its rung is known."""

    @abstractmethod
    def close(self) -> Verdict | None:
        """Nothing is being trained and nobody new comes; None: nothing follows."""

    @abstractmethod
    def audited(self, contender: Contender) -> None:
        """A candidate that was just stopped is trained to the full fidelity."""

    @property
    @abstractmethod
    def held(self) -> Sequence[Contender]:
        """Candidates that it may still promote or have told."""

    @abstractmethod
    def promotable(self, contender: Contender) -> bool:
        """Whether its stored training may still be continued to the next rung."""

    @property
    @abstractmethod
    def rivals(self) -> Sequence[tuple[float, ...]]:
        """Values at the full fidelity that an audit that comes back now is held to.

        None of them: a verdict will tell.
        """

    @property
    @abstractmethod
    def mean_effort(self) -> float:
        """Epochs that a request adds on average, if every training is continued."""

    @abstractmethod
    def words(self) -> str:
        """The plan, for people."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""

    @abstractmethod
    def restore(
        self, state: Mapping[str, Any], contenders: Mapping[int, Contender]
    ) -> None:
        """Take over a state written by `state`."""
