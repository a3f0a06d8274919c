"""Jobs that query a network."""

from collections.abc import Mapping

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

from ...engine.store import Artefact
from ...queries import answers
from .points import points
from .train import restore


def query(data: Artefact, network: Artefact, kinds: Mapping[str, Mapping], device: str = "cpu"):
    """Ask a network about every point of the pool (a job): ``z/<kind>`` and ``correct/<kind>``, ``[copies, N]`` each.

    Args:
        data: the pool.
        network: trained network.
        kinds: what is asked, by name, see `snnlib.queries`.
    """
    images, labels = points(data, device)
    model, steps = folded(restore(network, device)), network.info["recipe"]["steps"]
    asked = {kind: answers(model, images, labels, how, steps=steps, mean=model.mean) for kind, how in kinds.items()}
    return {f"{part}/{kind}": array for kind, of in asked.items() for part, array in zip(("z", "correct"), of)}, {}


def folded(network: nn.Module) -> nn.Module:
    """A network that is only asked, each batch norm made part of its convolution: the same answers but for rounding."""
    for layer in network.modules():
        if isinstance(layer, nn.Sequential) and [type(part) for part in layer] == [nn.Conv2d, nn.BatchNorm2d]:
            layer[0], layer[1] = fuse_conv_bn_eval(*layer), nn.Identity()
    return network
