"""Files: written whole or not at all, and named by what is in them."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def write(file: Path, content: str | bytes) -> bool:
    """Write a whole file or nothing; whether its content is another one than before."""
    content = content.encode() if isinstance(content, str) else content
    if file.exists() and file.read_bytes() == content:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    partial.write_bytes(content)
    partial.replace(file)
    return True


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
