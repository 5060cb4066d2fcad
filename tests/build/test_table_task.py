"""Configs whose task is a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from published_tables import nasbench201_csv

from evonas.build import Resolved, check_space, make_evaluator, make_strategy, resolve
from evonas.config import config_from_json
from evonas.errors import ConfigError
from evonas.evaluation import Evaluator
from evonas.genome import nasbench201_space
from evonas.tables import TableEvaluator


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of a hundred cells."""
    rng = np.random.default_rng(1)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(100)})
    return nasbench201_csv(tmp_path_factory.mktemp("table") / "t.csv", cells)


def resolved(file: Path, **sections: Any) -> Resolved:
    """The settings over that table."""
    data: dict[str, Any] = {
        "task": {"table": "nasbench201", "path": str(file), "dataset": "cifar10"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 5},
    }
    return resolve(config_from_json(data | sections))


def test_the_table_gives_the_defaults(file: Path) -> None:
    """The longest training, searched and looked up at the end, without a time limit."""
    found = resolved(file)
    config = found.config
    assert config.fidelity.epochs == config.final.epochs == 200
    assert config.fidelity.time_limit_seconds is None
    assert [(o.metric, o.direction) for o in found.objectives] == [
        ("validation_accuracy", "maximise")
    ]
    evaluator: Evaluator = make_evaluator(found, None)
    assert isinstance(evaluator, TableEvaluator)
    (request,) = make_strategy(found).ask(1)
    assert evaluator.evaluate(request).ok


@pytest.mark.parametrize(
    ("name", "setting", "value"),
    [("codeepneat", "largest", 3), ("aging_evolution", "population", 20)],
)
def test_a_strategy_has_the_defaults_for_cells(
    file: Path, name: str, setting: str, value: int
) -> None:
    """They are filled in, so that the run's config stays what it was."""
    found = resolved(file, strategy={"name": name})
    assert found.config.strategy.settings[setting] == value
    again = resolve(config_from_json(found.config.to_json()))
    assert again.digest == found.digest
    assert len(make_strategy(again).ask(2)) == 2


def test_filled_in_settings_give_the_same_run(file: Path) -> None:
    """The run's own config resolves to itself."""
    first = resolved(file, objectives=["validation_accuracy", "latency_seconds"])
    again = resolve(config_from_json(first.config.to_json()))
    assert again.config == first.config
    assert again.digest == first.digest


def test_other_data_make_another_run(file: Path) -> None:
    """The digest knows the numbers, not the path."""
    task = {"table": "nasbench201", "path": str(file), "dataset": "cifar100"}
    assert resolved(file, task=task).digest != resolved(file).digest


def test_costs_can_be_objectives_and_limits(file: Path) -> None:
    """Those of the table, and those that follow from the architecture."""
    found = resolved(
        file,
        objectives=["validation_accuracy", "parameters", "multiply_adds"],
        space={"limits": {"parameters": 700_000}},
    )
    check_space(found)
    evaluator = make_evaluator(found, None)
    for request in make_strategy(found).ask(5):
        record = evaluator.evaluate(request)
        assert record.cost["parameters"] <= 700_000
        assert record.cost["multiply_adds"] > 0


@pytest.mark.parametrize(
    ("sections", "complaint"),
    [
        (
            {"fidelity": {"epochs": 50}},
            r"fidelity\.epochs: .*\(12, 200 epochs\), got 50",
        ),
        ({"final": {"epochs": 50}}, r"final\.epochs: .*\(12, 200 epochs\), got 50"),
        ({"fidelity": {"data_share": 0.5}}, r"fidelity\.data_share: expected 1"),
        (
            {"fidelity": {"scheduler": {"name": "asha", "rungs": 2, "reduction": 3}}},
            r"fidelity\.scheduler \(.* give 66.6667, 200 epochs\)",
        ),
        ({"loss": "my:loss"}, "loss: has no meaning with task.table"),
        ({"energy": True}, "energy: has no meaning with task.table"),
        ({"space": {"module_nodes": 3}}, r"space\.module_nodes: has no meaning"),
        ({"objectives": ["energy_joules"]}, "expected one of validation_accuracy"),
        (
            {"strategy": {"name": "codeepneat", "module_mutation": {"field": 0.1}}},
            r"module_mutation\.field",
        ),
        ({"task": {"table": "nope"}}, r"task\.table: expected one of nasbench101"),
        (
            {"task": {"table": "nasbench201", "name": "digits"}},
            "expected only `path` and `dataset` beside `table`, got name",
        ),
        (
            {
                "task": {"table": "nasbench_graph", "dataset": "cora"},
                "budget": {"minutes": 3},
            },
            r"budget\.minutes: expected a table that tells how long",
        ),
    ],
)
def test_a_setting_without_meaning_is_told(
    file: Path, sections: dict[str, Any], complaint: str
) -> None:
    """By its key, before anything starts."""
    if sections.get("task", {}).get("table") == "nasbench_graph":
        pytest.importorskip("nas_bench_graph", reason="the package is not installed")
    with pytest.raises(ConfigError, match=complaint):
        check_space(resolved(file, **sections))


def test_rungs_that_the_table_has_are_fine(file: Path) -> None:
    """12 and 200 epochs are no power of anything, so only other tables have them."""
    found = resolved(file, fidelity={"epochs": 12})
    assert found.fidelity.epochs == 12
