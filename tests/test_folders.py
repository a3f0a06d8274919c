"""Folders of one's own images and recordings."""

import os
import struct
import zlib

import numpy as np
import pytest
import torch
from helpers.data import as_nmnist, picture, recording
from PIL import Image

from snnlib.datasets.folders import event_folder, image_folder
from snnlib.datasets.formats import EVENTS
from snnlib.errors import DataError, SettingError


def lonely():
    """Two events, far apart."""
    return np.array([(0, 0, 1, 500_000), (30, 30, 1, 900_000)], EVENTS)


def deep_png():
    """A picture of 6 x 4 pixels in colours of 16 bits, which Pillow would cut to 8."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", 6, 4, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(4 * 37))))
    parts = (
        struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in (*chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture
def folder(tmp_path):
    picture(tmp_path / "b" / "1.png")
    picture(tmp_path / "b" / "2.jpg", colour=(0, 0, 0))
    picture(tmp_path / "a" / "x.bmp", colour=(255, 255, 255))
    (tmp_path / "a" / ".DS_Store").write_bytes(b"x")
    return tmp_path


def test_images_come_with_labels_and_names(folder):
    images, labels, classes = image_folder(folder)
    assert images.shape == (3, 3, 4, 6) and images.dtype == torch.float32
    assert classes == ["a", "b"] and labels.tolist() == [0, 1, 1]
    torch.testing.assert_close(images[1, :, 0, 0], torch.tensor([1.0, 0.0, 0.2]))
    assert (images[0] == 1).all()


def test_images_can_be_grey_and_are_scaled_to_one_size(folder):
    picture(folder / "b" / "3.png", size=(20, 10))
    images = image_folder(str(folder), size=(8, 5), grey=True).images
    assert images.shape == (4, 1, 8, 5) and images.min() >= 0 and images.max() == 1


def test_classes_that_are_numbers_are_in_the_order_of_numbers(tmp_path):
    for name in ("10", "9", "0"):
        picture(tmp_path / name / "1.png")
    assert image_folder(tmp_path).classes == ["0", "9", "10"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda f: picture(f / "b" / "3.png", size=(7, 4)), "3.png has 4 x 7 pixels, but .*x.bmp has 4 x 6"),
        (lambda f: (f / "b" / "notes.txt").write_text("hello"), "notes.txt cannot be read as an image"),
        (lambda f: (f / "b" / "1.png").write_bytes((f / "b" / "1.png").read_bytes()[:50]), "1.png cannot be read"),
        (lambda f: picture(f / "b" / "3.png", mode="I;16"), "more than 8 bits"),
        (lambda f: (f / "b" / "3.png").write_bytes(deep_png()), "more than 8 bits"),
        (lambda f: os.mkfifo(f / "b" / "3.png"), "3.png is no file"),
        (lambda f: (f / "c").mkdir(), "class c has no files"),
    ],
)
def test_bad_images_are_named_with_a_remedy(folder, change, text):
    change(folder)
    with pytest.raises(DataError, match=text) as error:
        image_folder(folder)
    assert error.value.remedy.endswith(".")


def test_a_folder_must_be_there_and_have_subfolders(tmp_path):
    with pytest.raises(DataError, match="There is no folder"):
        image_folder(tmp_path / "none")
    (tmp_path / "1.png").write_bytes(b"")
    with pytest.raises(DataError, match="no subfolders"):
        event_folder(tmp_path)


def test_both_forms_of_a_recording_give_the_same_frames(tmp_path):
    (tmp_path / "digit").mkdir()
    np.save(tmp_path / "digit" / "1.npy", recording()[::-1])  # out of order
    (tmp_path / "digit" / "2.bin").write_bytes(as_nmnist(recording()))
    recordings, labels, classes = event_folder(tmp_path, window=3000)
    frames = recordings.frames()
    assert frames.shape == (2, 2, 34, 34) and labels.tolist() == [0, 0] and classes == ["digit"]
    torch.testing.assert_close(frames[:, 0], frames[:, 1])
    assert 0 < frames.mean() < 0.5 and set(frames.unique().tolist()) == {0.0, 1.0}


def test_recordings_of_other_types_lengths_and_sensors(tmp_path):
    (tmp_path / "a").mkdir()
    events = recording(side=128, n=4000)
    wide = np.empty(len(events), [("t", np.uint64), ("x", np.uint16), ("y", np.uint16), ("p", np.int8)])
    for field in EVENTS.names:
        wide[field] = events[field]
    np.save(tmp_path / "a" / "1.npy", wide)
    np.save(tmp_path / "a" / "2.npy", events[events["t"] < 2000])
    found = event_folder(tmp_path, sensor=(128, 128), reduce=4, window=1000, polarity="first", steps=5)
    assert found.recordings.frames().shape == (5, 2, 32, 32) and found.recordings.lengths.tolist()[1] < 5


@pytest.mark.parametrize(
    ("content", "options", "text"),
    [
        (np.zeros((5, 4)), {}, "1.npy has no fields x, y, p and t"),
        (np.zeros(5, [("x", int), ("y", int)]), {}, "1.npy has no fields"),
        (recording(0), {}, "has no event"),
        (recording(), {"sensor": (20, 34)}, r"1.npy has values of y other than whole numbers from 0 to 19"),
        (lonely(), {}, r"1.npy: A recording has no event left"),
    ],
)
def test_bad_recordings_are_named(tmp_path, content, options, text):
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "1.npy", content)
    with pytest.raises(DataError, match=text):
        event_folder(tmp_path, **options)


@pytest.mark.parametrize(("name", "content"), [("1.bin", b"1234"), ("1.npy", b"xyz"), ("1.txt", b""), ("1.bin", b"")])
def test_files_that_are_no_recordings(tmp_path, name, content):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / name).write_bytes(content)
    with pytest.raises(DataError, match=name) as error:
        event_folder(tmp_path)
    assert "or remove it" in error.value.remedy


def test_an_unknown_polarity(tmp_path):
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "1.npy", recording())
    with pytest.raises(SettingError, match="polarity"):
        event_folder(tmp_path, polarity="both")


def test_a_recording_shorter_than_a_window_is_one_frame(tmp_path):
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "1.npy", recording())
    assert event_folder(tmp_path, window=20_000).recordings.frames().shape == (1, 1, 34, 34)


def saved(folder, events, name="1.npy", **columns):
    """A recording in class a, with columns of other types or values."""
    types = [(field, columns[field].dtype if field in columns else EVENTS[field]) for field in EVENTS.names]
    made = np.empty(len(events), types)
    for field in EVENTS.names:
        made[field] = columns.get(field, events[field])
    (folder / "a").mkdir(exist_ok=True)
    np.save(folder / "a" / name, made)


@pytest.mark.parametrize("polarity", ["first", "merged"])
def test_darker_may_be_minus_one(tmp_path, polarity):
    events = recording()
    saved(tmp_path, events, "1.npy")
    saved(tmp_path, events, "2.npy", p=np.where(events["p"], 1, -1).astype(np.int8))
    frames = event_folder(tmp_path, polarity=polarity).recordings.frames()
    assert frames.sum() > 100
    torch.testing.assert_close(frames[:, 0], frames[:, 1])


def test_whole_microseconds_as_floating_point_numbers_are_read(tmp_path):
    events = recording()
    saved(tmp_path, events, "1.npy")
    saved(tmp_path, events, "2.npy", t=events["t"].astype(float), x=events["x"].astype(np.float32))
    frames = event_folder(tmp_path).recordings.frames()
    torch.testing.assert_close(frames[:, 0], frames[:, 1])


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ({"p": np.full(400, 2)}, "1.npy has values of p other than whole numbers from -1 to 1"),
        ({"p": np.full(400, np.nan)}, "1.npy has values of p"),
        ({"t": recording()["t"] / 1e6}, "1.npy has values of t other than whole.*np.round.1e6"),
        ({"t": np.full(400, np.nan)}, "1.npy has values of t"),
        ({"t": np.where(np.arange(400) < 1, 0, 1.7e15)}, "1.npy has times that go back, or a pause"),
        ({"p": np.arange(400) % 3 - 1}, "1.npy has three polarities"),
        ({"x": np.full(400, 3.5)}, "1.npy has values of x"),
        ({"x": np.full(400, 65_536 + 3)}, "1.npy has values of (x|y) other than whole numbers from 0 to 33"),
        ({"y": np.full(400, -65_536)}, "1.npy has values of (x|y) other than whole numbers from 0 to 33"),
        ({"x": np.full(400, "3")}, "1.npy has no event, or no columns of numbers"),
    ],
)
def test_columns_that_would_be_misread_are_named(tmp_path, columns, text):
    saved(tmp_path, recording(), **columns)
    with pytest.raises(DataError, match=text):
        event_folder(tmp_path)


def test_a_recording_without_a_spike_of_the_chosen_polarity_is_named(tmp_path):
    events = recording()
    saved(tmp_path, events, "1.npy")
    saved(tmp_path, events, "2.npy", p=np.ones(len(events), bool))
    assert event_folder(tmp_path).recordings.frames().any()
    with pytest.raises(DataError, match=r"2.npy makes no spike.*'first'.*polarity='merged'"):
        event_folder(tmp_path, polarity="first")


@pytest.mark.parametrize("read", [image_folder, event_folder])
def test_files_beside_the_subfolders_are_named(folder, read):
    picture(folder / "3.png")
    (folder / ".DS_Store").write_bytes(b"x")
    with pytest.raises(DataError, match=r"3.png lies beside the subfolders.*Move it into the subfolder of its class"):
        read(folder)


@pytest.mark.parametrize(
    "options",
    [
        {"reduce": 0},
        {"reduce": 35},
        {"reduce": -1},
        {"window": 0},
        {"window": -3000},
        {"window": 10**20},
        {"denoise": -1},
        {"steps": 0},
        {"sensor": (0, 34)},
        {"sensor": (34, 34, 2)},
    ],
)
def test_numbers_that_make_no_frames_are_named(tmp_path, options):
    saved(tmp_path, recording())
    (name,) = options
    with pytest.raises(SettingError, match=f"{name} cannot be"):
        event_folder(tmp_path, **options)


@pytest.mark.parametrize("size", [(0, 0), (5,), (8, -8), (8, 8, 3)])
def test_sizes_that_are_none_are_named(folder, size):
    with pytest.raises(SettingError, match="size cannot be .*size=.32, 32"):
        image_folder(folder, size=size)


def saved_image(folder, name, image, **options):
    (folder / "a").mkdir(exist_ok=True)
    image.save(folder / "a" / name, **options)


@pytest.mark.parametrize("grey", [False, True])
def test_what_is_transparent_is_white(tmp_path, grey):
    """However a file says it: alpha of colours or greys, a palette's or a single transparent colour."""
    ink = Image.new("L", (6, 4), 0)
    ink.paste(255, (2, 1, 4, 3))  # where the drawing is
    drawn = Image.merge("RGBA", [Image.new("L", (6, 4), 0)] * 3 + [ink])
    saved_image(tmp_path, "1.png", drawn)
    saved_image(tmp_path, "2.png", Image.merge("LA", [Image.new("L", (6, 4), 0), ink]))
    saved_image(tmp_path, "3.webp", drawn, lossless=True)
    palette = Image.new("P", (6, 4), 1)
    palette.putpalette([0, 0, 0, 0, 0, 0])
    palette.paste(0, (2, 1, 4, 3))
    saved_image(tmp_path, "4.png", palette, transparency=1)
    saved_image(tmp_path, "5.gif", palette, transparency=1)
    saved_image(tmp_path, "6.png", Image.merge("RGB", [ink.point(lambda v: 9 * (v == 0))] * 3), transparency=(9, 9, 9))
    expected = torch.ones(4, 6)
    expected[1:3, 2:4] = 0
    images = image_folder(tmp_path, grey=grey).images
    assert len(images) == 6
    torch.testing.assert_close(images, expected.expand_as(images))


def test_half_transparent_is_half_way_to_white(tmp_path):
    saved_image(tmp_path, "1.png", Image.new("RGBA", (2, 2), (255, 0, 0, 51)))
    torch.testing.assert_close(image_folder(tmp_path).images[0, :, 0, 0], torch.tensor([1.0, 0.8, 0.8]))


@pytest.mark.parametrize("name", ["1.gif", "1.png", "1.webp", "1.tiff"])
def test_animations_are_refused(tmp_path, name):
    frames = [Image.new("RGB", (6, 4), colour) for colour in ("red", "blue", "green")]
    saved_image(tmp_path, name, frames[0], save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=rf"{name} is an animation, or has several pages. Save one picture a file."):
        image_folder(tmp_path, size=(4, 4))


def test_a_photograph_with_a_preview_is_an_image(tmp_path):
    saved_image(tmp_path, "1.jpg", Image.new("RGB", (6, 4), "red"), format="MPO", save_all=True,
                append_images=[Image.new("RGB", (3, 2), "red")])  # fmt: skip
    assert image_folder(tmp_path).images.shape == (1, 3, 4, 6)


@pytest.mark.parametrize("side", [3000, 20_000])
def test_images_that_unpack_to_far_more_than_the_file_are_refused(tmp_path, side):
    saved_image(tmp_path, "1.png", Image.new("1", (side, side)))
    with pytest.raises(DataError, match=r"1.png (unpacks to 3000 x 3000 pixels|cannot be read as an image)"):
        image_folder(tmp_path, size=(4, 4))


def test_files_that_would_start_programs_are_no_images(tmp_path):
    saved_image(tmp_path, "1.eps", Image.new("RGB", (6, 4)))
    with pytest.raises(DataError, match="1.eps cannot be read as an image"):
        image_folder(tmp_path)


def test_more_frames_than_fit_are_refused(tmp_path):
    saved(tmp_path, np.array([(3, 3, 1, 0), (3, 4, 1, 5), (3, 3, 1, 50_000_000), (3, 4, 1, 50_000_005)], EVENTS))
    assert event_folder(tmp_path, window=100_000).recordings.lengths.tolist() == [500]
    with pytest.raises(DataError, match=r"1.npy: A recording makes 5000000. frames of 34 x 34"):
        event_folder(tmp_path, window=1)


def test_white_on_a_transparent_ground_is_not_read_as_an_empty_picture(tmp_path):
    saved_image(tmp_path, "1.png", Image.new("RGBA", (2, 2), (255, 255, 255, 255)))
    assert image_folder(tmp_path).images.min() == 1  # an opaque one is meant
    saved_image(tmp_path, "2.png", Image.merge("LA", [Image.new("L", (6, 4), 255), Image.new("L", (6, 4), 9)]))
    with pytest.raises(DataError, match="2.png shows nothing on white"):
        image_folder(tmp_path)
