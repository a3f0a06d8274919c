"""How the cost of membership inference grows: ``python -m benchmarks.scaling`` writes figures/scaling.

Each part is timed at several sizes of one thing, all else being equal: N points, T time steps, R references, the
network's width. One gradient step of paper B's networks at full size then tells what 256 references would take.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from snnlib.engine.device import chosen_device, machine
from snnlib.membership import attack_r, rmia
from snnlib.metrics.membership import membership_scores
from snnlib.networks import ResNet18, initialise
from snnlib.paths import project
from snnlib.queries import answers
from snnlib.report.figure import figure_files
from snnlib.reproduction.mia_snn.sizes import PAPER
from snnlib.training import Recipe, fit

from .measure import CLOCKS, fingerprint, in_turn, set_threads

REFERENCES, MEMBERS = 256, 30_000  # of a study at the full size: half of CIFAR-100, with its test points, trains each
DEVICES = (1, 8, 64)
NAMES = {"N": "points N", "T": "time steps T", "R": "references R", "width": "width (channels)"}


@dataclass(frozen=True)
class Size:
    N: int = 512
    T: int = 4
    R: int = 16
    width: int = 8
    pixels: int = 16
    batch: int = 64


def network(size: Size, device: str, steps: int | None) -> ResNet18:
    """Paper B's network of some width with random weights: converted, with integrate-and-fire neurons, or the ANN."""
    made = ResNet18(100, size.width, thresholds=None if steps is None else [1.0] * ResNet18.slots)
    initialise(made, torch.Generator().manual_seed(0))
    return made.to(device)


def images(size: Size, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Random images and labels: the time of a convolution does not hang on what is in them."""
    generator = torch.Generator().manual_seed(1)
    x = torch.rand(size.N, 3, size.pixels, size.pixels, generator=generator)
    return x.to(device), torch.randint(100, (size.N,), generator=generator).to(device)


def training(size: Size, device: str, steps: int | None = -1) -> Callable:
    """An epoch of N points."""
    steps = size.T if steps == -1 else steps
    recipe = Recipe("sgd", 0.01, 0.9, size.batch, epochs=1, steps=steps, coding="constant", readout="logits")
    return partial(fit, network(size, device, steps), *images(size, device), recipe, 0)


def asking(size: Size, device: str) -> Callable:
    """One query of each of N points."""
    return partial(
        answers,
        network(size, device, size.T).eval(),
        *images(size, device),
        {"kind": "plain"},
        steps=size.T,
        mean=torch.tensor(0.5),
    )


def attacking(size: Size, device: str) -> Callable:
    """RMIA and R of one target."""
    target, references = np.split(-np.random.default_rng(0).exponential(size=(size.R + 1, size.N)), [1])
    return lambda: (rmia(target[0], references), attack_r(target[0], references))


def judging(size: Size, device: str) -> Callable:
    """AUC and TPRs of one target, with intervals."""
    rng = np.random.default_rng(0)
    return partial(membership_scores, rng.normal(size=size.N), rng.random(size.N) < 0.5)


PARTS = {  # by name: what is timed, and the sizes of each thing
    "training": (training, {"N": (256, 512, 1024), "T": (1, 2, 4, 8), "width": (4, 8, 16, 32)}),
    "query": (asking, {"N": (256, 512, 1024), "T": (1, 2, 4, 8), "width": (4, 8, 16, 32)}),
    "R and RMIA": (attacking, {"N": (10_000, 30_000, 60_000), "R": (4, 16, 64, 256)}),
    "AUC and TPR": (judging, {"N": (10_000, 30_000, 60_000)}),
}
NETWORKS, MANY = ("training", "query"), 10_000  # parts that take few points; points of the others


def grown(device: str, clock: str, repeats: int | None, base: Size = Size()) -> Iterator[dict]:
    """Seconds of each part at each size: medians, the sizes of one thing in turn."""
    for part, (make, axes) in PARTS.items():
        for axis, sizes in axes.items():
            at = base if part in NETWORKS or axis == "N" else replace(base, N=MANY)
            runs = {str(n): finished(make(replace(at, **{axis: n}), device), device) for n in sizes}
            for n, seconds in in_turn(runs, repeats, CLOCKS[clock]).items():
                yield {"part": part, "axis": axis, "size": int(n), "seconds": float(np.median(seconds))}


def finished(run: Callable, device: str) -> Callable:
    """The run until the device has done it."""

    def whole() -> None:
        run()
        if device == "cuda":
            torch.cuda.synchronize()

    return whole


def full(device: str, clock: str, repeats: int | None, batch: int, width: int = 64, pixels: int = 32) -> Iterator[dict]:
    """Hours that the paper's schedule of each network takes, from one gradient step of ``batch`` points."""
    study = PAPER["cifar100"]
    recipes = {"ANN": study.ann} | {f"SNN, T = {t}": recipe for t, recipe in study.hybrid.items()}
    size = Size(N=batch, batch=batch, width=width, pixels=pixels)
    runs = {name: finished(training(size, device, recipe.steps), device) for name, recipe in recipes.items()}
    for name, seconds in in_turn(runs, repeats, CLOCKS[clock]).items():
        point = float(np.median(seconds)) / batch
        yield {"network": name, "epochs": recipes[name].epochs, "seconds a point": point} | {
            "hours": point * MEMBERS * recipes[name].epochs / 3600
        }


def exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Slope of a line through the logarithms: 1 where the time doubles with the size."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def drawn(found: pd.DataFrame) -> Figure:
    """A panel for each thing that grows, a line for each part."""
    figure, axes = plt.subplots(1, len(NAMES), figsize=(7.2, 2.4), layout="constrained")
    for ax, (axis, name) in zip(axes, NAMES.items()):
        of_axis = found[found["axis"] == axis]
        for (number, part), (_, varied) in zip(enumerate(PARTS), PARTS.values()):
            if axis in varied:
                of = of_axis[of_axis["part"] == part]
                ax.plot(of["size"], 1000 * of["seconds"], "o-", color=f"C{number}", markersize=3, label=part)
        ax.set(xscale="log", yscale="log")
        ax.set_xlabel(name, fontsize=7)
        sizes = sorted({*of_axis["size"]}) if axis != "N" else (100, 1000, 10_000, 100_000)
        ax.set_xticks(sizes, [f"{n:,}" for n in sizes], fontsize=6)
        ax.set_xticks([], minor=True)
        ax.yaxis.set_major_locator(LogLocator(10, (1, 3)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.tick_params(axis="y", labelsize=6)
    axes[0].set_ylabel("milliseconds", fontsize=7)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(PARTS), fontsize=6)
    return figure


def shown(found: pd.DataFrame, whole: pd.DataFrame, device: str) -> str:
    """Markdown: how each part grows, and what the references of a whole study take on so many devices."""
    lines = ["| part | " + " | ".join(NAMES) + " |", "|---" * (1 + len(NAMES)) + "|"]
    for part, (_, axes) in PARTS.items():
        cells = []
        for axis in NAMES:
            of = found[(found["part"] == part) & (found["axis"] == axis)]
            cells.append(f"{exponent(of['size'], of['seconds']):.2f}" if axis in axes else "")
        lines.append(f"| {part} | {' | '.join(cells)} |")
    heads = [f"{REFERENCES} on {n}, days" for n in DEVICES]
    lines += ["", f"| network ({device}) | ms a point and epoch | epochs | hours a network | {' | '.join(heads)} |"]
    lines += ["|---" * (4 + len(DEVICES)) + "|"]
    for of in whole.to_dict("records"):
        days = [f"{of['hours'] * -(-REFERENCES // n) / 24:.3g}" for n in DEVICES]
        lines.append(
            f"| {of['network']} | {1000 * of['seconds a point']:.3g} | {of['epochs']} | {of['hours']:.3g} | "
            f"{' | '.join(days)} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--device", default="auto")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--clock", choices=[*CLOCKS], default="wall", help="processor: on a busy machine")
    options.add_argument("--repeats", type=int, help="of each time; 7 to 51 without it")
    options.add_argument("--batch", type=int, default=64, help="points of the gradient step at full size")
    options.add_argument("--out", type=Path, default=project() / "figures" / "scaling")
    chosen = options.parse_args()
    device = chosen_device(chosen.device)
    says = fingerprint(chosen.threads, chosen.clock)
    set_threads(chosen.threads)
    timed = device, chosen.clock, chosen.repeats
    found, whole = pd.DataFrame(grown(*timed)), pd.DataFrame(full(*timed, batch=chosen.batch))
    chosen.out.mkdir(parents=True, exist_ok=True)
    found.assign(device=machine(device), **says).to_csv(chosen.out / "growth.csv", index=False)
    whole.assign(device=machine(device), **says).to_csv(chosen.out / "full.csv", index=False)
    for ending, content in figure_files(drawn(found)).items():
        (chosen.out / f"growth.{ending}").write_bytes(content)
    who = machine(device) if device == "cuda" else f"{says['processor']}, {chosen.threads} thread(s)"
    (chosen.out / "scaling.md").write_text(shown(found, whole, who), encoding="utf-8")


if __name__ == "__main__":
    main()
