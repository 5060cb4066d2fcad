"""What the page of the searches that train says in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from minibench_trained import ALONE
from minibench_trained_measures import BASELINE, Search

#: arm → what it is
WORDS = {
    BASELINE: "the searches that filled the database",
    "constrained": "advised by the other problems of its modality; the defaults",
    "hpo": "the same with `vary: hyperparameters`: the best network's graph is held",
    "set": "only the set that `constrained` begins with, hard, all values alike",
    "random": "as many blocks and values, drawn; another draw for each seed",
    "union": "all that the best networks of any other problem use",
    "oracle": "what the problem's own best networks use",
    "workers-1": "unconstrained, one worker, nothing else on the machine",
    "workers-2": "the same with two workers",
}
PICTURES = {
    "generations.png": "Mean of each 12 trainings (dashed) and best so far (solid), "
    "means over the seeds that are there.",
    "regret.png": "Regret of the best so far: 0 is the best, 1 the median of the "
    "problem's unconstrained trainings; cut at 2.",
    "modes.png": "NAS and HPO mode: mean of the last 12 trainings and best so far.",
    "loss.png": "Validation loss of the five best networks of each search, after each "
    "epoch: medians and quartiles (problems with more than one epoch).",
    "workers.png": "The same searches with one worker and with two.",
}


def setting(searches: Sequence[Search]) -> list[str]:
    """What was done and how it is told.

    Args:
        searches: all that there are.
    """
    trainings = Counter(one.data["trainings"] for one in searches)
    most = trainings.most_common(1)[0][0]
    odd = sum(trainings.values()) - trainings[most]
    alone = ", ".join(ALONE)
    return [
        f"CoDeepNEAT trains {most} networks a search: 24 founders, then "
        "generations of 12"
        + (f" ({odd} searches ended with another number)" if odd else "")
        + ". Every problem of the database that comes along is searched with equal "
        "trainings, seeds and fidelity, without constraints and with advice from "
        "the *other* problems' records alone (`leave_out`), by the product's "
        "defaults, the same everywhere: seeds, soft constraints, pruning, a "
        "reclassification every 5 generations. "
        f"Only {alone} has no other problem of its modality: all the others are "
        "named there, and nothing but *no harm* is claimed.",
        "",
        "Values are validation metrics of short trainings, on which the searches "
        "also chose; test data had no part. *Best* is a search's best network, "
        "*mean* is over all its trainings that did not fail. Differences are of "
        "searches with the same seed, **more is better** whatever the metric; "
        "*relative* is in percent of the unconstrained value. *Regret* is the "
        "common scale: 0 is the best, 1 the median of the problem's unconstrained "
        "trainings; less is better. *Rank* is the mean share of the unconstrained "
        "trainings that a training beats. In brackets 95 % intervals (bootstrap "
        "over problems and, within each, seeds; of one problem its three seeds "
        "alone, which is little to go by). They are not corrected for their "
        "number.",
    ]


def again(searches: Sequence[Search]) -> list[str]:
    """Machine, versions and commands.

    Args:
        searches: all that there are.
    """
    newest = [one for one in searches if one.data["arm"] != BASELINE] or searches
    versions = newest[0].data["versions"]
    machines = sorted({one.data["machine"] or "not noted" for one in newest})
    commits = sorted({one.data["commit"] or "not noted" for one in newest})
    loads = [one.data["load"][0] for one in newest if one.data["load"]]
    busy = ""
    if loads:
        busy = f" Load at the ends of searches: {min(loads):.1f} to {max(loads):.1f}."
    minutes = [one.data["wall_seconds"] / 60 for one in newest]
    return [
        f"Machine: {'; '.join(machines)}; two searches at a time, one thread each."
        f"{busy} Minutes of a search: median "
        f"{np.median(minutes):.1f}, at most {max(minutes):.1f}. Seeds 0, 1, 2. "
        f"Commit {', '.join(commits)}; "
        f"{', '.join(f'{name} {text}' for name, text in versions.items())}.",
        "",
        "    python benchmarks/minibench_trained.py --unconstrained DIR",
        "    python benchmarks/minibench_trained_report.py",
        "",
        "`DIR` holds the runs of `minibench build`; without it those searches are "
        "made, too. Each file in `searches/` names its own command.",
    ]
