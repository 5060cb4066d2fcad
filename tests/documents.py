"""The pages of the documentation, taken apart: snippets, prose, tables, sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
GUIDE = DOCS / "first-hour.md"
EXTENDING = DOCS / "extending.md"
STRATEGIES_PAGE = DOCS / "strategies.md"

#: sections that a snippet which is no whole config is laid over
WHOLE: dict[str, Any] = {
    "task": {"name": "digits"},
    "strategy": {"name": "codeepneat"},
    "budget": {"evaluations": 1},
}


@dataclass(frozen=True)
class Snippet:
    """A fenced block of a page.

    Attributes:
        page: that has it.
        line: of its first line of code.
        language: after the fence.
        mark: the comment on the line before, without its brackets; "" if none.
        text: of the block.
    """

    page: Path
    line: int
    language: str
    mark: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def read(page: Path) -> Iterator[Snippet]:
    """The fenced blocks of a page."""
    text = page.read_text("utf-8")
    fenced = re.compile(
        r"(?:^<!-- (?P<mark>.*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
        re.MULTILINE | re.DOTALL,
    )
    for found in fenced.finditer(text):
        line = text[: found.start("text")].count("\n") + 1
        mark, language = found["mark"] or "", found["language"]
        yield Snippet(page, line, language, mark, found["text"])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S)
    assert "```" not in text, f"{page}: a fence is not closed"
    return text


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a text: rows of cells, without heads."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            for row in table.splitlines()[2:]
        ]
        for table in found
    ]


def section(page: Path, title: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    text = page.read_text("utf-8")
    head = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    assert head is not None, f"{page} has no heading {title!r}"
    rest = text[head.end() :]
    after = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest if after is None else rest[: after.start()]


SNIPPETS = [snippet for page in PAGES for snippet in read(page)]


def chosen(page: Path | None, language: str, mark: str = "") -> list[Any]:
    """Snippets as parameters of a test, named by their place."""
    return [
        pytest.param(one, id=str(one))
        for one in SNIPPETS
        if (page is None or one.page == page)
        and one.language == language
        and one.mark.startswith(mark)
    ]
