# SPDX-License-Identifier: GPL-2.0-only
"""ELF cores: physical memory in a file. Written for the tests alone: nothing here shares
code or structure with loader/lib/snapshot.c, so that a misreading cannot hide in both."""
import bisect
import mmap
import os
import struct

PAGE = 4096
NOTE = b"KHOCAP\0"
PT_LOAD, PT_NOTE = 1, 4
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")


class BadCore(Exception):
    """The file is no core that can be read."""


class Absent(Exception):
    """Memory that the file does not hold."""

    def __init__(self, pa):
        super().__init__("0x%x is not in the core" % pa)


def note_section(lines):
    """The bytes of the reduced format's note."""
    text = ("\n".join(lines) + "\n").encode() + b"\0"
    pad = (lambda b: b + bytes(-len(b) % 4))
    return struct.pack("<III", len(NOTE), len(text), 1) + pad(NOTE) + pad(text)


class Core:
    """Physical memory, read where it is asked for."""

    def __init__(self, data):
        self.data = data
        self.notes = []         # (key, value) in order: a key may come more than once
        self.loads = []         # (pa, memory size, file size, file offset)
        if len(data) < EHDR.size or bytes(data[:4]) != b"\x7fELF":
            raise BadCore("no ELF file")
        head = EHDR.unpack(data[:EHDR.size])
        if head[0][4] != 2 or head[0][5] != 1 or head[1] != 4 or head[2] != 62:
            raise BadCore("no x86-64 core")
        self._headers(head)
        self.loads.sort()
        self.starts = [l[0] for l in self.loads]
        for a, b in zip(self.loads, self.loads[1:]):
            if a[0] + a[1] > b[0]:
                raise BadCore("PT_LOADs overlap at 0x%x" % b[0])

    @classmethod
    def open(cls, path):
        with open(path, "rb") as f:
            if not os.fstat(f.fileno()).st_size:
                raise BadCore("empty file")
            return cls(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))

    def _headers(self, head):
        phoff, size, nr, shoff = head[5], head[9], head[10], head[6]
        if nr == 0xffff and shoff:      # more than fit: section header 0 counts them
            nr = struct.unpack_from("<I", self.data, shoff + 44)[0]
        for i in range(nr):
            if phoff + (i + 1) * size > len(self.data) or size < PHDR.size:
                raise BadCore("program header %d is not in the file" % i)
            head = PHDR.unpack_from(self.data, phoff + i * size)
            t, _fl, off, _va, pa, filesz, memsz, _al = head
            if t in (PT_LOAD, PT_NOTE) and off + filesz > len(self.data):
                raise BadCore("program header %d: its bytes are not in the file" % i)
            if t == PT_LOAD and memsz:
                self.loads.append((pa, memsz, min(filesz, memsz), off))
            elif t == PT_NOTE:
                self._read_notes(off, off + filesz)

    def _read_notes(self, off, end):
        while off + 12 <= end:
            name, desc, _t = struct.unpack_from("<III", self.data, off)
            at = off + 12 + (name + 3 & ~3)
            if bytes(self.data[off + 12:off + 12 + name]) == NOTE:
                text = bytes(self.data[at:at + desc]).rstrip(b"\0").decode("utf-8", "replace")
                self.notes += [tuple(l.split("=", 1)) for l in text.splitlines() if "=" in l]
            off = at + (desc + 3 & ~3)

    def note(self, key, default=None):
        return next((v for k, v in self.notes if k == key), default)

    def _load(self, pa):
        i = bisect.bisect_right(self.starts, pa) - 1
        if i < 0 or pa - self.loads[i][0] >= self.loads[i][1]:
            raise Absent(pa)
        return self.loads[i]

    def read(self, pa, n):
        out = []
        while n > 0:
            start, mem, file, off = self._load(pa)
            at = pa - start
            part = min(n, mem - at)
            have = max(0, min(part, file - at))
            if have:
                out.append(bytes(self.data[off + at:off + at + have]))
            if part > have:
                out.append(bytes(part - have))
            pa += part
            n -= part
        return out[0] if len(out) == 1 else b"".join(out)

    def pieces(self, pa, n):
        """(bytes in the file, zeros behind them), again and again: content is mostly zero."""
        while n > 0:
            start, mem, file, off = self._load(pa)
            at = pa - start
            part = min(n, mem - at)
            have = max(0, min(part, file - at))
            yield self.data[off + at:off + at + have] if have else b"", part - have
            pa += part
            n -= part

    def u64(self, pa):
        return struct.unpack("<Q", self.read(pa, 8))[0]

    def has(self, pa, n):
        try:
            while n > 0:
                start, mem, _file, _off = self._load(pa)
                n -= start + mem - pa
                pa = start + mem
            return True
        except Absent:
            return False

    def offset(self, pa):
        """Where a byte of memory is in the file, or None: it is one of the zeros left out."""
        start, _mem, file, off = self._load(pa)
        return off + pa - start if pa - start < file else None

    def find(self, needle):
        """Page-aligned places of @needle, by physical address."""
        for start, _mem, file, off in self.loads:
            pos = self.data.find(needle, off, off + file)
            while pos >= 0:
                if (start + pos - off) % PAGE == 0:
                    yield start + pos - off
                pos = self.data.find(needle, pos + 1, off + file)


def _split(extent, pages, spare):
    """PT_LOADs for one extent: (pa, size, bytes). Zeros of @spare bytes and more are left out."""
    start, end = extent
    loads, cur = [], [start, bytearray()]
    for pa in sorted(p for p in pages if start <= p < end):
        data = pages[pa].rstrip(b"\0")
        gap = pa - cur[0] - len(cur[1])
        if not data:
            continue
        if gap >= spare and pa > cur[0]:
            loads.append((cur[0], pa - cur[0], bytes(cur[1])))
            cur = [pa, bytearray(data)]
        else:
            cur[1] += bytes(gap) + data
    loads.append((cur[0], end - cur[0], bytes(cur[1])))
    return loads


def merge(ranges):
    """Extents (start, end) of ranges (start, size), adjacent ones joined."""
    out = []
    for pa, n in sorted(ranges):
        if out and pa <= out[-1][1]:
            out[-1][1] = max(out[-1][1], pa + n)
        else:
            out.append([pa, pa + n])
    return out


def build(lines, ranges, pages, spare=512):
    """A reduced core: note lines, ranges (pa, size) of memory, and the pages that are not zero."""
    extents, starts = merge(ranges), None
    starts = [e[0] for e in extents]
    inside = [{} for _ in extents]
    for pa, data in pages.items():
        i = bisect.bisect_right(starts, pa) - 1
        if i >= 0 and pa < extents[i][1]:
            inside[i][pa] = data
    loads = [l for e, p in zip(extents, inside) for l in _split(e, p, spare)]
    note = note_section(lines) if lines is not None else b""
    nr = len(loads) + 1
    # More headers than e_phnum can count are counted by section header 0.
    many = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, nr, 0, 0) if nr >= 0xffff else b""
    off = EHDR.size + PHDR.size * nr
    ident = b"\x7fELF\2\1\1" + bytes(9)
    head = EHDR.pack(ident, 4, 62, 1, 0, EHDR.size, off if many else 0, 0, EHDR.size, PHDR.size,
                     min(nr, 0xffff), 64 if many else 0, 1 if many else 0, 0)
    off += len(many)
    heads = [PHDR.pack(PT_NOTE, 0, off, 0, 0, len(note), 0, 4)]
    body = [many, note]
    off += len(note)
    for pa, size, data in loads:
        heads.append(PHDR.pack(PT_LOAD, 6, off if data else 0, 0, pa, len(data), size, 0))
        body.append(data)
        off += len(data)
    return b"".join([head] + heads + body)


def build_dump(path, end, pages):
    """A plain dump as QEMU writes it: one PT_LOAD from 0 to @end, and no note of ours."""
    with open(path, "wb") as f:
        f.write(EHDR.pack(b"\x7fELF\2\1\1" + bytes(9), 4, 62, 1, 0, EHDR.size, 0, 0, EHDR.size,
                          PHDR.size, 1, 0, 0, 0))
        f.write(PHDR.pack(PT_LOAD, 6, PAGE, 0, 0, end, end, 0))
        for pa, data in pages.items():
            f.seek(PAGE + pa)
            f.write(data)
        f.truncate(PAGE + end)
