"""Policies over choices."""

from __future__ import annotations

import json
from math import log

import numpy as np
import pytest

from evonas.search.choice_codes import ABSENT
from evonas.search.controllers import (
    Controller,
    Logits,
    LSTMController,
    from_text,
    softmax,
    to_text,
)

SIZES = (3, 2, 4, 2)


def controllers(seed: int = 0) -> list[Controller]:
    """One of each."""
    return [Logits(SIZES, 0.2), LSTMController(SIZES, 5, 0.02, rng(seed))]


def rng(seed: int = 0) -> np.random.Generator:
    """A generator."""
    return np.random.default_rng(seed)


def drawn(controller: Controller, seed: int) -> tuple[int, ...]:
    """Codes of all choices."""
    draw = controller.drawing(rng(seed))
    return tuple(draw(place, np.ones(size, bool)) for place, size in enumerate(SIZES))


def log_probability(controller: LSTMController, codes: np.ndarray) -> float:
    """Read off by drawing: the gradient of a head's bias is one-hot less p."""
    gradient = controller.gradients(codes)["head_bias"]
    total, start = 0.0, 0
    for place, size in enumerate(SIZES):
        if codes[place] != ABSENT:
            total += log(1 - gradient[start + codes[place]])
        start += size
    return total


@pytest.mark.parametrize("codes", [[2, 0, 3, 1], [1, ABSENT, 0, 1], [0, 1, 2, ABSENT]])
def test_the_gradient_of_the_lstm_is_that_of_the_log_probability(
    codes: list[int],
) -> None:
    """Against central differences, for every weight."""
    controller = LSTMController(SIZES, 3, 0.01, rng(1))
    chosen = np.array(codes)
    step = 1e-6
    for name, gradient in controller.gradients(chosen).items():
        weights = controller._weights[name]
        for at in np.ndindex(weights.shape):
            before = weights[at]
            ends = []
            for sign in (1, -1):
                weights[at] = before + sign * step
                ends.append(log_probability(controller, chosen))
            weights[at] = before
            slope = (ends[0] - ends[1]) / (2 * step)
            assert slope == pytest.approx(gradient[at], abs=1e-7)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_move_makes_codes_likelier_or_unlikelier(sign: float) -> None:
    """By the sign of the advantage."""
    codes = np.array([2, 0, 3, 1])
    for controller in controllers():
        before = [drawn(controller, seed) for seed in range(300)]
        for _ in range(30):
            controller.move(codes, sign)
        after = [drawn(controller, seed) for seed in range(300)]
        shares = [np.mean(np.array(one) == codes) for one in (before, after)]
        assert sign * (shares[1] - shares[0]) > 0.1


def test_only_allowed_codes_are_drawn() -> None:
    """Also where the policy has given them up."""
    for controller in controllers():
        for _ in range(2000):
            controller.move(np.array([0, ABSENT, ABSENT, ABSENT]), 5.0)
        draw = controller.drawing(rng())
        found = {draw(0, np.array([False, True, True])) for _ in range(50)}
        assert found <= {1, 2}


def test_choices_that_do_not_apply_are_not_moved() -> None:
    """Their logits stay 0."""
    controller = Logits(SIZES, 0.5)
    controller.move(np.array([1, ABSENT, 2, ABSENT]), 1.0)
    logits = [
        from_text(text, (size,))
        for text, size in zip(controller.state()["logits"], SIZES, strict=True)
    ]
    assert not logits[1].any()
    assert not logits[3].any()
    # One step from uniform: rate · (one-hot − 1/3).
    assert logits[0] == pytest.approx([-0.5 / 3, 1 / 3, -0.5 / 3])


def test_a_restored_controller_goes_on_exactly() -> None:
    """Through JSON, the moments of Adam included."""
    for first, second in zip(controllers(0), controllers(1), strict=True):
        for seed in range(5):
            first.move(np.array(drawn(first, seed)), 0.7)
        second.restore(json.loads(json.dumps(first.state())))
        for controller in (first, second):
            controller.move(np.array([0, 1, 2, 0]), -0.3)
        assert first.state() == second.state()
        assert drawn(first, 9) == drawn(second, 9)
        assert 0 < first.certainty() <= 1


def test_numbers_as_text_lose_nothing() -> None:
    """Any of them, whatever the machine's byte order."""
    values = np.array([[0.1, -0.0, 1e-308], [np.pi, 1e308, -7.0]])
    assert to_text(np.array([1.0])) == "AAAAAAAA8D8="
    again = from_text(to_text(values), (2, 3))
    assert (again == values).all()
    assert np.signbit(again[0, 1])


def test_large_logits_do_not_overflow() -> None:
    """Probabilities stay numbers."""
    assert softmax(np.array([1000.0, 0.0])) == pytest.approx([1.0, 0.0])
