#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Values at the limits of every field, through a translator. Prints TAP.

usage: TEST.py SNAPSHOT [DIR_OF_OBJECTS [LUO_LOAD [RELEASE|PROFILE]]]

In a copy of the snapshot, each field of the first record of this format gets each value in
turn. What luo-load run writes then has to have the same value, or it has to refuse the
state; a value that does not fit into the new field has to be refused. A field that the new
record lacks may be refused or dropped: that is shown, and is for people to judge.

The verifier is not asked: this looks at what a translator does, proved or not.

Written by luo-load gen.
"""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

# @TABLE@
nr = bad = 0


def result(ok, name, why=""):
    global nr, bad
    nr += 1
    bad += not ok
    print("%sok %d - %s" % ("" if ok else "not ", nr, name))
    if not ok:
        print("# " + why.replace("\n", "\n# "))


def records(doc, string):
    """Every record of the family, in order: (address, record)."""
    found = []

    def walk(o):
        if isinstance(o, dict):
            if o.get("family") == FAMILY and o.get("version") == string:
                found.append((o.get("addr"), o.get("record")))
            for v in o.values():
                walk(v)
        elif isinstance(o, list):
            for v in o:
                walk(v)
    walk(doc)
    return found


def inspect(load, core):
    out = subprocess.run([load, "inspect", "-j", core], stdout=subprocess.PIPE).stdout
    return json.loads(out)


def number(v):
    """Numbers and addresses as inspect -j has them; flags name their bits beside."""
    if isinstance(v, dict):
        v = v.get("value")
    return int(v, 0) if isinstance(v, str) else v


def value(record, name):
    for part in name.split("."):
        record = record[part]
    return number(record)


def file_offset(core, pa):
    """Where in the ELF file a physical address is."""
    with open(core, "rb") as f:
        head = f.read(64)
        phoff, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        for i in range(count):
            f.seek(phoff + i * size)
            kind, _, off, _, p, filesz = struct.unpack_from("<IIQQQQ", f.read(size))
            if kind == 1 and p <= pa < p + filesz:
                return off + pa - p
    sys.exit("the snapshot has no bytes for the record")


def poke(core, at, byte, bit, bits, new):
    with open(core, "r+b") as f:
        f.seek(at + byte)
        n = (bit + bits + 7) // 8
        old = int.from_bytes(f.read(n), "little")
        mask = ((1 << bits) - 1) << bit
        f.seek(at + byte)
        f.write(((old & ~mask) | (new << bit)).to_bytes(n, "little"))


def limits(bits, to):
    v = {0, 1, (1 << bits) - 1, 1 << (bits - 1), (1 << (bits - 1)) - 1}
    if to and to < bits:
        v |= {(1 << to) - 1, 1 << to}
    return sorted(v)


def unchanged(load, objects, core, tmp):
    """Why the snapshot is refused as it is, or nothing."""
    out = os.path.join(tmp, "as-it-is.core")
    run = subprocess.run([load, "run", "--no-verify", "-i", core, "-o", out, "--to", TARGET] +
                         objects,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.stdout.decode(errors="replace").strip().split("\n")[-1] if run.returncode else ""


def case(load, objects, core, tmp, at, field, new):
    name, byte, bit, bits, to = field
    what = "%s = 0x%x" % (name, new)
    old, out = os.path.join(tmp, "old.core"), os.path.join(tmp, "new.core")
    shutil.copyfile(core, old)
    if os.path.exists(out):
        os.unlink(out)
    poke(old, at, byte, bit, bits, new)
    run = subprocess.run([load, "run", "--no-verify", "-i", old, "-o", out, "--to", TARGET] +
                         objects,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = run.stdout.decode(errors="replace")
    if run.returncode == 3:
        result(not os.path.exists(out), what + ": refused", "refused, but something was written")
    elif run.returncode:
        result(False, what, text)
    elif not to:
        result(True, what + ": dropped")
    elif to < bits and new >> to:
        result(False, what, "does not fit into %d bits, and was not refused" % to)
    else:
        got = value(records(inspect(load, out), TO)[0][1], name)
        result(got == new, what + ": kept", "is 0x%x now" % got)


def main():
    global TARGET
    if not 2 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    TARGET = sys.argv[4] if len(sys.argv) > 4 else TARGET
    core = sys.argv[1]
    objects = [os.path.join(sys.argv[2], o) for o in OBJECTS] if len(sys.argv) > 2 else []
    objects = [o for o in objects if os.path.exists(o)]
    load = sys.argv[3] if len(sys.argv) > 3 else "luo-load"
    found = records(inspect(load, core), FROM)
    if IS_FDT or not found:
        print("ok 1 - limits # SKIP " + ("the record is an FDT" if IS_FDT else
                                         "no record of %s in the snapshot" % FROM))
        return 0
    at = file_offset(core, number(found[0][0]))
    with tempfile.TemporaryDirectory() as tmp:
        why = unchanged(load, objects, core, tmp)
        if why:
            print("ok 1 - limits # SKIP the state is refused as it is: " + why)
            return 0
        for field in FIELDS:
            for new in limits(field[3], field[4]):
                case(load, objects, core, tmp, at, field, new)
    print("1..%d" % nr)
    return 1 if bad else 0


sys.exit(main())
