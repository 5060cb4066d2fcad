"""Models of fitness for Bayesian optimisation, scikit-learn's.

scikit-learn is imported when the first model is made: no other strategy waits for it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: results by which the hyper-parameters of a Gaussian process are chosen at most
TUNED_ON = 150
#: they are chosen again when there are so many times more results
TUNED_AGAIN = 1.5


class Model(ABC):
    """Predicts fitness with its uncertainty."""

    @abstractmethod
    def fit(self, features: Array, fitness: Array, seed: int) -> None:
        """Learn from one row of features a result."""

    @abstractmethod
    def predict(self, features: Array) -> tuple[Array, Array]:
        """Mean and standard deviation for each row."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What outlives a fit, as plain JSON."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""


class GaussianProcess(Model):
    """Squared exponential of the distance between features, and noise.

    Its three hyper-parameters maximise the marginal likelihood of up to `TUNED_ON`
    results; they are chosen again whenever there are half as many results more.
    """

    def __init__(self) -> None:
        self._theta: Array | None = None
        #: results when they were chosen
        self._tuned_at = 0
        self._process: Any = None

    def fit(self, features: Array, fitness: Array, seed: int) -> None:
        """Choose the hyper-parameters where it is time, then learn from all results."""
        if self._theta is None or len(fitness) >= TUNED_AGAIN * self._tuned_at:
            self._tune(features, fitness, seed)
        assert self._theta is not None
        self._process = self._made(optimizer=None)
        self._process.fit(features, fitness)

    def _made(self, *, optimizer: str | None) -> Any:
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

        kernel = ConstantKernel(1.0, (1e-2, 1e2)) * RBF(1.0, (5e-2, 2e1))
        kernel += WhiteKernel(0.1, (1e-4, 1.0))
        if self._theta is not None:
            kernel = kernel.clone_with_theta(self._theta)
        return GaussianProcessRegressor(kernel, alpha=1e-8, optimizer=optimizer)

    def _tune(self, features: Array, fitness: Array, seed: int) -> None:
        import warnings

        from sklearn.exceptions import ConvergenceWarning

        count = len(fitness)
        chosen = np.random.default_rng(seed).permutation(count)[:TUNED_ON]
        process = self._made(optimizer="fmin_l_bfgs_b")
        with warnings.catch_warnings():
            # A hyper-parameter at its bound is an answer too.
            warnings.simplefilter("ignore", ConvergenceWarning)
            process.fit(features[chosen], fitness[chosen])
        self._theta = np.array(process.kernel_.theta)
        self._tuned_at = count

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Mean and deviation of the process, the noise included."""
        mean, deviation = self._process.predict(features, return_std=True)
        return mean, deviation

    def state(self) -> dict[str, Any]:
        """The hyper-parameters."""
        theta = None if self._theta is None else [float(one) for one in self._theta]
        return {"theta": theta, "tuned_at": self._tuned_at}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        theta = state["theta"]
        self._theta = None if theta is None else np.array(theta)
        self._tuned_at = state["tuned_at"]


class Forest(Model):
    """A random forest; its trees' deviation is the uncertainty.

    Args:
        trees: how many.
    """

    def __init__(self, trees: int) -> None:
        self._trees = trees
        self._forest: Any = None

    def fit(self, features: Array, fitness: Array, seed: int) -> None:
        """Grow all trees anew."""
        from sklearn.ensemble import RandomForestRegressor

        self._forest = RandomForestRegressor(
            self._trees, max_features=1 / 3, min_samples_leaf=2, random_state=seed
        )
        self._forest.fit(features, fitness)

    def predict(self, features: Array) -> tuple[Array, Array]:
        """Mean and deviation over the trees."""
        each = np.array([tree.predict(features) for tree in self._forest.estimators_])
        return each.mean(axis=0), each.std(axis=0)

    def state(self) -> dict[str, Any]:
        """Nothing: every forest is grown anew."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing to take over."""
