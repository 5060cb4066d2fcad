"""Proposing genomes that are new and allowed."""

from __future__ import annotations

import numpy as np
from searching import SHAPE, play, space

from evonas.advice import Verdict
from evonas.candidate import Candidate
from evonas.cells import NasBench201Cell
from evonas.errors import ConfigError, SpaceExhaustedError
from evonas.evaluation import Fidelity
from evonas.genome import nasbench201_space
from evonas.search import RandomSearch, StrategyContext
from evonas.search.proposals import Proposer
from evonas.search.random_search import RandomSettings

KNOWN = [NasBench201Cell(ops) for ops in ("333333", "111111", "120034", "210043")]


def proposer() -> Proposer[NasBench201Cell]:
    """Over a table of three cells, one of them in two forms."""
    return Proposer(nasbench201_space(known={cell.key() for cell in KNOWN}))


def test_rejections_are_counted_by_reason() -> None:
    """A missing cell is never proposed, an isomorphic one of an asked one neither."""
    one, asked = proposer(), set()
    genomes = iter([NasBench201Cell("444444"), KNOWN[2], KNOWN[3], KNOWN[0]])
    found = []
    for _ in range(2):
        proposal = one.new(lambda: next(genomes), asked.__contains__, 10)
        assert proposal is not None
        asked.add(proposal.candidate.key())
        found.append(proposal.genome)
    assert found == [KNOWN[2], KNOWN[0]]
    assert one.rejected == {"not in the table": 1, "asked before": 1}


def test_giving_up_names_the_reasons() -> None:
    """The user's mistake if nothing was ever allowed, else a space that is used up."""
    one = proposer()
    assert one.new(lambda: NasBench201Cell("444444"), lambda _: False, 5) is None
    error = one.gave_up("some search", "5 draws", first=True)
    assert isinstance(error, ConfigError)
    assert "5 not in the table" in str(error)
    error = one.gave_up("some search", "5 draws", first=False)
    assert isinstance(error, SpaceExhaustedError)


def test_random_search_asks_each_cell_of_a_table_once() -> None:
    """Whatever form it is drawn in; then the space is used up."""
    rng = np.random.default_rng(0)
    cells = [nasbench201_space().draw(rng) for _ in range(400)]
    known = {cell.key() for cell in cells}
    context = StrategyContext(
        space(),
        SHAPE,
        10,
        fidelity=Fidelity(200),
        cells=nasbench201_space(known=known),
    )
    strategy = RandomSearch(RandomSettings(), context)
    asked = play(strategy, 200, result=lambda _: 0.5)
    keys = {request.candidate.cell.key() for request in asked}  # type: ignore[union-attr]
    assert len(keys) == len(asked) == 200
    assert keys <= known
    assert strategy.report()["rejected"]["not in the table"] > 1000


def test_a_refused_candidate_shows_that_the_space_is_not_used_up() -> None:
    """Tries count from there anew; otherwise a sparse table would seem to be empty."""
    one = proposer()
    lacking = NasBench201Cell("444444")
    genomes = iter([lacking, lacking, KNOWN[0], lacking, lacking, KNOWN[1], lacking])

    def judge(candidate: Candidate) -> Verdict:
        return Verdict(candidate.cell != KNOWN[0], "a rule")

    proposal = one.new(lambda: next(genomes), lambda _: False, 3, judge)
    assert proposal is not None
    assert proposal.genome == KNOWN[1]
    assert one.rejected == {"not in the table": 4, "refused by a rule": 1}
