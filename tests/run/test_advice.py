"""Searches with an advisor: what is journalled, and what a resumed run makes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from advising import CHANCE, MODULES, Adviser, chance_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from synthetic import SHAPE, SyntheticEvaluator, space, strategy

from cluster import InlineExecutor, ProcessExecutor
from evonas.advice import AUDIT, Revision
from evonas.errors import ConfigError
from evonas.evaluation import Request
from evonas.population import Objective
from evonas.run import Budget, Finish, Plan, RunState, Session
from evonas.search import CoDeepNEAT, StrategyContext
from evonas.space import Choice, ConstraintSet
from evonas.storage import Journal, RunDirectory

EVALUATIONS = 30
OBJECTIVES = (Objective("validation_accuracy"),)
HARD = ConstraintSet(blocks={"conv": {}, "separable_conv": {}})
SOFT = ConstraintSet(
    merges=Choice(("sum",)), mode="soft", weights={"merges": {"sum": 1.0}}
)
NOTHING = ConstraintSet(blocks={"lstm": {}})
EVENTS = ("constrained", "refitted", "edited")


def advised(adviser: Adviser, mode: str = "generational") -> CoDeepNEAT:
    """The synthetic search, with an advisor."""
    settings = strategy(mode=mode)._settings
    context = StrategyContext(space(), SHAPE, 10, advisor=adviser)
    return CoDeepNEAT(settings, context)


def adviser() -> Adviser:
    """Refuses four networks in ten and three modules in ten, and revises four times."""
    return Adviser(0.4, 0.3, 0.3, revisions=(SOFT, None, HARD, SOFT), every=6)


def search(path: Path, workers: int = 0, **more: Any) -> tuple[Finish, Adviser]:
    """Start or resume the run in `path`, with an advisor of its own."""
    if not path.exists():
        RunDirectory.create(path, "seed: 0\n")
    one = more.pop("adviser", None) or adviser()
    plan = Plan(
        strategy=advised(one, more.pop("mode", "generational")),
        advisor=one,
        evaluator=SyntheticEvaluator(),
        objectives=OBJECTIVES,
        budget=Budget(EVALUATIONS),
        final=None,
        seed=0,
        config_digest="abc",
        edits=more.pop("edits", None),
    )
    executor = ProcessExecutor(workers) if workers else InlineExecutor()
    with executor, Session(RunDirectory.open(path), plan, executor, **more) as session:
        return session.run(), one


def events(path: Path, *names: str) -> list[tuple[str, dict[str, Any]]]:
    """Events of these names."""
    lines = Journal.read(path / "journal.jsonl")
    return [(one.name, dict(one.data)) for one in lines if one.name in names]


def records(path: Path) -> list[tuple[Any, ...]]:
    """What matters of every record, in the order of requests."""
    told = [data["record"] for _, data in events(path, "told")]
    return sorted(
        (r["request_id"], r["candidate_key"], str(r["metrics"])) for r in told
    )


def requests(path: Path) -> list[Request]:
    """All that were asked."""
    asked = [data["requests"] for _, data in events(path, "asked")]
    return [Request.from_json(one) for several in asked for one in several]


def refused(path: Path) -> list[dict[str, Any]]:
    """All that the journal says was refused."""
    return [one for _, data in events(path, "asked") for one in data.get("refused", ())]


def comparable(path: Path) -> tuple[Any, ...]:
    """All that must not depend on when a run was killed."""
    found = RunDirectory.open(path).read_result()
    assert found is not None
    return (
        records(path),
        [one.to_json() for one in requests(path)],
        refused(path),
        events(path, *EVENTS),
        found["constraints"],
        found["rejected"],
    )


@pytest.fixture(scope="module", params=["generational", "asynchronous"])
def undisturbed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A run that was left alone."""
    path = tmp_path_factory.mktemp(request.param) / "run"
    assert search(path, mode=request.param)[0].finished
    return request.param, path


def test_the_journal_tells_refusals_audits_and_revisions(
    undisturbed: tuple[str, Path],
) -> None:
    """Each refusal once, with what was asked next; audits are requests of that name."""
    _, path = undisturbed
    told = refused(path)
    assert {one["rule"] for one in told} == {CHANCE, MODULES}
    assert {one["stage"] for one in told} >= {"ask", "initialise", "mutate"}
    asked = requests(path)
    audits = [one for one in asked if one.purpose == "audit"]
    assert audits
    for one in asked:
        assert (chance_of(one.candidate) < 0.4) == (one in audits)
        assert one.origin.get(AUDIT) == (CHANCE if one in audits else None)
    result = RunDirectory.open(path).read_result()
    assert result is not None
    networks = [one for one in told if one["rule"] == CHANCE]
    modules = [one for one in told if one["rule"] == MODULES]
    assert result["rejected"][f"refused by {CHANCE}"] == len(networks)
    assert result["rejected"][f"modules refused by {MODULES}"] == len(modules)
    assert result["constraints"]["taken"] == 4


def test_revisions_are_taken_in_turn_and_hold(undisturbed: tuple[str, Path]) -> None:
    """With a set they are `constrained`, without one `refitted`."""
    mode, path = undisturbed
    names = [name for name, _ in events(path, *EVENTS)]
    assert names == ["constrained", "refitted", "constrained", "constrained"]
    order = events(path, *EVENTS, "asked", "told")
    told = asked = 0
    for name, data in order:
        told += name == "told"
        asked += len(data["requests"]) if name == "asked" else 0
        if name in EVENTS:
            assert told >= 6 * data["note"]["number"]
            if mode == "generational":
                assert told == asked
    assert order[0][0] == "constrained"


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(cut=st.floats(0, 1), torn=st.integers(0, 60))
def test_a_run_killed_at_any_event_goes_on_in_the_same_way(
    undisturbed: tuple[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
    cut: float,
    torn: int,
) -> None:
    """Also between a revision and the requests after it."""
    mode, whole = undisturbed
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    kept = 1 + int(cut * (len(lines) - 1))
    path = tmp_path_factory.mktemp("cut") / "run"
    RunDirectory.create(path, "seed: 0\n")
    rest = lines[kept][:torn].rstrip(b"\n") if kept < len(lines) else b""
    (path / "journal.jsonl").write_bytes(b"".join(lines[:kept]) + rest)
    assert search(path, mode=mode)[0].finished
    assert comparable(path) == comparable(whole)


def test_a_snapshot_keeps_the_advisor(
    undisturbed: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has counted and taken over goes on from there."""
    monkeypatch.setattr("evonas.run.resume.EVENTS", 8)
    mode, whole = undisturbed
    left = iter([""] * 20)
    path = tmp_path / "run"
    assert not search(path, mode=mode, stop=lambda: next(left, "enough"))[0].finished
    assert list((path / "snapshots").iterdir())
    finish, one = search(path, mode=mode)
    assert finish.finished
    assert comparable(path) == comparable(whole)
    # fewer than all, or the snapshot was of no use
    assert 0 < len(one.seen) < one.judged


def test_a_journal_replays_to_the_state_of_the_run(
    undisturbed: tuple[str, Path],
) -> None:
    """Of strategy and advisor alike; refusals are not told again."""
    mode, path = undisturbed
    one = adviser()
    state = RunState(advised(one, mode), OBJECTIVES, one)
    for event in Journal.read(path / "journal.jsonl"):
        state.replay(event.name, event.data, "here")
    _, other = search(path, mode=mode)
    assert json.dumps(one.state()) == json.dumps(other.state())
    assert one.refusals() == []


def test_generations_do_not_depend_on_the_number_of_workers(tmp_path: Path) -> None:
    """Records, refusals and revisions are the same."""
    paths = [tmp_path / "one", tmp_path / "three"]
    for path, workers in zip(paths, (1, 3), strict=True):
        assert search(path, workers)[0].finished
    first, second = paths
    assert records(first) == records(second)
    assert events(first, *EVENTS) == events(second, *EVENTS)
    assert refused(first) == refused(second)


# A person's edits ---------------------------------------------------------------------


class Once:
    """Edits that wait from a certain look on, each taken once."""

    def __init__(self, *edits: Revision, after: int = 3) -> None:
        self.waits, self.looks, self._after = list(edits), 0, after
        self.refused: list[str] = []

    @contextmanager
    def waiting(self) -> Iterator[Revision | None]:
        """As a file would be."""
        self.looks += 1
        if self.looks < self._after or not self.waits:
            yield None
            return
        try:
            yield self.waits[0]
        except ConfigError as error:
            self.refused.append(str(error))
        del self.waits[0]


def test_an_edit_is_journalled_and_comes_before_the_advisors_revision(
    tmp_path: Path,
) -> None:
    """The advisor takes it over, too; a resumed run needs it only from the journal."""
    edit = Revision(HARD, {"by": "person", "hold": True})
    quiet = Adviser()
    finish, _ = search(tmp_path / "run", adviser=quiet, edits=Once(edit))
    assert finish.finished
    assert events(tmp_path / "run", *EVENTS) == [("edited", edit.to_json())]
    assert quiet.taken == [json.dumps(edit.to_json(), sort_keys=True)]
    lines = (tmp_path / "run" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if b'"edited"' in line)
    path = tmp_path / "again"
    RunDirectory.create(path, "seed: 0\n")
    (path / "journal.jsonl").write_bytes(b"".join(lines[: place + 2]))
    assert search(path, adviser=Adviser())[0].finished
    assert comparable(path) == comparable(tmp_path / "run")


def test_an_edit_that_leaves_nothing_does_no_harm(tmp_path: Path) -> None:
    """It is not in the journal, where it would end the run at every resume."""
    bad = Revision(NOTHING, {"by": "person", "hold": True})
    edits = Once(bad)
    assert search(tmp_path / "run", adviser=Adviser(), edits=edits)[0].finished
    assert edits.refused[0].startswith("the constraint set allows none of the space's")
    assert search(tmp_path / "plain", adviser=Adviser())[0].finished
    assert comparable(tmp_path / "run") == comparable(tmp_path / "plain")


# Refusing everything ------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["generational", "asynchronous"])
@pytest.mark.parametrize("kind", ["networks", "modules"])
def test_an_advisor_that_nobody_can_please_ends_the_search_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, kind: str
) -> None:
    """Its rule is in the reason; modules and networks alike, in both modes."""
    for room in ("proposals", "genome_search", "parts"):
        monkeypatch.setattr(f"evonas.search.{room}.REFUSALS", 30)
    monkeypatch.setattr("evonas.search.codeepneat.BARREN", 2)
    share, modules = (2.0, 0.0) if kind == "networks" else (0.0, 2.0)
    one = Adviser(share, 0.0, modules, rule="never")
    finish, _ = search(tmp_path / "run", adviser=one, mode=mode)
    summary = finish.summary
    rule = "never" if kind == "networks" else MODULES
    assert summary.reason == "exhausted"
    assert f"by {rule}" in summary.detail
    told = refused(tmp_path / "run")
    assert told
    assert {one["rule"] for one in told} == {rule}
