"""Architectures as the database writes them down, each worked out once."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property

from evonas.architecture import Architecture
from minibench.canonical import canonical, digest
from minibench.packing import pack_architecture

#: architectures that are remembered: records of one network come one after the other
_REMEMBERED = 256


class Written:
    """An architecture with its text.

    Args:
        architecture: to write down.

    Attributes:
        text: canonical JSON.
        id: of the architecture as it is written: numbering and markings count.
            (`Architecture.fingerprint` is what is equal up to isomorphism.)
    """

    def __init__(self, architecture: Architecture) -> None:
        self.architecture = architecture
        self._data = architecture.to_json()
        self.text = canonical(self._data)
        self.id = digest(self.text)

    @cached_property
    def packed(self) -> bytes:
        """It as the database keeps it."""
        return pack_architecture(self._data)


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
