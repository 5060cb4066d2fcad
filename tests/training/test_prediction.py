"""Seconds that a training will take, from those that others took."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import branching, convolutional

from evonas.candidate import Recipe
from evonas.training.prediction import ENOUGH, Calibration, Workload, workload


def _work(seed: int) -> Workload:
    rng = np.random.default_rng(seed)
    architecture = convolutional(filters=int(rng.integers(2, 60)))
    recipe = Recipe(shift=float(rng.integers(2)) / 10)
    steps, batch = int(rng.integers(5, 400)), int(rng.choice([16, 64]))
    side = int(rng.choice([8, 16, 28]))
    return workload(
        architecture,
        (1, side, side),
        recipe,
        steps=steps,
        batch_size=batch,
        measured=int(rng.integers(100, 5000)),
    )


@settings(max_examples=15)
@given(st.integers(0, 1000), st.floats(1e-2, 1e2))
def test_a_machine_of_any_speed_is_learned(seed: int, speed: float) -> None:
    """Whatever each kind of work costs there, as long as the costs add up."""
    rng = np.random.default_rng(seed)
    first = Calibration()
    prices = np.zeros(len(_work(0)))
    prices[[0, 1, 4, 6]] = np.array([2e-3, 1e-9, 3e-10, 4e-5]) * speed
    prices *= rng.uniform(0.5, 2, len(prices))
    for number in range(30):
        work = _work(1000 * seed + number)
        first.add(work, float(work @ prices))
    fresh = [_work(1000 * seed + 500 + number) for number in range(30)]
    truth = np.array([work @ prices for work in fresh])
    found = np.array([first.predict(work) for work in fresh])
    order = np.corrcoef(np.argsort(np.argsort(truth)), np.argsort(np.argsort(found)))
    assert order[0, 1] > 0.95
    assert np.median(np.abs(found / truth - 1)) < 0.2


def test_before_any_training_the_prior_speaks_and_is_not_trusted() -> None:
    """A small network for a moment takes between a millisecond and a minute."""
    calibration = Calibration()
    assert 1e-3 < calibration.predict(_work(1)) < 60
    for number in range(ENOUGH):
        assert not calibration.trusted
        calibration.add(_work(number), 1.0)
    assert calibration.trusted


def test_more_of_everything_takes_longer() -> None:
    """Steps, width, size and validations."""

    def predicted(filters: int, side: int, steps: int, measured: int) -> float:
        work = workload(
            convolutional(filters=filters),
            (1, side, side),
            Recipe(),
            steps=steps,
            batch_size=32,
            measured=measured,
        )
        return Calibration().predict(work)

    base = predicted(8, 8, 100, 100)
    assert predicted(16, 8, 100, 100) > base
    assert predicted(8, 16, 100, 100) > base
    assert predicted(8, 8, 200, 100) > base
    assert predicted(8, 8, 100, 900) > base


def test_a_branching_network_counts_its_every_layer() -> None:
    """Small layers cost their launch, not their arithmetic."""
    work = workload(branching(), (1, 8, 8), Recipe(), steps=3, batch_size=8, measured=0)
    assert work[6] == 3 * len(branching().layers)
