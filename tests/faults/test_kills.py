"""What kills.py kills: the process of a run, or any that came from it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.lib import wait_until
from kills import family, kill_one

RUN = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)  # ipykernel"])
time.sleep(600)  # -m snnlib
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the system does not list processes as Linux")
def test_a_run_and_what_came_from_it_are_found_and_killed():
    run = subprocess.Popen([sys.executable, "-c", RUN])
    wait_until(lambda: any("# ipykernel" in called for _, called in family(run.pid)[1:]))
    draw, killed = random.Random(1), []
    for _ in range(2):
        if victim := kill_one(run, draw):
            killed.append(victim)
        time.sleep(0.2)
    for pid, _ in family(run.pid):
        os.kill(pid, signal.SIGKILL)
    run.wait()
    assert killed and {*killed} <= {"kernel", "run"} and kill_one(run, draw) == ""
