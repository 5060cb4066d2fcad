"""The advisor of a search, of its config's `constraints` section.

Nothing of databases is imported where the section is empty.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evonas.advice import Advisor, Revision
from evonas.build.resolve import Resolved, resolve
from evonas.config import Config, config_from_json
from evonas.errors import ConfigError, DatabaseError, EvonasWarning, InputError
from evonas.genome import GenomeSpace
from evonas.storage import RunDirectory

if TYPE_CHECKING:
    from minibench.advice import Knowledge, Wanted
    from minibench.classifier import Classifiers

#: candidates of a generation, where the strategy has none of a fixed size
GENERATION = 20
#: a person's edit of a run's constraint set, until it is taken in
EDITED = "constraints.yaml"
#: the same when it was
TAKEN = "constraints-taken.yaml"


def find_knowledge(
    resolved: Resolved, directory: RunDirectory | None
) -> Knowledge | None:
    """What the advisor of a search knows; None: nobody advises.

    A run keeps what was known at its beginning.

    Args:
        resolved: the settings.
        directory: of the run; None: it has none.

    Raises:
        InputError: the database, the set or the classifier cannot be read or used.
    """
    if not resolved.config.constraints.given:
        return None
    if directory is None:
        data = resolved.config.to_json()
        return _remembered(json.dumps({**data, "seed": 0}, sort_keys=True))
    from minibench.advice import read_knowledge

    found = read_knowledge(directory.root)
    if found is None:
        found = _gathered(resolved)
        found.write(directory.root)
    return found


def make_advisor(resolved: Resolved, knowledge: Knowledge | None) -> Advisor | None:
    """The advisor in its first state; None: nobody advises.

    Args:
        resolved: the settings.
        knowledge: of the run.
    """
    if knowledge is None:
        return None
    from minibench.advice import DatabaseAdvisor

    return DatabaseAdvisor(
        knowledge,
        resolved.objectives,
        resolved.task.input_shape,
        resolved.config.seed,
        genomes_of(resolved),
    )


def genomes_of(resolved: Resolved) -> GenomeSpace[Any] | None:
    """The genomes of a table's cells; None: networks of layers are searched."""
    table = resolved.table
    return None if table is None else table.space(resolved.space.limits)


@lru_cache(maxsize=32)
def _remembered(settings: str) -> Knowledge:
    """Gathered once a process, however many seeds are searched with it."""
    return _gathered(resolve(config_from_json(json.loads(settings))))


def _gathered(resolved: Resolved) -> Knowledge:
    from minibench.advice import Knowledge, gather, given_set
    from minibench.database import Database

    config = resolved.config
    section = config.constraints
    wanted = _wanted(resolved)
    where = config.source.where(("constraints",))
    given = None
    if section.set is not None:
        try:
            given = given_set(section.set, section.mode, section.outside)
        except InputError as error:
            raise ConfigError(f"{where}constraints.set: {error}") from error
    if section.database is None:
        return Knowledge(
            wanted.task.key, wanted.settings, unjudged="no database", given=given
        )
    try:
        with Database.open(section.database) as database, database.reading() as reader:
            known = reader.problems().get(wanted.task.key)
            if known is not None:
                wanted = wanted.of(known)
            found = gather(reader, wanted, genomes_of(resolved))
    except DatabaseError as error:
        raise DatabaseError(f"{where}constraints.database: {error}") from error
    return found if given is None else found.with_set(given)


def _wanted(resolved: Resolved) -> Wanted:
    from evonas.build.problem import problem_of
    from minibench.advice import AdviceSettings, Wanted
    from minibench.reviews import State

    section = resolved.config.constraints
    return Wanted(
        problem_of(resolved),
        AdviceSettings(
            mode=section.mode,
            outside=section.outside,
            accept=section.accept,
            audit=section.audit,
            every=section.every,
            generation=_generation(resolved.config),
        ),
        problems=section.problems,
        leave_out=section.leave_out,
        leave_out_records=section.leave_out_records,
        states=tuple(State(one) for one in section.states),
        best=section.best,
        seeds=section.seeds,
        judged=section.classifier != "none",
        classifiers=_classifiers(resolved.config),
        false_rejection=section.false_rejection,
        held=section.vary == "hyperparameters",
    )


def _classifiers(config: Config) -> Classifiers | None:
    """Those of a file; None: they are fitted."""
    name = config.constraints.classifier
    if name in ("linear", "none"):
        return None
    from minibench.classifier import Classifiers

    try:
        return Classifiers.read(Path(name))
    except InputError as error:
        where = config.source.where(("constraints", "classifier"))
        raise ConfigError(f"{where}constraints.classifier: {error}") from error


def _generation(config: Config) -> int:
    settings = config.strategy.settings
    for name in ("networks", "population"):
        if isinstance(settings.get(name), int):
            return int(settings[name])
    return GENERATION


class Edits:
    """What a person makes of a running search's constraint set.

    Args:
        directory: of the run.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / EDITED

    @contextmanager
    def waiting(self) -> Iterator[Revision | None]:
        """The edit that waits, if one does; once this is left it waits no more."""
        if not self._path.exists():
            yield None
            return
        from minibench.advice import read_edit

        try:
            edit = read_edit(self._path)
        except InputError as error:
            self._path.replace(self._path.with_name("constraints-refused.yaml"))
            warnings.warn(
                f"{error}. The search goes on as before; the file is "
                "constraints-refused.yaml now",
                EvonasWarning,
                stacklevel=2,
            )
            yield None
            return
        yield edit
        self._path.replace(self._path.with_name(TAKEN))
