"""The settings that open a task: the `task:` section of a config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from evonas.errors import ConfigError
from evonas.tasks.recordings import Signal
from evonas.tasks.task import ClassWeights, Modality

Size = Literal["full", "mini"]
#: of a picture, in pixels
_LARGEST_SIDE = 4_096


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """Which data, and how they are split.

    Attributes:
        name: of a known task, or `package.module:function` of the user's own; or None.
        path: of the user's own data: a file (see `evonas.tasks.registry.READERS`), or a
            folder of pictures; or None.
        directory: where the files of a known task lie; None: the usual places.
        size: "full", or "mini" where the task has one.
        metric: another metric than the task's own; None: the task's own.
        validation_share: of the training samples, held out to select by; None: the
            task's own.
        split_seed: of that split.
        class_weights: of the default loss, see `Task`; None: the task's own.
        modality: of the arrays in an `.npz`; None: as the number of axes suggests.
        target: a table's column that is predicted, by name or by number from 1 (-1 is
            the last); None: the last one.
        tokeniser: how a text is cut, one of `evonas.tasks.vocabulary.TOKENISERS`;
            None: the task's own.
        max_length: tokens that are kept of a text; None: the task's own.
        least_count: how often a token must come to be known; None: the task's own.
        signal: form of a pulse signal; None: contact.
        sample_rate: of recordings without time stamps, in hertz.
        dataset: a set of a collection.
        resize: (height, width) that pictures of the user's own are brought to; a single
            number means both; None: they must have one size.
        test_share: of the user's own pictures, where they have no test folder.
        test_seed: of that choice.
        cache: folder of the decoded data, or "none"; None: see `cache_folder`.
    """

    name: str | None = None
    path: Path | None = None
    directory: Path | None = None
    size: Size = "full"
    metric: str | None = None
    validation_share: float | None = None
    split_seed: int = 0
    class_weights: ClassWeights | None = None
    modality: Modality | None = None
    target: str | int | None = None
    tokeniser: str | None = None
    max_length: int | None = None
    least_count: int | None = None
    signal: Signal | None = None
    sample_rate: float | None = None
    dataset: str | None = None
    resize: tuple[int, int] | None = None
    test_share: float = 0.2
    test_seed: int = 0
    cache: str | None = None

    def __post_init__(self) -> None:
        if (self.name is None) == (self.path is None):
            raise ConfigError(
                "task: expected either `name` (a known task) or `path` (your own "
                f"data), got {'neither' if self.name is None else 'both'}"
            )
        if self.size not in ("full", "mini"):
            raise ConfigError(f"task.size: expected full or mini, got {self.size!r}")
        if self.validation_share is not None and not 0 < self.validation_share < 1:
            raise ConfigError(
                "task.validation_share: expected a share between 0 and 1, got "
                f"{self.validation_share!r}"
            )
        for key in ("max_length", "least_count", "sample_rate"):
            value = getattr(self, key)
            if value is not None and not value > 0:
                raise ConfigError(f"task.{key}: expected more than 0, got {value!r}")
        if self.signal not in (None, *get_args(Signal)):
            raise ConfigError(
                f"task.signal: expected {' or '.join(get_args(Signal))}, got "
                f"{self.signal!r}"
            )
        if not 0 < self.test_share < 1:
            raise ConfigError(
                "task.test_share: expected a share between 0 and 1, got "
                f"{self.test_share!r}"
            )
        if self.resize is not None and not all(
            isinstance(side, int) and 0 < side <= _LARGEST_SIDE for side in self.resize
        ):
            raise ConfigError(
                f"task.resize: expected sides of 1 to {_LARGEST_SIDE} pixels, got "
                f"{list(self.resize)}"
            )
        if self.path is not None:
            for key in ("directory", "size"):
                self.refuse(key, "task.path names the file itself")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TaskSettings:
        """Settings from the section's keys; None means absent.

        Raises:
            ConfigError: an unknown key, or a value out of range.
        """
        known = [field.name for field in fields(cls)]
        for key, value in data.items():
            if key not in known and value is not None:
                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ConfigError(
                    f"task.{key}: unknown key; known are {', '.join(known)}{hint}"
                )
        values = {key: data[key] for key in known if data.get(key) is not None}
        for key in ("path", "directory"):
            if key in values:
                values[key] = Path(values[key]).expanduser()
        if "resize" in values:
            values["resize"] = _sides(values["resize"])
        return cls(**values)

    def refuse(self, key: str, reason: str) -> None:
        """Say that a setting has no meaning here, if it was given.

        Raises:
            ConfigError: it was given.
        """
        default = {field.name: field.default for field in fields(self)}[key]
        if getattr(self, key) != default:
            raise ConfigError(
                f"task.{key}: has no meaning for {self.name or self.path} ({reason}); "
                "remove it"
            )


def _sides(value: Any) -> tuple[int, int]:
    """Height and width, from a pair or one number for both."""
    sides = tuple(value) if isinstance(value, list | tuple) else (value, value)
    if len(sides) != 2:
        raise ConfigError(
            "task.resize: expected one number of pixels or [height, width], got "
            f"{value!r}"
        )
    return sides
