"""The page of tasks names every task, file and setting that there is."""

from __future__ import annotations

import re

from documents import DOCS, section, tables

from evonas.tasks.registry import READERS, SPECIAL, TASKS

PAGE = DOCS / "tasks.md"


def test_every_task_of_text_series_and_tables_has_a_row() -> None:
    """And every row names tasks that there are."""
    (table,) = tables(section(PAGE, "Text, series and tables"))[:1]
    named = {name for row in table for name in re.findall(r"`([\w-]+)`", row[0])}
    assert named <= set(TASKS)
    assert named >= {"cola", "heart-rate", "ucr", "protein", "wine", "diabetes"}


def test_every_ending_and_every_special_setting_is_told() -> None:
    """Where a user looks for it."""
    text = PAGE.read_text("utf-8")
    endings = {ending.removesuffix(".gz") for ending in READERS}
    assert all(f"{ending}`" in text for ending in endings)
    for key in SPECIAL:
        assert re.search(rf"`(task\.)?{key}`|\b{key}: |`task\.{key}:", text), key
