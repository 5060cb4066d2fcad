"""Advice from a mini-benchmark database: what a search should draw, and what not.

- `networks_of`: reads the best networks of one problem, and others.
- `gather`: reads what a database knows of a task, once, before the search.
- `Knowledge`: that, as a file of the run.
- `DatabaseAdvisor`: judges candidates and reclassifies the search now and then.
"""

from minibench.advice.advisor import DatabaseAdvisor
from minibench.advice.editing import given_set, read_edit, write_edit
from minibench.advice.gathering import Networks, Wanted, gather, networks_of
from minibench.advice.knowledge import (
    AdviceSettings,
    Knowledge,
    Source,
    read_knowledge,
)

__all__ = [
    "AdviceSettings",
    "DatabaseAdvisor",
    "Knowledge",
    "Networks",
    "Source",
    "Wanted",
    "gather",
    "given_set",
    "networks_of",
    "read_edit",
    "read_knowledge",
    "write_edit",
]
