"""Search spaces: domains of values, the space itself, and restrictions of a space.

- `Domain`: what one field may take (`Choice`, `Ordinal`, `IntegerRange`, `FloatRange`).
- `Space`: blocks, graphs, recipes and limits; `default_space`, `space_from_json`.
- `ConstraintSet`: a restriction that gives a space again.
"""

from evonas.space.constraints import ConstraintSet
from evonas.space.domains import Choice, Domain, Ordinal
from evonas.space.ranges import FloatRange, IntegerRange
from evonas.space.reading import default_space, space_from_json
from evonas.space.space import Limits, Space
from evonas.space.text_form import domain_from_json

__all__ = [
    "Choice",
    "ConstraintSet",
    "Domain",
    "FloatRange",
    "IntegerRange",
    "Limits",
    "Ordinal",
    "Space",
    "default_space",
    "domain_from_json",
    "space_from_json",
]
