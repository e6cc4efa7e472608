#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""badinput.py - what nobody should give to luo-load: one clear line, the documented exit code,
no output file and nothing left behind.

Arguments choose cases by a part of their name.
"""
import multiprocessing
import os
import random
import re
import shutil
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import corefile                                               # noqa: E402
import fdt                                                    # noqa: E402
import genstate                                               # noqa: E402
import khostate                                               # noqa: E402
from corefile import PAGE                                     # noqa: E402
from mutate import Image                                      # noqa: E402
from tap import (BUILD, DATA, LUO_LOAD_ASAN, Tap, complaint, released_objects,  # noqa: E402
                 run, scratch_dir)

CLANG = os.environ.get("CLANG", "clang")
BPF = os.path.join(BUILD, "bpf")
TEST_BPF = os.path.join(BUILD, "selftests/bpf")
M64 = (1 << 64) - 1


def u64(v):
    return struct.pack("<Q", v & M64)


def u32(v):
    return struct.pack("<I", v & 0xffffffff)


class Case:
    """One run: arguments, exit code, what standard error has to say."""

    def __init__(self, name, args, code, say, path=None, output=None, limit=None):
        self.name, self.args, self.code, self.say = name, args, code, say
        self.path, self.output, self.limit = path, output, limit


class Places:
    """Addresses of the records of a capture of luo_kexec_simple: two sessions with a file."""

    def __init__(self, image):
        get, s = image.get, image.state
        self.root, self.map = s.root_pa, s.map_pa
        self.luo, _size = s.subtrees["LUO"]
        if s.luo == "luo-v5":
            self.table, self.flbs = get(self.luo + 16, 8), get(self.luo + 24, 8)
            self.session = self.table + 16
            skip = 16
        else:
            tree, _total = fdt.parse(lambda off, n: image.read(self.luo + off, n))
            header = tree.kid("luo-session").props["luo-session-header"]
            self.table = struct.unpack("<Q", header)[0]
            flb = tree.kid("luo-flb")
            self.flbs = struct.unpack("<Q", flb.props["luo-flb-header"])[0] if flb else 0
            self.session = self.table + 8
            skip = 0
        self.files = [get(self.session + 80 * i + 64, 8) for i in range(2)]
        self.file = [f + skip for f in self.files]
        self.memfd = [get(f + 48, 8) for f in self.file]
        self.vmalloc = [m + (24 if s.kho == "kho-v1" else 32) for m in self.memfd]
        self.chunk = [get(v, 8) for v in self.vmalloc]
        self.list = [get(c + 8, 8) for c in self.chunk]
        self.folio = [(get(l, 8) & (1 << 52) - 1) * PAGE for l in self.list]

    def free(self, image):
        """A page that nobody preserved."""
        pa = 0x100000
        while image.state.ledger.order.get(pa) is not None or pa in image.pages:
            pa += PAGE
        return pa


class Maker:
    """Cores with one thing wrong in them."""

    def __init__(self, directory, only=()):
        self.dir, self.cases, self.only = directory, [], only
        self.images = {}
        for r, name in (("6.19", "6.19-luo_kexec_simple"), ("7.1", "7.1-luo_kexec_simple"),
                        ("7.2", "7.2-flb-luo_kexec_simple"), ("7.3", "7.3-luo_kexec_simple")):
            image = Image(os.path.join(DATA, name + ".core"))
            self.images[r] = (image, Places(image))

    def write(self, name, data):
        path = os.path.join(self.dir, re.sub(r"[^\w.-]", "_", name) + ".core")
        with open(path, "wb") as f:
            f.write(data)
        return path

    def core(self, name, data, say, target="7.3", code=3, extra=()):
        path = self.write(name, data)
        self.cases.append(Case(name, ["--to", target] + list(extra), code, say, path))

    def memory(self, release, name, edits, say, targets=None, code=3, lines=None):
        """The capture of @release with bytes changed, carried to each of @targets."""
        image, _p = self.images[release]
        data = corefile.build(lines or image.lines, image.ranges, image.patched(edits))
        # The way through the KHO map is the same for 6.19's targets: they take turns.
        old = ("7.1", "7.3")[len(self.cases) % 2]
        for target in targets or {"6.19": (old,), "7.1": ("7.3",), "7.2": ("7.3", "7.1"),
                                  "7.3": ("7.2", "7.1")}[release]:
            self.core("%s to %s: %s" % (release, target, name), data, say, target, code)


# ---- files ---------------------------------------------------------------------------

def truncated(m):
    image, _p = m.images["7.1"]
    whole = image.build(("memory", ()))
    n = struct.unpack_from("<H", whole, 56)[0]
    note = 64 + 56 * n
    cuts = [1, 3, 4, 16, 40, 63, 64, 65, 100, 119, 120, note - 1, note, note + 5, note + 60,
            note + 160, len(whole) // 2, len(whole) - 4096, len(whole) - 1]
    for cut in cuts:
        m.core("truncated to %d bytes" % cut, whole[:cut], "BAD_SNAPSHOT")
    m.core("empty file", b"", "BAD_SNAPSHOT: empty")


def headers(m):
    image, _p = m.images["7.1"]
    whole = image.build(("memory", ()))
    last = 64 + 56 * (struct.unpack_from("<H", whole, 56)[0] - 1)

    def put(name, off, data, say="BAD_SNAPSHOT"):
        m.core("ELF header: " + name, whole[:off] + data + whole[off + len(data):], say)
    put("magic", 0, b"\x7fEFL")
    put("32-bit", 4, b"\1", "32-bit")
    put("big-endian", 5, b"\2", "big-endian")
    put("no core but a program", 16, b"\2\0", "not a core")
    put("wrong machine, AArch64", 18, struct.pack("<H", 183), "machine 183")
    put("program headers behind the file", 32, u64(1 << 40))
    put("program headers at the end of 64 bits", 32, u64(M64 - 8))
    put("program header size 0", 54, b"\0\0")
    put("program header size 57", 54, b"\x39\0")
    put("no program headers", 56, b"\0\0")
    put("more program headers than the file has", 56, b"\xfe\xff")
    put("PN_XNUM without section 0", 56, b"\xff\xff")
    put("sections, but none counted", 40, u64(64))
    put("p_filesz above p_memsz", last + 32, u64(1 << 30))
    put("p_offset behind the file", last + 8, u64(1 << 50))
    put("p_offset and p_filesz overflow", last + 8, u64(M64 - 100))
    put("p_paddr beyond 2^52", last + 24, u64(1 << 52))
    put("p_memsz overflows", last + 40, u64(M64))
    put("p_paddr not page aligned", last + 24, u64(0x1f000008))
    put("two PT_LOADs of the same memory", last + 24, whole[64 + 56 + 24:64 + 56 + 32])
    put("note of 4 GiB", struct.unpack_from("<Q", whole, 64 + 8)[0] + 4, u32(0xfffffff0))
    put("note with a control character", whole.index(b"OSRELEASE") + 3, b"\x1b", "control char")
    m.core("kdump format", b"KDUMP   " + bytes(4096), "kdump format")
    m.core("text", b"not a core at all\n" * 300, "not an ELF file")
    one = b"\x7fELF\2\1\1" + whole[7:64] + struct.pack("<IIQQQQQQ", 1, 6, 0, 0, 0, 0, 1 << 40, 0)
    one = one[:56] + b"\1\0" + one[58:]
    m.core("1 TiB of zeros", one, "NO_ROOT")


def note_lines(m):
    image, _p = m.images["7.1"]

    def put(name, key, value, say):
        lines = ["%s=%s" % (key, value) if l.startswith(key + "=") else l for l in image.lines]
        m.core("note: " + name, corefile.build(lines, image.ranges, image.pages), say)
    put("unknown release", "OSRELEASE", "8.5.1", "UNKNOWN_RELEASE")
    put("another release", "OSRELEASE", "7.3.4", "RELEASE_MISMATCH")
    put("root at another page", "KHO_FDT", "0x100000", "NO_ROOT")
    put("root not aligned", "KHO_FDT", "0x100008", "NO_ROOT")
    put("root beyond 64 bits", "KHO_FDT", "0x1ffffffffffffffff", "BAD_NOTE|NO_ROOT")
    put("no number", "KHO_SCRATCH", "1x", "BAD_NOTE")
    put("a million scratch areas", "KHO_SCRATCH_CNT", "1000000", "SCRATCH")
    put("scratch array elsewhere", "KHO_SCRATCH", "0x7000000000", "SCRATCH")
    put("less RAM than is preserved", "RAM_MIB", "3", "BEYOND_RAM")
    old, _p = m.images["6.19"]
    for line in ("", "1", "1 2 3", "1 2 3 4 5", "1 2 3 x", "seals of all files"):
        lines = old.lines + ["LOOKUP=" + line]
        m.core("note: LOOKUP=" + line, corefile.build(lines, old.ranges, old.pages), "BAD_LOOKUP")
    seals = "LOOKUP=1 0x%x 0x3e7 0x40" % _p.memfd[0]
    m.core("note: unknown seals", corefile.build(old.lines + [seals], old.ranges, old.pages),
           "MEMFD_SEALS_UNKNOWN")


# ---- memory map ----------------------------------------------------------------------

def memory_map(m):
    for release in ("7.1", "7.3"):
        image, p = m.images[release]
        node = p.map
        slot = [node + 8 * i for i in range(512) if image.get(node + 8 * i, 8)]
        child = image.get(slot[0], 8)
        m.memory(release, "map: node that is the root", [(slot[0], u64(node))], "twice|cycle")
        m.memory(release, "map: node not aligned", [(slot[0], u64(child + 8))], "not page aligned")
        m.memory(release, "map: node outside of the core", [(slot[0], u64(1 << 45))],
                 "not in memory")
        m.memory(release, "map: key without an order", [(node + 8 * 511, u64(child))],
                 "order|twice|key")
        leaf = next(pa for k, pa, _n in image.state.fields if k == "bits")
        m.memory(release, "map: everything preserved", [(leaf, b"\xff" * PAGE)], "")
        m.memory(release, "map: a folio in scratch",
                 [(int(image.state.core.note("KHO_SCRATCH"), 0), u64(p.folio[0]) + u64(4 << 20))],
                 "IN_SCRATCH")
    image, p = m.images["6.19"]
    bitmap = image.get(p.map + 24, 8)
    m.memory("6.19", "map: chunk that leads to itself", [(p.map, u64(p.map))], "twice|cycle")
    m.memory("6.19", "map: chunk outside of the core", [(p.map, u64(1 << 45))], "not in memory")
    m.memory("6.19", "map: order 11", [(p.map + 8, u32(11))], "order 11")
    m.memory("6.19", "map: order 64", [(p.map + 8, u32(64))], "order 64")
    m.memory("6.19", "map: 256 bitmaps", [(p.map + 12, u32(256))], "256 bitmaps")
    m.memory("6.19", "map: 4 billion bitmaps", [(p.map + 12, u32(0xffffffff))], "bitmaps")
    m.memory("6.19", "map: bitmap that is the chunk", [(p.map + 24, u64(p.map))], "twice|cycle")
    m.memory("6.19", "map: bitmap beyond memory", [(p.map + 16, u64(1 << 52))], "beyond|memory")
    m.memory("6.19", "map: everything preserved", [(bitmap, b"\xff" * PAGE)], "")


# ---- handles, counts, chains -----------------------------------------------------------

def handles(m):
    for release in ("6.19", "7.1", "7.3"):
        image, p = m.images[release]
        free = p.free(image)
        fields = [("files", p.session + 64), ("file data", p.file[0] + 48),
                  ("vmalloc first", p.vmalloc[0]), ("vmalloc entry", p.chunk[0] + 8)]
        if release == "7.3":
            fields += [("sessions_pa", p.luo + 16), ("flbs_pa", p.luo + 24)]
        for name, at in fields:
            put = (lambda what, v: m.memory(release, "%s %s" % (name, what), [(at, u64(v))], ""))
            put("outside of preserved memory", free)
            put("outside of the core", 1 << 44)
            put("beyond 2^52", 1 << 60)
            put("of all ones", M64)
            put("not aligned", image.get(at, 8) + 8)
            put("in scratch", image.state.scratch[0][0])
            put("that is the root", p.root)
        m.memory(release, "folio outside of preserved memory", [(p.list[0],
                                                                 u64(3 << 52 | free >> 12))],
                 "NOT_PRESERVED")
        m.memory(release, "folio beyond memory", [(p.list[0], u64(3 << 52 | (1 << 52) - 1))], "")
        shared(m, release, p)


def shared(m, release, p):
    """Two records that have the same memory."""
    twice = "USED_TWICE|DROPPED|DAMAGED|LEAK|UNREFERENCED"
    m.memory(release, "two files share a record", [(p.file[1] + 48, u64(p.memfd[0]))], twice)
    m.memory(release, "two sessions share their files", [(p.session + 80 + 64, u64(p.files[0]))],
             twice)
    m.memory(release, "two files share a folio list", [(p.vmalloc[1], u64(p.chunk[0]))], twice)
    m.memory(release, "two list pages share their entries", [(p.chunk[1] + 8, u64(p.list[0]))],
             twice)
    m.memory(release, "two files share a folio", [(p.list[1], u64(3 << 52 | p.folio[0] >> 12))],
             twice)
    m.memory(release, "a file's record is the LUO root", [(p.file[0] + 48, u64(p.luo))], "")
    m.memory(release, "a folio is a record", [(p.list[0], u64(3 << 52 | p.memfd[1] >> 12))], twice)


def counts(m):
    big = ((1 << 32) - 1, 1 << 32, (1 << 58) + 1, 1 << 61, 1 << 63, M64)
    for release in ("6.19", "7.1", "7.3"):
        _image, p = m.images[release]
        for v in (0, 2) + big:
            # Without a number in the container, one more finds an empty entry.
            m.memory(release, "file count %d" % v, [(p.session + 72, u64(v))],
                     "COUNT|STRING" if v == 2 else "COUNT")
        for v in (0, 3) + big:
            m.memory(release, "nr_folios %d" % v, [(p.vmalloc[0] - 8, u64(v))],
                     "COUNT|MEMFD_SIZE|OVERFLOW")
        for v in (0, 2, 0xffffffff):
            m.memory(release, "total_pages %d" % v, [(p.vmalloc[0] + 8, u32(v))], "VMALLOC|COUNT")
        m.memory(release, "vmalloc order 10", [(p.vmalloc[0] + 14, b"\x0a\0")],
                 "VMALLOC|COUNT|ORDER")
        m.memory(release, "vmalloc order 60", [(p.vmalloc[0] + 14, b"\x3c\0")], "VMALLOC")
        m.memory(release, "vmalloc flags", [(p.vmalloc[0] + 12, b"\x04\0")], "VMALLOC")
        m.memory(release, "vmalloc list that leads to itself", [(p.chunk[0], u64(p.chunk[0]))],
                 "CHAIN_CYCLE|VMALLOC")
        if release != "7.3":
            for v in (1, 820, 1 << 20) + big:
                m.memory(release, "session count %d" % v, [(p.table, u64(v))], "")
    for v in (0, 1, 52) + big:
        m.memory("7.3", "block of %d sessions" % v, [(p.table + 8, u64(v))], "")
    for v in (0, 64) + big:
        m.memory("7.3", "block of %d files" % v, [(p.files[0] + 8, u64(v))], "BLOCK_COUNT")
    m.memory("7.3", "session chain that leads to itself", [(p.table, u64(p.table))], "CHAIN_CYCLE")
    m.memory("7.3", "file chain that leads to itself", [(p.files[0], u64(p.files[0]))],
             "CHAIN_CYCLE")
    m.memory("7.3", "file chain that leads to another", [(p.files[0], u64(p.files[1]))],
             "COUNT_MISMATCH")
    m.memory("7.3", "file chain into nowhere", [(p.files[0], u64(1 << 44))], "NOT_PRESERVED")


def values(m):
    for release in ("7.1", "7.3"):
        image, p = m.images[release]
        v = p.vmalloc[0]
        m.memory(release, "unknown seal", [(v - 16, u32(0x40))], "MEMFD_SEALS_UNKNOWN")
        m.memory(release, "flags set", [(v - 12, u32(1))], "MEMFD_FLAGS_SET|RESERVED")
        m.memory(release, "negative position", [(p.memfd[0], u64(1 << 63))], "MEMFD_POSITION")
        m.memory(release, "negative size", [(p.memfd[0] + 8, u64(M64))], "MEMFD_SIZE")
        m.memory(release, "size of no byte", [(p.memfd[0] + 8, u64(0))], "MEMFD_SIZE")
        m.memory(release, "folio flags", [(p.list[0] + 6, b"\xf0")], "MEMFD_FOLIO_FLAGS")
        m.memory(release, "folio beyond the size", [(p.list[0] + 8, u64(1))], "MEMFD_FOLIO_INDEX")
        m.memory(release, "folio index of all ones", [(p.list[0] + 8, u64(M64))],
                 "MEMFD_FOLIO_INDEX")
        names(m, release, image, p)
    _image, p = m.images["6.19"]
    m.memory("6.19", "negative position", [(p.memfd[0], u64(1 << 63))], "MEMFD_POSITION")
    m.memory("6.19", "negative size", [(p.memfd[0] + 8, u64(M64))], "MEMFD_SIZE")
    m.memory("6.19", "folio beyond the size", [(p.list[0] + 8, u64(1))], "MEMFD_FOLIO_INDEX")
    names(m, "6.19", _image, p)


def names(m, release, image, p):
    first = image.read(p.session, 64)
    m.memory(release, "two sessions of one name", [(p.session + 80, first)], "NOT_UNIQUE")
    m.memory(release, "session without a name", [(p.session, b"\0")], "NAME_EMPTY")
    m.memory(release, "session name without an end", [(p.session, b"x" * 64)],
             "STRING_NOT_TERMINATED")
    m.memory(release, "handler's name without an end", [(p.file[0], b"m" * 48)],
             "STRING_NOT_TERMINATED")
    m.memory(release, "no handler's name", [(p.file[0], b"\0")], "STRING_NOT_TERMINATED")
    m.memory(release, "unknown handler", [(p.file[0], b"vfio-pci-v1\0")],
             "UNKNOWN_RECORD.*vfio-pci-v1")
    m.memory(release, "handler's name writes to the terminal", [(p.file[0],
                                                                 b"\x1b[2J\x1b[31mx\n\0")],
             "UNKNOWN_RECORD")
    other = b"memfd-v2\0" if release == "6.19" else b"memfd-v1\0"
    m.memory(release, "handler of another release", [(p.file[0], other)], "UNKNOWN_RECORD")


def flbs(m):
    _image, p = m.images["7.2"]
    page = p.flbs
    m.memory("7.2", "FLBs in two pages", [(page, u64(2))], "FLB_PAGES")
    m.memory("7.2", "64 FLBs", [(page + 8, u64(64))], "COUNT_OVERFLOW")
    m.memory("7.2", "2^60 FLBs", [(page + 8, u64(1 << 60))], "COUNT_OVERFLOW")
    m.memory("7.2", "unknown FLB", [(page + 16, b"pci-v1\0")], "UNKNOWN_RECORD")
    m.memory("7.2", "FLB that nobody uses", [(page + 16 + 56, u64(0))], "FLB_UNUSED")
    m.memory("7.2", "FLB name without an end", [(page + 16, b"l" * 48)], "STRING_NOT_TERMINATED")
    m.memory("7.2", "FLB twice", [(page + 16 + 64 + 21, b"0")], "NOT_UNIQUE")


# ---- device trees ----------------------------------------------------------------------

def trees(m):
    for release in ("6.19", "7.1"):
        image, p = m.images[release]
        for what, pa in (("KHO root", p.root), ("LUO", p.luo)):
            tree, total = fdt.parse(lambda off, n: image.read(pa + off, n))
            put = (lambda name, off, v, say="": m.memory(
                release, "FDT of %s: %s" % (what, name), [(pa + off, struct.pack(">I",
                                                                                 v & 0xffffffff))],
                say))
            put("magic", 0, 0xd00dfeee)
            put("totalsize 0", 4, 0)
            put("totalsize of 4 GiB", 4, 0xffffffff)
            put("totalsize two pages", 4, 8192)
            put("structure behind the end", 8, total + 8)
            put("structure in the header", 8, 0)
            put("structure not aligned", 8, 57)
            put("strings behind the end", 12, total + 1)
            put("strings of 4 GiB", 32, 0xffffffff)
            put("structure of 0 bytes", 36, 0)
            put("version 1", 20, 1)
            put("a later version only", 24, 18)
            put("property longer than the tree", (56 if what == "KHO root" else 64) + 12,
                0x7fffffff)
            rebuilt(m, release, what, pa, tree)


def rebuilt(m, release, what, pa, tree):
    """Valid trees that are not what the kernel wrote."""
    def put(name, node, say):
        blob = fdt.build(node)
        m.memory(release, "FDT of %s: %s" % (what, name), [(pa, blob.ljust(PAGE, b"\0"))], say)

    def copy(props=None, kids=None):
        return fdt.Node("", dict(tree.props, **(props or {})), tree.kids if kids is None else kids)
    put("unknown property", copy({"color": b"red\0"}), "unknown property")
    put("unknown node", copy(kids=tree.kids + [fdt.Node("iommu", {"compatible": b"x\0"})]), "")
    put("no nodes", copy(kids=[]), "")
    later = b"kho-v9\0" if what == "KHO root" else b"luo-v9\0"
    put("another version", copy({"compatible": later}), "UNKNOWN_KHO_VERSION|RELEASE_MISMATCH")
    put("compatible without an end", copy({"compatible": b"kho-v1"}), "")
    put("a version that writes to the terminal", copy({"compatible": b"\x1b[31mkho\n\0"}), "")
    nested = fdt.Node("a", {}, [fdt.Node("b", {})])
    put("a node within a node", copy(kids=[nested] + tree.kids), "")
    put("deep nodes", deep(tree, 200), "")
    for prop in tree.props:
        put("no " + prop, fdt.Node("", {k: v for k, v in tree.props.items() if k != prop},
                                   tree.kids),
            "NOT_FROZEN" if release == "6.19" and prop == "preserved-memory-map" else "")
        put(prop + " of 4 bytes", copy({prop: b"\0\0\0\1"}), "")
    for kid in tree.kids:
        for prop in kid.props:
            short = fdt.Node(kid.name, {k: v for k, v in kid.props.items() if k != prop}, kid.kids)
            put("%s without %s" % (kid.name, prop),
                copy(kids=[short if k is kid else k for k in tree.kids]), "")
    if what == "KHO root":
        put("subtree nobody knows", copy(kids=tree.kids + [subtree(tree, "iommu-liveupdate")]),
            "UNKNOWN_SUBTREE")


def deep(tree, n):
    node = fdt.Node("end")
    for _ in range(n):
        node = fdt.Node("n", {}, [node])
    return fdt.Node("", tree.props, tree.kids + [node])


def subtree(tree, name):
    return fdt.Node(name, dict(tree.kids[0].props))


def sizes(m):
    """blob-size that is smaller than what the reader demands: a panic for LUO."""
    for release, subtrees in (("7.1", ("kexec-metadata",)), ("7.2", ("LUO", "kexec-metadata"))):
        image, p = m.images[release]
        tree, _total = fdt.parse(lambda off, n: image.read(p.root + off, n))
        for name in subtrees:
            kids = [fdt.Node(k.name, dict(k.props,
                                          **({"blob-size": u64(8)} if k.name == name else {})))
                    for k in tree.kids]
            m.memory(release, "blob-size of %s is 8" % name,
                     [(p.root, fdt.build(fdt.Node("", tree.props, kids)).ljust(PAGE, b"\0"))], "")
    _image, p = m.images["7.3"]
    m.memory("7.3", "luo_ser without its version", [(p.luo, b"\0" * 8)], "")
    m.memory("7.3", "luo_ser of another version", [(p.luo, b"luo-v6\0\0")], "RELEASE_MISMATCH")


# ---- not frozen, or nothing there --------------------------------------------------------

class Unfrozen(genstate.Writer):
    """A machine that runs: files are preserved, LUO has not written its records yet."""

    def luo(self):
        sessions = self.model.sessions
        for _name, files in sessions:
            self.files(files)
        self.model.sessions = []
        # Of 7.2 and 7.3 not even blocks are there.
        try:
            return super().luo()
        finally:
            self.model.sessions = sessions


class Empty(genstate.Writer):
    """A machine whose users preserved nothing."""

    def luo(self):
        self.model.sessions = []
        self.model.flbs = []
        return super().luo()


def frozen(m):
    for release, target in (("6.19", "7.3"), ("7.1", "7.3"), ("7.2", "7.3"), ("7.3", "7.1")):
        w = Unfrozen(genstate.Model(release, 4), 512)
        w.write()
        running = w.core().replace(b"STOPPED_AT=machine_kexec", b"STOPPED_AT=kernel_kexec1")
        m.core("%s: not frozen, files are preserved" % release, running, "NOT_FROZEN", target)
        m.core("%s: not frozen, and says it is" % release, w.core(), "NOT_FROZEN", target)
        w = Empty(genstate.Model(release, 4), 512)
        w.write()
        running = w.core().replace(b"STOPPED_AT=machine_kexec", b"STOPPED_AT=kernel_kexec1")
        m.core("%s: no session, perhaps not frozen" % release, running, "NOT_FROZEN", target)
        m.core("%s: no session, frozen" % release, w.core(), None, target, 0)
    image, p = m.images["7.3"]
    m.memory("7.3", "sessions not linked yet", [(p.luo + 16, u64(0))], "NOT_FROZEN")
    image, p = m.images["7.1"]
    m.memory("7.1", "sessions not counted yet", [(p.table, u64(0))], "NOT_FROZEN")


# ---- more than fits ----------------------------------------------------------------------

class Crowd(genstate.Model):
    """A given number of sessions, the first with a given number of empty files."""

    def __init__(self, release, sessions, files=1, region=0):
        self.crowd = sessions, files, region
        super().__init__(release, 1)

    def _sessions(self):
        sessions, files, _region = self.crowd
        first = [(i, genstate.Memfd(0, 0, 1, [])) for i in range(files)]
        return [(b"s%d" % i, first if not i else []) for i in range(sessions)]

    def _flbs(self):
        return []

    def _regions(self):
        return [("big", self.crowd[2])] if self.crowd[2] else []


class Roomy(genstate.Writer):
    """Content is of no matter here, and neither are hashes of gigabytes."""

    def fill(self, pa, nr):
        pass

    def digest(self, extents, size):
        return None


class Huge(Roomy):
    """A region of 2 GiB that is one entry of the map."""

    def alignment(self):
        return (2 << 30) // PAGE


class Thin(Roomy):
    """One session per block: a chain that is longer than readers follow."""

    def chain(self, entries, size):
        first = 0
        for at in reversed(range(0, len(entries), size)):
            first = self.mem.alloc(struct.pack("<QQ", first, 1) + entries[at:at + size])
        return first


def limits(m):
    def put(name, model, target, code, say, writer=Roomy, mib=1024):
        w = writer(model, mib)
        w.write()
        m.core(name, w.core(), say, target, code)
    put("52428 sessions to 7.1", Crowd("7.3", 52428), "7.1", 0, None)
    put("52429 sessions to 7.1", Crowd("7.3", 52429), "7.1", 3, "TOO_LARGE_TO_ALLOCATE")
    put("65537 files to 7.1", Crowd("7.3", 1, 65537), "7.1", 3, "TOO_LARGE_TO_ALLOCATE")
    put("chain of 10000 blocks", Crowd("7.3", 10000), "7.2", 0, None, Thin)
    put("chain of 10001 blocks", Crowd("7.3", 10001), "7.2", 3, "CHAIN_LENGTH", Thin)
    # 7.1 computes the size of an entry in an int: from order 19 on it is wrong.
    for target, code, say in (("7.2", 0, None), ("7.1", 3, "ORDER_TOO_LARGE")):
        put("2 GiB of reserve_mem to " + target, Crowd("7.3", 1, 1, 2 << 30), target, code, say,
            Huge,
            8192)


def no_room(m):
    """All memory that is not preserved is scratch: there is no place for new regions."""
    image, p = m.images["7.1"]
    kept = [(pa, PAGE << o) for pa, o in image.state.ledger.order.items()]
    kept += [(pa, PAGE) for pa in image.state.map_pages]
    areas, at = b"", 1 << 20
    extents = corefile.merge(kept)
    end = (extents[-1][1] + (1 << 20) - 1) & -(1 << 20)
    for start, stop in extents + [[end, end]]:
        if start > at:
            areas += u64(at) + u64(start - at)
        at = max(at, stop)
    lines = [re.sub("^RAM_MIB=.*", "RAM_MIB=%d" % (end >> 20), l) for l in image.lines]
    lines = [re.sub("^KHO_SCRATCH_CNT=.*", "KHO_SCRATCH_CNT=%d" % (len(areas) // 16),
                    l) for l in lines]
    m.memory("7.1", "no free memory", [(int(image.state.core.note("KHO_SCRATCH"), 0), areas)],
             "NO_FREE_MEMORY", lines=lines)


# ---- the command line --------------------------------------------------------------------

def command_line(m):
    good = os.path.join(DATA, "7.1-luo_kexec_simple.core")
    mine = m.write("good", open(good, "rb").read())
    link = os.path.join(m.dir, "link.core")
    os.symlink(mine, link)
    bad_profile = m.write("profile", b"release x\n")
    add = (lambda *a, **k: m.cases.append(Case(*a, **k)))
    to = ["--to", "7.3"]
    add("input is missing", to, 1, "No such file", m.dir + "/missing.core")
    add("input is a directory", to, 1, "directory", m.dir)
    add("input is a device", to, 1, "regular file", "/dev/zero")
    add("input has no name", to, 1, "", "")
    add("output's directory is missing", to, 1, "", good, m.dir + "/missing/out.core")
    add("output's directory is a file", to, 1, "", good, mine + "/out.core")
    add("output's directory cannot be written", to, 1, "", good, "/proc/luo-out.core")
    add("output is larger than it may be", to, 1, "", good, limit=8192)
    if os.geteuid():                    # root may write everywhere
        closed = os.path.join(m.dir, "closed")
        os.mkdir(closed, 0o500)
        add("output's directory is closed", to, 1, "Permission", good, closed + "/out.core")
    add("output is a directory", to, 1, "", good, m.dir)
    add("output is a device", to, 1, "", good, "/dev/full")
    add("output is the standard output", to, 1, "", good, "-")
    add("output has no name", to, 1, "", good, "")
    add("output is the input", to, 2, "input", mine, mine)
    add("output is a link to the input", to, 2, "input", mine, link)
    for release in ("9.9", "7", "7.30", "6.1", "", "linux"):
        add("to release '%s'" % release, ["--to", release], 2, "catalogue", good)
    add("to a file that is no profile", ["--to", bad_profile], 2, "profile", good)
    add("from a file that is no profile", to + ["--from", bad_profile], 2, "profile", good)
    add("from a file that is missing", to + ["--from", m.dir + "/missing"], 2, "missing", good)
    add("unknown target configuration", to + ["--target-config", "huge"], 2, "huge", good)
    add("target configuration is no kernel's", to + ["--target-config", bad_profile], 2, "", good)
    add("unknown option", to + ["--frobnicate"], 2, "unknown option", good)
    add("no release", [], 2, "--to", good)
    add("no objects at all", to + ["--only"], 3, "NO_TRANSLATOR", good)


# ---- objects -----------------------------------------------------------------------------

def compile_bpf(m, name, source, *flags):
    """A BPF object from a few lines; None when there is no compiler."""
    path = os.path.join(m.dir, name.replace(" ", "_"))
    with open(path + ".c", "w") as f:
        f.write(source)
    cmd = [CLANG, "-O2", "-c", "-o", path + ".bpf.o", path + ".c"] + list(flags)
    subprocess.run(cmd, check=True, stderr=subprocess.DEVNULL)
    return path + ".bpf.o"


def tool(*names):
    return next((n for n in names if shutil.which(n)), None)


def types(data):
    """Each type of the object's BTF: its place in the file, id, kind, members and name."""
    at = data.find(b"\x9f\xeb\x01\x00")           # the magic number of BTF, version 1
    header, first, size, strings = struct.unpack_from("<4I", data, at + 4)
    pos, end, strings = at + header + first, at + header + first + size, at + header + strings
    after = {1: 4, 3: 12, 14: 4, 17: 4}             # what follows a type, by its kind
    per_member = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    for ident in range(1, 1 << 16):
        if pos >= end:
            break
        name, info = struct.unpack_from("<2I", data, pos)
        kind, nr = info >> 24 & 31, info & 0xffff
        named = data[strings + name:data.index(0, strings + name)]
        yield pos, ident, kind, nr, bytes(named).decode()
        pos += 12 + after.get(kind, 0) + nr * per_member.get(kind, 0)


def change_types(data, kind, names, change):
    data, found = bytearray(data), 0
    for pos, ident, k, nr, name in list(types(data)):
        if k == kind and (nr or k != 4) and name.startswith(names):
            change(data, pos, ident, nr)
            found += 1
    assert found, "no %s in the object's BTF" % (names,)
    return bytes(data)


def struct_in_itself(data, names):
    """The object with structures whose first member is the structure itself."""
    return change_types(data, 4, names, lambda d, pos, ident, nr:
                        struct.pack_into("<I", d, pos + 12 + 4, ident))


def typedef_of_itself(data, names):
    return change_types(data, 8, names, lambda d, pos, ident, nr:
                        struct.pack_into("<I", d, pos + 8, ident))


def objects(m):
    good = os.path.join(BPF, "luo_v1_to_v5.bpf.o")
    data = open(good, "rb").read()

    def put(name, content, say):
        path = os.path.join(m.dir, re.sub(r"\W", "_", name) + ".bpf.o")
        with open(path, "wb") as f:
            f.write(content)
        given(name, path, say)

    def given(name, path, say, code=5, options=("--no-verify",)):
        m.cases.append(Case("object: " + name, ["--to", "7.3", *options, path], code, say,
                            os.path.join(DATA, "7.1-luo_kexec_simple.core")))
    for n in (0, 10, 64, 500, len(data) // 2, len(data) - 64, len(data) - 1):
        put("truncated to %d bytes" % n, data[:n], "")
    put("text", b"#!/bin/sh\n" * 100, "not an ELF")
    put("32-bit ELF", data[:4] + b"\1" + data[5:], "")
    put("big-endian ELF", data[:5] + b"\2" + data[6:], "")
    put("wrong machine", data[:18] + b"\x3e\0" + data[20:], "machine 62")
    put("a program, not an object", data[:16] + b"\2\0" + data[18:], "")
    put("section headers behind the file", data[:40] + u64(1 << 40) + data[48:], "")
    put("4 GiB of section headers", data[:60] + b"\xff\xff" + data[62:], "")
    put("section names from nowhere", data[:62] + b"\xf0\x0f" + data[64:], "")
    put("structures that hold themselves",
        struct_in_itself(data, ("luo_session_ser", "luo_file_ser")), "too many members|nested")
    put("typedefs of themselves", typedef_of_itself(data, ("__u64",)), "leads back to itself")
    m.cases.append(Case("object: missing", ["--to", "7.3", m.dir + "/missing.bpf.o"], 1,
                        "No such file",
                        os.path.join(DATA, "7.1-luo_kexec_simple.core")))
    native = compile_bpf(m, "native", "int f(void) { return 1; }\n")
    given("of the host", native, "not a BPF object")
    objcopy = tool("llvm-objcopy", "llvm-objcopy-14", "llvm-objcopy-19")
    for name, args, say in (("without BTF", ["--remove-section=.BTF"], "BTF"),
                            ("without a symbol table", ["--strip-all"], ""),
                            ("not registered", ["--rename-section=.struct_ops.link=.unknown"],
                             "LUO_TRANSLATOR")):
        if objcopy:
            out = os.path.join(m.dir, name.replace(" ", "_") + ".bpf.o")
            subprocess.run([objcopy] + args + [good, out], check=True)
            given(name, out, say)
    for name, say, code in (("unknown_call", "luob_frobnicate", 5), ("two_programs", "one|program",
                                                                     5),
                            ("bss_store", "bss", 5), ("data_store", "data", 5), ("helper_call", "",
                                                                                 5),
                            ("map", "map", 5), ("no_identity", "identity", 5),
                            ("endless", "PROGRAM|BUDGET", 3), ("recursion", "PROGRAM", 3)):
        path = os.path.join(TEST_BPF, "bad_%s.bpf.o" % name)
        if os.path.exists(path):
            given(name, path, say, code)
        else:
            m.cases.append(Case("object: " + name, None, 0, "not built: " + path))
    rng = random.Random(1)
    for i in range(30):
        at = rng.randrange(16, len(data))
        bad = bytearray(data)
        bad[at] ^= 1 << rng.randrange(8)
        path = os.path.join(m.dir, "flipped-%d.bpf.o" % i)
        with open(path, "wb") as f:
            f.write(bad)
        given("a bit of byte %d flipped" % at, path, "", None)
        given("a bit of byte %d flipped, verified" % at, path, "", None, ())


# ---- running -----------------------------------------------------------------------------

def printable(text):
    return all(c in "\n" or " " <= c for c in text)


def judge(case, directory):
    if case.args is None:
        return [case.say]
    out = case.output if case.output is not None else os.path.join(directory, "out.core")
    before = set(os.listdir(directory))
    existed = os.path.exists(out)
    r = run("run", "-i", case.path, "-o", out, *case.args, program=LUO_LOAD_ASAN, timeout=30,
            limit=case.limit)
    codes = (0, 3, 5, 6) if case.code is None else (case.code,)
    wrong = [] if r.code in codes else ["exit %d, not %s: %s" % (r.code, case.code, r.err[-400:])]
    if r.code:
        if len(complaint(r.err)) != 1:
            wrong.append("%d lines say that it failed: %s" % (len(complaint(r.err)), r.err[:300]))
        if case.say and not re.search(case.say, r.err):
            wrong.append("says nothing of %s: %s" % (case.say, r.err[:400]))
        if r.code != 3 and not existed and os.path.exists(out) or \
           r.code == 3 and os.path.exists(out) and not existed:
            wrong.append("there is an output file")
    if not printable(r.err) or not printable(r.out):
        wrong.append("prints control characters: %r" % (r.err + r.out)[:300])
    litter = set(os.listdir(directory)) - before - {"out.core"}
    wrong += ["left behind: %s" % l for l in sorted(litter)]
    if r.code == 0 and case.code == 0 and "GiB" not in case.name:
        wrong += khostate.compare(khostate.read(case.path), khostate.read(out))
        wrong += khostate.read(out).errors
    if not existed and os.path.exists(out):
        os.unlink(out)
    return wrong


CASES, WHERE = [], []


def do(i):
    # Each process writes to a directory of its own: what is left behind is to be seen.
    directory = os.path.join(WHERE[0], "out-%d" % os.getpid())
    os.makedirs(directory, exist_ok=True)
    return judge(CASES[i], directory)


def main():
    tap = Tap()
    with scratch_dir() as d:
        WHERE.append(d)
        released_objects(d)
        maker = Maker(d)
        for make in (truncated, headers, note_lines, memory_map, handles, counts, values, flbs,
                     trees,
                     sizes, frozen, limits, no_room, command_line, objects):
            make(maker)
        only = sys.argv[1:]
        CASES.extend(c for c in maker.cases if not only or any(o in c.name for o in only))
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for i, wrong in enumerate(pool.imap(do, range(len(CASES)), 4)):
                tap.result(CASES[i].name, wrong)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
