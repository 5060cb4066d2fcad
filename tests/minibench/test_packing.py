"""Packing: what goes in comes out, small; damage is named."""

from __future__ import annotations

import pytest
from architecture_strategies import architectures
from bench_records import record, records
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.architecture import Architecture, Shape
from evonas.errors import DatabaseError
from minibench import BenchRecord
from minibench.canonical import canonical
from minibench.packing import (
    pack_architecture,
    pack_record,
    unpack_architecture,
    unpack_record,
)
from minibench.written import written


@settings(max_examples=40)
@given(architectures())
def test_architectures_come_back(drawn: tuple[Architecture, Shape]) -> None:
    """Every layer, edge and marking."""
    data = drawn[0].to_json()
    assert unpack_architecture(pack_architecture(data)) == data


@settings(max_examples=20)
@given(records())
def test_records_come_back(one: BenchRecord) -> None:
    """Letter by letter."""
    text = canonical(one.to_json(reference=True))
    assert unpack_record(pack_record(text)) == text


@given(st.binary(max_size=40), st.integers(0, 200))
def test_damage_is_named(noise: bytes, cut: int) -> None:
    """Whether the data are cut or something else."""
    packed = pack_record(canonical(record().to_json(reference=True)))
    for damaged in (noise, packed[: min(cut, len(packed) - 1)]):
        with pytest.raises(DatabaseError, match="got damaged data"):
            unpack_record(damaged)


def test_a_network_is_written_down_once() -> None:
    """The same object gives the same text, without working it out again."""
    architecture = record().architecture
    assert written(architecture) is written(architecture)
    assert written(architecture).id == record().architecture_id
