"""Classifiers: whose best a network resembles, and whether it is as good."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.architecture import Architecture, Shape
from evonas.architecture.wording import shown
from evonas.encoding import Encoding
from evonas.errors import ConfigError, DataError
from minibench import strict
from minibench.canonical import ID_DIGITS
from minibench.classifier.kinds import KINDS, Classifier
from minibench.classifier.samples import BACKGROUND, BEST
from minibench.files import write_file
from minibench.problems import check_key

#: of the file
FORMAT = 1
#: tells the file from others
KIND = "minibench classifier"

_KEYS = (
    "format",
    "kind",
    "model",
    "encoding",
    "records",
    "problems",
    "best",
    "left_out",
    "with",
)
_ENCODING = ("folding", "rounds", "statistics", "hidden")
_RECORDS = ("digest", "count")
_DIGEST = re.compile(f"[0-9a-f]{{{ID_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What classifiers say of a network.

    Attributes:
        problems: key → probability that a network like this is among that problem's
            best rather than another one's; sum 1.
        best: key → probability that, on that problem, it would be among the best and
            not in the background.
        unseen: share of its groups that no network of the database has; the more, the
            less the rest says.
    """

    problems: Mapping[str, float]
    best: Mapping[str, float]
    unseen: float

    @property
    def relevant(self) -> float | None:
        """Probability of being among the best, weighted by the problems.

        Problems without a classifier of their best do not count; None: none has one.
        """
        weight = sum(self.problems[key] for key in self.best)
        if not weight:
            return None
        return sum(self.problems[key] * p for key, p in self.best.items()) / weight


@dataclass(frozen=True)
class Classifiers:
    """What was fitted on a database: one classifier of problems, one of each's best.

    Attributes:
        encoding: of networks; all classifiers are of one kind and read the same.
        problems: tells the best networks of the problems apart.
        best: key of a problem → tells its best networks from its background.
        digest: of the ids of the records that they were fitted on.
        count: of these records.
        left_out: key of a problem → why one of both could not be fitted.
        versions: program → version that has fitted them.
    """

    encoding: Encoding
    problems: Classifier
    best: Mapping[str, Classifier]
    digest: str
    count: int
    left_out: Mapping[str, str]
    versions: Mapping[str, str]

    def judge(self, architecture: Architecture, shape: Shape) -> Judgement:
        """What they say of a network.

        Args:
            architecture: of the network.
            shape: of one sample of its task, channels first.

        Raises:
            ArchitectureError: the network cannot be built for this shape.
        """
        return self.judge_encoded(
            self.problems.encode(self.encoding, architecture, shape)
        )

    def judge_encoded(self, network: Any) -> Judgement:
        """What they say of a network that is encoded already.

        Args:
            network: by `problems.encode`, with `encoding`.
        """
        return Judgement(
            self.problems.probabilities(network),
            {key: one.probabilities(network)[BEST] for key, one in self.best.items()},
            self.problems.unseen(network),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "format": FORMAT,
            "kind": KIND,
            "model": self.problems.name,
            "encoding": self.encoding.to_json(),
            "records": {"digest": self.digest, "count": self.count},
            "problems": self.problems.to_json(),
            "best": {key: one.to_json() for key, one in self.best.items()},
            "left_out": dict(self.left_out),
            "with": dict(self.versions),
        }

    @classmethod
    def from_json(cls, data: Any, place: str = "classifier") -> Classifiers:
        """The inverse of `to_json`; DataError for anything else.

        Args:
            data: JSON values from anywhere.
            place: of them, for messages.
        """
        fields = strict.Fields(data, place, _KEYS)
        _check_format(fields)
        own = strict.Fields(fields.raw("records"), f"{place}: records", _RECORDS)
        digest = own.text("digest")
        if not _DIGEST.fullmatch(digest):
            raise DataError(
                f"{own.place}: digest: expected {ID_DIGITS} hex digits, got "
                f"{shown(digest)}"
            )
        model = KINDS.get(fields.text("model"))
        if model is None:
            raise DataError(
                f"{place}: model: expected one of {', '.join(KINDS)}, got "
                f"{shown(fields.raw('model'))}"
            )
        problems = model.from_json(fields.raw("problems"), f"{place}: problems")
        for key in problems.classes:
            check_key(key, f"{place}: problems: model: classes")
        best = {
            key: _read_best(model, one, f"{place}: best: {key}")
            for key, one in _by_key(fields, "best").items()
        }
        strangers = sorted(best.keys() - set(problems.classes))
        if strangers:
            raise DataError(
                f"{place}: best: expected problems that are among the classes, got "
                f"{strangers[0]}"
            )
        left_out = {
            key: strict.text(one, f"{place}: left_out: {key}")
            for key, one in _by_key(fields, "left_out").items()
        }
        versions = strict.plain(fields.raw("with"), f"{place}: with", 1)
        if not isinstance(versions, dict) or not all(
            isinstance(one, str) for one in versions.values()
        ):
            raise DataError(
                f"{place}: with: expected an object of programs and versions, got "
                f"{shown(versions)}"
            )
        return cls(
            _read_encoding(fields.raw("encoding"), f"{place}: encoding"),
            problems,
            best,
            digest,
            own.whole("count"),
            left_out,
            versions,
        )

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Args:
            path: is replaced if it is there.

        Raises:
            DataError: it cannot be written, or would be too large to be read.
        """
        text = json.dumps(self.to_json(), allow_nan=False, ensure_ascii=False)
        data = f"{text}\n".encode()
        if len(data) > strict.MAX_BYTES:
            raise DataError(
                f"{path}: expected a classifier of at most {strict.MAX_BYTES:,} bytes, "
                f"got {len(data):,}; take fewer problems, or fewer rounds"
            )
        write_file(path, data, "classifier")

    @classmethod
    def read(cls, path: Path) -> Classifiers:
        """Read a file that `write` has written.

        Args:
            path: of it.

        Raises:
            InputError: there is none, or something else is in it.
        """
        try:
            data = strict.read(path)
        except OSError as error:
            raise ConfigError(
                f"{path}: expected a classifier, got: {error.strerror or error}; "
                "`minibench train` makes one of a database"
            ) from error
        return cls.from_json(strict.parse(data, str(path)), str(path))


def _check_format(fields: strict.Fields) -> None:
    kind = fields.raw("kind") if fields.has("kind") else None
    if kind != KIND:
        raise DataError(
            f"{fields.place}: kind: expected {KIND!r}, as `minibench train` writes it, "
            f"got {shown(kind)}"
        )
    found = fields.raw("format")
    if type(found) is not int or found != FORMAT:
        raise DataError(
            f"{fields.place}: format: expected {FORMAT}, got {shown(found)}; it is "
            "from another version of minibench: make it again with `minibench train`"
        )


def _by_key(fields: strict.Fields, name: str) -> Mapping[str, Any]:
    """An object whose keys are problems."""
    found, place = fields.raw(name), f"{fields.place}: {name}"
    if not isinstance(found, Mapping):
        raise DataError(f"{place}: expected an object, got {shown(found)}")
    for key in found:
        check_key(key, place)
    return found


def _read_best(model: type[Classifier], data: Any, place: str) -> Classifier:
    found = model.from_json(data, place)
    if set(found.classes) != {BEST, BACKGROUND}:
        raise DataError(
            f"{place}: classes: expected {BACKGROUND} and {BEST}, got "
            f"{', '.join(map(shown, found.classes))}"
        )
    return found


def _read_encoding(data: Any, place: str) -> Encoding:
    fields = strict.Fields(data, place, _ENCODING)
    statistics = fields.raw("statistics")
    if type(statistics) is not bool:
        raise DataError(
            f"{place}: statistics: expected true or false, got {shown(statistics)}"
        )
    hidden = [
        strict.text(one, f"{place}: hidden[{at}]", 200)
        for at, one in enumerate(fields.items("hidden", 1_000))
    ]
    try:
        return Encoding(
            fields.whole("folding"), fields.whole("rounds"), statistics, tuple(hidden)
        )
    except ConfigError as error:
        raise DataError(f"{place}: {error}") from None
