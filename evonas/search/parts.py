"""The parts that CoDeepNEAT evolves, whatever they are parts of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from evonas.advice import ACCEPTED, Stage, Verdict
from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.errors import SpaceExhaustedError
from evonas.population import Breeder
from evonas.search.proposals import REFUSALS
from evonas.space import ConstraintSet


class Module(Protocol):
    """What the coevolution knows of a module."""

    @property
    def genome_id(self) -> int:
        """Unique within the run, among blueprints too."""

    @property
    def parents(self) -> tuple[int, ...]:
        """Genome ids; none for one that was drawn."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""


class Blueprint(Module, Protocol):
    """What the coevolution knows of a blueprint."""

    @property
    def species(self) -> frozenset[int]:
        """The module species that it names."""


#: a name that no module species ever has
NO_SPECIES = 0

#: blueprint, and the module drawn for each species that it names
Parts = tuple[Any, Mapping[int, Any]]


class BlueprintBreeder(Breeder[Any], Protocol):
    """Operators of blueprints.

    `living` are the module species that mutation may point at; the coevolution sets it
    whenever they change.
    """

    living: Sequence[int]


S = TypeVar("S")
M = TypeVar("M")


class PartPool(ABC, Generic[S]):
    """Makes the parts of one kind; what all of a run share.

    Args:
        space: what may be drawn; narrowed during the run.
        rng: the strategy's one generator.
        judge: says of a module, at a stage, whether to go on with it.
    """

    def __init__(
        self,
        space: S,
        rng: np.random.Generator,
        judge: Callable[[Any, Stage], Verdict] = lambda _module, _stage: ACCEPTED,
    ) -> None:
        self.space = space
        self.rng = rng
        self._judge = judge
        #: rule → modules refused by it
        self.refused: Counter[str] = Counter()
        self._next_id = 1

    def judged(self, make: Callable[[], M], stage: Stage) -> M:
        """The first module that is not refused.

        Args:
            make: draws, mutates or joins another one at each call.
            stage: what it does.

        Raises:
            SpaceExhaustedError: the advisor refuses on and on.
        """
        for _ in range(REFUSALS):
            module = make()
            verdict = self._judge(module, stage)
            if verdict.accepted:
                return module
            self.refused[verdict.rule] += 1
        raise SpaceExhaustedError(
            f"codeepneat: expected a module that the advisor accepts in {REFUSALS} "
            f"tries ({stage}), got refusals by {', '.join(sorted(self.refused))}"
        )

    def new_id(self) -> int:
        """A genome id never used before in this run."""
        self._next_id += 1
        return self._next_id - 1

    @abstractmethod
    def module(self, *, minimal: bool) -> Any:
        """A new module: as small as can be, or of any size."""

    @abstractmethod
    def blueprint(self, species: Sequence[int], *, minimal: bool) -> Any:
        """A new blueprint that points at some of the given module species."""

    @abstractmethod
    def module_breeder(self, rates: Any) -> Breeder[Any]:
        """The operators of modules, with these mutation rates."""

    @abstractmethod
    def blueprint_breeder(self, rates: Any) -> BlueprintBreeder:
        """The operators of blueprints, with these mutation rates."""

    @abstractmethod
    def repoint(self, blueprint: Any, living: Sequence[int]) -> Any:
        """What names a vanished species names a living one at random.

        The blueprint itself where all of its species live. The id stays.
        """

    @abstractmethod
    def renamed(self, blueprint: Any, species: Mapping[int, int]) -> Any:
        """The blueprint with other names for module species.

        Args:
            blueprint: any.
            species: old name → new one; what is not in it gets the name of none.
        """

    @abstractmethod
    def parts_of(
        self, candidate: Candidate, input_shape: Shape, outputs: int
    ) -> Parts | None:
        """Parts that stand for a candidate from elsewhere, or for the nearest.

        Their ids are 0, and the blueprint has names of its own for the modules.

        Args:
            candidate: of any origin.
            input_shape: of one sample here.
            outputs: units of the head here.

        Returns:
            None where the space has nothing like it.
        """

    @abstractmethod
    def narrow(self, constraints: ConstraintSet) -> None:
        """Let `space` be the part of the search's space that the set allows.

        Raises:
            ConfigError: nothing would be left; `space` stays as it is.
        """

    @abstractmethod
    def conform_module(self, module: Any) -> Any:
        """The module with what lies outside `space` drawn anew; itself if nothing."""

    @abstractmethod
    def conform_blueprint(self, blueprint: Any) -> Any:
        """The blueprint with what lies outside `space` drawn anew, or itself."""

    @abstractmethod
    def module_from_json(self, data: Mapping[str, Any]) -> Any:
        """The inverse of a module's `to_json`."""

    @abstractmethod
    def blueprint_from_json(self, data: Mapping[str, Any]) -> Any:
        """The inverse of a blueprint's `to_json`."""

    def passport(self, parts: Parts) -> dict[str, Any]:
        """Plain JSON from which `naturalised` takes parts into another run's pool."""
        blueprint, modules = parts
        return {
            "blueprint": blueprint.to_json(),
            "modules": [[name, modules[name].to_json()] for name in sorted(modules)],
        }

    def naturalised(self, passport: Mapping[str, Any]) -> Parts:
        """Parts of another run's pool, with ids of this one and without parents.

        The blueprint names the module species as it did there.

        Args:
            passport: as `passport` of a pool of equal settings gave it.
        """
        modules = {
            name: self._new(self.module_from_json(data))
            for name, data in passport["modules"]
        }
        return self._new(self.blueprint_from_json(passport["blueprint"])), modules

    def _new(self, genome: Any) -> Any:
        return replace(genome, genome_id=self.new_id(), parents=())

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on; without space and generator."""
        return {"next_id": self._next_id, "refused": dict(self.refused)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self._next_id = state["next_id"]
        # Snapshots of earlier versions have none.
        self.refused = Counter(state.get("refused", {}))
