"""From graphs to classes: which problem's best networks a network resembles.

- `samples_of`, `choose`: the networks of a database that something can be learned of.
- `train`: fits `Classifiers` on them (with scikit-learn); they are kept as JSON and
  evaluated in NumPy.
- `Classifiers.judge`: what they say of a network, in a millisecond.
- `evaluate`: how good they are, on runs that they have not seen.
"""

from minibench.classifier.classifier import Classifier, Classifiers, Judgement
from minibench.classifier.pairwise import PairwiseModel
from minibench.classifier.samples import BACKGROUND, BEST, Sample, samples_of
from minibench.classifier.vocabulary import Vocabulary

__all__ = [
    "BACKGROUND",
    "BEST",
    "Classifier",
    "Classifiers",
    "Judgement",
    "PairwiseModel",
    "Sample",
    "Vocabulary",
    "samples_of",
]
