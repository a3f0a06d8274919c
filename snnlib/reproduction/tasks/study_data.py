"""The job that reads a study's data."""

from ...datasets.sources import locate
from ...engine.store import Job
from ..brainleaks.study import InversionStudy
from ..mia_snn.study import MembershipStudy
from .data import job


def data_job(study: InversionStudy | MembershipStudy) -> Job:
    """The job that reads a study's data set, or its stand-in where the data set is not there."""
    source = locate(study.dataset)
    stand_in = getattr(study, "stand_in", None)
    chosen = stand_in if source.kind == "missing" and stand_in else study.dataset
    return job(chosen, shrink=study.shrink, limits=study.limits, frames=getattr(study, "frames", None))
