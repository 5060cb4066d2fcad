"""Successive rejects: which of a few networks is the best, with so many trainings.

The algorithm is that of J.-Y. Audibert, S. Bubeck and R. Munos, "Best Arm
Identification in Multi-Armed Bandits", COLT 2010 (figure 3). With K networks there are
K − 1 phases. In each one every network that is left is trained until it has had as many
trainings as the phase says; then the one with the worst mean is rejected. The lengths
of the phases grow such that close rivals, which are told apart last, are trained most;
nothing has to be known of the noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evonas.errors import InputError

#: trainings of the winner that have no part in choosing it, at least
HELD_OUT = 3
#: what the default number of trainings gives each of the last two
FINALISTS = 3
#: and how many of the winner it holds out
CONFIRMED = 5
#: of how many trainings beyond the default number one more is held out
BEYOND = 4


def phase_lengths(networks: int, budget: int) -> tuple[int, ...]:
    """How often each network that is left has been trained at the end of each phase.

    That is n_1 … n_(K−1) of the paper: n_k = ⌈(n − K) / (loḡ(K) · (K + 1 − k))⌉ with
    loḡ(K) = 1/2 + 1/2 + … + 1/K. All trainings together are never more than the budget.

    Args:
        networks: K, 2 or more.
        budget: n, more than K.
    """
    shares = 0.5 + sum(1 / i for i in range(2, networks + 1))
    free = (budget - networks) / shares
    return tuple(
        # A quotient that is whole must not become one more by its last bit.
        math.ceil(free / (networks + 1 - phase) - 1e-9)
        for phase in range(1, networks)
    )


def trainings_of(lengths: Sequence[int]) -> int:
    """Trainings of all networks together, in phases of these lengths."""
    return sum(lengths) + lengths[-1]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often each of a few networks is trained.

    Attributes:
        lengths: trainings that each network left has had at the end of each phase.
        held_out: further trainings of the winner, which have no part in choosing it.
    """

    lengths: tuple[int, ...]
    held_out: int

    @property
    def networks(self) -> int:
        """How many it chooses from."""
        return len(self.lengths) + 1

    @property
    def trainings(self) -> int:
        """All of them together."""
        return trainings_of(self.lengths) + self.held_out


def make_schedule(networks: int, trainings: int | None = None) -> Schedule:
    """The schedule that uses so many trainings in all.

    Held out for the winner are 3; from the default number on 5 and a quarter of what is
    beyond it; and always what the phases cannot use.

    Args:
        networks: to choose from, 2 or more.
        trainings: in all; None: the fewest that train each of the last two networks 3
            times to choose, and the winner 5 times to tell what it is worth.

    Raises:
        InputError: too few networks, or too few trainings for them.
    """
    if networks < 2:
        raise InputError(
            f"--top: expected 2 networks or more to choose from, got {networks}"
        )
    budget = networks + 1
    while phase_lengths(networks, budget)[-1] < FINALISTS:
        budget += 1
    enough = trainings_of(phase_lengths(networks, budget)) + CONFIRMED
    if trainings is None:
        trainings = enough
    if trainings < networks + HELD_OUT:
        raise InputError(
            f"--trainings: expected {networks + HELD_OUT} or more for {networks} "
            f"networks (one of each, and {HELD_OUT} of the winner that have no part in "
            f"choosing it), got {trainings}"
        )
    held_out = HELD_OUT
    if trainings >= enough:
        held_out = CONFIRMED + (trainings - enough) // BEYOND
    lengths = _longest(networks, trainings - held_out)
    return Schedule(lengths, trainings - trainings_of(lengths))


def _longest(networks: int, trainings: int) -> tuple[int, ...]:
    """The longest phases that need no more than so many trainings."""
    # The paper's budget is never used up, because each phase is rounded; so a larger
    # one may fit as well.
    budget = networks + 1
    while trainings_of(phase_lengths(networks, budget + 1)) <= trainings:
        budget += 1
    return phase_lengths(networks, budget)


def worst(results: Sequence[Sequence[float | None]]) -> int:
    """Whom to reject, by the results of each network so far.

    A training that failed is worse than any that did not: the network with most of them
    goes first, and the means of the others decide between equals.

    Args:
        results: of each network, the better the search thought of it the earlier; the
            higher a value the better, None for a training that failed. Of networks that
            are equal in everything the last one is rejected.
    """

    def merit(position: int) -> tuple[int, float, int]:
        values = [value for value in results[position] if value is not None]
        failures = len(results[position]) - len(values)
        mean = math.fsum(values) / len(values) if values else -math.inf
        return -failures, mean, -position

    return min(range(len(results)), key=merit)
