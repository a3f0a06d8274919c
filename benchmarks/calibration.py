"""How often intervals hold the truth and verdicts are wrong, in simulated worlds: ``make calibration``.

Each world draws scores anew and hands them to the code that judges real runs. The truth of a contrast is its mean over
all repetitions; both tails are tested at it, so every world is a null hypothesis for every contrast. Prints three
tables in less than a minute; ``--long`` takes a quarter of an hour and writes them to ``figures/calibration``.
"""

# ruff: noqa: B023  (what is drawn in a loop is drawn before it goes on)

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import fields, replace
from unittest.mock import patch

import numpy as np
import pandas as pd
from scipy import stats

from snnlib import paths
from snnlib.membership import Signals
from snnlib.metrics.membership import auc_difference, membership_scores
from snnlib.metrics.runs import mean_over_runs, share_over_seeds
from snnlib.pairs import split_pairs
from snnlib.report.verdict import INCONCLUSIVE, LEVEL, SIDES, SUPPORTED, compared, in_a_word, single_verdicts, verdicts
from snnlib.reproduction.brainleaks import claims as paper_a
from snnlib.reproduction.brainleaks.results import InversionResults
from snnlib.reproduction.brainleaks.sizes import STUDIES as INVERSION
from snnlib.reproduction.mia_snn import claims as paper_b
from snnlib.reproduction.mia_snn.plan import DROPOUT, PLAIN
from snnlib.reproduction.mia_snn.results import MembershipResults
from snnlib.reproduction.mia_snn.sizes import STUDIES as MEMBERSHIP
from snnlib.reproduction.mia_snn.tables import membership_estimates

INF, STEPS, LABEL = float("inf"), (1, 2, 4), -3.0  # a label's usual logit, and the least at which it is recognised
SHAPES = {  # of values over runs: a distribution, and the bounds that the interval is told
    "normal": (stats.norm(1, 0.3), None),
    "exponential, no bounds": (stats.expon(), None),
    "Gumbel, no bounds": (stats.gumbel_r(), None),
    "uniform": (stats.uniform(), (0, 1)),
    "Beta(8, 1)": (stats.beta(8, 1), (0, 1)),
    "Beta(4, 1/2)": (stats.beta(4, 0.5), (0, 1)),
    "Beta(1, 4)": (stats.beta(1, 4), (0, 1)),
    "exponential": (stats.expon(), (0, INF)),
    "lognormal, s.d. of logs 1/2": (stats.lognorm(0.5), (0, INF)),
}
SPREADS = {  # standard deviations of latent effects: target, scorer, sample
    "trials only": (0, 0, 0), "samples differ": (0, 0, 2),
    "and targets, scorers": (0.3, 0.3, 1), "mostly those": (0.5, 0.7, 1),
}  # fmt: skip
SIZES = {"S, K, C": ((3, 3, 10), (5, 8, 10), (5, 8, 40), (5, 1, 10), (12, 8, 10))}


def covered(draw: Callable[[], tuple], truth: float, repeats: int) -> float:
    """Share of repetitions whose interval holds the truth."""
    found = [draw() for _ in range(repeats)]
    return float(np.mean([e.low <= truth <= e.high for e in found if e.low is not None]))


def intervals(repeats: int, rng: np.random.Generator) -> Iterator[dict]:
    """Coverage of every interval of `snnlib.metrics`, nominal 95 %, at the sizes used."""
    for shape, (law, bounds) in SHAPES.items():
        for n in (4, 5, 6, 8, 12):
            hit = covered(lambda: mean_over_runs(law.rvs(n, random_state=rng), bounds), law.mean(), repeats)
            yield {"interval": "mean_over_runs", "world": shape, "size": f"{n} runs", "coverage": hit}
    for name, spread in SPREADS.items():
        for (s, k, c), p in ((size, p) for size in SIZES["S, K, C"] for p in (0.1, 0.3, 0.6, 0.9, 0.97)):
            own = (spread[0], spread[1] * (k > 1), spread[2])  # a single scorer says nothing of others
            hit = covered(lambda: share_over_seeds(recognised(rng, p, s, k, c, own)), p, repeats)
            yield {
                "interval": "share_over_seeds",
                "world": f"{name}, share {p}",
                "size": f"{s} x {k} x {c}",
                "coverage": hit,
            }
    for n, truth in ((200, 0.7), (200, 0.95), (1000, 0.7)):
        distance, members = stats.norm.ppf(truth) * 2**0.5, np.arange(n) % 2 == 0
        hit = covered(
            lambda: membership_scores(rng.normal(size=n) + distance * members, members, ()).auc, truth, repeats
        )
        yield {
            "interval": "AUC of membership_scores",
            "world": f"normal, AUC {truth}",
            "size": f"{n} points",
            "coverage": hit,
        }

        def difference(k: int) -> object:
            x = rng.normal(size=n)  # what all scores have in common
            scores = x + 0.7 * rng.normal(size=(2, k, n)) + np.array([1.0, 0.8])[:, None, None] * members
            return auc_difference(*scores, np.tile(members, (k, 1)))[0]

        gap = stats.norm.cdf(np.array([1.0, 0.8]) / (2 * 1.49) ** 0.5)
        for k in (1, 6):
            hit = covered(lambda: difference(k), gap[0] - gap[1], repeats)
            yield {
                "interval": "auc_difference",
                "world": f"{k} targets share points",
                "size": f"{n} points",
                "coverage": hit,
            }
    members, rate = np.arange(4000) % 2 == 0, 0.01
    hit = covered(
        lambda: membership_scores(rng.normal(size=4000) + members, members, (rate,), resamples=200).tpr_at_fpr[rate],
        stats.norm.cdf(1 + stats.norm.ppf(rate)), max(50, repeats // 10),
    )  # fmt: skip
    yield {"interval": "TPR of membership_scores", "world": "normal, FPR 1 %", "size": "4000 points", "coverage": hit}
    for name, p, n in (("cifar100", 6, 1000), ("cifar10", 4, 1000), ("cifar10", 3, 4000)):
        worlds = [pools(rng, (p, p), n, 1)[name] for _ in range(max(20, repeats // 10))]
        found = [membership_estimates(of, 4, "RMIA") for of in worlds]
        for metric, called in (("auc", "AUC"), ("tpr_at_1 %", "TPR at 1 %")):
            truth = float(np.mean([of[metric].value for of in found]))
            yield {
                "interval": "scores_over_pairs",
                "world": f"as in quick, {called}",
                "size": f"{p} pairs, {n} points",
                "coverage": covered(iter([of[metric] for of in found]).__next__, truth, len(found)),
            }


def recognised(rng: np.random.Generator, share: float, s: int, k: int, c: int, spread: tuple) -> np.ndarray:
    """Recognised or not, ``[S, K, C]``: latent normal effects of targets, scorers, samples and single looks."""
    a, b, e = spread
    z = stats.norm.ppf(share) * np.sqrt(1 + a**2 + b**2 + e**2) + a * rng.normal(size=(s, 1, 1))
    z = z + b * rng.normal(size=(1, k, 1)) + e * rng.normal(size=(s, 1, c)) + rng.normal(size=(s, k, c))
    return (z > 0).astype(float)


# ---------------------------------------------------------------- paper B


def pools(rng: np.random.Generator, pairs: tuple[int, int], n: int, effect: float) -> dict[str, MembershipResults]:
    """Two pools of paper B: networks of a pair share a split, models of a network its luck, all models their points.

    With ``effect`` 1 contrasts are about as large as in quick's reference run. It scales what differs between models,
    and between queries; with 0 only attacks differ, and ANNs, which find other points easy.
    """
    found = {}
    for name, p in zip(("cifar100", "cifar10"), pairs, strict=True):
        inside, easy, otherwise = split_pairs(n, p, int(rng.integers(1 << 30))), *rng.normal(size=(2, n))
        luck, taste = 0.15 * rng.normal(size=(2 * p, 1)), 0.5 * rng.normal(size=(2 * p, n))  # of a network
        more = {1: 0, 2: 0.03, 4: 0.06, "direct": 0.06, "ann": 0.23}
        signals = {}
        for model, gain in more.items():
            skill = effect * (0.08 if model == 4 else 0)
            own = luck + 0.1 * rng.normal(size=(2 * p, 1))
            z = LABEL + easy + skill + taste * (1 if model != "ann" else 0.5) + rng.normal(size=(2 * p, n)) * 0.6
            z += (0.33 + effect * gain) * (1 + own) * inside + (0.5 * otherwise if model == "ann" else 0)
            for query in (PLAIN, DROPOUT):
                asked = z + 0.2 * rng.normal(size=z.shape) + (0.02 * effect * inside if query == DROPOUT else 0)
                signals[model, query] = Signals(asked[:, None], asked[:, None] > LABEL, inside, np.zeros(n, int))
        study = replace(MEMBERSHIP["quick"][name], pairs=p, direct_pairs=p)
        found[name] = MembershipResults(study, {}, {}, signals)
    return found


# ---------------------------------------------------------------- paper A

AAS = {  # by row and scorers in the four data sets, as in quick's reference run: faces, MNIST, N-MNIST, DVSGesture
    ("brainleaks_v1", "snn"): (0.36, 0.98, 0.91, 0.88), ("brainleaks_v1", "common"): (0.24, 0.94, 0.75, 0.9),
    ("brainleaks_v2", "snn"): (0.05, 0.91, 0.75, 0.81), ("brainleaks_v2", "common"): (0.26, 0.91, 0.9, 0.82),
    ("fredrikson", "common"): (0.57, 0.98, 0.78, 0.93),
    ("random_spikes", "snn"): (0.03, 0.12, 0.11, 0.12), ("random_spikes_v2", "snn"): (0.03, 0.09, 0.13, 0.11),
}  # fmt: skip


def inversions(rng: np.random.Generator, s: int, k: int, effect: float, draws: int = 5) -> dict[str, InversionResults]:
    """Four data sets of paper A; with effect 0 all rows are recognised equally often, at equal rates."""
    found = {}
    for n, name in enumerate(paper_a.INVERSION):
        classes = 40 if name == "att_faces" else 10
        study = replace(INVERSION["quick"][name], seeds=tuple(range(s)), scorer_seeds=tuple(range(k)))
        right, wrong, confidence = np.eye(classes), np.roll(np.eye(classes), 1, 0), {}
        target, scorer = 0.4 * rng.normal(size=(s, 1, 1)), 0.4 * rng.normal(size=(1, k, 1))
        for (row, kind), shares in AAS.items():
            share = shares[n] * effect + (1 - effect) * 0.6
            many = draws if row == "brainleaks_v2" else 1
            z = stats.norm.ppf(share) * 1.6 + target + scorer + rng.normal(size=(s, 1, classes))
            z = z + 0.5 * rng.normal(size=(s, k, classes))
            seen = (z[:, :, None] + 0.4 * rng.normal(size=(s, k, many, classes))) > 0
            table = np.where(seen[..., None], right, wrong)
            confidence |= {(row, a, kind, b): table[a, b] for a in range(s) for b in range(k)}
        rates = {"brainleaks_v1": 0.3, "brainleaks_v2": 0.3 * (1 - 0.2 * effect)}
        samples = {
            (row, a): np.full((1, 1, 1, 1), r * np.exp(0.1 * rng.normal()))
            for row, r in rates.items()
            for a in range(s)
        }
        final = {
            (row, a): np.array([0.9 + 0.03 * (row == "brainleaks_v1") + 0.02 * rng.random()])
            for row in rates
            for a in range(s)
        }
        given = {
            "study": study,
            "confidence": confidence,
            "samples": samples,
            "final": final,
            "truth": right,
            "recording": None,
        }
        found[name] = InversionResults(**{field.name: {} for field in fields(InversionResults)} | given)
    return found


# ---------------------------------------------------------------- verdicts

TERMS = (paper_a.AA, paper_a.LogRate, paper_a.Spread, paper_b.Attack, paper_b.Accuracy)
PAPERS = {  # declared contrasts, what judges them, worlds by name
    "A": (paper_a.DECLARED, paper_a.CLAIMS, paper_a.over_targets, {
        "5 targets, 8 scorers": lambda rng, effect: inversions(rng, 5, 8, effect),
    }),
    "B": (paper_b.DECLARED, paper_b.CLAIMS, paper_b.over_networks, {
        "6 and 4 pairs, 400 points": lambda rng, effect: pools(rng, (6, 4), 400, effect),
    }),
}  # fmt: skip


def judged(paper: str, size: str, effect: float, repeats: int, rng: np.random.Generator) -> list[list]:
    """All comparisons of a paper in each repetition of a world; without those in which one could not be made."""
    declared, _, test, worlds = PAPERS[paper]
    with ExitStack() as without:  # published values: looking them up would take most of the time
        for term in TERMS:
            without.enter_context(patch.object(term, "published", lambda *_: np.nan))
        runs = [list(compared(declared, worlds[size](rng, effect), test)) for _ in range(repeats)]
    return [run for run in runs if all(c.contrast for c in run)]


def tails(paper: str, runs: list[list]) -> Iterator[dict]:
    """For each primary contrast: how often each tail rejects the truth, and the power at the declared margin."""
    steps = LEVEL / len(PAPERS[paper][1])
    for n, first in enumerate(runs[0]):
        if not first.primary:
            continue
        of = [run[n].contrast for run in runs]
        truth = float(np.mean([c.value for c in of]))
        above, below = (np.array([c.p(truth, side) for c in of]) for side in SIDES.values())
        yield {
            "claim": first.declared.claim, "contrast": first.text, "truth": truth,
            "sd": float(np.std([c.value for c in of])),
            "above": (above <= LEVEL).mean(), "below": (below <= LEVEL).mean(),
            "above, first step": (above <= steps).mean(), "below, first step": (below <= steps).mean(),
            "power, first step": np.mean([run[n].p(SUPPORTED) <= steps for run in runs]),
        }  # fmt: skip


def words(paper: str, runs: list[list]) -> Iterator[dict]:
    """For each claim how often each verdict comes out; last, how often any verdict of the paper is wrong.

    ``singles``: share of the decided claims inside which any single comparison is wrong, mean over repetitions.
    """
    claims = list(PAPERS[paper][1])
    values = np.array([[c.contrast.value for c in run] for run in runs])
    truth, error = values.mean(0), 2 * values.std(0) / len(runs) ** 0.5
    lies = {}  # whether a word would be wrong of each comparison; at the bound itself any certain word is
    for n, c in enumerate(runs[0]):
        lies[n] = {word: bool(side * (truth[n] - (-c.declared.margin if side > 0 else c.declared.delta)) <= error[n])
                   for word, side in SIDES.items()}  # fmt: skip
    of = {claim: [n for n, c in enumerate(runs[0]) if c.primary and c.declared.claim == claim] for claim in claims}
    counts, wrong, singles = {claim: [] for claim in claims}, [], []
    for run in runs:
        found = verdicts(claims, run)
        inside = single_verdicts(run, found)
        for claim in claims:
            counts[claim].append(in_a_word(found[claim]))
        wrong.append(any(
            ("supported" in certain and any(lies[n]["supported"] for n in of[claim]))
            or ("contradicted" in certain and all(lies[n]["contradicted"] for n in of[claim]))
            for claim, certain in found.items()
        ))  # fmt: skip
        single = [(n, c.declared.claim) for n, c in enumerate(run) if not c.primary]
        decided = [claim for claim, certain in found.items() if certain]
        errors = [any(lies[n].get(inside[n], False) for n, of_n in single if of_n == claim) for claim in decided]
        singles.append(np.mean(errors) if errors else 0.0)
    for claim in claims:
        yield {"claim": claim} | {word: counts[claim].count(word) / len(runs) for word in (*SIDES, INCONCLUSIVE)}
    yield {"claim": "any", "wrong": float(np.mean(wrong)), "singles": float(np.mean(singles))}


def main(repeats: int, seed: int = 0) -> dict[str, pd.DataFrame]:
    """The three tables."""
    rng, rows = np.random.default_rng(seed), {"contrasts": [], "claims": []}
    for paper, (*_, worlds) in PAPERS.items():
        for size in worlds:
            for effect, called in ((0, "alike"), (1, "as in quick")):
                runs = judged(paper, size, effect, repeats, rng)
                for name, table in (("contrasts", tails), ("claims", words)):
                    rows[name] += [{"paper": paper, "world": called, "size": size} | row for row in table(paper, runs)]
    return {name: pd.DataFrame(of) for name, of in rows.items()} | {
        "intervals": pd.DataFrame(intervals(10 * repeats, rng))
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="200 worlds of each kind instead of 15; write the tables")
    long = parser.parse_args().long
    folder = paths.project() / "figures" / "calibration"
    for name, table in main(200 if long else 15).items():
        print(table.to_string(index=False, float_format="%.4g"), "\n")
        if long:
            folder.mkdir(parents=True, exist_ok=True)
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.4g")
