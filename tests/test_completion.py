"""Completion, as a shell does it when the tab key is pressed."""

import shutil
import subprocess
import sys

import pytest

from snnlib.cli import main
from snnlib.reproduction.items import INVENTORY

ASK = """
source {script}
COMP_WORDS=({words}) COMP_CWORD={place} COMP_LINE="{words}" COMP_POINT=999
$(complete -p snnlib | sed 's/.*-F \\([^ ]*\\).*/\\1/')
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    def make(shell):
        file = tmp_path_factory.mktemp("completion") / shell
        text = subprocess.run(
            [sys.executable, "-m", "snnlib", "completion", shell], capture_output=True, text=True, check=True
        ).stdout
        file.write_text(text)
        return file

    return make


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_completes_commands_profiles_ids_and_data_sets(script):
    file = script("bash")

    def offered(*words):
        line = " ".join(("snnlib", *words[:-1], f"'{words[-1]}'"))
        text = ASK.format(script=file, words=line, place=len(words))
        done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, check=True)
        return [word.strip() for word in done.stdout.splitlines()]

    assert set(offered("")) >= {"reproduce", "figures", "inventory", "data", "doctor", "completion"}
    assert offered("reproduce", "--profile", "q") == ["quick"]
    assert offered("reproduce", "--only", "B-F") == ["B-F1", "B-F2", "B-F3"]
    assert offered("reproduce", "--only", "A-T2", "B-V") == ["B-V"]
    assert offered("figures", "A-SF") == ["A-SF1", "A-SF2", "A-SF3", "A-SF4"]
    assert offered("explain", "A-ST") == ["A-ST1"] and offered("explain", "A-T2", "--prof") == ["--profile"]
    assert {"compare", "explain", "export"} <= set(offered(""))
    assert offered("inventory", "--prof") == ["--profile"]
    assert offered("data", "fetch", "cifar") == ["cifar10", "cifar100"]
    assert offered("completion", "z") == ["zsh"]


def test_zsh_gets_the_same_words(capsys):
    assert main(["completion", "zsh"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("#compdef snnlib") and "nmnist" in text and "smoke quick night gpu paper" in text
    assert all(item.id in text for item in INVENTORY)


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh_can_read_it(script):
    subprocess.run(["zsh", "-n", script("zsh")], check=True)
