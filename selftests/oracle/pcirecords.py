#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""pcirecords.py - luo-load restore-pci, on records and a sysfs of our own making.

Records are written here byte by byte, not by the structures that luo-load reads them with.
"""
import json
import os
import struct
import sys
import tempfile

sys.dont_write_bytecode = True
import tap                                                    # noqa: E402
from tap import LUO_LOAD_ASAN, run                            # noqa: E402

BDF = 0x0103                                                  # 01:00.3
NAME = "0002:01:00.3"


def record(driver=b"e1000e", override=b"", bars=((0xf0000000, 0x1000, 0x200),), vendor=0x8086,
           device=0x10d3, name=b"luo-bpf-pci-2", nr=None, missing=0, tail=b"", vfs=0):
    d = struct.pack("<IHHHHHHIIHHHHII", 2, BDF, 0, vendor, device, 0x8086, 0xa01f, 0x020000, 3,
                    7, 1, 5, vfs, 12, 0)
    bars = list(bars) + [(0, 0, 0)] * (7 - len(bars))
    d += b"".join(struct.pack("<QQQ", *b) for b in bars)
    d += driver.ljust(64, b"\0") + override.ljust(64, b"\0") + b"pci:v00008086".ljust(64, b"\0")
    assert len(d) == 400
    return name.ljust(24, b"\0") + struct.pack("<II", 1 if nr is None else nr, missing) + d + tail


class Machine:
    """A directory that looks like sysfs, with one device."""

    def __init__(self, tmp, bound=None, vendor="0x8086", bars=((0xf0000000, 0xf0000fff, 0x200),)):
        self.root = tempfile.mkdtemp(dir=tmp)
        self.dev = os.path.join(self.root, "bus/pci/devices", NAME)
        os.makedirs(self.dev)
        os.makedirs(os.path.join(self.root, "bus/pci/drivers/e1000e"))
        os.makedirs(os.path.join(self.root, "bus/pci/drivers/other"))
        self.write("vendor", vendor)
        for name, text in (("device", "0x10d3"), ("subsystem_vendor", "0x8086"),
                           ("subsystem_device", "0xa01f"), ("class", "0x020000"),
                           ("revision", "0x03"), ("driver_override", "(null)")):
            self.write(name, text)
        bars = list(bars) + [(0, 0, 0)] * (7 - len(bars))
        self.write("resource", "\n".join("0x%016x 0x%016x 0x%016x" % b for b in bars))
        if bound:
            os.symlink("../../drivers/" + bound, os.path.join(self.dev, "driver"))
        self.probe = os.path.join(self.root, "bus/pci/drivers_probe")
        open(self.probe, "w").close()

    def write(self, name, text):
        with open(os.path.join(self.dev, name), "w") as f:
            f.write(text + "\n")


def call(tmp, data, machine, *options):
    path = os.path.join(tmp, "record")
    with open(path, "wb") as f:
        f.write(data)
    return run("restore-pci", "--records", path, "--sysfs", machine.root, *options,
               program=LUO_LOAD_ASAN)


def check_blobs(t, tmp):
    """What drivers have handed over, as abi/driver_records.h has it."""
    path, m = os.path.join(tmp, "drivers"), Machine(tmp, "e1000e")
    blob = struct.pack("<48sQQHHHHII", b"acme-nic-7", 0x5000, 2 << 16 | BDF, 0x8086, 0x10d3, 0x8086,
                       0xa01f, 0x020000, 64)
    other = struct.pack("<48sQQHHHHII", b"acme-nic-8", 0x6000, BDF, 0, 0, 0, 0, 0, 8)

    def with_blobs(*blobs, nr=None, name=b"luo-bpf-drivers-1", options=()):
        with open(path, "wb") as f:
            f.write(name.ljust(24, b"\0") + struct.pack("<II", len(blobs) if nr is None else nr, 0) +
                    b"".join(blobs))
        return call(tmp, record(), m, "--drivers", path, *options)

    expect(t, "a device with a blob", with_blobs(other, blob), 0, "same; blob acme-nic-7, 64 bytes\n")
    expect(t, "a device without one", with_blobs(other), 0, "e1000e: same\n")
    expect(t, "no blobs at all", with_blobs(), 0, "e1000e: same\n")
    r = with_blobs(blob, options=("-j",))
    t.result("JSON of a blob", [] if json.loads(r.out)["devices"][0]["blob"] == "acme-nic-7" and
             json.loads(r.out)["devices"][0]["blob-bytes"] == 64 else [r.out])
    expect(t, "more blobs than bytes", with_blobs(blob, nr=2), 3, "drivers: damaged")
    expect(t, "a number of blobs that wraps", with_blobs(blob, nr=0xffffffff), 3, "damaged")
    expect(t, "a blob's version that does not end", with_blobs(b"x" * 48 + blob[48:]), 3, "damaged")
    expect(t, "blobs of another version", with_blobs(blob, name=b"luo-bpf-drivers-2"), 3,
           "of another version than luo-bpf-drivers-1")


def expect(t, title, r, code, *texts):
    said = r.out + r.err
    t.result(title, [] if r.code == code and all(x in said for x in texts) else
             ["exit %d, not %d: %s" % (r.code, code, said[:500])])


def check_devices(t, tmp):
    same = Machine(tmp, "e1000e")
    expect(t, "a device that is what it was", call(tmp, record(), same), 0,
           NAME + " 8086:10d3 class 020000 e1000e: same", "1 as they were")
    expect(t, "one that has no driver", call(tmp, record(), Machine(tmp)), 3,
           "driver none, had e1000e")
    expect(t, "one that has another", call(tmp, record(), Machine(tmp, "other"), "--bind"), 3,
           "driver other, had e1000e", "not bound: it has a driver")
    expect(t, "another device in its place",
           call(tmp, record(), Machine(tmp, vendor="0x1af4"), "--bind"), 3,
           "is another device: 1af4:10d3", "not bound: it is not what it was")
    expect(t, "a region of another size", call(tmp, record(), Machine(
        tmp, "e1000e", bars=((0xf0000000, 0xf0001fff, 0x200),))), 3, "another size or kind")
    expect(t, "a region that moved does no harm", call(tmp, record(), Machine(
        tmp, "e1000e", bars=((0xe0000000, 0xe0000fff, 0x200),))), 0, "regions are elsewhere")
    gone = Machine(tmp)
    os.rename(gone.dev, gone.dev + "x")
    expect(t, "a device that is not there", call(tmp, record(), gone, "--bind"), 3,
           "is not there")
    expect(t, "another driver_override", call(tmp, record(override=b"e1000e"), same), 3,
           "driver_override none, had e1000e")
    r = call(tmp, record(missing=2), same, "-j")
    o = json.loads(r.out)
    t.result("JSON", [] if r.code == 0 and o["missing"] == 2 and o["devices"][0]["device"] == NAME
             and o["devices"][0]["has"] == "e1000e" else [r.out[:500]])


def check_bind(t, tmp):
    m = Machine(tmp)
    r = call(tmp, record(), m, "--bind")
    asked = open(m.probe).read(), open(os.path.join(m.dev, "driver_override")).read()
    t.result("the kernel is asked to bind, and driver_override is what it was",
             [] if asked[0] == NAME and asked[1].startswith("\n") and
             "the driver did not take it" in r.out else [str(asked), r.out])
    m = Machine(tmp, "e1000e")
    m.write("sriov_numvfs", "0")
    expect(t, "virtual functions that are off", call(tmp, record(vfs=3), m), 3,
           "0 virtual functions, had 3")
    r = call(tmp, record(vfs=3), m, "--bind")
    t.result("with --bind they are switched on", [] if not r.code and ": same" in r.out and
             open(os.path.join(m.dev, "sriov_numvfs")).read().startswith("3\n") else [r.out])
    m.write("sriov_numvfs", "2")
    expect(t, "another number stays", call(tmp, record(vfs=3), m, "--bind"), 3,
           "2 virtual functions, had 3")
    expect(t, "how many there were may be unknown", call(tmp, record(vfs=0xffff), m), 0, ": same")
    m = Machine(tmp)
    call(tmp, record(), m)
    t.result("without --bind nothing is written",
             [] if not open(m.probe).read() else ["drivers_probe was written"])
    policy = os.path.join(tmp, "policy")
    open(policy, "w").write("luo-pci-policy 1\n# names\nrename e1000e none-such\n")
    expect(t, "a driver that is not loaded",
           call(tmp, record(), Machine(tmp), "--bind", "--policy", policy), 3,
           "had none-such", "no such driver is loaded")
    for what in ("e1000e", NAME):
        open(policy, "w").write("luo-pci-policy 1\nleave %s\n" % what)
        m = Machine(tmp)
        r = call(tmp, record(), m, "--bind", "--policy", policy)
        t.result("the policy leaves %s, which is no difference" % what,
                 [] if not r.code and "left by the policy" in r.out and "0 differ" in r.out and
                 not open(m.probe).read() else [r.out])
    expect(t, "the policy leaves what is another device by now",
           call(tmp, record(), Machine(tmp, vendor="0x1af4"), "--bind", "--policy", policy), 3,
           "is another device", "1 differ")
    open(policy, "w").write("luo-pci-policy 1\nrename old-name e1000e\n")
    m = Machine(tmp)
    call(tmp, record(driver=b"old-name", override=b"old-name"), m, "--bind", "--policy", policy)
    t.result("driver_override has the new name, too",
             [] if open(os.path.join(m.dev, "driver_override")).read().startswith("e1000e\n") else
             [open(os.path.join(m.dev, "driver_override")).read()])
    for line in ("rename a", "leave", "rename a ../b", "bind e1000e", "leave a b"):
        open(policy, "w").write("luo-pci-policy 1\n" + line + "\n")
        expect(t, "bad policy: %s" % line,
               call(tmp, record(), Machine(tmp), "--policy", policy), 2, "policy: line 2: ")
    for text, why in (("leave x\n", "no pci-policy"), ("luo-pci-policy 2\n", "use a newer one")):
        open(policy, "w").write(text)
        expect(t, "policy: %s" % why,
               call(tmp, record(), Machine(tmp), "--policy", policy), 2, why)


def check_damaged(t, tmp):
    m = Machine(tmp)
    for title, data in (
            ("nothing", b""), ("a part of the head", record()[:31]),
            ("a part of a device", record()[:-1]), ("more devices than bytes", record(nr=2)),
            ("a number of devices that wraps", record(nr=0xffffffff)),
            ("a driver that does not end", record(driver=b"x" * 64)),
            ("a driver that is a path", record(driver=b"../../x")),
            ("an override that does not end", record(override=b"y" * 64)),
            ("a version that does not end", record(name=b"z" * 24))):
        expect(t, "damaged: %s" % title, call(tmp, data, m, "--bind"), 3, "damaged")
    expect(t, "another version", call(tmp, record(name=b"luo-bpf-pci-1"), m), 3,
           "of another version")
    expect(t, "no such file", run("restore-pci", "--records", os.path.join(tmp, "none"),
                                  program=LUO_LOAD_ASAN), 3, "there are none")


def main():
    t = tap.Tap()
    with tempfile.TemporaryDirectory() as tmp:
        check_devices(t, tmp)
        check_bind(t, tmp)
        check_blobs(t, tmp)
        check_damaged(t, tmp)
    print("1..%d" % t.nr)
    return bool(t.failed)


if __name__ == "__main__":
    sys.exit(main())
