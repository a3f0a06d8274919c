"""Random numbers as arguments: a generator for each purpose, derived from the run's seed and a name."""

import hashlib

import numpy as np


def torch_generator(seed: int, *purpose: str | int, device: "str | torch.device" = "cpu") -> "torch.Generator":
    """A torch generator on a device, of its own for each seed and purpose."""
    import torch  # not needed for data, which are looked at without it

    return torch.Generator(device).manual_seed(_number(seed, purpose))


def numpy_generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A NumPy generator of its own for each seed and purpose."""
    return np.random.default_rng(_number(seed, purpose))


def run_seed(run: int, seed: int) -> int:
    """The seed, below a million, that stands for ``seed`` in a run with the number ``run``; run 0 leaves it."""
    return run * 1_000_000 + seed


def _number(seed: int, purpose: tuple) -> int:
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
