"""The same from Python: arrays in memory, objects of one's own, resuming."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import own_layers
import own_parts
import pytest
import torch

from evonas.api import Result, open_run, resume, search
from evonas.errors import ConfigError, DataError, InputError
from evonas.evaluation import Evaluator
from evonas.run import RunState

QUICK: dict[str, Any] = {"strategy": {"name": "random"}, "workers": 0}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches leave their runs in a folder of their own."""
    monkeypatch.chdir(tmp_path)


def arrays() -> tuple[np.ndarray, ...]:
    """Images whose brightness tells their class."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    x = (rng.random((120, 8, 8)) * 60 + 120 * y[:, None, None]).astype(np.uint8)
    return x[:80], y[:80], x[80:], y[80:]


def synthetic(**more: Any) -> Result:
    """A search over the arrays that trains nothing."""
    options = {"evaluator": own_parts.synthetic, "settings": QUICK, "evaluations": 4}
    return search(*arrays(), **{**options, **more})


def test_five_lines_give_a_network(tmp_path):
    """Search, metrics, a torch module that takes raw arrays, an export."""
    x_train, y_train, x_test, y_test = arrays()
    settings = {"fidelity": {"epochs": 2}, "final": {"epochs": 6}}
    result = search(
        x_train, y_train, x_test, y_test, evaluations=3, workers=0, settings=settings
    )
    network = result.load()
    right = network(torch.from_numpy(x_test)).argmax(1).numpy() == y_test
    assert result.finished
    assert result.evaluations == 3
    assert result.metrics["test_accuracy"] == pytest.approx(right.mean())
    folder = result.export("mine")
    assert (folder / "network.py").exists()
    with pytest.raises(InputError, match="empty"):
        result.export("mine")


def test_the_arrays_are_stored_once_and_found_again():
    """Two searches share the file; the command line can resume either."""
    first, second = synthetic(out="runs/a"), synthetic(out="runs/b")
    assert first.directory != second.directory
    (stored,) = Path("runs").glob("arrays-*.npz")
    with np.load(stored, allow_pickle=False) as content:
        assert np.array_equal(content["x_train"], arrays()[0])
    assert not list(Path("runs").glob("*.part"))


def test_a_run_is_opened_and_resumed():
    """With a raised budget; what was found before counts."""
    found = synthetic(out="run")
    opened = open_run("run")
    assert opened.best == found.best
    assert opened.finished
    longer = resume("run", evaluations=7)
    assert longer.evaluations == 7
    assert open_run("run").evaluations == 7


def test_an_observer_sees_every_event():
    """For progress bars and stop conditions of one's own."""
    seen: list[tuple[str, int]] = []

    def watch(event: str, state: RunState) -> None:
        seen.append((event, state.accounting.evaluations))

    synthetic(observer=watch)
    assert ("told", 4) in seen
    assert ("stopped", 4) in seen


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize(
    "evaluator",
    [own_parts.synthetic, "own_parts:synthetic", own_parts.ByParameters()],
    ids=["function", "name", "object"],
)
def test_an_evaluator_may_be_given_in_any_form(evaluator, workers):
    """A factory, its name, or an evaluator; in this process or in another."""
    result = synthetic(evaluator=evaluator, workers=workers)
    assert result.evaluations == 4
    assert result.best is not None


def test_objects_of_ones_own_are_named_in_the_config(tmp_path):
    """So the run can be resumed by anyone who has the module."""
    result = search(
        task=own_parts.noise_task,
        metric=own_parts.right,
        loss=own_parts.squared,
        evaluations=1,
        out="run",
        settings={**QUICK, "fidelity": {"epochs": 0.1}, "final": {"epochs": 0}},
    )
    assert {"validation_right", "test_right"} <= result.metrics.keys()
    text = Path("run/config.yaml").read_text()
    for name in ("noise_task", "right", "squared"):
        assert f"own_parts:{name}" in text
    assert resume("run", evaluations=2).evaluations == 2


def test_a_config_file_is_the_base_and_arguments_win(tmp_path):
    """File, then settings, then arguments."""
    Path("base.yaml").write_text(
        "seed: 1\nfidelity: {epochs: 3, data_share: 0.5}\nspace: {module_nodes: 2}\n"
    )
    result = synthetic(
        config="base.yaml",
        settings={**QUICK, "seed": 2, "fidelity": {"epochs": 1}},
        seed=3,
        out="run",
    )
    assert json.loads((result.directory / "result.json").read_text())["seed"] == 3
    text = Path("run/config.yaml").read_text()
    assert "epochs: 1.0" in text
    assert "data_share: 0.5" in text
    assert "module_nodes: 2" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"evaluations": None}, "`budget`, got nothing"),
        ({"evaluations": 0}, r"`budget\.evaluations`: expected greater than or equal"),
        ({"task": "digits"}, "expected arrays or task.name, got both"),
        ({"metric": "acuracy"}, "did you mean 'accuracy'"),
        ({"settings": {**QUICK, "sed": 1}}, "unknown key `sed`; did you mean `seed`"),
        ({"loss": lambda outputs, targets: outputs}, "loss: expected something at the"),
        ({"evaluator": "own_parts:Nothing"}, r"to give an evonas\.Evaluator"),
        ({"config": "none.yaml"}, "expected a configuration file"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_starts(options, message):
    """The messages are those of the command line; no run directory is made."""
    with pytest.raises(ConfigError, match=message):
        synthetic(**{"out": "run", **options})
    assert not Path("run").exists()


def test_wrong_arrays_are_refused_before_anything_starts():
    """Missing ones, and ones that cannot be learned from."""
    x_train, y_train, x_test, y_test = arrays()
    with pytest.raises(ConfigError, match="expected four arrays; missing y_test"):
        search(x_train, y_train, x_test, evaluations=3)
    with pytest.raises(DataError, match="y_train"):
        search(x_train, y_train[:-1], x_test, y_test, evaluations=3)
    assert not Path("runs").exists()


def test_arrays_that_cannot_be_stored_are_told():
    """A file stands where the folder should be."""
    Path("runs").write_text("in the way")
    with pytest.raises(DataError, match=r"to store the arrays here.* out="):
        synthetic(out="runs/a")


def test_objects_of_the_script_itself_are_refused_with_workers(monkeypatch):
    """Other processes cannot import them; this one can."""

    def in_script(_: Any) -> Evaluator:
        return own_parts.ByParameters()

    in_script.__module__, in_script.__qualname__ = "__main__", "in_script"
    monkeypatch.setattr(sys.modules["__main__"], "in_script", in_script, raising=False)
    assert synthetic(evaluator=in_script, workers=0).evaluations == 4
    with pytest.raises(ConfigError, match="in a module that worker processes can"):
        synthetic(evaluator=in_script, workers=2)


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"metrics": ["__main__:right"]}, "right"),
        ({"metrics": [own_parts.right]}, "right"),
        ({"space": {"blocks": {"__main__:GateKind": True}}}, "GateKind"),
    ],
)
def test_so_are_metrics_and_layer_kinds_of_the_script(monkeypatch, settings, name):
    """By name or as the object; whatever the settings hold travels to the workers."""
    script = sys.modules["__main__"]
    monkeypatch.setattr(script, "right", own_parts.right, raising=False)
    monkeypatch.setattr(script, "GateKind", own_layers.GateKind, raising=False)
    monkeypatch.setattr(own_parts.share_right, "__module__", "__main__")
    with pytest.raises(ConfigError, match=f"expected {name} in a module that worker"):
        synthetic(settings={**QUICK, **settings, "workers": 2}, out="run")
    assert not Path("run").exists()
