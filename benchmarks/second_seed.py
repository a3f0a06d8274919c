"""Do paper B's verdicts hold by another master seed? ``python -m benchmarks.second_seed`` runs `night` with seed 1.

Without direct training, which takes half as long again: B6 is not tested. Of CIFAR-100 and CIFAR-10 with ResNet18, on
which claims rest. Writes B-V into figures/agreement/PROFILE-SEED; interrupted, it goes on where it stopped.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from snnlib.paths import project
from snnlib.reproduction.items import RESNET
from snnlib.reproduction.lab import Lab
from snnlib.reproduction.mia_snn.claims import membership_verdicts
from snnlib.reproduction.mia_snn.plan import membership_plan, membership_plans
from snnlib.reproduction.mia_snn.results import membership_results


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profile", default="night")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=0, help="processes; 0: one for each processor")
    options.add_argument("--out", type=Path, help="folder; figures/agreement/PROFILE-SEED")
    chosen = options.parse_args()
    out = chosen.out or project() / "figures" / "agreement" / f"{chosen.profile}-{chosen.seed}"
    lab, results = Lab(chosen.profile, str(out), seed=chosen.seed, workers=chosen.workers, only=["B-V"]), {}
    plans = membership_plans(lab)
    for study, plan in ((study, plans[study]) for study in RESNET):
        (data,) = lab.run([plan.data])
        plan = membership_plan(replace(plan.study, direct=None), plan.data, data.info, lab.seed)
        results[study] = membership_results(plan, lab.running(f"query networks for {plan.title}"))
    lab.table("B-V", lambda: membership_verdicts("B-V", results, chosen.profile))


if __name__ == "__main__":
    main()
