"""Settings of the schedulers."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from evonas.errors import ConfigError
from evonas.search.schedulers import (
    SCHEDULERS,
    AshaSettings,
    HalvingSettings,
    RungSettings,
)


@pytest.mark.parametrize(
    ("lowest", "rungs"), [(1.0, 3), (0.99, 3), (1.01, 2), (3.0, 2), (1 / 3, 4)]
)
def test_as_many_rungs_as_fit_above_the_shortest_training(
    lowest: float, rungs: int
) -> None:
    """9 epochs: rungs of 9, 3, 1, 1/3; the lowest may be met exactly."""
    filled = AshaSettings(min_epochs=lowest).filled(9.0)
    assert (filled["rungs"], filled["min_epochs"]) == (rungs, None)


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "none"])
def test_filled_settings_are_settings_and_filling_them_changes_nothing(
    name: str,
) -> None:
    """So the run's own config file gives the same run."""
    kind = SCHEDULERS[name].settings
    settings = kind(min_epochs=0.5)
    assert isinstance(settings, RungSettings)
    again = type(settings)(**settings.filled(4.0))
    assert again.filled(4.0) == settings.filled(4.0)


def test_a_single_rung_is_refused() -> None:
    """It would be no scheduler; the message tells the largest value that works."""
    with pytest.raises(ConfigError, match=r"min_epochs: expected at most 3 .*got 3\.1"):
        AshaSettings(min_epochs=3.1).filled(9.0)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"rungs": 3, "min_epochs": 1.0}, "either `rungs` or `min_epochs`, got both"),
        ({"reduction": 1}, "reduction"),
        ({"rungs": 1}, "rungs"),
        ({"audit_share": 1.5}, "audit_share"),
        ({"promote_by": "luck"}, "promote_by"),
        ({"candidates": 1}, "candidates"),
    ],
)
def test_a_setting_out_of_range_is_refused(
    values: dict[str, object], match: str
) -> None:
    """By its name."""
    with pytest.raises(ValidationError, match=match):
        HalvingSettings(**values)  # type: ignore[arg-type]
