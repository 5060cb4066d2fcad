"""Pieces of Python source, laid out as formatters lay them out."""

from __future__ import annotations

from collections.abc import Sequence

from evonas.network.call import render

#: Columns of a line.
WIDTH = 88


def one_line(text: str) -> str:
    """A text made fit for a comment or docstring, whatever was in it."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.replace("\\", "/").replace('"', "'").split())


def statement(head: str, arguments: Sequence[str], comment: str = "") -> list[str]:
    """The lines of a call in the body of a method, broken as formatters break it.

    Args:
        head: up to the opening bracket.
        arguments: each by itself.
        comment: behind it, or above it where the line would become too long.
    """
    indent = " " * 8
    remark = f"  # {comment}" if comment else ""
    line = f"{indent}{head}{', '.join(arguments)})"
    if len(line + remark) <= WIDTH:
        return [line + remark]
    above = [f"{indent}# {comment}"] if comment else []
    if len(line) <= WIDTH:
        return [*above, line]
    inside = f"{indent}    {', '.join(arguments)}"
    broken = [inside]
    if len(inside) > WIDTH:
        broken = [f"{indent}    {argument}," for argument in arguments]
    return [*above, f"{indent}{head}", *broken, f"{indent})"]


def constant(name: str, values: Sequence[object]) -> str:
    """An assignment of a tuple; a long one fills lines instead of one a value."""
    texts = [render(value) for value in values]
    line = f"{name} = ({', '.join(texts)}{',' if len(texts) == 1 else ''})"
    if len(line) <= WIDTH:
        return line
    rows = [""]
    for text in texts:
        if len(rows[-1]) + len(text) + 6 > WIDTH:
            rows.append("")
        rows[-1] += f" {text},"
    body = "\n".join(f"   {row}" for row in rows)
    return f"# fmt: off\n{name} = (\n{body}\n)\n# fmt: on"
