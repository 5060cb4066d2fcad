"""What may be compared with what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from comparing import write_config

from evonas.compare.contestants import read_contestants
from evonas.errors import ConfigError

TASK = {"table": "nasbench201", "path": "table.csv"}


def test_a_fair_comparison_is_read(tmp_path: Path) -> None:
    """Names are those of the files; overrides are for all."""
    paths = [write_config(tmp_path, name, "random") for name in ("one", "two")]
    found = read_contestants(paths, ["budget.evaluations=7"])
    assert [one.name for one in found] == ["one", "two"]
    assert {one.resolved.config.budget.evaluations for one in found} == {7}
    assert found[0].digest == found[1].digest


@pytest.mark.parametrize(
    ("sections", "complaint"),
    [
        (
            {"budget": {"evaluations": 13}},
            r"budget: expected the same .* a: evaluations 12; b: evaluations 13",
        ),
        (
            {"budget": {"minutes": 13}},
            r"budget: expected the same .* a: evaluations 12, minutes None; b:",
        ),
        (
            {
                "task": {
                    "table": "nasbench201",
                    "path": "table.csv",
                    "dataset": "cifar100",
                }
            },
            r"task: expected the same .*dataset cifar10.*b: dataset cifar100",
        ),
        ({"workers": 3}, r"workers: expected the same .* a: count 1; b: count 3"),
        ({"space": {"limits": {"parameters": 9e5}}}, "space: expected the same"),
        ({"final": {"epochs": 0}}, r"final: .* a: epochs 200.0; b: epochs 0.0"),
        (
            {"objectives": ["parameters", "validation_accuracy"]},
            "b: objectives: expected a validation metric first",
        ),
    ],
)
def test_unequal_configs_are_refused(
    tmp_path: Path, sections: dict[str, Any], complaint: str
) -> None:
    """Another budget, task or clock would decide, not the method."""
    first = write_config(tmp_path, "a", "random")
    second = write_config(tmp_path, "b", "random", **sections)
    with pytest.raises(ConfigError, match=complaint):
        read_contestants([first, second])


def test_trainings_of_different_lengths_are_no_equal_budget(tmp_path: Path) -> None:
    """By evaluations; by the clock they are."""
    first = write_config(tmp_path, "a", "random")
    second = write_config(tmp_path, "b", "random", fidelity={"epochs": 12})
    with pytest.raises(ConfigError, match=r"a: 200 epochs; b: 12 epochs; give budget"):
        read_contestants([first, second])
    by_clock = ["budget={minutes: 100}"]
    assert len(read_contestants([first, second], by_clock)) == 2


def test_a_scheduler_makes_evaluations_no_equal_budget(tmp_path: Path) -> None:
    """Its short trainings would count like whole ones."""
    task = {"name": "digits"}
    first = write_config(tmp_path, "a", "random", task=task)
    second = write_config(
        tmp_path, "b", "random", task=task, fidelity={"scheduler": {"name": "asha"}}
    )
    with pytest.raises(ConfigError, match=r"a: 4 epochs; b: 4 epochs under asha"):
        read_contestants([first, second])


def test_two_configs_of_one_name_are_refused(tmp_path: Path) -> None:
    """Their results could not be told apart."""
    (tmp_path / "other").mkdir()
    paths = [
        write_config(tmp_path, "a", "random"),
        write_config(tmp_path / "other", "a", "random"),
    ]
    with pytest.raises(ConfigError, match="different names"):
        read_contestants(paths)


def test_the_digest_tells_settings_apart_and_nothing_else(tmp_path: Path) -> None:
    """Neither the seed nor where things lie is a setting of the method."""
    path = write_config(tmp_path, "a", "random")
    (plain,) = read_contestants([path])
    (moved,) = read_contestants([path], ["seed=4", "out=x", "weights.quota_bytes=1"])
    (longer,) = read_contestants([path], ["budget.evaluations=13"])
    (other,) = read_contestants([path], ["strategy.tries=900"])
    assert plain.digest == moved.digest
    assert len({plain.digest, longer.digest, other.digest}) == 3
