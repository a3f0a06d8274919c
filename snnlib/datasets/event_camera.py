"""A simulated event camera."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer

from ..errors import SettingError
from .formats import as_events


@dataclass(frozen=True)
class Camera:
    """What makes one event camera differ from another; the defaults are fitted to N-MNIST's recordings.

    Attributes:
        threshold: change of log luminance that makes an event.
        threshold_sd: spread of the threshold over pixels, as a fraction of it.
        jitter: spread of a pixel's threshold from event to event, as a fraction of it.
        refractory: time after an event in which its pixel is blind, in microseconds.
        noise: events without a cause, per pixel and second.
        dark: luminance added before the logarithm, so that black has one.
    """

    threshold: float = 0.166
    threshold_sd: float = 0.05
    jitter: float = 0.37
    refractory: float = 1100.0
    noise: float = 0.35
    dark: float = 0.26

    def __post_init__(self):
        if min(self.threshold, self.dark) <= 0 or min(self.threshold_sd, self.jitter, self.refractory, self.noise) < 0:
            raise SettingError(f"{self} cannot see.", "Use threshold and dark > 0, the rest >= 0.")


def watch(
    frames: Float[np.ndarray, "F H W"], times: Integer[np.ndarray, "F"], camera: Camera, rng: np.random.Generator
) -> np.ndarray:
    """The events that a camera sends while it sees luminance change; an array of ``EVENTS`` sorted by time.

    Each pixel compares ``L(t) = log(frame(t) + dark)``, linear between frames, with a reference. At the time t when::

        |L(t) - reference| = threshold        (p: whether L is above the reference)

    it sends an event, and after the refractory period its reference is ``L(t + refractory)``: what happens in between
    is lost. A step between frames may hold several events. Noise events are a Poisson process with random polarity.
    The pixel is the one of Lichtsteiner, Posch and Delbruck (2008, doi 10.1109/JSSC.2007.914337). Linear interpolation
    between rendered frames and thresholds that vary from event to event are from ESIM (Rebecq, Gehrig and Scaramuzza,
    CoRL 2018); thresholds that differ between pixels, and noise events, from v2e (Hu, Liu and Delbruck, CVPRW 2021).

    Args:
        frames: luminance in [0, 1]; `SettingError` if one is negative.
        times: when the frames are seen, in microseconds; `SettingError` if they are not as many, or not increasing.
    """
    if len(times) != len(frames) or len(frames) < 2 or (np.diff(times) <= 0).any():
        raise SettingError(f"{len(frames)} frames at {len(times)} times.", "Give two or more, at increasing times.")
    if frames.min() < 0:
        raise SettingError(f"Luminance {frames.min()} has no logarithm.", "Give frames from 0 to 1.")
    height, width = frames.shape[1:]
    light = np.log(frames.reshape(len(frames), -1) + np.float32(camera.dark))
    seen = list(_crossings(light, times.astype(float), camera, rng))
    pixels, start, stop = height * width, times[0], times[-1]
    n = rng.poisson(camera.noise * pixels * (stop - start) * 1e-6)
    noise = rng.integers(pixels, size=n), rng.uniform(start, stop, n), rng.random(n) < 0.5
    pixel, when, brighter = (np.concatenate(parts) for parts in zip(*seen, noise))
    y, x = np.divmod(pixel, width)
    return as_events(x, y, brighter, when)


def _crossings(light: np.ndarray, times: np.ndarray, camera: Camera, rng: np.random.Generator):
    """Events as tuples (pixel, time, brighter) of arrays; a few for each step between frames."""

    def around(mean: np.ndarray, sd: float) -> np.ndarray:
        return mean * (1 + sd * rng.standard_normal(len(mean), light.dtype)).clip(0.2)

    reference, ready = light[0].copy(), np.full(light.shape[1], -np.inf)
    mean = around(np.full(light.shape[1], camera.threshold, light.dtype), camera.threshold_sd)
    threshold = around(mean, camera.jitter)
    for i in range(len(times) - 1):
        start, stop, before, after = times[i], times[i + 1], light[i], light[i + 1]
        waking = np.flatnonzero((ready > start) & (ready <= stop))
        slope = (after - before) / (stop - start)
        reference[waking] = before[waking] + slope[waking] * (ready[waking] - start)
        active = np.flatnonzero((np.abs(after - reference) >= threshold) & (ready <= stop))
        while len(active):
            brighter = after[active] > reference[active]
            level = reference[active] + np.where(brighter, threshold[active], -threshold[active])
            rise, fraction = slope[active], np.zeros(len(active))
            np.divide(level - before[active], rise, out=fraction, where=rise != 0)
            when = np.clip(start + fraction, np.maximum(ready[active], start), stop)
            yield active, when, brighter
            ready[active] = when + camera.refractory
            threshold[active] = around(mean[active], camera.jitter)
            active = active[ready[active] <= stop]
            reference[active] = before[active] + slope[active] * (ready[active] - start)
            active = active[np.abs(after[active] - reference[active]) >= threshold[active]]
