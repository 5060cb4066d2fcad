"""The import table: who may import whom, held against the code.

Rooms are listed from top to bottom; a room imports only from lines below its own (and
itself). Rooms on one line never import each other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

LINES = (
    ("evonas.cli", "evonas.api", "minibench.cli"),
    ("evonas.compare", "evonas.simulate"),
    ("evonas.build",),
    ("evonas.run",),
    ("evonas.search", "evonas.training", "evonas.tables", "minibench"),
    ("evonas.population",),
    ("evonas.genome", "evonas.network", "evonas.storage"),
    ("evonas.advice",),
    ("evonas.evaluation", "evonas.config"),
    ("evonas.candidate", "evonas.tasks", "evonas.encoding", "evonas.formats"),
    ("evonas.space", "evonas.cells"),
    ("evonas.architecture", "cluster"),
    ("evonas.errors",),
)
#: rooms that may start work anywhere
STARTERS = (
    "evonas.run",
    "evonas.build",
    "evonas.compare",
    "evonas.simulate",
    "evonas.api",
    "evonas.cli",
)
FORBIDDEN = {
    "evonas.run": ("evonas.training", "evonas.tables", "minibench"),
    "evonas.search": ("evonas.network",),
}
#: packages that only some rooms import
OUTSIDE = {
    "torch": ("evonas.network", "evonas.training", "minibench"),
    "safetensors": ("evonas.network", "evonas.training"),
    "mpi4py": ("cluster",),
    "deap": ("evonas.population", "evonas.search", "evonas.run"),
    "nltk": ("evonas.tasks",),
    "typer": ("evonas.cli", "minibench.cli"),
    "rich": ("evonas.cli", "minibench.cli", "evonas.compare"),
    "sqlalchemy": ("minibench",),
    "alembic": ("minibench",),
}
#: the lazy front door, which names what it gives
FRONT = ("evonas/__init__.py", "evonas/__main__.py", "minibench/__main__.py")


def sources() -> list[Path]:
    """Every module of the packages."""
    packages = ("evonas", "cluster", "minibench")
    found = [path for name in packages for path in (ROOT / name).rglob("*.py")]
    return [path for path in found if str(path.relative_to(ROOT)) not in FRONT]


def room_of(module: str) -> str | None:
    """The room that a module belongs to."""
    rooms = [room for line in LINES for room in line]
    # minibench.cli before minibench
    for room in sorted(rooms, key=len, reverse=True):
        if module == room or module.startswith(room + "."):
            return room
    return None


def module_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, anywhere in it, with its line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            assert node.module is not None
            if node.module == "evonas":
                for alias in node.names:
                    yield f"evonas.{alias.name}", node.lineno
            else:
                yield node.module, node.lineno


def height(room: str) -> int:
    """The line of a room, 0 at the top."""
    return next(n for n, line in enumerate(LINES) if room in line)


def fault(room: str, target: str) -> str:
    """Why one room must not import from another; "" if it may."""
    if room == target:
        return ""
    if height(target) <= height(room):
        return f"{target} is not below {room}"
    if target in FORBIDDEN.get(room, ()):
        return f"{room} never imports {target}"
    if target == "cluster" and room not in STARTERS:
        return f"only {', '.join(STARTERS)} import cluster"
    if room == "cluster" and target != "evonas.errors":
        return "cluster imports nothing of ours but evonas.errors"
    return ""


@pytest.mark.parametrize("path", sources(), ids=module_of)
def test_a_module_imports_only_from_below(path: Path) -> None:
    """The table of rooms holds for every import in every file."""
    module = module_of(path)
    room = room_of(module)
    assert room is not None or module == "evonas", f"{module} has no room in the table"
    for imported, line in imports(path):
        where = f"{path.relative_to(ROOT)}:{line}"
        target = room_of(imported)
        if target is not None and room is not None:
            assert not fault(room, target), f"{where}: {fault(room, target)}"
        package = imported.partition(".")[0]
        if package in OUTSIDE:
            assert room in OUTSIDE[package], f"{where}: {package} in {room}"


def test_mpi4py_is_imported_in_one_file() -> None:
    """Everything else works without MPI."""
    users = {
        str(path.relative_to(ROOT))
        for path in sources()
        for imported, _ in imports(path)
        if imported.partition(".")[0] == "mpi4py"
    }
    assert users <= {"cluster/mpi.py"}


def test_torch_is_imported_in_one_file_of_the_database() -> None:
    """That which fits graph networks; they are evaluated without it."""
    users = {
        str(path.relative_to(ROOT))
        for path in sources()
        for imported, _ in imports(path)
        if imported.partition(".")[0] == "torch"
    }
    minibench = {path for path in users if path.startswith("minibench/")}
    assert minibench == {"minibench/classifier/graph_fitting.py"}


def test_sqlalchemy_is_imported_in_the_database_alone() -> None:
    """Everything else speaks of problems and records."""
    users = {
        str(path.relative_to(ROOT))
        for path in sources()
        for imported, _ in imports(path)
        if imported.partition(".")[0] in ("sqlalchemy", "alembic")
    }
    assert all(
        path.startswith(("minibench/database/", "minibench/migrations/"))
        for path in users
    )


def test_the_table_would_catch_each_kind_of_wrong_import() -> None:
    """Upwards, sideways, forbidden downwards: each is named."""
    assert "not below" in fault("evonas.genome", "evonas.search")
    assert "not below" in fault("evonas.search", "evonas.training")
    assert "never imports" in fault("evonas.search", "evonas.network")
    assert "never imports" in fault("evonas.run", "evonas.training")
    assert "only" in fault("evonas.training", "cluster")
    assert not fault("evonas.run", "evonas.storage")
