"""A constructor call as data: one truth for building a network and for exporting it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Call:
    """The call of a module's constructor, to be made or to be written as source.

    Attributes:
        target: the class. Its source is copied into exports unless torch ships it.
        arguments: by name; plain values (numbers, texts, tuples of them) and classes.
    """

    target: type[nn.Module]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def make(self) -> nn.Module:
        """Construct the module; weights come from torch's current generator."""
        return self.target(**self.arguments)

    def source(self) -> str:
        """The call as Python: required arguments by position, defaults left out.

        For example `nn.Conv2d(16, 32, 3, padding=1)`.
        """
        return f"{render(self.target)}({', '.join(self.argument_sources())})"

    def argument_sources(self) -> list[str]:
        """Each argument of `source` by itself."""
        texts = []
        by_position = True
        for name, parameter in inspect.signature(self.target).parameters.items():
            positional = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            by_position = (
                by_position and positional and parameter.default is parameter.empty
            )
            if name in self.arguments:
                value = self.arguments[name]
                if by_position:
                    texts.append(render(value))
                elif not _same(value, parameter.default):
                    texts.append(f"{name}={render(value)}")
        return texts


def render(value: Any) -> str:
    """A value as Python source; classes of `torch.nn` as `nn.Name`."""
    if isinstance(value, type):
        in_torch = getattr(nn, value.__name__, None) is value
        return f"nn.{value.__name__}" if in_torch else value.__name__
    if isinstance(value, str):
        # JSON's escapes are Python's, and it quotes as formatters do.
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _same(value: Any, default: Any) -> bool:
    """Whether they are equal and of one type, since True == 1 and 1 == 1.0."""
    return type(value) is type(default) and bool(value == default)
