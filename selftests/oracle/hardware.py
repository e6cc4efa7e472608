#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""hardware.py - objects for some hardware only, on records of drivers of many devices.

A vendor's step is compiled with many LUO_HARDWARE()s; each writes its own number into the
records that it makes. Which number a device has to get is worked out here from the rules in
words of bpf-progs/README.md, and read back without luo-load. COUNT random sets of objects and
devices, in both engines.
"""
import json
import os
import random
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
import driverrecords                                          # noqa: E402
from corefile import Core                                     # noqa: E402
from tap import LUO_LOAD, LUO_LOAD_ASAN, SRC, Tap, complaint, rules, run, scratch_dir  # noqa: E402

CLANG = os.environ.get("CLANG", "clang")
ENGINES = ("interpreter", "jit")
NAMES = ("vendor", "device", "subvendor", "subdevice", "class")
ENTRY = driverrecords.ENTRY
OURS = [driverrecords.obj(x) for x in driverrecords.OURS]
OLD, NEW = struct.Struct("<II"), struct.Struct("<IIII")

# vendor, device, subvendor, subdevice, class
E1000E = (0x8086, 0x10d3, 0x8086, 0xa01f, 0x020000)
NVME = (0x1b36, 0x0010, 0x1af4, 0x1100, 0x010802)
XHCI = (0x1b36, 0x000d, 0x1af4, 0x1100, 0x0c0330)
NET = (0x1af4, 0x1041, 0x1af4, 0x1100, 0x020000)


def text(hw):
    return " ".join("%s=%0*x" % (n, 6 if n == "class" else 4, v) for n, v in zip(NAMES, hw))


# ---- the rules, once more ---------------------------------------------------------------

def limits(words):
    return dict(w.split("=") for w in words.split())


def fits(words, hw):
    return all(text(hw).split()[NAMES.index(n)].startswith("%s=%s" % (n, v.lower()))
               for n, v in limits(words).items())


def closeness(words):
    """How many ids; then those of the subsystem, device, vendor, and the class's length."""
    l = limits(words)
    return (len(l), ("subvendor" in l) + ("subdevice" in l), "device" in l, "vendor" in l,
            len(l.get("class", "")))


def chosen(objects, hw):
    """@objects: (number, words) in the order of files. The number, or None."""
    fit = [(n, w) for n, w in objects if fits(w, hw)]
    return max(fit, key=lambda o: closeness(o[1]))[0] if fit else None


# ---- objects and snapshots --------------------------------------------------------------

class Vendor:
    def __init__(self, tmp):
        self.tmp, self.made = tmp, {}
        self.flags = os.environ.get("BPF_CFLAGS", "").split()

    def build(self, name, source, words=None, by=0, family=None):
        """A file NAME.bpf.o; @words: of LUO_HARDWARE(), None for no limit."""
        path = os.path.join(self.tmp, name + ".bpf.o")
        limit = "" if words is None else 'LUO_HARDWARE("%s")' % words
        subprocess.run([CLANG, *self.flags, "-Iselftests/bpf/hw", "-DLIMIT=" + limit,
                        "-DBY=%d" % by, "-c", os.path.join("selftests/bpf", source), "-o", path],
                       check=True, cwd=SRC)
        return path

    def step(self, words=None, by=0, name=None):
        key = (words, by, name)
        if key not in self.made:
            self.made[key] = self.build(name or "step_%d_%d" % (by, len(self.made)),
                                        "hw/sample_hw.bpf.c", words, by)
        return self.made[key]

    def acceptor(self, words=None):
        key = ("accept", words)
        if key not in self.made:
            self.made[key] = self.build("accept_%d" % len(self.made), "hw/sample_hw_accept.bpf.c",
                                        words)
        return self.made[key]


class Writer(driverrecords.Writer):
    def devices(self, devices):
        out = b""
        for i, hw in enumerate(devices):
            pa = self.mem.alloc(OLD.pack(0x5a5a0000 + i, i))
            out += ENTRY.pack(b"sample-hw-1", pa, i << 3, *hw, OLD.size)
        raw = b"luo-bpf-drivers-1".ljust(24, b"\0") + struct.pack("<II", len(devices), 0) + out
        self.subtrees.append(("luo-bpf-drivers", self.mem.alloc(raw), len(raw)))


class Trial:
    def __init__(self, tmp):
        self.tmp = tmp
        self.core, self.out = os.path.join(tmp, "old.core"), os.path.join(tmp, "new.core")
        self.profiles = []
        for v in "12":
            self.profiles.append(os.path.join(tmp, "v%s.profile" % v))
            with open(self.profiles[-1], "w") as f:
                f.write("luo-profile 1\nrelease 7.3-hw%s\nbase 7.3\n"
                        "format sample-hw sample-hw-%s driver - sample_hw_ser___v%s\n" % (v, v, v))

    def write(self, devices):
        w = Writer(driverrecords.Model(), 64)
        w.devices(devices)
        w.build(self.core)

    def run(self, devices, objects, *options, program=LUO_LOAD_ASAN):
        self.write(devices)
        if os.path.exists(self.out):
            os.unlink(self.out)
        return run("run", "-i", self.core, "-o", self.out, "--from", self.profiles[0], "--to",
                   self.profiles[1], "--only", *options, *OURS, *objects, program=program)

    def plan(self, objects, *options):
        return run("plan", "--from", self.profiles[0], "--to", self.profiles[1], *options,
                   *objects, program=LUO_LOAD_ASAN)

    def numbers(self):
        """What the written records say: (by, right otherwise) of each device."""
        state = driverrecords.Reader(Core.open(self.out))
        got = [NEW.unpack(e[1]) if len(e[1]) == NEW.size else (0, 0, None, 0)
               for e in state.entries]
        wrong = list(state.errors)
        for i, (value, count, _by, zero) in enumerate(got):
            if (value, count, zero) != (0x5a5a0000 + i, i, 0):
                wrong.append("device %d: %x %x %x" % (i, value, count, zero))
        return [g[2] for g in got], wrong

    def chosen(self, devices, objects, files, program=LUO_LOAD_ASAN):
        """Both engines: each device's record by the object that the rules name."""
        want = [chosen(objects, hw) for hw in devices]
        wrong, first = [], None
        for engine in ENGINES:
            r = self.run(devices, files, "--engine", engine, program=program)
            if r.code:
                return wrong + ["%s: exit %d" % (engine, r.code)] + r.err.splitlines()[:8]
            got, more = self.numbers()
            wrong += more
            wrong += ["%s: device %d, %s: by %s, not %s" % (engine, i, text(devices[i]), g, w)
                      for i, (g, w) in enumerate(zip(got, want)) if g != w]
            with open(self.out, "rb") as f:
                written = f.read()
            if written != (first or written):
                wrong.append("engines write other bytes")
            first = written
        return wrong

    def blocked(self, r, rule, *texts):
        return [] if r.code == 3 and rules(r.err) == [rule] and len(complaint(r.err)) == 1 and \
            all(x in r.err for x in texts) and not os.path.exists(self.out) else \
            ["exit %d: %s" % (r.code, r.err)]


# ---- which one --------------------------------------------------------------------------

ORDER = (None, "class=02", "class=0200", "class=020000", "vendor=8086", "device=10d3",
         "subvendor=8086", "vendor=8086 class=02", "device=10d3 class=02",
         "vendor=8086 device=10d3", "subdevice=a01f class=02", "vendor=8086 subdevice=a01f",
         "subvendor=8086 subdevice=a01f", "vendor=8086 device=10d3 class=0200",
         "vendor=8086 device=10d3 subvendor=8086 subdevice=a01f",
         "vendor=8086 device=10d3 subvendor=8086 subdevice=a01f class=020000")


def check_order(t, trial, v):
    """Written down from the least specific to the most, by hand: each beats all before it."""
    objects = [(by, w) for by, w in enumerate(ORDER)]
    wrong = []
    for by in range(1, len(ORDER)):
        some = objects[:by + 1]
        for some in (some, some[::-1]):
            r = trial.run([E1000E], [v.step(w, n) for n, w in some] + [v.acceptor()],
                          program=LUO_LOAD)
            got = trial.numbers()[0] if not r.code else r.err
            if got != [by]:
                wrong.append("%s: by %s" % (ORDER[by], got))
    t.result("each limit beats all that say less, wherever it stands", wrong)


def check_devices(t, trial, v):
    objects = [(1, ""), (2, "vendor=8086"), (3, "class=02"), (4, "vendor=1b36 class=0108"),
               (5, "vendor=1AF4 device=1041")]
    files = [v.step(w or None, n) for n, w in objects] + [v.acceptor()]
    devices = [E1000E, NVME, XHCI, NET, (0x10ec, 0x8168, 0, 0, 0x020000),
               (0xffff,) * 4 + (0xffffff,)]
    t.result("several devices, each by what is most about it",
             trial.chosen(devices, objects, files))
    t.result("no device at all", trial.chosen([], objects, files))


def check_ties(t, trial, v):
    a, b = v.step("vendor=8086", 1, "tie_z"), v.step("vendor=8086", 2, "tie_a")
    any_, accept = v.step(None, 9), v.acceptor()
    got = []
    for files in ((a, b), (b, a)):
        r = trial.run([E1000E], [any_, *files, accept])
        got.append(trial.numbers()[0] if not r.code else r.err)
    t.result("of two alike, the one that is named first", [] if got == [[1], [2]] else [str(got)])
    d = os.path.join(trial.tmp, "dir")
    os.mkdir(d)
    for f in (a, b, any_, accept):
        os.link(f, os.path.join(d, os.path.basename(f)))
    r = trial.run([E1000E], [d])
    t.result("or the first by its name in a directory",
             [] if not r.code and trial.numbers()[0] == [2] else ["%s %s" % (r.code, r.err)])
    # No id of these two is in the other: equally specific, equally many.
    c, e = v.step("subvendor=8086", 3, "half_z"), v.step("subdevice=a01f", 4, "half_a")
    t.result("half of a subsystem is as good as the other half",
             trial.chosen([E1000E], [(3, "subvendor=8086"), (4, "subdevice=a01f")], [c, e, accept]))


def check_random(t, trial, v, count):
    rng = random.Random("hardware %d" % count)
    pool = []
    for by in range(1, 25):
        hw = dict(w.split("=") for w in text(rng.choice((E1000E, NVME, XHCI, NET))).split())
        names = rng.sample(NAMES, rng.choice((1, 1, 2, 2, 3, 4, 5)))
        if "class" in names:
            hw["class"] = hw["class"][:rng.choice((2, 4, 6))]
        pool.append((by, " ".join("%s=%s" % (n, hw[n]) for n in names)))
    pool.append((0, ""))
    wrong = []
    for i in range(count):
        objects = rng.sample(pool, rng.randint(1, 8))
        if all(w for _n, w in objects):
            objects.insert(rng.randrange(len(objects)), (0, ""))
        files = [v.step(w or None, n) for n, w in objects]
        files.insert(rng.randrange(len(files)), v.acceptor())
        devices = [tuple(rng.choice(x) for x in zip(E1000E, NVME, XHCI, NET))
                   for _ in range(rng.randint(1, 9))]
        wrong += ["set %d: %s" % (i, w) for w in trial.chosen(devices, objects, files, LUO_LOAD)]
        if len(wrong) > 12:
            break
    t.result("%d random sets of objects and devices" % count, wrong)


# ---- none of them -----------------------------------------------------------------------

def check_blocked(t, trial, v):
    net, accept = v.step("vendor=8086", 1), v.acceptor()
    r = trial.run([NET], [net, accept])
    t.result("no object for the device: blocked, with its ids", trial.blocked(
        r, "NO_TRANSLATOR", "sample-hw-1", text(NET), "there are objects for other hardware"))
    r = trial.run([E1000E, NET], [net, accept])
    t.result("one device that has none is enough", trial.blocked(
        r, "NO_TRANSLATOR", "luo-bpf-drivers[1] 0000:00:01.0", text(NET)))
    r = trial.run([NET], [accept])
    t.result("nothing is said of objects that are not there", trial.blocked(
        r, "NO_TRANSLATOR", text(NET)) + (["others?"] if "other hardware" in r.err else []))
    r = trial.run([NET], [v.step(), v.acceptor("vendor=8086")])
    t.result("an acceptor for other hardware accepts nothing", trial.blocked(
        r, "NO_ACCEPTOR", text(NET), "there are objects for other hardware"))
    r = trial.run([E1000E], [v.step(), v.acceptor("vendor=8086")])
    t.result("and one for this hardware does", [] if not r.code else [r.err])


# ---- bad text ---------------------------------------------------------------------------

BAD = (("", "names no id"), ("   ", "names no id"), ("8086:10d3", "'8086:10d3' is not"),
       ("vendor", "'vendor' is not"), ("=8086", "'=8086' is not"), ("model=8086", "'model=8086'"),
       ("vendor=", "'vendor=' has to be 4"), ("vendor=86", "4 hexadecimal digits"),
       ("vendor=0x8086", "4 hexadecimal digits"), ("vendor=808g", "'vendor=808g'"),
       ("vendor=80866", "'vendor=80866'"), ("vendor=8086 vendor=8086", "vendor is named twice"),
       ("class=2", "2, 4 or 6"), ("class=020", "2, 4 or 6"), ("class=02000000", "2, 4 or 6"),
       ("class=02 class=0200", "class is named twice"), ("vendor=8086,device=10d3", "'vendor="),
       ("class=00", None), ("vendor=0000", None), ("  vendor=8086   class=0C03 ", None))


def check_text(t, trial, v):
    for i, (words, why) in enumerate(BAD):
        path = v.build("bad_%d" % i, "hw/sample_hw.bpf.c", words)
        r = run("info", path, program=LUO_LOAD_ASAN)
        ok = r.code == 5 and len(r.err.splitlines()) == 1 and "LUO_HARDWARE" in r.err and \
            why in r.err and path in r.err if why else not r.code
        t.result("LUO_HARDWARE(\"%s\") is %s" % (words, "refused" if why else "taken"),
                 [] if ok else ["exit %d: %s" % (r.code, r.err)])
    path = v.build("twice", "hw/sample_hw.bpf.c", 'vendor=8086") LUO_HARDWARE("class=02')
    r = trial.run([E1000E], [path])
    t.result("twice is once too often", [] if r.code == 5 and "twice" in r.err and
             len(complaint(r.err)) == 1 else ["exit %d: %s" % (r.code, r.err)])


def check_family(t, trial, v):
    """A limit where there is nothing to compare would keep the object from all records."""
    src = os.path.join(trial.tmp, "memfd.bpf.c")
    with open(os.path.join(SRC, "bpf-progs/memfd_v1_to_v2.bpf.c")) as f:
        text_ = f.read()
    with open(src, "w") as f:
        f.write(text_.replace("LUO_AUTHOR(", 'LUO_HARDWARE("vendor=8086") LUO_AUTHOR('))
    path = v.build("memfd_for_8086", src)
    wrong = []
    for args in (("run", "-i", trial.core, "-n", "--to", "7.3"), ("plan", "--from", "6.19", "--to",
                                                                 "7.3"),
                 ("matrix", "6.19", "7.3", "--objects")):
        r = run(*args, path, program=LUO_LOAD_ASAN)
        if r.code != 5 or "records of family memfd have no hardware" not in r.err or \
                path not in r.err or len(complaint(r.err)) != 1:
            wrong.append("%s: exit %d: %s" % (args[0], r.code, r.err))
    t.result("a limit for records that have no hardware is refused", wrong)


# ---- what is shown ----------------------------------------------------------------------

def rows(r):
    return [(f["hardware"], f["verdict"], f["records"], [(s["object"], s["hardware"])
                                                         for s in f["steps"]],
             [b["rule"] for b in f["blockers"]])
            for f in json.loads(r.out)["formats"] if f["family"] == "sample-hw"]


def check_plan(t, trial, v):
    any_, intel, nic = (v.step(w, n, "plan_" + name) for n, (name, w) in enumerate((
        ("any", None), ("intel", "vendor=8086"), ("nic", "vendor=8086 class=0200"))))
    accept = v.acceptor()
    r = trial.plan([any_, intel, nic, accept], "-j")
    want = [("", "translated", 0, [("plan_any", "")], []),
            ("vendor=8086", "translated", 0, [("plan_intel", "vendor=8086")], []),
            ("vendor=8086 class=0200", "translated", 0,
             [("plan_nic", "vendor=8086 class=0200")], [])]
    got = rows(r)
    t.result("plan lists all variants with their limits", [] if not r.code and got == want else
             ["exit %d: %s" % (r.code, got), r.err])
    r = trial.plan([any_, intel, nic, accept])
    t.result("also as text", [] if not r.code and all(x in r.out for x in (
        "  for vendor=8086\n", "  for vendor=8086 class=0200\n")) else [r.out, r.err])
    r = trial.plan([intel, nic, accept], "-j")
    got = rows(r)
    t.result("without one for any device, the way is blocked", [] if r.code == 3 and
             [(g[0], g[1]) for g in got] == [("", "blocked"), want[1][:2], want[2][:2]] and
             got[0][4] == ["FOR_HARDWARE_ONLY"] else ["exit %d: %s" % (r.code, got)])
    trial.write([E1000E, NVME, E1000E, XHCI])
    r = trial.plan([any_, intel, nic, accept], "-j", "-i", trial.core)
    got = rows(r)
    t.result("with a snapshot, what its devices get", [] if not r.code and
             [(g[0], g[2], g[3][0][0]) for g in got] ==
             [(text(E1000E), 2, "plan_nic"), (text(NVME), 1, "plan_any"),
              (text(XHCI), 1, "plan_any")] else ["exit %d: %s" % (r.code, got), r.err])
    r = trial.plan([intel, nic, accept], "-i", trial.core)
    t.result("and which of them get nothing", [] if r.code == 3 and
             r.out.count("NO_TRANSLATOR") == 2 and text(NVME) in r.out and
             "there are objects for other hardware: vendor=8086, vendor=8086 class=0200" in r.out
             else ["exit %d: %s" % (r.code, r.out)])
    r = run("matrix", "-j", *trial.profiles, "--only", *sum((["--objects", o] for o in
                                                             OURS + [intel, nic, accept]), []),
            program=LUO_LOAD_ASAN)
    pair = [p for p in json.loads(r.out)["pairs"] if p["from"] == "7.3-hw1"]
    found = [(f["hardware"], f["verdict"]) for f in pair[0]["formats"]
             if f["family"] == "sample-hw"] if pair else r.err
    t.result("in the matrix a step for some hardware covers nothing", [] if pair and
             pair[0]["verdict"] == "blocked" and ("", "blocked") in found else [str(found)])


def check_info(t, trial, v):
    path = v.step("class=0C03  vendor=1b36", 7)
    r = run("info", "-j", path, program=LUO_LOAD_ASAN)
    t.result("info says which hardware", [] if not r.code and
             json.loads(r.out)[0]["hardware"] == "vendor=1b36 class=0c03" else [r.out, r.err])
    r = run("info", path, v.step(), program=LUO_LOAD_ASAN)
    t.result("also as text, and nothing of objects for any",
             [] if r.out.count("\n  hardware ") == 1 and
             "\n  hardware   vendor=1b36 class=0c03\n" in r.out else [r.out])
    page = os.path.join(trial.tmp, "page.html")
    r = run("verify", "--html", page, path, program=LUO_LOAD_ASAN)
    with open(page) as f:
        html = f.read()
    t.result("and the verifier's page", [] if not r.code and "vendor=1b36 class=0c03" in html
             else ["exit %d: %s" % (r.code, r.err)])


def main():
    t = Tap()
    with scratch_dir() as tmp:
        trial, v = Trial(tmp), Vendor(tmp)
        check_order(t, trial, v)
        check_devices(t, trial, v)
        check_ties(t, trial, v)
        check_random(t, trial, v, int(os.environ.get("COUNT", "40")))
        check_blocked(t, trial, v)
        check_text(t, trial, v)
        check_family(t, trial, v)
        check_plan(t, trial, v)
        check_info(t, trial, v)
    return t.end()


if __name__ == "__main__":
    sys.exit(main())
