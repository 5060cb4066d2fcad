"""Candidates as records keep them: without the markings of their layers."""

from __future__ import annotations

from dataclasses import replace

from evonas.architecture import Architecture
from evonas.candidate import Candidate


def unmarked(candidate: Candidate) -> Candidate:
    """The candidate with an architecture whose layers say nothing of their origin."""
    given = candidate.architecture
    layers = tuple(replace(layer, marking="") for layer in given.layers)
    return Candidate(Architecture(layers, given.edges), candidate.recipe)
