"""Writing a network as one readable Python file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from textwrap import fill

from evonas.architecture import Architecture, Cost, Shape
from evonas.architecture.wiring import name_of
from evonas.errors import InputError
from evonas.network.build import Plan, Step, make_plan
from evonas.network.bundle import Bundler
from evonas.network.call import Call, render
from evonas.network.info import ExportInfo
from evonas.network.merges import Concat, Sum
from evonas.network.preprocess import Preprocess
from evonas.network.python_text import WIDTH, constant, one_line, statement
from evonas.network.rescale import Rescale
from evonas.network.sentences import sentence_numbers
from evonas.network.standalone import read_weights

#: Merges of equal shapes with at most so many inputs are written as expressions.
INLINE_INPUTS = 8

#: More normalisation constants than this go to the end of the file.
INLINE_CONSTANTS = 4

#: Names of the file's frame, which no layer of a user's own may have.
RESERVED = (
    "Network",
    "load",
    "encode",
    "CLASSES",
    "FEATURES",
    "INPUT_MEAN",
    "INPUT_STD",
    "TARGET_MEAN",
    "TARGET_STD",
)

#: beside `network.py`, of a text
VOCABULARY_FILE = "vocabulary.json"

_LOAD = '''\
def load(folder: str | Path = Path(__file__).parent) -> nn.Module:
    """The trained network in eval mode; `folder` holds `weights.safetensors`."""
    network = Network()
    network.load_state_dict(read_weights(Path(folder) / "weights.safetensors"))
    return network.eval()'''

_ENCODE = f'''\
def encode(
    sentences: Iterable[str], folder: str | Path = Path(__file__).parent
) -> torch.Tensor:
    """What the network reads for these sentences: their token numbers."""
    return sentence_numbers(sentences, Path(folder) / "{VOCABULARY_FILE}")'''


def write_source(
    architecture: Architecture, input_shape: Shape, info: ExportInfo
) -> str:
    """The text of `network.py`: torch and the standard library, nothing else.

    Raises:
        InputError: a layer of the user's own cannot stand alone.
    """
    plan = make_plan(architecture, input_shape)
    lines = [_Line(architecture, plan, step) for step in plan.steps]
    bundler = Bundler(RESERVED)
    bundle = bundler.bundle
    # What the frame below uses itself.
    bundle.modules.add("torch")
    bundle.names.update({"pathlib": {"Path"}, "torch": {"nn"}})
    bundler.add(Preprocess)
    for line in lines:
        if not line.inline:
            bundler.add(line.call.target)
    if info.target_mean:
        bundler.add(Rescale)
    bundler.add(read_weights)
    if info.vocabulary is not None:
        bundle.names.setdefault("collections.abc", set()).add("Iterable")
        bundler.add(sentence_numbers)
    _, input_constants = _moments("INPUT_", info.mean, info.std)
    _, target_constants = _moments("TARGET_", info.target_mean, info.target_std)

    head = [
        _docstring(info, input_shape, plan.shapes[plan.result]),
        "",
        "from __future__ import annotations",
        "",
        *bundle.import_lines(),
    ]
    parts = [
        *([constant("CLASSES", info.classes)] if info.classes else []),
        *([constant("FEATURES", info.features)] if info.features else []),
        _network_class(architecture.cost(input_shape), info, plan, lines),
        _LOAD,
        *([_ENCODE] if info.vocabulary is not None else []),
        *bundle.definitions.values(),
        *input_constants,
        *target_constants,
    ]
    text = "\n".join(head) + "\n"
    after_large = False
    for part in parts:
        large = part.startswith(("class ", "def ", "@"))
        text += ("\n\n" if large or after_large else "\n") + part + "\n"
        after_large = large
    return text


class _Line:
    """One step of the plan, as it is written."""

    def __init__(self, architecture: Architecture, plan: Plan, step: Step) -> None:
        if not isinstance(step.maker, Call):
            raise InputError(
                f"export: {name_of(architecture.layers, step.position)}: expected "
                "build() to return an evonas.network.Call, so that the layer can be "
                f"written as source, got the module {type(step.maker).__name__}; "
                "return Call(YourModule, {...}) instead of YourModule(...)"
            )
        self.step = step
        self.call = step.maker
        self.marking = one_line(architecture.layers[step.position].marking)
        shape = plan.shapes[step.position]
        #: a remark on the output's shape, unless it is that of all inputs
        self.shape = ""
        if any(plan.shapes[source] != shape for source in step.sources):
            self.shape = _sides(shape)
        #: a merge so simple that it is written as an expression, without a module
        self.inline = (
            self.call.target in (Sum, Concat) and len(step.sources) <= INLINE_INPUTS
        )

    def construction(self) -> list[str]:
        """The line of the constructor."""
        head = f"self.{self.step.name} = {render(self.call.target)}("
        return statement(head, self.call.argument_sources(), self.marking)

    def execution(self, result: str, inputs: Sequence[str]) -> list[str]:
        """The line of the forward pass."""
        if self.inline and self.call.target is Sum:
            return [f"        {result} = {' + '.join(inputs)}"]
        if self.inline:
            arguments = [f"[{', '.join(inputs)}]", "dim=1"]
            return statement(f"{result} = torch.cat(", arguments, self.shape)
        head = f"{result} = self.{self.step.name}("
        return statement(head, inputs, self.shape)


def usage(info: ExportInfo) -> list[str]:
    """The lines of a program that uses the exported network."""
    if info.vocabulary is None:
        first, call = "from network import load", "outputs = network(batch)"
    else:
        first = "from network import encode, load"
        call = 'outputs = network(encode(["A sentence.", "Another one."]))'
    return [first, "", "network = load()", call]


def input_sentence(info: ExportInfo, input_shape: Shape) -> str:
    """What an exported network reads."""
    values = ""
    if info.value_range:
        values = f" and values from {info.value_range[0]:g} to {info.value_range[1]:g}"
    axes = ", ".join(map(str, info.raw_shape(input_shape)))
    start = f"Input: a tensor of shape (batch, {axes}), dtype {info.dtype}{values}"
    about = f" {info.about_inputs}." if info.about_inputs else ""
    if info.features:
        about += " The columns are those of FEATURES."
    if info.layout != "tokens":
        end = "as the data have them; normalisation is part of the network."
        return f"{start}, {end}{about}"
    if info.vocabulary is None:
        return f"{start}: token numbers.{about}"
    return (
        f"{start}: token numbers as `encode(sentences)` makes them with "
        f"{VOCABULARY_FILE}.{about}"
    )


def output_sentence(info: ExportInfo, output_shape: Shape) -> str:
    """What an exported network gives."""
    axes = ", ".join(map(str, output_shape))
    start = f"Output: a tensor of shape (batch, {axes}), dtype float32: "
    if info.kind == "regression":
        return start + "the predicted values."
    order = ", in the order of CLASSES" if info.classes else ""
    return (
        f"{start}a score for each class{order}. The highest is the predicted class; "
        "softmax gives probabilities."
    )


def _docstring(info: ExportInfo, input_shape: Shape, output_shape: Shape) -> str:
    paragraphs = [
        input_sentence(info, input_shape),
        output_sentence(info, output_shape),
    ]
    if info.metrics:
        measured = ", ".join(
            f"{one_line(name)} {value:.6g}" for name, value in info.metrics.items()
        )
        paragraphs.append(f"Measured: {measured}.")
    return "\n".join(
        [
            f'"""A network for the task {one_line(info.task)}, found by evonas.',
            "",
            *(f"    {line}".rstrip() for line in usage(info)),
            *(f"\n{fill(paragraph, WIDTH)}" for paragraph in paragraphs),
            '"""',
        ]
    )


def _network_class(
    cost: Cost, info: ExportInfo, plan: Plan, lines: Sequence[_Line]
) -> str:
    summary = (
        f"{len(lines)} layers, {cost.parameters:,} parameters, "
        f"{cost.multiply_adds:,} multiply-adds a sample."
    )
    inputs, _ = _moments("INPUT_", info.mean, info.std)
    targets, _ = _moments("TARGET_", info.target_mean, info.target_std)
    text = [
        "class Network(nn.Module):",
        f'    """{summary}"""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *statement("self.preprocess = Preprocess(", [render(info.layout), *inputs]),
    ]
    for line in lines:
        if not line.inline:
            text += line.construction()
    if targets:
        text += statement("self.rescale = Rescale(", targets)
    text += [
        "",
        "    def forward(self, x: torch.Tensor) -> torch.Tensor:",
        '        """Outputs of a raw batch; comments tell where the shape changes."""',
        f"        x = self.preprocess(x)  # {_sides(plan.shapes[plan.start])}",
    ]
    result, executions = _executions(plan, lines)
    returned = f"self.rescale({result})" if targets else result
    return "\n".join([*text, *executions, f"        return {returned}"])


def _executions(plan: Plan, lines: Sequence[_Line]) -> tuple[str, list[str]]:
    """The name of the result, and the lines that compute it from `x`.

    A layer's output takes the name of the first input that nothing reads any more: a
    chain goes on under one name, and a branch begins with a new one.
    """
    unused = _variable_names()
    names = {plan.start: next(unused)}
    spare: list[str] = []
    text = []
    for line, finished in zip(lines, plan.last_reads(), strict=True):
        sources = [names[source] for source in line.step.sources]
        spare = [names.pop(source) for source in finished] + spare
        result = spare.pop(0) if spare else next(unused)
        names[line.step.position] = result
        text += line.execution(result, sources)
    return names[plan.result], text


def _moments(
    prefix: str, mean: Sequence[float], std: Sequence[float]
) -> tuple[list[str], list[str]]:
    """Arguments that give a mean and a deviation, and the constants they refer to."""
    if not mean:
        return [], []
    if len(mean) <= INLINE_CONSTANTS:
        return [f"mean={list(mean)}", f"std={list(std)}"], []
    return (
        [f"mean={prefix}MEAN", f"std={prefix}STD"],
        [constant(f"{prefix}MEAN", mean), constant(f"{prefix}STD", std)],
    )


def _sides(shape: Shape) -> str:
    return " x ".join(map(str, shape))


def _variable_names() -> Iterator[str]:
    """x, y, z, a, b, ..., w, x2, y2, ...; none that looks like a number."""
    letters = "xyzabcdefghijkmnpqrstuvw"
    yield from letters
    for number in count(2):
        yield from (f"{letter}{number}" for letter in letters)
