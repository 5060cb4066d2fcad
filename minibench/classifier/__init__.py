"""From graphs to classes: which problem's best networks a network resembles.

- `samples_of`, `choose`: the networks of a database that something can be learned of.
- `train`: fits `Classifiers` on them (linear ones with scikit-learn, graph networks
  with torch); they are kept as JSON and evaluated in NumPy.
- `Classifiers.judge`: what they say of a network, in a millisecond.
- `evaluate`: how good they are, on runs that they have not seen.
"""

from minibench.classifier.classifier import Classifiers, Judgement
from minibench.classifier.kinds import (
    KINDS,
    Classifier,
    GraphClassifier,
    LinearClassifier,
)
from minibench.classifier.pairwise import PairwiseModel
from minibench.classifier.samples import BACKGROUND, BEST, Sample, samples_of
from minibench.classifier.vocabulary import Vocabulary

__all__ = [
    "BACKGROUND",
    "BEST",
    "KINDS",
    "Classifier",
    "Classifiers",
    "GraphClassifier",
    "Judgement",
    "LinearClassifier",
    "PairwiseModel",
    "Sample",
    "Vocabulary",
    "samples_of",
]
