"""Every section of a configuration file, with its defaults and what each key means."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from os.path import expandvars
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from evonas.config.cluster import ClusterSettings
from evonas.config.constraints import ConstraintSettings
from evonas.config.islands import IslandSettings
from evonas.config.parse import parse_settings
from evonas.config.reuse import ReuseSettings
from evonas.config.section import Settings
from evonas.config.source import ConfigSource, Trail, read_yaml, to_yaml

#: `package.module:Name`, something of the user's own
Importable = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
Direction = Literal["maximise", "minimise"]


class TaskSettings(Settings):
    """What is learned from which data."""

    #: A table of known results instead of training, see docs/tables.md
    table: str | None = None
    #: A known task (see docs/tasks.md) or your own as `package.module:Name`
    name: str | None = None
    #: Your own data: an .npz with x_train, y_train, x_test, y_test; a folder of
    #: pictures; a table (.csv and the like); series (.ts). With `table`: its file
    path: Path | None = None
    #: Where a known task looks for its files first
    directory: Path | None = None
    #: `mini`: a fixed, stratified part of the training data, where the task has one
    size: Literal["full", "mini"] = "full"
    #: What validation and test report; the task's own when absent
    metric: str | None = None
    #: Share of the training data that is held out to choose by; the task's own when
    #: absent (0.2, of `protein` 0.25)
    validation_share: float | None = Field(default=None, gt=0, lt=1)
    #: Seed of the split into training and validation
    split_seed: int = Field(default=0, ge=0)
    #: What the default loss makes of classes of different sizes: `balanced` gives each
    #: the same say; the task's own when absent
    class_weights: Literal["none", "balanced"] | None = None
    #: What the arrays of an .npz are, where their axes alone do not tell
    modality: Literal["image", "series", "text", "table"] | None = None
    #: The column of a table that is predicted, by name or by number from 1
    target: str | int | None = None
    #: How `cola` cuts sentences: `words` or `treebank` (NLTK's)
    tokeniser: Literal["words", "treebank"] | None = None
    #: Tokens that are kept of a sentence of `cola`
    max_length: int | None = Field(default=None, ge=1)
    #: How often a token of `cola` must come to be known
    least_count: int | None = Field(default=None, ge=1)
    #: Which signal `heart-rate` reads: a contact sensor's, or mean skin colours
    signal: Literal["contact", "skin_rgb"] | None = None
    #: Samples a second of recordings without time stamps (`heart-rate`)
    sample_rate: float | None = Field(default=None, gt=0)
    #: Which set of the archive `ucr` reads, or which data a `table` was made with
    dataset: str | None = None
    #: [height, width] that a folder of pictures is brought to; one number means both
    resize: int | tuple[int, int] | None = None
    #: Share of a folder of pictures that is the test set, where it has none
    test_share: float = Field(default=0.2, gt=0, lt=1)
    #: Seed of the choice of those pictures
    test_seed: int = Field(default=0, ge=0)
    #: Folder of decoded data, or `none`; absent: EVONAS_CACHE, else ~/.cache/evonas
    cache: str | None = None

    @model_validator(mode="after")
    def _names_one_source(self) -> TaskSettings:
        if self.table is not None:
            given = self.model_fields_set - {"table", "path", "dataset"}
            odd = sorted(name for name in given if getattr(self, name) != _of(name))
            if odd:
                raise ValueError(
                    "expected only `path` and `dataset` beside `table`, got "
                    f"{', '.join(odd)}"
                )
        elif (self.name is None) == (self.path is None):
            raise ValueError(
                "expected either `name` (a known task) or `path` (your own data), "
                f"got {'neither' if self.name is None else 'both'}"
            )
        return self


def _of(name: str) -> Any:
    """The default of a key of the section."""
    return TaskSettings.model_fields[name].default


class StrategySettings(BaseModel):
    """The strategy's name; the strategy's own settings check the other keys."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    #: One of `evonas.search.STRATEGIES`
    name: str

    @property
    def settings(self) -> dict[str, Any]:
        """Every key but the name."""
        return dict(self.model_extra or {})


class SchedulerSettings(BaseModel):
    """The scheduler's name; the scheduler's own settings check the other keys."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    #: One of `evonas.search.SCHEDULERS`
    name: str = "none"

    @property
    def settings(self) -> dict[str, Any]:
        """Every key but the name."""
        return dict(self.model_extra or {})


class FidelitySettings(Settings):
    """How much the evaluation of one candidate may use."""

    #: Passes over the training data; a fraction is fine
    epochs: float = Field(default=4.0, gt=0)
    #: Share of the training data
    data_share: float = Field(default=1.0, gt=0, le=1)
    #: Images and series: side of what networks read, as a share of the data's side
    resolution: float = Field(default=1.0, gt=0, le=1)
    #: Channels of every layer but the last ones, as a share of the network's own
    width: float = Field(default=1.0, gt=0, le=1)
    #: A candidate that trains longer is ended (outcome `timed_out`); null: no limit
    time_limit_seconds: float | None = Field(default=600.0, gt=0)
    #: A worker process that grows larger is ended (outcome `out_of_memory`); without
    #: worker processes (`workers: 0`) nothing is
    memory_limit_bytes: int | None = Field(default=None, gt=0)
    #: Who is trained to these epochs and who is stopped before, see docs/fidelity.md
    scheduler: SchedulerSettings = SchedulerSettings()

    @field_validator("scheduler", mode="before")
    @classmethod
    def _a_name_is_a_scheduler(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value


class FinalSettings(Settings):
    """The training at the end, whose network is tested and exported."""

    #: Passes over the training data; 0: no final training, the best network is tested
    #: and exported as the search has trained it
    epochs: float = Field(default=30.0, ge=0)
    #: Fields of the recipe that it has instead of the network's own, see docs/space.md
    recipe: dict[str, Any] = Field(default_factory=dict)


class BudgetSettings(Settings):
    """When the search ends, whichever comes first."""

    #: Finished evaluations; with a scheduler each continued training is one more
    evaluations: int | None = Field(default=None, ge=1)
    #: Passes over the training data, of all trainings together; one that is continued
    #: counts what it adds
    epochs: float | None = Field(default=None, gt=0)
    #: Wall time spent searching, over all resumes; the final training comes on top.
    #: With `task.table` it is the table's time, which passes at once
    minutes: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _has_an_end(self) -> BudgetSettings:
        if self.evaluations is None and self.epochs is None and self.minutes is None:
            raise ValueError(
                "expected one or more of `evaluations`, `epochs` and `minutes`, got "
                "none of them"
            )
        return self


class ObjectiveSettings(Settings):
    """One thing to optimise: a metric or a cost of the record."""

    #: `validation_<metric>`, `parameters`, `multiply_adds`, `latency_seconds`, …
    metric: str
    #: Derived from the metric when absent
    direction: Direction | None = None


class SequenceSettings(Settings):
    """Whether architecture and recipe are searched together, or which comes first."""

    #: `together` (joint search), or the part that is searched first, around what is
    #: held of the other; then the other around the best
    first: Literal["together", "architecture", "recipe"] = "together"
    #: Candidates of the first part; null: half of `budget.evaluations`
    evaluations: int | None = Field(default=None, ge=1)
    #: Values that the recipe has while the architecture is searched first; others have
    #: the middle of their range
    recipe: dict[str, Any] = Field(default_factory=dict)
    #: The strategy that searches the recipe; null: the same as for the architecture
    recipe_strategy: StrategySettings | None = None

    @model_validator(mode="after")
    def _has_an_order(self) -> SequenceSettings:
        given = [name for name in SequenceSettings.model_fields if getattr(self, name)]
        if self.first == "together" and given != ["first"]:
            raise ValueError(
                "expected `first: architecture` or `first: recipe` beside "
                f"{', '.join(given[1:])}, got together, where nothing is held"
            )
        return self


class WeightsSettings(Settings):
    """How trained weights are kept in the run directory."""

    #: The weights folder never grows beyond this
    quota_bytes: int = Field(default=2_000_000_000, ge=0)


#: those of the file that have keys of their own
_SECTIONS = (
    "task",
    "strategy",
    "space",
    "fidelity",
    "final",
    "budget",
    "objectives",
    "weights",
    "sequence",
    "cluster",
    "islands",
    "reuse",
    "constraints",
)


class Config(Settings):
    """A whole configuration file."""

    task: TaskSettings
    strategy: StrategySettings
    #: Overrides of the task's default space, see docs/space.md
    space: dict[str, Any] = Field(default_factory=dict)
    fidelity: FidelitySettings = FidelitySettings()
    final: FinalSettings = FinalSettings()
    budget: BudgetSettings
    #: The task's validation metric when empty; several: Pareto ranks
    objectives: tuple[ObjectiveSettings, ...] = ()
    #: Architecture and recipe together, or one after the other, see docs/strategies.md
    sequence: SequenceSettings = SequenceSettings()
    #: Your own evaluator instead of training: called with the settings of the run
    evaluator: Importable | None = None
    #: Your own loss: called with outputs and targets
    loss: Importable | None = None
    #: Further metrics that each record reports
    metrics: tuple[str, ...] = ()
    #: Local worker processes; 0: evaluate in the manager's own process
    workers: int = Field(default=1, ge=0)
    #: Where networks are trained; `auto`: on a GPU where there is one
    device: Literal["auto", "cpu", "cuda"] = "auto"
    #: CPU threads of each worker; results depend on it, so it is never guessed
    threads: int = Field(default=1, ge=1)
    #: Of forward passes; `auto`: fp32 on a CPU, the fastest that a GPU has hardware for
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    #: On a GPU: launch all kernels of a step at once
    cuda_graphs: bool = False
    #: Measure each network's `latency_seconds` (batch of 1, on the device) and
    #: `latency_batch_seconds` (the recipe's batch)
    latency: bool = False
    #: Measure each training's `energy_joules`, where the device tells it
    energy: bool = False
    weights: WeightsSettings = WeightsSettings()
    #: The batch job that `evonas submit` makes, see docs/slurm.md
    cluster: ClusterSettings = ClusterSettings()
    #: Several populations that exchange champions, see docs/cluster.md; a number alone
    #: is their count
    islands: IslandSettings = IslandSettings()
    #: A database whose results stand in for trainings, see docs/minibench.md
    reuse: ReuseSettings = ReuseSettings()
    #: What earlier searches say of the space, see docs/minibench.md
    constraints: ConstraintSettings = ConstraintSettings()
    #: Seed of the whole search
    seed: int = Field(default=0, ge=0, lt=2**63)
    #: The run directory; `runs/<name of the file>-<date>-<time>` when absent
    out: Path | None = None

    _source: ConfigSource = PrivateAttr(default_factory=ConfigSource)

    @field_validator("objectives", mode="before")
    @classmethod
    def _names_are_objectives(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return tuple({"metric": one} if isinstance(one, str) else one for one in value)

    @field_validator("islands", mode="before")
    @classmethod
    def _a_number_is_a_count(cls, value: Any) -> Any:
        return {"count": value} if isinstance(value, int) else value

    @property
    def source(self) -> ConfigSource:
        """Where each setting was written."""
        return self._source

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values of every setting."""
        return self.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The file that gives this config again."""
        return to_yaml(self.to_json())

    def replaced(self, **sections: Any) -> Config:
        """A copy with some sections given anew as plain values, checked again."""
        return config_from_json({**self.to_json(), **sections}, self.source)

    def digest(self, task_version: str) -> str:
        """Hash of whatever the records of a search depend on.

        Where things lie, how long the search may take, how many work at it and what
        follows it do not count: a run may be moved, extended and resumed elsewhere.
        Nor does what a database knows: each result that it gives is in the journal.

        Args:
            task_version: digest of the data itself.
        """
        data = self.to_json()
        elsewhere = ("out", "workers", "budget", "weights", "final", "cluster", "reuse")
        for name in elsewhere:
            del data[name]
        for name in ("path", "directory", "cache"):
            del data["task"][name]
        if self.sequence == SequenceSettings():
            # It joined later; runs without it keep the digest that they have.
            del data["sequence"]
        if self.islands.count == 1:
            del data["islands"]
        # What the database knew at the start is kept beside the journal.
        del data["constraints"]["database"]
        if not self.constraints.given:
            del data["constraints"]
        data["task"]["version"] = task_version
        text = json.dumps(data, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def load_config(path: Path | str, overrides: Sequence[str] = ()) -> Config:
    """Read and check a configuration file; see `read_settings`.

    Raises:
        ConfigError: the file or an override is wrong.
    """
    return config_from_json(*read_settings(path, overrides))


def read_settings(
    path: Path | str, overrides: Sequence[str] = ()
) -> tuple[dict[str, Any], ConfigSource]:
    """The settings of a file as nested plain values, and where each was written.

    Relative paths in the file start at the file's folder; those in overrides at the
    current directory.

    Args:
        path: the YAML file.
        overrides: `dotted.key=value` texts that win over the file; values are YAML.

    Raises:
        ConfigError: the file is no YAML, or an override is none.
    """
    path = Path(path)
    data, source = read_yaml(path)
    for trail in _PATHS:
        _make_absolute(data, trail, path.absolute().parent)
    for override in overrides:
        changed = source.override(data, override)
        for trail in _PATHS:
            if trail[: len(changed)] == changed:
                _make_absolute(data, trail, Path.cwd())
    return data, source


def config_from_json(
    data: Mapping[str, Any], source: ConfigSource | None = None
) -> Config:
    """Check settings given as nested mappings.

    Args:
        data: sections and their keys, as a YAML file would have them.
        source: where each was written, for messages.

    Raises:
        ConfigError: a setting is wrong.
    """
    source = source or ConfigSource()
    # `fidelity:` with nothing under it (all of it a comment, say) has its defaults.
    data = {k: v for k, v in data.items() if v is not None or k not in _SECTIONS}
    config = parse_settings(Config, data, source)
    config._source = source
    return config


#: what can stand in place of a path, by the path's trail
_WORDS: Mapping[Trail, tuple[str, ...]] = {
    ("constraints", "database"): ("shipped",),
    ("constraints", "set"): ("full", "limited"),
    ("constraints", "classifier"): ("linear", "none"),
}

_PATHS: tuple[Trail, ...] = (
    ("task", "path"),
    ("task", "directory"),
    ("reuse", "database"),
    ("constraints", "database"),
    ("constraints", "set"),
    ("constraints", "classifier"),
    ("out",),
)


def _make_absolute(data: dict[str, Any], trail: Trail, folder: Path) -> None:
    """Join one path setting, where it is given, to the folder it is relative to.

    `~` and variables (`${EVONAS_DATA}/…`) are filled in. A URL is no path.
    """
    section: Any = data
    for name in trail[:-1]:
        section = section.get(name) if isinstance(section, dict) else None
    if isinstance(section, dict) and isinstance(section.get(trail[-1]), str):
        value = section[trail[-1]]
        if "://" in value or value in _WORDS.get(trail, ()):
            return
        section[trail[-1]] = str(folder / Path(expandvars(value)).expanduser())
