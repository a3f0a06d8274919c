"""The device that jobs run on, and its name."""

import os
import platform

import torch

from ..errors import SettingError


def chosen_device(name: str) -> str:
    """The device that ``auto``, ``cpu`` or ``cuda`` stands for on this machine.

    Raises:
        SettingError: for another name, or for ``cuda`` without a GPU or without a torch that can use one.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise SettingError(f"There is no device named {name!r}.", "Choose auto, cpu or cuda.")
    if name == "cpu" or torch.cuda.is_available():
        return "cuda" if name == "auto" else name
    if name == "auto":
        return "cpu"
    if torch.version.cuda is None:
        remedy = "Install a build for CUDA, as pytorch.org says for this machine, or choose the device cpu."
        raise SettingError("This torch is a build for CPUs only.", remedy)
    raise SettingError("No CUDA device is available.", "Choose the device cpu, or auto.")


def machine(device: str) -> str:
    """The hardware in words: the processor, or the name of the GPU."""
    return torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()} CPU"


def arithmetic(device: str) -> str:
    """What the last bits of a result depend on: the GPU, or the processor's instruction set as torch and MKL use it."""
    if device == "cuda":
        return machine(device)
    return " ".join(filter(None, ("cpu", torch.backends.cpu.get_cpu_capability(), os.environ.get("MKL_CBWR"))))
