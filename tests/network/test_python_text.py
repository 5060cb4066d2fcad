"""Pieces of Python source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evonas.network.python_text import WIDTH, constant, one_line, statement


@given(st.text())
def test_no_text_can_break_out_of_a_comment_or_docstring(text: str) -> None:
    """Markings and names come from files that others wrote."""
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert exec(f'"""{line}"""\nx = 1  # {line}') is None


def test_a_statement_takes_as_few_lines_as_fit() -> None:
    """One; one with its comment above; one a bracket; one an argument."""
    short, long = ["16", "32"], [f"argument_{n}=1000000" for n in range(4)]
    assert statement("x = f(", short, "note") == ["        x = f(16, 32)  # note"]
    above = statement("x = f(", short, "n" * 70)
    assert above == [f"        # {'n' * 70}", "        x = f(16, 32)"]
    inside = ", ".join(long[:3])
    bracket = statement("a_very_much_longer_name = f(", long[:3])
    assert bracket == [
        "        a_very_much_longer_name = f(",
        f"            {inside}",
        "        )",
    ]
    each = statement("x = f(", long)
    assert each == ["        x = f(", *(f"            {a}," for a in long), "        )"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_a_constant_is_exactly_its_values_in_lines_that_fit(
    values: list[float],
) -> None:
    """A long one fills lines; not a digit is lost."""
    text = constant("MEAN", values)
    names: dict[str, object] = {}
    exec(text, names)
    assert names["MEAN"] == tuple(values)
    assert max(map(len, text.splitlines())) <= WIDTH
