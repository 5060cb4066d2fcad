"""How long a training is: its samples, its batches, its steps and where it pauses."""

from __future__ import annotations

from dataclasses import dataclass

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity


@dataclass(frozen=True, slots=True)
class Extent:
    """The length of a training at a fidelity.

    Attributes:
        samples: of the share of the data; an epoch is as many.
        batch_size: samples a step.
        total_steps: of the whole training; 0 where nothing is trained.
    """

    samples: int
    batch_size: int
    total_steps: int

    @classmethod
    def of(cls, recipe: Recipe, fidelity: Fidelity, available: int) -> Extent:
        """The extent of a recipe's training.

        Args:
            recipe: has the batch size.
            fidelity: has epochs and share.
            available: training samples that there are.
        """
        samples = max(1, round(fidelity.data_share * available))
        batch_size = min(recipe.batch_size, samples)
        steps = 0
        if recipe.procedure == "supervised":
            steps = max(1, round(fidelity.epochs * (samples / batch_size)))
        return cls(samples, batch_size, steps)

    @property
    def steps_per_epoch(self) -> float:
        """No whole number where batches do not divide the samples."""
        return self.samples / self.batch_size

    def marks(self, first: int = 1) -> list[int]:
        """Steps to pause at: the end of every epoch, and of the training.

        Args:
            first: leave out what comes before this step.
        """
        whole = int(self.total_steps / self.steps_per_epoch)
        marks = {round(epoch * self.steps_per_epoch) for epoch in range(1, whole + 1)}
        marks.add(self.total_steps)
        return sorted(mark for mark in marks if first <= mark <= self.total_steps)
