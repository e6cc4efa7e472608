#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""PCI and vfio-pci state that no machine had to make: topologies from seeds, written in
any of the posted layouts and read back, independently of luo-load and of kernel/abi/."""
import random
import struct
import sys

sys.dont_write_bytecode = True
import genstate                                               # noqa: E402
import khostate                                               # noqa: E402
from corefile import PAGE, Core                               # noqa: E402

BRIDGE, NETWORK, STORAGE = 0x060400, 0x020000, 0x010802
DRIVERS = ("vfio-pci", "e1000e", "nvme", "a", "x" * 62, "virtio-pci", "seven77", "eight888")
DEPTH = 5                       # bridges above a device that the translator follows


class Layout:
    """@string is the name that leads to it; @number the record's own version."""

    def __init__(self, string, dev=None, number=None, family="pci"):
        self.string, self.dev, self.number, self.family = string, dev, number, family

    def profile(self, name):
        string = self.string if self.number is None else "%s:%d" % (self.string, self.number)
        place = "flb" if self.family == "pci" else "file"
        record = "pci_ser___" if self.family == "pci" else "vfio_pci_ser___"
        return "luo-profile 1\nrelease %s\nbase 7.3\nformat %s %s %s - %s%s\n" % (
            name[:30], self.family, string, place, record, name)


LAYOUTS = {
    "rfc1_iov": Layout("pci"), "rfc1": Layout("pci"), "rfc2_05": Layout("pci"),
    "rfc2": Layout("pci"),
    "p1_d1": Layout("pci-v1", "d1"), "p2_d2": Layout("pci-v1", "d2"),
    "p2_d3": Layout("pci-v2", "d3"), "p3_d2": Layout("pci-v1", "d2"),
    "p3_d3": Layout("pci-v2", "d3"), "p3_d4": Layout("pci-v3", "d4"),
    "p4_d3": Layout("pci-v1", "d3"), "p4_d4": Layout("pci-v2", "d4"),
    "p5_d3": Layout("pci", "d3", 1), "p5_d4": Layout("pci", "d4", 2),
}
VFIO = {name: Layout(string, family="vfio") for name, string in (
    ("v1", "vfio-v1"), ("a", "vfio-pci-v1"), ("b", "vfio-pci-v1"), ("c", "vfio-pci-v1"),
    ("d", "vfio-pci-v1"), ("v2", "vfio-pci-v2"))}
VFIO_FIELDS = {
    "a": ("<HHB", "bdf domain reset"), "b": ("<HHBI", "bdf domain reset token"),
    "c": ("<IH", "domain bdf"), "d": ("<IHB", "domain bdf reset"),
    "v2": ("<IHBI", "domain bdf reset token"),
}
ENTRY = {"d1": struct.Struct("<HH"), "d2": struct.Struct("<IHH"), "d3": struct.Struct("<IHH"),
         "d4": struct.Struct("<IHH")}


def bdf_name(domain, bdf):
    return "%04x:%02x:%02x.%x" % (domain, bdf >> 8, bdf >> 3 & 31, bdf & 7)


# ---- what is drawn -----------------------------------------------------------------------

class Topology:
    """Devices of a machine: {(domain, bdf): [upstream bdf or None, class, driver, is VF]}."""

    def __init__(self, rng, wide, deep):
        self.rng, self.devices = rng, {}
        pool = [0, 0, 0, 1, 2, 0x7f, 0xffff] + ([0x10000, 0x10001, 0xfffffffe] if wide else [])
        for domain in sorted(set(rng.choice(pool) for _ in range(rng.choice((1, 1, 2, 3, 5))))):
            self.bus, self.domain = 0, domain
            self._bus(0, None, rng.choice((1, 3, 6, 12)), 0, DEPTH + (2 if deep else 0))

    def _add(self, bdf, up, kind):
        driver = self.rng.choice(DRIVERS)
        self.devices[self.domain, bdf] = [up, kind, driver, False]

    def _bus(self, bus, up, slots, depth, deepest):
        r = self.rng
        for slot in sorted(r.sample(range(32), slots)):
            bdf = bus << 8 | slot << 3
            if depth < deepest and self.bus < 250 and r.random() < (0.5 if depth < 2 else 0.35):
                self._add(bdf, up, BRIDGE)
                self.bus += 1
                self._bus(self.bus, bdf, r.choice((1, 1, 2, 4)), depth + 1, deepest)
                continue
            for fn in range(r.choice((1, 1, 1, 2, 8))):
                self._add(bdf | fn, up, r.choice((NETWORK, STORAGE)))
                if slot > 16 and fn and r.random() < 0.5:
                    self.devices[self.domain, bdf | fn][3] = True

    def endpoints(self):
        """Virtual functions are refused by every series."""
        return [k for k, d in self.devices.items() if d[1] != BRIDGE and not d[3]]

    def path(self, key):
        """Bridges above a device, from it to the root."""
        out, up = [], self.devices[key][0]
        while up is not None:
            out.append((key[0], up))
            up = self.devices[key[0], up][0]
        return out

    def answers(self, without=None):
        lines = ["luo-answers 1"]
        for (domain, bdf), (up, kind, driver, _vf) in self.devices.items():
            name = bdf_name(domain, bdf)
            if (domain, bdf) == without:
                continue
            lines.append("pci-upstream %s %s" % (name, "root" if up is None else
                                                 bdf_name(domain, up)))
            lines.append("pci-class %s 0x%06x" % (name, kind))
            lines.append("pci-driver %s %s" % (name, driver))
        return "\n".join(lines) + "\n"


class Model:
    """The preserved devices of a machine, and what older records say of them besides."""

    def __init__(self, layout, seed, target):
        self.layout = layout
        self.rng = r = random.Random("%s %s" % (layout, seed))
        self.release, self.shape, self.number, self.regions = "7.3", None, 1, []
        self.sessions, self.flbs = [], []
        narrow = layout.startswith("rfc") or layout == "p1_d1"
        # Most states can go where they are sent.
        wide = not narrow and r.random() < (0.15 if target == "p1_d1" else 0.5)
        self.topology = Topology(r, wide, r.random() < 0.1)
        self.devices = self._draw(target)
        self.extra = {d: {"flags": r.choice((1, 1, 2, 3, 0)), "data": r.getrandbits(64),
                          "driver": self.topology.devices[d][2],
                          "requested": r.random() < 0.8} for d in self.devices}

    def _draw(self, target):
        r, t = self.rng, self.topology
        nr = r.choice((0, 1, 2, 3, 5, 17, 40))
        can = t.endpoints()
        if self.layout.startswith("rfc1"):      # bridges are asked for themselves
            can = list(t.devices)
        if target == "p5_d3" and self.layout == "p5_d4" and r.random() < 0.8:
            can = [d for d in can if t.devices[d][0] is None]
        devices = r.sample(can, min(nr, len(can)))
        if r.random() < 0.04:           # more than a block holds, on many buses
            for bus in range(r.choice((2, 4, 5))):
                for at in range(256):
                    key = (3, (bus + 1) << 8 | at)
                    t.devices[key] = [None, NETWORK, "vfio-pci", False]
                    devices.append(key)
        if LAYOUTS[self.layout].dev != "d2" and r.random() < 0.03 and (0, 0) not in devices:
            t.devices[0, 0] = [None, NETWORK, "vfio-pci", False]
            devices.append((0, 0))
        r.shuffle(devices)
        return [d for d in devices if not (d == (0, 0) and LAYOUTS[self.layout].dev == "d2")]

    def refcounts(self):
        """Of devices and of the bridges above them, as version 2 counts."""
        out = {d: 1 for d in self.devices}
        for d in self.devices:
            for b in self.topology.path(d):
                out[b] = out.get(b, 0) + 1
        return out


# ---- written ------------------------------------------------------------------------------

class Writer(genstate.Writer):
    def __init__(self, model, mib=64):
        super().__init__(model, mib)
        self.damage = None

    def entries(self, keys, dev, refcounts):
        if dev == "d1" or dev == "d2":
            return [ENTRY[dev].pack(*k, *((0,) if dev == "d2" else ())) for k in keys]
        return [ENTRY[dev].pack(*k, refcounts[k]) for k in keys]

    def scatter(self, entries, size, room):
        """Holes are where devices have been given up."""
        out = entries + [bytes(size)] * (room - len(entries))
        if self.rng.random() < 0.5:
            self.rng.shuffle(out)
        return out

    def pci(self):
        """The record's address."""
        m, layout = self.model, self.model.layout
        if layout.startswith("rfc"):
            return self.mem.alloc(self.rfc(layout))
        dev = LAYOUTS[layout].dev
        refs = m.refcounts() if dev == "d4" else {d: 1 for d in m.devices}
        keys = sorted(refs) if layout[:2] in ("p1", "p2") else list(refs)
        entries, nr = self.entries(keys, dev, refs), len(keys)
        size = ENTRY[dev].size
        room = nr + self.rng.choice((0, 0, 1, 7, 100))
        if self.damage == "count":
            nr += 1
            room = max(room, nr)
        if self.damage == "refcount":
            entries[0] = entries[0][:6] + b"\2\0"
        if self.damage == "free":
            entries[0] = entries[0][:6] + b"\0\0"
        if layout[:2] == "p1":
            data = struct.pack("<Q", nr) + b"".join(entries)
            return self.mem.alloc(data, self.rng.choice((0, 0, 1)))
        if layout[:2] == "p2":
            head = struct.pack("<QQ", room, nr)
            # Behind the entries lies what was there before: nobody reads it.
            stale = [self.rng.choice((bytes(size), b"\xee" * size)) for _ in range(room - nr)]
            return self.mem.alloc(head + b"".join(entries + stale))
        if layout[:2] == "p3":
            return self.mem.alloc(struct.pack("<II", room, nr) +
                                  b"".join(self.scatter(entries, size, room)))
        if self.rng.random() < 0.3 and entries:
            entries = self.scatter(entries, size, room)
        self.model.shape = "ragged" if self.rng.random() < 0.3 else None
        pa = self.chain(b"".join(entries), size)
        self.model.shape = None
        if layout[:2] == "p4":
            return self.mem.alloc(struct.pack("<IQ", nr, pa))
        return self.mem.alloc(struct.pack("<IIQ", LAYOUTS[layout].number, nr, pa))

    def rfc(self, layout):
        out, m = b"", self.model
        for (domain, bdf) in m.devices:
            e, path = m.extra[domain, bdf], domain << 16 | bdf
            name = e["driver"].encode()
            if layout == "rfc2_05":
                out += struct.pack("<IIQ", path, e["flags"], e["data"])
            elif layout == "rfc2":
                out += struct.pack("<II63s1xQ", path, e["flags"], name, e["data"])
            else:
                out += struct.pack("<IBH63sQIIBH", path, e["requested"], 4, name, e["data"],
                                   bdf & 0xff, 0, 0x40, 0x155)
                out += self.rng.randbytes(96 * (17 if layout == "rfc1_iov" else 11))
        buses = b""
        if layout.startswith("rfc1"):
            buses = self.rng.randbytes(396 * self.rng.randrange(4))
        return struct.pack("<II", len(m.devices), len(buses) // 396) + out + buses

    def build(self, path):
        model = self.model
        if model.layout in LAYOUTS:
            model.flbs = [(LAYOUTS[model.layout].string.encode(), self.pci(), 1)]
        self.luo()
        self.root()
        with open(path, "wb") as f:
            f.write(self.core())


class VfioModel:
    """Many files of one layout."""

    def __init__(self, layout, seed, nr, wide):
        self.layout = "vfio " + layout
        self.rng = r = random.Random("vfio %s %s" % (layout, seed))
        self.release, self.shape, self.number, self.regions = "7.3", None, 1, []
        self.flbs = []
        narrow = layout in ("v1", "a", "b") or not wide
        self.files = {}
        for token in r.sample(range(1, 1 << 20), nr):
            self.files[token] = {"domain": r.choice((0, 1, 0xffff, r.getrandbits(16))) if narrow
                                 else r.choice((0, 0x10000, r.getrandbits(32))),
                                 "bdf": r.getrandbits(16), "reset": r.randrange(2),
                                 "token": r.getrandbits(32)}
        self.sessions = [(b"vfio", list(self.files.items()))]

    def answers(self, without=None):
        lines = ["luo-answers 1"]
        for token, f in self.files.items():
            if token != without:
                lines.append("vfio-domain 0x%x 0x%x" % (token, f["domain"]))
                lines.append("vfio-iommufd %d 0x%x" % (token, f["token"]))
        return "\n".join(lines) + "\n"


class VfioWriter(Writer):
    def files(self, files):
        name = self.model.layout.split()[1]
        string, out = VFIO[name].string.encode(), b""
        for token, f in files:
            if name == "v1":
                saved = self.mem.alloc(self.rng.randbytes(200)) if self.rng.random() < 0.5 else 0
                data = struct.pack("<HI", f["bdf"], 4096) + self.rng.randbytes(8192 + 28)
                data += struct.pack("<BQ", f["reset"], saved)
            else:
                form, fields = VFIO_FIELDS[name]
                data = struct.pack(form, *(f[w] for w in fields.split()))
            out += struct.pack("<48sQQ", string, self.mem.alloc(data), token)
        return self.container(out, 64, 1), []


# ---- described only: what inspect has to show ----------------------------------------------

U64 = struct.Struct("<Q")
HW = bytes(range(1, 89))


def iommu(*sizes):
    """Three pages of objects behind a head."""
    def build(w):
        head = U64.pack(1) if sizes[0] == "version" else b""
        pages = [w.mem.alloc(struct.pack("<QQ", 0, 2) + bytes(range(2 * size)))
                 for size in sizes if size != "version"]
        return head + b"".join(U64.pack(p) for p in pages)
    return build


def plain(form, *values):
    return lambda w: struct.pack(form, *values)


# structure: (space, string, bytes, fields that have to be shown)
DESCRIBED = {
    "iommu_flb_ser___g1": ("flb", "iommu-liveupdate-v1", iommu(21, 34, 37), ("top_level", "devid")),
    "iommu_flb_ser___g2": ("flb", "iommu-liveupdate-v1", iommu(112, 37, 56), ("max_pasid",)),
    "iommu_flb_ser___g3": ("flb", "iommu-liveupdate-v1", iommu(112, 37, 64), ("attachment_id",)),
    "iommu_flb_ser___g4": ("flb", "iommu-liveupdate:1", iommu("version", 112, 40, 72),
                           ("dma_owner_token",)),
    "iommufd_ser___v1_b": ("file", "iommufd-v1", plain("<QQQB7xQQB7x", 2, 0x5000, 7, 1, 0x6000, 8, 0),
                           ("domain_data", "reclaimed")),
    "kvm_vm_ser___v1_a": ("file", "kvm_vm_luo_v1", plain("<QQ16x", 3, 0), ("nr_mem_attrs",)),
    "kvm_vm_ser___v1_b": ("file", "kvm_vm_luo_v1", plain("<QQ", 3, 0x7000), ("arch_state",)),
    "kvm_vcpu_ser___v1": ("file", "kvm_vcpu_luo_v1", plain("<IIQQQ", 1, 2, 3, 4, 5), ("vcpu_id",)),
    "guest_memfd_ser___v1": ("file", "guest_memfd_luo_v1", plain("<QQQQ16x", 0, 3, 0, 9),
                             ("INIT_SHARED", "vm_token")),
    "hugetlb_ser___v1": ("flb", "hugetlb-v1", plain("<QBQBQBQBB", 1, 9, 2, 18, 0, 0, 0, 0, 2),
                         ("nr_hstates",)),
    "huge_memfd_ser___v1": ("file", "huge-memfd-v1", plain("<QQQ16xB", 0, 5, 0, 9), ("order",)),
}


class DescribedWriter(Writer):
    """One record of one structure."""

    def __init__(self, name):
        self.space, string, self.raw, _fields = DESCRIBED[name]
        self.string = string.split(":")[0].encode()
        model = Model("p1_d1", 1, None)
        model.layout, model.sessions = "described", []
        if self.space == "file":
            model.sessions = [(b"described", [(5, None)])]
        super().__init__(model)

    def files(self, files):
        pa = self.mem.alloc(self.raw(self))
        return self.container(struct.pack("<48sQQ", self.string, pa, 5), 64, 1), []

    def build(self, path):
        if self.space == "flb":
            self.model.flbs = [(self.string, self.mem.alloc(self.raw(self)), 1)]
        super().build(path)


# ---- read ---------------------------------------------------------------------------------

class PciState(khostate.State):
    """A core with one PCI record, or files of vfio-pci, of a layout that is given."""

    def __init__(self, core, layout):
        self.layout, self.devices, self.vfio, self.extra = layout, None, {}, {}
        super().__init__(core)

    def _flbs(self, pa):
        before = len(self.errors)
        super()._flbs(pa)
        self.errors[before:] = [e for e in self.errors[before:] if "is not known" not in e]
        for flb in self.flbs:
            if flb["name"] != LAYOUTS[self.layout].string:
                self.err("FLB '%s', not '%s'", flb["name"], LAYOUTS[self.layout].string)
            self._pci(flb["data"])

    def _pci(self, pa):
        self.claim(pa, None, "PCI")
        room = PAGE << self.ledger.order.get(pa, 0)
        raw, layout = self.core.read(pa, room), self.layout
        if layout.startswith("rfc2"):
            return self._rfc2(raw)
        dev = LAYOUTS[layout].dev
        e, kind = ENTRY[dev], layout[:2]
        if kind == "p1":
            nr, = most, = struct.unpack_from("<Q", raw)
            data = raw[8:8 + nr * e.size]
        elif kind == "p2":
            most, nr = struct.unpack_from("<QQ", raw)
            data = raw[16:16 + nr * e.size]
        elif kind == "p3":
            most, nr = struct.unpack_from("<II", raw)
            data = raw[8:8 + most * e.size]
        else:
            if kind == "p5" and struct.unpack_from("<I", raw)[0] != LAYOUTS[layout].number:
                self.err("PCI version is %d", struct.unpack_from("<I", raw)[0])
            nr, first = struct.unpack_from("<IQ", raw, 4 if kind == "p5" else 0)
            data, most = b"".join(self._chain(first, e.size, "PCI")), nr
        if len(data) % e.size or most < nr or len(data) > room and kind < "p4":
            self.err("PCI: %d entries, room for %d, %d bytes", nr, most, len(data))
        self._entries([e.unpack_from(data, at) for at in range(0, len(data), e.size)], dev, nr)
        return None

    def _elements(self, data, pa, head, nr, size):
        """Entries of PCI are no string and two numbers."""
        if size == 8:
            return [data[at:at + size] for at in range(head, head + nr * size, size)]
        return super()._elements(data, pa, head, nr, size)

    def _entries(self, entries, dev, nr):
        kind, keys = self.layout[:2], []
        self.devices = {}
        for e in entries:
            used = e[2] if dev in ("d3", "d4") else 1
            if kind == "p3" and dev == "d2":
                used = int(e[:2] != (0, 0))
            if dev == "d2" and e[2]:
                self.err("PCI: reserved is %d", e[2])
            if not used and kind < "p3":
                self.err("PCI: a sorted entry is free")
            if not used:
                continue
            if e[:2] in self.devices:
                self.err("PCI: %s is there twice", bdf_name(*e[:2]))
            if dev == "d3" and used != 1:
                self.err("PCI: refcount %d", used)
            self.devices[e[:2]] = used
            keys.append(e[:2])
        if kind in ("p1", "p2") and keys != sorted(keys):
            self.err("PCI: not sorted")
        if len(keys) != nr:
            self.err("PCI: %d devices, %d counted", len(keys), nr)

    def _rfc2(self, raw):
        nr, hole = struct.unpack_from("<II", raw)
        form = "<IIQ" if self.layout == "rfc2_05" else "<II63s1sQ"
        self.devices = {}
        if hole:
            self.err("PCI: hole is %d", hole)
        for i in range(nr):
            e = struct.unpack_from(form, raw, 8 + i * struct.calcsize(form))
            key = (e[0] >> 16, e[0] & 0xffff)
            self.devices[key] = 1
            self.extra[key] = {"flags": e[1], "data": e[-1]}
            if len(e) > 3:
                self.extra[key]["driver"] = e[2].split(b"\0")[0].decode()
                if e[3] != b"\0" or e[2].rstrip(b"\0").count(b"\0"):
                    self.err("PCI: padding or name of %s", bdf_name(*key))

    def _file(self, session, e, who):
        compatible, pa, token = struct.unpack("<48sQQ", e)
        layout = self.layout.split()[-1]
        session["files"].append({"token": token, "compatible": khostate.text(compatible)})
        if khostate.text(compatible) != VFIO[layout].string:
            self.err("%s is '%s'", who, khostate.text(compatible))
        self.claim(pa, 0, "%s token 0x%x" % (who, token))
        form, fields = VFIO_FIELDS[layout]
        raw = self.core.read(pa, struct.calcsize(form))
        self.vfio[token] = dict(zip(fields.split(), struct.unpack(form, raw)))


def read(path, layout):
    return PciState(Core.open(path), layout)
