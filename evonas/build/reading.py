"""What a run has found: read without taking part in it, and taken out."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evonas.build.parts import export_network
from evonas.config import Config, load_config
from evonas.errors import InputError, RunDirectoryError
from evonas.evaluation import Outcome
from evonas.population import Objective
from evonas.run import Incumbent, Islands, RunState, best_of, find
from evonas.storage import Holder, Journal, RunDirectory, latest_snapshot, silent


@dataclass(frozen=True)
class Reading:
    """What a run's directory tells.

    Attributes:
        config: its settings.
        state: at the end of the journal, without the strategy's.
        holder: the process that works on it, if one does.
    """

    config: Config
    state: RunState
    holder: Holder | None


def read_run(directory: RunDirectory) -> Reading:
    """Read settings, journal and lock; nothing is written.

    Raises:
        InputError: a file is damaged.
    """
    config = load_config(directory.config)
    objectives = [
        Objective(one.metric, one.direction or "maximise") for one in config.objectives
    ]
    state = _read_state(directory, objectives)
    if config.islands.whole:
        # What its islands have done since the run's last stop.
        for name, payload in Islands(directory, config.islands.count).events(
            state.gathered
        ):
            state.replay(name, payload, f"{directory.root}, an island's journal")
    return Reading(config, state, _holder(directory))


def _read_state(directory: RunDirectory, objectives: Sequence[Objective]) -> RunState:
    """The state at the journal's end, from the newest snapshot that it reaches."""
    state = RunState(None, objectives)
    if not directory.journal.exists():
        return state
    snapshot = latest_snapshot(directory.snapshots, at_most=sys.maxsize)
    while snapshot is not None:
        # Beginning with the last event that it covers shows whether there is one.
        events = Journal.read(directory.journal, max(0, snapshot.n - 1))
        if next(events, None) is not None:
            state.restore(snapshot.state)
            break
        # The journal was cut by hand; whoever resumes the run removes the snapshot.
        snapshot = latest_snapshot(directory.snapshots, at_most=snapshot.n - 1)
    else:
        events = Journal.read(directory.journal)
    for event in events:
        where = f"{directory.journal}, line {event.n + 1}"
        state.replay(event.name, event.data, where)
    return state


def _holder(directory: RunDirectory) -> Holder | None:
    try:
        holder = Holder.from_bytes(directory.lock_file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunDirectoryError(
            f"{directory.lock_file}: expected to read who works on the run, got "
            f"{error.strerror}; check its permissions"
        ) from error
    if holder is None or holder.gone() or silent(directory.lock_file):
        return None
    return holder


def choose(
    state: RunState,
    directory: RunDirectory,
    identifier: int | None = None,
    top: int = 1,
) -> list[Incumbent]:
    """The networks that the options name.

    Args:
        state: of the run.
        directory: of the run, for messages.
        identifier: of one network, whichever the run has evaluated; None: the best.
        top: how many of the best; fewer come where there are fewer.

    Raises:
        InputError: there is no such network.
    """
    incumbents = state.incumbents
    if incumbents.best is None and (identifier is None or not state.asked_count):
        root = shlex.quote(str(directory.root))
        raise InputError(
            f"{directory.root}: expected a run that has found a network, got none in "
            f"{state.accounting.evaluations} evaluations (`evonas status {root}` tells "
            "more); `evonas resume` it, with a raised --set budget.evaluations where "
            "it is finished"
        )
    if identifier is None:
        if top <= len(incumbents.top):
            return incumbents.top[:top]
        return best_of(directory, incumbents.objectives, top)
    for found in (*incumbents.top, *incumbents.front):
        if found.record.request_id == identifier:
            return [found]
    return [_looked_up(state, directory, identifier)]


def _looked_up(state: RunState, directory: RunDirectory, identifier: int) -> Incumbent:
    """A network that is none of the best: only the journal still knows it.

    Raises:
        InputError: there is none of that number, or it must not be trained.
    """
    found = find(directory, (identifier,)).get(identifier)
    if found is None:
        waits = identifier in state.outstanding
        raise InputError(
            f"--id {identifier}: expected a network that {directory.root} has "
            f"evaluated, got "
            f"{'one that is still waiting for it' if waits else 'no such number'}; "
            f"its evaluations are numbered from 0 to {state.asked_count - 1}"
        )
    if found.record.outcome is Outcome.INVALID:
        raise InputError(
            f"--id {identifier}: expected a network within the limits that can be "
            f"built, got an invalid one ({found.record.reason}); choose another"
        )
    return found


def write_export(
    state: RunState, directory: RunDirectory, chosen: Incumbent, out: Path, onnx: bool
) -> Path:
    """Write a network as a folder of plain PyTorch, with the best weights there are.

    Args:
        state: of the run.
        directory: of the run.
        chosen: the network.
        out: the folder; it must not hold anything yet.
        onnx: write `network.onnx` as well.

    Raises:
        InputError: its weights were not kept, or the folder is not empty.
    """
    found = state.final_of(chosen) or chosen
    if not (directory.weights / f"{found.record.weights}.safetensors").is_file():
        number, root = chosen.record.request_id, shlex.quote(str(directory.root))
        if load_config(directory.config).task.table is not None:
            raise InputError(
                f"{directory.root}: expected trained weights of #{number}, got a run "
                "over a table, which trains nothing; `evonas train "
                f"{root} --id {number} --set task.name=…` trains it on real data and "
                "exports it"
            )
        raise InputError(
            f"{directory.weights}: expected the weights of #{number}, got none (only "
            "those of the best networks are kept, under `weights.quota_bytes`); train "
            f"it with `evonas train {root} --id {number}`, then export it"
        )
    payload = {
        "record": found.record.to_json(),
        "weights_directory": str(directory.weights),
        "directory": str(out),
    }
    export_network(payload, onnx=onnx)
    return out
