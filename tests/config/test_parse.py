"""Settings classes that live beside what they set."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import Field

from evonas.config import ConfigSource, Settings, parse_settings
from evonas.errors import ConfigError


@dataclass(frozen=True)
class Rates:
    """A dataclass of another room, used as a section."""

    grow: float = 0.2

    def __post_init__(self) -> None:
        if self.grow > 1:
            raise ConfigError(f"expected a rate up to 1, got {self.grow}")


class Population(Settings):
    """A section of a section."""

    size: int = Field(default=8, ge=2)


class Strategy(Settings):
    """Settings as a strategy has them."""

    rates: Rates = Rates()
    population: Population | None = None


def parse(data: dict) -> Strategy:
    """Parses the settings of a strategy."""
    source = ConfigSource({("strategy",): "my.yaml, line 3"})
    return parse_settings(Strategy, data, source, ("strategy",))


def test_sections_nest_and_default():
    """Dataclasses and optional sections included."""
    assert parse({}).rates.grow == 0.2
    parsed = parse({"rates": {"grow": 1}, "population": {"size": 3}})
    assert parsed.rates == Rates(1.0)
    assert parsed.population == Population(size=3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"rates": {"gorw": 0.1}},
            r"my\.yaml, line 3: unknown key `strategy\.rates\.gorw`; .* `grow`",
        ),
        (
            {"population": {"sise": 3}},
            r"unknown key `strategy\.population\.sise`; did you mean `size`",
        ),
        ({"rates": {"grow": "x"}}, r"`strategy\.rates\.grow`: expected a valid number"),
        ({"rates": {"grow": 2}}, r"`strategy\.rates`: expected a rate up to 1, got 2"),
        ({"rates": 3}, r"`strategy\.rates`: expected a section with keys such as grow"),
        ({"population": {"size": 1}}, r"expected greater than or equal to 2, got 1"),
    ],
)
def test_mistakes_are_named_from_the_top_of_the_file(data, message):
    """The trail of the section is part of the name; its line is the nearest known."""
    with pytest.raises(ConfigError, match=message):
        parse(data)
