"""What comes with evonas: the curated database, and the searches that it is built by.

`searches/NAME.yaml` is an evonas config each, `records/` the text form of the database.
docs/minibench.md has the commands that build it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

_HERE = Path(__file__).parent
#: the text form of the curated database
RECORDS = _HERE / "records"
#: name → config of an unconstrained search
SEARCHES: Mapping[str, Path] = MappingProxyType(
    {path.stem: path for path in sorted((_HERE / "searches").glob("*.yaml"))}
)
