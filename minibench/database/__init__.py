"""The database: an SQLite file, or PostgreSQL by URL; one writer, many readers.

::

    Database.create("bench.sqlite")
    with Database.open("bench.sqlite") as database:
        with database.writing() as writer:      # takes effect at the end, or not at all
            writer.put(problem)
            writer.add(records)
        with database.reading() as reader:      # sees one moment
            best = reader.top(problem, 50)

- `Reader`, `Writer`: what can be done within one transaction.
- `Selection` (of `minibench.selection`) says which records are meant.
"""

from minibench.database.database import Database
from minibench.database.reader import Count, History, Reader, TextRow
from minibench.database.writer import Added, Writer

__all__ = [
    "Added",
    "Count",
    "Database",
    "History",
    "Reader",
    "TextRow",
    "Writer",
]
