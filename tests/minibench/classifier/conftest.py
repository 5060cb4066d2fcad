"""Classifiers of a small made-up database, fitted once."""

from __future__ import annotations

import pytest
from bench_networks import bench

from evonas.encoding import Encoding
from minibench.classifier import Classifiers, samples_of
from minibench.classifier.training import Chosen, Method, choose, train


@pytest.fixture(scope="package")
def chosen() -> Chosen:
    """The samples of three problems of images and one of series."""
    found = bench().items()
    return choose([one for key, value in found for one in samples_of(key, value)])


@pytest.fixture(scope="package")
def classifiers(chosen: Chosen) -> Classifiers:
    """What is fitted on them."""
    return train(chosen, Method(Encoding()))
