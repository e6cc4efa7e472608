#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""counterexample.py - refusals of luo-load verify, replayed by luo-load run.

Every wrong translator of selftests/bpf/verify says in its source what it is refused for.
verify --counterexample writes an input for that; run has to show the defect on it: the
monitor names the property, or the engine stops the step by a rule that is the property's.
Without --monitor, run has at least to take the program to its end on that input.
"""
import glob
import json
import os
import re
import shlex
import stat
import sys

sys.dont_write_bytecode = True
import tap                                                    # noqa: E402
from tap import BUILD, LUO_LOAD_ASAN, SRC, run                # noqa: E402

CORPUS = os.path.join(SRC, "selftests/bpf/verify")
OBJECTS = os.path.join(BUILD, "selftests/bpf/verify")
MARK = re.compile(r"/\* refused: ([a-z]+) \*/")

# By what rules the engine stops a step that breaks a property.
ENGINE = {
    "handles": {"HANDLE_LEFT", "HANDLE_TWICE", "HANDLE_COMPUTED", "HANDLE_KIND", "NO_HANDLE",
                "LEAK"},
    "containers": {"OUT_OF_REGION", "HANDLE_LEFT"},
    "loss": {"LOSS_NOT_DECLARED"},
    "window": {"PROGRAM", "OUT_OF_REGION"},
    "contract": {"PROGRAM", "RULE_999"},
    "complete": {"PROGRAM"},
    "refusal": {"VALUE_TOO_WIDE"},
}
# Nobody reads an invented format; the others are found when a step is over.
AFTERWARDS = {"NO_ACCEPTOR", "HANDLE_LEFT", "HANDLE_COMPUTED", "LEAK"}
# The same defect by another name: an element that nobody carries loses its fields and
# leaves its handles; of a field that is tested in part, the rest is lost.
RELATED = {
    "containers": {"containers", "handles", "loss"},
    "loss": {"loss", "narrowing"},
    "shared": {"shared", "narrowing"},
}


# What layouts, names and tags say is wrong with every input, and with none.
STATEMENTS = {"meaning", "waiver"}
# What one run cannot show: it takes a second record, or to know what a key means.
UNSEEN = {"loss.merged", "clean.key", "containers.unique"}


def marks(source):
    """(line, property) of everything that has to be refused."""
    with open(source) as f:
        for nr, line in enumerate(f, 1):
            for m in MARK.finditer(line):
                yield nr, m.group(1)


def verify(directory, obj, *options, program=LUO_LOAD_ASAN):
    r = run("verify", "-j", "--counterexample", directory, *options, obj, program=program)
    return r, json.loads(r.out)[0] if r.out.startswith("[") else {}


def replay(command, monitor):
    args = shlex.split(command)[1:]
    r = run(*args[:1], *(["--monitor"] if monitor else []), "-j", *args[1:])
    return r, json.loads(r.out) if r.out.startswith("{") else {}


def judge(finding, result, out, monitor):
    """What is wrong with a replay."""
    want = finding["property"]
    rules = {b["rule"] for b in out.get("blockers", [])}
    seen = {v["property"] for v in out.get("violations", [])}
    if rules & ENGINE.get(want, set()) or seen & RELATED.get(want, {want}):
        return []
    said = "exit %d, blockers %s, violations %s" % (result.code, sorted(rules), sorted(seen))
    if monitor:
        return ["the monitor does not see '%s': %s" % (want, said), result.err[:300]]
    # The program succeeded, wrongly: what is left is what the engine looks at afterwards.
    if result.code == 0 or rules and rules <= AFTERWARDS:
        return []
    return ["the program does not get to its end: %s" % said, result.err[:300]]


def check_files(directory):
    """Inputs hold what a machine could have held: nobody else reads them."""
    problems = []
    for name in os.listdir(directory):
        mode = stat.S_IMODE(os.stat(os.path.join(directory, name)).st_mode)
        if mode != 0o600:
            problems.append("%s has mode %o" % (name, mode))
    return problems


def check_source(t, source, directory, monitor):
    name = os.path.basename(source)[:-len(".bpf.c")]
    base = os.path.basename(source)
    os.mkdir(directory)
    r, o = verify(directory, os.path.join(OBJECTS, name + ".bpf.o"))
    for line, want in marks(source):
        if want in STATEMENTS:
            continue
        title = "%s: line %d, %s" % (name, line, want)
        found = [f for f in o.get("findings", []) if f["verdict"] == "refused" and
                 f["line"] == line and f["property"] == want and f["file"] == base]
        if not found:
            t.result(title, ["is not refused: exit %d %s" % (r.code, r.err[:300])])
            continue
        if "LUO_SAME_STRING" in found[0]["text"] or found[0]["rule"] == "loss.wide":
            continue
        if "input" not in found[0]:
            t.result(title, ["there is no input: %s" % found[0]["text"]])
        elif "too large to be made" in found[0]["text"]:
            t.nr += 1
            print("ok %d - %s # SKIP %s" % (t.nr, title, re.search(
                r"it needs \d+ elements", found[0]["text"]).group(0)))
        elif "command" not in found[0]:
            t.result(title, ["no core was written: %s" % found[0]["text"]])
        else:
            watched = monitor and found[0]["rule"] not in UNSEEN
            t.result(title, judge(found[0], *replay(found[0]["command"], watched), watched))
    problems = check_files(directory)
    if problems:
        t.result("%s: files are for their owner alone" % name, problems)


def check_refused(name, problems, r, text):
    if r.code != 1 or text not in r.err + r.out:
        problems.append("%s: exit %d, %s" % (name, r.code, (r.err + r.out)[:300]))


def check_directories(t, tmp):
    obj = os.path.join(OBJECTS, "wrong_swapped.bpf.o")
    d = os.path.join(tmp, "twice")
    os.mkdir(d)
    verify(d, obj)
    before = {n: open(os.path.join(d, n), "rb").read() for n in os.listdir(d)}
    problems = []
    r, _ = verify(d, obj)
    check_refused("again", problems, r, "exists already")
    after = {n: open(os.path.join(d, n), "rb").read() for n in os.listdir(d)}
    if before != after or not before:
        problems.append("files have changed")
    t.result("counterexamples replace nothing", problems)

    problems = []
    r = run("verify", "--counterexample", os.path.join(tmp, "none"), obj, program=LUO_LOAD_ASAN)
    check_refused("missing", problems, r, "needs a directory that exists")
    r = run("verify", "--counterexample", obj, obj, program=LUO_LOAD_ASAN)
    check_refused("a file", problems, r, "is no directory")
    r = run("verify", "--counterexample", "/proc", obj, program=LUO_LOAD_ASAN)
    check_refused("read-only", problems, r, "/proc")
    t.result("a directory that cannot be used is an error", problems)

    d = os.path.join(tmp, "a b'c")
    os.mkdir(d)
    _, o = verify(d, obj)
    r, out = replay(o["findings"][0]["command"], False)
    t.result("the command is quoted for a shell",
             [] if out.get("records") else ["exit %d %s" % (r.code, r.err[:300])])


def check_solver(t, tmp):
    """Without Z3 nothing is proved that needs it, and that is said."""
    obj = os.path.join(OBJECTS, "right_flat_or_test.bpf.o")
    problems = []
    r = run("verify", "--no-z3", obj, program=LUO_LOAD_ASAN)
    if r.code != 8 or "unknown: 32 bits of old.mode" not in r.out or "Z3" not in r.out:
        problems.append("exit %d: %s %s" % (r.code, r.out[:300], r.err[:300]))
    t.result("without Z3: unknown, not proved, not refused", problems)

    d = os.path.join(tmp, "none-proved")
    os.mkdir(d)
    r, o = verify(d, os.path.join(OBJECTS, "right_flat.bpf.o"))
    t.result("what is proved has no counterexample",
             [] if r.code == 0 and not os.listdir(d) else ["exit %d, %s" % (r.code, o)])


def main():
    t = tap.Tap()
    monitor = "--monitor" in run("run", "--help").out
    if not monitor:
        print("# run has no --monitor: programs are taken to their ends, and not watched")
    with tap.tempfile.TemporaryDirectory() as tmp:
        for source in sorted(glob.glob(os.path.join(CORPUS, "wrong_*.bpf.c"))):
            check_source(t, source, os.path.join(tmp, os.path.basename(source)), monitor)
        check_directories(t, tmp)
        check_solver(t, tmp)
    print("1..%d" % t.nr)
    return bool(t.failed)


if __name__ == "__main__":
    sys.exit(main())
