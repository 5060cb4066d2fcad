"""Weights in files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from evonas.architecture import Architecture, Layer
from evonas.errors import DataError
from evonas.network.build import Network, build
from evonas.network.weights import EXTRA, load_extra, load_into, load_state, save


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


def test_what_is_not_the_networks_is_read_by_itself(tmp_path: Path) -> None:
    """Under a name of its own, unseen by whoever wants the weights."""
    network = dense(3)
    moments = {
        f"{EXTRA}training/row": torch.arange(3),
        f"{EXTRA}other/row": torch.ones(1),
    }
    save({**network.state_dict(), **moments}, tmp_path / "w")
    state, _ = load_state(tmp_path / "w")
    assert set(state) == set(network.state_dict())
    load_into(dense(3), tmp_path / "w")
    extra = load_extra(tmp_path / "w", "training")
    assert list(extra) == ["row"]
    assert torch.equal(extra["row"], torch.arange(3))
