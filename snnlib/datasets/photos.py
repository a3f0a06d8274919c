"""photos-10 and photos-tiles: crops of ten photographs in scikit-learn and scikit-image, for CIFAR-10 and CIFAR-100."""

from dataclasses import replace

import numpy as np

from .formats import package_file, read_image
from .loading import load_images
from .sources import Arrays, DataSet

PHOTOGRAPHS = (
    ("sklearn", "datasets/images/china.jpg"), ("sklearn", "datasets/images/flower.jpg"),
    ("skimage", "data/astronaut.png"), ("skimage", "data/chelsea.png"),
    ("skimage", "data/coffee.png"), ("skimage", "data/rocket.jpg"),
    ("skimage", "data/hubble_deep_field.jpg"), ("skimage", "data/retina.jpg"),
    ("skimage", "data/ihc.png"), ("skimage", "data/motorcycle_left.png"),
)  # fmt: skip
SIDE = 32
REMARK = "Real pixels, but no object recognition: the label is "


def load(device: str = "cpu", **settings):
    """Crops to pool (a task); see `loading.load_images`."""
    return load_images([PHOTOS_10, PHOTOS_TILES], **settings)


def read_crops(parts: int, least_sd: float, most: int) -> Arrays:
    """Disjoint crops of ten photographs ``[N, 32, 32, 3]`` and labels ``[N]``: the part of a photograph they are from.

    Args:
        parts: a photograph has ``parts x parts``; each is a class if it has ten crops.
        least_sd: crops with a smaller standard deviation (range [0, 1]) are left out as too plain.
        most: crops of a class, spread evenly over it.
    """
    classes = []
    for photograph in PHOTOGRAPHS:
        pixels = read_image(package_file(*photograph), "RGB")
        rows, columns = (n // SIDE for n in pixels.shape[:2])
        crops: dict[tuple[int, int], list[np.ndarray]] = {}
        for i, j in np.ndindex(rows, columns):
            crop = pixels[i * SIDE : (i + 1) * SIDE, j * SIDE : (j + 1) * SIDE]
            if (crop / 255).std() >= least_sd:
                crops.setdefault((i * parts // rows, j * parts // columns), []).append(crop)
        classes += [crops[part] for part in sorted(crops) if len(crops[part]) >= 10]
    places = [np.linspace(0, len(crops) - 1, min(most, len(crops))).round().astype(int) for crops in classes]
    labels = np.repeat(np.arange(len(classes), dtype=np.uint8), [len(chosen) for chosen in places])
    images = np.stack([crops[i] for crops, chosen in zip(classes, places, strict=True) for i in chosen])
    return {"images": images, "labels": labels}


PHOTOS_10 = DataSet(
    name="photos-10",
    title="photos-10",
    content="1,926 crops of ten photographs, 32 x 32, 10 classes",
    licence="CC BY 2.0, CC0, public domain (data/README.md)",
    task=load,
    reader=lambda _: read_crops(parts=1, least_sd=0.05, most=200),
    embedded=("scikit-learn", "scikit-image"),
    digest="64b80dde8e1dbf7037135709dc2b6fd0c09c7952651e016039650163fda0c46d",
    stands_in_for="cifar10",
    mean=(0.4710, 0.3565, 0.3107),
    sd=(0.3188, 0.2448, 0.2477),
    remark=REMARK + "the photograph a crop is from.",
)
PHOTOS_TILES = replace(
    PHOTOS_10,
    name="photos-tiles",
    title="photos-tiles",
    content="1,843 crops of ten photographs, 32 x 32, 76 classes",
    reader=lambda _: read_crops(parts=3, least_sd=0.1, most=40),
    digest="c857887092fc9cd504777507f80cb53f7e9bcd56bb3ec8424cec887f41d36bc0",
    stands_in_for="cifar100",
    mean=(0.5189, 0.3436, 0.2769),
    sd=(0.3102, 0.2209, 0.2141),
    remark=REMARK + "the ninth of the photograph a crop is from.",
)
