#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""driverrecords.py - blobs of drivers, in snapshots that no machine had to make.

What leads to them is written here byte by byte, and read back so, not by the structures
that luo-load reads it with. The sample vendor's objects lead from its first blob to its second.
"""
import os
import struct
import sys

sys.dont_write_bytecode = True
import genstate                                               # noqa: E402
import khostate                                               # noqa: E402
import pcirecords                                             # noqa: E402
from corefile import Core                                     # noqa: E402
from tap import BUILD, LUO_LOAD_ASAN, Tap, complaint, rules, run, scratch_dir  # noqa: E402

ENTRY = struct.Struct("<48sQQHHHHII")
EDU_1, EDU_2 = struct.Struct("<IHHQ"), struct.Struct("<QIIIHH")
HW = (0x1234, 0x11e8, 0x1af4, 0x1100, 0x00ff00)
OURS = ("luo_bpf_drivers_carry", "luo_bpf_drivers_v1_accept", "luo_v5_carry", "luo_v5_accept")
OTHER = "format other other-1 driver - sample_edu_ser___v1\n"


def obj(name):
    path = os.path.join(BUILD, "bpf", name + ".bpf.o")
    return path if os.path.exists(path) else os.path.join(BUILD, "selftests/bpf",
                                                          name + ".bpf.o")


def blob(i):
    return EDU_1.pack(0x010000ed, 7 + i, i & 0xffff, 1700000000 + i)


class Model:
    def __init__(self, release="7.3"):
        self.release, self.shape, self.number = release, None, 1
        self.rng = genstate.random.Random("drivers %s" % release)
        self.sessions, self.flbs, self.regions = [], [], []


class Writer(genstate.Writer):
    """@entries: (version, blob, address, bytes that are said)."""

    def drivers(self, entries, name=b"luo-bpf-drivers-1", nr=None, share=False):
        out, pa = b"", None
        for version, data, address, size in entries:
            pa = pa if pa and share else self.mem.alloc(data)
            out += ENTRY.pack(version, pa, address, *HW, len(data) if size is None else size)
        nr = len(entries) if nr is None else nr
        raw = name.ljust(24, b"\0") + struct.pack("<II", nr, 0) + out
        self.subtrees.append(("luo-bpf-drivers", self.mem.alloc(raw), len(raw)))

    def build(self, path):
        self.luo()
        self.root()
        with open(path, "wb") as f:
            f.write(self.core())


def make(path, entries, **more):
    w = Writer(Model(), 64)
    w.drivers(entries, **more)
    w.build(path)


class Reader(khostate.State):
    """What is behind the subtree, and that nothing leaks."""

    def _records(self):
        self.entries, self.head = [], None
        pa, size = self.subtrees.pop("luo-bpf-drivers", (0, 0))
        if pa:
            raw = self.core.read(pa, size)
            self.head, (nr, zero) = raw[:24].rstrip(b"\0"), struct.unpack_from("<II", raw, 24)
            order = max(0, (size - 1).bit_length() - 12)
            self.claim(pa, order, "drivers")
            if zero or size != 32 + nr * ENTRY.size:
                self.err("drivers: %d entries in %d bytes, reserved %d", nr, size, zero)
            for i in range(nr):
                e = ENTRY.unpack_from(raw, 32 + i * ENTRY.size)
                self.claim(e[1], 0, "blob %d" % i)
                self.entries.append((e[0].rstrip(b"\0"), self.core.read(e[1], e[8]), e[2], e[3:8]))
        super()._records()


def profiles(tmp, more=""):
    out = []
    for name in ("sample_edu_ser___v1", "sample_edu_ser___v2"):
        out.append(os.path.join(tmp, name[-2:] + ".profile"))
        with open(out[-1], "w") as f:
            f.write("luo-profile 1\nrelease 7.3-%s\nbase 7.3\n" % name[-2:] +
                    "format sample-edu sample-edu-%s driver - %s\n%s" % (name[-1], name, more))
    return out


def carry(tmp, entries, objects=("sample_edu_v1_to_v2", "sample_edu_v2_accept"), more="", to=1,
          **kw):
    core, out = os.path.join(tmp, "old.core"), os.path.join(tmp, "new.core")
    if os.path.exists(out):
        os.unlink(out)
    both = profiles(tmp, more)
    make(core, entries, **kw)
    r = run("run", "-i", core, "-o", out, "--from", both[0], "--to", both[to], "--only",
            *[obj(x) for x in OURS + tuple(objects)], program=LUO_LOAD_ASAN)
    return r, out


def edu(nr, version=b"sample-edu-1", size=None):
    return [(version, blob(i), i << 3, size) for i in range(nr)]


def check_carried(t, tmp):
    for nr in (0, 1, 50, 51, 300):
        r, out = carry(tmp, edu(nr))
        wrong = [] if not r.code else ["exit %d" % r.code] + r.err.splitlines()[:5]
        if not wrong:
            state = Reader(Core.open(out))
            wrong = list(state.errors)
            want = [(b"sample-edu-2", EDU_2.pack(1700000000 + i, 0x010000ed, 7 + i, 0, i & 0xffff,
                                                0), i << 3, HW) for i in range(nr)]
            if state.entries != want or state.head != b"luo-bpf-drivers-1":
                wrong.append("%d blobs: %s" % (nr, state.entries[:2]))
        t.result("%d blobs in their new layout, with its size" % nr, wrong)


def check_same(t, tmp):
    """Nothing to translate: what leads to blobs stays where it is."""
    r, out = carry(tmp, edu(3), ("sample_edu_v1_accept",), to=0)
    wrong = ["exit %d" % r.code] + r.err.splitlines()[:5] if r.code else []
    if not wrong:
        state = Reader(Core.open(out))
        wrong = state.errors + [str(e) for e, i in zip(state.entries, range(3))
                                if e != (b"sample-edu-1", blob(i), i << 3, HW)]
    t.result("blobs that stay as they are", wrong)
    refused(t, "a blob whose reading rules nobody knows",
            carry(tmp, edu(1), ("sample_edu_v1_to_v2",), to=0), "NO_ACCEPTOR")


def refused(t, title, result, rule, *texts):
    r, out = result
    t.result(title, [] if r.code == 3 and rule in rules(r.err) and len(complaint(r.err)) == 1 and
             all(x in r.err for x in texts) and not os.path.exists(out) else
             ["exit %d: %s" % (r.code, r.err)])


def check_refused(t, tmp):
    refused(t, "no translator leads to what the next driver reads", carry(
        tmp, edu(2), ("sample_edu_v1_accept", "sample_edu_v2_accept")), "NO_TRANSLATOR",
        "sample-edu-1", "luo-bpf-drivers[1] 0000:00:01.0")
    refused(t, "a version that nobody knows", carry(tmp, edu(1, b"strange-1")), "UNKNOWN_RECORD",
            "strange-1")
    refused(t, "another driver's blob is no reason to lose it", carry(
        tmp, edu(1) + [(b"other-1", blob(1), 99, None)], more=OTHER.replace("other-1", "other-0")),
        "UNKNOWN_RECORD", "other-1")
    refused(t, "a version that does not end", carry(tmp, edu(1, b"x" * 48)),
            "STRING_NOT_TERMINATED")
    refused(t, "what the vendor's acceptor refuses", carry(
        tmp, [(b"sample-edu-1", EDU_1.pack(0x99, 1, 0, 0), 8, None)]), "SAMPLE_EDU_OTHER_DEVICE")
    for size in (0, 15, 17, 4096, 0xffffffff):
        refused(t, "a blob of %d bytes" % size, carry(tmp, edu(1, size=size)), "BLOB_SIZE")
    refused(t, "two blobs in one place", carry(tmp, edu(2), share=True), "USED_TWICE")
    refused(t, "two blobs of one device", carry(
        tmp, [(b"sample-edu-1", blob(0), 8, None), (b"sample-edu-1", blob(1), 8, None)]),
        "NOT_UNIQUE")
    refused(t, "more entries than bytes", carry(tmp, edu(2), nr=200), "COUNT_OVERFLOW")
    refused(t, "a container of another version", carry(tmp, edu(1), name=b"luo-bpf-drivers-9"),
            "WRONG_STRING")


def check_shown(t, tmp):
    core = os.path.join(tmp, "show.core")
    make(core, edu(2))
    old, _new = profiles(tmp)
    r = run("inspect", "--from", old, core, obj("sample_edu_v1_to_v2"), program=LUO_LOAD_ASAN)
    t.result("inspect shows blobs", [] if not r.code and "sample-edu-1" in r.out and
             "0000:00:01.0" in r.out and "uses 8" in r.out else ["exit %d" % r.code, r.out, r.err])
    w = Writer(Model(), 64)
    raw = pcirecords.record(override=b"vfio-pci")
    w.subtrees.append(("luo-bpf-pci", w.mem.alloc(raw), len(raw)))
    w.build(core)
    r = run("inspect", "-v", core, program=LUO_LOAD_ASAN)
    t.result("inspect -v shows each string of a structure", [] if not r.code and
             '.driver = "e1000e",' in r.out and '.override = "vfio-pci",' in r.out else [r.out])


def main():
    t = Tap()
    with scratch_dir() as tmp:
        check_carried(t, tmp)
        check_same(t, tmp)
        check_refused(t, tmp)
        check_shown(t, tmp)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
