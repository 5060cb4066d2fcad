"""The default space of a task, and the `space:` section of a config over it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, cast, get_args

from evonas.architecture import kind_of
from evonas.errors import ArchitectureError, ConfigError
from evonas.space.catalogue import (
    BLOCKS,
    DEFAULT_BLOCKS,
    DEFAULT_HEADS,
    DEFAULT_MERGES,
    Fields,
    check_modality,
    known_blocks,
    recipe_domains,
)
from evonas.space.domains import Domain, is_number
from evonas.space.space import ANY_MERGE, KEYS, MERGES, Head, Limits, Modality, Space
from evonas.space.text_form import domain_from_json

#: Size of a token's vector where the user says nothing.
EMBEDDING_DIMENSION = 32


def default_space(
    modality: str, input_shape: tuple[int, ...], *, vocabulary: int = 0
) -> Space:
    """CoDeepNEAT's space at laptop scale for samples of this modality and shape.

    Args:
        modality: image, series, text or table.
        input_shape: of one sample, channels first.
        vocabulary: of a text, the number of different tokens.
    """
    return space_from_json({}, modality, input_shape, vocabulary=vocabulary)


def space_from_json(
    data: Mapping[str, Any],
    modality: str,
    input_shape: tuple[int, ...],
    *,
    vocabulary: int = 0,
) -> Space:
    """The default space with a user's `space:` section laid over it.

    Args:
        data: the section; see `docs/space.md` for its keys.
        modality: image, series, text or table.
        input_shape: of one sample, channels first.
        vocabulary: of a text, the number of different tokens, unless `data` tells.

    Raises:
        ConfigError: with the path of the key that is wrong, what was expected, what was
            found, and the nearest key that exists.
    """
    check_modality(modality, input_shape)
    data = _mapping("space", data, KEYS)
    text = modality == "text"
    with_stem = modality in ("image", "series")
    listed = data.get("merges", list(DEFAULT_MERGES[modality]))
    merges = _domain("space.merges", listed, ANY_MERGE)
    for value in merges.extremes():
        if value not in MERGES:
            raise ConfigError(
                f"space.merges: expected one or more of {', '.join(MERGES)}, "
                f"got {value!r}"
            )
    head = data.get("head", DEFAULT_HEADS[modality])
    if head not in get_args(Head):
        raise ConfigError(
            f"space.head: expected one of {', '.join(get_args(Head))}, got {head!r}"
        )
    return Space(
        modality=cast(Modality, modality),
        blocks=_blocks(data.get("blocks", {}), modality, input_shape),
        merges=merges,
        recipe=_recipe(data.get("recipe", {}), modality, input_shape),
        limits=_limits(data.get("limits", {})),
        module_nodes=_count(data, "module_nodes", 4, 1),
        blueprint_nodes=_count(data, "blueprint_nodes", 4, 1),
        stem_filters=_count(
            data, "stem_filters", 0, 0, None if with_stem else modality
        ),
        stem_stride=_count(
            data,
            "stem_stride",
            int(with_stem),
            int(with_stem),
            None if with_stem else modality,
        ),
        head=cast(Head, head),
        embedding_dimension=_count(
            data,
            "embedding_dimension",
            EMBEDDING_DIMENSION if text else 0,
            int(text),
            None if text else modality,
        ),
        vocabulary=_count(
            data, "vocabulary", vocabulary, int(text), None if text else modality
        ),
    )


def unknown_key(path: str, key: object, known: Iterable[str]) -> ConfigError:
    """The error for a key that does not exist: it names the nearest that does."""
    names = sorted(known)
    near = difflib.get_close_matches(str(key), names, 1)
    hint = f"did you mean {near[0]!r}?" if near else "remove it"
    return ConfigError(
        f"{path}.{key}: unknown key; expected one of {', '.join(names)}; {hint}"
    )


def _mapping(path: str, data: object, known: Iterable[str] | None) -> dict[str, Any]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise ConfigError(f"{path}: expected a mapping of keys, got {data!r}")
    names = None if known is None else tuple(known)
    for key in data:
        if names is not None and key not in names:
            raise unknown_key(path, key, names)
    return {str(key): value for key, value in data.items()}


def _blocks(
    data: object, modality: str, input_shape: tuple[int, ...]
) -> dict[str, Fields]:
    known = known_blocks(modality, input_shape)
    chosen = {
        block: known[block] for block in DEFAULT_BLOCKS[modality] if block in known
    }
    for block, section in _mapping("space.blocks", data, None).items():
        path = f"space.blocks.{block}"
        if ":" in block:
            if section is not False:
                chosen[block] = _own_kind(path, block, section)
        elif section is False and block in BLOCKS[modality]:
            chosen.pop(block, None)
        elif block in known:
            fields_ = {} if section is True else section
            chosen[block] = _overlaid(path, fields_, known[block])
        elif block in BLOCKS[modality]:
            raise ConfigError(
                f"{path}: expected a block for samples of shape {input_shape}, got one "
                "for two-dimensional maps; set it to false"
            )
        else:
            raise unknown_key("space.blocks", block, known)
    if not chosen:
        raise ConfigError(
            f"space.blocks: expected one block or more, got none; switch on one of "
            f"{', '.join(known)}"
        )
    return chosen


def _overlaid(path: str, data: object, defaults: Fields) -> Fields:
    given = _mapping(path, data, defaults)
    return {
        name: _domain(f"{path}.{name}", given[name], default)
        if name in given
        else default
        for name, default in defaults.items()
    }


def _own_kind(path: str, op: str, data: object) -> Fields:
    try:
        parameters = kind_of(op).parameters
    except ArchitectureError as error:
        reason = str(error).removeprefix(f"layer kind {op!r}: ")
        raise ConfigError(f"{path}: {reason}") from None
    given = _mapping(path, {} if data is True else data, parameters)
    return {name: _domain(f"{path}.{name}", value) for name, value in given.items()}


def _recipe(data: object, modality: str, input_shape: tuple[int, ...]) -> Fields:
    return _overlaid("space.recipe", data, recipe_domains(modality, input_shape))


def _domain(path: str, data: object, like: Domain | None = None) -> Domain:
    """A domain whose values are of the default's type, where there is a default."""
    kind = None if like is None else _type_name(like.extremes()[-1])
    try:
        domain = domain_from_json(data, real=kind == "a number")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    for value in domain.extremes():
        found = _type_name(value)
        if kind is None or found == kind:
            continue
        if (kind, found) != ("a number", "a whole number"):
            raise ConfigError(f"{path}: expected {kind}, got {value!r}")
    return domain


def _type_name(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a word"
    return "a whole number" if isinstance(value, int) else "a number"


def _limits(data: object) -> Limits:
    given = _mapping("space.limits", data, (field.name for field in fields(Limits)))
    for name, value in given.items():
        if value is not None and not (is_number(value) and value > 0):
            raise ConfigError(
                f"space.limits.{name}: expected a number above 0, or null for none, "
                f"got {value!r}"
            )
    return Limits(**given)


def _count(
    data: Mapping[str, Any],
    key: str,
    default: int,
    least: int,
    without: str | None = None,
) -> int:
    """A whole number; `without` names a modality that has no use for it but 0."""
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigError(
            f"space.{key}: expected a whole number of {least} or more, got {value!r}"
        )
    if without is not None and value != 0:
        raise ConfigError(
            f"space.{key}: expected 0 for {without}, which has no use for it, "
            f"got {value!r}"
        )
    return value
