"""Tests of the tables that come with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from evonas.errors import ConfigError
from evonas.tasks import open_task
from evonas.tasks.bundled_tables import BUNDLED


@pytest.mark.parametrize(
    ("name", "samples", "features", "outputs", "metric"),
    [
        ("iris", 150, 4, 3, "accuracy"),
        ("wine", 178, 13, 3, "accuracy"),
        ("breast-cancer", 569, 30, 2, "accuracy"),
        ("diabetes", 442, 10, 1, "rmse"),
    ],
)
def test_every_table_is_complete(
    name: str, samples: int, features: int, outputs: int, metric: str
) -> None:
    """With the names of its columns and classes, its licence and source."""
    task = open_task({"name": name})
    assert (task.modality, task.outputs, task.metric) == ("table", outputs, metric)
    assert len(task.x_train) + len(task.x_test) == samples
    assert task.input_shape == (features,) == (len(task.features),)
    assert len(task.classes) == (outputs if outputs > 1 else 0)
    assert task.source.endswith("by scikit-learn")
    assert task.licence
    if task.classes:
        shares = [np.bincount(y) / len(y) for y in (task.y_train, task.y_test)]
        assert np.allclose(*shares, atol=0.03)


def test_there_are_three_problems_and_more() -> None:
    """So that one can be left out."""
    assert len(BUNDLED) >= 3


def test_settings_without_a_meaning_are_refused() -> None:
    """They are bundled, and small."""
    for setting in ({"size": "mini"}, {"directory": "/tmp"}, {"target": 1}):
        with pytest.raises(ConfigError, match="has no meaning for wine"):
            open_task({"name": "wine", **setting})
