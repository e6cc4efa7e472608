#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mutate.py - damaged states: luo-load, built with sanitizers, must notice, and never crash.

One field of a state is changed at a time: every kind of handle, count, string, number, every
word of a device tree, bits of the memory map, scratch areas, lines of the note, bytes of the
ELF headers, random bytes of record pages. Then luo-load carries it to a release, and either

  exit 0   khostate.py finds no damage in what was read, none in what was written, the target's
           rules hold, and the two are the same state
  exit 3   one line says so and names a reason, and there is no output file

  MUTATIONS=N      how many per state (100)
  SEED=N           which (1)
  ONLY=TEXT        only mutations whose description holds TEXT
  KEEP=DIR         keep the files that luo-load and the oracle disagree on
  OVER=1           list what is refused although the oracle finds nothing wrong with it
"""
import collections
import glob
import multiprocessing
import os
import random
import shutil
import struct
import sys

sys.dont_write_bytecode = True
import corefile                                               # noqa: E402
import genstate                                               # noqa: E402
import khostate                                               # noqa: E402
from corefile import PAGE                                     # noqa: E402
from pairs import TARGETS                                     # noqa: E402
from tap import (DATA, LUO_LOAD_ASAN, Tap, complaint, released_objects, rules,  # noqa: E402
                 run, scratch_dir)

MUTATIONS = int(os.environ.get("MUTATIONS", "50"))
SEED = int(os.environ.get("SEED", "1"))
ONLY = os.environ.get("ONLY", "")
KEEP = os.environ.get("KEEP")
OVER = os.environ.get("OVER")
# Large and uniform: what is learned from them does not pay.
SKIP = ("7.1-luo_kexec_simple-reserve_mem", "7.1-luo_stress_sessions_818")
GENERATED = (("6.19", 0), ("6.19", 5), ("7.1", 3), ("7.2", 4), ("7.3", 7), ("7.3", 5))
MASK = (1 << 64) - 1

Mutation = collections.namedtuple("Mutation", "kind what edit target")


class Mapped(khostate.State):
    """A state that knows where its fields are."""

    def __init__(self, core):
        self.fields = []
        super().__init__(core)

    def field(self, kind, pa, size=8):
        self.fields.append((kind, pa, size))


class Image:
    """A core taken apart, so that one with a change can be made."""

    def __init__(self, path):
        core = corefile.Core.open(path)
        self.state = Mapped(core)
        self.lines = ["%s=%s" % n for n in core.notes]
        self.ranges = [(pa, mem) for pa, mem, _f, _o in core.loads]
        self.pages = {}
        for pa, _mem, file, _off in core.loads:
            for off in range(0, file, PAGE):
                self.pages[pa + off] = core.read(pa + off, PAGE)
        content = {p for places in self.state.places() for p in places or ()}
        self.records = sorted({pa & -PAGE for _k, pa, _n in self.state.fields} - content)
        self.handles = sorted({self.get(pa, 8) for k, pa, _n in self.state.fields
                               if k == "handle"} - {0})

    def get(self, pa, n):
        return int.from_bytes(self.read(pa, n), "little")

    def read(self, pa, n):
        page = self.pages.get(pa & -PAGE, b"").ljust(PAGE, b"\0")
        at = pa & PAGE - 1
        return page[at:at + n]

    def patched(self, edits):
        """The pages with @edits, (address, bytes) each within a page."""
        pages = dict(self.pages)
        for pa, data in edits:
            page = bytearray(pages.get(pa & -PAGE, b"").ljust(PAGE, b"\0"))
            at = pa & PAGE - 1
            page[at:at + len(data)] = data
            pages[pa & -PAGE] = bytes(page[:PAGE])
        return pages

    def build(self, edit):
        """The bytes of a core with one mutation: ("memory", edits), ("note", lines) or
        ("file", (offset, byte))."""
        kind, value = edit
        if kind == "memory":
            return corefile.build(self.lines, self.ranges, self.patched(value))
        if kind == "note":
            return corefile.build(value, self.ranges, self.pages)
        data = bytearray(corefile.build(self.lines, self.ranges, self.pages))
        data[value[0]] = value[1]
        return bytes(data)


# ---- what may happen to a field --------------------------------------------------------

def numbers(old, size, more):
    """Other values of a field: boundaries, neighbours, one bit."""
    top = (1 << 8 * size) - 1
    values = {0, 1, old + 1, old - 1, top, top >> 1, (top >> 1) + 1, old ^ 1 << 8 * size - 4}
    values |= set(more)
    return sorted({v & top for v in values} - {old})


def handles(image, pa, old, rng):
    """Nearby, unaligned, far away, and what belongs to somebody else."""
    others = rng.sample(image.handles, min(4, len(image.handles)))
    return [old + PAGE, old - PAGE, old + 8, old ^ 1 << 51, old ^ 1 << 63, pa & -PAGE,
            image.state.root_pa, image.state.map_pa] + others


def folios(image, old, rng):
    """The word of a folio: a page frame and flags."""
    pfn, flags = old & (1 << 52) - 1, old >> 52
    others = [h >> 12 | flags << 52 for h in rng.sample(image.handles, min(3, len(image.handles)))]
    return [pfn + 1 | flags << 52, pfn - 1 | flags << 52, flags << 52, pfn, pfn | 7 << 52,
            pfn | 0x800 << 52, old ^ 1 << 40, pfn | 1 << 52, pfn | 2 << 52] + others


def strings(image, pa, size):
    """(description, bytes, offset) of what a string may become."""
    old = image.read(pa, size)
    end = old.find(b"\0") if b"\0" in old else size
    yield "empty", b"\0", 0
    yield "not terminated", b"x" * size, 0
    yield "last byte set", b"x", size - 1
    if end:
        yield "last character changed", bytes([old[end - 1] ^ 1]), end - 1
        yield "first character changed", bytes([old[0] ^ 0x20]), 0
        yield "shorter", b"\0", end - 1
    if end < size - 1:
        yield "longer", b"9", end


def words(image, pa, total, rng):
    """Words of a device tree, big endian."""
    for at in range(pa, pa + total - 3, 4):
        old = int.from_bytes(image.read(at, 4), "big")
        for v in {0, old + 1, old + 4, old - 1, 0xffffffff, 0x7ffffff0, rng.getrandbits(32), 4, 9}:
            if v & 0xffffffff != old:
                yield at, struct.pack(">I", v & 0xffffffff), "0x%x instead of 0x%x" % (v, old)


def bits(image, pa, rng):
    """Entries of the memory map that go, come or move."""
    page = image.read(pa, PAGE)
    have = [i for i in range(PAGE * 8) if page[i >> 3] >> (i & 7) & 1]
    for i in rng.sample(have, min(60, len(have))):
        yield flip(page, pa, i), "bit %d cleared" % i
        for to in {i ^ 1, i + 1, rng.randrange(PAGE * 8)}:
            if to < PAGE * 8 and to not in have:
                yield flip(page, pa, to), "bit %d set" % to
                first, second = flip(page, pa, i), flip(page, pa, to)
                if first[0] != second[0]:
                    yield first + second, "bit %d moved to %d" % (i, to)


def flip(page, pa, i):
    return ((pa + (i >> 3), bytes([page[i >> 3] ^ 1 << (i & 7)])),)


COUNTS = (51, 52, 63, 64, 128, 129, 255, 256, 512, 819, 820, 4096, 1 << 31, 1 << 32, 1 << 58,
          1 << 60)
# Values that mean something to a kind of field.
MORE = {
    "handle": handles,
    "folio": lambda image, pa, old, rng: folios(image, old, rng),
    "count": lambda image, pa, old, rng: COUNTS + ((1 << 32) + old,),
    "value": lambda image, pa, old, rng: (PAGE, 2, 4, 0x40, 1 << 20, rng.getrandbits(64)),
}


def of_field(image, kind, pa, size, rng):
    """(description, edits) of all that may happen to one field."""
    where = "%s of %d bytes at 0x%x" % (kind, size, pa)
    if kind == "fdt":
        for at, data, text in words(image, pa, size, rng):
            yield "word of FDT 0x%x at +0x%x: %s" % (pa, at - pa, text), ((at, data),)
    elif kind == "bits":
        for edits, text in bits(image, pa, rng):
            yield "map page 0x%x: %s" % (pa, text), edits
    elif kind == "string":
        for text, data, at in strings(image, pa, size):
            yield "%s: %s" % (where, text), ((pa + at, data),)
    else:
        old = image.get(pa, size)
        more = MORE[kind](image, pa, old, rng)
        for v in numbers(old, size, more):
            yield "%s: 0x%x instead of 0x%x" % (where, v, old), ((pa, v.to_bytes(size, "little")),)


def of_pages(image, rng):
    """A random byte of a record page; most of a page is zero, so half of them hit what is not."""
    for _ in range(400):
        pa = rng.choice(image.records)
        page = image.read(pa, PAGE)
        used = [i for i, b in enumerate(page) if b]
        at = rng.choice(used) if used and rng.random() < 0.5 else rng.randrange(PAGE)
        value = rng.choice((page[at] ^ 1 << rng.randrange(8), rng.randrange(256), 0, 255))
        if value != page[at]:
            yield "byte at 0x%x: 0x%02x instead of 0x%02x" % (pa + at, value, page[at]), \
                  ((pa + at, bytes([value])),)


def of_notes(image):
    for i, line in enumerate(image.lines):
        key, _, old = line.partition("=")
        values = {"KHO_FDT": ("0x0", "0x1000", "garbage", hex(image.state.root_pa + PAGE), "-1",
                              "0xffffffffffffffffff"),
                  "OSRELEASE": ("6.19.11", "7.1.13", "7.2.13", "7.3.4", "8.0", "", "x" * 300),
                  "KHO_SCRATCH": ("0", "0x8", hex(MASK), "1x"),
                  "KHO_SCRATCH_CNT": ("0", "1", "4", "300", hex(MASK)),
                  "RAM_MIB": ("0", "1", "x", hex(MASK), "16777216"),
                  "STOPPED_AT": ("kernel_kexec", "")}.get(key, ("",))
        for v in values:
            if v != old:
                yield "note %s=%s" % (key, v[:40]), \
                      image.lines[:i] + ["%s=%s" % (key, v)] + image.lines[i + 1:]
        yield "note without " + key, image.lines[:i] + image.lines[i + 1:]


def all_mutations(image, release, rng):
    """Lists by kind: a few are drawn from each."""
    out = collections.defaultdict(list)
    fields = list(image.state.fields)
    rng.shuffle(fields)
    for kind, pa, size in fields:
        if len(out[kind]) < 20 * MUTATIONS:
            out[kind] += [(t, ("memory", e)) for t, e in of_field(image, kind, pa, size, rng)]
    out["page"] = [(t, ("memory", e)) for t, e in of_pages(image, rng)]
    out["note"] = [(t, ("note", lines)) for t, lines in of_notes(image)]
    head = len(image.build(("memory", ()))) and 64 + 56 * (len(image.ranges) + 1)
    for _ in range(60):
        at, value = rng.randrange(16, head), rng.choice((0, 1, 255, rng.randrange(256)))
        out["elf"].append(("file byte %d = %d" % (at, value), ("file", (at, value))))
    return out


def several(pools, rng):
    """Two to four changes of memory at once: damage that hides other damage."""
    single = [m for pool in pools.values() for m in pool if m[1][0] == "memory"]
    for _ in range(MUTATIONS):
        some = rng.sample(single, rng.randrange(2, 5))
        yield " and ".join(t for t, _e in some), ("memory", sum((e[1] for _t, e in some), ()))


def choose(image, release, rng):
    """MUTATIONS of them, as many of each kind as there are, in turns."""
    pools = all_mutations(image, release, rng)
    pools["several"] = list(several(pools, rng))
    for pool in pools.values():
        rng.shuffle(pool)
    # Kinds in turn; those that break most get two turns.
    turns = sorted(pools) + [k for k in ("handle", "count", "fdt") if k in pools]
    chosen = []
    while len(chosen) < MUTATIONS and any(pools.values()):
        for kind in turns:
            if pools[kind] and len(chosen) < MUTATIONS:
                text, edit = pools[kind].pop()
                if ONLY in text:
                    chosen.append(Mutation(kind, text, edit, rng.choice(TARGETS[release])))
    return chosen


# ---- what luo-load makes of it ---------------------------------------------------------

def carried(path, out, target):
    """What the oracle has against an exit code of 0."""
    try:
        before = khostate.read(path)
    except khostate.Unreadable as e:
        return ["the oracle cannot read what was carried: %s" % e]
    try:
        after = khostate.read(out)
    except khostate.Unreadable as e:
        return ["the oracle cannot read what was written: %s" % e]
    wrong = ["damage in what was carried: %s" % e for e in before.errors]
    wrong += ["damage in what was written: %s" % e for e in after.errors + after.target(target)]
    return wrong + ["changed: %s" % d for d in khostate.compare(before, after)]


def refused(r, out):
    """What is wrong with a refusal."""
    wrong = []
    if len(complaint(r.err)) != 1:
        wrong.append("%d lines say that it failed: %s" % (len(complaint(r.err)), r.err[:200]))
    if not rules(r.err):
        wrong.append("no rule is named: %s" % r.err[:200])
    if os.path.exists(out):
        wrong.append("there is an output file")
    return wrong


def harmless(path, target):
    """The oracle has nothing against it, and nothing of it needs what the target has not."""
    try:
        return not khostate.read(path).errors
    except khostate.Unreadable:
        return False


def judge(image, m, directory):
    """(verdict, problems) of one mutation."""
    path, out = (os.path.join(directory, "%d.%s" % (os.getpid(), s)) for s in ("core", "out"))
    with open(path, "wb") as f:
        f.write(image.build(m.edit))
    r = run("run", "-i", path, "-o", out, "--to", m.target, program=LUO_LOAD_ASAN, timeout=30)
    if r.code == 0:
        verdict, wrong = "carried", carried(path, out, m.target)
    elif r.code == 3:
        verdict, wrong = "refused", refused(r, out)
        if OVER and not wrong and harmless(path, m.target):
            verdict = "over"
            print("# over: %s to %s: %s" % (m.what, m.target, " | ".join(r.err.splitlines()[1:3])))
    else:
        verdict, wrong = "broken", ["exit %d: %s" % (r.code, r.err[-600:])]
    if wrong:
        wrong = ["[%s] %s to %s: %s" % (verdict, m.what, m.target, w) for w in wrong[:2]]
        if KEEP:
            shutil.copy(path, os.path.join(KEEP, "%s-%s.core" % (m.kind, abs(hash(m.what)))))
    if os.path.exists(out):
        os.unlink(out)
    return verdict, wrong


IMAGES, TODO, WHERE = [], [], []


def do(i):
    which, m = TODO[i]
    return judge(IMAGES[which][2], m, WHERE[0])


def states(directory):
    """(name, release, image)"""
    for path in sorted(glob.glob(os.path.join(DATA, "*.core"))):
        name = os.path.basename(path)[:-5]
        if name not in SKIP:
            yield name, name.split("-")[0], Image(path)
    for release, seed in GENERATED:
        path = os.path.join(directory, "%s-%d.core" % (release, seed))
        genstate.generate(release, seed, None, path)
        yield "generated %s-%d" % (release, seed), release, Image(path)


def main():
    tap = Tap()
    tap.note("%d mutations of each state, seed %d, %s" % (MUTATIONS, SEED, LUO_LOAD_ASAN))
    with scratch_dir() as d:
        WHERE.append(d)
        released_objects(d)
        IMAGES.extend(states(d))
        for which, (name, release, image) in enumerate(IMAGES):
            rng = random.Random("%d %s" % (SEED, name))
            TODO.extend((which, m) for m in choose(image, release, rng))
        results = [(collections.Counter(), []) for _ in IMAGES]
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for i, (verdict, wrong) in enumerate(pool.imap(do, range(len(TODO)), 8)):
                results[TODO[i][0]][0][verdict] += 1
                results[TODO[i][0]][1].extend(wrong)
    for (name, _r, _i), (counts, wrong) in zip(IMAGES, results):
        tap.result("%s: %d mutations, %s" % (name, sum(counts.values()), ", ".join(
            "%d %s" % (n, v) for v, n in sorted(counts.items()))), wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
