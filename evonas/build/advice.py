"""The advisor of a search, of its config's `constraints` section.

Nothing of databases is imported where the section is empty.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evonas.advice import Advisor, Revision
from evonas.build.resolve import Resolved
from evonas.candidate import Candidate
from evonas.config import Config
from evonas.errors import ConfigError, DatabaseError, EvonasWarning, InputError
from evonas.genome import GenomeSpace, NetworkGenomes
from evonas.storage import RunDirectory

if TYPE_CHECKING:
    from minibench.advice import Knowledge, Wanted
    from minibench.classifier import Classifiers
    from minibench.database import Database

#: the database that comes along
SHIPPED = "shipped"
#: candidates of a generation, where the strategy has none of a fixed size
GENERATION = 20
#: a person's edit of a run's constraint set, until it is taken in
EDITED = "constraints.yaml"
#: the same when it was
TAKEN = "constraints-taken.yaml"
#: the same when nothing can be drawn from it
REFUSED = "constraints-refused.yaml"


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
    found = None
    if directory is not None:
        from minibench.advice import read_knowledge

        found = read_knowledge(directory.root)
    if found is None:
        found = _remembered(resolved)
        if directory is not None:
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


#: settings and state of the files that were read → what was gathered of them
_KNOWN: OrderedDict[str, Knowledge] = OrderedDict()
_MOST_KNOWN = 32


def _remembered(resolved: Resolved) -> Knowledge:
    """Gathered once a process, however many seeds are searched with it."""
    data = {**resolved.config.to_json(), "seed": 0, "out": None}
    section = resolved.config.constraints
    files = [section.database, section.set, section.classifier]
    key = json.dumps([data, [_state(one) for one in files]], sort_keys=True)
    found = _KNOWN.get(key)
    if found is None or "://" in (section.database or ""):
        found = _KNOWN[key] = _gathered(resolved)
        if len(_KNOWN) > _MOST_KNOWN:
            _KNOWN.popitem(last=False)
    return found


def _state(path: str | None) -> list[int] | None:
    """Tells whether a file was changed; None: there is none."""
    try:
        found = None if path is None else Path(path).stat()
    except OSError:
        return None
    return None if found is None else [found.st_mtime_ns, found.st_size]


def _gathered(resolved: Resolved) -> Knowledge:
    from minibench.advice import Knowledge, gather, given_set

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
        with _opened(section.database) as database, database.reading() as reader:
            known = reader.problems().get(wanted.task.key)
            if known is not None:
                wanted = wanted.of(known)
            genomes = genomes_of(resolved)
            found = gather(reader, wanted, genomes, _distance(resolved, genomes))
    except DatabaseError as error:
        raise DatabaseError(f"{where}constraints.database: {error}") from error
    return found if given is None else found.with_set(given)


def _distance(
    resolved: Resolved, genomes: GenomeSpace[Any] | None
) -> Callable[[Candidate], float | None]:
    """How far a network is from what the space makes of it; None: nothing that fits."""
    space = genomes or NetworkGenomes(
        resolved.space, resolved.task.input_shape, resolved.task.outputs
    )

    def distance(candidate: Candidate) -> float | None:
        found = space.translate(candidate)
        if found is None or space.refusal(space.decode(found.genome)):
            return None
        return found.distance

    return distance


@contextmanager
def _opened(where: str) -> Iterator[Database]:
    """The database, or one made for now of the records that come along."""
    from minibench.database import Database

    if where != SHIPPED:
        with Database.open(where) as database:
            yield database
        return
    from minibench.shipped import RECORDS
    from minibench.text_form import read_text

    with tempfile.TemporaryDirectory() as folder:
        made, _ = Database.create(Path(folder) / "shipped.sqlite")
        with made:
            made.add(read_text(RECORDS, {}))
            yield made


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
        resolved: the settings, by whose space an edit is checked.
    """

    def __init__(self, directory: Path, resolved: Resolved) -> None:
        self._path = directory / EDITED
        self._resolved = resolved

    @contextmanager
    def waiting(self) -> Iterator[Revision | None]:
        """The edit that waits, if one does; once this is left it waits no more.

        One that cannot be read, or used, is put aside with a warning.
        """
        if not self._path.exists():
            yield None
            return
        from minibench.advice import read_edit

        try:
            edit = read_edit(self._path)
            self._check(edit)
        except InputError as error:
            self._refuse(error)
            yield None
            return
        try:
            yield edit
        except ConfigError as error:
            self._refuse(error)
            return
        self._path.replace(self._path.with_name(TAKEN))

    def _check(self, edit: Revision) -> None:
        """Complain about a set that leaves nothing, before the journal has it."""
        if edit.constraints is None:
            return
        genomes = genomes_of(self._resolved)
        if genomes is None:
            edit.constraints.apply(self._resolved.space)
        else:
            genomes.narrowed(edit.constraints)

    def _refuse(self, error: InputError) -> None:
        self._path.replace(self._path.with_name(REFUSED))
        warnings.warn(
            f"{error}. The search goes on as before; the file is {REFUSED} now",
            EvonasWarning,
            stacklevel=2,
        )
