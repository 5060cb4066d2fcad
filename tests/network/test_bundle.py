"""Gathering source that stands alone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import own_layers
import pytest
from torch import nn

from evonas.errors import InputError
from evonas.network.blocks import MBConv
from evonas.network.bundle import Bundle, Bundler

Writer = Callable[..., ModuleType]


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """A function that writes source as a module and imports it."""
    monkeypatch.syspath_prepend(tmp_path)
    names = []

    def write(text: str, name: str = "written_layers") -> ModuleType:
        names.append(name)
        (tmp_path / f"{name}.py").write_text(dedent(text))
        importlib.invalidate_caches()
        return importlib.import_module(name)

    yield write
    for name in names:
        sys.modules.pop(name, None)


def bundled(*definitions: type, reserved: tuple[str, ...] = ()) -> Bundle:
    """What these classes need."""
    bundler = Bundler(reserved)
    for definition in definitions:
        bundler.add(definition)
    return bundler.bundle


def run(bundle: Bundle) -> dict[str, object]:
    """The bundle as a program of its own."""
    text = "\n".join([*bundle.import_lines(), *bundle.definitions.values()])
    names: dict[str, object] = {}
    exec("from __future__ import annotations\n" + text, names)
    return names


def test_what_torch_ships_needs_no_source() -> None:
    """It is imported wherever the file is used."""
    assert bundled(nn.Conv2d).definitions == {}


def test_a_class_comes_after_the_classes_that_it_uses() -> None:
    """The inverted bottleneck has a squeeze-excitation inside."""
    assert list(bundled(MBConv).definitions) == ["SqueezeExcitation", "MBConv"]


def test_functions_constants_and_imports_come_along() -> None:
    """Whatever a class needs from its own module, and nothing else of it."""
    bundle = bundled(own_layers.Gate)
    assert list(bundle.definitions) == ["TEMPERATURE", "soften", "Gate"]
    assert bundle.import_lines() == [
        "import math",
        "",
        "import torch",
        "from torch import nn",
        "from torch.nn import functional as F",
    ]
    assert isinstance(run(bundle)["Gate"](3), nn.Module)


def test_a_definition_is_copied_once_however_often_it_is_used() -> None:
    """Two layers share their helper."""
    assert list(bundled(own_layers.Gate, own_layers.Gate).definitions)[-1] == "Gate"


def test_a_base_class_in_another_module_is_followed(written: Writer) -> None:
    """Also through a module that only hands it on."""
    written("from own_layers import Gate", "handing_on")
    module = written(
        """
        from handing_on import Gate

        class Doubled(Gate):
            def forward(self, x):
                return 2 * super().forward(x)
        """
    )
    assert list(bundled(module.Doubled).definitions)[-2:] == ["Gate", "Doubled"]


def test_definitions_that_use_each_other_are_both_copied(written: Writer) -> None:
    """Without going round in circles."""
    module = written(
        """
        def even(n):
            return n == 0 or odd(n - 1)

        def odd(n):
            return n > 0 and even(n - 1)

        class Uses:
            answer = staticmethod(even)
        """
    )
    assert run(bundled(module.Uses))["Uses"].answer(4)


def test_decorators_belong_to_a_definition(written: Writer) -> None:
    """The first line of a class is its first decorator's."""
    module = written(
        """
        from functools import total_ordering

        @total_ordering
        class Ordered:
            def __lt__(self, other):
                return False
        """
    )
    definition = bundled(module.Ordered).definitions["Ordered"]
    assert definition.startswith("@total_ordering\nclass Ordered:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "import numpy as np\nclass A:\n    x = np.pi",
            "imports 'numpy', but an exported network may import torch and",
        ),
        (
            "class A:\n    def f(self):\n        import numpy",
            "imports 'numpy', but an exported network",
        ),
        (
            "class A:\n    def f(self):\n        from numpy.linalg import norm",
            "imports 'numpy.linalg', but an exported network",
        ),
        (
            "from own_layers import Gate as G\nclass A(G):\n    pass",
            "imports 'Gate' of own_layers as 'G'; import it under its own name",
        ),
        (
            "if True:\n    B = 3\nclass A:\n    x = B",
            "'B' of written_layers is bound neither by a plain import nor",
        ),
        (
            "def make():\n    class A:\n        pass\n    return A\nA = make()",
            r"make.<locals>.A at the top level of its module",
        ),
        ("class load:\n    pass\nA = load", "name 'load' in written_layers is taken"),
    ],
    ids=["module", "inner", "inner-from", "renamed", "hidden", "local", "reserved"],
)
def test_what_cannot_stand_alone_is_refused_with_the_reason(
    written: Writer, text: str, message: str
) -> None:
    """Before anything is written, and with what to do."""
    module = written(text)
    with pytest.raises(InputError, match=message):
        bundled(module.A, reserved=("load",))


def test_two_classes_of_one_name_are_refused(written: Writer) -> None:
    """One file has room for one of them."""
    module = written("class Gate:\n    pass")
    with pytest.raises(InputError, match="'Gate' in written_layers is taken by own_l"):
        bundled(own_layers.Gate, module.Gate)


def test_a_class_without_a_file_is_refused() -> None:
    """As one typed into an interpreter."""
    module = ModuleType("typed_in")
    sys.modules["typed_in"] = module
    try:
        exec("class Typed: pass", module.__dict__)
        with pytest.raises(InputError, match=r"'typed_in' in a file.*into a \.py file"):
            bundled(module.Typed)
    finally:
        del sys.modules["typed_in"]
