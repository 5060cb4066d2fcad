"""Values in messages."""

from __future__ import annotations

from typing import Any

import pytest

from evonas.architecture.wording import amount, shown


def nested(depth: int) -> Any:
    """A list in a list in a list..."""
    deep: Any = 1
    for _ in range(depth):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    "value",
    ["x" * 10**6, 10**10_000, [0] * 10**6, nested(100_000), {"a" * 999: "b" * 999}],
    ids=["text", "number", "list", "nested", "mapping"],
)
def test_any_value_is_short_in_a_message(value: object) -> None:
    """Long, large and deep ones, too."""
    assert len(shown(value)) < 200


def test_usual_values_are_shown_whole() -> None:
    """As Python writes them."""
    assert [shown(value) for value in ("conv", 3, None, (3, 8, 8))] == [
        "'conv'",
        "3",
        "None",
        "(3, 8, 8)",
    ]


def test_memory_has_a_unit_that_people_read() -> None:
    """Four digits of it are enough."""
    amounts = (10, 1e3, 123_456, 200_000_000, 2**40)
    assert [amount(count) for count in amounts] == [
        "10 bytes",
        "1 kB",
        "123.5 kB",
        "200 MB",
        "1,100 GB",
    ]
