"""Files: written whole or not at all, and named by what is in them."""

import contextlib
import hashlib
import json
import os
import platform
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from ..errors import StoreError

# Processes are known by their numbers on one machine, in one container.
MACHINE = hashlib.sha256(f"{platform.node()} {Path('/proc/self/ns/pid').resolve().name}".encode()).hexdigest()[:12]
DAY = 86400  # seconds


def write(file: Path, content: str | bytes) -> bool:
    """Write a whole file or nothing; whether its content is another one than before. StoreError if it cannot be."""
    content = content.encode() if isinstance(content, str) else content
    partial = unfinished(file.parent, "partial")
    try:
        if file.exists() and file.read_bytes() == content:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        problem = f"{file.name} cannot be written to {file.parent}: {error.strerror or error}."
        raise StoreError(problem, "Make room there, or name another folder, and run again: it goes on.") from error
    return True


def unfinished(folder: Path, kind: str, resume: bool = False) -> Path:
    """A new name in a folder, for what is renamed when it is whole.

    What processes have left of that kind that have ended is removed; with ``resume``, one of it gets the new name.
    """
    name = folder / f".{kind}-{MACHINE}-{os.getpid()}-{secrets.token_hex(4)}"
    for left in folder.glob(f".{kind}-*-*-*"):
        # Another process was quicker, it is somebody else's, or no name of ours.
        with contextlib.suppress(OSError, OverflowError, ValueError):
            if not _abandoned(left):
                continue
            if resume and not name.exists():
                left.replace(name)
            else:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    return name


def _abandoned(path: Path) -> bool:
    """Whether nobody will finish it: its process on this machine has ended, or it is another machine's, a day old."""
    machine, pid, _ = path.name.rsplit("-", 3)[1:]
    if machine != MACHINE or os.name == "nt":  # where signal 0 is no question, but an order
        return path.stat().st_mtime < time.time() - DAY
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    return False


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
