"""Searches on virtual clusters."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cluster import InlineExecutor
from cluster.virtual import ClusterModel, Spell
from evonas.build import Resolved, make_plan, resolve
from evonas.config import config_from_json
from evonas.errors import ConfigError
from evonas.run import Session
from evonas.simulate import (
    Figures,
    Timing,
    make_workers_evaluator,
    modes_of,
    simulate,
    with_mode,
)
from evonas.simulate.figures import utilisation_of
from evonas.storage import Journal, RunDirectory


def resolved(strategy: Any = "random", evaluations: int = 40, **more: Any) -> Resolved:
    """Settings of a search over digits."""
    given = {"name": strategy} if isinstance(strategy, str) else strategy
    return resolve(
        config_from_json(
            {
                "task": {"name": "digits"},
                "strategy": given,
                "budget": {"evaluations": evaluations},
                **more,
            }
        )
    )


def play(
    settings: Resolved, model: ClusterModel, timing: Timing | None = None
) -> Figures:
    """The figures of a search with drawn times."""
    evaluator = make_workers_evaluator(settings, timing or Timing(), None)
    figures = simulate(settings, evaluator, model)
    assert figures is not None
    return figures


def model(workers: int, **more: Any) -> ClusterModel:
    """A cluster whose manager takes a given time, so that runs can be repeated."""
    return ClusterModel(workers, **{"manager_seconds": 0.002, **more})


def test_an_asynchronous_search_keeps_its_workers_busy() -> None:
    """But for the start and the final drain, of which the tail is most."""
    figures = play(resolved(), model(4))
    assert figures.evaluations == 40
    assert figures.utilisation.steady == pytest.approx(1.0, abs=0.01)
    assert figures.utilisation.whole < 1
    busy = figures.utilisation.whole * 4 * figures.makespan
    assert busy == pytest.approx(40 * figures.mean_seconds, rel=0.01)
    assert figures.limit_workers == pytest.approx(
        1000 * figures.mean_seconds / figures.manager_ms
    )


def test_a_generation_waits_for_its_last_network() -> None:
    """Which the asynchronous mode of the same strategy does not."""
    settings = resolved({"name": "codeepneat", "networks": 8}, evaluations=32)
    assert set(modes_of(settings)) == {"generational", "asynchronous"}
    found = {
        mode: play(with_mode(settings, mode), model(8)) for mode in modes_of(settings)
    }
    assert [one.mode for one in found.values()] == list(found)
    assert found["generational"].makespan > found["asynchronous"].makespan
    steady = found["asynchronous"].utilisation.steady
    assert steady is not None
    assert steady > found["generational"].utilisation.whole


def test_a_strategy_with_one_mode_has_no_choice() -> None:
    """Nothing is compared then."""
    assert modes_of(resolved()) == ()


def test_beyond_its_limit_the_manager_sets_the_pace() -> None:
    """Half of the workers' time is gone where there are twice as many as it serves."""
    timing = Timing(mean=1.0, sigma=0.0)
    figures = play(resolved(evaluations=160), model(8, manager_seconds=0.25), timing)
    assert figures.limit_workers == pytest.approx(4, rel=0.02)
    assert figures.utilisation.steady == pytest.approx(0.5, abs=0.08)
    assert figures.manager_busy > 0.9


def test_the_same_seed_gives_the_same_figures() -> None:
    """With a manager whose time is given, all but what was measured."""
    harsh = model(4, preemptions=20.0, failures=1.0, away_seconds=60.0)
    one, two = (play(resolved(evaluations=20), harsh) for _ in range(2))
    assert replace(one, ask_ms=0.0, tell_ms=0.0) == replace(
        two, ask_ms=0.0, tell_ms=0.0
    )
    assert one.lost > 0
    json.dumps(one.to_json())


def test_workers_that_all_die_end_it_by_name() -> None:
    """The rate was too high for a search of this length."""
    with pytest.raises(ConfigError, match="--failures 1000: expected workers that"):
        play(resolved(), model(2, failures=1000.0))


def test_records_of_a_run_are_given_back(tmp_path: Path) -> None:
    """Seconds, outcomes and metrics; another search draws from the same ones."""
    settings = resolved(evaluations=6)
    directory = RunDirectory.create(tmp_path / "run", settings.config_text)
    evaluator = make_workers_evaluator(settings, None, None)

    plan = replace(make_plan(settings, directory, evaluator), final=None, export=None)
    with InlineExecutor() as executor, Session(directory, plan, executor) as session:
        session.run()
    again = make_workers_evaluator(settings, None, tmp_path / "run")
    figures = simulate(replace(settings), again, model(2))
    assert figures is not None
    assert figures.outcomes == {"ok": 6}
    assert 0 < figures.mean_seconds < 1


def test_a_run_without_anything_of_use_is_refused(tmp_path: Path) -> None:
    """There is nothing to draw from."""
    settings = resolved()
    directory = RunDirectory.create(tmp_path / "run", settings.config_text)
    Journal.create(directory.journal, settings.digest).close()
    with pytest.raises(ConfigError, match="expected a run with evaluations that went"):
        make_workers_evaluator(settings, None, tmp_path / "run")


def test_start_and_drain_are_left_out_of_the_steady_share() -> None:
    """Two workers: one begins late, one has a long last evaluation."""
    spells = [
        Spell(0, 0.0, 10.0, True),
        Spell(1, 4.0, 10.0, True),
        Spell(0, 10.0, 12.0, True),
        Spell(1, 10.0, 30.0, True),
    ]
    found = utilisation_of(spells, 2, {})
    assert found.start_seconds == 4
    assert found.drain_seconds == 20
    assert found.steady == 1.0
    assert found.whole == pytest.approx((10 + 6 + 2 + 20) / 60)


def test_lost_work_is_of_no_use_and_the_dead_have_no_time() -> None:
    """Neither counts as busy; time after death does not count at all."""
    spells = [Spell(0, 0.0, 10.0, True), Spell(1, 0.0, 5.0, False)]
    assert utilisation_of(spells, 2, {1: 5.0}).whole == pytest.approx(10 / 15)
    assert utilisation_of(spells, 2, {}).whole == pytest.approx(10 / 20)
    assert utilisation_of([], 2, {}).steady is None
