"""What the processes of one run know of each other. Imports nothing heavy: every process pays for it."""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait

HEADLESS = "SNNLIB_HEADLESS"  # environment variable, set by the runner: nobody looks on


def end_with_parent() -> None:
    """Let a worker end when the process that started it was killed, instead of waiting for ever."""

    def watch() -> None:
        wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
