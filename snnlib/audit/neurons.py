"""Neurons of snnTorch, SpikingJelly, Norse and sinabs: where their state is, and how time comes to them."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn

from ..errors import SettingError

FOLDED = -1  # batch and time in one axis
CALL = "Pass call=, a function of the network and the points that returns logits, or spikes and potential over time."


class Kind(NamedTuple):
    """Neurons of a library."""

    library: str
    empty: Callable[[nn.Module], Any] | None  #: the state of one neuron; None: it keeps none between two calls
    time: int | None  #: axis of time in what a neuron is given; None: it is called once a step


def _unsized(neuron: nn.Module) -> None:
    """Back to buffers without a size, as sinabs begins: given another batch size it draws from the states it has."""
    for name, state in list(neuron.named_buffers(recurse=False)):
        setattr(neuron, name, state.new_zeros(0))


KINDS = (
    (Kind("snnTorch", lambda neuron: neuron.reset_mem(), None), "snntorch: SpikingNeuron"),
    (Kind("snnTorch", None, 0), "snntorch: StateLeaky AssociativeLeaky LeakyParallel LeakyKernel"),
    (Kind("SpikingJelly", lambda neuron: neuron.reset(), None), "spikingjelly: MemoryModule"),
    (Kind("Norse", None, None), "norse: SNNCell SNNRecurrentCell LILinearCell CobaLIFCell"),
    (Kind("Norse", None, 0), "norse: SNN SNNRecurrent"),
    (Kind("sinabs", _unsized, 1), "sinabs: StatefulLayer"),
)
NEURONS = {
    (of.split(":")[0], name): found for found, of in KINDS for name in of.split()[1:]
}  # by package and base class


def kind(module: nn.Module) -> Kind | None:
    """What is known of a neuron; None for what is no neuron of a known library."""
    for base in type(module).__mro__:
        found = NEURONS.get((base.__module__.partition(".")[0], base.__name__))
        if found:
            time = 0 if getattr(module, "step_mode", "s") == "m" else found.time
            return found._replace(time=FOLDED if hasattr(module, "squeeze_forward") else time)
    return None


def empty(network: nn.Module) -> None:
    """Empty the state of every neuron, each by itself: the libraries' resets miss some, or reach other networks'."""
    for module in network.modules():
        if (of := kind(module)) and of.empty:
            of.empty(module)


def step_by_step(network: nn.Module, frames: Tensor) -> Iterator[Any]:
    """What a network returns that takes one step a call; a state that it hands back is passed to it again.

    Raises:
        SettingError: where what it returns is not its output followed by the state that it takes.
    """
    arguments, own = _states(network), [module for module in network.modules() if hasattr(module, "reset_mem")]
    state: Sequence[Any] = [None for of in arguments if of.default is of.empty]
    for frame in frames:
        given = network(frame, *state)
        if arguments and isinstance(given, tuple | list):
            state, kept = given[1:], {id(buffer) for neuron in own for buffer in neuron.buffers()}
            strange = own and any(isinstance(of, Tensor) and id(of) not in kept for of in state)  # snnTorch's keep it
            if len(state) != len(arguments) or strange:
                names = ", ".join(of.name for of in arguments)
                problem = f"The network takes a state ({names}), but does not return its output followed by this state."
                raise SettingError(problem, CALL)
        yield given


def _states(network: nn.Module) -> list[inspect.Parameter]:
    """The arguments for a state, where neurons do not keep it by themselves."""
    neurons = [module for module in network.modules() if kind(module)]
    if neurons and all(kind(neuron).empty and getattr(neuron, "init_hidden", True) for neuron in neurons):
        return []
    arguments = list(inspect.signature(network.forward).parameters.values())[1:]
    arguments = [of for of in arguments if of.kind is of.POSITIONAL_OR_KEYWORD]
    return [of for of in arguments if of.default is None or of.default is of.empty]


def watched(network: nn.Module, ask: Callable[[], Any]) -> tuple[Any, list[tuple[nn.Module, Sequence[int]]]]:
    """What ``ask()`` gives; and each call of a neuron, or of a layer outside of neurons, with the shape it is given."""
    neurons = {module for module in network.modules() if module is not network and kind(module)}
    inside = {part for neuron in neurons for part in neuron.modules()} - neurons
    calls: list[tuple[nn.Module, Sequence[int]]] = []

    def note(module, given):
        calls.append((module, getattr(given[0] if given else None, "shape", ())))

    layers = [of for of in network.modules() if of in neurons or not (of in inside or any(of.children()))]
    hooks = [of.register_forward_pre_hook(note) for of in layers]
    try:
        return ask(), calls
    finally:
        for hook in hooks:
            hook.remove()
