"""Do verdicts hold by another master seed? ``python -m benchmarks.second_seed`` runs `night` with seed 1.

Only what claims rest on, and less of it: of paper A, attacks and their shuffled spikes on data that are not simulated;
of paper B, ResNet18 on CIFAR-100 and CIFAR-10. Writes A-V and B-V into figures/agreement/PROFILE-SEED, and
brightness.csv with the contrast on faces that docs/papers/a.md declares; interrupted, it goes on where it stopped.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from snnlib.metrics.contrasts import over_targets
from snnlib.paths import project
from snnlib.report.verdict import Declared, compared
from snnlib.reproduction.brainleaks.claims import AA, RANDOM, SNN_ATTACKS, inversion_verdicts
from snnlib.reproduction.brainleaks.plan import InversionPlan, inversion_plans
from snnlib.reproduction.brainleaks.results import inversion_results
from snnlib.reproduction.items import RESNET
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.claims import membership_verdicts
from snnlib.reproduction.mia_snn.plan import membership_plan, membership_plans
from snnlib.reproduction.mia_snn.results import membership_results

BRIGHT = ("v1_matched", "v2_matched")
ROWS = ("fredrikson", *SNN_ATTACKS.values(), *RANDOM.values(), *BRIGHT, "random_matched")
BRIGHTER = Declared(
    "A1",
    "AA of v1 and v2 as bright as the data - as they are, AT&T faces",
    "SNN scorers seemed to miss samples because they are dim",
    {"": {AA(row): 0.5 for row in BRIGHT} | {AA(row): -0.5 for row in SNN_ATTACKS.values()}},
    ("att_faces",),
    delta=0.0,
)


def brainleaks(lab: Lab, data: Sequence[str]) -> None:
    """A-V of some data sets."""
    plans = {name: claimed(plan) for name, plan in inversion_plans(lab).items() if name in data}
    results = {name: inversion_results(plan, lab.running(f"attack networks on {name}")) for name, plan in plans.items()}
    lab.table("A-V", lambda: inversion_verdicts("A-V", results, lab.profile.name))
    (found,) = compared([BRIGHTER], results, over_targets)
    if found.contrast:
        shown = (*SNN_ATTACKS.values(), *BRIGHT, "random_matched")
        parts = {f"AA of {row}": over_targets(AA(row).values(results["att_faces"])) for row in shown}
        of = {found.text: found.contrast} | parts
        rows = [{"what": what} | vars(c.estimate()) | {"p_above_0": c.p(0, 1)} for what, c in of.items()]
        lab.write("brightness.csv", pd.DataFrame(rows).drop(columns="why").to_csv(index=False, float_format="%.6g"))


def claimed(plan: InversionPlan) -> InversionPlan:
    """Without the jobs that no contrast rests on."""
    wanted = {"targets": ("ann", "snn"), "samples": ROWS, "scores": ROWS}
    jobs = {
        group: {key: job for key, job in plan.jobs[group].items() if key[0] in wanted.get(group, ())}
        for group in plan.jobs
    }
    return replace(plan, jobs=jobs | {"scorers": plan.jobs["scorers"]})


def mia_snn(lab: Lab, direct: bool) -> None:
    """B-V of ResNet18, without B6 unless there is direct training."""
    results, plans = {}, membership_plans(lab)
    for study, plan in ((study, plans[study]) for study in RESNET):
        if not direct:
            (data,) = lab.run([plan.data])
            plan = membership_plan(replace(plan.study, direct=None), plan.data, data.info, lab.seed)
        results[study] = membership_results(plan, lab.running(f"query networks for {plan.title}"))
    lab.table("B-V", lambda: membership_verdicts("B-V", results, lab.profile.name))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("papers", nargs="*", default=["A", "B"], metavar="PAPER", help="A or B; both without")
    options.add_argument("--profile", default="night")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=0, help="processes; 0: one for each processor")
    options.add_argument("--out", type=Path, help="folder; figures/agreement/PROFILE-SEED")
    options.add_argument("--data", nargs="+", default=["att_faces", "mnist", "nmnist"], help="of paper A")
    options.add_argument("--direct", action="store_true", help="paper B's direct training too: half as long again")
    chosen = options.parse_args()
    out = chosen.out or project() / "figures" / "agreement" / f"{chosen.profile}-{chosen.seed}"
    for paper in chosen.papers:
        lab = Lab(chosen.profile, str(out), seed=chosen.seed, workers=chosen.workers, only=[f"{paper}-V"])
        brainleaks(lab, chosen.data) if paper == "A" else mia_snn(lab, chosen.direct)


if __name__ == "__main__":
    main()
