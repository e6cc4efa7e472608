#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""bench.py - what is fast, and how fast: tables in Markdown, made by one run.

Times are of processors, not of clocks on the wall: a busy machine makes them longer, not
wrong. Ratios are medians of 11 repetitions in which all sides took turns; what stands behind
"to" are their quartiles, which is the noise of this run.
"""
import collections
import glob
import multiprocessing
import os
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../oracle"))
import genstate                                               # noqa: E402
from tap import BUILD, LUO_LOAD, scratch_dir                  # noqa: E402

DIR = os.path.join(BUILD, "selftests/bench")
PAGE = 4096
SETS = (("folio", "folio word, 16 bytes, in windows of 4,096"),
        ("pci", "PCI D2 to D3, 128 bytes, in windows of 4,096"),
        ("pci_single", "PCI D2 to D3, 128 bytes, a window each"),
        ("blob", "blobs of drivers, 64 bytes, in windows of 4,096"))
REPS = 11


def machine():
    model = "unknown processor"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    release = os.uname().release.split("-")[0]
    one, load, _ = os.getloadavg()
    return "%s, %d processors, Linux %s, load %.1f" % (model, os.cpu_count(), release,
                                                       max(one, load))


def table(head, rows):
    print("| %s |" % " | ".join(head))
    print("|%s" % ("---|" * len(head)))
    for row in rows:
        print("| %s |" % " | ".join(row))
    print()


def cell(v, mark=True):
    ns, ratio, low, high = v
    return "%.1f ns" % ns if not mark else "%.2fx (%.2f to %.2f)" % (ratio, low, high)


def arrays(results):
    for key, title in SETS:
        numbers = sorted({n for s, _side, n in results if s == key})
        sides = list(dict.fromkeys(side for s, side, _n in results if s == key))
        print("%s, against gcc -O2:\n" % title)
        rows = [[sides[0] + ", a record"] + [cell(results[key, sides[0], n], False)
                                             for n in numbers]]
        rows += [[side] + [cell(results[key, side, n]) for n in numbers] for side in sides[1:]]
        table(["records"] + ["{:,}".format(n) for n in numbers], rows)


def others(results):
    for what, title in (("straight code", "The same bytecode, 16 records a call, no loops "
                                          "(librte-bpf takes no others):\n"),
                        ("once", "Once, cold: allocate, copy in, run; the kernel's part with "
                                 "verifying and compiling, 100,000 records:\n")):
        sets = [s for s in dict.fromkeys(k[0] for k in results) if s.endswith(what)]
        sides = list(dict.fromkeys(k[1] for k in results if k[0] in sets))
        print(title)
        rows = []
        for side in sides:
            row = [side]
            for s in sets:
                hit = [v for k, v in results.items() if k[:2] == (s, side)]
                row.append("%.1f ns, %s" % (hit[0][0], cell(hit[0])) if hit else "-")
            rows.append(row)
        table(["a record"] + [s.split(",")[0] for s in sets], rows)


def objects(rows):
    def spread(i):
        v = sorted(float(r[i]) / 1e6 for r in rows)
        return "%.2f" % v[len(v) // 2], "%.2f" % v[-1]

    print("The %d shipped objects, milliseconds:\n" % len(rows))
    table(["", "median", "worst"], [["open: ELF, BTF, decode", *spread(1)],
                                    ["verify: luo-load", *spread(2)],
                                    ["verify and compile: the kernel", *spread(3)]])


def engines():
    cmd = [os.path.join(DIR, "engines"), DIR] + sorted(glob.glob(os.path.join(BUILD, "bpf/*.o")))
    results, objs = collections.OrderedDict(), []
    p = subprocess.run(cmd, capture_output=True, text=True, check=True)
    for line in p.stdout.splitlines():
        f = line.split("\t")
        if f[0] == "skipped":
            print("%s: skipped: %s\n" % (f[1], f[2]))
        elif f[0] == "object":
            objs.append(f[1:])
        else:
            results[f[0], f[1], int(f[2])] = tuple(float(v) for v in f[3:])
    arrays(results)
    others(results)
    objects(objs)


# ---- whole runs --------------------------------------------------------------------------

def child(cmd, out=subprocess.DEVNULL):
    """(processor seconds, peak memory in bytes) of a command."""
    p = subprocess.Popen(cmd, stdout=out, stderr=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(p.pid, 0)
    if status:
        raise SystemExit("bench: %s: exit status %d" % (" ".join(cmd), status))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def median(values):
    return sorted(values)[len(values) // 2]


class Hundred(genstate.Model):
    def _sessions(self):
        return [(b"hundred", self._files(100))]


def big_core(path):
    """One file of 131,000 folios, 64 MiB of which are not zero."""
    w = genstate.Writer(genstate.Model("7.1", 1, "long-list"), 1024)
    w.write()
    left = 64 << 20
    for pa, order in w.mem.preserved:
        for p in range(pa, pa + (PAGE << order), PAGE):
            if p not in w.mem.pages and left:
                w.mem.pages[p] = p.to_bytes(8, "little") * (PAGE // 8)
                left -= PAGE
    with open(path, "wb") as f:
        f.write(w.core())


def apart(fn, *args):
    """In a process of its own: a child's peak memory begins with that of its parent."""
    p = multiprocessing.get_context("fork").Process(target=fn, args=args)
    p.start()
    p.join()
    if p.exitcode:
        raise SystemExit("bench: %s failed" % fn.__name__)


def copying(directory):
    big, out = os.path.join(directory, "big.core"), os.path.join(directory, "out.core")
    apart(big_core, big)
    size = os.path.getsize(big)
    sides = (("cat to a file", ["cat", big], True),
             ("luo-load inspect", [LUO_LOAD, "inspect", big], False),
             ("luo-load run --to 7.3", [LUO_LOAD, "run", "-i", big, "-o", out, "--to", "7.3",
                                        "--engine", "interpreter"], False),
             ("luo-load run --engine jit", [LUO_LOAD, "run", "-i", big, "-o", out, "--to", "7.3",
                                            "--engine", "jit"], False))
    times, peak = collections.defaultdict(list), {}
    for _ in range(REPS):
        for name, cmd, to_file in sides:
            with open(out + ".cat", "wb") as f:
                s, peak[name] = child(cmd, f if to_file else subprocess.DEVNULL)
            times[name].append(s)
    print("A snapshot of %d MiB, one file of 131,000 folios; processor time:\n" % (size >> 20))
    cat = times["cat to a file"]
    table(["", "GB/s", "against cat", "peak memory"],
          [[name, "%.2f" % (size / median(times[name]) / 1e9),
            "%.2fx" % median([a / b for a, b in zip(times[name], cat)]),
            "%.2fx the snapshot" % (peak[name] / size)] for name, _c, _f in sides])


def hundred_core(path):
    w = genstate.Writer(Hundred("7.1", 1), 512)
    w.write()
    with open(path, "wb") as f:
        f.write(w.core())


def small(directory):
    path = os.path.join(directory, "hundred.core")
    apart(hundred_core, path)
    cmd = [LUO_LOAD, "run", "-i", path, "-n", "--to", "7.3"]
    rows = [["100 files, --engine " + e,
             "%.1f ms" % (1000 * median([child(cmd + ["--engine", e])[0] for _ in range(REPS)]))]
            for e in ("auto", "interpreter", "jit")]
    print("Whole runs of luo-load, processor time:\n")
    table(["", "median"], rows)
    wall = {}
    for jobs in (1, os.cpu_count()):
        names = "\n".join([path] * 200)
        before = os.times().elapsed
        subprocess.run(["xargs", "-P%d" % jobs, "-I{}", LUO_LOAD, "run", "-i", "{}", "-n", "--to",
                        "7.3"], input=names, text=True, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        wall[jobs] = os.times().elapsed - before
    print("200 captures: %.1f s one by one, %.1f s on %d processors (on the wall).\n" % (
        wall[1], wall[os.cpu_count()], os.cpu_count()))


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print("Made by `make bench` on: %s.\n" % machine())
    engines()
    with scratch_dir() as d:
        copying(d)
        small(d)
    return 0


if __name__ == "__main__":
    sys.exit(main())
