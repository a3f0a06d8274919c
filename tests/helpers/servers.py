"""What servers answer, and the archives that they send."""

import hashlib
import io
import tarfile
import time
from dataclasses import replace

from helpers.data import CIFAR, cifar_records
from snnlib.datasets.cifar import CIFAR100
from snnlib.datasets.sources import Download


def sends(content, announced=None, pieces=(), pause=0.0):
    """Answers 200 with some content, all at once or in pieces."""

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content) if announced is None else announced))
        handler.end_headers()
        for piece in pieces or [content]:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)

    return answer


def tar_of(*members):
    """A packed tar archive of ``(name, content)``, or of members made elsewhere."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


RECORDS = (cifar_records(30, 0), cifar_records(10, 1))
GOOD = tar_of((f"{CIFAR}/train.bin", RECORDS[0]), (f"{CIFAR}/test.bin", RECORDS[1]))


def cifar_at(*urls, content=GOOD):
    """CIFAR-100's entry, with small files and these addresses."""
    return replace(CIFAR100, downloads=(Download(urls, hashlib.md5(content).hexdigest(), "cifar.tar.gz"),))
