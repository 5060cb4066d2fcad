"""Where each setting was written: the YAML reader and the `--set` overrides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evonas.errors import ConfigError

#: the keys and list positions that lead to a setting
Trail = tuple[str | int, ...]

#: no honest file is larger or deeper; aliases of aliases can be, by a few lines
_MAX_SETTINGS = 100_000
_MAX_DEPTH = 100

#: the dotted key that a message begins with
_LEADING_KEY = re.compile(r"[a-z_]+(\.[\w-]+)*(?=[:\[ ])")


@dataclass
class ConfigSource:
    """Remembers for each setting the file and line, or the override, it came from."""

    #: not compared: where a setting was written is no part of what it is
    origins: dict[Trail, str] = field(default_factory=dict, compare=False)

    def where(self, trail: Trail) -> str:
        """`<file>, line <n>: ` of a setting or its nearest section; "" if unknown.

        A section that only overrides have made is where they are, if it is one place.
        """
        trail = tuple(trail)
        for length in range(len(trail), -1, -1):
            nearest = trail[:length]
            if found := self.origins.get(nearest):
                return f"{found}: "
            inside = {
                origin
                for known, origin in self.origins.items()
                if nearest and known[:length] == nearest
            }
            if len(inside) == 1:
                return f"{inside.pop()}: "
        return ""

    @contextmanager
    def locating(self) -> Iterator[None]:
        """Put file and line before complaints of other rooms that begin with a key.

        A `ConfigError` such as `space.merges: expected …` gets the place of that key.
        """
        try:
            yield
        except ConfigError as error:
            key = _LEADING_KEY.match(str(error))
            trail = tuple(key[0].split(".")) if key else ()
            # An override may stand where the file has no such section.
            if not any(known[:1] == trail[:1] for known in self.origins if known):
                raise
            raise ConfigError(f"{self.where(trail)}{error}") from error

    def override(self, data: dict[str, Any], text: str) -> Trail:
        """Apply one `dotted.key=value` to nested settings; gives the changed trail."""
        key, equals, value_text = text.partition("=")
        trail = tuple(key.strip().split("."))
        origin = f"--set {text}"
        if not equals or not all(trail):
            raise ConfigError(
                f"{origin}: expected dotted.key=value, for example "
                "fidelity.epochs=2 or budget.evaluations=50"
            )
        value, origins = _parse(value_text, origin, lambda _: origin)
        origins.setdefault((), origin)  # no value at all has no node
        section = data
        for depth, name in enumerate(trail[:-1], start=1):
            if section.get(name) is None:  # also `fidelity:` with nothing under it
                section[name] = {}
            inner = section[name]
            if not isinstance(inner, dict):
                raise ConfigError(
                    f"{origin}: `{dotted(trail[:depth])}` is {inner!r} and has no keys"
                )
            section = inner
        section[trail[-1]] = value
        self.origins.update({(*trail, *inner): one for inner, one in origins.items()})
        return trail


def dotted(trail: Sequence[str | int]) -> str:
    """A trail as text: `objectives[0].metric`."""
    text = ""
    for step in trail:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def read_yaml(path: Path) -> tuple[dict[str, Any], ConfigSource]:
    """A YAML file as nested plain values, and where each stands.

    Raises:
        ConfigError: no such file, not YAML, a key twice, or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a configuration file, got: {error.strerror}"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: expected UTF-8 text, got: {error}; save it as UTF-8"
        ) from None
    data, origins = _parse(text, str(path), lambda line: f"{path}, line {line}")
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}: expected sections such as `task:` and `strategy:`, got "
            f"{'an empty file' if data is None else type(data).__name__}"
        )
    return data, ConfigSource(origins)


class _Loader(yaml.SafeLoader):
    """YAML with the plain scalars that people expect.

    Only true and false are booleans (not `no` and `off`), 1e-3 is a number, and a date
    is text, as in YAML 1.2.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, Any]]] = {  # noqa: RUF012
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag.rpartition(":")[2] in ("null", "int", "merge")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    "tTfF",
)
_FLOAT = re.compile(
    r"^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]?\d+)?|\.\d[\d_]*(?:[eE][-+]?\d+)?"
    r"|\d[\d_]*[eE][-+]?\d+|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


class Dumper(yaml.SafeDumper):
    """Quotes a text that `_Loader` would take for a number."""


Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def to_yaml(data: Mapping[str, Any]) -> str:
    """YAML text that `read_yaml` reads as these plain values; keys keep their order."""
    return yaml.dump(dict(data), Dumper=Dumper, sort_keys=False)


def _parse(text: str, name: str, origin: Any) -> tuple[Any, dict[Trail, str]]:
    """Plain values of a YAML text and the origin of each, by line."""
    loader = None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return None, {}
        origins = _origins(root, name, origin)
        return loader.construct_document(root), origins
    except RecursionError:
        raise ConfigError(
            f"{name}: expected sections and keys, got nesting without end"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = origin(mark.line + 1) if mark else name
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{place}: expected YAML, got: {problem}") from None
    finally:
        if loader is not None:
            loader.dispose()


def _origins(root: yaml.Node, name: str, origin: Any) -> dict[Trail, str]:
    """The origin of every setting; refuses doubled keys and keys that are no text."""
    found: dict[Trail, str] = {}
    # A document that is one setting (an override) has its origin; a file has none.
    waiting: list[tuple[Trail, yaml.Node]] = [((), root)]
    while waiting:
        trail, node = waiting.pop()
        found[trail] = origin(node.start_mark.line + 1) if trail else name
        if len(found) > _MAX_SETTINGS or len(trail) > _MAX_DEPTH:
            raise ConfigError(
                f"{name}: expected at most {_MAX_SETTINGS} settings, {_MAX_DEPTH} "
                "deep, got more; does an alias (*) contain itself?"
            )
        if isinstance(node, yaml.SequenceNode):
            waiting += [((*trail, i), one) for i, one in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            seen: dict[str, int] = {}
            for key, value in node.value:
                line = key.start_mark.line + 1
                if key.tag == "tag:yaml.org,2002:merge":
                    continue
                if not isinstance(key, yaml.ScalarNode) or not key.tag.endswith(":str"):
                    raise ConfigError(
                        f"{origin(line)}: expected a name as key, got {key.value!r}"
                    )
                if key.value in seen:
                    name = dotted((*trail, key.value))
                    raise ConfigError(
                        f"{origin(line)}: `{name}` is given twice, first in line "
                        f"{seen[key.value]}; remove one"
                    )
                seen[key.value] = line
                waiting.append(((*trail, key.value), value))
    return found
