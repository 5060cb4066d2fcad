"""A rank of a real search: `python search_program.py RUN NOTES FAULTS [SILENCE]`.

Starts or resumes the run; FAULTS is a JSON object for `faulty.Faulty`.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from cluster import mpi


def search() -> int:
    """Conduct one session; 0 when the run is finished, 3 when no worker is left."""
    # worker ranks need none of it
    from faulty import Faulty
    from sessions import LIMITS, conduct

    from evonas.errors import EvonasError, LostWorkerError

    run, notes, faults = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    silence = float(sys.argv[4]) if len(sys.argv) > 4 else 60.0
    (notes / "manager").write_text(str(os.getpid()))
    evaluator = Faulty(str(notes), {int(key): fault for key, fault in faults.items()})
    try:
        with mpi.open_executor(
            {"OMP_NUM_THREADS": "1"}, "faulty:warm_up", silence
        ) as executor:
            conduct(run, evaluator, executor, limits=LIMITS)
    except LostWorkerError as error:
        print(error, file=sys.stderr)
        return 3
    except EvonasError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    mpi.run_ranks(search)
