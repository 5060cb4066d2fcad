"""A run that an advisor takes part in, as commands read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evonas.build import Reading, read_run, resolve
from evonas.build.advice import genomes_of
from evonas.errors import ConfigError, InputError
from evonas.population import Objective
from evonas.space import ConstraintSet
from evonas.storage import Journal, RunDirectory
from minibench.advice import Knowledge, read_knowledge
from minibench.places import Whole


@dataclass(frozen=True)
class Present:
    """What a search draws from now.

    Attributes:
        constraints: the set.
        held: whether a person has the last word on it.
    """

    constraints: ConstraintSet
    held: bool


@dataclass(frozen=True)
class AdvisedRun:
    """A run with its knowledge.

    Attributes:
        directory: of it.
        reading: settings, state and who works on it.
        knowledge: of its advisor.
    """

    directory: RunDirectory
    reading: Reading
    knowledge: Knowledge

    @classmethod
    def open(cls, path: Path) -> AdvisedRun:
        """Read a run.

        Args:
            path: of its directory.

        Raises:
            InputError: there is none, nobody advises it, or a file is damaged.
        """
        directory = RunDirectory.open(path)
        reading = read_run(directory)
        if not reading.config.constraints.given:
            raise ConfigError(
                f"{path}: expected a search with a `constraints` section, got one "
                "without: nothing narrows its space; docs/minibench.md tells how"
            )
        if reading.config.islands.whole:
            raise ConfigError(
                f"{path}: expected one population, got a search of "
                f"{reading.config.islands.count} islands, each of which is advised by "
                f"itself; name one: {directory.island(0).root}"
            )
        knowledge = read_knowledge(directory.root)
        if knowledge is None:
            raise ConfigError(
                f"{path}: expected what the advisor knew at the start, got a run that "
                f"ended before that; `evonas resume {path}` begins it"
            )
        return cls(directory, reading, knowledge)

    @property
    def objective(self) -> Objective:
        """That the search selects by first."""
        return self.reading.state.incumbents.objectives[0]

    @property
    def finished(self) -> bool:
        """Whether the search is over, so that nothing is drawn any more."""
        result = self.directory.read_result()
        return result is not None and result["status"] == "finished"

    def whole(self) -> Whole | None:
        """What could be drawn without constraints; None: its table is not there."""
        config = self.reading.config
        if config.task.table is None:
            return Whole.of_section(config.space)
        try:
            genomes = genomes_of(resolve(config))
        except InputError:
            return None
        return None if genomes is None else Whole.of_choices(genomes.choices)

    def present(self) -> Present | None:
        """The set of now; None: there is none yet."""
        found, held = None, False
        for event in Journal.read(self.directory.journal):
            if event.name not in ("constrained", "edited"):
                continue
            made = event.data["constraints"]
            found = found if made is None else made
            if event.name == "edited":
                held = bool(event.data["note"]["hold"])
        if found is None:
            return None
        return Present(ConstraintSet.from_json(found), held)

    def check(self, constraints: ConstraintSet) -> None:
        """Complain about a set that leaves nothing to draw.

        Raises:
            InputError: it does, or the table that says so is not there.
        """
        config = self.reading.config
        if config.task.table is None:
            Whole.of_section(config.space).check(constraints)
            return
        genomes = genomes_of(resolve(config))
        assert genomes is not None
        genomes.narrowed(constraints)
