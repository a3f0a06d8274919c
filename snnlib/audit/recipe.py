"""The common way to train a network, as a function that an audit can call."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..contract import placed
from ..errors import SettingError
from ..randomness import numpy_generator, torch_generator

OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


def mean_logits(output: Any, labels: Tensor) -> Tensor:
    """Cross entropy of logits ``[B, K]``, or of the mean over time of ``[T, B, K]``; of the last of several outputs."""
    last = output[-1] if isinstance(output, tuple | list) else output
    return F.cross_entropy(last.mean(0) if last.ndim == 3 else last, labels)


@dataclass(frozen=True)
class recipe:  # small, as it is used like a function
    """``train(x, y, seed) -> network`` for `snnlib.audit.membership`; SettingError for what cannot be trained by."""

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
        if isinstance(self.make, nn.Module) or not callable(self.make):
            remedy = "Pass its class, or lambda: Network()."
            raise SettingError("What makes a network is no function that returns a new one.", remedy)
        if not (self.epochs >= 0 and self.batch >= 1 and self.lr > 0):
            problem = f"Nothing is trained with epochs={self.epochs}, batch={self.batch} and lr={self.lr}."
            raise SettingError(problem, "Choose epochs from 0, a batch from 1 and a positive lr.")
        if torch.device(self.device).type == "cuda" and not torch.cuda.is_available():
            raise SettingError("torch sees no CUDA device here.", "Choose device='cpu', or install torch for CUDA.")

    def __call__(self, x: Any, y: Any, seed: int) -> nn.Module:
        torch.manual_seed(seed)
        network = self.make().to(self.device).train()
        x, y = torch.as_tensor(x), torch.as_tensor(y).long()
        forward, augment = self.forward or nn.Module.__call__, self.augment or (lambda x, seed: x)
        dtype = placed(network)[1]
        optimizer = OPTIMIZERS[self.optimizer](network.parameters(), lr=self.lr)
        order, changes = torch_generator(seed, "order"), numpy_generator(seed, "augmentation")
        for _ in range(self.epochs):
            for chosen in torch.randperm(len(y), generator=order).split(self.batch):
                shown = augment(x[chosen].to(self.device), int(changes.integers(2**31)))
                shown = shown.to(dtype) if shown.is_floating_point() or self.forward is None else shown
                optimizer.zero_grad()
                self.loss(forward(network, shown), y[chosen].to(self.device)).backward()
                optimizer.step()
        return network.eval()
