"""The notebook that audits a network of one's own, at a small size."""

import nbformat
import pytest

from snnlib.reproduction.execution import run_notebook
from snnlib.reproduction.places import notebooks


@pytest.mark.slow
def test_the_audit_runs_from_top_to_bottom_and_ends_in_a_page(tmp_path, monkeypatch):
    monkeypatch.setenv("SNNLIB_STORE", str(tmp_path / "store"))
    run_notebook(notebooks() / "05_audit.ipynb", {"points": 300, "references": 2}, tmp_path)
    outputs = [o for c in nbformat.read(tmp_path / "05_audit.ipynb", 4).cells for o in c.get("outputs", [])]
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    printed = "".join(o.text for o in outputs if o.output_type == "stream")
    assert "RMIA tells members from others" in printed and "AUC against new coins" in printed
    assert any("iframe" in o.data.get("text/html", "") for o in outputs if o.output_type != "stream")
    assert sum("image/png" in o.data for o in outputs if o.output_type != "stream") >= 3
