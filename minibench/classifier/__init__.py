"""From graphs to classes: which problem's best networks a network resembles.

- `samples_of`, `choose`: the networks of a database that something can be learned of.
- `train`: fits `Classifiers` on them (linear ones with scikit-learn, graph networks
  with torch); they are kept as JSON and evaluated in NumPy.
- `Classifiers.fit`: the same in one step, for samples in memory.
- `Classifiers.judge`: what they say of a network and its recipe, in a millisecond;
  `decide`: whether it is worth its training; `nearest`: which known one it is like.
- `evaluate`: how good they are, on runs and problems that they have not seen.
"""

from minibench.classifier.classifier import Classifiers
from minibench.classifier.judgement import Decision, Judgement, Nearest
from minibench.classifier.kinds import (
    KINDS,
    Classifier,
    GraphClassifier,
    LinearClassifier,
)
from minibench.classifier.pairwise import PairwiseModel
from minibench.classifier.samples import BACKGROUND, BEST, Sample, samples_of
from minibench.classifier.threshold import HeldOut, Interval, Refused, Threshold
from minibench.classifier.vocabulary import Vocabulary

__all__ = [
    "BACKGROUND",
    "BEST",
    "KINDS",
    "Classifier",
    "Classifiers",
    "Decision",
    "GraphClassifier",
    "HeldOut",
    "Interval",
    "Judgement",
    "LinearClassifier",
    "Nearest",
    "PairwiseModel",
    "Refused",
    "Sample",
    "Threshold",
    "Vocabulary",
    "samples_of",
]
