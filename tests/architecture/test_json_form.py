"""The JSON form: exact, short, and safe to read from anywhere."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from architecture_strategies import architectures
from hypothesis import given
from hypothesis import strategies as st

from evonas.architecture import Architecture, Edge, Layer, Shape
from evonas.architecture.canonical import canonical
from evonas.errors import ArchitectureError

GOLDEN = Path(__file__).parents[1] / "golden" / "architectures-format-1.json"
GOOD = Architecture.chain([Layer("conv", {"filters": 8}, "m1")]).to_json()


@given(architectures())
def test_an_architecture_survives_its_json_form(
    drawn: tuple[Architecture, Shape],
) -> None:
    """Through real text, to the last marking."""
    architecture, _ = drawn
    again = Architecture.from_json(json.loads(json.dumps(architecture.to_json())))
    assert again == architecture
    assert again.fingerprint() == architecture.fingerprint()
    assert again.to_json() == architecture.to_json()


@given(architectures())
def test_the_canonical_text_is_that_of_the_json_form(
    drawn: tuple[Architecture, Shape],
) -> None:
    """Put together from the texts of the layers, equal to the last byte."""
    architecture, _ = drawn
    assert architecture.canonical_text() == canonical(architecture.to_json())


def test_only_what_differs_from_the_defaults_is_written() -> None:
    """The form on disk, which must go on being readable."""
    layers = (
        Layer("input"),
        Layer("conv", {"filters": 8, "kernel": 3, "stride": 2}, "m1"),
        Layer("dropout", {"rate": 0.25}),
        Layer("output"),
    )
    architecture = Architecture(layers, (Edge(2, 3), Edge(1, 2), Edge(0, 1)))
    assert architecture.to_json() == {
        "format": 1,
        "layers": [
            ["input", {}],
            ["conv", {"filters": 8, "stride": 2}, "m1"],
            ["dropout", {"rate": 0.25}],
            ["output", {}],
        ],
        "edges": [[0, 1, 0], [1, 2, 0], [2, 3, 0]],
    }


def test_architectures_of_format_1_are_read_for_ever() -> None:
    """The golden file holds every kind that the first version had."""
    for entry in json.loads(GOLDEN.read_text()):
        architecture = Architecture.from_json(entry["architecture"])
        assert architecture.to_json() == entry["architecture"]
        assert architecture.fingerprint() == entry["fingerprint"]
        cost = architecture.cost(tuple(entry["input_shape"]))
        assert cost.parameters == entry["parameters"]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("format",), 2, "format: expected 1, got 2"),
        (("format",), True, "format: expected 1, got True"),
        (("layers",), {}, "layers: expected a list, got dict"),
        (("edges",), None, "edges: expected a list, got NoneType"),
        (("layers", 1), "conv", r"layers\[1\]: expected \[kind, parameters\]"),
        (("layers", 1), ["conv"], r"layers\[1\]: expected"),
        (("layers", 1), ["conv", []], r"layers\[1\]: expected"),
        (("layers", 1), ["conv", {}, 7], r"layers\[1\]: expected"),
        (("layers", 1), [7, {}], r"layers\[1\]: expected"),
        (("layers", 1), ["conv", {7: 8}], r"layers\[1\]: expected"),
        (("layers", 1, 1), {"filters": None}, "filters: expected a whole number"),
        (("layers", 1, 1), {"filters": [[]]}, "filters: expected a whole number"),
        (("layers", 1, 1), {"filters": {}}, "filters: expected a whole number"),
        (("layers", 1, 0), "os:system", "to be a subclass of"),
        (("edges", 0), [0, 1], r"edges\[0\]: expected \[source, target, slot\]"),
        (("edges", 0), [0, 1.0, 0], r"edges\[0\]: expected"),
        (("edges", 0), [0, True, 0], r"edges\[0\]: expected"),
        (("edges", 0), [0, 10**30, 0], "expected positions of layers"),
        (("edges", 0), "010", r"edges\[0\]: expected"),
    ],
)
def test_a_damaged_form_is_refused_with_its_place(
    path: tuple[str | int, ...], value: object, message: str
) -> None:
    """Wrong types anywhere end in an error of ours."""
    data: Any = copy.deepcopy(GOOD)
    at = data
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(ArchitectureError, match=message):
        Architecture.from_json(data)


@pytest.mark.parametrize(
    "data", [None, [], "text", 3, {}, {"format": 1}, {**GOOD, "x": 1}]
)
def test_what_is_no_architecture_at_all_is_refused(data: object) -> None:
    """Missing and additional keys alike."""
    with pytest.raises(ArchitectureError, match="object with format, layers and edges"):
        Architecture.from_json(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner)
    ),
    max_leaves=10,
)
hostile_layers = st.lists(
    json_values
    | st.tuples(
        st.sampled_from(("input", "output", "conv", "sum", "dense", "x:y", "")),
        st.dictionaries(st.sampled_from(("filters", "units", "kernel")), json_values),
    ),
    max_size=4,
)
hostile_edges = st.lists(json_values | st.tuples(*[st.integers(-1, 4)] * 3), max_size=4)


@given(
    json_values
    | st.fixed_dictionaries(
        {
            "format": st.just(1) | json_values,
            "layers": hostile_layers | json_values,
            "edges": hostile_edges | json_values,
        }
    )
)
def test_nothing_that_json_can_hold_does_more_than_an_error_of_ours(
    data: object,
) -> None:
    """Texts come from other people; the worst they do is to be refused."""
    try:
        architecture = Architecture.from_json(data)
    except ArchitectureError:
        return
    assert Architecture.from_json(architecture.to_json()) == architecture


def test_a_text_nested_too_deep_is_only_an_error() -> None:
    """The values of a parameter are looked at, not walked into."""
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    data = copy.deepcopy(GOOD)
    data["layers"][1][1]["filters"] = deep
    with pytest.raises(ArchitectureError, match="filters"):
        Architecture.from_json(data)


@pytest.mark.parametrize("strange", [True, 1.0, "1"])
def test_what_was_read_before_lets_nothing_else_pass(strange: Any) -> None:
    """Equal to Python, and still no whole number or another value of a parameter."""
    Architecture.from_json(GOOD)
    wrong = copy.deepcopy(GOOD)
    wrong["edges"][0][1] = strange
    with pytest.raises(ArchitectureError, match=r"edges\[0\]: expected \[source"):
        Architecture.from_json(wrong)
    known = Architecture.chain([Layer("conv", {"filters": 1})]).to_json()
    Architecture.from_json(known)
    known["layers"][1][1]["filters"] = strange
    with pytest.raises(ArchitectureError, match="filters"):
        Architecture.from_json(known)
