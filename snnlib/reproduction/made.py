"""Artefacts by job."""

from collections.abc import Callable, Iterable

from ..engine.store import Artefact, Job

Make = Callable[[Iterable[Job]], list[Artefact]]  # jobs -> their artefacts, in order


def made_by(jobs: list[Job], make: Make) -> dict[Job, Artefact]:
    return dict(zip(jobs, make(jobs), strict=True))
