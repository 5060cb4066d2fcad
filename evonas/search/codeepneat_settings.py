"""Settings of CoDeepNEAT, over networks of layers and over the cells of a table."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evonas.config import Settings
from evonas.genome import CellMutationRates, MutationRates
from evonas.population import PopulationSettings


class ModulePopulationSettings(PopulationSettings):
    """How the population of modules is kept."""

    size: int = Field(default=16, ge=2)
    species: int = Field(default=3, ge=1)


class BlueprintPopulationSettings(PopulationSettings):
    """How the population of blueprints is kept."""

    size: int = Field(default=8, ge=2)
    species: int = Field(default=2, ge=1)


class CoevolutionSettings(Settings):
    """What `codeepneat` has to know whatever the parts are of."""

    #: wait for whole generations, or breed whenever a worker is free
    mode: Literal["generational", "asynchronous"] = "generational"
    #: networks assembled in a generation (asynchronous: its pace of speciation)
    networks: int = Field(default=16, ge=2)
    #: the first generation is this many times as large as the later ones, which come
    #: from its best: a search that starts from few poor genomes may never recover
    founding: int = Field(default=1, ge=1)
    #: first genomes: one node each (NEAT), or drawn like those of random search
    start: Literal["minimal", "random"] = "random"
    #: the population of modules
    modules: ModulePopulationSettings = ModulePopulationSettings()
    #: the population of blueprints
    blueprints: BlueprintPopulationSettings = BlueprintPopulationSettings()
    #: `mean` of a module's networks; `shuffled` among the modules is a control that
    #: tells what credit is worth
    credit: Literal["mean", "shuffled"] = "mean"
    #: draws for one new network before its place in the generation stays empty
    tries: int = Field(default=50, ge=1)
    #: asynchronous: of how many drawn the best is the partner of a new part
    tournament: int = Field(default=2, ge=1)


class CoDeepNEATSettings(CoevolutionSettings):
    """Settings of the strategy `codeepneat` over networks of layers."""

    #: chances of the mutations of a module
    module_mutation: MutationRates = MutationRates()
    #: chances of the mutations of a blueprint and of its recipe
    blueprint_mutation: MutationRates = MutationRates()


class CellModulePopulationSettings(ModulePopulationSettings):
    """How the population of modules is kept over cells: few, of small parts."""

    size: int = Field(default=6, ge=2)
    species: int = Field(default=2, ge=1)
    survival: float = Field(default=0.3, gt=0, le=1)


class CellBlueprintPopulationSettings(BlueprintPopulationSettings):
    """How the population of blueprints is kept over cells: most of a cell is theirs."""

    size: int = Field(default=18, ge=2)
    species: int = Field(default=1, ge=1)
    survival: float = Field(default=0.15, gt=0, le=1)


class CellCoDeepNEATSettings(CoevolutionSettings):
    """Settings of the strategy `codeepneat` over the cells of a table.

    The defaults are for a few hundred evaluations; docs/strategies.md has what was
    tried.
    """

    mode: Literal["generational", "asynchronous"] = "asynchronous"
    networks: int = Field(default=20, ge=2)
    tries: int = Field(default=200, ge=1)
    tournament: int = Field(default=4, ge=1)
    modules: CellModulePopulationSettings = CellModulePopulationSettings()
    blueprints: CellBlueprintPopulationSettings = CellBlueprintPopulationSettings()
    #: most choices of the cell in a module
    largest: int = Field(default=3, ge=1)
    #: chances of the mutations of a module
    module_mutation: CellMutationRates = CellMutationRates()
    #: chances of the mutations of a blueprint
    blueprint_mutation: CellMutationRates = CellMutationRates()
