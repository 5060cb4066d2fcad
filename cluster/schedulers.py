"""What a batch scheduler tells the processes of its jobs."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Mapping

from evonas.errors import EvonasWarning

#: when the job ends, in seconds since 1970: the first one is set by job scripts of
#: schedulers that tell no end, the second one by Slurm
END_VARIABLES = ("CLUSTER_JOB_END_TIME", "SLURM_JOB_END_TIME")

#: of the time that a job has left, what stopping keeps for itself: a share of it, and
#: no less and no more than so many seconds
_RESERVE_SHARE = 0.05
_RESERVE_LEAST = 10.0
_RESERVE_MOST = 120.0


def job_seconds_left(
    environment: Mapping[str, str] | None = None, now: float | None = None
) -> float | None:
    """Seconds until the scheduler ends this job; None: no scheduler told an end.

    An end that has passed is told by a shell that outlived its job: it is warned of,
    and counts as none; so does a text that is no time.

    Args:
        environment: variables; those of this process when absent.
        now: seconds since 1970; the machine's clock when absent.
    """
    found = os.environ if environment is None else environment
    name = next((one for one in END_VARIABLES if found.get(one)), None)
    if name is None:
        return None
    try:
        end = float(found[name])
    except ValueError:
        end = math.nan
    left = end - (time.time() if now is None else now)
    if math.isfinite(left) and left > 0:
        return left
    warnings.warn(
        f"{name}: expected the end of this job in seconds since 1970, got "
        f"{found[name]!r}, which is {'over' if left <= 0 else 'no time'}; it is "
        "ignored. Unset it, or give --wall-time",
        EvonasWarning,
        stacklevel=2,
    )
    return None


def default_reserve(seconds_left: float) -> float:
    """Seconds before its end at which a job should stop by itself.

    Args:
        seconds_left: of the job, at its start.
    """
    return min(max(_RESERVE_SHARE * seconds_left, _RESERVE_LEAST), _RESERVE_MOST)
