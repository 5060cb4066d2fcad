"""Why the space of a search became what it is: in words and in one picture.

- `Story`: what a run's knowledge and journal tell, read by `read_story`.
- `sections`: it in words.
- `draw_story`: it as a picture.
"""

from minibench.explaining.backing import Backing, backings
from minibench.explaining.picture import draw_story
from minibench.explaining.section import Section
from minibench.explaining.story import (
    Refused,
    Story,
    Trained,
    Turn,
    read_story,
)
from minibench.explaining.words import sections

__all__ = [
    "Backing",
    "Refused",
    "Section",
    "Story",
    "Trained",
    "Turn",
    "backings",
    "draw_story",
    "read_story",
    "sections",
]
