"""The first tables: problems, architectures, records, reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "problems",
        sa.Column("number", _Number, primary_key=True, autoincrement=False),
        sa.Column("key", sa.String(129), nullable=False, unique=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_table(
        "architectures",
        sa.Column("number", _Number, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index(
        op.f("ix_architectures_fingerprint"), "architectures", ["fingerprint"]
    )
    op.create_table(
        "records",
        sa.Column("number", _Number, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("problem", _Number, sa.ForeignKey("problems.number"), nullable=False),
        sa.Column(
            "architecture",
            _Number,
            sa.ForeignKey("architectures.number"),
            nullable=False,
        ),
        sa.Column("gain", sa.Float(53)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index(op.f("ix_records_architecture"), "records", ["architecture"])
    op.create_index("records_by_gain", "records", ["problem", "gain", "state"])
    op.create_table(
        "reviews",
        sa.Column("number", _Number, primary_key=True, autoincrement=False),
        sa.Column("record", _Number, sa.ForeignKey("records.number"), nullable=False),
        sa.Column("when", sa.String(32), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.UniqueConstraint("record", "when", "who", "state", "reason"),
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("reviews", "records", "architectures", "problems"):
        op.drop_table(name)
