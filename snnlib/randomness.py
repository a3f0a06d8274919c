"""Random numbers as arguments: a generator for each purpose, derived from the run's seed and a name."""

import hashlib

import numpy as np
import torch


def torch_generator(seed: int, *purpose: str | int, device: str | torch.device = "cpu") -> torch.Generator:
    """A torch generator on a device, of its own for each seed and purpose."""
    return torch.Generator(device).manual_seed(_number(seed, purpose))


def numpy_generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A NumPy generator of its own for each seed and purpose."""
    return np.random.default_rng(_number(seed, purpose))


def _number(seed: int, purpose: tuple) -> int:
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
