"""Features: equal for equal graphs, and nothing of what the task dictates."""

from __future__ import annotations

import pytest
from architecture_strategies import architectures, renumbered
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import branching, convolutional, dense, layer

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.encoding import MAX_LEVEL, MAX_ROUNDS, Encoding
from evonas.errors import ConfigError

drawn = architectures(max_layers=16)
encodings = st.builds(
    Encoding,
    st.integers(1, MAX_LEVEL),
    st.integers(0, MAX_ROUNDS),
    st.booleans(),
    st.sampled_from(((), ("conv", "lstm"), ("batch_norm", "dense", "dropout"))),
)
SHAPE = (1, 8, 8)


def remarked(architecture: Architecture) -> Architecture:
    """Without markings."""
    layers = [Layer(one.op, one.params) for one in architecture.layers]
    return Architecture(tuple(layers), architecture.edges)


@settings(max_examples=50)
@given(drawn, encodings, st.integers(1, 2**32))
def test_isomorphic_architectures_have_equal_features(
    drawn: tuple[Architecture, Shape], encoding: Encoding, seed: int
) -> None:
    """Layers renumbered, edges in another order, no markings."""
    architecture, shape = drawn
    other = remarked(renumbered(architecture, seed))
    assert encoding.features(architecture, shape) == encoding.features(other, shape)


@settings(max_examples=50)
@given(drawn, encodings)
def test_every_round_counts_every_group_once(
    drawn: tuple[Architecture, Shape], encoding: Encoding
) -> None:
    """Rounds above those asked for are not there."""
    found = encoding.features(*drawn)
    totals = {
        number: sum(n for name, n in found.items() if name.startswith(f"{number} "))
        for number in range(MAX_ROUNDS + 1)
    }
    asked = [totals[number] for number in range(encoding.rounds + 1)]
    assert len(set(asked)) == 1
    assert all(not totals[n] for n in range(encoding.rounds + 1, MAX_ROUNDS + 1))
    assert encoding.statistics == any(name.startswith("graph ") for name in found)


def test_rounds_tell_apart_what_labels_alone_do_not() -> None:
    """The same layers in another order."""
    conv, pool = layer("conv", filters=4), layer("max_pool", kernel=3, padding="same")
    one = Architecture.chain([conv, conv, pool, pool])
    other = Architecture.chain([conv, pool, conv, pool])
    for rounds in (0, 1):
        encoding = Encoding(1, rounds, statistics=False)
        same = encoding.features(one, SHAPE) == encoding.features(other, SHAPE)
        assert same == (rounds == 0)


def test_kinds_of_edges_are_in_the_labels() -> None:
    """A sum with its name hidden still adds."""
    summed = branching()
    layers = [Layer("concat") if one.op == "sum" else one for one in summed.layers]
    joined = Architecture(tuple(layers), summed.edges)
    encoding = Encoding(1, 1, statistics=False, hidden=("sum", "concat"))
    assert encoding.features(summed, SHAPE) != encoding.features(joined, SHAPE)


def test_the_order_of_a_sum_s_inputs_means_nothing() -> None:
    """Nor that of any other merge's: only what is merged is told."""
    one = branching()
    swapped = [
        Edge(edge.source, edge.target, 1 - edge.slot) if edge.target == 4 else edge
        for edge in one.edges
    ]
    other = Architecture(one.layers, tuple(swapped))
    assert one != other
    for folding in (1, 3):
        encoding = Encoding(folding, 3)
        assert encoding.features(one, SHAPE) == encoding.features(other, SHAPE)


def test_what_the_task_dictates_is_not_told() -> None:
    """Number of outputs and size of the vocabulary."""
    encoding = Encoding()
    assert encoding.features(convolutional(3), SHAPE) == encoding.features(
        convolutional(200), SHAPE
    )
    reading = [
        Architecture.chain(
            [
                layer("embedding", vocabulary=words, dimension=8),
                layer("lstm", units=16, sequence=False),
                layer("dense", units=2),
                layer("activation"),
            ]
        )
        for words in (10, 9_000)
    ]
    found = [encoding.features(one, (12,)) for one in reading]
    assert found[0] == found[1]
    assert found[0]["graph recurrent"] == 1.0
    assert found[0]["graph edges recurrent"] == pytest.approx(0.25)


def test_hidden_layers_leave_no_trace_but_their_place() -> None:
    """Neither in labels nor in statistics; fittings too."""
    encoding = Encoding(1, 0, hidden=("conv", "batch_norm", "lstm", "dropout"))
    found = encoding.features(convolutional(dropout=0.2), SHAPE)
    assert found["0 hidden"] == 2
    assert found["graph layers hidden"] == pytest.approx(2 / 5)
    assert not any("conv" in name or "norm" in name for name in found)
    assert "0 max_pool k2 s2" in found
    lstm = Architecture.chain([layer("lstm", units=4), layer("dense", units=2)])
    assert not any("recurrent" in one for one in encoding.features(lstm, (3, 9)))


def test_statistics_of_a_small_graph() -> None:
    """By hand: two branches behind a convolution, one of which skips nothing."""
    found = Encoding(6, 0).features(branching(), SHAPE)
    assert {name: found[name] for name in found if name.startswith("graph")} == {
        "graph depth": pytest.approx(2.807, abs=1e-3),  # 6 steps
        "graph nodes": 3.0,
        "graph width": 1.0,
        # 4 and 6 filters of 3×3 with bias, the sum's projection, without the head
        "graph parameters": pytest.approx(2.458, abs=1e-3),
        "graph skips": 0.0,
        "graph edges chain": pytest.approx(6 / 8),
        "graph edges add": pytest.approx(2 / 8),
        "graph layers conv": pytest.approx(2 / 6),
        "graph layers max_pool": pytest.approx(1 / 6),
        "graph layers sum": pytest.approx(1 / 6),
        "graph layers flatten": pytest.approx(1 / 6),
        "graph layers dense": pytest.approx(1 / 6),
    }
    layers = (*dense().layers[:-1], layer("sum"), layer("output"))
    edges = ((0, 1), (1, 2), (2, 3), (3, 4), (2, 4, 1), (0, 4, 2), (4, 5))
    skipping = Architecture(layers, tuple(Edge(*edge) for edge in edges))
    assert Encoding().features(skipping, (4,))["graph skips"] == pytest.approx(
        1.585, 1e-3
    )


def test_settings_out_of_range_are_refused() -> None:
    """With what is expected."""
    with pytest.raises(ConfigError, match="folding: expected a level from 1 to 6"):
        Encoding(0)
    with pytest.raises(ConfigError, match="rounds: expected a whole number from 0 to"):
        Encoding(rounds=4)
    assert Encoding(hidden=("b", "a", "b")).hidden == ("a", "b")
