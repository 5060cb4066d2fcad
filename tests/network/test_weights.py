"""Weights in files, and handed on by marking."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from architecture_strategies import architectures, renumbered
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.architecture import Architecture, Layer, Shape
from evonas.errors import DataError
from evonas.network.build import Network, build
from evonas.network.weights import load_into, load_state, save, transfer


def dense(*units: int, op: str = "dense") -> Network:
    """Dense layers marked d0, d1, ..."""
    layers = [Layer(op, {"units": n}, f"d{at}") for at, n in enumerate(units)]
    return build(Architecture.chain(layers), (4,), sum(units))


def equal(first: Network, second: Network) -> bool:
    """Whether all tensors are the same."""
    state = second.state_dict()
    return all(
        torch.equal(one, state[name]) for name, one in first.state_dict().items()
    )


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    """Bit for bit, with its metadata."""
    network, other = dense(3, 2), build(dense(3, 2).architecture, (4,), 99)
    assert not equal(network, other)
    save(network, tmp_path / "w.safetensors", {"task": "digits"})
    assert load_into(other, tmp_path / "w.safetensors") == {"task": "digits"}
    assert equal(network, other)


def test_a_state_dict_is_saved_like_its_network(tmp_path: Path) -> None:
    """Both forms give the same file."""
    network = dense(3)
    save(network, tmp_path / "a")
    save(network.state_dict(), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_only_complete_files_appear_under_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that dies before the rename leaves the earlier file as it was."""
    path = tmp_path / "w"
    save(dense(3), path)
    before = path.read_bytes()

    def die(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(OSError, match="No space left"):
        save(dense(5), path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["w"]


@pytest.mark.parametrize("damage", ["missing", "cut", "noise"])
def test_a_file_that_holds_no_weights_is_named(tmp_path: Path, damage: str) -> None:
    """With what was found and what to do."""
    path = tmp_path / "w.safetensors"
    if damage == "cut":
        save(dense(3), path)
        path.write_bytes(path.read_bytes()[:-5])
    elif damage == "noise":
        path.write_bytes(b"\x93NUMPY" * 20)
    with pytest.raises(DataError, match=r"w\.safetensors: expected a safetensors file"):
        load_state(path)


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    """By the names, and where these agree, by the shapes; nothing is loaded."""
    save(dense(3, 2), tmp_path / "w")
    one, wide = dense(3), dense(4, 2)
    before = wide.state_dict()["layer_1.weight"].clone()
    with pytest.raises(DataError, match=r"not in the network \['layer_2.bias'"):
        load_into(one, tmp_path / "w")
    with pytest.raises(
        DataError, match=r"layer_1.weight: expected shape \(4, 4\), got"
    ):
        load_into(wide, tmp_path / "w")
    assert torch.equal(wide.state_dict()["layer_1.weight"], before)


@settings(max_examples=40, deadline=None)
@given(architectures(), st.integers(1, 2**32))
def test_a_renumbered_network_inherits_everything_by_its_markings(
    drawn: tuple[Architecture, Shape], seed: int
) -> None:
    """Positions have no part in it: markings are all that counts."""
    architecture, shape = drawn
    marked = Architecture(
        tuple(
            Layer(layer.op, layer.params, f"m{at}")
            for at, layer in enumerate(architecture.layers)
        ),
        architecture.edges,
    )
    source = build(marked, shape, 0)
    target = build(renumbered(marked, seed), shape, 1)
    taken = transfer(source.state_dict(), marked, target)
    assert set(taken) == set(target.state_dict())
    places = {layer.marking: at for at, layer in enumerate(marked.layers)}
    for name, tensor in target.state_dict().items():
        module, _, rest = name.partition(".")
        place = places[target.markings[module]]
        assert torch.equal(tensor, source.state_dict()[f"layer_{place}.{rest}"])


def test_only_tensors_of_the_same_shape_are_handed_on() -> None:
    """A layer that grew keeps what still fits; the rest stays as it was initialised."""
    source, target = dense(3, 2), dense(5, 2)
    before = target.state_dict()["layer_2.weight"].clone()
    taken = transfer(source.state_dict(), source.architecture, target)
    assert taken == ("layer_2.bias",)
    assert torch.equal(target.layer_2.bias, source.layer_2.bias)
    assert torch.equal(target.layer_2.weight, before)


def test_layers_without_a_marking_or_of_another_kind_inherit_nothing() -> None:
    """An empty marking is no identity, and a filter is no dense row."""
    bare = Architecture.chain([Layer("dense", {"units": 3})])
    target = build(bare, (4,), 1)
    assert transfer(build(bare, (4,), 0).state_dict(), bare, target) == ()
    kinds = [
        build(Architecture.chain([Layer(op, {"units": 3}, "same")]), (4, 5), 0)
        for op in ("lstm", "gru")
    ]
    assert transfer(kinds[0].state_dict(), kinds[0].architecture, kinds[1]) == ()


def test_a_marking_that_occurs_twice_stands_for_its_first_bearer() -> None:
    """So that the result does not depend on anything but the source."""
    layers = [Layer("dense", {"units": 4}, "twin")] * 2
    source = build(Architecture.chain(layers), (4,), 0)
    target = build(Architecture.chain(layers[:1]), (4,), 1)
    transfer(source.state_dict(), source.architecture, target)
    assert torch.equal(target.layer_1.weight, source.layer_1.weight)
