"""Importers: records from others' tables, experiments and lists.

Every importer reads one kind of source, record by record, with its provenance, and
refuses what cannot be right with its place. `IMPORTERS` has them by name.

- `read_source`: the records of a source; `import_into`: into a database.
- `resnet34`, `inception_v3`: published networks as architectures of ours.
"""

from minibench.importers.importer import Found, Importer, ImportOptions, Progress
from minibench.importers.into import import_into, read_source
from minibench.importers.published import inception_v3, resnet34
from minibench.importers.registry import IMPORTERS

__all__ = [
    "IMPORTERS",
    "Found",
    "ImportOptions",
    "Importer",
    "Progress",
    "import_into",
    "inception_v3",
    "read_source",
    "resnet34",
]
