"""The tables by the names that configs use, and how each is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType

from evonas.cells import (
    FcnetCell,
    NasBench101Cell,
    NasBench201Cell,
    NasBenchGraphCell,
)
from evonas.cells.fcnet import FEATURES
from evonas.errors import ConfigError
from evonas.formats import (
    Results,
    read_ecnas,
    read_fcnet,
    read_nasbench101,
    read_nasbench201,
    read_nasbench_graph,
)
from evonas.genome import (
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.tables.table import Kind, Table, closest

_CLASSES = {"cifar10": 10, "cifar100": 100, "ImageNet16-120": 120}


def _nasbench101(_dataset: str) -> Kind:
    return Kind(
        name="nasbench101",
        cell_of=lambda row: NasBench101Cell(row[1], row[2]),
        key_of=lambda row: f"nasbench101:{row[0]}",
        space=nasbench101_space,
        metric="accuracy",
        direction="maximise",
        modality="image",
        outputs=10,
        input_shape=(3, 32, 32),
    )


def _ecnas(dataset: str) -> Kind:
    vertices = int(dataset[0]) if dataset[:1].isdigit() else 7
    return Kind(
        name="ecnas",
        cell_of=lambda row: NasBench101Cell(row[1], row[2]),
        key_of=lambda row: f"nasbench101:{row[0]}",
        space=partial(nasbench101_space, vertices),
        metric="accuracy",
        direction="maximise",
        modality="image",
        outputs=10,
        input_shape=(3, 32, 32),
    )


def _nasbench201(dataset: str) -> Kind:
    classes = _CLASSES.get(dataset, 10)
    stem_and_head = 73_306 + 65 * (classes - 10)

    def parameters(key: str) -> float:
        """By the closed form: the recorded counts of 150 cells are wrong."""
        digits = key.rpartition(":")[2]
        threes, ones = digits.count("3"), digits.count("2")
        return float(stem_and_head + 243_040 * threes + 28_000 * ones)

    return Kind(
        name="nasbench201",
        cell_of=lambda row: NasBench201Cell(row[0], classes),
        key_of=lambda row: NasBench201Cell(row[0], classes).key(),
        space=partial(nasbench201_space, classes),
        metric="accuracy",
        direction="maximise",
        modality="image",
        outputs=classes,
        input_shape=(3, 16, 16) if classes == 120 else (3, 32, 32),
        parameters=parameters,
    )


def _fcnet(dataset: str) -> Kind:
    features = FEATURES.get(dataset, 9)
    return Kind(
        name="fcnet",
        cell_of=lambda row: FcnetCell(row[0], features),
        key_of=lambda row: f"fcnet/{features}:{row[0]}",
        space=partial(fcnet_space, features),
        metric="mse",
        direction="minimise",
        modality="table",
        outputs=1,
        input_shape=(features,),
    )


def _nasbench_graph(_dataset: str) -> Kind:
    return Kind(
        name="nasbench_graph",
        cell_of=lambda row: NasBenchGraphCell.of_hash(int(row[0])),
        key_of=lambda row: NasBenchGraphCell.of_hash(int(row[0])).key(),
        space=nasbench_graph_space,
        metric="accuracy",
        direction="maximise",
        modality="table",
        outputs=1,
        input_shape=(1,),
    )


#: data set of a table → the known task that has it; cells of others train on own data
REAL_TASKS: Mapping[str, str] = MappingProxyType(
    {
        "cifar10": "cifar10",
        "cifar100": "cifar100",
        "ImageNet16-120": "imagenet16-120",
        "4V": "cifar10",
        "5V": "cifar10",
        "protein_structure": "protein",
    }
)


@dataclass(frozen=True)
class TableEntry:
    """One table: what it is and where it comes from.

    Attributes:
        kind: from the data set.
        read: from the file (None: a package ships it) and the data set.
        from_file: whether `task.path` names its file.
        dataset: that is meant where the config names none; None: it must name one.
    """

    kind: Callable[[str], Kind]
    read: Callable[[Path | None, str], Results]
    from_file: bool
    dataset: str | None = None


def _file(path: Path | None) -> Path:
    assert path is not None  # `open_table` has checked it
    return path


#: name in `task.table` → the table
TABLES: Mapping[str, TableEntry] = MappingProxyType(
    {
        "nasbench101": TableEntry(
            _nasbench101,
            lambda path, _: read_nasbench101(_file(path)),
            from_file=True,
            dataset="cifar10",
        ),
        "nasbench201": TableEntry(
            _nasbench201,
            lambda path, dataset: read_nasbench201(_file(path), dataset),
            from_file=True,
        ),
        "ecnas": TableEntry(
            _ecnas,
            lambda path, dataset: read_ecnas(_file(path), dataset),
            from_file=True,
            dataset="4V",
        ),
        "fcnet": TableEntry(
            _fcnet, lambda _, dataset: read_fcnet(dataset), from_file=False
        ),
        "nasbench_graph": TableEntry(
            _nasbench_graph,
            lambda _, dataset: read_nasbench_graph(dataset),
            from_file=False,
        ),
    }
)


def open_table(name: str, path: Path | None, dataset: str | None) -> Table:
    """The table that a `task:` section names, read and checked.

    Args:
        name: one of `TABLES`.
        path: of its file; None for a table that a package ships.
        dataset: that its cells were trained on; None: the only one.

    Raises:
        ConfigError: there is no such table, or a setting is missing.
        DataError: the file or the package is missing or damaged.
    """
    entry = _entry(name)
    if entry.from_file != (path is not None):
        raise ConfigError(
            "task.path: expected the file of the table, got none"
            if entry.from_file
            else f"task.path: has no meaning for {name}, which a package ships; "
            "remove it"
        )
    dataset = dataset or entry.dataset
    if dataset is None:
        raise ConfigError(
            f"task.dataset: expected the data set that {name} was trained on, got none"
        )
    if name == "nasbench101" and dataset != "cifar10":
        raise ConfigError(
            f"task.dataset: expected cifar10 for nasbench101, got {dataset!r}"
        )
    return _opened(name, path, dataset, _stamp(path))


@lru_cache(maxsize=2)
def _opened(
    name: str, path: Path | None, dataset: str, stamp: tuple[int, int] | None
) -> Table:
    """Tables never change, so the searches of a process share them."""
    return table_from_results(name, _entry(name).read(path, dataset))


def _stamp(path: Path | None) -> tuple[int, int] | None:
    """What differs when a file was replaced; None where there is nothing to read."""
    if path is None or not path.exists():
        return None
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def table_from_results(name: str, results: Results) -> Table:
    """The table of results from anywhere, an official package's object say.

    Args:
        name: one of `TABLES`.
        results: as a reader of `evonas.formats` gives them.
    """
    return Table(_entry(name).kind(results.dataset), results)


def _entry(name: str) -> TableEntry:
    if name not in TABLES:
        raise ConfigError(
            f"task.table: expected one of {', '.join(TABLES)}, got {name!r}"
            f"{closest(name, list(TABLES))}"
        )
    return TABLES[name]
