"""`minibench value`: searches with and without what advises them, and a quarantine."""

from __future__ import annotations

import io
import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from published_tables import write_csv

from evonas.build import find_knowledge, resolve
from evonas.compare.folder import ComparisonFolder
from evonas.config import load_config
from evonas.errors import DatabaseError
from evonas.genome import nasbench201_space
from minibench.cli import main
from minibench.database import Database
from minibench.importers import import_into
from minibench.reviews import State
from minibench.selection import Selection

GOOD, BAD = "cifar100@nasbench201", "cifar10@nasbench201"
#: a search that its seeds decide
CONFIG: dict[str, Any] = {
    "task": {"table": "nasbench201", "path": "right.csv", "dataset": "cifar10"},
    "strategy": {"name": "aging_evolution", "population": 8, "sample": 3},
    "budget": {"evaluations": 24},
    "constraints": {
        "database": "bench.sqlite",
        "states": ["provisional"],
        "classifier": "none",
        "best": 8,
        "seeds": 6,
        "accept": 1.0,
    },
}
VALUE = ["value", "search.yaml", "--seeds", "10", "--workers", "0"]


def table(path: Path, sign: int) -> Path:
    """Cells whose accuracy grows, or falls, with their 3x3 convolutions."""
    rng = np.random.default_rng(3)
    cells = sorted({nasbench201_space().draw(rng).ops for _ in range(400)})
    rows: list[dict[str, object]] = []
    for ops in cells:
        value = 60 + 4 * sign * ops.count("3") + float(rng.random())
        row: dict[str, object] = {"ops": ops}
        for name in ("cifar10", "cifar100"):
            row |= {
                f"{name}_val12": value - 5,
                f"{name}_val200_seed0": value,
                f"{name}_test200_mean": value,
                f"{name}_train_time_s": 100,
            }
        rows.append(row)
    return write_csv(path, rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one problem that helps and one that misleads."""
    folder = tmp_path_factory.mktemp("value")
    right, wrong = table(folder / "right.csv", 1), table(folder / "wrong.csv", -1)
    with Database.create(folder / "bench.sqlite")[0] as database:
        for path, name in ((right, "cifar100"), (wrong, "cifar10")):
            import_into(
                database, "nasbench201", str(path), dataset=name, best=8, others=16
            )
    (folder / "search.yaml").write_text(yaml.safe_dump(CONFIG))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Commands run here, on a copy."""
    for one in made.iterdir():
        (tmp_path / one.name).write_bytes(one.read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MINIBENCH_DB", raising=False)
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What the command answers in JSON."""
    capsys.readouterr()
    assert main([*VALUE, *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def records(state: State, problem: str) -> int:
    """How many have it."""
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        return len(reader.ids(Selection(problem, states=(state,))))


@pytest.mark.usefixtures("folder")
def test_a_misleading_problem_is_known_quarantined_and_let_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The other one saves trainings; the runs of one call serve the next."""
    found = told(capsys)
    entries = {one["entry"]: one for one in found["entries"]}
    assert set(entries) == {"all advice", GOOD, BAD}
    low, high = entries[GOOD]["trainings"]["interval"]
    assert 0 < low <= high
    assert "saves" in entries[GOOD]["words"]
    assert entries[BAD]["trainings"]["interval"][1] < 0
    assert "costs" in entries[BAD]["words"]
    assert found["harmful"] == [BAD]

    known = records(State.PROVISIONAL, BAD)
    assert main([*VALUE, "--quarantine"]) == 2
    assert "expected --yes" in capsys.readouterr().err
    assert main([*VALUE, "--quarantine", "--yes", "--who", "Ada"]) == 0
    said = capsys.readouterr()
    assert f"{BAD}: {known} records are quarantined" in said.out
    assert "40 runs, 40 of them done" in said.err
    assert records(State.QUARANTINED, BAD) == known
    assert records(State.QUARANTINED, GOOD) == 0
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        last = next(reader.records(Selection(BAD))).reviews[-1]
    assert last.who == "Ada"
    assert "10 seeds: costs" in last.reason

    again = told(capsys, "--seeds", "2")
    assert {one["entry"] for one in again["entries"]} == {"all advice", GOOD}
    words = ["review", "--problem", BAD, "--state", "quarantined", "--withdraw"]
    assert main([*words, "--db", "bench.sqlite"]) == 0
    assert records(State.PROVISIONAL, BAD) == known


@pytest.mark.usefixtures("folder")
def test_a_record_is_valued_with_all_trainings_of_its_network(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The one that is named, and those that advise most; `--reach` sets the target."""
    with Database.open("bench.sqlite") as database, database.reading() as reader:
        problem = reader.problem(GOOD)
        best = reader.top(problem, 1)[0]
    words = ["--record", best.id[:12], "--most-used", "2", "--reach", "0.84"]
    found = told(capsys, "--seeds", "2", *words)
    names = [one["entry"] for one in found["entries"]]
    assert f"record-{best.id[:10]}" in names
    assert sum(name.startswith("record-") for name in names) >= 2


@pytest.mark.usefixtures("folder")
def test_a_record_that_is_left_out_advises_nobody() -> None:
    """Neither as a seed nor behind a set; named by the beginning of its id."""

    def advising(**section: Any) -> str:
        Path("left.yaml").write_text(
            yaml.safe_dump(
                {**CONFIG, "constraints": {**CONFIG["constraints"], **section}}
            )
        )
        known = find_knowledge(resolve(load_config("left.yaml")), None)
        assert known is not None
        return json.dumps(known.to_json())

    with Database.open("bench.sqlite") as database, database.reading() as reader:
        best = reader.top(reader.problem(GOOD), 1)[0].id
    assert best in advising()
    assert best not in advising(leave_out_records=best[:12])
    with pytest.raises(DatabaseError, match="expected one record whose id begins"):
        advising(leave_out_records=["no"])


@pytest.mark.usefixtures("folder")
def test_without_a_section_everything_but_the_own_data_advises(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So of two problems one is left, and leaving it out leaves no advice."""
    config = {key: one for key, one in CONFIG.items() if key != "constraints"}
    Path("search.yaml").write_text(yaml.safe_dump(config))
    words = ["--db", "bench.sqlite", "--state", "provisional", "--seeds", "2"]
    found = told(capsys, *words)
    whole, alone = found["entries"]
    assert (whole["entry"], alone["entry"]) == ("all advice", GOOD)
    assert whole["trainings"] == alone["trainings"]


@pytest.mark.usefixtures("folder")
def test_a_person_is_asked_before_anything_is_quarantined(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says no has only learned of it."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert main([*VALUE, "--quarantine"]) == 0
    assert f"put {BAD} into quarantine?" in capsys.readouterr().out
    assert records(State.QUARANTINED, BAD) == 0


@pytest.mark.usefixtures("folder")
def test_replays_that_are_stopped_are_kept_and_gone_on_with(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code says that it is not through."""
    words = [*VALUE, "--seeds", "2"]
    finished: list[str] = []

    def keep(self: Any, *given: Any) -> None:
        original(self, *given)
        finished.append("one")
        if len(finished) == 3:
            signal.raise_signal(signal.SIGINT)

    original = ComparisonFolder.keep
    monkeypatch.setattr(ComparisonFolder, "keep", keep)
    assert main(words) == 3
    assert "finished replays are kept" in capsys.readouterr().err
    monkeypatch.setattr(ComparisonFolder, "keep", original)
    assert main(words) == 0
    assert "8 runs, 3 of them done" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("nasbench101", "expected a config for nasbench101, which is read from a file"),
        ("none.yaml", "none.yaml"),
        ("digits.yaml", "expected a search over a table"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_replayed_is_told(
    capsys: pytest.CaptureFixture[str], config: str, complaint: str
) -> None:
    """Before anything is played."""
    trained = {**CONFIG, "task": {"name": "digits"}}
    Path("digits.yaml").write_text(yaml.safe_dump(trained))
    assert main(["value", config, "--db", "bench.sqlite"]) == 2
    assert complaint in capsys.readouterr().err
    assert not Path("runs").exists()
