#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Builds kernel files for tests, without luo-load: a bzImage around an ELF file, and a cpio.

usage: kernelfile.py bzimage gzip|xz|zstd|lz4|none RELEASE ELF OUT
       kernelfile.py cpio OUT FILE..
"""
import gzip
import lzma
import struct
import subprocess
import sys

SECTS = 4
END = (SECTS + 1) * 512


def lz4_legacy(data):
    """Blocks of nothing but literals, which the legacy frame allows."""
    out = b"\x02\x21\x4c\x18"
    for at in range(0, len(data), 8 << 20):
        block = data[at:at + (8 << 20)]
        n = len(block)
        lit = bytes([0xf0]) if n >= 15 else bytes([n << 4])
        if n >= 15:
            n -= 15
            lit += b"\xff" * (n // 255) + bytes([n % 255])
        lit += block
        out += struct.pack("<I", len(lit)) + lit
    return out + struct.pack("<I", len(data))


def pack(how, data):
    if how == "gzip":
        return gzip.compress(data, 1)
    if how == "xz":
        return lzma.compress(data, check=lzma.CHECK_CRC32)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    if how == "lz4":
        return lz4_legacy(data)
    return data


def bzimage(how, release, elf):
    """Documentation/arch/x86/boot.rst: what luo-load looks at, and zeros."""
    payload = pack(how, elf)
    setup = bytearray(END)
    setup[0x1f1] = SECTS
    setup[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", setup, 0x206, 0x20f)
    struct.pack_into("<H", setup, 0x20e, 0x300 - 0x200)
    text = release.encode() + b" (builder@host) #1 SMP\0"
    setup[0x300:0x300 + len(text)] = text
    struct.pack_into("<II", setup, 0x248, 0, len(payload))
    return bytes(setup) + payload


def cpio(files):
    out = b""
    for i, name in enumerate(files + ["TRAILER!!!"]):
        data = open(name, "rb").read() if i < len(files) else b""
        text = (name.lstrip("/") if i < len(files) else name).encode() + b"\0"
        head = "070701" + "".join("%08x" % v for v in (
            i, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(text), 0))
        out += head.encode() + text + b"\0" * (-(110 + len(text)) % 4)
        out += data + b"\0" * (-len(data) % 4)
    return out + b"\0" * (-len(out) % 512)


def main():
    a = sys.argv[1:]
    if len(a) == 5 and a[0] == "bzimage":
        open(a[4], "wb").write(bzimage(a[1], a[2], open(a[3], "rb").read()))
    elif len(a) >= 2 and a[0] == "cpio":
        open(a[1], "wb").write(cpio(a[2:]))
    else:
        sys.exit(__doc__)


main()
