"""Small PNG files of screenshots: 256 colours are plenty for a diagram, and a third of the size."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np

_DECODE = """async (png) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  context.drawImage(bitmap, 0, 0);
  const {data, width, height} = context.getImageData(0, 0, bitmap.width, bitmap.height);
  let text = "";
  for (let k = 0; k < data.length; k += 32768) text += String.fromCharCode(...data.subarray(k, k + 32768));
  return [width, height, btoa(text)];
}"""


def pixels(page, png):
    """The PNG bytes as an array (height, width, 3) of uint8, decoded by the browser of `page`."""
    width, height, text = page.evaluate(_DECODE, base64.b64encode(png).decode())
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]


def _palette(image, colours):
    """(palette (n, 3), index of every pixel) with n <= colours: the commonest colours, each pixel to its nearest."""
    flat = image.reshape(-1, 3).astype(np.int64)
    packed = (flat[:, 0] << 16) | (flat[:, 1] << 8) | flat[:, 2]
    found, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    rgb = np.stack([found >> 16, (found >> 8) & 255, found & 255], axis=1)
    # one colour per cell of a coarse grid, so that the shades of anti-aliased text do not crowd out a rare hue
    cell = (rgb >> 4) @ np.array([256, 16, 1])
    order = np.argsort(-counts, kind="stable")
    _, first = np.unique(cell[order], return_index=True)
    # a hue that is rare (one row of a heatmap) counts for more than one more shade of grey
    totals = np.bincount(cell, weights=counts * (1 + np.ptp(rgb, axis=1)), minlength=4096)
    heads = order[first]
    heads = heads[np.argsort(-totals[cell[heads]], kind="stable")][: colours // 2]
    rest = order[~np.isin(order, heads)][: colours - len(heads)]
    palette = rgb[np.concatenate([heads, rest])]
    nearest = np.empty(len(rgb), np.uint8)
    for start in range(0, len(rgb), 4096):
        part = rgb[start : start + 4096, None, :] - palette[None]
        nearest[start : start + 4096] = (part**2).sum(axis=2).argmin(axis=1)
    return palette.astype(np.uint8), nearest[where].reshape(image.shape[:2])


def encode(image, colours=256):
    """Bytes of a palette PNG of image (height, width, 3) uint8, in at most `colours` (2 to 256) colours."""
    palette, index = _palette(image, colours)
    height, width = index.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), index])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"PLTE", palette.tobytes())
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + chunk(b"IEND", b"")


def compress(images, room):
    """The images as PNGs of at most `room` bytes in all, in as many colours as that allows (not below 32)."""
    for colours in (256, 128, 64, 32):
        small = [encode(image, colours) for image in images]
        if sum(map(len, small)) <= room:
            break
    return small
