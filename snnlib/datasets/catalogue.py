"""All data sets: what adds one to the package is a line here."""

from ..errors import DataError
from . import att_faces, cifar, dvsgesture, mnist, nmnist, photos
from .sources import DataSet

CATALOGUE = (
    mnist.MNIST,
    att_faces.ATT_FACES,
    nmnist.NMNIST,
    dvsgesture.DVSGESTURE,
    cifar.CIFAR10,
    cifar.CIFAR100,
    photos.PHOTOS_10,
    photos.PHOTOS_TILES,
)


def known(name: str) -> DataSet | None:
    """The data set of that name, or None."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)


def dataset(name: str) -> DataSet:
    """The data set of that name; `DataError` for an unknown one."""
    entry = known(name)
    if entry is None:
        names = ", ".join(entry.name for entry in CATALOGUE)
        raise DataError(f"There is no data set named {name!r}.", f"Choose one of {names}.")
    return entry
