"""Fixtures that several tests share."""

import os
import sys

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("snnlib", "typecheck.checker")

from snnlib.engine.store import Store  # noqa: E402  the hook must come first

LONG = ("test_notebooks.py", "test_teaching_notebooks.py", "test_portability.py", "test_docs.py")
COLLECTED = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for go
def pytest_collection_modifyitems(config, items):
    """Files that take minutes begin first, so that processes end together."""
    items.sort(key=lambda item: (*LONG, item.path.name).index(item.path.name))
    config.stash[COLLECTED] = [item.nodeid for item in items]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """The coverage of what is slow is not measured: it would take two thirds longer, and the others reach 95 %."""
    coverage, stopped = sys.modules.get("coverage"), []
    if coverage is None or item.get_closest_marker("slow") is None:
        return (yield)
    with pytest.MonkeyPatch.context() as patched:
        for name in [name for name in os.environ if name.startswith("COVERAGE_PROCESS_")]:
            patched.delenv(name)  # by which processes that a test starts are measured
        while (measuring := coverage.Coverage.current()) is not None:  # two, where this process is itself one of those
            measuring.stop()
            stopped.append(measuring)
        try:
            return (yield)
        finally:
            for measuring in reversed(stopped):
                measuring.start()


@pytest.fixture(scope="session")
def run_of_tests(tmp_path_factory):
    """A folder of this run of the tests, the same in all its processes."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture
def collected(pytestconfig):
    """All tests that there are, slow ones included."""
    missing = {file.name for file in pytestconfig.rootpath.glob("tests/**/test_*.py")}
    missing -= {id.split("::")[0].split("/")[-1] for id in pytestconfig.stash[COLLECTED]}
    if missing:
        pytest.skip(f"only a run of all files knows how many tests there are: {len(missing)} are left out")
    return pytestconfig.stash[COLLECTED]


@pytest.fixture(autouse=True)
def own_folders(tmp_path, tmp_path_factory, monkeypatch):
    """No test sees the data, the store or the results of the person who runs it."""
    monkeypatch.setenv("SNNLIB_DATA", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "store"))


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture(autouse=True)
def close_figures():
    """Figures that a test leaves open are closed."""
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
