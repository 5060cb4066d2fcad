"""The 1,797 handwritten digits that come with scikit-learn (8×8, 17 grey levels)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evonas.tasks.settings import TaskSettings
from evonas.tasks.splits import stratified_order
from evonas.tasks.task import Task

#: fixes which samples are test samples, once and for all
_TEST_SEED = 19_980_701
_TEST_SHARE = 0.2


def digits(settings: TaskSettings) -> Task:
    """Handwritten digits; a fixed, stratified fifth is the test set.

    Raises:
        ConfigError: a directory or a mini size is asked for.
    """
    settings.refuse("directory", "the data come with scikit-learn")
    settings.refuse("size", "it is small already")
    # Only this task needs scikit-learn, and importing it takes a second.
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8).astype(np.uint8)
    order = stratified_order(labels, np.random.default_rng(_TEST_SEED))
    count = round(len(order) * _TEST_SHARE)
    test, train = np.sort(order[:count]), np.sort(order[count:])
    task = Task.from_arrays(
        images[train], labels[train], images[test], labels[test], name="digits"
    )
    return replace(
        task,
        licence="CC BY 4.0",
        source="https://archive.ics.uci.edu/dataset/80 (test part), by scikit-learn",
    )
