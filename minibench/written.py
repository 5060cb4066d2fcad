"""Architectures as the database writes them down, each worked out once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from evonas.architecture import Architecture
from evonas.architecture.wording import shown
from evonas.errors import DataError
from minibench.canonical import digest
from minibench.packing import pack_architecture

#: architectures that are remembered: as many as a writer takes at once, and more
_REMEMBERED = 1_024


class Written:
    """What an architecture is written down as.

    Its JSON is made anew for each of the two forms: hundreds of lists for a network,
    which Python's collector would walk through again and again were they kept.

    Args:
        architecture: to write down.

    Attributes:
        id: of the architecture as it is written: numbering and markings count.
            (`Architecture.fingerprint` is what is equal up to isomorphism.)

    Raises:
        DataError: it has layers of somebody's own code.
    """

    def __init__(self, architecture: Architecture) -> None:
        check_kinds([layer.op for layer in architecture.layers])
        self._architecture = architecture
        self.id = digest(architecture.canonical_text())

    @cached_property
    def packed(self) -> bytes:
        """It as the database keeps it."""
        return pack_architecture(self._architecture.to_json())


def check_kinds(ops: Sequence[Any]) -> None:
    """Complain about layers of somebody's own code.

    To read one means to import the module that it names, which nobody should do at the
    word of a file, and most could not.

    Args:
        ops: names of the layers' kinds.

    Raises:
        DataError: naming the first of them.
    """
    for op in ops:
        if isinstance(op, str) and ":" in op and not op.startswith("evonas."):
            raise DataError(
                "record: expected layers of the kinds that evonas has, got "
                f"{shown(op)}; a layer of your own code cannot be shared as data"
            )


_remembered: OrderedDict[int, Written] = OrderedDict()


def written(architecture: Architecture) -> Written:
    """What an architecture is written down as.

    Args:
        architecture: the same object gives the same answer at once.
    """
    # Equality would compare every layer, so that the object itself is the key; it is
    # kept alive by what is remembered.
    key = id(architecture)
    found = _remembered.get(key)
    if found is None:
        found = _remembered[key] = Written(architecture)
        if len(_remembered) > _REMEMBERED:
            _remembered.popitem(last=False)
    return found
