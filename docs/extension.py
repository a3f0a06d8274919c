"""What the pages take from the package when they are built: inventory, claims, settings, published values, formulas.

Directives write Markdown, so that nothing is typed twice. Formulas become MathML, which browsers draw by themselves.
"""

import importlib
import inspect
import re
from collections.abc import Iterable, Sequence
from typing import Any

import houses
import pandas as pd
from docutils import nodes
from docutils.statemachine import StringList
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from snnlib.datasets.catalogue import dataset
from snnlib.engine.code import ROOT, sources
from snnlib.report.table import NOT_PUBLISHED, NOTHING
from snnlib.reproduction.brainleaks import claims as brainleaks
from snnlib.reproduction.brainleaks.sizes import STUDIES as INVERSION
from snnlib.reproduction.comparison import beside_published, described, read_rows
from snnlib.reproduction.findings import CLAIMS
from snnlib.reproduction.items import INVENTORY, cell_of
from snnlib.reproduction.mia_snn import claims as mia_snn
from snnlib.reproduction.mia_snn.plan import DROPOUT, PLAIN
from snnlib.reproduction.mia_snn.published import published_attack
from snnlib.reproduction.mia_snn.sizes import STUDIES as MEMBERSHIP
from snnlib.reproduction.places import figures, references
from snnlib.reproduction.profiles import PROFILES
from snnlib.reproduction.summary import departures

DECLARED = {"A": brainleaks.DECLARED, "B": mia_snn.DECLARED}


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(str(cell).replace("|", r"\|") for cell in line) + " |" for line in lines]


class Generated(SphinxDirective):
    """A directive whose content is Markdown from `lines`; its argument says for what."""

    required_arguments = 0
    optional_arguments = 2

    def lines(self, *arguments: str) -> list[str]:
        """The Markdown."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        container = nodes.container()
        self.state.nested_parse(StringList(self.lines(*self.arguments), type(self).__name__), 0, container)
        return container.children


class Inventory(Generated):
    """``{inventory} A``: every item of a paper, what it shows, where it is made."""

    def lines(self, paper: str) -> list[str]:
        rows = []
        for item in (i for i in INVENTORY if i.id[0] == paper):
            whose = "ours" if item.id[2] in "VS" else "paper"
            where = f"`{item.notebook}`, {cell_of(item)}"
            rows.append((f"**{item.id}**", item.title, whose, where, ", ".join(item.studies) or "none"))
        return table(("ID", "what it shows", "whose", "notebook, cell", "needs the studies"), rows)


class Claims(Generated):
    """``{claims} A``: the claims of a paper that get a verdict."""

    def lines(self, paper: str) -> list[str]:
        return table(("claim", "in short"), [(f"**{c}**", t) for c, t in CLAIMS.items() if c[0] == paper])


class Contrasts(Generated):
    """``{contrasts} A``: the contrasts that were declared for each claim, with what they have to be above or below."""

    def lines(self, paper: str) -> list[str]:
        rows = []
        for d in DECLARED[paper]:
            data = ", ".join(d.data) + (f"; minus {d.minus}" if d.minus else "")
            rows.append((f"**{d.claim}**", d.text, d.why, data, f"{-d.margin or 0:g}", f"{d.delta:.3g}"))
        return table(("claim", "contrast", "why this one", "mean of", "supported above", "contradicted below"), rows)


class Calibration(Generated):
    """``{calibration} contrasts``: a table that ``make calibration`` has written, grouped and in percent."""

    def lines(self, name: str) -> list[str]:
        found = pd.read_csv(ROOT.parent / "figures" / "calibration" / f"{name}.csv")
        if name == "intervals":
            found["world"] = found["world"].str.replace(r", share [.\d]+$", ", shares of .1 to .97", regex=True)
            groups = found.groupby(["interval", "world"], sort=False)["coverage"]
            rows = [(*key, *(f"{100 * of:.1f}" for of in (g.min(), g.mean(), g.max()))) for key, g in groups]
            return table(("interval", "values", "least, %", "mean, %", "most, %"), rows)
        found = found.drop(columns=["paper", "size"])  # a claim's letter says the one, the page the other
        shares = [c for c in found if found[c].dtype == float and c not in ("truth", "sd")]
        found[shares] = (100 * found[shares]).round(1)
        return table(list(found), found.fillna("").values.tolist())


class Choices(Generated):
    """``{choices} A``: what is not published and was chosen by us, and what is not done as published, by study."""

    def lines(self, paper: str) -> list[str]:
        found: dict[str, list[str]] = {}
        for name, study in {"A": INVERSION, "B": MEMBERSHIP}[paper]["paper"].items():
            for what, texts in (("not published, ours", study.ours), ("not as published", study.deviations)):
                for text in texts:
                    found.setdefault(f"{what}: {text}.", []).append(f"`{name}`")
        return [f"- {', '.join(names)}. {text[0].upper()}{text[1:]}" for text, names in found.items()]


class Profiles(Generated):
    """``{profiles}``: what there is, for what, and in how many settings it differs from the papers."""

    def lines(self) -> list[str]:
        rows = [(f"`{p.name}`", p.purpose, len(departures(p.name))) for p in PROFILES.values()]
        return table(("profile", "purpose", "settings that differ from `paper`"), rows)


class Published(Generated):
    """``{published} mia_snn/guan2025 2``: the values printed in table 2 (or all) of a paper's CSV, digit for digit."""

    def lines(self, place: str, number: str = "") -> list[str]:
        folder, name = place.split("/")
        cells = pd.read_csv(ROOT / "reproduction" / folder / "published" / f"{name}.csv", dtype=str)
        if number:
            cells = cells[cells["table"] == number].drop(columns="table")
        values = [c for c in cells if c in VALUES]
        if number:
            cells = cells.drop(columns=[c for c in values if cells[c].isna().all()])
        cells = cells.fillna(dict.fromkeys(values, NOT_PUBLISHED) | {"T": "ANN"}).fillna("")
        if "draws" in cells:  # a single one has no standard deviation
            cells.loc[cells["draws"] == "1", [c for c in values if c.endswith("_std")]] = NOTHING
        if "references" in cells:
            cells.loc[cells.apply(compared_with_nothing, axis=1), "auc"] += " †"
        cells = cells.rename(columns=lambda c: VALUES.get(c, c.replace("_", " ")))
        return table(list(cells), cells.values.tolist())


class Beside(Generated):
    """``{beside} night A``: a paper's published values beside those of a reference run; do its intervals hold them?"""

    def lines(self, run: str, paper: str) -> list[str]:
        found = read_rows(references() / run, run)
        found = beside_published(found[found["id"].str.startswith(f"{paper}-T")])
        rows = []
        for row in found.to_dict("records"):
            ours, low, high, published = (f"{row[of]:.3g}" for of in ("value", "low", "high", "published"))
            data = dataset(row["data"]).title
            rows.append((row["id"], data, described(row), f"{ours} [{low}, {high}]", published, row["holds"]))
        return table(("table", "data", "value", "ours", "published", "inside"), rows)


class Seeds(Generated):
    """``{seeds} night-1 B``: contrasts of a paper by another master seed, beside the reference run's on the same data.

    Primary ones where both runs have them, else the single comparisons that a claim rests on.
    """

    def lines(self, name: str, paper: str) -> list[str]:
        run = name.rpartition("-")[0]
        here, there = (read_rows(folder, run) for folder in (figures() / "agreement" / name, references() / run))
        known = there[there["id"].eq(f"{paper}-V")].groupby(["claim", "study"])
        rows: dict[str, list] = {}
        for row in here[here["id"].eq(f"{paper}-V")].dropna(subset=["value"]).to_dict("records"):
            same = known.get_group(of) if (of := (row["claim"], row["study"])) in known.groups else there[:0]
            same = same if len(same) == 1 else same[same["comparison"].eq(row["comparison"])]
            for other in same.to_dict("records"):
                rows.setdefault(row["claim"], []).append((row["primary"], row, other))
        found = []
        for claim, of in rows.items():
            shown = [one for one in of if one[0]] or of
            for _, row, other in shown:
                data = ", ".join(dataset(data).title for data in row["data"].split(", "))
                found.append((f"**{claim}**", row["comparison"], data, *(self.cell(one) for one in (other, row))))
        return table(("claim", "contrast", "data", "seed 0", f"seed {name.rpartition('-')[2]}"), found)

    @staticmethod
    def cell(row: dict) -> str:
        """A difference, that of AUCs or accuracies in points, with its interval and the verdict on its claim."""
        factor, digits = (100, 1) if row["id"] == "B-V" else (1, 2)
        low, value, high = (f"{factor * row[name]:.{digits}f}" for name in ("low", "value", "high"))
        return f"{value} [{low}, {high}], {row['verdict_on_claim']}"


class Houses(SphinxDirective):
    """``{houses}``: the drawing of the package's houses, made from the code."""

    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", houses.drawing(), format="html")]


class Modules(Generated):
    """``{modules} snnlib.engine``: what every module of a house offers; ``{modules} snnlib`` are those in no house."""

    def lines(self, package: str) -> list[str]:
        found = []
        for name in (name for name in sources() if "__main__" not in name):  # importing that one runs it
            if package == "snnlib":
                wanted = name.count(".") == 1 and houses.house(name) in ("ground", "library", "command line")
            else:
                wanted = f"{name}.".startswith(f"{package}.")
            if wanted:
                found += [
                    f"```{{rubric}} {name}",
                    "```",
                    "```{eval-rst}",
                    f".. automodule:: {name}",
                    "   :members:",
                    "```",
                ]
        return found


VALUES = {
    "target_test_accuracy_pct": "target accuracy, %",
    "scorer_test_accuracy_pct": "scorer accuracy, %",
    "attack_accuracy": "AA",
    "top3_accuracy": "Top-3",
    "average_confidence": "average confidence",
    "daa": "DAA",
    "attack_accuracy_std": "AA, s.d.",
    "top3_std": "Top-3, s.d.",
    "test_accuracy_pct": "test accuracy, %",
    "auc": "AUC, %",
    "tpr_at_0.1pct_fpr": "TPR at 0.1 % FPR, %",
    "tpr_at_1pct_fpr": "TPR at 1 % FPR, %",
    "fpr": "FPR",
    "tpr": "TPR",
}


def compared_with_nothing(row: pd.Series) -> bool:
    """Whether the package refuses to compare anything with this printed AUC."""
    study = next(s for s in MEMBERSHIP["paper"].values() if (s.dataset, s.network) == (row["dataset"], row["model"]))
    model = int(row["T"]) if row["train"] == "hybrid" else row["train"]
    query = DROPOUT if row["dropout"] == "yes" else PLAIN
    references = "ann" if row["target"] != row["references"] else None
    return pd.isna(published_attack(study, model, row["attack"], query, references))


def formula(self: Any, node: nodes.Element) -> None:
    """Write a formula as MathML."""
    block = isinstance(node, nodes.math_block)
    text = node.astext().replace("\n", " ").replace(r"\dots", r"\ldots")  # which docutils does not know
    mathml = tex2mathml(text, as_block=block)
    self.body.append(f'<div class="math">{mathml}</div>' if block else mathml)
    raise nodes.SkipNode


def names_to_import(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Below the text on a package, the names that it offers."""
    if what == "module" and hasattr(obj, "__path__") and hasattr(obj, "__all__"):
        links = ", ".join(f"`~{name}.{public}`" for public in obj.__all__)
        lines += ["", f"To import from here: {links}.", ""]


def short_types(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Types by their own names only, and dots for defaults that have no literal."""
    return tuple(text and re.sub(r"~(?:\w+\.)+", "", text).replace("<factory>", "...") for text in (signature, returns))


def find_renamed(app: Sphinx, env: Any, node: nodes.Element, content: nodes.Node) -> nodes.Node | None:
    """The place of an object that is named as for an import, or relative to its own module or a package above."""
    target, here = node.get("reftarget", ""), (node.get("py:module") or "snnlib").split(".")
    domain = env.get_domain("py")
    for prefix in ("", *(".".join(here[:depth]) + "." for depth in range(len(here), 0, -1))):
        found = real_name(f"{prefix}{target}")
        if found in domain.objects:
            place = domain.objects[found]
            return make_refnode(app.builder, node["refdoc"], place.docname, place.node_id, content, found)
        if found is not None:
            return content  # it is there, but too small a thing for an entry of its own
    return None


def real_name(name: str) -> str | None:
    """Module and name that an importable object was defined under; None if it cannot be imported."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            obj = importlib.import_module(".".join(parts[:cut]))
        except (ImportError, ValueError):
            continue
        for part in parts[cut:]:
            if not hasattr(obj, part):
                return None
            obj = getattr(obj, part)
        if inspect.ismodule(obj):
            return obj.__name__
        return f"{getattr(obj, '__module__', '')}.{getattr(obj, '__qualname__', parts[-1])}"
    return None


def setup(app: Sphinx) -> dict:
    """Tell Sphinx what is here."""
    for kind in (
        Inventory,
        Claims,
        Contrasts,
        Calibration,
        Choices,
        Profiles,
        Published,
        Beside,
        Seeds,
        Houses,
        Modules,
    ):
        app.add_directive(kind.__name__.lower(), kind)
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))
    app.connect("autodoc-process-signature", short_types)
    app.connect("autodoc-process-docstring", names_to_import, priority=900)
    app.connect("missing-reference", find_renamed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
