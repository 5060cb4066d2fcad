"""Which searches may take results of a database, and what is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evonas.build import open_known, refuse_reuse, resolve
from evonas.cli import main
from evonas.config import Config, config_from_json, load_config
from evonas.errors import ConfigError, DatabaseError
from minibench.database import Database

CONFIG = """\
task: {name: digits}
strategy: {name: random}
budget: {evaluations: 2}
"""


def config(**sections: Any) -> Config:
    """A search with a database."""
    usual: dict[str, Any] = {
        "task": {"name": "digits"},
        "strategy": {"name": "random"},
        "budget": {"evaluations": 2},
        "reuse": {"database": "bench.sqlite"},
    }
    return config_from_json({**usual, **sections})


@pytest.mark.parametrize(
    ("sections", "complaint"),
    [
        ({"latency": True}, "measures latency"),
        ({"objectives": ["latency_seconds"]}, "measures latency"),
        ({"space": {"limits": {"latency_seconds": 1.0}}}, "measures latency"),
        ({"objectives": ["energy_joules"]}, "measures energy"),
    ],
)
def test_what_a_machine_measures_is_no_result_of_another(
    sections: dict[str, Any], complaint: str
) -> None:
    """So it is refused, naming what measures it."""
    with pytest.raises(ConfigError, match=f"reuse: expected a search .*{complaint}"):
        resolve(config(**sections))
    assert resolve(config(**sections, reuse=None))


def test_whoever_evaluates_everything_refuses_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A comparison and a simulation; the file and line are named."""
    path = tmp_path / "my.yaml"
    path.write_text(f"{CONFIG}reuse: {{database: bench.sqlite}}\n")
    with pytest.raises(ConfigError, match=r"my.yaml, line 4: reuse: .* with somebody"):
        refuse_reuse(load_config(path), "somebody")
    refuse_reuse(load_config(path, ["reuse=null"]), "somebody")
    out = str(tmp_path / "out")
    for words in (
        ["compare", str(path), "--seeds", "1", "--out", out],
        ["simulate", str(path), "--workers", "2"],
    ):
        assert main(words) == 2
        assert "reuse: expected no database with a" in capsys.readouterr().err


def test_a_table_has_nothing_to_train(tmp_path: Path) -> None:
    """So there is nothing to reuse."""
    sections = {
        "task": {"table": "nasbench201", "path": str(tmp_path / "x.csv")},
        "final": {"epochs": 0},
    }
    with pytest.raises(ConfigError, match=r"reuse: has no meaning with task\.table"):
        resolve(config(**sections))


def test_it_is_open_as_long_as_it_is_needed(tmp_path: Path) -> None:
    """And knows the problem and its metrics; without the section nothing is opened."""
    path = str(tmp_path / "bench.sqlite")
    Database.create(path)[0].close()
    settings = resolve(config(reuse={"database": path}, metrics=["matthews"]))
    with open_known(settings) as known:
        assert known is not None
        assert known.problem == f"digits@{settings.task.version}"
        assert known.count() == 0
    with open_known(resolve(config(reuse=None))) as known:
        assert known is None
    with (
        pytest.raises(DatabaseError, match=r"reuse\.database: .* got none; make one"),
        open_known(resolve(config(reuse={"database": f"{path}x"}))),
    ):
        raise AssertionError


def test_without_the_section_no_database_is_imported() -> None:
    """SQLAlchemy takes a while to load; the commands themselves need none."""
    script = (
        "import sys, evonas.api, evonas.cli; "
        "assert not {'sqlalchemy', 'minibench'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], timeout=120, check=True)
