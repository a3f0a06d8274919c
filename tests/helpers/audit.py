"""Networks and trainings to audit that take no time: all is learnt by heart, or nothing."""

import numpy as np
import torch
from torch import nn

CLASSES = 3


def points(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, CLASSES, n)
    return (2 * np.eye(CLASSES)[y] + rng.normal(size=(n, CLASSES))).astype(np.float32), y


class Nearest(nn.Module):
    """Says of each class how near its nearest training point is: all is learnt by heart."""

    said, read = ("It answers at two time steps.",), "mean"

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = torch.as_tensor(x), torch.as_tensor(y)

    def by_step(self, x):
        far = torch.cdist(torch.as_tensor(x), self.x)
        last = torch.stack([-far.masked_fill(self.y != c, 9.0).amin(1) for c in range(CLASSES)], 1)
        return torch.stack([last / 2, last])


class Ignorant(Nearest):
    def by_step(self, x):
        seed = int(1000 * self.x.double().sum().abs())
        return torch.randn(2, len(x), CLASSES, generator=torch.Generator().manual_seed(seed + len(x)))


def by_heart(x, y, seed):
    return Nearest(x, y)


def counted(calls, network=Nearest):
    def train(x, y, seed):
        calls.append(seed)
        return network(x, y)

    return train


def other_training(x, y, seed):
    return Ignorant(x, y)


class Linear(nn.Module):
    """Four steps of the same logits."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(CLASSES, CLASSES)

    def forward(self, x):
        return self.layer(x)

    def by_step(self, x):
        with torch.no_grad():
            return self.layer(torch.as_tensor(x)).expand(4, -1, -1)
