"""The same from Python: a search over arrays in memory, in a few lines.

::

    from evonas.api import search

    result = search(x_train, y_train, x_test, y_test, evaluations=40, workers=2)
    print(result.metrics["test_accuracy"])
    network = result.load()            # a torch module; it takes arrays like x_test
    result.export("my_network")        # the same as a folder that needs only PyTorch

Everything a config file can say can be said here: by `config=` (a file) and by
`settings=` (the same as nested dicts), which wins. What is your own (evaluator, loss,
metric, task, the layer kinds of a space) may be given as the object instead of its
`package.module:Name`.
"""

from __future__ import annotations

import datetime
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evonas.build import (
    Resolved,
    check_latency,
    check_space,
    choose,
    make_plan,
    open_known,
    open_workers,
    read_run,
    refuse_islands,
    resolve,
    stopping,
    write_export,
)
from evonas.config import ConfigSource, config_from_json, load_config, read_settings
from evonas.errors import ConfigError, DataError
from evonas.evaluation import Evaluator
from evonas.run import Incumbent, RunState, Session
from evonas.storage import RunDirectory
from evonas.tasks import Metric, Task

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Observer = Callable[[str, RunState], None]


@dataclass(frozen=True)
class Result:
    """What a run has found.

    Attributes:
        directory: of the run; `evonas status` and the like take it.
        finished: False: it was stopped, and `resume` goes on.
        evaluations: finished ones of the search.
        best: the best network, as the search had it; None: none could be evaluated.
        trained: its final training, or as the search had it if there was none.
        front: the Pareto set, when there are several objectives.
        failure: why nothing could be evaluated, or why the final training or the export
            did not work; "" otherwise.
    """

    directory: Path
    finished: bool
    evaluations: int
    best: Incumbent | None
    trained: Incumbent | None
    front: tuple[Incumbent, ...]
    failure: str = ""

    @property
    def metrics(self) -> dict[str, float]:
        """Of the best network: `validation_…`, after a final training `test_…` too."""
        return {} if self.trained is None else dict(self.trained.record.metrics)

    def export(
        self, out: Path | str, *, identifier: int | None = None, onnx: bool = False
    ) -> Path:
        """Write a network as a folder that needs PyTorch and nothing else.

        Args:
            out: the folder to make.
            identifier: of another network than the best, by its number in the run.
            onnx: write `network.onnx` as well.

        Raises:
            InputError: there is no such network, or the folder is not empty.
        """
        directory = RunDirectory.open(self.directory)
        state = read_run(directory).state
        (chosen,) = choose(state, directory, identifier)
        return write_export(state, directory, chosen, Path(out), onnx)

    def load(self) -> Any:
        """The best network: a torch module in eval mode that takes raw inputs."""
        with tempfile.TemporaryDirectory() as folder:
            path = self.export(Path(folder) / "network") / "network.py"
            spec = importlib.util.spec_from_file_location("exported_network", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.load()


def search(
    x_train: ArrayLike | None = None,
    y_train: ArrayLike | None = None,
    x_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    *,
    evaluations: int | None = None,
    minutes: float | None = None,
    workers: int | None = None,
    seed: int | None = None,
    out: Path | str | None = None,
    config: Path | str | None = None,
    settings: Mapping[str, Any] | None = None,
    task: str | Callable[..., Task] | None = None,
    metric: str | Metric | None = None,
    loss: str | Callable[..., Any] | None = None,
    evaluator: str | Callable[..., Evaluator] | Evaluator | None = None,
    observer: Observer | None = None,
) -> Result:
    """Search for a network, train the best one, test it once and export it.

    Args:
        x_train: images N×H×W or N×H×W×C, or a table N×F.
        y_train: class numbers from 0, or floats for a regression.
        x_test: inputs that the search never sees.
        y_test: their targets.
        evaluations: candidates to evaluate.
        minutes: to search for; whichever of both is used up first.
        workers: processes that evaluate; 0: this process. Default 1.
        seed: of the whole search.
        out: run directory to make; `runs/python-<date>-<time>` by default.
        config: a YAML file with further settings.
        settings: further settings as nested dicts; they win over the file.
        task: a known task, or a function that gives a `Task`, instead of arrays.
        metric: that validation selects by.
        loss: of (outputs, targets), instead of cross-entropy or squared error.
        evaluator: instead of training: an `Evaluator`, or a class or function that
            makes one of the run's settings.
        observer: called after each event of the run with its name and the state.

    Raises:
        InputError: a setting or an array is wrong; nothing has been started.
    """
    data, source = ({}, ConfigSource()) if config is None else read_settings(config)
    data = _merged({"strategy": {"name": "codeepneat"}}, data)
    given: dict[str, Any] = {
        "budget": {"evaluations": evaluations, "minutes": minutes},
        "workers": workers,
        "seed": seed,
        "out": None if out is None else os.path.abspath(out),
        "task": {"name": _named(task, "task"), "metric": _named(metric, "metric")},
        "loss": _named(loss, "loss"),
        "evaluator": _named(
            type(evaluator) if isinstance(evaluator, Evaluator) else evaluator,
            "evaluator",
        ),
    }
    data = _merged(_merged(data, _with_names(settings or {})), given)
    place = Path(data.setdefault("out", os.path.abspath(_default_out())))
    arrays = (x_train, y_train, x_test, y_test)
    if any(array is not None for array in arrays):
        data["task"] = _stored(arrays, data.get("task", {}), place.parent)
    resolved = resolve(config_from_json(data, source))
    _refuse_script_objects(resolved)
    check_space(resolved)

    def create() -> RunDirectory:
        return RunDirectory.create(place, resolved.config_text)

    return _conduct(create, resolved, evaluator, observer)


def resume(
    directory: Path | str,
    *,
    evaluations: int | None = None,
    minutes: float | None = None,
    workers: int | None = None,
    evaluator: Evaluator | None = None,
    observer: Observer | None = None,
) -> Result:
    """Go on with a run that was stopped or killed, or with a raised budget.

    Args:
        directory: of the run.
        evaluations: of the whole run, if it is to become another number.
        minutes: of the whole run, likewise.
        workers: of this session.
        evaluator: the object that the search was given, if it was given one.
        observer: as for `search`.
    """
    run = RunDirectory.open(directory)
    config = load_config(run.config)
    changes = {"budget": {"evaluations": evaluations, "minutes": minutes}}
    data = _merged(_merged(config.to_json(), changes), {"workers": workers})
    resolved = resolve(config_from_json(data, config.source))
    return _conduct(lambda: run, resolved, evaluator, observer)


def open_run(directory: Path | str) -> Result:
    """What a run has found so far, whoever started it.

    Args:
        directory: of the run.
    """
    run = RunDirectory.open(directory)
    found = run.read_result() or {}
    return _result(
        run,
        read_run(run).state,
        finished=found.get("status") == "finished",
        failure=found.get("failure", ""),
    )


def _conduct(
    open_directory: Callable[[], RunDirectory],
    resolved: Resolved,
    evaluator: Any,
    observer: Observer | None,
) -> Result:
    """One session, in this process."""
    refuse_islands(resolved.config, "Python")
    own = evaluator if isinstance(evaluator, Evaluator) else None
    reserve = resolved.config.cluster.reserve_seconds
    with (
        stopping(reserve_seconds=reserve) as stop,
        open_known(resolved) as known,
        open_workers(resolved, check=own is None) as executor,
    ):
        if own is None:
            check_latency(resolved, executor)
        directory = open_directory()
        plan = make_plan(resolved, directory, own, known)
        watch = observer or (lambda _event, _state: None)
        with Session(
            directory,
            plan,
            executor,
            stop=stop,
            seconds_left=stop.seconds_left,
            observer=watch,
        ) as session:
            # Under the session's lock, and only once the journal has accepted them.
            directory.write_config(resolved.config_text)
            finish = session.run()
            state = session.state
    return _result(directory, state, finish.finished, finish.failure)


def _result(
    directory: RunDirectory, state: RunState, finished: bool, failure: str = ""
) -> Result:
    best = state.incumbents.best
    return Result(
        directory=directory.root,
        finished=finished,
        evaluations=state.accounting.evaluations,
        best=best,
        trained=None if best is None else state.final_of(best) or best,
        front=tuple(state.incumbents.front),
        failure=failure,
    )


def _default_out() -> Path:
    return Path("runs") / f"python-{datetime.datetime.now():%Y%m%d-%H%M%S-%f}"


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings laid over others; None says nothing."""
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping):
            inner = merged.get(key)
            laid = _merged(inner if isinstance(inner, Mapping) else {}, value)
            if laid or key in merged or not value:
                merged[key] = laid
        elif value is not None:
            merged[key] = value
    return merged


def _with_names(data: Any) -> Any:
    """Settings in which classes and functions are replaced by their names."""
    if isinstance(data, Mapping):
        return {
            key if isinstance(key, str) else _named(key, "settings"): _with_names(value)
            for key, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [_with_names(value) for value in data]
    return _named(data, "settings") if callable(data) else data


def _named(value: Any, what: str) -> Any:
    """The `package.module:Name` of an object; texts and None stay what they are.

    Raises:
        ConfigError: it has none, so that no other process could find it.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Metric):
        # A metric is an object; its name is that of the variable it was put into.
        module = value.function.__module__
        names = [k for k, v in vars(sys.modules[module]).items() if v is value]
        name = names[0] if names else ""
    else:
        module = getattr(value, "__module__", "")
        name = getattr(value, "__qualname__", "")
    if not module or not name.isidentifier():
        raise ConfigError(
            f"{what}: expected something at the top level of a module, got {value!r}; "
            "move it there, so that workers find it"
        )
    return f"{module}:{name}"


def _refuse_script_objects(resolved: Resolved) -> None:
    """Complain about objects that other processes cannot import.

    Raises:
        ConfigError: one is defined in the script that was started.
    """
    config = resolved.config
    names = [config.evaluator, config.loss, config.task.name, config.task.metric]
    for name in (*names, *config.metrics, *resolved.space.blocks):
        if config.workers and str(name).startswith("__main__:"):
            raise ConfigError(
                f"expected {str(name).partition(':')[2]} in a module that worker "
                "processes can import, got one of the script that was started; move "
                "it into a file of its own, or search with workers=0"
            )


def _stored(
    arrays: tuple[ArrayLike | None, ...], section: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    """The task section for arrays in memory, which are checked and put into a file.

    Raises:
        DataError: they cannot be learned from, or not be stored.
        ConfigError: one is missing, or the settings name a task as well.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    missing = [n for n, array in zip(names, arrays, strict=True) if array is None]
    if missing:
        raise ConfigError(f"expected four arrays; missing {', '.join(missing)}")
    for key in ("name", "path"):
        if section.get(key) is not None:
            raise ConfigError(
                f"expected arrays or task.{key}, got both ({section[key]!r})"
            )
    x_train, y_train, x_test, y_test = (np.asarray(array) for array in arrays)
    task = Task.from_arrays(
        x_train,
        y_train,
        x_test,
        y_test,
        metric=section.get("metric"),
        modality=section.get("modality"),
    )
    # Named by its content: searches over the same arrays share one file.
    path = folder / f"arrays-{task.version}.npz"
    try:
        if not path.exists():
            _write_arrays(task, path)
    except OSError as error:
        raise DataError(
            f"{path}: expected to store the arrays here for the workers, got "
            f"{error.strerror or error}; choose another out="
        ) from error
    return {**section, "path": str(path)}


def _write_arrays(task: Task, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, suffix=".part", delete=False
    ) as beside:
        np.savez(
            beside,
            x_train=task.x_train,
            y_train=task.y_train,
            x_test=task.x_test,
            y_test=task.y_test,
        )
    os.replace(beside.name, path)
