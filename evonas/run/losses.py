"""Workers that were lost at work, for `status` and `result.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from evonas.evaluation import Record


@dataclass(frozen=True, slots=True)
class Loss:
    """One worker that vanished with a request, which is then issued again."""

    #: the request
    id: int
    #: the worker, such as `rank-2`
    worker: str
    #: running seconds of the run, over all its sessions
    seconds: float
    #: what is known of it
    reason: str

    @classmethod
    def of(cls, record: Record, seconds: float) -> Loss:
        """The loss that a record of outcome `lost` tells of."""
        return cls(record.request_id, record.worker, seconds, record.error)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Loss:
        """The inverse of `to_json`."""
        return cls(**data)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)
