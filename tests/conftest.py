"""Fixtures that several tests share."""

import pytest
import torch
from jaxtyping import install_import_hook

install_import_hook("snnlib", "typecheck.checker")

from snnlib.engine.store import Store  # noqa: E402  the hook must come first

LONG = ("test_notebooks.py", "test_teaching_notebooks.py", "test_docs.py", "test_portability.py")


def pytest_collection_modifyitems(items):
    """Files that take minutes begin first, so that processes end together."""
    items.sort(key=lambda item: item.path.name not in LONG)


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
