"""`evonas train --top`: chosen on fresh seeds, tested once, killed at any time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import SyntheticEvaluator, strategy

from cluster import InlineExecutor, ProcessExecutor
from evonas.errors import SpaceExhaustedError
from evonas.evaluation import Evaluator, Fidelity, Outcome, Record, Request
from evonas.population import Objective
from evonas.run import Budget, Plan, Selected, Session, make_schedule
from evonas.run.history import seeds_of_search
from evonas.run.selection import fresh_seeds
from evonas.run.state import weights_reference
from evonas.storage import Journal, RunDirectory

FULL = Fidelity(3.0)
KEY = "0123456789abcdef" * 2


@dataclass(frozen=True)
class Lucky(SyntheticEvaluator):
    """One whose results depend on the seed as well, with weights and a test.

    Attributes:
        folder: of the weights; "": none are kept.
        fails: share of the full trainings that diverge, by the seed.
        die_when: `os.kill` at this seed; 0: never.
        untestable: tests fail.
    """

    folder: str = ""
    fails: float = 0.0
    die_when: int = 0
    untestable: bool = False

    def evaluate(self, request: Request) -> Record:
        """A quality of the candidate, and luck that the seed decides."""
        if request.seed == self.die_when:
            os.kill(os.getpid(), signal.SIGKILL)
        rng = np.random.default_rng(request.seed)
        unlucky = rng.random() < self.fails
        if unlucky and request.purpose == "retrain":
            return Record.failed(request, Outcome.DIVERGED, "the loss became NaN")
        record = super().evaluate(request)
        value = record.metrics["validation_accuracy"] + float(rng.normal(0, 0.1))
        metrics = {"validation_accuracy": value}
        if request.purpose == "final":
            if self.untestable:
                return Record.failed(request, Outcome.DIVERGED, "no", tested=True)
            metrics["test_accuracy"] = value - 0.01
        weights = None
        if self.folder:
            weights = weights_reference(request)
            (Path(self.folder) / f"{weights}.safetensors").touch()
        return record.at(metrics=metrics, weights=weights)


class Bench:
    """A run directory, and what is done with it.

    Args:
        path: of the run.
        evaluator: of its requests.
        workers: local processes; 0: this one.
    """

    def __init__(
        self, path: Path, evaluator: Evaluator | None = None, workers: int = 0
    ) -> None:
        self.path = path
        self.evaluator = evaluator or Lucky()
        self.workers = workers

    def conduct(
        self, act: Callable[[Session], Any], stop: Callable[[], str] = str, **more: Any
    ) -> Any:
        """Do something in a session."""
        if not self.path.exists():
            RunDirectory.create(self.path, "seed: 0\n")
        plan = Plan(
            **{
                "strategy": strategy(),
                "evaluator": self.evaluator,
                "objectives": (Objective("validation_accuracy"),),
                "budget": Budget(12),
                "final": FULL,
                "seed": 0,
                "config_digest": "abc",
                **more,
            }
        )
        executor = ProcessExecutor(self.workers) if self.workers else InlineExecutor()
        directory = RunDirectory.open(self.path)
        with executor, Session(directory, plan, executor, stop=stop) as session:
            return act(session)

    def select(
        self, top: int = 3, trainings: int | None = None, **more: Any
    ) -> Selected:
        """Choose among the best few."""

        def act(session: Session) -> Selected:
            chosen = session.state.incumbents.top[:top]
            schedule = make_schedule(top, trainings)
            return session.select(session.selection(chosen, schedule, FULL))

        found: Selected = self.conduct(act, **more)
        return found

    @property
    def winner(self) -> dict[str, Any]:
        """`winner.json`."""
        found: dict[str, Any] = json.loads((self.path / "winner.json").read_text())
        return found

    def told(self, *purposes: str) -> list[tuple[Request, Record]]:
        """Requests with their records."""
        asked: dict[int, Request] = {}
        found = []
        for event in Journal.read(self.path / "journal.jsonl"):
            for data in event.data.get("requests", ()):
                asked[data["request_id"]] = Request.from_json(data)
            if event.name == "told":
                record = Record.from_json(event.data["record"])
                found.append((asked[record.request_id], record))
        return [one for one in found if one[0].purpose in purposes]

    def openings(self) -> list[Any]:
        """The ledger of test data."""
        found: list[Any] = self.conduct(lambda session: session.state.openings)
        return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A search, and a selection among its best three, both left alone."""
    bench = Bench(tmp_path_factory.mktemp("undisturbed") / "run")
    assert bench.conduct(lambda session: session.run()).finished
    assert bench.select().complete
    return bench


def copied(bench: Bench, path: Path, lines: int | None = None) -> Bench:
    """The same run elsewhere, its journal cut after so many lines."""
    RunDirectory.create(path, "seed: 0\n")
    text = (bench.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (path / "journal.jsonl").write_bytes(b"".join(text[:lines]))
    return Bench(path, bench.evaluator)


def test_every_training_is_on_a_seed_of_its_own(undisturbed: Bench) -> None:
    """As many as planned, none with a seed of the search, none twice."""
    seeds = [request.seed for request, _ in undisturbed.told("retrain")]
    assert len(seeds) == len(set(seeds)) == make_schedule(3).trainings
    used = seeds_of_search(RunDirectory.open(undisturbed.path))
    assert len(used) == 12
    assert not used & set(seeds)


def test_the_winner_is_measured_by_trainings_that_did_not_choose_it(
    undisturbed: Bench,
) -> None:
    """`winner.json` has both kinds, apart, and the mean is that of the latter."""
    found = undisturbed.winner
    winner, (first, *others) = found["winner"], found["networks"]
    assert winner["id"] == first["id"]
    assert first["rejected_in"] is None
    assert [one["rejected_in"] for one in others] == [2, 1]
    chose = {one["seed"] for one in first["trainings"]}
    held = {one["seed"]: one["value"] for one in winner["held_out"]}
    assert (len(chose), len(held)) == (3, 5)
    assert not chose & held.keys()
    assert winner["mean"] == pytest.approx(np.mean(list(held.values())))
    assert winner["low"] < winner["mean"] < winner["high"]
    assert first["mean"] == pytest.approx(
        np.mean([one["value"] for one in first["trainings"]])
    )
    assert found["format"] == 1
    assert found["trainings"] == 13


def test_the_best_training_of_the_winner_is_the_one_that_is_tested(
    undisturbed: Bench,
) -> None:
    """Whether it chose or was held out; no other network's test data were opened."""
    found = undisturbed.winner
    trained = [*found["networks"][0]["trainings"], *found["winner"]["held_out"]]
    best = max(trained, key=lambda one: one["value"])
    assert found["winner"]["chosen_training"] == best
    tests = undisturbed.told("final")
    assert len(tests) == 2  # the end of the search, and this
    assert tests[1][0].seed == best["seed"]
    assert found["winner"]["test"]["seed"] == best["seed"]
    assert found["winner"]["metrics"]["test_accuracy"] == pytest.approx(
        best["value"] - 0.01
    )


def test_the_ledger_says_when_and_by_what(undisturbed: Bench) -> None:
    """Each opening with time, network, seed and value; `result.json` has it too."""
    search, top = undisturbed.openings()
    assert (search.by, top.by) == ("search", "train --top 3")
    assert "T" in search.at <= top.at
    assert top.network == undisturbed.winner["winner"]["id"]
    assert top.metrics.keys() == {"test_accuracy"}
    result = RunDirectory.open(undisturbed.path).read_result()
    assert result is not None
    assert [one["at"] for one in result["tests"]] == [search.at]


def test_asking_again_trains_and_tests_nothing(undisturbed: Bench) -> None:
    """The same report from the journal."""
    before, found = undisturbed.told("retrain", "final"), undisturbed.winner
    undisturbed.evaluator, kept = Lucky(fails=1.0), undisturbed.evaluator
    assert undisturbed.select().complete
    undisturbed.evaluator = kept
    assert undisturbed.told("retrain", "final") == before
    assert undisturbed.winner == found


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 1))
def test_a_selection_killed_at_any_line_ends_the_same(
    undisturbed: Bench, tmp_path_factory: pytest.TempPathFactory, cut: float
) -> None:
    """Down to the numbers of the requests, and each network is tested once."""
    lines = (undisturbed.path / "journal.jsonl").read_bytes().splitlines()
    searched = next(at for at, line in enumerate(lines) if b'"retrain"' in line)
    kept = searched + round(cut * (len(lines) - searched))
    bench = copied(undisturbed, tmp_path_factory.mktemp("cut") / "run", kept)
    assert bench.select().complete
    assert bench.winner == undisturbed.winner
    tested = Counter((one.candidate_key, one.seed) for one in bench.openings())
    assert set(tested.values()) == {1}
    trained = bench.told("retrain")
    assert len(trained) == make_schedule(3).trainings


def test_a_stopped_selection_tells_where_it_stands_and_goes_on(
    undisturbed: Bench, tmp_path: Path
) -> None:
    """Nothing is written before the end."""
    lines = (undisturbed.path / "journal.jsonl").read_bytes().splitlines()
    searched = next(at for at, line in enumerate(lines) if b'"retrain"' in line)
    bench = copied(undisturbed, tmp_path / "run", searched)
    stand = bench.select(stop=lambda: "now")
    assert not stand.complete
    assert stand.network is stand.test is None
    assert 0 < stand.done < 13
    assert not (bench.path / "winner.json").exists()
    assert bench.select().complete
    assert bench.winner == undisturbed.winner


def test_workers_do_not_change_who_wins(undisturbed: Bench, tmp_path: Path) -> None:
    """Records come in another order; seeds say which is which."""
    lines = (undisturbed.path / "journal.jsonl").read_bytes().splitlines()
    searched = next(at for at, line in enumerate(lines) if b'"retrain"' in line)
    bench = copied(undisturbed, tmp_path / "run", searched)
    bench.workers = 2
    assert bench.select().complete
    assert bench.winner == undisturbed.winner


SCRIPT = """
import sys
sys.path[:0] = {path!r}
from pathlib import Path
from test_selection import Bench, Lucky
Bench(Path(sys.argv[1]), Lucky(die_when=int(sys.argv[2]))).select()
"""


def test_a_process_that_is_killed_loses_no_training(
    undisturbed: Bench, tmp_path: Path
) -> None:
    """`kill -9` in the held-out trainings; what was told before is not done again."""
    lines = (undisturbed.path / "journal.jsonl").read_bytes().splitlines()
    searched = next(at for at, line in enumerate(lines) if b'"retrain"' in line)
    bench = copied(undisturbed, tmp_path / "run", searched)
    here = Path(__file__).parent
    script = SCRIPT.format(path=[str(here), str(here.parent)])
    seed = undisturbed.winner["winner"]["held_out"][2]["seed"]
    ended = subprocess.run(
        [sys.executable, "-c", script, str(bench.path), str(seed)],
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert ended.returncode == -signal.SIGKILL
    before = [record.request_id for _, record in bench.told("retrain")]
    assert len(before) == 8  # a batch that runs in this process is told at its end
    assert bench.select().complete
    assert bench.winner == undisturbed.winner
    assert [record.request_id for _, record in bench.told("retrain")][:8] == before


def test_a_snapshot_remembers_trainings_and_ledger(
    undisturbed: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resumed from one, nothing is done again."""
    monkeypatch.setattr("evonas.run.resume.EVENTS", 4)
    bench = Bench(tmp_path / "run")
    bench.conduct(lambda session: session.run())
    bench.select()
    assert any((bench.path / "snapshots").iterdir())
    monkeypatch.setattr("evonas.run.resume.EVENTS", 400)
    before = bench.told("retrain", "final")
    assert bench.select().complete
    assert bench.told("retrain", "final") == before
    assert [one.by for one in bench.openings()] == ["search", "train --top 3"]


def test_another_question_uses_the_trainings_that_are_there(
    undisturbed: Bench, tmp_path: Path
) -> None:
    """None of them is done twice, and none of another recipe counts."""
    bench = copied(undisturbed, tmp_path / "run")
    assert bench.select(4, 20).complete
    keys = [(r.candidate_key, q.seed) for q, r in bench.told("retrain")]
    assert len(keys) == len(set(keys))
    assert len(keys) < 13 + 20
    trained = len(keys)
    other = {"schedule": "constant"}
    assert bench.select(2, final_recipe=other).complete
    assert bench.winner["recipe"] == other
    assert len(bench.told("retrain")) == trained + make_schedule(2).trainings


def test_failures_are_counted_and_the_rest_still_chooses(tmp_path: Path) -> None:
    """Half of the trainings fail: a mean of those that went well, and who failed."""
    bench = Bench(tmp_path / "run", Lucky(fails=0.5))
    bench.conduct(lambda session: session.run())
    assert bench.select(3, 24).complete
    failed = {
        one["id"]: sum(each["value"] is None for each in one["trainings"])
        for one in bench.winner["networks"]
    }
    assert sum(failed.values()) > 0
    ((_, record),) = [
        one for one in bench.told("final") if one[0].origin["by"] != "search"
    ]
    assert record.ok
    errors = [
        each["error"]
        for one in bench.winner["networks"]
        for each in one["trainings"]
        if each["value"] is None
    ]
    assert set(errors) == {"diverged: the loss became NaN"}


def test_where_nothing_can_be_trained_nobody_wins(tmp_path: Path) -> None:
    """And nothing is held out for it, let alone tested."""
    bench = Bench(tmp_path / "run", Lucky(fails=1.0))
    bench.conduct(lambda session: session.run())
    found = bench.select()
    assert found.complete
    assert (found.network, found.test, found.held_out) == (None, None, ())
    assert bench.winner["winner"] is None
    assert [one.by for one in bench.openings()] == ["search"]


def test_a_test_that_fails_was_an_opening_all_the_same(tmp_path: Path) -> None:
    """It is in the ledger without a value, and not tried again."""
    bench = Bench(tmp_path / "run", Lucky(untestable=True))
    bench.conduct(lambda session: session.run())
    for _ in range(2):
        found = bench.select()
        assert found.complete
        assert found.test is not None
        assert not found.test.record.ok
        last = bench.openings()[-1]
        assert (last.by, last.outcome, last.metrics) == (
            "train --top 3",
            "diverged",
            {},
        )
        assert len(bench.told("final")) == 2
    assert bench.winner["winner"]["test"]["outcome"] == "diverged"


def test_the_tested_network_goes_on_from_the_trained_weights(tmp_path: Path) -> None:
    """They are kept until then, those of worse trainings are not; and handed out."""
    path = tmp_path / "run"
    bench = Bench(path, Lucky(folder=str(path / "weights")))
    bench.conduct(lambda session: session.run())
    found = bench.select()
    assert found.network is not None
    assert found.test is not None
    asked = found.test.request
    assert asked.resume == found.network.record.weights
    assert asked.resumed == asked.fidelity == FULL
    stored = {one.stem for one in (path / "weights").iterdir()}
    assert found.test.record.weights in stored
    retrained = {record.weights for _, record in bench.told("retrain")}
    assert len(stored & retrained) <= 2  # at most one a rejected network

    def handed_out(session: Session) -> Any:
        return session.state.final_of(found.winner.found)

    assert bench.conduct(handed_out) == found.test


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 40))
def test_fresh_seeds_are_new_and_always_the_same(
    seed: int, count: int, more: int
) -> None:
    """Fewer are the first of more, all different, none of those taken."""
    few, many = (fresh_seeds(seed, KEY, n, ()) for n in (count, count + more))
    assert many[:count] == few
    assert len(set(many)) == count + more
    taken = set(many[::3])
    others = fresh_seeds(seed, KEY, count, taken)
    assert not taken & set(others)
    assert others != fresh_seeds(seed + 1, KEY, count, ())


def test_seeds_that_run_out_are_told() -> None:
    """A taken set that holds everything drawn cannot be chance."""

    class Everything(frozenset[int]):
        def __contains__(self, _: object) -> bool:
            return True

    with pytest.raises(SpaceExhaustedError, match="expected 4 that the search has not"):
        fresh_seeds(0, KEY, 4, Everything())
