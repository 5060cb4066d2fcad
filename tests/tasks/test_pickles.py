"""Tests of the reader of pickled batches."""

from __future__ import annotations

import os
import pickle
import pickletools
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from official_files import python2_pickle

from evonas.errors import DataError
from evonas.tasks.pickles import read_pickled_dict

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)
TYPES = st.sampled_from(["u1", "i1", "<i2", ">i4", "<u8", ">f4", "<f8", "b1"])
SHAPES = st.lists(st.integers(0, 4), max_size=3)


@settings(max_examples=40)
@given(st.dictionaries(st.text(), PLAIN, max_size=4), st.integers(0, 5))
def test_plain_values_come_back_from_every_protocol(
    value: dict[str, Any], protocol: int
) -> None:
    """Numbers, texts, bytes, lists, tuples and dicts."""
    assert read_pickled_dict(pickle.dumps(value, protocol), "file") == value


@given(TYPES, SHAPES, st.integers(0, 5), st.booleans())
def test_arrays_come_back_from_every_protocol(
    dtype: str, shape: list[int], protocol: int, fortran: bool
) -> None:
    """Any byte order and memory order; what comes back is in this machine's."""
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    array = np.asfortranarray(array) if fortran else array
    found = read_pickled_dict(pickle.dumps({"x": array}, protocol), "file")["x"]
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


@given(TYPES, SHAPES, st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_what_python_2_wrote_is_read_as_python_reads_it(
    dtype: str, shape: list[int], labels: list[int]
) -> None:
    """Its strings are bytes; names of entries become text."""
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    content = python2_pickle({b"data": array, b"labels": labels, b"n": b"x" * 300})
    found, trusted = (
        read_pickled_dict(content, "file"),
        pickle.loads(content, encoding="bytes"),
    )
    assert list(found) == [key.decode() for key in trusted] == ["data", "labels", "n"]
    np.testing.assert_array_equal(found["data"], trusted[b"data"])
    assert (found["labels"], found["n"]) == (trusted[b"labels"], trusted[b"n"])


class _Hostile:
    """Pickles as a call of anything."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("protocol", range(6))
def test_a_hostile_pickle_is_refused_and_nothing_of_it_runs(
    protocol: int, tmp_path: Any
) -> None:
    """The name that it calls stands in the message, with its place."""
    victim = tmp_path / "victim"
    content = pickle.dumps({"data": _Hostile(os.mkdir, str(victim))}, protocol)
    with pytest.raises(DataError, match=r"byte \d+.*(posix\.mkdir|os\.mkdir)"):
        read_pickled_dict(content, "batch")
    assert not victim.exists()


NESTED = b")" + b"\x85" * 20_000


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "byte 0: .*exhausted before seeing STOP"),
        (b"<html>", "byte 0"),
        (b"cbuiltins\neval\n(S'1'\ntR.", r"byte 0: .*builtins\.eval"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93.", r"byte 14: .*os\.system"),
        (b"(i__main__\nA\n.", "the operation INST"),
        (b"(c__main__\nA\no.", r"__main__\.A"),
        (b"}cnumpy\nndarray\nb.", "do not fit together"),
        (b"cnumpy\nndarray\n)R.", r"a call of numpy\.ndarray"),
        (b"cnumpy\nndarray\n)\x81.", "the operation NEWOBJ"),
        (b"\x82\x01.", "the operation EXT1"),
        (b"Q.", "the operation BINPERSID"),
        (b"h\x07.", "never stored"),
        (b"e.", "do not fit together"),
        (b"\x86.", "do not fit together"),
        (b"]a.", "list index out of range"),
        (b"(}.", None),
        (b"K\x01K\x02a.", "do not fit together"),
        (b"}" + NESTED + b"K\x01s.", "a key that is no text"),
        (b"cnumpy\ndtype\n(S'O8'\ntR.", None),
        (NESTED + b"K\x01\x93.", "recursion"),
        (b"]\x94.", "expected a pickled dict, got list"),
        (b"]r\xff\xff\xff\xff.", "expected a pickled dict, got list"),
        (b"T\xff\xff\xff\x7fabc", "expected 2147483647 bytes"),
        (b"S'a'\n.", "expected a pickled dict, got bytes"),
        (b"I" + b"9" * 9_999 + b"\n.", "Exceeds the limit"),
    ],
)
def test_other_pickles_are_refused(content: bytes, message: str | None) -> None:
    """Unknown operations, made-up sequences, counts that fill the memory."""
    if message is None:
        assert read_or_none(content) is None or read_or_none(content) == {}
    else:
        with pytest.raises(DataError, match=message):
            read_pickled_dict(content, "batch")


def read_or_none(content: bytes) -> dict[str, Any] | None:
    """What is read, or None where it is refused by name."""
    try:
        return read_pickled_dict(content, "batch")
    except DataError:
        return None


@pytest.mark.parametrize(
    ("dtype", "shape", "raw", "message"),
    [
        ("O8", (1,), b"12345678", "'O8'"),
        ("V9", (1,), b"123456789", "'V9'"),
        ("u1", (5,), b"1234", "cannot reshape"),
        ("u1", (2**62, 2**62), b"1234", "cannot reshape|too big|maximum"),
        ("i4", (1,), b"123", "buffer size must be a multiple"),
        ("u1", (-1,), b"1234", "a shape that is none"),
    ],
)
def test_an_array_that_does_not_fit_its_values_is_refused(
    dtype: str, shape: tuple[int, ...], raw: bytes, message: str
) -> None:
    """Numpy is never given a state that it did not write itself."""
    sides = b"".join(b"\x8a\x09" + struct.pack("<q", n) + b"\0" for n in shape)
    if shape == (-1,):
        sides = b"J\xff\xff\xff\xff"
    content = (
        b"\x80\x02}U\x01xcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        b"K\x00\x85U\x01b\x87R(K\x01("
        + sides
        + b"tcnumpy\ndtype\n(U\x02"
        + dtype.encode()
        + b"K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff"
        b"\xffK\x00tb\x89U" + bytes([len(raw)]) + raw + b"tbs."
    )
    assert [name for name, _, _ in pickletools.genops(content)][-1].name == "STOP"
    with pytest.raises(DataError, match=message):
        read_pickled_dict(content, "batch")


@given(st.binary(max_size=60))
def test_no_sequence_of_bytes_does_anything_but_be_read_or_refused(
    content: bytes,
) -> None:
    """Neither another error nor a crash."""
    read_or_none(content)


@given(st.data())
def test_a_damaged_batch_is_read_or_refused(data: st.DataObject) -> None:
    """One wrong byte anywhere in a real one."""
    batch = {b"data": np.arange(12, dtype=np.uint8).reshape(2, 6), b"labels": [1, 2]}
    content = bytearray(python2_pickle(batch))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    read_or_none(bytes(content))
