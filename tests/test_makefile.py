"""What `make` does before anything is installed: which Python it takes, which build of torch, who may open the lab."""

import os
import shutil
import subprocess
import sys

import pytest

from snnlib.paths import PACKAGE

TOOLS = ("make", "sh", "grep", "touch", "mkdir", "cat", "chmod")
pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="needs make and a shell")
PYTHON = """#!/bin/sh
[ "$1" = -c ] && exec {python} -c 'import sys; sys.version_info = {version}; {also}; exec(sys.argv[2])' "$@"
mkdir -p .venv/bin
cat > .venv/bin/python <<END
#!/bin/sh
echo "\\$*" >> log
case "\\$*" in *+cpu) exit {no_cpu} ;; *peers.txt) exit {no_peers} ;; esac
END
chmod +x .venv/bin/python
"""
SHIM = "#!/bin/sh\necho 'pyenv: command not found' >&2\nexit 127\n"


@pytest.fixture
def make(tmp_path):
    """Run `make` in a copy of the Makefile where only these programs are found; what it printed and its exit code."""
    (tmp_path / "bin").mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(PACKAGE.parent / name, tmp_path)
    for name in TOOLS:
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))

    def run(*arguments, **programs):
        for name, text in ({"id": "#!/bin/sh\necho 1000\n"} | programs).items():
            (tmp_path / "bin" / name.replace("_", "-")).write_text(text)
            (tmp_path / "bin" / name.replace("_", "-")).chmod(0o755)
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "PYTHON"))}
        command = ["make", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=keep | {"PATH": str(tmp_path / "bin")}, capture_output=True, text=True
        )
        return done.returncode, done.stdout, done.stderr

    return run


def python(*version, also="pass", no_cpu=1, no_peers=0):
    return PYTHON.format(python=sys.executable, version=version, also=also, no_cpu=no_cpu, no_peers=no_peers)


@pytest.mark.parametrize(
    ("programs", "taken"),
    [
        ({"python3.11": python(3, 11), "python3.12": python(3, 12)}, "python3.11"),
        ({"python3.11": SHIM, "python3.12": python(3, 12), "python3": python(3, 12)}, "python3.12"),
        ({"python3.13": python(3, 13), "python3": python(3, 9)}, "python3.13"),
        ({"python3": python(3, 12)}, "python3"),
        ({"python3.11": python(3, 11, also='sys.modules["ensurepip"] = None'), "python3": python(3, 13)}, "python3"),
    ],
)
def test_the_first_python_that_fits_is_taken(make, programs, taken):
    code, out, _ = make(".venv/installed", **programs)
    assert code == 0 and f"|| {taken} -m venv .venv\n" in out


@pytest.mark.parametrize("arguments", [(), ("PYTHON=python3",), ("PYTHON=/nowhere/python",)])
@pytest.mark.parametrize("programs", [{}, {"python3": python(3, 14), "python3.12": SHIM}, {"python3": python(3, 10)}])
def test_without_one_a_sentence_says_what_is_missing(make, programs, arguments, tmp_path):
    code, _, err = make(".venv/installed", *arguments, **programs)
    sentence, ours = err.splitlines()[0], err.splitlines()[:-1]
    assert code == 2 and len(ours) == 1 and not (tmp_path / ".venv").exists()
    assert "3.11, 3.12 or 3.13 with its module venv" in sentence and sentence.endswith("make PYTHON=/path/to/python.")


def test_a_python_that_is_named_is_taken(make):
    code, out, _ = make(".venv/installed", "PYTHON=mine", mine=python(3, 12), **{"python3.11": python(3, 11)})
    assert code == 0 and "|| mine -m venv .venv" in out


@pytest.mark.parametrize("no_cpu", [0, 1])
@pytest.mark.parametrize("gpu", [False, True])
def test_the_build_for_cpus_is_asked_for_where_there_is_no_gpu(make, tmp_path, gpu, no_cpu):
    programs = {"nvidia_smi": "#!/bin/sh\n"} if gpu else {}
    code, _, err = make(".venv/installed", **programs, **{"python3.11": python(3, 11, no_cpu=no_cpu)})
    asked = [line.split("--quiet ")[1] for line in (tmp_path / "log").read_text().splitlines()]
    torch = next(line for line in (tmp_path / "constraints.txt").read_text().splitlines() if line.startswith("torch=="))
    assert code == 0 and err == "" and (tmp_path / ".venv" / "installed").exists()
    assert asked[:-1] == [f"{torch}+cpu", torch][gpu:] and asked[-1].startswith("--constraint constraints.txt")


@pytest.mark.parametrize("no_peers", [0, 1])
def test_peers_that_are_not_to_be_had_stop_nothing(make, tmp_path, no_peers):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "peers.txt").touch()
    code, out, _ = make(".venv/peers", **{"python3.11": python(3, 11, no_peers=no_peers)})
    assert code == 0 and (tmp_path / ".venv" / "peers").exists() == (not no_peers)
    assert out.splitlines()[-1].startswith("Not all peers could be installed") == bool(no_peers)


@pytest.mark.parametrize(("user", "option"), [(0, " --allow-root"), (1000, "")])
def test_root_as_in_a_container_may_open_the_lab(make, user, option):
    _, out, _ = make("-n", "lab", id=f"#!/bin/sh\necho {user}\n", **{"python3.11": python(3, 11)})
    assert f".venv/bin/jupyter lab{option} notebooks" in " ".join(out.split())
