"""Constraint sets as YAML: there and back, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from strategies import Setting, settings_of_spaces

from evonas.errors import ConfigError, DataError
from evonas.space import Choice, ConstraintSet
from minibench.constraint_text import (
    constraints_text,
    read_constraints,
    write_constraints,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(setting=settings_of_spaces())
def test_a_set_is_read_as_it_was_written(tmp_path: Path, setting: Setting) -> None:
    """Whatever a space can hold."""
    space = setting.space
    recipe = dict(space.recipe)
    made = ConstraintSet(space.blocks, space.merges, recipe, {"problems": {}}, "soft")
    path = tmp_path / "set.yaml"
    write_constraints(path, made)
    found = read_constraints(path)
    assert found == made
    assert found.content_hash() == made.content_hash()
    assert path.read_text() == constraints_text(found)


def test_what_is_not_named_is_not_limited(tmp_path: Path) -> None:
    """A person may write a line or two."""
    path = tmp_path / "set.yaml"
    path.write_text("format: 1\nrecipe: {optimizer: adamw}\nblocks: {conv: }\n")
    found = read_constraints(path)
    assert found.allows("conv", {"filters": 3})
    assert not found.allows("pool", {})
    assert found.allows_merge("sum")
    assert not found.allows_recipe({"optimizer": "sgd"})
    assert found.mode == "hard"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format: 3\n", "set.yaml, line 1: format: expected one of 1, 2, got 3"),
        ("mode: hard\n", "format: expected one of 1, 2, got None"),
        ("format: 1\nmodes: hard\n", "modes: unknown key.*did you mean 'mode'"),
        ("format: 1\nmode: mild\n", "line 2: mode: expected one of hard, soft, off"),
        (
            "format: 1\nblocks:\n  convv: {}\n",
            "line 3: blocks.convv: unknown key.*did you mean 'conv'",
        ),
        (
            "format: 1\nblocks:\n  conv:\n    kernels: 3\n",
            "line 4: blocks.conv.kernels: unknown key.*did you mean 'kernel'",
        ),
        ("format: 1\nblocks: 3\n", "line 2: blocks: expected a section with keys"),
        ("format: 1\nmerges: [sum, add]\n", "merges: expected one or more of sum"),
        ("format: 1\nrecipe: {lr: 1}\n", "recipe.lr: unknown key"),
        (
            "format: 1\nrecipe: {learning_rate: {low: 1}}\n",
            "recipe.learning_rate: expected a range {low, high}",
        ),
        ("format: [\n", "expected YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    """Expected, got, where."""
    path = tmp_path / "set.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_constraints(path)


def test_a_file_that_cannot_be_written_or_is_not_there(tmp_path: Path) -> None:
    """Both are said."""
    message = r"set\.yaml: expected to write the constraint set here, got No such file"
    with pytest.raises(DataError, match=message):
        write_constraints(tmp_path / "none" / "set.yaml", ConstraintSet())
    with pytest.raises(ConfigError, match="expected a configuration file, got"):
        read_constraints(tmp_path / "none.yaml")


def test_weights_choices_and_the_chance_outside_are_read_as_written(
    tmp_path: Path,
) -> None:
    """Numbers, words and truth values keep their kind."""
    made = ConstraintSet(
        choices={"op_01": Choice(("none", "skip_connect"))},
        weights={
            "blocks.conv.kernel": {3: 0.75, 5: 0.25},
            "recipe.nesterov": {True: 0.5, False: 0.5},
            "merges": {"sum": 1.0},
        },
        mode="soft",
        outside=0.15,
    )
    path = tmp_path / "set.yaml"
    write_constraints(path, made)
    found = read_constraints(path)
    assert found == made
    assert found.content_hash() == made.content_hash()
    assert "format: 2" in path.read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weights: {merges: [sum]}", r"weights\.merges: expected pairs \[value, weig"),
        ("weights: {merges: [[sum, -1]]}", r"weights\.merges: expected pairs"),
        ("weights: {merges: 3}", r"weights\.merges: expected pairs"),
        ("outside: 1.5", r"outside: expected a chance from 0 to 1, got 1\.5"),
        ("outside: often", "outside: expected a chance from 0 to 1, got 'often'"),
    ],
)
def test_weights_and_chances_that_are_none_are_told(
    tmp_path: Path, text: str, message: str
) -> None:
    """With the place."""
    path = tmp_path / "set.yaml"
    path.write_text(f"format: 2\n{text}\n")
    with pytest.raises(ConfigError, match=message):
        read_constraints(path)
