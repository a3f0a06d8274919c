"""A membership audit of one's own networks: train targets and references alike, ask them, attack them.

What each network answers is stored, so that an interrupted audit goes on where it stopped; networks and code are not.
The folder belongs to one audit: ``record.json`` says of which data, split and training.
"""

import contextlib
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, as_completed
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int
from torch import nn

from ..arrays import array
from ..engine.processes import environment
from ..errors import RunError, SettingError, needed
from ..membership import Array, Signals
from ..randomness import numpy_generator
from .evaluation import MembershipAudit, attacked, evaluate, grouped
from .folder import claim, of_code, of_points, of_versions, read_signals, save
from .given import ADAPT, INSTALL, named, points, takes, tried
from .recipe import mean_logits, recipe
from .work import Cost, Work


def membership(
    train: "Callable[..., nn.Module] | Signals | str | Path",
    data: tuple | None = None,
    *,
    population: tuple | None = None,
    references: int = 8,
    targets: str | Sequence[int] = "all",
    groups: Any = None,
    augment: Callable | None = None,
    store: str | Path = "audit",
    jobs: int = 1,
    seed: int = 0,
    network: nn.Module | None = None,
    members: Any = None,
    fresh: bool = False,
    plan: bool = False,
    adapt: Mapping[str, Any] | None = None,
) -> "MembershipAudit | Cost":
    """Audit what a training, or a network, gives away about who was in its training set.

    Args:
        train: ``train(x, y, seed) -> network``, the same for targets and references, such as `recipe` makes; or what
            networks answered already: `snnlib.membership.Signals`, or the path of an .npz file with their fields.
        data: points ``x [N, ...]`` and labels ``y [N]``, arrays or tensors. About half of them trains each network.
        population: points and labels that no network is trained on, for RMIA as it was published.
        references: of each target, an even number. Two more networks are trained, or none with ``network``.
        targets: ``all`` networks in turn, or the numbers of some; 0 and 1 are a pair, 2 and 3, ...
        groups: ``[N]``, what each point belongs to, such as a person: the unit of split, intervals and epsilon.
        augment: ``augment(x, seed) -> x``, that of the training. Points are then asked plain and in seven copies.
        store: folder of the answers of one audit; ``fresh`` deletes what it holds of another.
        jobs: networks trained at a time, by processes where these can import ``train``.
        seed: of coins, trainings and control.
        network, members: an existing target, and for each point whether it was trained on it.
        plan: train for a moment only, and say what all would cost.
        adapt: arguments of `snnlib.audit.adapt`, which asks and reads the networks.

    SettingError for arguments that do not fit, a population that shares points with the data, too few points, or a
    folder that holds another audit; DataError for ``jobs`` without the package safetensors; RunError if a process that
    trains is killed.
    """
    if not callable(train):
        signals, more = (train, {}) if isinstance(train, Signals) else read_signals(train)
        groups = more.get("groups") if groups is None else groups
        return evaluate(signals, targets=targets, groups=groups, coins=bool(more.get("coins", False)), seed=seed)
    if not isinstance(references, Integral) or references < 2 or references % 2:
        raise SettingError(f"{references!r} references do not come in pairs.", "Choose an even number, such as 8.")
    if not isinstance(jobs, Integral) or jobs < 1:
        raise SettingError(f"{jobs!r} networks cannot be trained at a time.", "Choose jobs=1 or more.")
    if jobs > 1:
        needed("snnlib.engine.jobs", INSTALL)
    if not takes(train, "x", "y", "seed"):
        problem = "What should train networks is no function of points, labels and a seed."
        raise SettingError(problem, "Pass train(x, y, seed), which returns a trained network, such as a recipe.")
    named("adapt", adapt or {}, ADAPT)
    if not isinstance(seed, Integral) or not isinstance(store, str | Path):
        problem = f"A seed {seed!r} and a store {store!r} cannot be used."
        raise SettingError(problem, "Pass a whole number, and the name of a folder.")
    if (network is None) != (members is None) or (network is not None and targets != "all"):
        problem = "A target and its members belong together, and are the only target."
        raise SettingError(problem, "Pass network and members, or neither; and targets only without them.")
    x, y = points(data)
    others = () if population is None else points(population)
    tried(x, augment, others)
    read = {"read": "mean"} if isinstance(train, recipe) and train.loss is mean_logits else {}
    work = Work(train, x, y, others, augment, read | dict(adapt or {}), int(seed), Path(store).expanduser())
    units = grouped(groups, len(y))
    own = np.zeros((0, len(units))) if network is None else array(members)[None]
    if own.shape[1:] != units.shape or not np.isin(own, (0, 1)).all():
        raise SettingError("Members do not fit the points.", "Pass True or False for each point.")
    own = own.astype(bool)
    if len(own) and not 1 < own.sum() < own.size - 1:
        problem = f"{own.sum()} of {own.size} points are members of the target."
        raise SettingError(problem, "Pass at least two that were in its training set, and two that were not.")
    notes = _notes(work, groups, own)
    inside = coins(units, references // 2 + (network is None), seed)
    targets, _ = attacked(targets, inside, units) if network is None else attacked("all", own, units)
    if plan:
        return work.cost(inside, jobs)
    code = work.code()  # before a training changes what it finds
    identity = {"data": of_points(x, y), "population": of_points(*others)} | code
    identity |= {
        "adapt": of_code(work.adapt),
        "split": of_points(units, own),
        "seed": work.seed,
        "versions": of_versions(),
    }
    identity = claim(work.folder, identity, fresh)
    work = replace(work, audit=of_code(identity))
    first = None if network is None else work.asked(network) | {"inside": own[0], "seconds": np.array(0.0)}
    found, said = _answers(work, inside, first, jobs, code)
    names = [name for name in found[0] if name in Signals.__dataclass_fields__]
    if len({len(of["by_step"]) for of in found}) > 1:
        names.remove("by_step")
        notes.append("Networks answer at different numbers of time steps: their course over time was left out.")
    arrays = {name: np.stack([of[name] for of in found]) for name in names}
    if len(np.unique(arrays["z"].reshape(len(found), -1), axis=0)) < len(found):
        problem = "Two networks that were trained on other points answer alike at every point."
        raise SettingError(problem, "Let train use the points that it is given, and return what it has trained.")
    arrays["labels"] = array(y).astype(np.int64)
    more = {"coins": network is None} | ({} if groups is None else {"groups": np.asarray(groups).astype(str)})
    save(work.folder / "signals.npz", arrays | more)
    cost = {"networks": len(inside), "points": len(units), "seconds": sum(float(of["seconds"]) for of in found)}
    audit = evaluate(Signals(**arrays), targets=targets, groups=groups, coins=network is None, seed=seed)
    return replace(audit, said=(*said, *notes, *audit.said), about=identity | cost)


def coins(units: Int[Array, " N"], pairs: int, seed: int) -> Bool[Array, "M N"]:
    """Which points each network is trained on: a fair coin for each unit and pair; rows 2k and 2k + 1 are a pair."""
    sides = [numpy_generator(seed, "coins", pair).random(units.max() + 1)[units] < 0.5 for pair in range(pairs)]
    return np.stack([of for side in sides for of in (side, ~side)])


def _answers(
    work: Work, inside: Bool[Array, "M N"], first: dict | None, jobs: int, code: dict[str, str]
) -> tuple[list[dict], list[str]]:
    """What networks answered, an existing target's ``first``; what is missing is trained, and all are read alike."""
    missing = {k: of for k, of in enumerate(inside) if work.stored(k, of) is None}
    if first is None and 0 in missing:
        work.make(0, missing.pop(0))
    leader = first or work.stored(0, inside[0])
    if read := str(leader["read"]):
        work = replace(work, adapt=work.adapt | {"read": read})
    said = [*map(str, leader["said"]), *_train(work, missing, min(jobs, len(missing)), code)]
    found = [*filter(None, (first, *map(work.stored, range(len(inside)), inside)))]
    if len(found) < len(inside) + (first is not None):
        problem = f"Another audit has written into the folder {work.folder} meanwhile."
        raise SettingError(problem, "Run one of them again with a store of its own.")
    if len(reads := {str(of["read"]) for of in found}) > 1:
        problem = f"Networks were read in different ways: {', '.join(sorted(reads))}."
        raise SettingError(problem, "Choose one with adapt={'read': ...}, and fresh=True.")
    return found, said


def _train(work: Work, missing: dict[int, Array], jobs: int, code: dict[str, str]) -> list[str]:
    """Train networks, several at a time where processes can import what trains; says so where they cannot."""
    importable = False
    with contextlib.suppress(pickle.PicklingError, AttributeError, TypeError):
        importable = jobs > 1 and b"__main__" not in pickle.dumps((work.train, work.augment, work.adapt))
    if not importable:
        for each in missing.items():
            work.make(*each)
        return ["Networks were trained one after the other: train is not in a module of its own."] if jobs > 1 else []
    from ..engine.jobs import Workers

    workers = Workers(jobs)
    try:
        with environment(OMP_NUM_THREADS=str(max(1, (os.cpu_count() or 1) // jobs))):
            waiting = [workers.executor.submit(work.make, *each, code) for each in missing.items()]
        for done in as_completed(waiting):
            done.result()
    except BrokenExecutor as error:
        problem = "A process that trains was killed, or could not begin."
        remedy = "In a script, call it under if __name__ == '__main__'; else run again with fewer jobs: it goes on."
        raise RunError(problem, remedy) from error
    except Exception:
        workers.close()  # the others that are being trained are stored
        raise
    finally:
        workers.close(at_once=True)
    return []


def _notes(work: Work, groups: Any, own: Bool[Array, "M N"]) -> list[str]:
    """How the data were divided; SettingError for a population that shares points with them."""
    x, others = array(work.x), array(work.population[0]) if work.population else np.zeros(0)
    kind = min(x.dtype, others.dtype, key=lambda of: (of.kind == "f", of.itemsize)) if len(others) else x.dtype
    kind = kind if x.dtype.kind == others.dtype.kind else np.dtype(np.float32)  # equal as far as both can tell
    known, others = x.astype(kind), others.astype(kind)
    known, shown = ([hash(point.tobytes()) for point in of] for of in (known, others))
    if shared := len({*known} & {*shown}):
        problem = f"{shared} points of the population are among the data."
        raise SettingError(problem, "Pass a population that no network is trained on.")
    notes = [f"Fair coins, one a {'point' if groups is None else 'group'}, made complementary pairs of training sets."]
    if len(own):
        notes += [f"The target was trained already, on {own.sum()} points; references are on about {len(x) // 2} each."]
    if groups is None and (copies := len(known) - len({*known})):
        text = f"{copies} points are copies of others: without groups, a copy of a member may count as another point."
        notes += [text]
    return notes
