"""Does a verdict hang on the seed or the processor? ``python -m benchmarks.agreement`` writes figures/agreement.

A profile runs once for each of some master seeds and kinds of arithmetic, each in a store of its own. That the
arithmetics differ is seen from a hash of one network's weights. Runs that are done are kept and not repeated.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd

from snnlib.paths import project
from snnlib.report.verdict import CONTRADICTED, INCONCLUSIVE, SUPPORTED
from snnlib.reproduction.comparison import read_rows
from snnlib.reproduction.findings import claim_lines, primary

OLD = {"MKL_CBWR": "COMPATIBLE"}  # the same matrix products on every processor
ARITHMETIC = {
    "as the machine is": {},
    "AVX2": OLD | {"ATEN_CPU_CAPABILITY": "avx2"},
    "no vectors": OLD | {"ATEN_CPU_CAPABILITY": "default"},
}
CHOSEN = {name for settings in ARITHMETIC.values() for name in settings}  # no matter what the caller has chosen
WORDS = (SUPPORTED, INCONCLUSIVE, CONTRADICTED)


def run(profile: str, seed: int, arithmetic: str, place: Path) -> pd.DataFrame:
    """What one run says of each claim; it is kept in ``place``, and read from there the next time."""
    file = place / "claims.csv"
    if not file.exists():
        options = ["--profile", profile, "--seed", str(seed), "--out", str(place / "out")]
        own = {name: value for name, value in os.environ.items() if name not in CHOSEN}
        environment = own | ARITHMETIC[arithmetic] | {"SNNLIB_STORE": str(place / "store")}
        subprocess.run([sys.executable, "-m", "snnlib", "reproduce", *options], check=True, env=environment)
        rows, name = read_rows(place / "out", profile), weights(place / "store")
        lines = pd.DataFrame(claim_lines(rows))[["claim", "text", "verdict", "for", "against"]]
        contrasts = primary(rows).groupby("claim")["value"]
        lines["value"] = lines["claim"].map(contrasts.first().where(contrasts.size() == 1))
        lines.assign(seed=seed, arithmetic=arithmetic, weights=name).to_csv(file, index=False)
        shutil.rmtree(place / "store")
    return pd.read_csv(file)


def weights(store: Path) -> str:
    """Hash of the weights of the first network, by its label, that a store holds."""
    records = {file: json.loads(file.read_text(encoding="utf-8")) for file in store.rglob("record.json")}
    trained = {of["label"]: file for file, of in records.items() if of["task"].endswith(".train.train")}
    return hashlib.sha256((trained[min(trained)].parent / "arrays.safetensors").read_bytes()).hexdigest()[:12]


def shown(found: pd.DataFrame) -> str:
    """Markdown: how often each verdict comes out, claim by claim, and the runs with their hashes."""
    runs = found.drop_duplicates(["seed", "arithmetic"])
    lines = [f"| claim | {' | '.join(WORDS)} | its contrast, least and largest |", "|---|---|---|---|---|"]
    for claim, of in found.groupby("claim", sort=False):
        counts = [(of["verdict"] == word).sum() for word in WORDS]
        shares = " | ".join(f"{n} of {len(of)}" if n else "" for n in counts)
        ends = f"{of['value'].min():.3f}, {of['value'].max():.3f}" if of["value"].notna().any() else "several"
        lines.append(f"| {claim}: {of['text'].iloc[0]} | {shares} | {ends} |")
    lines += ["", "| seed | arithmetic | weights of a network |", "|---|---|---|"]
    lines += [f"| {of.seed} | {of.arithmetic} | `{of.weights}` |" for of in runs.itertuples()]
    return "\n".join(lines) + "\n"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--profile", default="quick")
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options.add_argument("--arithmetic", nargs="+", default=[*ARITHMETIC], choices=[*ARITHMETIC])
    options.add_argument("--out", type=Path, default=project() / "figures" / "agreement")
    options.add_argument("--work", type=Path, default=project() / "store" / "agreement", help="folder of the runs")
    chosen = options.parse_args()
    found = []
    for seed in chosen.seeds:
        for arithmetic in chosen.arithmetic:
            place = chosen.work / chosen.profile / f"{seed} {arithmetic}"
            found.append(run(chosen.profile, seed, arithmetic, place))
            chosen.out.mkdir(parents=True, exist_ok=True)
            made = pd.concat(found)  # written after each run: what is done is not lost
            made.to_csv(chosen.out / "verdicts.csv", index=False)
            (chosen.out / "verdicts.md").write_text(shown(made), encoding="utf-8")


if __name__ == "__main__":
    main()
