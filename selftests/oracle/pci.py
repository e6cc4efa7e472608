#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""pci.py - PCI and vfio-pci state goes through every shipped step; pcistate.py judges.

Topologies from seeds, written as each of the posted layouts has it, are carried one step
in every direction there is. What comes out is read independently and has to be the same
set of devices; what cannot be carried has to be refused by the rule that says why. Lossless
steps are made back again, and some states go long ways. -n N states per direction.
"""
import argparse
import json
import multiprocessing
import os
import random
import sys

sys.dont_write_bytecode = True
import pcistate                                               # noqa: E402
from pcistate import DEPTH, LAYOUTS, VFIO                     # noqa: E402
from tap import BUILD, Tap, complaint, rules, run, scratch_dir  # noqa: E402

LOSSLESS = (("rfc2_05", "rfc2"), ("p1_d1", "p2_d2"), ("p2_d2", "p3_d2"), ("p2_d3", "p3_d3"),
            ("p3_d2", "p3_d3"), ("p3_d3", "p4_d3"), ("p3_d4", "p4_d4"), ("p4_d3", "p5_d3"),
            ("p4_d4", "p5_d4"), ("p5_d3", "p5_d4"))
ONE_WAY = (("rfc1_iov", "rfc2"), ("rfc1", "rfc2"), ("rfc2", "p1_d1"), ("p1_d1", "rfc2"))
STEPS = LOSSLESS + tuple((b, a) for a, b in LOSSLESS) + ONE_WAY
WAYS = (("rfc1", "p5_d4"), ("rfc2", "p4_d4"), ("p1_d1", "p5_d4"), ("p2_d3", "p2_d2"),
        ("p3_d2", "p3_d4"), ("p5_d4", "p3_d4"), ("p3_d4", "p3_d3"), ("p5_d3", "p1_d1"))
VFIO_STEPS = (("v1", "a"), ("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("a", "d"), ("d", "a"),
              ("c", "d"), ("d", "c"), ("d", "v2"), ("v2", "d"), ("b", "v2"), ("v2", "b"))
WIDE = ("c", "d", "v2")


def obj(name):
    return os.path.join(BUILD, "bpf", name + ".bpf.o")


class Place:
    """Where the files of one state are."""

    def __init__(self, directory, name):
        self.directory, self.base = directory, os.path.join(directory, name)

    def profile(self, layout, family="pci"):
        path = os.path.join(self.directory, "%s.%s" % (layout, family))
        if not os.path.exists(path):
            table = LAYOUTS if family == "pci" else VFIO
            with open("%s %d" % (path, os.getpid()), "w") as f:
                f.write(table[layout].profile(layout))
            os.rename("%s %d" % (path, os.getpid()), path)
        return path

    def carry(self, source, target, family, objects, back=False):
        old, new = self.base + ".core", self.base + ".new"
        if back:
            old, new = new, self.base + ".back"
        args = ["-i", old, "-o", new, "--from", self.profile(source, family), "--to",
                self.profile(target, family), "--lookups", self.base + ".answers"]
        if objects:
            args += ["--only"] + objects + [obj("luo_v5_carry"), obj("luo_v5_accept")]
        return run("run", *args), new

    def clean(self):
        for end in (".core", ".new", ".back", ".answers"):
            if os.path.exists(self.base + end):
                os.unlink(self.base + end)


def step_objects(source, target):
    return [obj("pci_%s_to_%s" % (source, target)), obj("pci_%s_accept" % target)]


# ---- what has to come out ----------------------------------------------------------------

def bridges_added(source, target):
    return LAYOUTS[source].dev != "d4" and LAYOUTS[target].dev == "d4"


def passes(source, target, layout):
    """Does the way lead through @layout? Steps are in a row."""
    order = ["rfc1", "rfc2", "p1_d1", "p2_d2", "p3_d2", "p3_d3", "p4_d3", "p5_d3", "p5_d4", "p4_d4",
             "p3_d4"]
    place = {"rfc1_iov": 0, "rfc2_05": 1, "p2_d3": 5}
    a, b = (place.get(x, order.index(x) if x in order else 0) for x in (source, target))
    return min(a, b) <= order.index(layout) <= max(a, b)


def refusals(m, target, without):
    """Rules that one of these devices breaks; the programs stop at the first."""
    out, source, t = set(), m.layout, m.topology
    paths = {d: t.path(d) for d in m.devices}
    if passes(source, target, "p2_d2") or passes(source, target, "p3_d2") or (
            target == "p1_d1" and source.startswith("rfc")):
        if (0, 0) in m.devices and (source, target) not in (("p1_d1", "rfc2"),):
            out.add("PCI_ZERO_DEVICE")
    if target in ("p1_d1", "rfc2") and any(d > 0xffff for d, _b in m.devices):
        out.add("PCI_DOMAIN_TOO_WIDE")
    if bridges_added(source, target):
        if any(len(p) > DEPTH for p in paths.values()):
            out.add("PCI_TOO_DEEP")
        if any(without in [d] + p for d, p in paths.items()):
            out.add("PCI_UPSTREAM_UNKNOWN")
    if LAYOUTS[source].dev == "d4" and LAYOUTS[target].dev != "d4":
        if any(paths.values()):
            out.add("PCI_BEHIND_BRIDGE")
        if without in m.refcounts():
            out.add("PCI_UPSTREAM_UNKNOWN")
    if target == "rfc2" and not source.startswith("rfc1") and without in m.devices:
        out.add("PCI_DRIVER_UNKNOWN")
    if source.startswith("rfc1") and without in m.devices and m.extra[without]["requested"]:
        out.add("PCI_CLASS_UNKNOWN")
    return out


def extra(m, key, target):
    """What rfc2 says of a device besides."""
    e, source = m.extra[key], m.layout
    bridge = m.topology.devices[key][1] == pcistate.BRIDGE
    out = {"flags": e["flags"], "data": e["data"]}
    if source.startswith("rfc1"):
        out["flags"] = (2 if bridge else 1) if e["requested"] else 0
    if source == "p1_d1":
        out = {"flags": 1, "data": 0}
    if target == "rfc2":
        out["driver"] = e["driver"]
    return out


def wanted(m, target):
    return m.refcounts() if LAYOUTS[target].dev == "d4" else {d: 1 for d in m.devices}


def judge(m, path, target):
    state = pcistate.read(path, target)
    wrong = ["output: %s" % e for e in state.errors]
    want, have = wanted(m, target), state.devices
    for key in sorted(set(want) | set(have or {})):
        if want.get(key) != (have or {}).get(key):
            wrong.append("%s: %s, not %s" % (pcistate.bdf_name(*key), (have or {}).get(key),
                                             want.get(key)))
    if target.startswith("rfc2"):
        wrong += ["%s: %s, not %s" % (pcistate.bdf_name(*k), state.extra.get(k), extra(m, k, target))
                  for k in m.devices if state.extra.get(k) != extra(m, k, target)]
    return wrong


def check_refusal(r, out, allowed):
    wrong = [] if r.code == 3 else ["exit %d, not 3" % r.code]
    if len(complaint(r.err)) != 1:
        wrong.append("%d lines say that it failed" % len(complaint(r.err)))
    if not rules(r.err) or set(rules(r.err)) - allowed:
        wrong.append("refused by %s, not %s" % (rules(r.err), sorted(allowed)))
    if os.path.exists(out):
        wrong.append("there is an output file")
    return wrong + (r.err.splitlines()[:4] if wrong else [])


def draw_damage(rng, m):
    """A record that no kernel would write, and the rules that say so."""
    dev, kind = LAYOUTS[m.layout].dev, m.layout[:2]
    can = []
    if kind in ("p3", "p4", "p5"):
        can.append(("count", {"PCI_COUNT"}))
    if dev == "d3" and m.devices:
        can += [("refcount", {"PCI_REFCOUNT"}), ("free", {"PCI_FREE_ENTRY", "PCI_COUNT"})]
    if dev == "d4" and m.devices:
        can.append(("free", {"PCI_FREE_ENTRY", "PCI_COUNT", "PCI_BEHIND_BRIDGE"}))
    if dev == "d3" and kind == "p2" and m.devices:
        can[-1] = ("free", {"PCI_FREE_ENTRY", "PCI_COUNT"})
    return rng.choice(can) if can and rng.random() < 0.06 else (None, set())


def state(source, target, seed, directory, objects, back):
    """One state, one way. Return: what is wrong, and whether it was refused."""
    place = Place(directory, "%s %s %d" % (source, target, seed))
    m = pcistate.Model(source, seed, target)
    rng = random.Random("%s %d" % (target, seed))
    without = rng.choice(sorted(m.topology.devices)) if rng.random() < 0.1 else None
    w = pcistate.Writer(m)
    w.damage, broken = draw_damage(rng, m)
    w.build(place.base + ".core")
    with open(place.base + ".answers", "w") as f:
        f.write(m.topology.answers(without))
    allowed = refusals(m, target, without) | broken
    r, out = place.carry(source, target, "pci", objects)
    if allowed:
        wrong = check_refusal(r, out, allowed)
    elif r.code:
        wrong = ["exit %d" % r.code] + r.err.splitlines()[:4]
    else:
        wrong = judge(m, out, target)
        m.layout = target
        if back and not wrong and not refusals(m, source, None):
            r, again = place.carry(target, source, "pci", step_objects(target, source), True)
            m.layout = source
            wrong = ["back: exit %d %s" % (r.code, r.err)] if r.code else [
                "back: %s" % x for x in judge(m, again, source)]
    place.clean()
    return ["%s to %s, seed %d: %s" % (source, target, seed, x) for x in wrong], bool(allowed)


def batch(source, target, seeds, directory):
    """States of one direction."""
    wrong, refused = [], 0
    for seed in seeds:
        pair = (source, target) in LOSSLESS or (target, source) in LOSSLESS
        w, r = state(source, target, seed, directory, step_objects(source, target),
                     pair and not source.startswith("rfc") and seed % 3 == 0)
        wrong += w
        refused += r
    return wrong, refused


def ways(source, target, seeds, directory):
    wrong, refused = [], 0
    for seed in seeds:
        w, r = state(source, target, seed, directory, None, False)
        wrong += w
        refused += r
    return wrong, refused


# ---- vfio-pci ----------------------------------------------------------------------------

def vfio_wanted(f, source, target):
    fields = pcistate.VFIO_FIELDS[target][1].split()
    out = {k: f[k] for k in fields}
    if source == "c" and "reset" in out:
        out["reset"] = 0
    return out


def vfio(source, target, seeds, directory):
    """All files of one snapshot, and a few that have to be refused."""
    wrong, nr = [], max(seeds[-1] - seeds[0] + 1, 2)
    place = Place(directory, "vfio %s %s %d" % (source, target, seeds[0]))
    needs = {"a": "VFIO_DOMAIN_UNKNOWN"} if source == "v1" else {
        "b": "VFIO_IOMMUFD_UNKNOWN", "v2": "VFIO_IOMMUFD_UNKNOWN"}
    rule = needs.get(target)
    if (source, target) in (("b", "v2"), ("v2", "b")):
        rule = None
    plan = [("all", set())] + ([("missing", {rule})] if rule else [])
    if source in WIDE and target not in WIDE:
        plan.append(("wide", {"PCI_DOMAIN_TOO_WIDE"}))
    if "reset" in pcistate.VFIO_FIELDS[target][1] and source != "c":
        plan.append(("reset", {"VFIO_RESET_WORKS"}))
    for kind, allowed in plan:
        m = pcistate.VfioModel(source, seeds[0], nr, kind == "wide" or target in WIDE)
        token = sorted(m.files)[0]
        if kind == "wide":
            m.files[token]["domain"] = 0x10000
        if kind == "reset":
            m.files[token]["reset"] = 2
        pcistate.VfioWriter(m).build(place.base + ".core")
        with open(place.base + ".answers", "w") as f:
            f.write(m.answers(token if kind == "missing" else None))
        r, out = place.carry(source, target, "vfio", [obj("vfio_%s_to_%s" % (source, target)),
                                                      obj("vfio_%s_accept" % target)])
        if allowed:
            wrong += ["%s: %s" % (kind, x) for x in check_refusal(r, out, allowed)]
        elif r.code:
            wrong += ["exit %d" % r.code] + r.err.splitlines()[:4]
        else:
            s = pcistate.read(out, "vfio " + target)
            wrong += s.errors
            want = {t: vfio_wanted(f, source, target) for t, f in m.files.items()}
            wrong += ["token 0x%x: %s, not %s" % (t, s.vfio.get(t), want[t])
                      for t in want if s.vfio.get(t) != want[t]]
        place.clean()
    return wrong, len(plan) - 1


# ---- what is not carried -------------------------------------------------------------------

def described(name, _to, _seeds, directory):
    """A layout that nothing translates: inspect shows it, and finds nothing wrong."""
    place = Place(directory, name)
    space, string, _raw, fields = pcistate.DESCRIBED[name]
    pcistate.DescribedWriter(name).build(place.base + ".core")
    with open(place.base + ".profile", "w") as f:
        f.write("luo-profile 1\nrelease described\nbase 7.3\nformat some %s %s - %s\n" % (
            string, space, name))
    wrong = []
    for how in ("-j", "-v"):
        r = run("inspect", how, "--from", place.base + ".profile", place.base + ".core")
        wrong += ["%s: exit %d %s" % (how, r.code, r.err)] if r.code else []
        wrong += ["%s does not show %s" % (how, x) for x in (*fields, string.split(":")[0])
                  if x not in r.out]
    place.clean()
    return wrong, 0


def addresses(value):
    """All devices in a JSON, with the name of a driver where there is one."""
    if isinstance(value, dict) and "pci_address" in value:
        inner = value.get("state", value)
        yield value["pci_address"], inner.get("driver_name") if isinstance(inner, dict) else None
    elif isinstance(value, (dict, list)):
        for v in value.values() if isinstance(value, dict) else value:
            yield from addresses(v)


def listed(layout, _to, seeds, directory):
    """inspect lists the devices by their names, and nothing else."""
    wrong, family = [], "vfio" if layout in VFIO else "pci"
    for seed in seeds:
        place = Place(directory, "listed %s %d" % (layout, seed))
        if family == "vfio":
            m = pcistate.VfioModel(layout, seed, 5, layout in WIDE)
            pcistate.VfioWriter(m).build(place.base + ".core")
            want = {pcistate.bdf_name(f["domain"], f["bdf"]): None for f in m.files.values()}
        else:
            m = pcistate.Model(layout, seed, layout)
            pcistate.Writer(m).build(place.base + ".core")
            named = layout in ("rfc1", "rfc1_iov", "rfc2")
            want = {pcistate.bdf_name(*k): m.extra[k]["driver"] if named else None
                    for k in wanted(m, layout)}
        args = ("--from", place.profile(layout, family), place.base + ".core")
        r, text = run("inspect", "-j", *args), run("inspect", "-v", *args)
        have = dict(addresses(json.loads(r.out))) if not r.code else {}
        # A hole of d2 is told by its zeros alone.
        if LAYOUTS.get(layout) and LAYOUTS[layout].dev == "d2" and "0000:00:00.0" not in want:
            have.pop("0000:00:00.0", None)
        if have != want:
            wrong.append("seed %d: exit %d, %s, not %s" % (seed, r.code, have, want))
        wrong += ["seed %d: no line for %s" % (seed, d) for d in want if d not in text.out]
        place.clean()
    return wrong, 0


RFC1_LOST = ("bus_count resource state.broken_intx_masking state.current_state state.devfn "
             "state.hotplug_user_indicators state.ignore_hotplug state.no_d3cold state.num_vfs "
             "state.pm_cap state.pme_poll state.pref_64_window state.pref_window "
             "state.skip_bus_pm state.wakeup_prepared")
# What no layout behind them has. All other steps lose nothing: they carry it, or refuse.
LOST = {
    "pci_rfc1_to_rfc2": RFC1_LOST, "pci_rfc1_iov_to_rfc2": RFC1_LOST,
    "pci_rfc2_to_rfc2_05": "driver_name", "pci_rfc2_to_p1_d1": "driver_data driver_name flags",
    "pci_p2_d2_to_p1_d1": "max_nr_devices", "pci_p2_d2_to_p3_d2": "max_nr_devices",
    "pci_p2_d3_to_p3_d3": "max_nr_devices", "pci_p5_d3_to_p5_d4": "nr_devices",
    "vfio_v1_to_a": "cfg_size pci_config_map pci_saved_state_phys rbar vconfig",
    "vfio_a_to_c": "reset_works", "vfio_d_to_c": "reset_works", "vfio_b_to_a": "token",
    "vfio_v2_to_d": "token",
}


def declared(_from, _to, _seeds, _directory):
    """Losses that objects declare are those that are known, field by field."""
    names = ["pci_%s_to_%s" % s for s in STEPS] + ["vfio_%s_to_%s" % s for s in VFIO_STEPS]
    r = run("info", "-j", *[obj(n) for n in names])
    have = {o["object"]: sorted(l["field"] for l in o["losses"]) for o in json.loads(r.out)}
    return ["%s loses %s, not %s" % (n, have.get(n), LOST.get(n, "nothing")) for n in names
            if have.get(n) != sorted(LOST.get(n, "").split())], 0


BAD_ANSWERS = ("", "luo-answers 2\n", "pci-upstream 0000:00:00.0 root\n") + tuple(
    "luo-answers 1\n" + line for line in (
        "pci-upstream 0000:03:00.0\n", "pci-upstream 0000:03:00.0 0001:00:00.0\n",
        "pci-upstream 0000:03:00.0 0000:03:00.0\n", "pci-upstream 0000:03:20.0 root\n",
        "pci-upstream 0000:03:00.8 root\n", "pci-class 0000:03:00.0 network\n",
        "pci-class 0000:03:00.0 1 2\n", "pci-driver 0000:03:00.0 %s\n" % ("x" * 63),
        "vfio-domain -1 0\n", "vfio-iommufd 1 x\n", "pci-bus 0 0\n", "pci-class 0x3 0\n"))


def answers(_from, _to, _seeds, directory):
    """A file of answers that cannot be read is refused in one line, before anything else."""
    place, wrong = Place(directory, "answers"), []
    pcistate.Writer(pcistate.Model("p3_d3", 1, "p4_d3")).build(place.base + ".core")
    for text in BAD_ANSWERS:
        with open(place.base + ".answers", "w") as f:
            f.write(text)
        r, out = place.carry("p3_d3", "p4_d3", "pci", step_objects("p3_d3", "p4_d3"))
        if r.code != 2 or len(complaint(r.err)) != 1 or os.path.exists(out):
            wrong.append("%r: exit %d, %s" % (text, r.code, r.err))
    place.clean()
    return wrong, len(BAD_ANSWERS)


TODO = []
CHUNK = 50


def jobs(count, directory, only):
    """(result's name, function, arguments); results of one name are put together."""
    table = [("pci %s to %s", batch, STEPS, count), ("pci %s to %s, a long way", ways, WAYS,
                                                     max(2, count // 10)),
             ("vfio %s to %s", vfio, VFIO_STEPS, count),
             ("inspect lists devices of %s%s", listed, [(x, "") for x in [*LAYOUTS, *VFIO]
                                                        if x != "v1"], max(2, count // 50)),
             ("inspect shows %s%s", described, [(n, "") for n in pcistate.DESCRIBED], 1),
             ("declared losses%s%s", declared, [("", "")], 1),
             ("damaged answers%s%s", answers, [("", "")], 1)]
    for form, fn, pairs, n in table:
        for a, b in pairs:
            if only and not any(o in form % (a, b) for o in only):
                continue
            for at in range(0, n, CHUNK):
                yield form % (a, b), fn, (a, b, range(at, min(at + CHUNK, n)), directory)


def do(i):
    _name, fn, args = TODO[i]
    return fn(*args)


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-n", type=int, default=200)
    ap.add_argument("only", nargs="*")
    args = ap.parse_args()
    tap, results = Tap(), {}
    with scratch_dir() as d:
        TODO.extend(jobs(args.n, d, args.only))
        last = {name: i for i, (name, _fn, _args) in enumerate(TODO)}
        with multiprocessing.get_context("fork").Pool(2) as pool:
            for i, (wrong, refused) in enumerate(pool.imap(do, range(len(TODO)))):
                name = TODO[i][0]
                have = results.setdefault(name, [[], 0, 0])
                have[0] += wrong
                have[1] += refused
                have[2] += len(TODO[i][2][2])
                if i == last[name]:
                    tap.result("%s: %d, %d of them refused" % (name, have[2], have[1]), have[0])
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
