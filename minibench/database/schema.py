"""The tables of the database, as the newest migration leaves them.

::

    problems       one row a problem: its JSON text
    architectures  one row a different architecture: packed JSON, fingerprint
    records        one row a record: packed JSON without its architecture, and in
                   columns what is searched by
    reviews        history: rows are added and never changed

Numbers are given by the writer, of whom there is one at a time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: Bytes 68 to 71 of an SQLite file, which tell `file` and us whose it is: "mbnc".
APPLICATION_ID = 0x6D626E63

# SQLite numbers rows by what is called INTEGER, and by nothing else.
_Number = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

problems = Table(
    "problems",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("key", String(129), nullable=False, unique=True),
    Column("content", Text, nullable=False),
)
architectures = Table(
    "architectures",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("fingerprint", String(32), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)
records = Table(
    "records",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("id", String(32), nullable=False, unique=True),
    Column("problem", _Number, ForeignKey("problems.number"), nullable=False),
    Column(
        "architecture",
        _Number,
        ForeignKey("architectures.number"),
        nullable=False,
        index=True,
    ),
    # the ranking metric with the sign that makes higher better; null: it has none
    Column("gain", Float(53)),
    Column("state", String(16), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("records_by_gain", "problem", "gain", "state"),
)
reviews = Table(
    "reviews",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("record", _Number, ForeignKey("records.number"), nullable=False),
    Column("when", String(32), nullable=False),
    Column("who", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    UniqueConstraint("record", "when", "who", "state", "reason"),
)
