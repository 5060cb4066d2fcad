"""Graph networks: evaluated in NumPy as torch does, read back, nothing else is read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evonas.encoding import WordGraph
from evonas.errors import DataError
from minibench.classifier import graph_fitting
from minibench.classifier.graph_fitting import Tensors, fit_network
from minibench.classifier.graph_network import (
    GraphNetwork,
    pairs,
    shapes,
    softmax,
)
from minibench.classifier.scale import Scale

WORDS = ("a", "b", "c")
RECIPES = ("recipe rate", "recipe size", "recipe new")
SCALE = Scale(RECIPES[:2], np.array([1.0, -1.0]), np.array([0.5, 2.0]))


@st.composite
def graphs(draw: st.DrawFn) -> WordGraph:
    """A graph in a few words, one of which is not known."""
    size = draw(st.integers(1, 6))
    words = [
        draw(st.dictionaries(st.sampled_from("abcx"), st.integers(1, 3)))
        for _ in range(size)
    ]
    forward = [(i, j) for j in range(size) for i in range(j)]
    edges = draw(st.lists(st.sampled_from(forward), max_size=8)) if forward else []
    recipe = draw(st.dictionaries(st.sampled_from(RECIPES), st.floats(-9, 9)))
    return WordGraph(tuple(words), tuple(edges), recipe)


def made(seed: int = 0, classes: int = 3, width: int = 4) -> GraphNetwork:
    """A network with weights from anywhere."""
    rng = np.random.default_rng(seed)
    sizes = shapes(len(WORDS), width, classes, len(SCALE))
    weights = {name: rng.normal(size=size) for name, size in sizes.items()}
    return GraphNetwork(WORDS, tuple("xyz"[:classes]), weights, 1.5, SCALE)


@settings(max_examples=25)
@given(st.lists(graphs(), min_size=1, max_size=5), st.integers(0, 99))
def test_numpy_says_what_torch_says(found: list[WordGraph], seed: int) -> None:
    """For any weights and graphs, several at once."""
    network = made(seed)
    batch = Tensors(found, WORDS, network.recipe)
    weights = {name: torch.from_numpy(one) for name, one in network.weights.items()}
    expected = batch.scores(weights).numpy()
    assert network.scores(found) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(st.lists(graphs(), min_size=2, max_size=4))
def test_graphs_beside_each_other_are_as_each_alone(found: list[WordGraph]) -> None:
    """No message passes between them while they are fitted."""
    network = made()
    assert network.probabilities(found).sum(axis=1) == pytest.approx(1.0)
    weights = {name: torch.from_numpy(one) for name, one in network.weights.items()}
    together = Tensors(found, WORDS, network.recipe).scores(weights)
    for graph, own in zip(found, together.numpy(), strict=True):
        alone = Tensors([graph], WORDS, network.recipe).scores(weights).numpy()[0]
        assert alone == pytest.approx(own, abs=1e-12)


@settings(max_examples=25)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_groups_means_nothing(graph: WordGraph, random: Any) -> None:
    """Only the graph counts."""
    places = list(range(len(graph.words)))
    random.shuffle(places)
    words: list[Any] = [None] * len(places)
    for at, place in enumerate(places):
        words[place] = graph.words[at]
    edges = [(places[one], places[other]) for one, other in graph.edges]
    other = WordGraph(tuple(words), tuple(edges), graph.recipe)
    network = made()
    assert network.scores([other]) == pytest.approx(network.scores([graph]), abs=1e-9)


def star(centre: str, leaf: str, leaves: int) -> WordGraph:
    """Some groups that all read one."""
    words = ({centre: 1}, *[{leaf: 1}] * leaves)
    return WordGraph(words, tuple((0, at + 1) for at in range(leaves)))


def examples() -> tuple[list[WordGraph], list[str], list[str]]:
    """Two classes with the same words, joined otherwise, of three runs each."""
    found: list[WordGraph] = []
    labels, groups = [], []
    for at in range(24):
        leaves = 2 + at % 4
        same = star("a", "b", leaves)
        turned = WordGraph(same.words, tuple((j, i) for i, j in same.edges))
        found += [same, turned]
        labels += ["out", "in"]
        groups += [f"{at % 3}"] * 2
    return found, labels, groups


def test_what_is_learned_is_the_graph() -> None:
    """The words alone are the same; and the network is sure of it."""
    found, labels, groups = examples()
    network = fit_network(found, labels, groups)
    assert network.classes == ("in", "out")
    said = network.probabilities(found)
    truth = np.array([network.classes.index(label) for label in labels])
    assert (said.argmax(axis=1) == truth).all()
    assert said[np.arange(len(truth)), truth].min() > 0.9


def test_the_recipe_is_learned_where_it_is_read() -> None:
    """Of one that tells the classes, while the graphs do not."""
    found, _, groups = examples()
    labels = ["in" if at % 3 else "out" for at in range(len(found))]
    told = [
        replace(graph, recipe={"recipe rate": -1.0 if label == "in" else -3.0})
        for graph, label in zip(found, labels, strict=True)
    ]
    reading = fit_network(told, labels, groups, recipe=True)
    said = reading.probabilities(told)[:, 0]
    assert said[np.array(labels) == "in"].min() > said[np.array(labels) == "out"].max()
    unknown = reading.probabilities(found)[:, 0]
    assert said.min() < unknown.min() <= unknown.max() < said.max()
    blind = fit_network(told, labels, groups)
    assert not blind.recipe
    assert (blind.probabilities(told) == blind.probabilities(found)).all()


def test_training_again_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """In every bit, and torch's own generator is left alone."""
    monkeypatch.setattr(graph_fitting, "_EPOCHS", 3)
    before = torch.random.get_rng_state()
    network = fit_network(*examples())
    assert fit_network(*examples()).to_json() == network.to_json()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_luck_is_not_believed() -> None:
    """The temperature is fitted on runs that were held out."""
    found, _, groups = examples()
    rng = np.random.default_rng(0)
    lottery = [str(one) for one in rng.integers(0, 2, len(found))]
    network = fit_network(found, lottery, groups)
    assert np.abs(network.probabilities(found) - 0.5).max() < 0.25


def test_unknown_words_are_noticed() -> None:
    """By the groups that have one."""
    graph = WordGraph(({"a": 1}, {"a": 1, "x": 1}, {"x": 2}, {}), ())
    assert made().unseen(graph) == 0.5


def test_pairs_are_shares() -> None:
    """And half where neither class is possible."""
    found = pairs(np.array([[0.6, 0.2, 0.2], [1.0, 0.0, 0.0]]))
    assert found[0] == pytest.approx([0.75, 0.75, 0.5])
    assert found[1] == pytest.approx([1.0, 1.0, 0.5])
    assert softmax(np.array([1e4, 0.0])) == pytest.approx([1.0, 0.0])


def test_the_json_form_can_be_read_back() -> None:
    """Bit by bit."""
    network = made()
    again = GraphNetwork.from_json(network.to_json())
    assert again.to_json() == network.to_json()
    graph = star("a", "b", 3)
    assert (again.scores([graph]) == network.scores([graph])).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("words", ["b", "a"]), "words: expected sorted words, each once"),
        (("words", ["a", "b", 1]), r"words\[2\]: expected a text, got 1"),
        (("words", ["a"] * 2_001), "words: expected at most 2,000 entries"),
        (("width", 0), "width: expected from 1 to 256, got 0"),
        (("width", 10**9), "width: expected from 1 to 256, got 1000000000"),
        (("width", 5), r"weights: first\[0\]: expected a list of 5 entries, got 4"),
        (("temperature", 0), "temperature: expected a number above 0, got 0"),
        (("temperature", "hot"), "temperature: expected a finite number"),
        (("classes", ["x"]), "classes: expected two or more, each once, got 1"),
        (("weights", []), r"weights: expected an object, got \[\]"),
        (("weights", {"more": 1}), "weights: expected the keys first, bias"),
        (("weights", {}), "weights: expected the key 'first', got none"),
        (("recipe", {}), "recipe: expected the key 'names', got none"),
        (
            ("recipe", Scale().to_json()),
            "weights: expected the keys .*, got 'recipe'",
        ),
    ],
)
def test_others_are_refused(change: tuple[str, Any], message: str) -> None:
    """With the place of the fault."""
    data = {**made().to_json(), change[0]: change[1]}
    with pytest.raises(DataError, match=f"file: {message}"):
        GraphNetwork.from_json(data, "file")
