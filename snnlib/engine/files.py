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

    What is `abandoned` of that kind is removed; with ``resume``, one of it gets the new name.
    """
    name = folder / f".{kind}-{MACHINE}-{os.getpid()}-{secrets.token_hex(4)}"
    for left in abandoned(folder, kind):
        with contextlib.suppress(OSError):  # another process was quicker, or it is somebody else's
            left.replace(name) if resume and not name.exists() else shutil.rmtree(
                left
            ) if left.is_dir() else left.unlink()
    return name


def abandoned(folder: Path, kind: str) -> list[Path]:
    """What nobody will finish: its process on this machine has ended, or it is another machine's, a day old."""
    found = []
    for path in folder.glob(f".{kind}-*-*-*"):
        machine, pid, _ = path.name.rsplit("-", 3)[1:]
        try:
            if machine == MACHINE and os.name != "nt":  # where signal 0 is no question, but an order
                os.kill(int(pid), 0)
            elif path.stat().st_mtime < time.time() - DAY:
                found.append(path)
        except ProcessLookupError:
            found.append(path)
        except (OSError, ValueError):  # another user's process, gone meanwhile, or named by somebody else
            continue
    return found


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
