"""The published networks with what is published of them, as facts with their source."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evonas.architecture import Architecture, Shape
from evonas.evaluation import Fidelity
from minibench.cost import BenchCost
from minibench.importers.importer import (
    Found,
    Importer,
    ImportOptions,
    Pace,
    Progress,
)
from minibench.importers.published import CLASSES, inception_v3, resnet34
from minibench.problems import Problem
from minibench.provenance import Provenance
from minibench.records import BenchRecord

#: the data of the ImageNet challenges from 2012 on; accuracies are of one crop
IMAGENET = Problem(
    name="imagenet",
    version="ilsvrc2012",
    modality="image",
    input_shape=(3, 224, 224),
    kind="classification",
    outputs=CLASSES,
    metric="accuracy",
    direction="maximise",
)


@dataclass(frozen=True)
class _Fact:
    """What somebody has published of a network."""

    network: Callable[[], Architecture]
    name: str
    input_shape: Shape
    #: of the training
    epochs: float
    #: shares of ILSVRC 2012's 50,000 validation images, the class first or among five
    accuracy: float
    top5_accuracy: float
    provenance: Provenance


_TORCHVISION = "https://docs.pytorch.org/vision/stable/models/generated"
_FACTS = (
    _Fact(
        resnet34,
        "resnet-34 torchvision IMAGENET1K_V1",
        (3, 224, 224),
        90,
        0.73314,
        0.9142,
        Provenance(
            who="torchvision",
            when="2022",
            source=f"{_TORCHVISION}/torchvision.models.resnet34.html, weights "
            "IMAGENET1K_V1; network of He et al. 2015, arXiv:1512.03385",
            licence="BSD-3-Clause",
        ),
    ),
    _Fact(
        inception_v3,
        "inception-v3 torchvision IMAGENET1K_V1",
        (3, 299, 299),
        100,
        0.77294,
        0.9345,
        Provenance(
            who="torchvision",
            when="2022",
            source=f"{_TORCHVISION}/torchvision.models.inception_v3.html, weights "
            "IMAGENET1K_V1, ported from those of the paper; network of Szegedy et al. "
            "2015, arXiv:1512.00567",
            licence="BSD-3-Clause",
        ),
    ),
    _Fact(
        inception_v3,
        "inception-v3 paper",
        (3, 299, 299),
        100,
        0.788,
        0.944,
        Provenance(
            who="Szegedy et al., Google",
            when="2015-12",
            source="Rethinking the Inception Architecture for Computer Vision, "
            "arXiv:1512.00567, abstract and section 8: 21.2 % and 5.6 % errors of one "
            "crop after 100 epochs",
            licence="unknown",
        ),
    ),
)


def _read(source: None, options: ImportOptions, progress: Progress) -> Iterator[Found]:
    pace = Pace(progress, len(_FACTS))
    for fact in _FACTS:
        architecture = fact.network()
        yield (
            IMAGENET,
            BenchRecord(
                problem=IMAGENET.key,
                architecture=architecture,
                input_shape=fact.input_shape,
                # their learning rates fell in steps, which no recipe here does
                recipe=None,
                fidelity=Fidelity(fact.epochs),
                metrics={
                    "validation_accuracy": fact.accuracy,
                    "validation_top5_accuracy": fact.top5_accuracy,
                },
                cost=BenchCost.of(architecture, fact.input_shape),
                provenance=fact.provenance,
                strategy="published",
                run=fact.name,
            ),
        )
        pace.step()
    pace.end()


PUBLISHED = Importer(
    description="ResNet-34 and Inception-v3 with their published accuracies",
    takes=("nothing",),
    read=_read,
)
