"""Genomes: what evolves, and how it becomes a candidate.

- `ModuleGenome`, `BlueprintGenome`: graphs of marked genes; `InnovationLedger` marks.
- `initial_module`, `initial_blueprint`: minimal ones; `random_module`,
  `random_blueprint`: of any size.
- `mutate_module`, `mutate_blueprint`, `repoint`, `crossover`: new ones from old ones.
- `conform_module`, `conform_blueprint`: into a space that was narrowed.
- `distance`: how different two genomes are.
- `CellModule`, `CellBlueprint`: sub-graphs of published cells; `CellParts` draws,
  changes and decodes them.
- `assemble`, `within_limits`, `check_space`: genomes → candidate, and what is refused.
- `GenomeSpace`: what strategies draw, mutate and decode, whatever is searched;
  `NetworkGenomes` of layers, `CellSpace` of published cells (`nasbench201_space`, …),
  `RecipeGenomes` of one network, `FixedTopology` of its numbers too.
- `Seed`, `Translation`: networks from elsewhere, and what becomes of them here;
  `GenomeSpace.translate`, `translate_network` for parts.
"""

from evonas.genome.assembly import assemble, within_limits
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.cell_operators import CellMutationRates, CellParts
from evonas.genome.cell_parts import CellBlueprint, CellModule
from evonas.genome.cell_space import CellSpace
from evonas.genome.choice_genomes import ChoiceGenomes
from evonas.genome.conform import conform_blueprint, conform_module
from evonas.genome.crossover import crossover
from evonas.genome.distance import Coefficients, distance
from evonas.genome.feasibility import check_space, smallest_networks
from evonas.genome.fixed_topology import FixedTopology
from evonas.genome.genes import INPUT, OUTPUT, BlueprintNode, Connection, NodeGene
from evonas.genome.genome_space import GenomeSpace
from evonas.genome.initial import (
    initial_blueprint,
    initial_module,
    random_blueprint,
    random_module,
)
from evonas.genome.ledger import InnovationLedger
from evonas.genome.module import ModuleGenome
from evonas.genome.mutation import (
    MutationRates,
    mutate_blueprint,
    mutate_module,
    repoint,
)
from evonas.genome.network_genome import NetworkGenome
from evonas.genome.network_genomes import NetworkGenomes
from evonas.genome.network_translation import Target, translate_network
from evonas.genome.published import (
    fcnet_space,
    nasbench101_space,
    nasbench201_space,
    nasbench_graph_space,
)
from evonas.genome.recipe_genomes import RecipeGenomes
from evonas.genome.seed import Seed
from evonas.genome.translation import Translation

__all__ = [
    "INPUT",
    "OUTPUT",
    "BlueprintGenome",
    "BlueprintNode",
    "CellBlueprint",
    "CellModule",
    "CellMutationRates",
    "CellParts",
    "CellSpace",
    "ChoiceGenomes",
    "Coefficients",
    "Connection",
    "FixedTopology",
    "GenomeSpace",
    "InnovationLedger",
    "ModuleGenome",
    "MutationRates",
    "NetworkGenome",
    "NetworkGenomes",
    "NodeGene",
    "RecipeGenomes",
    "Seed",
    "Target",
    "Translation",
    "assemble",
    "check_space",
    "conform_blueprint",
    "conform_module",
    "crossover",
    "distance",
    "fcnet_space",
    "initial_blueprint",
    "initial_module",
    "mutate_blueprint",
    "mutate_module",
    "nasbench101_space",
    "nasbench201_space",
    "nasbench_graph_space",
    "random_blueprint",
    "random_module",
    "repoint",
    "smallest_networks",
    "translate_network",
    "within_limits",
]
