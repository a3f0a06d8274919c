"""What a run ran on and with: processor, instruction set, threads, versions, and which code."""

import platform
import subprocess
from pathlib import Path

from .. import __version__
from ..engine.device import arithmetic, machine
from ..paths import PACKAGE
from .stamps import versions

CODE = ("snnlib", "notebooks", "pyproject.toml", "constraints.txt")  # what results depend on, in a checkout


def environment(device: str, workers: int) -> dict:
    """The record of where jobs run on ``cpu`` or ``cuda``, each on one thread, so many at a time."""
    return {
        "processor": _processor(),
        "device": machine(device),
        "instructions": arithmetic(device),
        "threads": {"jobs at a time": workers, "of each job": 1},
        "system": platform.system(),
        "versions": versions(),
        "code": {"version": __version__} | _git(),
    }


def _processor() -> str:
    """The processor's model, as the system names it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(errors="replace").splitlines() if info.exists() else ()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(models, platform.processor())


def _git() -> dict:
    """The commit of a checkout, and whether code and notebooks were as committed; nothing without git or checkout."""
    if not (PACKAGE.parent / ".git").exists():  # installed, perhaps inside somebody else's
        return {}
    ask = {"commit": ("rev-parse", "HEAD"), "changes": ("status", "--porcelain", "--", *CODE)}
    try:
        git = ("git", "-C", str(PACKAGE.parent))
        said = {
            name: subprocess.run((*git, *of), capture_output=True, text=True, check=True) for name, of in ask.items()
        }
        return {"commit": said["commit"].stdout.strip(), "clean": not said["changes"].stdout}
    except (OSError, subprocess.CalledProcessError):
        return {}
