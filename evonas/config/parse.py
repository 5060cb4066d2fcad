"""Plain data → settings; whatever pydantic finds wrong, said in the user's terms."""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ValidationError

from evonas.config.source import ConfigSource, Trail, dotted
from evonas.errors import ConfigError

S = TypeVar("S", bound=BaseModel)


def parse_settings(
    kind: type[S],
    data: Mapping[str, Any],
    source: ConfigSource,
    at: Trail = (),
    beside: Sequence[str] = (),
) -> S:
    """Check one section; also for settings classes that live beside what they set.

    Args:
        kind: the settings class.
        data: plain JSON values.
        source: where each was written.
        at: keys that lead to the section.
        beside: keys of the section that somebody else has read already.

    Raises:
        ConfigError: one line a mistake: the place, what was expected, what was found.
    """
    try:
        text = json.dumps(data)
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{source.where(at)}expected plain values (text, numbers, lists, "
            f"mappings), got: {error}"
        ) from None
    try:
        # Strict JSON: no text where a number belongs, no number for a flag.
        return kind.model_validate_json(text, strict=True)
    except ValidationError as error:
        lines = [
            _explain(kind, dict(one), source, at, beside) for one in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from None


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """A question with the nearest known name, to end a message; or nothing."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else ""


def _explain(
    kind: type[BaseModel],
    error: dict[str, Any],
    source: ConfigSource,
    at: Trail,
    beside: Sequence[str],
) -> str:
    """One complaint of pydantic as: place, key, expected, got, what to do."""
    trail = (*at, *error["loc"])
    where, name = source.where(trail), dotted(trail)
    match error["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            inner = error["loc"][:-1]
            valid = [*(() if inner else beside), *_keys(kind, inner)]
            hint = did_you_mean(str(trail[-1]), valid)
            return f"{where}unknown key `{name}`{hint} (valid here: {', '.join(valid)})"
        case "missing":
            return f"{where}expected `{name}`, got nothing; add it"
        case "value_error":
            return f"{where}{f'`{name}`: ' if name else ''}{error['ctx']['error']}"
        case "string_pattern_mismatch":
            expected = "package.module:Name"
        case "model_type" | "dataclass_type":
            expected = (
                f"a section with keys such as {', '.join(_keys(kind, error['loc']))}"
            )
        case _:
            expected = error["msg"].removeprefix("Input should be ")
            for theirs, ours in (
                ("array", "list"),
                ("an object", "a section with keys"),
                ("a valid boolean", "true or false"),
            ):
                expected = expected.replace(theirs, ours)
    return f"{where}`{name}`: expected {expected}, got {_short(error['input'])}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _keys(kind: type[BaseModel], trail: Sequence[str | int]) -> list[str]:
    """The valid keys of the section that a trail leads to."""
    fields = _fields(kind)
    for step in trail:
        if isinstance(step, str):
            fields = _fields(fields[step])
    return list(fields)


def _fields(annotation: Any) -> dict[str, Any]:
    """Key → type of the section inside `X`, `X | None` or `tuple[X, ...]`.

    A section is a settings class or a dataclass within one.
    """
    for one in (annotation, *get_args(annotation)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return {key: field.annotation for key, field in one.model_fields.items()}
        if isinstance(one, type) and dataclasses.is_dataclass(one):
            return get_type_hints(one)
    raise TypeError(f"expected settings, got {annotation!r}")
