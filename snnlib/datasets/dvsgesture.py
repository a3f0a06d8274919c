"""DVSGesture: ten gestures recorded by an event camera; where they are not there, a drawn person acts them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Integer

from ..errors import SettingError
from ..randomness import numpy_generator
from .event_camera import Camera, watch
from .formats import as_recording, read_array, require
from .frames import Events, from_files, part_of
from .loading import located
from .sources import DataSet, Download, Recorded, read

URL = "https://figshare.com/ndownloader/files"
DURATION = 6.0  # seconds of a simulated gesture, as long as most real ones
CAMERA = Camera(threshold=0.09, threshold_sd=0.05, jitter=0.3, refractory=1500.0, noise=0.5, dark=0.1)

# A hand's path: hand = centre + across * cos(phase) + along * sin(phase), as pairs (outwards, upwards) seen from its
# own shoulder, in lengths of the arm. Outwards is to the image's left for the right hand.
REST = ((0.08, -0.93), (0.0, 0.0), (0.0, 0.0))
WAVE = ((0.42, 0.40), (0.30, 0.0), (0.0, 0.04))
CLAP = ((-0.10, -0.30), (0.27, 0.0), (0.0, 0.02))
CIRCLE = (0.50, 0.02)
# For each gesture: path of the right hand, path of the left hand, slowest and fastest turns per second.
MOVES = {
    "hand clapping": (CLAP, CLAP, 1.4, 2.4),
    "right hand wave": (WAVE, REST, 1.4, 2.4),
    "left hand wave": (REST, WAVE, 1.4, 2.4),
    "right arm clockwise": ((CIRCLE, (-0.34, 0.0), (0.0, -0.34)), REST, 0.8, 1.5),
    "right arm counter-clockwise": ((CIRCLE, (-0.34, 0.0), (0.0, 0.34)), REST, 0.8, 1.5),
    "left arm clockwise": (REST, (CIRCLE, (0.34, 0.0), (0.0, -0.34)), 0.8, 1.5),
    "left arm counter-clockwise": (REST, (CIRCLE, (0.34, 0.0), (0.0, 0.34)), 0.8, 1.5),
    "arm roll": (((-0.35, -0.38), (0.08, 0.0), (0.0, 0.22)), ((-0.35, -0.38), (-0.08, 0.0), (0.0, -0.22)), 1.4, 2.4),
    "air drums": (((0.05, -0.35), (0.03, 0.0), (0.0, 0.28)), ((0.05, -0.35), (0.03, 0.0), (0.0, -0.28)), 1.4, 2.6),
    "air guitar": (((-0.25, -0.55), (0.05, 0.0), (0.0, 0.20)), ((0.55, -0.15), (0.05, 0.0), (0.03, 0.02)), 2.0, 3.2),
}
GESTURES = tuple(MOVES)
CHUNK = 1 << 18  # pixels drawn at once: they stay in the processor's cache


def prepare(
    name: str, source: str, digest: str, shrink: int, frames: Mapping, seed: int, device: str = "cpu", **settings
):
    """Frames of a part of the recordings (a task); see `loading.located` and `frames.part_of`."""
    found, reduce = located(DVSGESTURE, source, digest), shrink
    if found.kind == "simulated":  # drawn at the size that is wanted, and for as long
        seconds = DURATION if frames["steps"] is None else (frames["steps"] + 1.5) * frames["window"] / 1e6
        side, reduce = DVSGESTURE.recorded.sensor[0] // shrink, 1
        events = _simulated(side, min(seconds, DURATION), seed)
    else:
        events = read(found)
    return part_of(found, events, reduce=reduce, shrink=shrink, frames=frames, seed=seed, **settings)


def _simulated(side: int, seconds: float, seed: int) -> dict[str, Events]:
    """Labels, and the events that a camera sees of drawn persons; as many as there are real recordings."""

    def events(which: str, i: int) -> np.ndarray:
        rng = numpy_generator(seed, "dvsgesture", which, i)
        return watch(*gesture(i % len(GESTURES), rng, side=side, duration=seconds), CAMERA, rng)

    parts = zip(("train", "test"), DVSGESTURE.recorded.sizes, strict=True)
    return {which: (np.arange(size) % len(GESTURES), partial(events, which)) for which, size in parts}


def read_dvsgesture(path: Path) -> np.ndarray:
    """A recording as tonic's copy of the data has it: columns x, y, polarity, milliseconds."""
    columns = read_array(path)
    require(columns.ndim == 2 and columns.shape[1] == 4, path, f"has shape {columns.shape} instead of [events, 4]")
    return as_recording(path, (128, 128), list(columns.T), unit=1000)


def gesture(
    label: int, rng: np.random.Generator, *, side: int = 128, duration: float = 6.0, step: float = 5.0
) -> tuple[Float32[np.ndarray, "F {side} {side}"], Integer[np.ndarray, "F"]]:
    """One person doing one gesture: luminance frames in [0, 1] and their times in microseconds.

    The person faces the camera, so that the right hand is on the image's left; ``GESTURES[label]`` is what it does.
    Clockwise is meant as the camera sees it. Size, build, place, brightness, light, speed, phase and amplitude are
    drawn anew for each call. The classes are those of Amir et al. (CVPR 2017); the drawing is our own.

    Args:
        side: rows and columns of a frame.
        duration: in seconds.
        step: time between frames in milliseconds; `SettingError` for no two of them, and for no such gesture.
    """
    if not 0 <= label < len(GESTURES):
        raise SettingError(f"There is no gesture {label}.", f"Give a label from 0 to {len(GESTURES) - 1}.")
    if side < 8 or step < 0.1 or duration * 1000 < 2 * step:
        raise SettingError(f"No film of {duration} s every {step} ms at side {side}.", "Give more time or more pixels.")
    times = np.arange(0, round(duration * 1e6), round(step * 1000))
    person = _Person(rng, side)
    frames = np.empty((len(times), side, side), np.float32)
    joints = _joints(label, times * 1e-6, person, rng)
    chunk = max(1, CHUNK // side**2)
    for i in range(0, len(times), chunk):
        _paint(frames[i : i + chunk], {name: place[i : i + chunk] for name, place in joints.items()}, person)
    return frames, times


class _Person:
    """Who is seen, in units of the picture's side, and how bright the parts are; all drawn at random."""

    def __init__(self, rng: np.random.Generator, side: int):
        size, light = rng.uniform(0.88, 1.1), rng.uniform(0.75, 1.0)
        wall, cloth = (0.75, rng.uniform(0.15, 0.4)) if rng.random() < 0.7 else (0.3, rng.uniform(0.6, 0.9))
        skin = rng.uniform(0.3, 0.52) if wall > 0.5 else rng.uniform(0.6, 0.9)
        grain = rng.uniform(-1, 1, (4, 4)).repeat(-(-side // 4), 0).repeat(-(-side // 4), 1)[:side, :side]
        self.neck = np.array([rng.normal(0.5, 0.02), rng.normal(0.36, 0.015)])
        self.arm = 0.39 * size
        self.shoulder = 0.15 * size * rng.uniform(0.92, 1.1)
        self.limb = 0.045 * size * rng.uniform(0.85, 1.2)
        self.head = 0.095 * size * rng.uniform(0.92, 1.08)
        self.bend = rng.uniform(0.6, 1.0)
        self.cloth = light * cloth
        self.sleeve = light * (skin if rng.random() < 0.5 else cloth * 0.6)
        self.skin = light * skin
        self.wall = (light * (wall + 0.04 * grain)).astype(np.float32)


def _joints(label: int, seconds: np.ndarray, person: _Person, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Where neck, shoulders, elbows and hands are: ``[F, 2]`` each, as (x, y) in units of the picture's side."""
    right, left, slow, fast = MOVES[GESTURES[label]]
    turns = rng.uniform(slow, fast) * seconds + 0.04 * np.sin(2 * np.pi * rng.uniform(0.3, 0.7) * seconds)
    phase = 2 * np.pi * (turns + rng.random())
    sway = rng.normal(0, 0.006, (2, 2)) @ np.sin(2 * np.pi * np.outer([0.3, 0.7], seconds) + rng.uniform(0, 6, (2, 1)))
    joints = {"neck": person.neck + sway.T}
    amplitude = rng.uniform(0.85, 1.15)
    for name, path, mirror in (("right", right, -1), ("left", left, 1)):
        centre, across, along = np.array(path)
        moves = np.outer(np.cos(phase), across) + np.outer(np.sin(phase), along)
        hand = centre + rng.normal(0, 0.03, 2) + amplitude * moves
        # The elbow of two equal segments is beside the middle of the arm, outwards and down.
        reach = np.linalg.norm(hand, axis=1, keepdims=True)
        direction, pole = hand / (reach + 0.05), np.array([0.4, -0.92])
        beside = pole - (direction @ pole)[:, None] * direction
        beside /= np.sqrt((beside**2).sum(1, keepdims=True) + 0.03)
        elbow = hand / 2 + person.bend * 0.5 * np.sqrt(np.maximum(1 - reach**2, 0)) * beside
        shoulder = joints["neck"] + person.shoulder * np.array([mirror, 0.15])
        to_image = person.arm * np.array([mirror, -1])
        joints[f"{name} shoulder"] = shoulder
        joints[f"{name} elbow"] = shoulder + elbow * to_image
        joints[f"{name} hand"] = shoulder + hand * to_image
    return joints


def _paint(frames: np.ndarray, joints: dict[str, np.ndarray], person: _Person) -> None:
    """Draw the person into frames ``[F, side, side]``, from back to front."""
    frames[:] = person.wall
    neck, down = joints["neck"], np.array([0, 1])
    breast = person.shoulder * 0.85
    _capsule(frames, neck + down * (breast * 0.95), neck + down * 0.75, breast, person.cloth)
    _capsule(frames, neck - down * (person.head * 1.1), neck - down * (person.head * 1.4), person.head, person.skin)
    for arm in ("right", "left"):
        shoulder, elbow, hand = (joints[f"{arm} {joint}"] for joint in ("shoulder", "elbow", "hand"))
        _capsule(frames, shoulder, elbow, person.limb * 1.2, person.cloth * 0.8)
        _capsule(frames, elbow, hand, person.limb, person.sleeve)
        _capsule(frames, hand, hand, person.limb * 1.2, person.skin)


def _capsule(frames: np.ndarray, a: np.ndarray, b: np.ndarray, radius: float, tone: float) -> None:
    """Paint all points nearer than ``radius`` to the segment from a to b ``[F, 2]``; edges are one pixel soft."""
    side = frames.shape[1]
    pixel = (np.arange(side, dtype=np.float32) + 0.5) / side
    (ax, ay), (dx, dy) = a.T.astype(np.float32)[..., None], (b - a).T.astype(np.float32)[..., None]
    x, y = pixel - ax, pixel - ay
    length = np.maximum(dx**2 + dy**2, np.float32(1e-9))[..., None]
    distance = (x**2)[:, None, :] + (y**2)[:, :, None]
    if (a != b).any():
        project = (x * dx)[:, None, :] + (y * dy)[:, :, None]
        nearest = np.clip(project / length, 0, 1)
        distance -= nearest * (2 * project - nearest * length)
    np.sqrt(np.maximum(distance, 0, out=distance), out=distance)
    cover = np.clip((np.float32(radius) - distance) * np.float32(side) + np.float32(0.5), 0, 1)
    frames += cover * (np.float32(tone) - frames)


DVSGESTURE = DataSet(
    name="dvsgesture",
    title="DVSGesture",
    content="1,342 recordings of 11 gestures by an event camera, 128 x 128; 1,219 of 10 classes are used",
    licence="CC BY 4.0; cite Amir et al. (2017)",
    task=prepare,
    reader=lambda source: from_files(source, read_dvsgesture),
    downloads=(
        Download((f"{URL}/38022171",), "3a8f0d4120a166bac7591f77409cb105", "ibmGestureTrain.tar.gz"),
        Download((f"{URL}/38020584",), "56070e45dadaa85fff82e0fbfbc06de5", "ibmGestureTest.tar.gz"),
    ),
    class_names=GESTURES,
    recorded=Recorded(
        folders=("DVSGesture/ibmGestureTrain", "DVSGesture/ibmGestureTest"),
        ending=".npy",
        sensor=(128, 128),
        simulated="an event camera watching drawn persons that make the ten gestures",
        sizes=(979, 240),  # of these gestures
    ),
)
