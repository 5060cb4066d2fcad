"""What `evonas recommend` does: reads the data, asks the database, writes a config."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from evonas.build import Resolved, resolve
from evonas.build.characterisation import characterised
from evonas.build.problem import problem_of
from evonas.cli.recommendation import tell
from evonas.config import config_from_json, read_settings
from evonas.config.database import Trusted
from evonas.config.source import to_yaml
from evonas.errors import ConfigError
from evonas.genome import NetworkGenomes
from evonas.tasks import Task
from minibench.characterize import USUAL
from minibench.database import Database
from minibench.files import write_file
from minibench.nearest import NAME
from minibench.probenets import DCN_PROBE
from minibench.problems import Problem
from minibench.recommendation import Recommendation
from minibench.recommending import recommend
from minibench.reviews import State

#: endings of a config's file
CONFIGS = (".yaml", ".yml")
#: evaluations of the search that is proposed, where DATA is no config
EVALUATIONS = 100


@dataclass(frozen=True)
class Question:
    """What the user wants to know, as the command's options say."""

    data: str
    db: str
    probe: bool
    keep: bool
    states: tuple[Trusted, ...]
    leave_out: tuple[str, ...]
    size: str | None
    threads: int
    out: Path | None
    json: bool


@dataclass(frozen=True)
class _Data:
    """What the user does: data, or a config that names them.

    Attributes:
        settings: of a search on them.
        resolved: the same with everything opened.
    """

    settings: Mapping[str, Any]
    resolved: Resolved

    @property
    def task(self) -> Task:
        """With its samples."""
        assert isinstance(self.resolved.task, Task)
        return self.resolved.task


def answer(question: Question) -> None:
    """Print what a database has to say to data, and write a config.

    Args:
        question: of the user.

    Raises:
        InputError: the data or the database cannot be read or used.
    """
    known = _data(question.data, question.size)
    with Database.open(question.db) as database:
        with database.reading() as reader:
            task = reader.problems().get(_problem(known).key)
        task, told = _characterised(known, task, question)
        with database.reading() as reader:
            found = recommend(
                reader,
                task,
                NetworkGenomes(
                    known.resolved.space, known.task.input_shape, known.task.outputs
                ),
                tuple(State(one) for one in question.states) or (State.APPROVED,),
                question.leave_out,
            )
        if question.keep and told:
            with database.writing() as writer:
                writer.replace(task)
    proposed = _proposed(known, found, question)
    if question.out is not None:
        text = (
            f"# Recommended by `evonas recommend {question.data}`.\n{to_yaml(proposed)}"
        )
        write_file(question.out, text.encode(), "config")
    if question.json:
        told_all = {**found.to_json(), "config": proposed}
        print(json.dumps(told_all, indent=2, ensure_ascii=False, allow_nan=False))
        return
    tell(
        Console(highlight=False, width=_width()), found, kept=question.keep or not told
    )
    _next(question, found)


def _width() -> int | None:
    """As wide as the terminal; where there is none, as wide as it needs to be."""
    return None if Console().is_terminal else 160


def _data(data: str, size: str | None) -> _Data:
    path = Path(data)
    if path.suffix in CONFIGS:
        if size is not None:
            raise ConfigError("--size: expected data, got a config; `task.size` is it")
        settings, source = read_settings(path)
        resolved = resolve(config_from_json(settings, source))
    else:
        section = {"path": str(path.resolve())} if path.exists() else {"name": data}
        settings = {
            "task": {**section, **({} if size is None else {"size": size})},
            "strategy": {"name": "codeepneat"},
            "budget": {"evaluations": EVALUATIONS},
        }
        resolved = resolve(config_from_json(settings))
    if resolved.table is not None:
        raise ConfigError(
            f"{data}: expected data with samples, got a table of results, in which "
            "everything is known; search it"
        )
    return _Data(settings, resolved)


def _problem(known: _Data) -> Problem:
    return problem_of(known.resolved)


def _characterised(
    known: _Data, task: Problem | None, question: Question
) -> tuple[Problem, bool]:
    """The data as a problem with numbers, and whether any of them is new.

    What the database has is not made again.
    """
    problem = task or _problem(known)
    has = {one.name for one in problem.characterisation}
    if has and (NAME in has or not question.probe):
        return problem, False
    section = known.resolved.config.task.model_dump(mode="json", exclude_none=True)
    if question.probe:
        typer.echo("Training a ProbeNet …", err=True)
    settings = USUAL if question.probe else None
    _, numbers = characterised(section, question.threads, (DCN_PROBE,), settings)
    return problem.characterised(*numbers), True


def _proposed(
    known: _Data, found: Recommendation, question: Question
) -> dict[str, Any]:
    """The settings of a search to go on with."""
    proposed = dict(known.settings)
    if found.neighbours:
        section: dict[str, Any] = {"database": _place(question.db, question.out)}
        if question.states:
            section["states"] = list(question.states)
        if question.leave_out:
            section["leave_out"] = list(question.leave_out)
        proposed["constraints"] = section
        if "fidelity" not in proposed:
            proposed["fidelity"] = _fidelity(found)
    return proposed


def _fidelity(found: Recommendation) -> dict[str, float]:
    """At which trainings see as many samples as those of the nearest problem."""
    nearest = found.neighbours[0]
    effort = nearest.fidelity.effort / (found.samples(nearest) or 1.0)
    epochs = max(1.0, round(effort))
    share = {"data_share": round(effort, 3)} if effort < 0.95 else {}
    return {"epochs": epochs, **share}


def _place(db: str, out: Path | None) -> str:
    """The database as the config names it: relative paths start at its file."""
    if "://" in db:
        return db
    folder = Path.cwd() if out is None else out.absolute().parent
    return os.path.relpath(Path(db).absolute(), folder)


def _next(question: Question, found: Recommendation) -> None:
    data, out = question.data, question.out
    if out is not None:
        typer.echo(f"Go on with: evonas search {out}")
    elif found.neighbours:
        typer.echo(f"Go on with: evonas recommend {data} --out recommended.yaml")
