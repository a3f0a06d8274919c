"""A-F1: the traces that it draws obey the formulas beside them, and its texts are legible."""

import numpy as np
from matplotlib.text import Text

from snnlib.reproduction.brainleaks.schematic import OF_V2, attack_schematic, example_step


def test_the_example_of_version_1_follows_from_its_formulas():
    step = example_step()
    size = np.abs(step["g"])
    np.testing.assert_allclose(step["n"], (size - size.min()) / (size.max() - size.min()), rtol=1e-5)
    assert set(np.unique(step["M"])) == {0, 1}
    assert not step["M"][step["n"] == 0].any() and step["M"][step["n"] == 1].all()
    np.testing.assert_array_equal(step["fused"], np.sign(step["g"]) * step["M"])
    np.testing.assert_array_equal(step["X_next"], step["X"] + np.sign(step["g"]) * step["M"] > 0)


def test_the_picture_of_version_1_shows_every_case_of_the_threshold():
    step = example_step()
    cases = {(x, s) for x, s, m in zip(step["X"].flat, step["fused"].flat, step["M"].flat, strict=True) if m}
    assert cases == {(0, 1), (0, -1), (1, 1), (1, -1)}
    change = step["X_next"] - step["X"]
    assert (change > 0).any() and (change < 0).any()


def test_the_example_starts_at_zero_and_goes_on_where_it_stopped():
    first, second = (example_step(iteration=i) for i in (1, 2))
    assert not first["X"].any()
    np.testing.assert_array_equal(second["X"], first["X_next"])


def test_the_example_of_version_2_follows_from_its_formulas():
    step = example_step(**OF_V2)
    weights = step["costs"] / step["costs"].sum()
    np.testing.assert_allclose(step["g"], np.einsum("k,tkn->tn", weights, step["gradients"]), atol=1e-7)
    assert set(np.unique(step["draws"])) == {0, 1}
    np.testing.assert_allclose(step["moved"], step["P"] - step["step"], atol=1e-6)
    expected = np.maximum(step["moved"], 0)
    np.testing.assert_allclose(step["P_next"], expected / max(1, expected.max()), atol=1e-6)
    assert (step["moved"] < 0).any() and step["moved"].max() > 1 and ((step["P"] > 0) & (step["P"] < 1)).any()


def test_no_text_of_the_schematic_leaves_the_page_or_touches_another():
    figure = attack_schematic()
    figure.draw_without_rendering()
    texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() not in "+−"]
    boxes = [t.get_window_extent() for t in texts]
    page = figure.bbox
    for i, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, texts[i].get_text()
        for j in range(i):
            assert not box.overlaps(boxes[j]), (texts[i].get_text(), texts[j].get_text())
    assert min(t.get_fontsize() for t in texts) >= 6
