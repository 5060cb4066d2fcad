"""What an importer is: a reader of one kind of source, and what it may be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, Literal, Protocol

from evonas.architecture import Architecture
from evonas.architecture.wording import shown
from evonas.errors import ConfigError, DataError
from minibench.problems import Problem
from minibench.records import BenchRecord

#: what an importer gives: a record, with the problem that it names
Found = tuple[Problem, BenchRecord]
#: told now and then: things of the source done, of how many; None: not known
Progress = Callable[[int, int | None], None]

#: what is taken as a source: a file; a package that is installed; an object handed over
#: from Python; nothing, since the importer holds it
Takes = Literal["file", "package", "object", "nothing"]


@dataclass(frozen=True)
class ImportOptions:
    """What an import may be told besides its source; every importer names those it has.

    Attributes:
        dataset: of the several that a table has.
        problems: that the records may be of.
        architecture: of every record that tells none of its own.
        recipe: fields of the recipe that the source does not tell; an empty mapping:
            they have evonas' defaults; None: nothing is known of them.
        epochs: of every training that does not tell its own.
        who: has measured.
        when: it was measured, as far as the source does not tell it.
        licence: of the data.
        ignore: names of hyper-parameters that are left out.
        curves: take over what was measured after every epoch; the database grows by
            about as many numbers.
        best: cells of a table that are taken, those with the best mean of the longest
            trainings; None: all.
        others: with `best`: further cells, drawn evenly and always the same.
    """

    dataset: str | None = None
    problems: tuple[Problem, ...] = ()
    architecture: Architecture | None = None
    recipe: Mapping[str, Any] | None = None
    epochs: float | None = None
    who: str | None = None
    when: str | None = None
    licence: str | None = None
    ignore: tuple[str, ...] = ()
    curves: bool = False
    best: int | None = None
    others: int | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of those that are not at their defaults."""
        return tuple(
            one.name for one in fields(self) if getattr(self, one.name) != one.default
        )


class Read(Protocol):
    """Reads a source, record by record."""

    def __call__(
        self, source: Any, options: ImportOptions, progress: Progress
    ) -> Iterator[Found]:
        """What the source holds.

        Args:
            source: of a kind that the importer takes; None for `package`, `nothing`.
            options: only such as the importer has.
            progress: is told how far it is.

        Raises:
            DataError: the source is none; with file and line, record or key.
        """
        ...  # pragma: no cover


@dataclass(frozen=True)
class Importer:
    """An importer as people choose it.

    Attributes:
        description: in a line.
        takes: kinds of sources.
        read: reads one.
        options: those of `ImportOptions` that it has, and what they are here.
        needs: those of them that must be given.
    """

    description: str
    takes: tuple[Takes, ...]
    read: Read
    options: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def check(self, name: str, options: ImportOptions) -> None:
        """Refuse options that it has not, and missing ones.

        Args:
            name: of the importer, for messages.
            options: given.

        Raises:
            ConfigError: naming the option.
        """
        for option in options.given:
            if option not in self.options:
                known = ", ".join(self.options) or "none"
                raise ConfigError(
                    f"import {name}: {option}: has no meaning for this source, whose "
                    f"options are: {known}; leave it out"
                )
        for option in self.needs:
            if option not in options.given:
                raise ConfigError(
                    f"import {name}: {option}: expected {self.options[option]}; got "
                    "none"
                )


#: what `best` and `others` are, for the importers of tables
PARTS: Mapping[str, str] = {
    "best": "how many cells are taken, the best first",
    "others": "how many further cells are drawn, beside `best`",
}


def known_dataset(option: str | None, known: Mapping[str, Any], place: str) -> str:
    """The data set that was chosen.

    Args:
        option: as given; None: the only one, where there is one.
        known: by name.
        place: of the option, for messages.

    Raises:
        ConfigError: there is no such data set.
    """
    if option is None and len(known) == 1:
        return next(iter(known))
    if option in known:
        return str(option)
    raise ConfigError(
        f"{place}: dataset: expected one of {', '.join(known)}, got {shown(option)}"
        f"{closest_hint(str(option), known)}"
    )


def closest_hint(name: str, known: Iterable[str]) -> str:
    """A hint for a name that was mistyped; empty where none is like it.

    Args:
        name: as given.
        known: names that there are.
    """
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def refuse_pickle(source: Any, words: str) -> None:
    """Complain about a path where an object is expected, a pickle's above all.

    Args:
        source: as given.
        words: how the object is made and handed over.

    Raises:
        DataError: it is a path.
    """
    if isinstance(source, str) or hasattr(source, "__fspath__"):
        raise DataError(
            f"{source}: expected an object from Python, got a path; the published "
            "files are pickles, which run code when they are read, so minibench never "
            f"opens one. {words}"
        )


class Pace:
    """Tells how far an import is, every so many things.

    Args:
        progress: is told.
        total: of all things; None: not known.
        every: so many things.
    """

    def __init__(
        self, progress: Progress, total: int | None, every: int = 1000
    ) -> None:
        self._progress = progress
        self._total = total
        self._every = every
        self._done = 0

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done % self._every == 0:
            self._progress(self._done, self._total)

    def end(self) -> None:
        """All are done."""
        self._progress(self._done, self._total)
