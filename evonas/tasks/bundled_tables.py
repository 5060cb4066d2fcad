"""The tables that come with scikit-learn."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import shuffled_order, stratified_order
from evonas.tasks.task import Task

#: fixes which rows are test rows, once and for all
_TEST_SEED = 19_360_901
_TEST_SHARE = 0.2
#: name of the task → scikit-learn's loader, and the data's page at its source
_SETS = {
    "iris": ("load_iris", "https://archive.ics.uci.edu/dataset/53"),
    "wine": ("load_wine", "https://archive.ics.uci.edu/dataset/109"),
    "breast-cancer": ("load_breast_cancer", "https://archive.ics.uci.edu/dataset/17"),
    "diabetes": (
        "load_diabetes",
        "https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
    ),
}
#: as UCI states it; the diabetes data (Efron et al. 2004) come without a statement
_LICENCES = {"diabetes": "unknown (published with Efron et al. 2004)"}


def bundled_table(name: str, settings: TaskSettings) -> Task:
    """A table of scikit-learn's; a fixed fifth of the rows is the test set.

    Raises:
        ConfigError: a directory or a mini size is asked for.
    """
    settings.refuse("directory", "the data come with scikit-learn")
    settings.refuse("size", "it is small already")
    loader, source = _SETS[name]
    # Importing scikit-learn takes a second, and other tasks do without.
    data: Any = getattr(importlib.import_module("sklearn.datasets"), loader)()
    inputs, targets = data.data, data.target
    classes = tuple(map(str, data.get("target_names", ())))
    rng = np.random.default_rng(_TEST_SEED)
    order = (
        stratified_order(targets.astype(np.int64), rng)
        if classes
        else shuffled_order(len(targets), rng)
    )
    count = round(len(order) * _TEST_SHARE)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    task = Task.from_arrays(
        inputs[train],
        targets[train],
        inputs[test],
        targets[test],
        metric="accuracy" if classes else "rmse",
        classes=classes,
        name=name,
        source=f"{source}, by scikit-learn",
        modality="table",
    )
    return replace(
        task,
        licence=_LICENCES.get(name, "CC BY 4.0"),
        features=tuple(map(str, data.feature_names)),
    )


#: name of the task → function that opens it
BUNDLED: dict[str, Callable[[TaskSettings], Task]] = {
    name: partial(bundled_table, name) for name in _SETS
}
