"""What the pages name exists, with the defaults that they tell."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import (
    DOCS,
    GUIDE,
    PAGES,
    ROOT,
    STRATEGIES_PAGE,
    WHOLE,
    prose,
    section,
    tables,
)

from evonas.build.resolve import COSTS
from evonas.build.strategies import strategy_settings
from evonas.config import config_from_json
from evonas.evaluation import Outcome
from evonas.search import SCHEDULERS, STRATEGIES
from evonas.space import Limits
from evonas.space.catalogue import BLOCKS, recipe_domains
from evonas.space.space import MERGES
from evonas.storage import RunDirectory
from evonas.tasks import METRICS


def told(table: list[list[str]], column: int = 1) -> dict[str, Any]:
    """Setting → default of a table of settings."""
    return {row[0].strip("`"): yaml.safe_load(row[column].strip("`")) for row in table}


def defaults(name: str, *, cells: bool = False) -> dict[str, Any]:
    """Every setting of a strategy with its default, sections as nested values."""
    settings = STRATEGIES[name].settings_over(cells=cells)
    data: dict[str, Any] = settings().model_dump(mode="json")
    return data


@pytest.mark.parametrize("cells", [False, True])
def test_the_defaults_of_codeepneat_are_those_of_the_page(cells: bool) -> None:
    """Every setting has a row, and every row is a setting; over layers and cells."""
    title = f"Settings of `codeepneat`{' over a table' if cells else ''}"
    alone, populations, mutation = tables(section(STRATEGIES_PAGE, title))[:3]
    given = defaults("codeepneat", cells=cells)
    assert told(populations, 1) == given.pop("modules")
    assert told(populations, 2) == given.pop("blueprints")
    assert told(mutation) == given.pop("module_mutation")
    assert told(mutation) == given.pop("blueprint_mutation")
    assert told(alone) == given


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"codeepneat"}))
def test_the_defaults_of_a_strategy_are_those_of_the_page(name: str) -> None:
    """Every setting has a row, and every row is a setting."""
    (table,) = tables(section(STRATEGIES_PAGE, f"Settings of `{name}`"))
    assert told(table) == defaults(name)
    over_cells = 2 if STRATEGIES[name].over_cells else 1
    assert told(table, over_cells) == defaults(name, cells=True)


def test_the_schedulers_and_their_defaults_are_those_of_the_page() -> None:
    """Every setting of each has a row, and every row is a setting."""
    page = DOCS / "fidelity.md"
    (listed,) = tables(page.read_text("utf-8").split("## ")[0])
    assert [row[0].strip("`") for row in listed] == list(SCHEDULERS)
    (table,) = tables(section(page, "Settings of a scheduler"))
    settings: dict[str, Any] = {}
    for entry in SCHEDULERS.values():
        settings |= entry.settings().model_dump(mode="json")
    assert told(table) == settings


def test_every_strategy_is_a_method_of_the_page_and_has_its_settings_there() -> None:
    """And no other is named."""
    methods = tables(STRATEGIES_PAGE.read_text("utf-8"))[0]
    assert {row[1].strip("`") for row in methods} == set(STRATEGIES)
    for name in STRATEGIES:
        assert section(STRATEGIES_PAGE, f"Settings of `{name}`")
    for row in methods:
        strategy = row[1].strip("`")
        sections = re.findall(r"of `(\w+)`|and `(\w+)`", row[4])
        settings: dict[str, Any] = {"name": strategy}
        for found in re.findall(r"`(\w+: \w+)`", row[4]):
            values = yaml.safe_load(found)
            names = ["".join(pair) for pair in sections]
            settings |= dict.fromkeys(names, values) if names else values
        strategy_settings(config_from_json({**WHOLE, "strategy": settings}))


def test_every_pitfall_names_exactly_the_files_that_hold_it() -> None:
    """By the names of the tests in them."""
    table = tables(section(STRATEGIES_PAGE, "The eleven pitfalls"))[0]
    assert [row[0] for row in table] == [str(n) for n in range(1, 12)]
    held: dict[str, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number in re.findall(r"def test_pitfall_(\d+)_", path.read_text("utf-8")):
            held.setdefault(number, set()).add(path.relative_to(ROOT).as_posix())
    for row in table:
        assert set(re.findall(r"`(tests/[^`]*)`", row[-1])) == held[row[0]], row[:2]


def test_every_file_that_a_page_names_exists() -> None:
    """In backticks, by its path from the root of the repository."""
    for page in PAGES:
        named = re.findall(
            r"`((?:evonas|cluster|tests|configs|benchmarks)/[\w./-]*)`", prose(page)
        )
        for name in named:
            assert (ROOT / name).exists(), f"{page}: {name}"


def test_the_space_page_names_blocks_merges_and_recipe_fields_that_exist() -> None:
    """Its tables of blocks and of the recipe; those of fields are tested beside it."""
    known = {block for blocks in BLOCKS.values() for block in blocks}
    page = DOCS / "space.md"
    modalities, blocks, *_ = tables(section(page, "Blocks"))
    assert {row[0] for row in modalities} <= {*BLOCKS, "series, text"}
    assert {n for row in modalities for n in re.findall(r"\w+", row[1])} == known
    assert {n for row in blocks for n in re.findall(r"`(\w+)`", row[0])} == known
    (merges,) = tables(section(page, "Merges"))
    assert {row[0].strip("`") for row in merges} == set(MERGES)
    (recipe,) = tables(section(page, "Recipe"))
    assert {row[0].strip("`") for row in recipe} == set(
        recipe_domains("image", (3, 8, 8))
    )


def test_the_metrics_objectives_and_limits_of_the_guide_are_those_of_the_code() -> None:
    """Where it lists them in a sentence."""
    text = " ".join(prose(GUIDE).split())
    listed = re.search(r"`task\.metric` takes another one: (.*?)\.", text)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(METRICS)
    for name in COSTS:
        assert f"`{name}`" in text
    listed = re.search(r"Limits are (`.*?)\. ", text)
    assert listed is not None
    assert set(re.findall(r"`(\w+)`", listed[1])) == set(Limits().to_json())


def test_the_outcomes_and_files_of_the_guide_are_those_of_the_code(
    tmp_path: Path,
) -> None:
    """Every outcome but the one that is only used inside; every name in a run."""
    first = section(GUIDE, "A first search")
    assert all(f"`{one}`" in first for one in Outcome if one is not Outcome.PREEMPTED)
    run = vars(RunDirectory(tmp_path)).values()
    (table,) = tables(section(GUIDE, "The run directory"))
    named = {row[0].strip("`/") for row in table}
    assert named == {path.name for path in run} - {tmp_path.name}


def test_the_picture_shows_the_import_table(tmp_path: Path) -> None:
    """Line by line, and the script that is committed draws it."""
    script = runpy.run_path(str(DOCS / "design_picture.py"))
    layering = runpy.run_path(str(ROOT / "tests" / "test_layering.py"))
    shown = [{name for name, *_ in line} for line in script["ROOMS"]]
    assert shown == [set(line) for line in layering["LINES"]]
    script["draw"](tmp_path / "again.png")
    sizes = [
        path.stat().st_size for path in (tmp_path / "again.png", DOCS / "design.png")
    ]
    assert min(sizes) > 0.8 * max(sizes), "run docs/design_picture.py again"
