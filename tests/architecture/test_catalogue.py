"""Layer kinds by name, and users' own by import path."""

from __future__ import annotations

from pathlib import Path

import pytest

from evonas.architecture import CATALOGUE, Architecture, Cost, Layer, kind_of
from evonas.errors import ArchitectureError

OWN_KIND = """
from evonas.architecture import Cost, LayerKind, Parameter


class Gate(LayerKind):
    parameters = {"width": Parameter(int, 2, low=1, high=9, doc="copies")}

    def output_shape(self, params, inputs):
        return (inputs[0][0] * params["width"], *inputs[0][1:])

    def cost(self, params, inputs):
        return Cost(params["width"], 7, 11)


class Broken(Gate):
    def output_shape(self, params, inputs):
        return [1, 2]


class Abstract(LayerKind):
    pass


text = "no class"
"""


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Name of a module on the path with kinds of the user's own."""
    (tmp_path / "gate_layers_for_test.py").write_text(OWN_KIND)
    (tmp_path / "failing_layers_for_test.py").write_text("1 / 0")
    monkeypatch.syspath_prepend(tmp_path)
    return "gate_layers_for_test"


def test_every_kind_is_registered_under_its_own_name() -> None:
    """The name in messages is the name in the catalogue."""
    assert all(kind.name == op for op, kind in CATALOGUE.items())


def test_an_unknown_kind_is_refused_with_the_nearest_name() -> None:
    """A slip of the pen is met with what was meant."""
    with pytest.raises(ArchitectureError, match=r"'convv' .did you mean 'conv'"):
        kind_of("convv")
    with pytest.raises(ArchitectureError, match="layer 1: unknown layer kind 'poool'"):
        Architecture.chain([Layer("poool")])


def test_a_users_own_kind_takes_part_in_shapes_and_cost(own_module: str) -> None:
    """A class named by its import path works like a kind of the catalogue."""
    architecture = Architecture.chain([Layer(f"{own_module}:Gate", {"width": 3})])
    assert architecture.shapes((2, 4))[1] == (6, 4)
    # its input is kept unless it says otherwise: 2 x 4 float32
    assert architecture.cost((2, 4)) == Cost(3, 7, 11 + 32)
    assert Architecture.from_json(architecture.to_json()) == architecture
    assert kind_of(f"{own_module}:Gate") is kind_of(f"{own_module}:Gate")


def test_a_users_own_kind_is_named_in_messages_by_its_path(own_module: str) -> None:
    """The user wrote the path, so the path is what the message says."""
    with pytest.raises(ArchitectureError, match=f"{own_module}:Gate: width: expected"):
        Architecture.chain([Layer(f"{own_module}:Gate", {"width": 10})])


def test_a_users_own_kind_that_gives_no_shape_is_refused(own_module: str) -> None:
    """A list, or numbers that are not whole, would fail far from their cause."""
    architecture = Architecture.chain([Layer(f"{own_module}:Broken")])
    with pytest.raises(ArchitectureError, match=r"Broken.*expected a tuple.*\[1, 2\]"):
        architecture.shapes((4,))


def test_a_users_own_kind_without_build_says_what_is_missing(own_module: str) -> None:
    """Only building needs torch, so it is asked for only then."""
    with pytest.raises(ArchitectureError, match="expected the class to define `build"):
        kind_of(f"{own_module}:Gate").build({"width": 1}, [(3,)])


@pytest.mark.parametrize(
    ("op", "message"),
    [
        ("no_such_module_at_all:Gate", "'no_such_module_at_all' cannot be imported"),
        ("failing_layers_for_test:Gate", "cannot be imported .ZeroDivisionError"),
        (
            "gate_layers_for_test:Missing",
            "to be a subclass of .*LayerKind, got None",
        ),
        (
            "gate_layers_for_test:text",
            "to be a subclass of .*LayerKind, got 'no class'",
        ),
        ("gate_layers_for_test:Abstract", "made without arguments"),
        ("../etc/passwd:Gate", "expected package.module:Class"),
        ("a:b:c", "expected package.module:Class"),
        (":", "expected package.module:Class"),
    ],
)
def test_an_import_path_that_leads_nowhere_is_refused(
    op: str, message: str, own_module: str
) -> None:
    """Each way to be wrong has its own words."""
    with pytest.raises(ArchitectureError, match=message):
        kind_of(op)
