"""Pillow's image operations on batches, as AutoAugment uses them.

Every operation takes images ``[B, 3, H, W]`` of whole numbers from 0 to 255 (as floats) and an amount
``[B]``, whose sign is the direction of those that have one, and gives images of the same kind.
Results are Pillow's; where an image is resampled, rounding may differ by one.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

GREY = 128.0  # what enters from outside the image
Images = Float[Tensor, "B 3 H W"]
Amount = Float[Tensor, " B"]

_UP_TO = {"shear_x": 0.3, "shear_y": 0.3, "translate_x": 150 / 331, "translate_y": 150 / 331, "rotate": 30.0}
_UP_TO |= dict.fromkeys(("colour", "contrast", "sharpness", "brightness"), 0.9)
AMOUNTS = {name: np.linspace(0, most, 10).tolist() for name, most in _UP_TO.items()}
AMOUNTS |= {"posterize": np.linspace(8, 4, 10).round().tolist(), "solarize": np.linspace(256, 0, 10).tolist()}
AMOUNTS |= dict.fromkeys(("autocontrast", "equalize", "invert"), [0.0] * 10)


def _autocontrast(x: Images) -> Images:
    """Stretch each channel to 0 ... 255."""
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    scale = 255 / (high - low).clamp(min=1).double()  # in float32 whole numbers could fall below themselves
    return torch.where(high > low, (x * scale - low * scale + 1e-9).floor().to(x.dtype), x)


def _equalize(x: Images) -> Images:
    """Make each channel's histogram flat, as far as a table of values can."""
    flat = x.flatten(2).long()
    histogram = torch.zeros(*flat.shape[:2], 256, dtype=torch.long, device=x.device)
    histogram.scatter_add_(2, flat, torch.ones_like(flat))
    last = histogram.gather(2, flat.amax(2, keepdim=True))
    step = (flat.shape[2] - last) // 255
    before = histogram.cumsum(2) - histogram
    table = ((before + step // 2) // step.clamp(min=1)).clamp(max=255)
    table = torch.where(step > 0, table, torch.arange(256, device=x.device))
    return table.gather(2, flat).view_as(x).to(x.dtype)


def _smooth(x: Images) -> Images:
    """The smoothed picture, but for its border."""
    kernel = x.new_ones(1, 1, 3, 3)
    kernel[..., 1, 1] = 5
    inner = torch.nn.functional.conv2d(x.flatten(0, 1)[:, None], kernel).unflatten(0, x.shape[:2])[:, :, 0]
    smooth = x.clone()
    smooth[..., 1:-1, 1:-1] = (inner / 13 + 0.5).floor()
    return smooth


def _posterize(x: Images, amount: Amount) -> Images:
    """Keep the upper ``amount`` bits."""
    step = 2 ** (8 - _each(amount.abs()))
    return (x / step).floor() * step


def _rotate(x: Images, amount: Amount) -> Images:
    """Turn by ``amount`` degrees counter-clockwise about the centre, whatever the sign."""
    angle = amount.abs().double().deg2rad()
    cos, sin, height, width = angle.cos(), angle.sin(), *(n / 2 for n in x.shape[2:])
    shift = {"x0": width - cos * width + sin * height, "y0": height - sin * width - cos * height}
    return _affine(x, _nearest, xx=cos, xy=-sin, yx=sin, yy=cos, **shift)


def _each(amount: Tensor) -> Tensor:
    return amount[:, None, None, None]


def _grey(x: Tensor) -> Tensor:
    weights = x.new_tensor([19595, 38470, 7471]).double()
    return ((x.double() * weights.view(3, 1, 1)).sum(1, keepdim=True) + 32768).div(65536).floor().to(x.dtype)


def _blend(from_: Tensor, x: Tensor, amount: Tensor) -> Tensor:
    factor = _each(1 + amount)
    return (from_ + factor * (x - from_) + 1e-4).clamp(0, 255).floor()


def _affine(x: Tensor, sample: Callable[[Tensor, Tensor, Tensor], Tensor], **matrix: Tensor) -> Tensor:
    """Pixel (column, row) of the result comes from (xx, xy, x0; yx, yy, y0) applied to its centre."""
    height, width = x.shape[2:]
    zero = torch.zeros(len(x), dtype=torch.double, device=x.device)
    m = {"xx": zero + 1, "xy": zero, "x0": zero, "yx": zero, "yy": zero + 1, "y0": zero} | matrix
    m = {key: value.double()[:, None, None] for key, value in m.items()}
    row = torch.arange(height, device=x.device, dtype=torch.double)[:, None] + 0.5
    column = torch.arange(width, device=x.device, dtype=torch.double)[None] + 0.5
    u = m["xx"] * column + m["xy"] * row + m["x0"]
    v = m["yx"] * column + m["yy"] * row + m["y0"]
    inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
    return torch.where(inside[:, None], sample(x, u, v), GREY)


def _nearest(x: Tensor, u: Tensor, v: Tensor) -> Tensor:
    return _pixels(x, u.floor().long(), v.floor().long())


def _bicubic(x: Tensor, u: Tensor, v: Tensor) -> Tensor:
    u, v = u - 0.5, v - 0.5
    left, top = u.floor().long(), v.floor().long()
    total = torch.zeros_like(x)
    for i in range(-1, 3):
        for j in range(-1, 3):
            weight = _cubic(v - (top + i)) * _cubic(u - (left + j))
            total += _pixels(x, left + j, top + i) * weight[:, None].to(x.dtype)
    return total.clamp(0, 255).add(1e-4).floor()


def _cubic(d: Tensor) -> Tensor:
    """The kernel of cubic convolution with a = -1, as in Pillow's transformations."""
    d = d.abs()
    near, far = (d - 2) * d * d + 1, ((-d + 5) * d - 8) * d + 4
    return torch.where(d < 1, near, torch.where(d < 2, far, 0.0))


def _pixels(x: Tensor, column: Tensor, row: Tensor) -> Tensor:
    height, width = x.shape[2:]
    place = row.clamp(0, height - 1) * width + column.clamp(0, width - 1)
    return x.flatten(2).gather(2, place.flatten(1)[:, None].expand(-1, x.shape[1], -1)).view_as(x)


OPERATIONS: dict[str, Callable[[Images, Amount], Images]] = {
    "invert": lambda x, amount: 255 - x,
    "solarize": lambda x, amount: torch.where(x < _each(amount.abs()), x, 255 - x),  # all values from the amount on
    "posterize": _posterize,
    "autocontrast": lambda x, amount: _autocontrast(x),
    "equalize": lambda x, amount: _equalize(x),
    # away from (or towards) the mean grey, the grey picture, black and the smoothed picture
    "contrast": lambda x, amount: _blend((_grey(x).mean((2, 3), keepdim=True) + 0.5).floor(), x, amount),
    "colour": lambda x, amount: _blend(_grey(x), x, amount),
    "brightness": lambda x, amount: _blend(torch.zeros_like(x), x, amount),
    "sharpness": lambda x, amount: _blend(_smooth(x), x, amount),
    # rows by their distance from the top, columns by their distance from the left; by a part of the width or height
    "shear_x": lambda x, amount: _affine(x, _bicubic, xy=amount),
    "shear_y": lambda x, amount: _affine(x, _bicubic, yx=amount),
    "translate_x": lambda x, amount: _affine(x, _nearest, x0=amount * x.shape[3]),
    "translate_y": lambda x, amount: _affine(x, _nearest, y0=amount * x.shape[2]),
    "rotate": _rotate,
}
