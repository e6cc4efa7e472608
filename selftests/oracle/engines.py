#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""engines.py - every engine makes the same of the same state.

Captures, generated states, mutated ones and hostile objects go through `luo-load run` with
each engine. Exit code, every line of the report but times, and all bytes of the output have
to be the same: places of regions depend on the order of allocations, and on nothing else.
-n N mutates each state N times.
"""
import argparse
import glob
import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
import genstate                                               # noqa: E402
import mutate                                                 # noqa: E402
from tap import BUILD, DATA, LUO_LOAD, Tap, run, scratch_dir  # noqa: E402

ENGINES = ("interpreter", "jit")
TARGETS = ("6.19", "7.1", "7.2", "7.3")
SHAPES = (("7.1", "many-files"), ("7.3", "many-sessions"), ("6.19", "odd-orders"),
          ("6.19", "seals"), ("7.3", "ragged"), ("7.1", "long-list"))


def without_times(value):
    """A report that does not depend on how fast, or where, programs ran."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items()
                if k not in ("ns", "jit_steps", "warnings", "output")}
    if isinstance(value, list):
        return [without_times(v) for v in value]
    return value


def look(engine, path, out, args):
    """(what must be equal, steps, steps in the kernel, why not all)"""
    r = run("run", "-j", "-i", path, "-o", out, "--engine", engine, *args)
    try:
        report = json.loads(r.out)
    except ValueError:
        report = {"text": r.out + r.err}
    written = None
    if os.path.exists(out):
        with open(out, "rb") as f:
            written = f.read()
        os.unlink(out)
    why = [w for w in report.get("warnings", ()) if "not the JIT" in w]
    return ((r.code, without_times(report), written), report.get("steps", 0),
            report.get("jit_steps", 0), why)


class Count:
    steps = jit = runs = carried = 0


def agree(path, directory, args, all_in_kernel=False, more=()):
    """What is wrong with one run by all engines."""
    out, wrong, first = os.path.join(directory, "out"), [], None
    for engine in ENGINES + more:
        got, steps, jit, why = look(engine, path, out, args)
        first = first or got
        for what, a, b in zip(("exit code", "report", "output"), first, got):
            if a != b:
                wrong.append("%s: another %s than by the %s: %s" % (
                    engine, what, ENGINES[0], "" if what == "output" else "%.300s" % (b,)))
        if engine != "jit":
            continue
        Count.steps, Count.jit, Count.runs = Count.steps + steps, Count.jit + jit, Count.runs + 1
        # A step that is refused is the interpreter's; all of a state that is carried is not.
        if got[0] == 0:
            Count.carried += 1
            if all_in_kernel and (jit != steps or not steps):
                wrong.append("%d of %d programs ran in the kernel: %s" % (jit, steps, why))
    return wrong


def allowed():
    """The reason why the host's kernel cannot be asked, or nothing."""
    obj = os.path.join(BUILD, "bpf", "memfd_v1_to_v2.bpf.o")
    r = run("verify", "-j", "--kernel", obj)
    kernel = json.loads(r.out)[0]["kernel"]
    return kernel["text"] if kernel["verdict"] == "skipped" else None


def accepted(tap):
    """The kernel takes each shipped object: otherwise agreement would say little."""
    r = run("verify", "-j", "--kernel", *sorted(glob.glob(os.path.join(BUILD, "bpf", "*.bpf.o"))))
    for o in json.loads(r.out):
        tap.result("%s: accepted by the running kernel" % o["object"],
                   [] if o["kernel"]["verdict"] == "accepted" else [str(o["kernel"])])


def refused_by_kernel(tap):
    """What the kernel refuses is explained by the object's own line."""
    for name, line in (("hostile_forged", 11), ("bad_endless", 9)):
        obj = os.path.join(BUILD, "selftests/bpf/%s.bpf.o" % name)
        r = run("verify", "-j", "--kernel", obj)
        k = json.loads(r.out)[0]["kernel"]
        tap.result("%s: the kernel's refusal names its line" % name,
                   [] if r.code & 4 and k["verdict"] == "refused" and k["line"] == line and
                   k["file"] == name + ".bpf.c" and k["text"] else [str(k)])


def states(directory):
    for path in sorted(glob.glob(os.path.join(DATA, "*.core"))):
        yield os.path.basename(path)[:-5], path
    for release in ("6.19", "7.1", "7.3"):
        for seed in range(2):
            path = os.path.join(directory, "%s-%d.core" % (release, seed))
            genstate.generate(release, seed, None, path)
            yield "generated %s-%d" % (release, seed), path
    for release, shape in SHAPES:
        path = os.path.join(directory, "%s-%s.core" % (release, shape))
        genstate.generate(release, 1, shape, path)
        yield "generated %s-%s" % (release, shape), path


def mutations(tap, name, path, nr, directory):
    image = mutate.Image(path)
    release = name.split()[-1].split("-")[0]
    mutate.MUTATIONS = nr
    wrong, new = [], os.path.join(directory, "mutated.core")
    for m in mutate.choose(image, release, random.Random(name)):
        with open(new, "wb") as f:
            f.write(image.build(m.edit))
        wrong += ["%s to %s: %s" % (m.what, m.target, w)
                  for w in agree(new, directory, ("--to", m.target))]
    tap.result("%s: %d mutations" % (name, nr), wrong)


def hostile(tap, directory):
    """Wrong objects: those that our verifier does not prove never reach the kernel."""
    core = os.path.join(DATA, "7.1-luo_kexec_simple.core")
    for obj in sorted(glob.glob(os.path.join(BUILD, "selftests/bpf/hostile_*.bpf.o"))):
        tap.result(os.path.basename(obj)[:-6],
                   agree(core, directory, ("--to", "7.3", obj)) +
                   agree(core, directory, ("--to", "7.3", "--no-verify", obj)))


def without_privilege(tap, directory):
    """One line says why, and the interpreter does it."""
    core = os.path.join(DATA, "7.1-luo_kexec_simple.core")
    name = "without privilege the interpreter runs, and one line says why"
    if os.geteuid():
        cmd = []
    else:
        cmd = ["setpriv", "--bounding-set", "-all", "--inh-caps", "-all"]
    p = subprocess.run(cmd + [LUO_LOAD, "run", "-i", core, "-n", "--to", "7.3", "--engine", "jit"],
                       capture_output=True, text=True, check=False)
    lines = [l for l in p.stderr.splitlines() if "not the JIT but the interpreter: " in l]
    tap.result(name, [] if p.returncode == 0 and len(lines) == 1 else
               ["exit %d" % p.returncode] + p.stderr.splitlines())


def unknown(tap):
    r = run("run", "-i", os.path.join(DATA, "7.1-luo_kexec_simple.core"), "-n", "--to", "7.3",
            "--engine", "fastest")
    tap.result("an engine that there is not is a usage error",
               [] if r.code == 2 and "fastest" in r.err else ["exit %d" % r.code, r.err])


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-n", type=int, default=4)
    args = ap.parse_args()
    tap = Tap()
    unknown(tap)
    why = allowed()
    if why:
        tap.nr += 1
        print("ok %d - engines agree # SKIP %s" % (tap.nr, why))
        return tap.end()
    with scratch_dir() as d:
        accepted(tap)
        refused_by_kernel(tap)
        for name, path in states(d):
            for target in TARGETS[-1:] if "long-list" in name else TARGETS:
                tap.result("%s to %s" % (name, target),
                           agree(path, d, ("--to", target), all_in_kernel=True,
                                 more=("auto",) if target == TARGETS[-1] else ()))
            if not any(s in name for _r, s in SHAPES) and "818" not in name:
                mutations(tap, name, path, args.n, d)
        hostile(tap, d)
        without_privilege(tap, d)
    tap.note("%d runs, %d of them carried; %d of %d programs ran in the kernel" % (
        Count.runs, Count.carried, Count.jit, Count.steps))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
