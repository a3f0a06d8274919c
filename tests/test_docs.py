"""The pages in ``docs/``: examples print what they say, changes do what they promise, the site is whole."""

import doctest
import html
import importlib.util
import json
import pkgutil
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from helpers import docs as pages

import snnlib
from snnlib.engine.code import ROOT
from snnlib.report.table import NOT_PUBLISHED
from snnlib.reproduction.items import INVENTORY


@pytest.mark.filterwarnings("ignore::snnlib.errors.NotReached")  # of untrained networks
@pytest.mark.parametrize("page", ["guide.md", "attacks/inversion.md", "attacks/membership.md"])
def test_examples_print_what_they_say(page):
    names, runner = {}, doctest.DocTestRunner(optionflags=doctest.FAIL_FAST)
    examples = [text for language, text in pages.blocks(page) if language == "pycon"]
    assert examples
    for number, text in enumerate(examples, 1):
        test = doctest.DocTestParser().get_doctest(text, names, f"{page}, example {number}", None, 0)
        assert runner.run(test, clear_globs=False).failed == 0
        names = test.globs


# ---------------------------------------------------------------- what the pages for contributors promise


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory, run_of_tests):
    """Networks that several pages use are trained once, or not at all where the test of the notebooks has them."""
    store = tmp_path_factory.mktemp("pages") / "store"
    if (run_of_tests / "smoke-store").exists():
        shutil.copytree(run_of_tests / "smoke-store", store)
    return store


@pytest.fixture
def follow(tmp_path, shared_store):
    """Follow a page in a copy of the project; the copy, what its commands printed, modules whose jobs are made anew."""

    def follow(page):
        project = pages.copy_of_project(tmp_path / "project")
        before = pages.fingerprints(project)
        pages.make_changes(page, project)
        printed = "".join(pages.run(command, project, shared_store) for command in pages.commands(page))
        after = pages.fingerprints(project)
        return project, printed, {task for task in before if before[task] != after[task]}

    return follow


def rows(project, id):
    """A table of the copy's results."""
    return pd.read_csv(project / "figures" / "smoke" / "tables" / f"{id}.csv", dtype={"model": str})


@pytest.mark.slow
def test_a_new_attack_is_a_row_of_the_tables(follow):
    project, printed, anew = follow("contributing/attack.md")
    assert "1 passed" in printed and anew == {"invert"}
    mine = rows(project, "A-T2").query("attack == 'v1_no_mask' and metric == 'attack_accuracy'")
    assert set(mine["judge"]) == {"snn", "common"} and mine["value"].between(0, 1).all()
    assert "BrainLeaks-v1, no mask" in (project / "figures/smoke/tables/A-T2.md").read_text()
    mine = rows(project, "B-T3").query("attack == 'calibrated'")
    assert set(mine["model"]) == {"1", "2", "4", "ann"} and mine["published"].isna().all()
    assert mine["low"].le(mine["value"]).all() and mine["value"].le(mine["high"]).all()


@pytest.mark.slow
def test_a_new_data_set_has_a_table_of_its_own(follow):
    project, printed, anew = follow("contributing/dataset.md")
    assert re.search(r"^digits +embedded +comes with a Python package$", printed, re.MULTILINE) and anew == set()
    found = rows(project, "A-ST2")
    assert set(found["data"]) == {"digits"} and set(found["source"]) == {"embedded"}
    assert found.query("metric == 'attack_accuracy'")["value"].between(0, 1).all() and found["published"].isna().all()


@pytest.mark.slow
def test_a_new_figure_and_a_new_table_are_written_and_reported(follow):
    project, printed, anew = follow("contributing/figure.md")
    assert "done in" in printed and anew == set()
    out = project / "figures" / "smoke"
    assert (out / "figures/A-SF5.png").read_bytes().startswith(b"\x89PNG") and (out / "figures/A-SF5.svg").exists()
    found = rows(project, "A-ST2").set_index("attack")["value"]
    assert set(found.index) == {"brainleaks_v1", "brainleaks_v2"} and found.abs().le(1).all()
    assert {"A-SF5", "A-ST2"} <= json.loads((out / "run.json").read_text())["items"].keys()
    assert "Rates of inverted samples over time" in (out / "report.html").read_text()


# ---------------------------------------------------------------- the site


class Page(HTMLParser):
    """What a page names and points to."""

    def __init__(self, file):
        super().__init__()
        self.ids, self.links, self.loaded, self.text = set(), [], [], []
        self.feed(file.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        elif tag != "a":
            self.loaded += [attributes[name] for name in ("src", "href", "srcset", "data") if attributes.get(name)]

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """All pages by path, built with warnings as errors."""
    missing = [name for name in ("sphinx", "myst_nb", "furo") if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (pip install -e '.[docs]')")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--quiet", "-D", "execute_teaching=0"]
    done = subprocess.run([*command, str(pages.DOCS), str(out)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return {file.relative_to(out).as_posix(): Page(file) for file in out.rglob("*.html")} | {"": out}


@pytest.mark.slow
def test_links_within_the_site_lead_somewhere(site):
    out, broken = site.pop(""), []
    for place, page in site.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = Path(place).parent / unquote(parts.path) if parts.path else Path(place)
            name = (out / target).resolve().relative_to(out.resolve()).as_posix()
            inside = site.get(name)
            if not (out / name).is_file() or (parts.fragment and inside and unquote(parts.fragment) not in inside.ids):
                broken.append(f"{place}: {link}")
    site[""] = out
    assert len(site) > 15 and not broken


@pytest.mark.slow
def test_pages_load_nothing_from_elsewhere(site):
    loaded = [url for place, page in site.items() if place for url in page.loaded]
    styles = "".join(file.read_text() for file in site[""].rglob("*.css"))
    loaded += [url for pair in re.findall(r"url\(['\"]?([^)'\"]+)|@import\s+['\"]([^'\"]+)", styles) for url in pair]
    assert loaded and not [url for url in loaded if url.startswith(("http:", "https:", "//"))]
    scripts = "".join(file.read_text() for file in site[""].rglob("*.js"))
    assert not re.search(r"(fetch|importScripts|\.src\s*=)\s*\(?\s*['\"]https?:", scripts)


@pytest.mark.slow
def test_every_public_module_is_in_the_api(site):
    modules = {m.name for m in pkgutil.walk_packages(snnlib.__path__, "snnlib.") if "._" not in m.name}
    documented = {id for place, page in site.items() if place.startswith("api/") for id in page.ids}
    assert len(modules) > 50 and not {name for name in modules if f"module-{name}" not in documented}


@pytest.mark.slow
def test_the_papers_pages_list_every_item_claim_and_value(site):
    text = {paper: " ".join("".join(site[f"papers/{paper.lower()}.html"].text).split()) for paper in "AB"}
    for item in INVENTORY:
        assert item.id in text[item.id[0]] and item.title in text[item.id[0]]
    for file in ROOT.glob("reproduction/*/published/*[0-9]*.csv"):
        paper = "A" if file.parts[-3] == "brainleaks" else "B"
        values = set(re.findall(r"(?:^|(?<=,))[\d.]+(?=,|$)", file.read_text(), re.MULTILINE))
        assert len(values) > 10
        assert not {value for value in values if not re.search(rf"(?<![\d.]){re.escape(value)}(?![\d.])", text[paper])}
    assert text["A"].count(NOT_PUBLISHED) > 10 and text["B"].count("†") == 1 + 3


@pytest.mark.slow
def test_formulas_are_drawn_by_the_browser(site):
    page = (site[""] / "attacks" / "inversion.html").read_text()
    assert page.count("<math") > 20 and "$" not in html.unescape(re.sub(r"<[^>]+>", "", page.split("<article", 1)[1]))
