"""What `minibench value` replays: a search over a table, with and without an entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.build import find_knowledge, resolve
from evonas.cells.fcnet import FEATURES
from evonas.compare.contestants import Contestant, contestant_of
from evonas.config import Config, config_from_json, load_config
from evonas.config.source import ConfigSource
from evonas.errors import ConfigError
from evonas.formats.nasbench_graph import DATASETS
from evonas.tables import REAL_TASKS, TABLES
from minibench.advice import Knowledge
from minibench.canonical import canonical, digest
from minibench.database import Reader
from minibench.reviews import State
from minibench.selection import Selection

#: table that a package ships → its data sets
SHIPPED: Mapping[str, tuple[str, ...]] = {
    "fcnet": tuple(FEATURES),
    "nasbench_graph": tuple(DATASETS),
}
#: what searches it where only the table is named
_USUAL: Mapping[str, Any] = {
    "strategy": {"name": "aging_evolution", "population": 30, "sample": 10},
    "budget": {"evaluations": 200},
}
#: digits of ids in names
_DIGITS = 10


@dataclass(frozen=True)
class Entry:
    """Something of a database that advises: a problem, or a network of one.

    Attributes:
        name: key of the problem, or `record` and the beginning of its id.
        records: ids of what is left out; none: all of the problem.
        problem: its key.
    """

    name: str
    problem: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wished:
    """What a user wants valued.

    Attributes:
        database: where it is; "": the configs say it.
        states: of the records that count; none: as the configs have it.
        records: beginnings of ids of records that are valued too.
        most: so many records of each search besides, those that advise it most.
        overrides: `dotted.key=value` texts for all configs.
    """

    database: str
    states: tuple[State, ...] = ()
    records: tuple[str, ...] = ()
    most: int = 0
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replay:
    """A search, and what it is replayed without.

    Attributes:
        name: of it.
        states: of the records that advise it.
        unadvised: without any advice.
        advised: with all of it.
        without: for each entry the search that lacks it.
    """

    name: str
    states: tuple[State, ...]
    unadvised: Contestant
    advised: Contestant
    without: Sequence[tuple[Entry, Contestant]]

    @property
    def contestants(self) -> list[Contestant]:
        """Each once, in the order in which they are played."""
        found = [self.unadvised, self.advised, *(one for _, one in self.without)]
        return list({one.name: one for one in found}.values())


def database_of(names: Sequence[str], wished: Wished, default: str) -> str:
    """The one database that is valued.

    Args:
        names: of configs and tables.
        wished: by the user.
        default: where neither the user nor a config names one.

    Raises:
        ConfigError: the configs name several.
    """
    if wished.database:
        return wished.database
    found = {
        config.constraints.database
        for _, config in _configs(names, wished.overrides)
        if config.constraints.database is not None
    }
    if len(found) > 1:
        raise ConfigError(
            "value: expected configs with one database, got "
            f"{', '.join(sorted(found))}; give --db for all of them"
        )
    return found.pop() if found else default


def read_replays(
    names: Sequence[str], wished: Wished, reader: Reader, state: str
) -> list[Replay]:
    """The searches that are replayed.

    Args:
        names: paths of configs, or names of tables that packages ship.
        wished: by the user.
        reader: of the database.
        state: digest of the database's records; runs with others are other runs.

    Raises:
        ConfigError: one is no search over a table, or nothing advises it.
        DataError: a table is missing.
        DatabaseError: a record is unknown.
    """
    found: dict[str, Replay] = {}
    for name, config in _configs(names, wished.overrides):
        if name in found:
            raise ConfigError(
                f"value: expected searches of different names, got {name} twice; "
                "rename one"
            )
        found[name] = _replay(name, config, wished, reader, state)
    return list(found.values())


def state_of(reader: Reader) -> str:
    """Digest of which records a database has, and of their states.

    Args:
        reader: of the database.
    """
    known = sorted(
        (one, history.reviews[-1].state.value if history.reviews else "")
        for one, history in reader.histories().items()
    )
    return digest(canonical([list(one) for one in known]))


def _configs(
    names: Sequence[str], overrides: Sequence[str]
) -> Iterator[tuple[str, Config]]:
    for name in names:
        if name in SHIPPED:
            for dataset in SHIPPED[name]:
                task = {"table": name, "dataset": dataset}
                data, source = deepcopy({**_USUAL, "task": task}), ConfigSource()
                for one in overrides:
                    source.override(data, one)
                yield f"{name}-{dataset}", config_from_json(data, source)
        elif name in TABLES:
            raise ConfigError(
                f"value: expected a config for {name}, which is read from a file; "
                f"of {', '.join(SHIPPED)} the name is enough"
            )
        else:
            yield Path(name).stem, load_config(Path(name), overrides)


def _replay(
    name: str, config: Config, wished: Wished, reader: Reader, state: str
) -> Replay:
    resolved = resolve(config)
    if resolved.table is None:
        raise ConfigError(
            f"{name}: expected a search over a table, which is replayed in seconds, "
            "got a task that networks are trained on"
        )
    section = _section(config, wished)
    data = resolved.config.to_json()
    # whatever a run depends on is in its name: other settings are other runs
    mark = digest(canonical([data, section, state]))[:_DIGITS]

    def made(arm: str, constraints: Mapping[str, Any] | None) -> Contestant:
        settings = {**data, "constraints": constraints or {}}
        return contestant_of(f"{name}-{mark}-{arm}", config_from_json(settings))

    # sources and seeds are the same without a classifier, and known sooner
    probe = made("probe", {**section, "classifier": "none"})
    known = find_knowledge(probe.resolved, None)
    assert known is not None
    unadvised, advised = made("unadvised", None), made("advised", section)
    without: list[tuple[Entry, Contestant]] = []
    keys = [one.sets.problem for one in known.sources]
    for key in keys:
        left = {**section, "leave_out": [*section["leave_out"], key]}
        alone = made(f"without-{key}", left) if len(keys) > 1 else unadvised
        without.append((Entry(key, key), alone))
    for entry in _records(known, wished, reader):
        left_out = [*section["leave_out_records"], *entry.records]
        left = {**section, "leave_out_records": left_out}
        without.append((entry, made(f"without-{entry.name}", left)))
    states = tuple(State(one) for one in section["states"])
    return Replay(name, states, unadvised, advised, without)


def _section(config: Config, wished: Wished) -> dict[str, Any]:
    """The `constraints` section with all advice."""
    section = config.constraints.model_dump(mode="json")
    if not config.constraints.given:
        # to search what a database knows would prove nothing
        section["leave_out"] = [_own_name(config)]
    place = wished.database
    section["database"] = place if "://" in place else str(Path(place).absolute())
    if wished.states:
        section["states"] = [one.value for one in wished.states]
    return section


def _own_name(config: Config) -> str:
    """What importers call the data that a table was made with."""
    assert config.task.table is not None
    dataset = config.task.dataset or TABLES[config.task.table].dataset or ""
    return REAL_TASKS.get(dataset, dataset.lower().replace("_", "-"))


def _records(known: Knowledge, wished: Wished, reader: Reader) -> Iterator[Entry]:
    """Networks that are valued on their own.

    A record stands for its network: its other trainings say the same.
    """
    backed: Counter[str] = Counter()
    for source in known.sources:
        for support in source.sets.items.values():
            backed.update(support.records)
    seeds = {one.source for one in known.seeds}
    # a seed is trained itself, whatever else it backs
    most = sorted(
        {*backed, *seeds}, key=lambda one: (one not in seeds, -backed[one], one)
    )
    named = [reader.record(one).id for one in wished.records]
    seen: set[str] = set()
    for one in dict.fromkeys([*named, *most[: wished.most]]):
        if one in seen:
            continue
        record = reader.record(one)
        same = Selection(problem=record.problem, fingerprint=record.fingerprint)
        ids = [
            other.id for other in reader.records(same) if other.recipe == record.recipe
        ]
        seen.update(ids)
        yield Entry(f"record-{one[:_DIGITS]}", record.problem, tuple(ids))
