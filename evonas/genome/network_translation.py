"""Networks of any origin as a blueprint with its modules.

What a space can say exactly is said exactly: a network that was assembled from it
becomes genomes that assemble to it again. All else becomes the nearest that could be
found: blocks that the space does not have become the ones most like them or are left
out, values go to the nearest of their domain, what is too long loses its repetitions
first. Stem and head are the space's own, and strides and pools that do not fit the
samples are dropped when the network is assembled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from evonas.architecture import Shape, Value, kind_of
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome.assembly import assemble, stem_shape
from evonas.genome.block_graph import START, BlockGraph, Unit, block_graph, tidied
from evonas.genome.blueprint import BlueprintGenome
from evonas.genome.fitting import fitted_block, fitted_recipe, nearest
from evonas.genome.genes import BlueprintNode, NodeGene
from evonas.genome.ledger import InnovationLedger
from evonas.genome.marking import FROM_INPUT, marked
from evonas.genome.module import ModuleGenome
from evonas.genome.nearness import distance, profile
from evonas.genome.partition import Piece, cuts
from evonas.genome.shortening import shortened, without_one
from evonas.genome.translation import Translation
from evonas.genome.unrepaired import incoming_shapes, unrepaired
from evonas.space import Space

#: cuts of a network that are assembled to see whether one of them is exact
_TRIED = 60

#: a blueprint and the module of each species that it names
Network = tuple[BlueprintGenome, dict[int, ModuleGenome]]


@dataclass(frozen=True, slots=True)
class Target:
    """What networks are translated for.

    Attributes:
        space: that they are to be of.
        input_shape: of one sample.
        outputs: units of the head.
        species: most different modules; None: any number.
    """

    space: Space
    input_shape: Shape
    outputs: int
    species: int | None = None


def translate_network(
    candidate: Candidate, target: Target, ledger: InnovationLedger
) -> Translation[Network] | None:
    """The network as genomes: exact where that can be, else the nearest that was found.

    The modules' species are 0, 1, …; all genome ids are 0.

    Args:
        candidate: of any origin.
        target: that it is translated for.
        ledger: gives the markings: equal structures get equal ones.

    Returns:
        None where nothing of it has a block in the space.
    """
    space, given = target.space, candidate.architecture
    graph, left = block_graph(given, space)
    graph, unknown = _fitted(graph, space)
    if not graph.blocks:
        return None
    try:
        recipe, changes = fitted_recipe(candidate.recipe, space)
    except ConfigError:
        return None
    best: Translation[Network] | None = None
    for network in _networks(graph, target, recipe, ledger):
        try:
            made = assemble(*network, space, target.input_shape, target.outputs)
        except ArchitectureError:
            continue
        if made.architecture.fingerprint() == given.fingerprint():
            return Translation(network, tuple(changes))
        if best is None:
            apart = distance(profile(given), profile(made.architecture))
            found = Counter(unit.op for unit in graph.units if not unit.joins)
            kept = _blocks_of(network)
            lost = [
                f"{op}: {number - kept[op]} of {number} left out"
                for op, number in sorted(found.items())
                if number > kept[op]
            ]
            words = (*left, *unknown, *lost) or ("values: the nearest of the space",)
            best = Translation(network, (*words, *changes), apart)
    return best


def _blocks_of(network: Network) -> Counter[str]:
    blueprint, modules = network
    return Counter(
        node.block for named in blueprint.nodes for node in modules[named.species].nodes
    )


def _fitted(graph: BlockGraph, space: Space) -> tuple[BlockGraph, list[str]]:
    """The graph in blocks of the space; what it has nothing like is left out."""
    units: list[Unit] = []
    stands: dict[int, int] = {}
    words: dict[str, None] = {}
    for at in graph.places:
        unit = graph.unit(at)
        if unit.joins:
            units.append(replace(unit, op=str(nearest(space.merges, unit.op))))
            if units[-1].op != unit.op:
                words.setdefault(f"{unit.op}: {units[-1].op} here")
            continue
        found = fitted_block(unit.op, unit.fields, space)
        if found is None:
            stands[at] = unit.inputs[0]
            words.setdefault(f"{unit.op}: left out")
            units.append(unit)
            continue
        if found[0] != unit.op:
            words.setdefault(f"{unit.op}: {found[0]} here")
        units.append(replace(unit, op=found[0], fields=found[1]))
    return tidied(units, graph.result, stands), list(words)


def _networks(
    graph: BlockGraph,
    target: Target,
    recipe: Mapping[str, Value],
    ledger: InnovationLedger,
) -> Iterator[Network]:
    """Genomes of a graph: those that may be exact, then one that is near."""
    space = target.space
    largest, most = space.module_nodes, space.blueprint_nodes
    if len(graph.blocks) <= largest * most:
        for pieces in islice(cuts(graph, largest, most), _TRIED):
            parts = _Parts(graph, pieces, target, ledger)
            if target.species is None or len(set(parts.modules)) <= target.species:
                yield parts.network(recipe)
    graph = shortened(graph, largest * most)
    while True:
        for form in (graph, graph.private(graph.narrows), graph.private()):
            found = next(cuts(form, largest, most), None)
            if found is not None:
                parts = _Parts(form, found, target, ledger)
                parts.share()
                yield parts.network(recipe)
                return
        graph = without_one(graph, largest)


class _Parts:
    """The modules of a graph that is cut, and the blueprint that names them."""

    def __init__(
        self,
        graph: BlockGraph,
        pieces: Sequence[Piece],
        target: Target,
        ledger: InnovationLedger,
    ) -> None:
        self._graph = graph
        self._pieces = pieces
        self._target = target
        self._ledger = ledger
        #: merge of what has only one input
        self._plain = str(target.space.merges.spread(2)[0])
        made = [self._module(piece) for piece in pieces]
        #: of each piece; equal ones are one
        self.modules: list[ModuleGenome] = [module for module, _ in made]
        shapes = incoming_shapes(graph, stem_shape(target.space, target.input_shape))
        self.modules = unrepaired(self.modules, [places for _, places in made], shapes)

    def share(self) -> None:
        """Let the rarest of too many modules give way to those most like them."""
        most = self._target.species
        counts = Counter(self.modules)
        if most is None or len(counts) <= most:
            return
        kept = [module for module, _ in counts.most_common(most)]
        self.modules = [
            module if module in kept else max(kept, key=lambda one: _alike(one, module))
            for module in self.modules
        ]

    def network(self, recipe: Mapping[str, Value]) -> Network:
        """The genomes."""
        graph, pieces = self._graph, self._pieces
        kinds = list(dict.fromkeys(self.modules))
        number = {piece.exit: at for at, piece in enumerate(pieces)}
        reads = [_joined(graph, piece.entry, number) for piece in pieces]
        last = _joined(graph, graph.result, number)
        markings, connections = marked(
            [one.sources for one in reads],
            last.sources,
            self._slots([*reads, last]),
            self._ledger,
        )
        nodes = tuple(
            BlueprintNode(markings[at], kinds.index(module), read.merge or self._plain)
            for at, (module, read) in enumerate(zip(self.modules, reads, strict=True))
        )
        blueprint = BlueprintGenome(
            genome_id=0,
            nodes=nodes,
            connections=connections,
            merge=last.merge or self._plain,
            recipe=recipe,
        )
        return blueprint, dict(enumerate(kinds))

    def _module(self, piece: Piece) -> tuple[ModuleGenome, list[int]]:
        """The module of a piece, and the places of its blocks by its nodes."""
        graph = self._graph
        number = {place: at for at, place in enumerate(piece.blocks)}
        reads = [
            _joined(graph, graph.unit(place).inputs[0], number, piece.entry)
            for place in piece.blocks
        ]
        last = _joined(graph, piece.exit, number, piece.entry)
        markings, connections = marked(
            [one.sources for one in reads],
            last.sources,
            self._slots([*reads, last]),
            self._ledger,
        )
        module = ModuleGenome(
            genome_id=0,
            nodes=tuple(
                NodeGene(
                    markings[at],
                    graph.unit(place).op,
                    read.merge or self._plain,
                    graph.unit(place).fields,
                )
                for at, (place, read) in enumerate(
                    zip(piece.blocks, reads, strict=True)
                )
            ),
            connections=connections,
            merge=last.merge or self._plain,
        )
        order = sorted(range(len(piece.blocks)), key=markings.__getitem__)
        return module, [piece.blocks[at] for at in order]

    @staticmethod
    def _slots(reads: Sequence[_Joined]) -> list[tuple[int, ...]]:
        """Sources whose order means something."""
        return [
            one.sources
            for one in reads
            if one.merge and not kind_of(one.merge).commutative
        ]


@dataclass(frozen=True, slots=True)
class _Joined:
    """What a node, or the output, reads.

    Attributes:
        sources: numbers of nodes, by slot; `FROM_INPUT`: the graph's input.
        merge: how they are joined; "": there is one alone.
    """

    sources: tuple[int, ...]
    merge: str


def _joined(
    graph: BlockGraph, place: int, number: Mapping[int, int], entry: int = START
) -> _Joined:
    """A value in the numbers of nodes, through the merge that it may be.

    Args:
        graph: that is cut.
        place: of the value.
        number: place of what is a node → its number.
        entry: place of what comes in.
    """
    known = {**number, entry: FROM_INPUT}
    if place in known:
        return _Joined((known[place],), "")
    unit = graph.unit(place)
    return _Joined(tuple([known[one] for one in unit.inputs]), unit.op)


def _alike(first: ModuleGenome, second: ModuleGenome) -> tuple[int, int]:
    """How many blocks of two modules are the same in the same place, and the sizes."""
    pairs = zip(first.nodes, second.nodes, strict=False)
    same = sum(one.block == other.block for one, other in pairs)
    return same, -abs(len(first.nodes) - len(second.nodes))
