"""Reader of pickled data batches that never runs what a pickle asks for.

CIFAR and the down-sampled ImageNet are published as Python pickles, written by Python 2
and 3. Unpickling one calls whatever it names, so these files are not unpickled: their
operations are interpreted here, and only those that make numbers, texts, lists, tuples,
dicts and plain numeric arrays have a meaning. Every refusal tells the byte.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError

#: numpy's modules under their old and new names
_NUMPY = ("numpy.core.", "numpy._core.")
_MARK = object()
_WRONG_ORDER = "the operations of the pickle do not fit together"


@dataclass(frozen=True, slots=True)
class _Name:
    """A function or class that the pickle names; it is never looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def kind(self) -> str:
        """What may be made of it; "" for anything unknown."""
        module = self.module
        for prefix in _NUMPY:
            module = module.replace(prefix, "numpy.core.", 1)
        return _KINDS.get((module, self.name), "")


_KINDS = {
    ("numpy.core.multiarray", "_reconstruct"): "array",
    ("numpy.core.numeric", "_frombuffer"): "buffer",
    ("numpy", "ndarray"): "class",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",
    ("__builtin__", "bytes"): "empty",
}


@dataclass(slots=True)
class _Type:
    """A dtype under construction: its text, then its byte order."""

    text: str
    order: str = "="

    def dtype(self) -> np.dtype[Any]:
        kind, size = self.text.lstrip("<>=|")[:1], self.text.lstrip("<>=|")[1:]
        if kind not in ("b", "u", "i", "f") or size not in ("1", "2", "4", "8"):
            raise ValueError(f"an array of {self.text!r}, expected one of numbers")
        order = self.text[0] if self.text[0] in "<>" else self.order
        # "|" and "=" mean that there is no order to change.
        return np.dtype((order if order in ("<", ">") else "=") + kind + size)


@dataclass(slots=True)
class _Array:
    """An array under construction: made empty, filled by a later operation."""

    value: NDArray[Any] | None = None


def read_pickled_dict(content: bytes, where: str) -> dict[str, Any]:
    """What a data batch holds: names (bytes become text) → values.

    Args:
        content: of the whole file.
        where: name of the file, for messages.

    Raises:
        DataError: not a pickle of a dict of plain values and numeric arrays; nothing
            that it names was called.
    """
    machine = _Machine()
    position = 0
    try:
        for operation, argument, place in pickletools.genops(content):
            position = place or 0
            machine.step(operation.name, argument)
        value = machine.result
    # Missing entries, values of the wrong type, texts nested without end: whatever a
    # made-up sequence of operations can lead to.
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise DataError(
            f"{where}: byte {position}: expected a pickle of plain values and numeric "
            f"arrays, as the official files are, got {error or _WRONG_ORDER}; nothing "
            "of it was run. Fetch the official file again"
        ) from error
    if not isinstance(value, dict):
        raise DataError(
            f"{where}: expected a pickled dict, got {type(value).__name__}; fetch the "
            "official file again"
        )
    return {
        key.decode("latin-1") if isinstance(key, bytes) else str(key): (
            entry.value if isinstance(entry, _Array) else entry
        )
        for key, entry in value.items()
    }


class _Machine:
    """The stack and the memory of a pickle being read."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}
        self.result: Any = None
        self._steps: dict[str, Callable[[], None]] = {
            "APPEND": self._append,
            "APPENDS": self._appends,
            "SETITEM": self._set_item,
            "SETITEMS": self._set_items,
            "REDUCE": self._reduce,
            "BUILD": self._build,
        }

    def step(self, name: str, argument: Any) -> None:
        """Carry out one operation.

        Raises:
            ValueError: one that plain data do not need.
        """
        if name in _IGNORED:
            return
        if name in _TEXTS:
            # Python 2's strings: pickletools decodes them one byte a character.
            self.stack.append(argument.encode("latin-1"))
        elif name in _VALUES:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name]())
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memory[argument] = self.stack[-1]
        elif name == "MEMOIZE":
            self.memory[len(self.memory)] = self.stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            if argument not in self.memory:
                raise ValueError("a reference to an entry that was never stored")
            self.stack.append(self.memory[argument])
        elif name == "GLOBAL":
            module, _, attribute = argument.partition(" ")
            self._name(module, attribute)
        elif name == "STACK_GLOBAL":
            attribute, module = self.stack.pop(), self.stack.pop()
            self._name(str(module), str(attribute))
        elif name == "STOP":
            self.result = self.stack.pop()
        elif name in _TUPLES:
            count = _TUPLES[name]
            items = self._marked() if count is None else self._pop(count)
            self.stack.append(tuple(items))
        elif name == "LIST":
            self.stack.append(self._marked())
        elif name == "DICT":
            self.stack.append(_pairs(self._marked()))
        elif name in self._steps:
            self._steps[name]()
        else:
            raise ValueError(f"the operation {name}")

    def _name(self, module: str, attribute: str) -> None:
        named = _Name(module, attribute)
        if not named.kind:
            raise ValueError(f"the name {named}, which could run anything")
        self.stack.append(named)

    def _pop(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise IndexError(_WRONG_ORDER)
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def _marked(self) -> list[Any]:
        """Everything above the last mark, which goes as well."""
        for place in range(len(self.stack) - 1, -1, -1):
            if self.stack[place] is _MARK:
                items = self.stack[place + 1 :]
                del self.stack[place:]
                return items
        raise IndexError(_WRONG_ORDER)

    def _append(self) -> None:
        item = self.stack.pop()
        self._top(list).append(item)

    def _appends(self) -> None:
        items = self._marked()
        self._top(list).extend(items)

    def _set_item(self) -> None:
        items = self._pop(2)
        self._top(dict).update(_pairs(items))

    def _set_items(self) -> None:
        items = self._marked()
        self._top(dict).update(_pairs(items))

    def _top(self, expected: type) -> Any:
        if not isinstance(self.stack[-1], expected):
            raise TypeError(_WRONG_ORDER)
        return self.stack[-1]

    def _reduce(self) -> None:
        called, arguments = self._pop(2)
        if not isinstance(called, _Name) or not isinstance(arguments, tuple):
            raise TypeError(_WRONG_ORDER)
        self.stack.append(_made(called, arguments))

    def _build(self) -> None:
        target, state = self._pop(2)
        if isinstance(target, _Array):
            _, shape, kind, fortran, raw = state
            target.value = _filled(raw, kind, shape, "F" if fortran else "C")
        elif isinstance(target, _Type):
            order = state[1]
            target.order = order.decode() if isinstance(order, bytes) else str(order)
        else:
            raise TypeError(_WRONG_ORDER)
        self.stack.append(target)


def _made(called: _Name, arguments: tuple[Any, ...]) -> Any:
    """What a call that plain data need would have made."""
    if called.kind == "array":
        return _Array()
    if called.kind == "buffer":
        raw, kind, shape, order = arguments
        return _Array(_filled(raw, kind, shape, str(order)))
    if called.kind == "dtype":
        text = arguments[0]
        return _Type(text.decode() if isinstance(text, bytes) else str(text))
    if called.kind == "encode":
        text, encoding = arguments
        if encoding not in ("latin1", b"latin1"):
            raise ValueError("a text that is not latin1")
        return text.encode("latin-1")
    if called.kind == "empty" and not arguments:
        return b""
    raise ValueError(f"a call of {called}")


def _filled(raw: Any, kind: Any, shape: Any, order: str) -> NDArray[Any]:
    if not isinstance(raw, bytes | bytearray) or not isinstance(kind, _Type):
        raise TypeError("an array without plain values")
    sides = tuple(shape)
    if not all(type(side) is int and side >= 0 for side in sides):
        raise ValueError("an array of a shape that is none")
    values = np.frombuffer(raw, kind.dtype())
    array: NDArray[Any] = values.reshape(sides, order="F" if order == "F" else "C")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _pairs(items: list[Any]) -> dict[Any, Any]:
    # Other keys are of no use, and hashing a deeply nested one would end the process.
    if not all(isinstance(key, str | bytes | int) for key in items[::2]):
        raise TypeError("a dict with a key that is no text")
    return dict(zip(items[::2], items[1::2], strict=True))


_IGNORED = frozenset(("PROTO", "FRAME"))
_TEXTS = frozenset(("STRING", "BINSTRING", "SHORT_BINSTRING"))
_VALUES = frozenset(
    (
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
        *("FLOAT", "BINFLOAT"),
        *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
        *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
    )
)
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "MARK": lambda: _MARK,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
}
#: operation → how many entries it joins; None: all above the mark
_TUPLES = {"TUPLE": None, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
