# SPDX-License-Identifier: MIT
"""A screenshot made smaller: png.py FILE. Reads the PNG that a browser writes (8 bits, RGB or
RGBA, not interlaced) and writes it again with a palette of 256 colours, the commonest ones."""
import collections
import struct
import sys
import zlib


def chunks(data):
    at = 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        yield kind, data[at + 8:at + 8 + size]
        at += 12 + size


def paeth(a, b, c):
    p = a + b - c
    near = (abs(p - a), abs(p - b), abs(p - c))
    return (a, b, c)[near.index(min(near))]


def rows(width, height, depth, raw):
    stride = width * depth
    before = bytearray(stride)
    for y in range(height):
        kind, row = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for x in range(stride if kind else 0):
            left = row[x - depth] if x >= depth else 0
            corner = before[x - depth] if x >= depth else 0
            guess = (0, left, before[x], (left + before[x]) // 2, 0)[kind]
            row[x] = (row[x] + (paeth(left, before[x], corner) if kind == 4 else guess)) & 255
        yield row
        before = row


def nearest(colour, palette):
    return min(range(len(palette)), key=lambda i: sum((a - b) ** 2 for a, b in zip(colour, palette[i])))


def shrink(data):
    parts = list(chunks(data))
    width, height, bits, kind = struct.unpack(">IIBB", parts[0][1][:10])
    if bits != 8 or kind not in (2, 6) or parts[0][1][12] != 0:
        raise ValueError("not the PNG of a browser")
    depth = 3 if kind == 2 else 4
    raw = zlib.decompress(b"".join(body for name, body in parts if name == b"IDAT"))
    lines = [[tuple(row[x:x + 3]) for x in range(0, len(row), depth)] for row in rows(width, height, depth, raw)]
    count = collections.Counter(pixel for line in lines for pixel in line)
    palette = [colour for colour, _ in count.most_common(256)]
    number = {colour: i for i, colour in enumerate(palette)}
    for colour in count:
        if colour not in number:
            number[colour] = nearest(colour, palette)
    body = b"".join(b"\0" + bytes(number[pixel] for pixel in line) for line in lines)
    out = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
           (b"PLTE", b"".join(bytes(colour) for colour in palette)), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b"")]
    return data[:8] + b"".join(struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in out)


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        small = shrink(file.read())
    with open(sys.argv[1], "wb") as file:
        file.write(small)
