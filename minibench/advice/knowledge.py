"""What an advisor knows when a search begins, as a file beside the run's journal.

It is gathered from the database once. From then on a run depends on no database: one
that changes, or is gone, changes nothing of a run that is resumed.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from evonas.candidate import Candidate
from evonas.errors import RunDirectoryError
from evonas.genome import Seed
from evonas.space import ConstraintSet
from evonas.space.constraints import OUTSIDE, Mode
from evonas.storage.files import replace_file
from minibench.advice.judging import Known
from minibench.advice.profiles import Profiles
from minibench.class_sets import ClassSets
from minibench.classifier import Classifiers
from minibench.constraints import USUAL, Thresholds

#: of the file
FORMAT = 1
#: of it in a run directory
NAME = "knowledge.json"


@dataclass(frozen=True)
class AdviceSettings:
    """How an advisor goes about it.

    Attributes:
        mode: of the constraint set: `hard`, `soft` or `off`.
        outside: mode `soft`: chance of a draw from the whole space.
        accept: share of the candidates that is let through as the most promising; 1:
            all of them.
        audit: share of refused candidates that are evaluated all the same.
        every: generations from one reclassification to the next.
        generation: candidates of one; where a strategy has none, its population.
        thresholds: of the merge.
    """

    mode: Mode = "soft"
    outside: float = OUTSIDE
    accept: float = 0.1
    audit: float = 0.02
    every: int = 5
    generation: int = 1
    thresholds: Thresholds = USUAL

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AdviceSettings:
        """The inverse of `to_json`."""
        return cls(**{**data, "thresholds": Thresholds(**data["thresholds"])})


@dataclass(frozen=True)
class Source:
    """A problem of the database that counts.

    Attributes:
        sets: what its best networks use; it has the problem's key.
        weight: how much the problem counts at the start; all of them sum to 1.
        why: that weight, in words.
    """

    sets: ClassSets
    weight: float
    why: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {"sets": self.sets.to_json(), "weight": self.weight, "why": self.why}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Source:
        """The inverse of `to_json`."""
        return cls(ClassSets.from_json(data["sets"]), data["weight"], data["why"])


@dataclass(frozen=True)
class Knowledge:
    """What an advisor knows at the start.

    Attributes:
        task: key of the problem that is searched.
        settings: of the advisor.
        sources: problems that count; none where a set was given instead.
        classifiers: judge candidates; None: nothing does.
        unjudged: why candidates are not judged; "" where they are.
        seeds: networks to begin with.
        topology: whose graph stays as it is; None: everything varies.
        given: a person's constraint set, instead of one of the sources.
    """

    task: str
    settings: AdviceSettings
    sources: tuple[Source, ...] = ()
    classifiers: Classifiers | None = None
    unjudged: str = ""
    seeds: tuple[Seed, ...] = ()
    topology: Candidate | None = None
    given: ConstraintSet | None = None
    #: what this process has found out about candidates, whoever has asked
    remembered: tuple[OrderedDict[str, Known], Profiles] = field(
        default_factory=lambda: (OrderedDict(), Profiles()), compare=False, repr=False
    )

    @property
    def weights(self) -> dict[str, float]:
        """Key of a problem → how much it counts at the start."""
        return {one.sets.problem: one.weight for one in self.sources}

    def with_set(self, given: ConstraintSet) -> Knowledge:
        """The same with a person's constraint set."""
        return replace(self, given=given)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        judged, topology, given = self.classifiers, self.topology, self.given
        return {
            "format": FORMAT,
            "task": self.task,
            "settings": self.settings.to_json(),
            "sources": [one.to_json() for one in self.sources],
            "classifiers": None if judged is None else judged.to_json(),
            "unjudged": self.unjudged,
            "seeds": [one.to_json() for one in self.seeds],
            "topology": None if topology is None else topology.to_json(),
            "given": None if given is None else given.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Knowledge:
        """The inverse of `to_json`."""
        judged, topology = data["classifiers"], data["topology"]
        given = data["given"]
        return cls(
            data["task"],
            AdviceSettings.from_json(data["settings"]),
            tuple(Source.from_json(one) for one in data["sources"]),
            None if judged is None else Classifiers.from_json(judged, "classifiers"),
            data["unjudged"],
            tuple(Seed.from_json(one) for one in data["seeds"]),
            None if topology is None else Candidate.from_json(topology),
            None if given is None else ConstraintSet.from_json(given),
        )

    def write(self, directory: Path) -> None:
        """Write `knowledge.json` into a run directory, whole or not at all.

        Args:
            directory: of the run.
        """
        text = json.dumps(self.to_json(), allow_nan=False)
        replace_file(directory / NAME, text.encode())


def read_knowledge(directory: Path) -> Knowledge | None:
    """The knowledge of a run; None: it has none.

    Args:
        directory: of the run.

    Raises:
        RunDirectoryError: the file is damaged or of another version.
    """
    path = directory / NAME
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != FORMAT:
            raise RunDirectoryError(
                f"{path}: expected format {FORMAT}, got {data['format']!r}; resume the "
                "run with the version of evonas that has begun it"
            )
        return Knowledge.from_json(data)
    except FileNotFoundError:
        return None
    except RunDirectoryError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunDirectoryError(
            f"{path}: expected what the advisor of the run knew at its start, got "
            f"{type(error).__name__}: {error}; restore the file from a copy"
        ) from error
