"""Values and frames as bytes."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from cluster_work import OnlyInChild, echo
from hypothesis import given
from hypothesis import strategies as st

from cluster.executor import FailureKind
from cluster.wire import (
    ALIGNMENT,
    LENGTH,
    StreamReader,
    decode,
    dump,
    dump_call,
    encode,
    load,
    load_value,
)
from evonas.errors import InputError


@given(parts=st.lists(st.binary(max_size=100), max_size=8))
def test_a_frame_gives_its_parts_back(parts: list[bytes]) -> None:
    """Whatever they are, empty ones too."""
    assert [bytes(part) for part in decode(encode(parts))] == parts


@given(
    blocks=st.lists(st.binary(max_size=50), max_size=6),
    cuts=st.lists(st.integers(min_value=1, max_value=40)),
)
def test_a_stream_may_come_in_any_pieces(blocks: list[bytes], cuts: list[int]) -> None:
    """The blocks come out whole and in order, each as soon as it is complete."""
    stream = b"".join(LENGTH.pack(len(block)) + block for block in blocks)
    reader = StreamReader()
    found = []
    for cut in cuts:
        found += reader.feed(stream[:cut])
        stream = stream[cut:]
    found += reader.feed(stream)
    assert found == blocks


@given(
    value=st.recursive(
        st.none() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_plain_values_survive(value: object) -> None:
    """Dumped and loaded they are equal."""
    assert load(dump(value)) == value


@given(lengths=st.lists(st.integers(min_value=0, max_value=50), max_size=5))
def test_arrays_are_aligned_and_share_the_frames_memory(lengths: list[int]) -> None:
    """So that loading copies nothing and vector loads are fast."""
    arrays = [np.arange(length, dtype=np.float64) for length in lengths]
    frame = bytearray(dump(arrays))
    start = np.frombuffer(frame, dtype=np.uint8).ctypes.data
    for array, loaded in zip(arrays, load(frame), strict=True):
        np.testing.assert_array_equal(loaded, array)
        if loaded.size:
            offset = loaded.ctypes.data - start
            assert 0 < offset < len(frame)
            assert offset % ALIGNMENT == 0
            assert loaded.flags.writeable


def test_a_call_is_a_snapshot_of_its_payload() -> None:
    """What the caller changes later does not reach the worker."""
    array = np.zeros(3)
    call = dump_call(echo, array)
    array += 1
    _, payload = load(call)
    np.testing.assert_array_equal(payload, np.zeros(3))


@pytest.mark.parametrize(
    "function", [lambda payload: payload, functools.partial(lambda: None)]
)
def test_a_function_without_a_name_of_its_own_is_refused(function: object) -> None:
    """The message says what is possible."""
    with pytest.raises(InputError, match="top level of a module"):
        dump_call(function, None)  # type: ignore[arg-type]


def test_a_value_that_cannot_be_loaded_is_a_failure() -> None:
    """With the traceback of the loading."""
    value, failure = load_value(dump(echo))
    assert (value, failure) == (echo, None)
    assert load_value(None) == (None, None)
    stranger = OnlyInChild()
    stranger.maker = -1
    value, failure = load_value(dump(stranger))
    assert value is None
    assert failure is not None
    assert failure.kind is FailureKind.RAISED
    assert "cannot be loaded here" in failure.detail
