"""One page about one network: what it gives away, how sure that is, what was not tried, and what helps."""

import base64
import io
from typing import Any

import numpy as np

from ..errors import needed
from .evaluation import MembershipAudit
from .given import INSTALL
from .inversion import InversionAudit


def page(membership: MembershipAudit | None = None, inversion: InversionAudit | None = None, *, title: str = "") -> str:
    """The page of one or both audits: HTML, complete in itself; its text is in ``snnlib/report/templates/audit.html``.

    Needs matplotlib, seaborn and jinja2, as only this function of the audit does: DataError where they are missing.
    """
    can_be_drawn()
    import matplotlib as mpl

    from ..report import page as report
    from ..report.style import style

    with mpl.rc_context():
        style()
        pictures = {"roc": _roc(membership) if membership else "", "samples": _samples(inversion) if inversion else ""}
    title = title or "What a spiking network gives away"
    return report.page("audit", title=title, membership=membership, inversion=inversion, **pictures)


def can_be_drawn() -> None:
    """DataError where a package is missing that the page needs: before hours of training, not after."""
    for module in ("matplotlib", "seaborn", "jinja2"):
        needed(module, INSTALL)


def _samples(audit: InversionAudit) -> str:
    """Samples as pictures, an attack or control a row; none of points that are no pictures."""
    from matplotlib.figure import Figure

    from ..report.style import picture

    shown = {name: sample.mean(0) for name, sample in audit.samples.items()}
    if next(iter(shown.values())).ndim not in (3, 4):
        return ""
    lines, columns = len(shown), min(10, len(audit.classes))
    figure = Figure((1.9 + 0.55 * columns, 0.58 * lines + 0.3), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False)
    for line, (name, of) in zip(axes, shown.items()):
        for ax, sample in zip(line, of):
            picture(ax, sample.mean(0) if sample.ndim == 3 else sample, "0.8")  # the mean over channels
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=7)
    for ax, c in zip(axes[0], audit.classes):
        ax.set_title(str(c), fontsize=7)
    return _png(figure)


def _roc(audit: MembershipAudit) -> str:
    """ROC of the headline attack with its band, and of the others, on logarithmic axes."""
    from matplotlib.figure import Figure

    from ..report.style import GUESSING, MEMBER

    figure = Figure((4.2, 3.2), layout="constrained")
    ax, of = figure.subplots(), audit.roc[audit.headline]
    others = [name for name in audit.roc if name != audit.headline]
    for name, grey in zip(others, np.linspace(0.35, 0.75, len(others))):
        ax.plot(audit.roc[name]["fpr"], audit.roc[name]["tpr"], color=str(grey), linewidth=0.8, label=name)
    ax.plot(of["fpr"], of["tpr"], color=MEMBER, linewidth=1.6, label=audit.headline)
    ax.fill_between(of["fpr"], of["low"], of["high"], color=MEMBER, alpha=0.2, linewidth=0)
    ends = float(of["fpr"].min()), 1.0
    ax.plot(ends, ends, **GUESSING)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends)
    ax.set(xlabel="false positive rate", ylabel="true positive rate")
    ax.legend(fontsize=6)
    return _png(figure)


def _png(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()
