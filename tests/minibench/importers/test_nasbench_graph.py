"""NAS-Bench-Graph as records, from the real package."""

from __future__ import annotations

from itertools import islice

import pytest

from evonas.errors import ConfigError
from minibench.importers import read_source


def test_a_data_set_is_read_from_the_package() -> None:
    """Its parameters are kept beside, since nothing here can count them."""
    pytest.importorskip("nas_bench_graph", reason="nas-bench-graph is not installed")
    problem, record = next(read_source("nas-bench-graph", dataset="cora"))
    assert (problem.key, problem.outputs) == ("cora@nas-bench-graph", 7)
    assert record.input_shape == (1433,)
    assert record.metrics["published_parameters"] == 1_736_711
    assert record.cost.parameters == 0
    proteins = islice(read_source("nas-bench-graph", dataset="proteins"), 1)
    assert [set(one.metrics) >= {"validation_roc_auc"} for _, one in proteins] == [True]


def test_a_path_or_an_unknown_data_set_is_refused() -> None:
    """The package ships the table, so that a path would do nothing."""
    with pytest.raises(ConfigError, match="expected no path, since a package ships"):
        read_source("nas-bench-graph", "t.csv", dataset="cora")
    with pytest.raises(ConfigError, match=r"expected one of cora, .* got 'reddit'"):
        read_source("nas-bench-graph", dataset="reddit")
