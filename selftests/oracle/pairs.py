#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""pairs.py - states go through `luo-load run` in every direction; khostate.py judges.

Shipped captures and generated states are carried to every release that can take them, and
back where there is a way back. What comes out has to be the same state, whole and in the
target's form. Arguments choose states by a part of their name; -n N generates N per release.
"""
import argparse
import glob
import json
import multiprocessing
import os
import stat
import sys

sys.dont_write_bytecode = True
import genstate                                               # noqa: E402
import khostate                                               # noqa: E402
from tap import DATA, Tap, complaint, rules, run, scratch_dir  # noqa: E402

TARGETS = {"6.19": ("7.1", "7.2", "7.3"), "7.1": ("7.2", "7.3"), "7.2": ("7.3", "7.1"),
           "7.3": ("7.2", "7.1")}
SAME_WIRE = ({"7.2", "7.3"},)


class Case:
    """One state in a file."""

    def __init__(self, name, release, path):
        self.name, self.release, self.path = name, release, path
        self.state = khostate.read(path)
        self.model = None

    def large(self):
        return any(n > 1 for s in self.state.sessions for f in s["files"]
                   for _i, n, _f in f["memfd"]["folios"])

    def slow(self):
        """131,000 folios: a second for each look of the oracle."""
        return "long-list" in self.name

    def seals(self):
        return any((f["memfd"]["seals"] or 0) & ~1 for s in self.state.sessions
                   for f in s["files"])


def captures():
    for path in sorted(glob.glob(os.path.join(DATA, "*.core"))):
        name = os.path.basename(path)[:-5]
        yield Case(name, name.split("-")[0], path)


def generated(directory, per_release):
    plan = [(r, seed, None) for r in ("6.19", "7.1", "7.3") for seed in range(per_release)]
    plan += [("7.2", 1000, None), ("7.3", 1, "many-files"), ("7.3", 1, "many-sessions"),
             ("7.1", 1, "many-files"), ("7.1", 1, "many-sessions"), ("6.19", 1, "crowd"),
             ("6.19", 1, "long-list"),
             ("7.3", 1, "long-list"), ("6.19", 1, "odd-orders"), ("6.19", 2, "odd-orders"),
             ("7.1", 1, "odd-orders"), ("6.19", 1, "seals"), ("6.19", 2, "seals"),
             ("7.2", 1, "ragged"), ("7.3", 2, "ragged"), ("6.19", 1, "dump"), ("7.1", 1, "dump"),
             ("7.3", 1, "dump")]
    for release, seed, shape in plan:
        name = "%s-%s-%d" % (release, shape or "seed", seed)
        path = os.path.join(directory, name + ".core")
        model, _writer = genstate.generate(release, seed, shape, path)
        case = Case("generated " + name, release, path)
        case.model = model
        yield case


def read_case(case):
    """The oracle reads what was drawn, and finds nothing wrong with it."""
    wrong = case.state.errors + case.state.target(case.release)
    if case.model:
        wrong += list(khostate.differences(case.model, case.state.canonical()))
    return wrong


def judge(before, path, target):
    """What is wrong with the output of a run."""
    try:
        after = khostate.read(path)
    except khostate.Unreadable as e:
        return None, ["output: %s" % e]
    wrong = ["output: %s" % e for e in after.errors + after.target(target)]
    wrong += ["differs: %s" % d for d in khostate.compare(before, after)]
    if stat.S_IMODE(os.stat(path).st_mode) != 0o600:
        wrong.append("mode is not 0600")
    return after, wrong


def carry(case_state, path, release, target, out):
    """One run. Returns the state that came out, and what is wrong."""
    r = run("run", "-j", "-i", path, "-o", out, "--to", target)
    if r.code:
        return None, ["exit %d" % r.code] + (r.err + r.out).splitlines()[:9]
    after, wrong = judge(case_state, out, target)
    want = "identical" if {release, target} in SAME_WIRE else "carried"
    if json.loads(r.out)["result"] != want:
        wrong.append("says %s, not %s" % (json.loads(r.out)["result"], want))
    return after, wrong


def there(case, target, directory):
    """To @target, and back if the old release can be reached from there."""
    out = os.path.join(directory, "%s to %s" % (os.path.basename(case.path), target))
    after, wrong = carry(case.state, case.path, case.release, target, out)
    if after and not wrong and case.release in TARGETS[target] and not case.slow():
        back = out + " and back"
        _again, more = carry(after, out, target, case.release, back)
        wrong += ["back: %s" % w for w in more]
        if not more:
            wrong += ["round trip: %s" % w for w in judge(case.state, back, case.release)[1]]
            os.unlink(back)
    if os.path.exists(out):
        os.unlink(out)
    return wrong


def check_refusal(r, out, expect):
    """Exit 3, one line that says so, the rules, no file."""
    wrong = [] if r.code == 3 else ["exit %d, not 3" % r.code]
    if len(complaint(r.err)) != 1:
        wrong.append("%d lines say that it failed" % len(complaint(r.err)))
    wrong += ["%s is not listed" % rule for rule in sorted(expect - set(rules(r.err)))]
    if os.path.exists(out):
        wrong.append("there is an output file")
    return wrong + (r.err.splitlines()[:9] if wrong else [])


def to_619(case, directory):
    """Nothing leads back to 6.19: all reasons are listed, nothing is written."""
    out = os.path.join(directory, os.path.basename(case.path) + " to 6.19")
    expect = {"KHO_MAP_TO_BITMAPS"}
    if case.seals():
        expect.add("MEMFD_SEALS_LOST")
    if case.state.flbs:
        expect.add("FLB_LOST")
    if case.state.metadata:
        expect.add("NO_TRANSLATOR")
    r = run("run", "-i", case.path, "-o", out, "--to", "6.19")
    wrong = check_refusal(r, out, expect)
    unexpected = set(rules(r.err)) - expect
    return wrong + ["%s is listed too" % u for u in sorted(unexpected)]


def thp(case, directory):
    """Large folios are refused by name where the target cannot hold them."""
    out = os.path.join(directory, os.path.basename(case.path) + " thp")
    target = TARGETS[case.release][0]
    r = run("run", "-i", case.path, "-o", out, "--to", target, "--target-config", "no-thp")
    if case.large():
        wrong = check_refusal(r, out, {"MEMFD_LARGE_FOLIO"})
    else:
        wrong = [] if r.code == 0 else ["no-thp: exit %d" % r.code, r.err]
    r = run("run", "-i", case.path, "-n", "--to", target, "--target-config", "thp")
    if r.code or "FOLIO" in r.err or "folio" in r.err or "TRANSPARENT" in r.err:
        wrong += ["thp: exit %d" % r.code] + r.err.splitlines()[:5]
    r = run("run", "-i", case.path, "-n", "--to", target)
    if ("CONFIG_TRANSPARENT_HUGEPAGE" in r.err) != case.large():
        wrong.append("unknown configuration: %s" % (r.err or "no warning"))
    return wrong


def scratch(case, _directory):
    """Scratch that a target with deferred struct pages cannot live with."""
    if not case.state.scratch:
        return []
    odd = any(s and (a | s) % (4 << 20) for a, s in case.state.scratch)
    target = [t for t in TARGETS[case.release] if t != "7.1"][0]
    wrong = []
    r = run("run", "-i", case.path, "-n", "--to", target, "--target-config", "deferred")
    if (r.code == 3) != odd or odd and "SCRATCH_ALIGNMENT" not in rules(r.err):
        wrong.append("deferred: exit %d, scratch is %saligned" % (r.code, "not " if odd else ""))
    r = run("run", "-i", case.path, "-n", "--to", target, "--target-config", "no-deferred")
    if r.code or "scratch" in r.err:
        wrong.append("no-deferred: exit %d %s" % (r.code, r.err))
    return wrong


def records_only(case, directory):
    """Without content: everything else is the same, and nothing of the content is in the file."""
    out = os.path.join(directory, os.path.basename(case.path) + " records")
    target = TARGETS[case.release][-1]
    r = run("run", "--records-only", "-i", case.path, "-o", out, "--to", target)
    if r.code:
        return ["exit %d" % r.code, r.err]
    after = khostate.read(out)
    wrong = [d for d in khostate.compare(case.state, after) if ".sha256: " not in d]
    kept = [p for places in after.places() for p in places or () if after.core.has(p, 1)]
    wrong += ["content at 0x%x is there" % p for p in kept]
    os.unlink(out)
    return wrong


def twice(case, directory):
    """The same input makes the same bytes."""
    target, texts = TARGETS[case.release][-1], []
    for i in range(2):
        out = os.path.join(directory, "%s twice %d" % (os.path.basename(case.path), i))
        run("run", "-i", case.path, "-o", out, "--to", target)
        with open(out, "rb") as f:
            texts.append(f.read())
        os.unlink(out)
    return [] if texts[0] == texts[1] else ["two runs wrote different files"]


def dry(case, directory):
    """A dry run says what a run says, and writes nothing."""
    out = os.path.join(directory, os.path.basename(case.path) + " dry")
    target = TARGETS[case.release][-1]
    r = run("run", "-n", "-i", case.path, "-o", out, "--to", target)
    wrong = ["exit %d" % r.code] if r.code else []
    if os.path.exists(out):
        wrong.append("there is an output file")
    if "nothing is written" not in r.out:
        wrong.append("does not say so")
    return wrong


def jobs(cases, directory):
    """(name, function, arguments) of every result."""
    for c in cases:
        yield c.name + ": the oracle reads it", read_case, (c,)
        for target in TARGETS[c.release][-1 if c.slow() else 0:]:
            yield "%s to %s" % (c.name, target), there, (c, target, directory)
        if c.slow():
            continue
        if c.release != "6.19":
            yield "%s to 6.19 refuses" % c.name, to_619, (c, directory)
        yield "%s with and without THP" % c.name, thp, (c, directory)
        if not c.model or "seed-1" in c.name or "dump" in c.name:
            yield "%s with and without deferred struct pages" % c.name, scratch, (c, directory)
            yield "%s dry run" % c.name, dry, (c, directory)
            yield "%s records only" % c.name, records_only, (c, directory)
            yield "%s twice" % c.name, twice, (c, directory)


TODO = []


def do(i):
    _name, fn, args = TODO[i]
    return fn(*args)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-n", type=int, default=8)
    ap.add_argument("only", nargs="*")
    args = ap.parse_args()
    tap = Tap()
    with scratch_dir() as d:
        cases = list(captures()) + list(generated(d, args.n))
        if args.only:
            cases = [c for c in cases if any(o in c.name for o in args.only)]
        TODO.extend(jobs(cases, d))
        # Children inherit what is to do: states are not sent around.
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for i, wrong in enumerate(pool.imap(do, range(len(TODO)), 4)):
                tap.result(TODO[i][0], wrong)
        tap.note("%d states, %d of them captures" % (len(cases), len(list(captures()))))
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
