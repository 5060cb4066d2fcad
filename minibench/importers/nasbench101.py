"""NAS-Bench-101 and EC-NAS, which has trained its small cells again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from evonas.cells import Cell, NasBench101Cell
from evonas.formats import read_ecnas, read_nasbench101
from minibench.importers.importer import (
    PARTS,
    Found,
    Importer,
    ImportOptions,
    Progress,
    known_dataset,
)
from minibench.importers.table import Origin, table_records
from minibench.problems import Problem
from minibench.provenance import Provenance


def _problem(version: str) -> Problem:
    return Problem(
        name="cifar10",
        version=version,
        modality="image",
        input_shape=(3, 32, 32),
        kind="classification",
        outputs=10,
        metric="accuracy",
        direction="maximise",
    )


def _cell_of(row: tuple[str, ...]) -> Cell:
    return NasBench101Cell(row[1], row[2])


def _key_of(row: tuple[str, ...]) -> str:
    return f"nasbench101:{row[0]}"


_NASBENCH101 = Origin(
    name="nasbench101",
    problem=_problem("nasbench101"),
    provenance=Provenance(
        who="Ying et al., Google Research",
        when="2019",
        source="NAS-Bench-101, https://github.com/google-research/nasbench; cite Ying "
        "et al., ICML 2019, arXiv:1902.09635",
        licence="Apache-2.0",
    ),
    cell_of=_cell_of,
    key_of=_key_of,
)


def _read_nasbench101(
    source: Path, options: ImportOptions, progress: Progress
) -> Iterator[Found]:
    return table_records(read_nasbench101(source), _NASBENCH101, progress, options)


NASBENCH101 = Importer(
    description="NAS-Bench-101: the official tfrecord, or a CSV of its cells",
    takes=("file",),
    read=_read_nasbench101,
    options=PARTS,
)

_SPACES = ("4V", "5V")


def _read_ecnas(
    source: Path, options: ImportOptions, progress: Progress
) -> Iterator[Found]:
    space = known_dataset(options.dataset, dict.fromkeys(_SPACES), "import ecnas")
    origin = Origin(
        name=f"ecnas {space}",
        problem=_problem("ecnas"),
        provenance=Provenance(
            who="Bakhtiarifard, Igel and Selvan",
            when="2022",
            source="EC-NAS, https://github.com/PedramBakh/EC-NAS-Bench; cite "
            "Bakhtiarifard et al., ICASSP 2024, arXiv:2210.06015",
            licence="MIT",
        ),
        cell_of=_cell_of,
        key_of=_key_of,
    )
    return table_records(read_ecnas(source, space), origin, progress, options)


ECNAS = Importer(
    description="EC-NAS: a CSV of NAS-Bench-101's small cells with their energy",
    takes=("file",),
    read=_read_ecnas,
    options=MappingProxyType({"dataset": "the space: 4V or 5V", **PARTS}),
    needs=("dataset",),
)
