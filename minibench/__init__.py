"""The mini-benchmark database: the best networks of earlier searches on many problems.

- `Problem`: a task as a class of the database.
- `BenchRecord`: one training of one network on one problem, with its provenance and its
  reviews; its id is a hash of its content.
- `Batch`: records on their way into a database.
"""

from minibench.batch import Batch
from minibench.cost import BenchCost
from minibench.problems import Characterisation, Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord
from minibench.reviews import Review, State

__all__ = [
    "Batch",
    "BenchCost",
    "BenchRecord",
    "Characterisation",
    "Problem",
    "Provenance",
    "Review",
    "State",
]
