"""All attacks of an audit, on networks of real data: ``python -m benchmarks.audits`` writes figures/audits.

Which attack is best, and does the course over time add anything to the last answer? Every attack sees the same networks
and points, so that differences from the headline attack are paired: over pairs of networks and over points.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from snnlib.audit import membership
from snnlib.audit.attacks import ATTACKS
from snnlib.audit.evaluation import HEADLINE, MembershipAudit
from snnlib.conversion import thresholds
from snnlib.datasets.catalogue import dataset
from snnlib.datasets.sources import locate, read
from snnlib.metrics.contrasts import over_pairs
from snnlib.metrics.membership import auc_influence
from snnlib.networks import ResNet18, initialise, mlp
from snnlib.paths import project
from snnlib.randomness import numpy_generator, torch_generator
from snnlib.reproduction.mia_snn.sizes import QUICK
from snnlib.training import Recipe, fit

POOL, STEPS, REFERENCES = 5000, {"mnist": 10, "cifar100": 4, "cifar10": 4}, 8
NEURON = {"beta": 0.7, "threshold": 1.0, "surrogate": ("fast_sigmoid", 40), "reset": "decay_then_subtract"}
DIRECT = Recipe(lr=4e-3, epochs=15, batch=50, clip=1.0, schedule="cosine", coding="constant", readout="potential")


def points(name: str) -> tuple[torch.Tensor, torch.Tensor, str]:
    """The first points of a fixed random order, images in [0, 1], their labels, and where they are from."""
    entry = dataset(name)
    source = locate(entry)
    arrays = read(source)
    images, labels = (arrays[f"train_{of}"] if f"train_{of}" in arrays else arrays[of] for of in ("images", "labels"))
    chosen = numpy_generator(0, "audits", name).permutation(len(labels))[:POOL]
    x = torch.from_numpy(images[chosen]).float() / 255
    if x.ndim == 4:  # [N, H, W, 3], to half of its size
        x = torch.nn.functional.avg_pool2d(x.permute(0, 3, 1, 2), 2)
    return x, torch.from_numpy(labels[chosen].astype(np.int64)), source.kind


def leaky(x: torch.Tensor, y: torch.Tensor, seed: int) -> torch.nn.Module:
    """Paper A's network, small, trained through time."""
    network = mlp(x.shape[1:], classes=10, hidden=200, neuron=NEURON)
    initialise(network, torch_generator(seed, "weights"))
    fit(network, x, y, replace(DIRECT, steps=STEPS["mnist"]), seed)
    return network


def hybrid(x: torch.Tensor, y: torch.Tensor, seed: int) -> torch.nn.Module:
    """Paper B's ResNet18 at the size of profile quick, trained longer: an ANN, converted and trained on."""
    study, entry = QUICK["cifar100"], dataset("cifar100")
    settings = {"classes": 100, "width": 8, "mean": entry.mean, "sd": entry.sd}
    ann = ResNet18(**settings)
    initialise(ann, torch_generator(seed, "weights"))
    fit(ann, x, y, replace(study.ann, epochs=50), seed)
    network = ResNet18(**settings, thresholds=thresholds(ann.eval(), x, seed=seed))
    network.load_state_dict(ann.state_dict())
    fit(network, x, y, replace(study.hybrid[STEPS["cifar100"]], epochs=6), seed)
    return network


def direct(x: torch.Tensor, y: torch.Tensor, seed: int) -> torch.nn.Module:
    """Paper B's ResNet18 of leaky neurons, as profile quick trains it through time.

    The third network: that *weighted steps* has a higher AUC than RMIA was declared before any of these was trained.
    """
    study, entry = QUICK["cifar10"], dataset("cifar10")
    network = ResNet18(classes=10, width=study.width, mean=entry.mean, sd=entry.sd, neuron=study.neuron)
    initialise(network, torch_generator(seed, "weights"))
    fit(network, x, y, replace(study.direct, epochs=30), seed)
    return network


TRAININGS = {"mnist": leaky, "cifar100": hybrid, "cifar10": direct}


def rows(name: str, source: str, found: MembershipAudit) -> list[dict]:
    """Each attack's rates, and the difference of its AUC from the headline attack's, with its one-sided p-value."""
    signals, members = found.signals, found.signals.inside
    moves = {}
    for attack in found.roc:
        scores = [ATTACKS[attack].score(signals, k) for k in found.targets]
        moves[attack] = [np.stack(of) for of in zip(*(auc_influence(s, m) for s, m in zip(scores, members)))]
    made = []
    for attack, (values, influence) in moves.items():
        row = {"data": name, "source": source, "attack": attack, "access": found.row(attack)["access"]}
        for of in found.rows:
            if of["attack"] == attack:
                ends = ("value", "low", "high", "low_targets", "high_targets")
                row |= {f"{of['metric']} {end}": of[end] for end in ends}
        if attack != HEADLINE:
            contrast = over_pairs(values - moves[HEADLINE][0], influence - moves[HEADLINE][1])
            estimate = contrast.estimate()
            row |= {"difference": estimate.value, "difference low": estimate.low, "difference high": estimate.high}
            row |= {"p above": contrast.p(0, 1), "p below": contrast.p(0, -1)}
        made.append(row)
    return made


def shown(found: pd.DataFrame) -> str:
    """Markdown: a row an attack; intervals over targets, and of the paired difference."""

    def percent(row: dict, of: str, ends: tuple[str, str]) -> str:
        value, low, high = (row.get(f"{of}{end}", np.nan) for end in (" value" * (of != "difference"), *ends))
        interval = "" if pd.isna(low) else f" [{100 * low:.1f}, {100 * high:.1f}]"
        return "—" if pd.isna(value) else f"{100 * value:.1f}{interval}"

    lines = ["| data | attack | AUC, % | TPR at 1 % FPR, % | AUC minus RMIA's, points |", "|---|---|---|---|---|"]
    targets, plain = (" low_targets", " high_targets"), (" low", " high")
    for row in found.to_dict("records"):
        cells = (percent(row, "auc", targets), percent(row, "tpr@0.01", targets), percent(row, "difference", plain))
        lines.append(f"| {row['data']} ({row['source']}) | {row['attack']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=project() / "figures" / "audits")
    options.add_argument("--store", type=Path, default=project() / "store" / "audits")
    options.add_argument("data", nargs="*", default=[*TRAININGS], help=", ".join(TRAININGS))
    chosen = options.parse_args()
    for name in chosen.data:
        x, y, source = points(name)
        train, settings = TRAININGS[name], {"references": REFERENCES, "store": chosen.store / name}
        settings["adapt"] = {"steps": STEPS[name], "read": "mean"}
        found = membership(train, (x, y), **settings)
        print(found, *found.said, sep="\n")
        chosen.out.mkdir(parents=True, exist_ok=True)
        pd.DataFrame(rows(name, source, found)).to_csv(chosen.out / f"{name}.csv", index=False)
    made = pd.concat([pd.read_csv(file) for file in sorted(chosen.out.glob("*.csv"))])
    (chosen.out / "attacks.md").write_text(shown(made), encoding="utf-8")


if __name__ == "__main__":
    main()
