"""Calls as data."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from evonas.network.blocks import GlobalMaxPool, MBConv, Recurrent, SeparableConv
from evonas.network.call import Call, render


def conv(**more: object) -> Call:
    """A convolution from 3 to 8 channels."""
    known = {"in_channels": 3, "out_channels": 8, "kernel_size": 5}
    return Call(nn.Conv2d, {**known, **more})


@pytest.mark.parametrize(
    ("call", "source"),
    [
        (conv(), "nn.Conv2d(3, 8, 5)"),
        (conv(stride=1, bias=True), "nn.Conv2d(3, 8, 5)"),
        (conv(padding=2, bias=False), "nn.Conv2d(3, 8, 5, padding=2, bias=False)"),
        (Call(nn.ReLU), "nn.ReLU()"),
        (Call(GlobalMaxPool), "GlobalMaxPool()"),
        (Call(nn.Dropout, {"p": 0.25}), "nn.Dropout(p=0.25)"),
        (
            Call(
                SeparableConv, {"inputs": 2, "outputs": 4, "kernel": 3, "bias": False}
            ),
            "SeparableConv(2, 4, 3, bias=False)",
        ),
        (
            Call(
                Recurrent, {"cell": nn.GRU, "inputs": 2, "units": 4, "sequence": False}
            ),
            "Recurrent(nn.GRU, 2, 4, sequence=False)",
        ),
        (
            Call(
                MBConv, {"inputs": 2, "outputs": 2, "kernel": 3, "activation": nn.ELU}
            ),
            "MBConv(2, 2, 3, activation=nn.ELU)",
        ),
    ],
)
def test_a_call_reads_as_a_person_would_write_it(call: Call, source: str) -> None:
    """Required arguments go by position and defaults are left out."""
    assert call.source() == source


def test_the_source_of_a_call_makes_the_same_module() -> None:
    """What is written and what is built cannot differ."""
    call = conv(padding=2, stride=2, dilation=1)
    written = eval(call.source(), {"nn": nn})
    assert repr(written) == repr(call.make())


def test_an_argument_that_equals_a_default_of_another_type_is_written() -> None:
    """True == 1 in Python, yet a stride of 1 and a flag are different things."""
    assert conv(bias=1).source() == "nn.Conv2d(3, 8, 5, bias=1)"


def test_texts_are_quoted_as_formatters_do_and_cannot_break_out() -> None:
    """Whatever is in a text, its source is one literal of the same value."""
    text = 'a "quoted" \\ back\nslash'
    assert render("same") == '"same"'
    assert eval(render(text)) == text


def test_an_argument_that_the_class_does_not_know_is_refused() -> None:
    """A wrong name fails when the module is made, not silently."""
    with pytest.raises(TypeError, match="filters"):
        conv(filters=3).make()


def test_weights_come_from_torchs_current_generator() -> None:
    """The same state of the generator gives the same module."""
    made = []
    for _ in range(2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            made.append(conv().make())
    assert torch.equal(made[0].weight, made[1].weight)
