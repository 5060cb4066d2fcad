"""Training: the evaluator that builds, trains and measures networks.

`TrainingEvaluator` turns requests into records; `from_settings` makes one in the
process that evaluates. `export_info` reads what stored weights know about themselves.
"""

from evonas.training.evaluator import TrainingEvaluator, from_settings
from evonas.training.metadata import export_info, stored_architecture
from evonas.training.settings import TrainingSettings

__all__ = [
    "TrainingEvaluator",
    "TrainingSettings",
    "export_info",
    "from_settings",
    "stored_architecture",
]
