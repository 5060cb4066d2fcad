"""What importers are told: options that have a meaning, and who is told how far."""

from __future__ import annotations

import pytest

from evonas.errors import ConfigError
from minibench.importers import IMPORTERS, ImportOptions
from minibench.importers.importer import Pace, known_dataset


def test_an_option_is_given_where_it_is_not_at_its_default() -> None:
    """Only such ones are held against what an importer has."""
    assert ImportOptions().given == ()
    assert ImportOptions(epochs=0.0, curves=True).given == ("epochs", "curves")


@pytest.mark.parametrize("name", IMPORTERS)
def test_every_option_is_had_or_refused(name: str) -> None:
    """And those that are needed are asked for, with their meaning."""
    importer = IMPORTERS[name]
    values = {"who": "Ada", "dataset": "x", "curves": True, "ignore": ("a",)}
    for option, value in values.items():
        options = ImportOptions(**{option: value})  # type: ignore[arg-type]
        if option not in importer.options:
            with pytest.raises(ConfigError, match=f"{name}: {option}: has no meaning"):
                importer.check(name, options)
    if importer.needs:
        with pytest.raises(ConfigError, match=f"{name}: {importer.needs[0]}: expected"):
            importer.check(name, ImportOptions())


def test_the_only_data_set_need_not_be_named() -> None:
    """One of several must, and rightly."""
    assert known_dataset(None, {"one": 1}, "import x") == "one"
    with pytest.raises(ConfigError, match="x: dataset: expected one of one, two, got"):
        known_dataset(None, {"one": 1, "two": 2}, "import x")


def test_progress_is_told_now_and_then_and_in_the_end() -> None:
    """Every so many things."""
    told: list[tuple[int, int | None]] = []
    pace = Pace(lambda *now: told.append(now), 5, every=2)
    for _ in range(5):
        pace.step()
    pace.end()
    assert told == [(2, 5), (4, 5), (5, 5)]
