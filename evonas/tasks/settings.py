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


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """Which data, and how they are split.

    Attributes:
        name: of a known task, or `package.module:function` of the user's own; or None.
        path: of a file of the user's own (see `evonas.tasks.registry.READERS`); or
            None.
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
        for key in data:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ConfigError(
                    f"task.{key}: unknown key; known are {', '.join(known)}{hint}"
                )
        values = {key: value for key, value in data.items() if value is not None}
        for key in ("path", "directory"):
            if key in values:
                values[key] = Path(values[key]).expanduser()
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
