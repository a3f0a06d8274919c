"""One page about one network: what it gives away, how sure that is, what was not tried, and what helps."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..metrics.estimate import Estimate
from .inversion import ATTACKS, InversionAudit
from .membership import MembershipAudit

UNTRIED = (
    "An attacker who takes part in the training, sees its gradients, or changes data beforehand.",
    "Attributes of a person that are not in the points, and properties of the whole data set.",
    "Points unlike the pool's: rare ones can be more exposed than any that was tried.",
    "Attacks that nobody has published yet: no result here proves that a network is safe.",
)
ADVICE = (
    "Answer with labels alone, where users need no more: then the row 'label only' counts. Rounding helps little.",
    "Train for fewer epochs, with more data or with augmentation: attacks live on the gap between training and test.",
    "Give out the last answer only, not its course over time. Fewer time steps may leak less, or more: audit both.",
    "For a guarantee instead of a measurement train with DP-SGD, one clipped gradient a person through all time steps.",
    "Leave out the most exposed points, or ask whom they belong to; then audit again, as others take their place.",
)
FEW = 6  # targets below which an interval over them is very wide: two pairs have one degree of freedom
MEASURES = {"confidence": "target's confidence", "recognised": "recognised by scorers", "likeness": "likeness to class"}


def page(membership: MembershipAudit | None = None, inversion: InversionAudit | None = None, *, title: str = "") -> str:
    """The page of one or both audits: HTML, complete in itself."""
    import matplotlib as mpl  # with what follows only needed here

    from ..report.page import page as rendered
    from ..report.style import style

    with mpl.rc_context():
        style()
        sections = _of_membership(membership) if membership else []
        sections += _of_inversion(inversion) if inversion else []
    audits = [audit for audit in (membership, inversion) if audit]
    said = [text for audit in audits for text in audit.said]
    left_out = [] if membership else ["Membership: whether a point was in the training set."]
    left_out += [] if inversion else ["Inversion: what a class looks like to the network."]
    sections = [
        _section("What was audited and assumed", points=said),
        *sections,
        _section("What was not tried", points=[*left_out, *UNTRIED]),
        _section("What helps", points=ADVICE),
    ]
    if membership and membership.about:
        sections.append(_section("What it took, and what it rests on", rows=_flat(membership.about)))
    title = title or "What a spiking network gives away"
    return rendered("audit", title=title, findings=[*map(str, audits)], sections=sections)


def _section(heading: str, **parts: Any) -> dict[str, Any]:
    return {"heading": heading, "texts": (), "points": (), "rows": (), "pictures": (), "small": ""} | parts


def _of_membership(audit: MembershipAudit) -> list[dict]:
    percent = {name: f"{estimate:.1%}" for name, estimate in audit.accuracy.items()}
    learnt = {"on members": percent["train"], "on other points": percent["test"], "gap": percent["gap"]}
    sections = [_section("How well it has learnt: accuracy", rows=[learnt])]
    note = (
        f"95 % intervals over points, and over targets ({len(audit.targets)}). {audit.headline} counts: it was chosen "
        f"beforehand; others are shown, not picked from."
    )
    if len(audit.targets) < FEW:
        note += " With so few targets the second interval says little: more references bring more targets."
    rates = _section("Who was in the training set?", rows=_rates(audit), pictures=[_roc(audit)], small=note)
    sections += [rates, _section("What an attacker must see for that", points=_access(audit))]
    null = f"{audit.headline} against members drawn by new coins, which no network has seen: AUC {audit.null:.1%}."
    sections.append(_section("Control", texts=[f"{null} It should hold 50 %."]))
    exposed = [
        {"point": e["point"], "label": e["label"]} | ({"group": e["group"]} if "group" in e else {})
        | {"found at a false positive rate of": f"{e['fpr']:.2g}", "networks trained on it": e["targets"]}
        for e in audit.exposed[:10]
    ]  # fmt: skip
    sections.append(_section("Most exposed points", rows=exposed, small="Points by their number in the data, from 0."))
    return [*sections, _section("Epsilon: what differential privacy it cannot have", texts=[_epsilon(audit.epsilon)])]


def _rates(audit: MembershipAudit) -> list[dict[str, str]]:
    """A row an attack: AUC and TPRs, over points and over targets."""
    table: dict[str, dict[str, str]] = {}
    for row in audit.rows:
        cells = table.setdefault(row["attack"], {"attack": row["attack"]})
        name = "AUC" if row["metric"] == "auc" else f"TPR at {100 * float(row['metric'][4:]):g} % FPR"
        cells[f"{name}, %"] = Estimate(row["value"], row["low"], row["high"]).text(1, percent=True)
        ends = (row["low_targets"], row["high_targets"])
        cells[f"{name}, over targets"] = f"[{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]" if None not in ends else "—"
    table[audit.headline]["attack"] += " (counts)"
    return list(table.values())


def _access(audit: MembershipAudit) -> list[str]:
    """What an attacker must see, and for which attacks that is enough."""
    of: dict[str, list[str]] = {}
    for row in audit.rows:
        if row["metric"] == "auc":
            of.setdefault(row["access"], []).append(row["attack"])
    return [f"{', '.join(names)}: the attacker sees {access}." for access, names in of.items()]


def _epsilon(bound: Mapping[str, Any]) -> str:
    if "why" in bound:
        return f"There is no bound. {bound['why']}"
    of = {"point": "a point", "group": "a group of points, such as a person"}[bound["unit"]]
    return (
        f"The first target's training is not epsilon-differentially private for any epsilon below "
        f"{bound['epsilon']:.2f} ({100 * bound['confidence']:g} % confidence, delta {bound['delta']:g}; the unit is "
        f"{of}): {bound['right']} of {bound['guesses']} guesses were right, which had been fixed in number beforehand. "
        f"Had all been right, the bound would be {bound['ceiling']:.2f}: more cannot be shown with so many. "
        "A low bound does not show that the training is private."
    )


def _of_inversion(audit: InversionAudit) -> list[dict]:
    names = [name for name in MEASURES if any(name in of for of in audit.summary.values())]
    rows = [
        {"samples of": name, "": "control" if name in audit.controls else "attack"}
        | {MEASURES[m]: str(of[m]) if m in of else "—" for m in names}
        for name, of in audit.summary.items()
    ]
    tried = [{**row, "confidence": f"{row['confidence']:.2f}", "chosen": "yes" * row["chosen"]} for row in audit.grid]
    note = "Means over classes with 95 % intervals. An attack has found something where it is above its controls."
    found = _section("What does a class look like to it?", rows=rows, pictures=_pictures(audit), small=note)
    small = "The attacker chose by the target's own confidence alone."
    return [found, _section("Settings of BrainLeaks-v2 that were tried", rows=tried, small=small)]


def _pictures(audit: InversionAudit) -> list[dict[str, str]]:
    """Samples as pictures, an attack or control a row; none of points that are no pictures."""
    import matplotlib.pyplot as plt

    from ..report.style import picture

    shown = {name: sample.mean(0) for name, sample in audit.samples.items()}
    if next(iter(shown.values())).ndim not in (3, 4):
        return []
    shown = {name: of.mean(1) if of.ndim == 4 else of for name, of in shown.items()}  # the mean over channels
    lines, columns = len(shown), min(10, len(audit.classes))
    size = (1.9 + 0.55 * columns, 0.58 * lines + 0.3)
    figure, axes = plt.subplots(lines, columns, figsize=size, squeeze=False, layout="constrained")
    for line, (name, of) in zip(axes, shown.items()):
        for ax, sample in zip(line, of):
            picture(ax, sample, "0.8")
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=7)
    for ax, c in zip(axes[0], audit.classes):
        ax.set_title(str(c), fontsize=7)
    return [_drawn(figure, f"Samples of {', '.join(ATTACKS)} and their controls, a class a column")]


def _roc(audit: MembershipAudit) -> dict[str, str]:
    """ROC of the headline attack, and of some others, on logarithmic axes."""
    import matplotlib.pyplot as plt

    from ..report.style import GUESSING, MEMBER

    figure, ax = plt.subplots(figsize=(4.2, 3.2), layout="constrained")
    others = [name for name in audit.roc if name != audit.headline]
    for name, grey in zip(others, np.linspace(0.35, 0.75, len(others))):
        ax.plot(audit.roc[name]["fpr"], audit.roc[name]["tpr"], color=str(grey), linewidth=0.8, label=name)
    of = audit.roc[audit.headline]
    ax.plot(of["fpr"], of["tpr"], color=MEMBER, linewidth=1.6, label=audit.headline)
    ax.fill_between(of["fpr"], of["low"], of["high"], color=MEMBER, alpha=0.2, linewidth=0)
    least = float(of["fpr"].min())
    ax.plot([least, 1], [least, 1], **GUESSING)
    ax.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    ax.set(xlabel="false positive rate", ylabel="true positive rate")
    ax.legend(fontsize=6)
    return _drawn(figure, f"ROC of {audit.headline}, mean over targets with a 95 % band over points, and of the others")


def _drawn(figure: Any, alt: str) -> dict[str, str]:
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    plt.close(figure)
    return {"png": base64.b64encode(buffer.getvalue()).decode(), "alt": alt}


def _flat(about: Mapping[str, Any], before: str = "") -> list[dict[str, str]]:
    """Rows of a mapping without levels; hashes by their beginnings."""
    rows = []
    for name, value in about.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{name}: ")
        else:
            text = f"{value:.1f}" if isinstance(value, float) else str(value)
            rows.append({"what": before + name, "value": f"{text[:16]}…" if len(text) == 64 else text})
    return rows
