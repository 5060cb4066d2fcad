"""The page of tasks names every task, file and setting that there is."""

from __future__ import annotations

import re

from documents import DOCS, section, tables

from evonas.tasks.registry import READERS, SPECIAL, TASKS

PAGE = DOCS / "tasks.md"


def test_the_tasks_of_the_page_are_those_of_the_code() -> None:
    """Every known task has a row, and every row names tasks that there are."""
    rows = [
        row
        for title in ("Images", "Text, series and tables")
        for row in tables(section(PAGE, title))[0]
    ]
    named = [name for row in rows for name in re.findall(r"`([\w-]+)`", row[0])]
    assert sorted(named) == sorted(TASKS)


def test_every_ending_and_every_special_setting_is_told() -> None:
    """Where a user looks for it."""
    text = PAGE.read_text("utf-8")
    endings = {ending.removesuffix(".gz") for ending in READERS}
    assert all(f"{ending}`" in text for ending in endings)
    for key in SPECIAL:
        assert re.search(rf"`(task\.)?{key}`|\b{key}: |`task\.{key}:", text), key
