"""Searches with advice, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bench_database import ADVICE, make_database
from published_tables import nasbench201_csv

from evonas.cli import main
from evonas.genome import nasbench201_space
from evonas.storage import Journal
from minibench.cli import main as minibench

TESTS = Path(__file__).parent.parent
CONFIG = """\
task: {name: digits}
strategy: {name: aging_evolution, population: 6, sample: 3}
budget: {evaluations: 30}
final: {epochs: 0}
evaluator: own_parts:slow
workers: 1
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a database, a config, and a run of it that was left alone."""
    path = tmp_path_factory.mktemp("advice")
    make_database(path / "b.sqlite")
    (path / "c.yaml").write_text(CONFIG + ADVICE)
    done = start(path, "search", "c.yaml", "--out", "whole")
    _, error = done.communicate(timeout=300)
    assert done.returncode == 0, error
    return path


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """A command line of a user's shell, with the tests' own modules."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    return subprocess.Popen(
        [sys.executable, "-m", "evonas", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def events(run: Path, *names: str) -> list[dict[str, Any]]:
    """Payloads of a journal, in order."""
    path = run / "journal.jsonl"
    if not path.exists():
        return []
    return [dict(one.data) for one in Journal.read(path) if one.name in names]


def searched(run: Path) -> list[Any]:
    """What must not depend on a kill: requests, refusals, sets."""
    asked = events(run, "asked")
    sets = [one["constraints"] for one in events(run, "constrained", "refitted")]
    refused = [one for data in asked for one in data.get("refused", ())]
    return [[one for data in asked for one in data["requests"]], refused, sets]


def result(run: Path) -> dict[str, Any]:
    """`result.json`."""
    found: dict[str, Any] = json.loads((run / "result.json").read_text())
    return found


def test_a_search_is_advised_and_the_result_says_so(folder: Path) -> None:
    """Seeds are asked first, candidates are refused, and the space changes."""
    run = folder / "whole"
    found = result(run)["constraints"]
    assert found["mode"] == "soft"
    assert found["hash"]
    assert set(found["problems"]) == {"dots@v1", "lines@v1", "rings@v1"}
    assert found["pruned"] > 0
    assert found["cache"]["asked"] > 0
    assert found["false_rejection_rate"] is None
    requests, refused, sets = searched(run)
    assert [one["origin"].get("seed") is not None for one in requests[:10]] == (
        [True] * 10
    )
    assert len(sets) > 1
    assert len(refused) == found["pruned"]
    assert all(one["rule"] and one["subject"] for one in refused)
    assert (run / "knowledge.json").exists()


def test_a_killed_search_goes_on_in_the_same_way_without_its_database(
    folder: Path, tmp_path: Path
) -> None:
    """SIGKILL in the middle; the database is gone by then."""
    (tmp_path / "c.yaml").write_text(CONFIG + ADVICE)
    (tmp_path / "b.sqlite").write_bytes((folder / "b.sqlite").read_bytes())
    run, search = tmp_path / "run", start(tmp_path, "search", "c.yaml", "--out", "run")
    deadline = time.monotonic() + 200
    while len(events(run, "told")) < 14:
        assert search.poll() is None, search.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(search.pid, signal.SIGKILL)
    search.communicate(timeout=60)
    (tmp_path / "b.sqlite").unlink()
    again = start(tmp_path, "resume", "run")
    _, error = again.communicate(timeout=300)
    assert again.returncode == 0, error
    assert searched(run) == searched(folder / "whole")
    first, second = (result(one)["constraints"] for one in (run, folder / "whole"))
    assert {**first, "cache": None} == {**second, "cache": None}


@pytest.mark.parametrize(
    "changes",
    [
        ["islands={count: 2, interval: 5}", "workers=2"],
        ["fidelity.scheduler={name: asha, audit_share: 0.2}"],
        ["fidelity.scheduler={name: successive_halving}"],
        ["strategy={name: random}", "sequence={first: architecture, evaluations: 12}"],
        ["strategy={name: codeepneat, networks: 5}", "constraints.mode=hard"],
    ],
    ids=["islands", "asha", "halving", "sequence", "codeepneat"],
)
def test_all_that_goes_round_a_search_can_be_advised(
    folder: Path, tmp_path: Path, changes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Islands, schedulers, parts in turn."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TESTS), str(TESTS.parent)]))
    words = ["search", "c.yaml", "--out", str(tmp_path / "run")]
    quick = ["evaluator=own_parts:synthetic", "constraints.classifier=none"]
    for one in ("budget.evaluations=24", *quick, *changes):
        words += ["--set", one]
    assert main(words) == 0
    runs = [tmp_path / "run", *(tmp_path / "run").glob("islands/*")]
    runs = [run for run in runs if (run / "knowledge.json").exists()]
    assert runs
    for run in runs:
        sets = [one["constraints"] for one in events(run, "constrained")]
        assert sets
        if (run / "result.json").exists():
            assert result(run)["constraints"]["hash"]


def test_a_table_is_searched_and_compared_with_advice_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells of a twin are asked first; a comparison has both as contestants."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(2)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(80)})
    nasbench201_csv(tmp_path / "t.csv", cells)
    words = ["import", "nasbench201", "t.csv", "--dataset", "cifar100"]
    parts = ["--best", "20", "--others", "30", "--db", "b.sqlite"]
    assert minibench(["init", "--db", "b.sqlite"]) == 0
    assert minibench([*words, *parts]) == 0
    plain = (
        "task: {table: nasbench201, path: t.csv, dataset: cifar10}\n"
        "strategy: {name: aging_evolution, population: 10, sample: 3}\n"
        "budget: {evaluations: 40}\n"
    )
    (tmp_path / "plain.yaml").write_text(plain)
    (tmp_path / "advised.yaml").write_text(
        f"{plain}constraints: {{database: b.sqlite, states: [approved, provisional], "
        "best: 10, accept: 0.5}\n"
    )
    assert main(["search", "advised.yaml", "--out", "run"]) == 0
    found = result(tmp_path / "run")
    assert len(found["constraints"]["problems"]) == 1
    assert found["seeds"]["asked"] == 10
    assert found["constraints"]["pruned"] > 0
    words = ["compare", "plain.yaml", "advised.yaml", "--seeds", "2", "--out", "both"]
    assert main([*words, "--workers", "0"]) == 0
