"""The common way to train a network, as a function that an audit can call."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import SettingError
from ..randomness import numpy_generator, torch_generator

OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def mean_logits(output: Any, labels: Tensor) -> Tensor:
    """Cross entropy of logits ``[B, K]``, or of the mean over time of ``[T, B, K]``; of the last of several outputs."""
    last = output[-1] if isinstance(output, tuple | list) else output
    return F.cross_entropy(last.mean(0) if last.ndim == 3 else last, labels)


@dataclass(frozen=True)
class recipe:  # small, as it is used like a function
    """``train(x, y, seed) -> network`` for `snnlib.audit.membership`; SettingError for an unknown optimizer."""

    make: Callable[[], nn.Module]  #: Returns a new network.
    _: KW_ONLY
    loss: Callable[..., Tensor] = mean_logits  #: ``loss(output, labels)``.
    epochs: int = 10  #: Passes over the points.
    lr: float = 1e-3  #: Learning rate.
    batch: int = 100  #: Points of a gradient step.
    optimizer: str = "adam"  #: ``adam`` or ``sgd``.
    forward: Callable | None = None  #: ``forward(network, x) -> output``, for one that is not simply called.
    augment: Callable | None = None  #: ``augment(x, seed) -> x``, of each batch.
    device: str = "cpu"  #: Where it is trained.

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            problem = f"There is no optimizer {self.optimizer!r} here."
            raise SettingError(problem, "Choose adam or sgd, or write a function train(x, y, seed) yourself.")

    def __call__(self, x: Any, y: Any, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        network = self.make().to(self.device).train()
        x, y = torch.as_tensor(x), torch.as_tensor(y).long()
        forward, augment = self.forward or nn.Module.__call__, self.augment or (lambda x, seed: x)
        optimizer = OPTIMIZERS[self.optimizer](network.parameters(), lr=self.lr)
        order, changes = torch_generator(seed, "order"), numpy_generator(seed, "augmentation")
        for _ in range(self.epochs):
            for chosen in torch.randperm(len(y), generator=order).split(self.batch):
                shown = augment(x[chosen].to(self.device), int(changes.integers(2**31)))
                optimizer.zero_grad()
                self.loss(forward(network, shown), y[chosen].to(self.device)).backward()
                optimizer.step()
        return network.eval()
