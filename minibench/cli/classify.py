"""`minibench classify`: what classifiers say of a network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from evonas.architecture import Architecture, Shape
from evonas.build import choose, read_run, resolve
from evonas.candidate import Recipe
from evonas.errors import ConfigError
from evonas.storage import RunDirectory
from minibench.classifier import Classifiers, Decision, Judgement, Threshold
from minibench.cli.options import DEFAULT_DB, Db, Json, answer, console
from minibench.cli.sources import architecture_of
from minibench.cli.train import DEFAULT_FILE
from minibench.database import Database

EXAMPLES = """\
Examples:

minibench classify 5f0c2ab1

minibench classify runs/first --classifier without.json

minibench classify my_network/architecture.json --shape 1,28,28 --json
"""

#: what `evonas export` calls the network in its folder
_EXPORTED = "architecture.json"


def classify(
    what: Annotated[
        str,
        typer.Argument(
            help="Beginning of a record's id, directory of a run (its best network), "
            "folder of an export, or a file with an architecture.",
            metavar="ID|RUN|FILE",
        ),
    ],
    classifier: Annotated[
        Path, typer.Option(help="File that `minibench train` has written.")
    ] = DEFAULT_FILE,
    identifier: Annotated[
        int | None,
        typer.Option(
            "--id", help="Another network of the run, by its number.", metavar="ID"
        ),
    ] = None,
    shape: Annotated[
        str | None,
        typer.Option(
            help="Of one sample, channels first: 1,28,28. Default: that of the record, "
            "or of the run's data; a file needs it.",
            metavar="SIDES",
        ),
    ] = None,
    problem: Annotated[
        str | None,
        typer.Option(
            help="Problem of the database whose samples the network reads, instead of "
            "--shape.",
            metavar="NAME",
        ),
    ] = None,
    db: Db = DEFAULT_DB,
    json: Json = False,
) -> None:
    """Say whose best networks a network resembles, and whether it is as good.

    The second is a probability for each problem, weighted by the first in the end. A
    network of which little was ever seen gets no sure answer.
    """
    classifiers = Classifiers.read(classifier)
    given = None if shape is None else _shape(shape)
    if problem is not None:
        if given is not None:
            raise ConfigError("--shape: expected it or --problem, got both")
        with Database.open(db) as database, database.reading() as reader:
            given = reader.problem(problem).input_shape
    network = _network(what, identifier, given, db)
    asked = (network.architecture, network.shape, network.recipe)
    found = classifiers.judge(*asked)
    decision = classifiers.decide(found)
    nearest = classifiers.nearest(*asked)
    if json:
        answer(
            {
                "network": network.name,
                "fingerprint": network.architecture.fingerprint(),
                "shape": list(network.shape),
                "problems": dict(found.problems),
                "best": dict(found.best),
                "relevant": found.relevant,
                "unseen": found.unseen,
                "recipe": None if network.recipe is None else network.recipe.to_json(),
                "accepted": decision.accepted,
                "confidence": decision.confidence,
                "nearest": None
                if nearest is None
                else {
                    "record": nearest.record,
                    "problem": nearest.problem,
                    "similarity": nearest.similarity,
                },
                "classifier": {
                    "file": str(classifier),
                    "digest": classifiers.digest,
                    "records": classifiers.count,
                },
            }
        )
        return
    console().print(_table(network.name, found))
    if found.relevant is not None:
        console().print(
            f"among the best, weighted by resemblance: {found.relevant:.3f}"
            + _against(classifiers.threshold, decision),
            soft_wrap=True,
        )
    if nearest is not None:
        console().print(
            f"most like record {nearest.record[:10]} of {nearest.problem} (cosine "
            f"{nearest.similarity:.3f})",
            soft_wrap=True,
        )
    if network.recipe is None:
        console().print("its recipe is not known and says nothing")
    console().print(
        f"{found.unseen:.0%} of the network's groups are in no network of the "
        f"{classifiers.count:,} records"
    )


@dataclass(frozen=True, slots=True)
class _Network:
    """What is asked about.

    Attributes:
        name: for people.
        architecture: of it.
        shape: of one sample.
        recipe: that it is trained by; None: not known.
    """

    name: str
    architecture: Architecture
    shape: Shape
    recipe: Recipe | None


def _network(
    what: str, identifier: int | None, shape: Shape | None, db: str
) -> _Network:
    path = Path(what)
    is_run = path.is_dir() and not (path / _EXPORTED).exists()
    if identifier is not None and not is_run:
        raise ConfigError(
            f"--id: expected the directory of a run with it, got {what}; leave it out"
        )
    if is_run:
        return _of_run(path, identifier, shape)
    if path.exists():
        if path.is_dir():
            path /= _EXPORTED
        if shape is None:
            raise ConfigError(
                f"--shape: expected the shape of one sample, which {path} does not "
                "tell, got none; write --shape 1,28,28, or name a --problem of the "
                "database"
            )
        return _Network(str(path), architecture_of(path), shape, None)
    with Database.open(db) as database, database.reading() as reader:
        record = reader.record(what)
    return _Network(
        f"record {record.id[:10]} of {record.problem}",
        record.architecture,
        shape or record.input_shape,
        record.recipe,
    )


def _of_run(path: Path, identifier: int | None, shape: Shape | None) -> _Network:
    directory = RunDirectory.open(path)
    reading = read_run(directory)
    (chosen,) = choose(reading.state, directory, identifier)
    if shape is None:
        shape = resolve(reading.config).task.input_shape
    return _Network(
        f"#{chosen.record.request_id} of {path}",
        chosen.request.candidate.architecture,
        shape,
        chosen.request.candidate.recipe,
    )


def _against(threshold: Threshold | None, decision: Decision) -> str:
    """What that means for a search."""
    if threshold is None:
        return ""
    said = "accepted" if decision.accepted else "refused"
    said = f"; {said} by the threshold of {threshold.value:.3f}"
    return said if threshold.warranted else f"{said}, which is no better than chance"


def _shape(text: str) -> Shape:
    sides = re.split("[,x×]", text)
    if len(sides) <= 4 and all(re.fullmatch("[1-9][0-9]{0,8}", one) for one in sides):
        return tuple(map(int, sides))
    raise ConfigError(
        "--shape: expected one to four positive whole numbers, channels first, like "
        f"1,28,28, got {text!r}"
    )


def _table(name: str, found: Judgement) -> Table:
    table = Table(
        title=name,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    table.add_column("problem")
    table.add_column("resembles its best", justify="right")
    table.add_column("is among the best", justify="right")
    order = sorted(found.problems, key=lambda key: -found.problems[key])
    for key in order:
        good = found.best.get(key)
        table.add_row(
            Text(key),
            f"{found.problems[key]:.3f}",
            "–" if good is None else f"{good:.3f}",
        )
    return table
