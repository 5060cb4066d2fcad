"""Gathering the source that some classes need, to stand alone in one file.

A definition is followed through the names it uses: what its own module (or another one)
defines is copied, what comes from torch or the standard library is imported, anything
else is refused.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from evonas.errors import InputError


@dataclass
class Bundle:
    """Source that stands alone.

    Attributes:
        definitions: by name, each after those it uses.
        modules: modules imported whole, with the name they are bound to.
        names: module → names imported from it, as written (`a` or `a as b`).
    """

    definitions: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)

    def import_lines(self) -> list[str]:
        """Import statements as isort orders them: the standard library, then torch."""
        lines: list[str] = []
        for third_party in (False, True):
            section = sorted(
                f"import {text}"
                for text in self.modules
                if (_root(text) == "torch") is third_party
            )
            for module in sorted(self.names):
                if (_root(module) == "torch") is third_party:
                    imported = ", ".join(sorted(self.names[module], key=_isort_key))
                    section.append(f"from {module} import {imported}")
            lines += ["", *section] if lines and section else section
        return lines


class _Source:
    """The top level of a module's source, by the names it binds."""

    def __init__(self, module_name: str) -> None:
        try:
            self.text = inspect.getsource(importlib.import_module(module_name))
        except (OSError, TypeError) as error:
            raise InputError(
                f"export: expected the source of module {module_name!r} in a file, "
                f"got: {error}; put your own layers into a .py file"
            ) from error
        self.name = module_name
        self.lines = self.text.splitlines()
        #: name → (module, name in that module or "" for the module itself)
        self.imports: dict[str, tuple[str, str]] = {}
        self.definitions: dict[str, ast.stmt] = {}
        for node in ast.parse(self.text).body:
            self._bind(node)

    def _bind(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or _root(alias.name)
                self.imports[bound] = (alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                bound = alias.asname or alias.name
                self.imports[bound] = (self.absolute(node), alias.name)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            self.definitions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    self.definitions[target.id] = node

    def absolute(self, node: ast.ImportFrom) -> str:
        """The full name of the module that an import names."""
        relative = "." * node.level + (node.module or "")
        package = self.name.rpartition(".")[0]
        return importlib.util.resolve_name(relative, package)

    def segment(self, node: ast.stmt) -> str:
        """A definition as written, decorators included."""
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(item.lineno for item in decorators)])
        return "\n".join(self.lines[first - 1 : node.end_lineno])


class Bundler:
    """Collects definitions with everything they use into a `Bundle`."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.bundle = Bundle()
        self._sources: dict[str, _Source] = {}
        #: name → module it was taken from
        self._owners: dict[str, str] = dict.fromkeys(
            reserved, "the exported file itself"
        )

    def add(self, definition: Callable[..., Any]) -> None:
        """Collect a class or function, unless torch ships it.

        Raises:
            InputError: it uses more than torch, the standard library and source files.
        """
        module, name = definition.__module__, definition.__qualname__
        if _available(module):
            return
        if "." in name:
            raise InputError(
                f"export: expected {module}:{name} at the top level of its module, "
                "since its source is copied; move it there"
            )
        self._follow(module, name)

    def _follow(self, module: str, name: str) -> None:
        if module not in self._sources:
            self._sources[module] = _Source(module)
        source = self._sources[module]
        if name in source.definitions:
            self._copy(source, name)
        elif name in source.imports:
            self._import(source, name)
        elif not hasattr(builtins, name) and hasattr(sys.modules[module], name):
            raise InputError(
                f"export: {name!r} of {module} is bound neither by a plain import nor "
                "by a definition or assignment at the top level; write it as one of "
                "these"
            )

    def _copy(self, source: _Source, name: str) -> None:
        self._own(name, source.name, source.name)
        if name in self.bundle.definitions:
            return
        node = source.definitions[name]
        self.bundle.definitions[name] = ""  # seen: definitions may use each other
        for child in ast.walk(node):
            if isinstance(child, ast.Name) and child.id != name:
                self._follow(source.name, child.id)
            elif isinstance(child, ast.Import):
                for alias in child.names:
                    _expect_available(source.name, alias.name)
            elif isinstance(child, ast.ImportFrom):
                _expect_available(source.name, source.absolute(child))
        # Taken out and put in again, so that it comes after what it uses.
        del self.bundle.definitions[name]
        self.bundle.definitions[name] = source.segment(node)

    def _import(self, source: _Source, name: str) -> None:
        module, original = source.imports[name]
        if original and not _available(module):
            if original != name:
                raise InputError(
                    f"export: {source.name} imports {original!r} of {module} as "
                    f"{name!r}; import it under its own name, since its source is "
                    "copied"
                )
            self._follow(module, original)
            return
        _expect_available(source.name, module)
        self._own(name, f"{module}:{original}", source.name)
        if original:
            text = original if original == name else f"{original} as {name}"
            self.bundle.names.setdefault(module, set()).add(text)
        else:
            self.bundle.modules.add(
                module if _root(module) == name else f"{module} as {name}"
            )

    def _own(self, name: str, owner: str, user: str) -> None:
        """Note what a name of the exported file means; refuse a second meaning."""
        known = self._owners.setdefault(name, owner)
        if known != owner:
            raise InputError(
                f"export: the name {name!r} in {user} is taken by {known}; "
                f"rename it in {user}"
            )


def _root(module: str) -> str:
    return module.partition(".")[0].partition(" ")[0]


def _available(module: str) -> bool:
    """Whether an exported file may import it."""
    return _root(module) == "torch" or _root(module) in sys.stdlib_module_names


def _expect_available(user: str, module: str) -> None:
    if not _available(module):
        raise InputError(
            f"export: {user} imports {module!r}, but an exported network may import "
            "torch and the standard library only; do without it in layers of your own"
        )


def _isort_key(name: str) -> tuple[int, str]:
    """Constants, then classes, then the rest."""
    return 0 if name.isupper() else 1 if name[0].isupper() else 2, name
