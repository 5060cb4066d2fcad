"""How long a generation takes to be bred and speciated, by the size of a population.

Run it from the repository: `python benchmarks/breeding.py --out results`. It prints a
table and writes the figures as JSON and Markdown. Seconds are processor time of this
one process, so that a busy machine does not spoil them.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from evonas.genome import ModuleGenome, MutationRates
from evonas.population import Population, PopulationSettings
from evonas.search.breeding import GenePool, ModuleBreeder
from evonas.space import default_space


@dataclass(frozen=True)
class Measured:
    """One row of the table."""

    #: genomes in the population
    size: int
    #: species that the threshold steers toward
    species: int
    #: seconds to speciate the first generation
    founding_seconds: float
    #: median seconds to breed and speciate one of the later generations
    generation_seconds: float
    #: species in the last generation
    species_found: int


def measure(size: int, species: int, generations: int, seed: int) -> Measured:
    """Evolve modules of the default image space with fitness at random."""
    rng = np.random.default_rng(seed)
    pool = GenePool(default_space("image", (1, 28, 28)), rng)
    population: Population[ModuleGenome] = Population(
        PopulationSettings(size=size, species=species),
        ModuleBreeder(pool, MutationRates()),
    )
    genomes = [pool.module(minimal=False) for _ in range(size)]
    started = time.process_time()
    population.found(genomes)
    founding = time.process_time() - started
    seconds = []
    for _ in range(generations):
        fitness = {member: float(rng.random()) for member in population.members}
        started = time.process_time()
        population.evolve(fitness, rng)
        seconds.append(time.process_time() - started)
    return Measured(
        size,
        species,
        round(founding, 4),
        round(statistics.median(seconds), 4),
        len(population.species),
    )


def table(rows: list[Measured]) -> str:
    """The figures as Markdown."""
    lines = [
        "| genomes | species wanted | found | first speciation | a generation |",
        "| ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {row.size:,} | {row.species} | {row.species_found} "
        f"| {row.founding_seconds:.3f} s | {row.generation_seconds:.3f} s |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[16, 100, 1000])
    parser.add_argument("--species", type=int, nargs="+", default=[3, 20])
    parser.add_argument("--generations", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder of the results")
    arguments = parser.parse_args()
    rows = [
        measure(size, species, arguments.generations, arguments.seed)
        for size in arguments.sizes
        for species in arguments.species
        if species < size
    ]
    print(table(rows))
    if arguments.out is not None:
        machine = f"Python {platform.python_version()}, {platform.machine()}"
        figures = {"machine": machine, "rows": [asdict(row) for row in rows]}
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "figures.json").write_text(
            json.dumps(figures, indent=1) + "\n"
        )
        (arguments.out / "README.md").write_text(
            f"# Breeding a generation\n\nProcessor seconds, {machine}.\n\n"
            f"{table(rows)}\n\n    python benchmarks/breeding.py\n"
        )


if __name__ == "__main__":
    main()
