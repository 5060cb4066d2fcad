"""`evonas train RUN --set task.name=…`: a table's cell is trained for real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evonas.build import check_space, choose, read_run, resolve
from evonas.candidate import Candidate, Recipe
from evonas.cli.options import allow_only
from evonas.cli.running import run_session
from evonas.config import config_from_json, read_settings
from evonas.errors import InputError
from evonas.storage import RunDirectory

#: what may be said about the training
SECTIONS = ("task", "final", "device", "threads", "precision")


def names_a_task(overrides: Sequence[str]) -> bool:
    """Whether some overrides say on which data to train."""
    return any(one.split("=")[0].strip().startswith("task") for one in overrides)


def train_cell(
    directory: RunDirectory,
    overrides: Sequence[str],
    identifier: int | None,
    *,
    workers: int,
    out: Path | None,
    wall_seconds: float | None,
) -> int:
    """Train one cell of a table's run on real data, in a run directory of its own.

    It is trained once, by the recipe of its table, tested, and exported.

    Args:
        directory: of the run over a table.
        overrides: `key=value` texts of `SECTIONS`; `task` names the data.
        identifier: of the cell in the run; None: the best.
        workers: that train; 0: this process.
        out: the new run directory; None: beside the run.
        wall_seconds: after which it stops, resumable; None: never.

    Returns:
        The exit code.

    Raises:
        InputError: a setting is wrong, or the cell is no network for the task.
    """
    allow_only(overrides, SECTIONS, directory.root)
    reading = read_run(directory)
    (chosen,) = choose(reading.state, directory, identifier)
    cell = chosen.request.candidate.cell
    assert cell is not None  # a table has nothing else
    before = reading.config.to_json()
    data, source = read_settings(directory.config, overrides)
    task = {k: v for k, v in data["task"].items() if v != before["task"].get(k)}
    epochs, recipe = data["final"]["epochs"], data["final"].get("recipe") or {}
    if not epochs:
        raise InputError(
            "final.epochs: expected more than 0 to train for, got 0; "
            "add --set final.epochs=50"
        )
    sections = {
        "task": task,
        "strategy": {"name": "random"},
        # One training is the search and the final training in one.
        "fidelity": {"epochs": epochs, "time_limit_seconds": None},
        "final": {"epochs": 0},
        "budget": {"evaluations": 1},
        "workers": workers,
        "seed": before["seed"],
        **{key: data[key] for key in SECTIONS[2:]},
    }
    opened = resolve(config_from_json(sections, source))
    fitted = Candidate.of(cell.fitted(opened.task.input_shape, opened.task.outputs))
    candidate = Candidate(
        fitted.design, Recipe.from_json({**fitted.recipe.to_json(), **recipe})
    )
    given = {"name": "given", "candidates": [candidate.to_json()]}
    resolved = resolve(opened.config.replaced(strategy=given))
    check_space(resolved)
    number = chosen.record.request_id
    root = directory.root
    place = out or root.with_name(f"{root.name}-trained-{number}")

    def create() -> RunDirectory:
        return RunDirectory.create(place, resolved.config_text)

    return run_session(create, resolved, wall_seconds=wall_seconds)
