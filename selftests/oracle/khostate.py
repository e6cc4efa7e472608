#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""khostate.py CORE - what a core hands over, read independently of luo-load.

Prints the state as canonical JSON: what users would get back, nothing of how it is stored.

  --normalize       without what a format cannot record (memfd-v1 has no seals: F_SEAL_SEAL,
                    or what a LOOKUP line of the note says)
  --check           what is wrong with it, one line each; exit 1 if anything is
  --target RELEASE  and what that kernel would not take
  --same CORE       does the other core hold the same (normalized) state? exit 1 if not

Exit: 2 when the core cannot be read at all.
"""
import argparse
import bisect
import hashlib
import json
import struct
import sys

sys.dont_write_bytecode = True
from corefile import PAGE, Absent, BadCore, Core, merge      # noqa: E402
from khomap import ENTRY, MAX_ORDER, Ledger, MapReader, Unreadable, runs    # noqa: E402
import fdt                                                    # noqa: E402

SESSION, FILE, FLB, FOLIO = 80, 64, 64, 16
MAX_BLOCKS = 10000
SEALS = 0x3f
F_SEAL_SEAL = 1
UINT_MAX = (1 << 32) - 1


class Release:
    """What one kernel writes and reads."""

    def __init__(self, kho, luo, flb, memfd, max_order):
        self.kho, self.luo, self.flb, self.memfd = kho, luo, flb, memfd
        self.max_order = max_order


RELEASES = {
    "6.19": Release("kho-v1", "luo-v1", False, "memfd-v1", MAX_ORDER),
    # 7.1 computes the size of an entry in an int.
    "7.1": Release("kho-v3", "luo-v1", True, "memfd-v2", 18),
    "7.2": Release("kho-v4", "luo-v5", True, "memfd-v2", 52),
    "7.3": Release("kho-v4", "luo-v5", True, "memfd-v2", 52),
}


def text(b):
    """Bytes up to the NUL, one character each."""
    return b.split(b"\0", 1)[0].decode("latin-1")


class State(MapReader):
    """One core, read completely: damage is noted and passed by as far as possible."""

    def __init__(self, core):
        self.core = core
        self.errors, self.warnings = [], []
        self.ledger = Ledger()
        self.map_pages = set()
        self.number = None
        self.sessions, self.flbs, self.regions = [], [], []
        self.metadata = self.luo = None
        self.subtrees = {}      # name -> (address, size or None)
        self.lookups = self._lookups()
        self.scratch = self._scratch()
        self.root_pa = self._find_root()
        self._root()
        self._map()
        self._places()
        self._records()

    def err(self, msg, *args):
        self.errors.append(msg % args if args else msg)

    def field(self, kind, pa, size=8):
        """Told of every field that is read: mutate.py wants to know where they are."""

    def claim(self, pa, order, who):
        wrong = self.ledger.claim(pa, order, who)
        if wrong:
            self.errors.append(wrong)

    def claim_run(self, pa, nr, who):
        for pfn, order in runs(pa // PAGE, nr):
            self.claim(pfn * PAGE, order, who)

    def number_of(self, key):
        try:
            return int(self.core.note(key, "0"), 0)
        except ValueError:
            raise Unreadable("note %s is no number" % key)

    # ---- outside of the map ----------------------------------------------------------

    def _lookups(self):
        """Answers that the old kernel gave: (kind, record, key) -> value."""
        out = {}
        for key, value in self.core.notes:
            if key == "LOOKUP":
                kind, record, token, answer = (int(x, 0) for x in value.split())
                out.setdefault((kind, record, token), answer)
        return out

    def _scratch(self):
        pa, nr = self.number_of("KHO_SCRATCH"), self.number_of("KHO_SCRATCH_CNT")
        if not pa:
            return []
        nr = min(nr, 256)
        for i in range(2 * nr):
            self.field("value", pa + 8 * i)
        return [ENTRY.unpack(self.core.read(pa + 16 * i, 16)) for i in range(nr)]

    def _find_root(self):
        pa = self.number_of("KHO_FDT")
        if pa:
            return pa
        found = [p for p in self.core.find(struct.pack(">I", fdt.MAGIC)) if self._is_root(p)]
        if not found:
            raise Unreadable("no KHO root")
        return found[-1]

    def _is_root(self, pa):
        try:
            tree, _total = fdt.parse(lambda off, n: self.core.read(pa + off, n))
        except (fdt.BadFdt, Absent):
            return False
        return tree.props.get("compatible", b"").startswith(b"kho-v")

    def _tree(self, pa, what):
        tree, total = fdt.parse(lambda off, n: self.core.read(pa + off, n))
        self.field("fdt", pa, total)
        if total > PAGE:
            self.err("%s: FDT of %d bytes", what, total)
        return tree, total

    # ---- KHO root and memory map -----------------------------------------------------

    def _root(self):
        if self.root_pa % PAGE:
            self.err("KHO root 0x%x is not page aligned", self.root_pa)
        try:
            self.root, _total = self._tree(self.root_pa, "KHO root")
        except fdt.BadFdt as e:
            raise Unreadable("KHO root: %s" % e)
        self.kho = self._string(self.root, "compatible", "KHO root")
        self.sized = self.kho != "kho-v1"
        if self.kho not in ("kho-v1", "kho-v3", "kho-v4"):
            raise Unreadable("KHO root is '%s'" % self.kho)
        self.map_pa = self._u64(self.root, "preserved-memory-map", "KHO root")
        self._only(self.root, ("compatible", "preserved-memory-map"), "KHO root")
        for kid in self.root.kids:
            self._subtree(kid)

    def _subtree(self, node):
        who = "subtree '%s'" % node.name
        names = ("preserved-data", "blob-size") if self.sized else ("fdt",)
        self._only(node, names, who)
        pa = self._u64(node, names[0], who)
        size = self._u64(node, names[1], who) if self.sized else None
        if node.kids:
            self.err("%s has children", who)
        self.subtrees[node.name] = (pa, size)

    def _only(self, node, names, who):
        """What a reader does not know would be lost."""
        for name in node.props:
            if name not in names:
                self.err("%s: unknown property '%s'", who, name)

    def _string(self, node, prop, who):
        """The first of a list of strings: kernels look for theirs anywhere in it."""
        value = node.props.get(prop, b"")
        if not value.endswith(b"\0"):
            self.err("%s: property '%s' is no string", who, prop)
        return text(value)

    def _u64(self, node, prop, who):
        value = node.props.get(prop)
        if value is None or len(value) != 8:
            self.err("%s: property '%s' is %s", who, prop,
                     "missing" if value is None else "%d bytes long" % len(value))
            return 0
        return struct.unpack("<Q", value)[0]

    def _places(self):
        """Where memory may be: in RAM, once, out of scratch, which the next kernel boots in."""
        for i, (a, size) in enumerate(self.scratch):
            if a % PAGE or size % PAGE:
                self.err("scratch area %d: 0x%x bytes at 0x%x", i, size, a)
        ram = self.number_of("RAM_MIB") << 20
        if ram > 3 << 30:               # a hole below 4 GiB
            ram = 0
        preserved = merge((pa, PAGE << o) for pa, o in self.ledger.order.items())
        mapped = merge((pa, PAGE) for pa in self.map_pages)
        for what, extents in (("preserved memory", preserved), ("map page", mapped)):
            for pa, end in extents:
                if ram and end > ram:
                    self.err("%s 0x%x..0x%x lies beyond RAM", what, pa, end)
                if any(s and pa < a + s and a < end for a, s in self.scratch):
                    self.err("%s 0x%x..0x%x lies in scratch", what, pa, end)
        starts = [e[0] for e in preserved]
        for pa in self.map_pages:
            i = bisect.bisect_right(starts, pa) - 1
            if i >= 0 and pa < preserved[i][1]:
                self.err("map page 0x%x is preserved memory", pa)

    # ---- records ---------------------------------------------------------------------

    def _records(self):
        self.claim(self.root_pa, 0, "KHO root")
        readers = {"LUO": self._luo, "memblock": self._memblock, "kexec-metadata": self._metadata}
        for name, (pa, size) in self.subtrees.items():
            reader = readers.get(name)
            if not reader:
                self.err("subtree '%s' is not known", name)
                continue
            self.claim(pa, 0, name)
            try:
                reader(pa, size)
            except (Absent, fdt.BadFdt, struct.error) as e:
                self.err("%s: %s", name, e)
        for pa in self.ledger.leaks():
            self.err("LEAK 0x%x of order %d is referred to by nothing", pa, self.ledger.order[pa])

    def _metadata(self, pa, size):
        if size is not None and size < 73:
            self.err("kexec-metadata: size %d", size)
        for kind, off, n in (("value", 0, 4), ("string", 4, 65), ("value", 69, 4)):
            self.field(kind, pa + off, n)
        version, release, count = struct.unpack("<I65sI", self.core.read(pa, 73))
        if version != 1 or b"\0" not in release:
            self.err("kexec-metadata: version %d, release %r", version, release)
        self.metadata = {"version": version, "release": text(release), "count": count}

    def _memblock(self, pa, size):
        tree, total = self._tree(pa, "memblock")
        if size is not None and size < total:
            self.err("memblock: FDT of %d bytes, size %d", total, size)
        if self._string(tree, "compatible", "memblock") != "memblock-v1":
            self.err("memblock: wrong compatible")
        self._only(tree, ("compatible",), "memblock")
        for kid in tree.kids:
            self._region(kid)

    def _region(self, node):
        who = "reserve_mem '%s'" % node.name
        if self._string(node, "compatible", who) != "reserve-mem-v1":
            self.err("%s: wrong compatible", who)
        self._only(node, ("compatible", "start", "size"), who)
        if node.kids:
            self.err("%s has children", who)
        pa, size = self._u64(node, "start", who), self._u64(node, "size", who)
        if pa % PAGE or not 0 < size < 1 << 46:
            self.err("%s: 0x%x bytes at 0x%x", who, size, pa)
            return
        self.claim_run(pa, -(-size // PAGE), who)
        self.regions.append({"name": node.name, "start": pa, "size": size,
                             "sha256": self._digest([(0, pa, size)], size)})

    # ---- LUO -------------------------------------------------------------------------

    def _luo(self, pa, size):
        if self.core.read(pa, 4) == struct.pack(">I", fdt.MAGIC):
            self._luo_tree(pa, size)
        else:
            self._luo_ser(pa, size)
        seen = set()
        for s in self.sessions:
            if s["name"] in seen:
                self.err("session '%s' is there twice", s["name"])
            seen.add(s["name"])

    def _luo_tree(self, pa, size):
        tree, total = self._tree(pa, "LUO")
        if size is not None and size < total:
            self.err("LUO: FDT of %d bytes, size %d", total, size)
        self.luo = self._string(tree, "compatible", "LUO")
        if self.luo != "luo-v1":
            self.err("LUO is '%s'", self.luo)
            return
        self._only(tree, ("compatible", "liveupdate-number"), "LUO")
        self.number = self._u64(tree, "liveupdate-number", "LUO")
        self.nodes = [k.name for k in tree.kids]
        for name in self.nodes:
            if name not in ("luo-session", "luo-flb"):
                self.err("LUO: unknown node '%s'", name)
        table = self._luo_node(tree, "luo-session", "luo-session-v2", "luo-session-header")
        if table:
            self._table(table)
        if self.sized or tree.kid("luo-flb"):
            flbs = self._luo_node(tree, "luo-flb", "luo-flb-v1", "luo-flb-header")
            if flbs:
                self._flbs(flbs)

    def _luo_node(self, tree, name, version, prop):
        """The address in a node that the kernel panics without."""
        node = tree.kid(name)
        if not node:
            self.err("LUO: no node '%s'", name)
            return 0
        self._only(node, ("compatible", prop), name)
        if node.kids:
            self.err("%s has children", name)
        if self._string(node, "compatible", name) != version:
            self.err("%s: wrong compatible", name)
        pa = self._u64(node, prop, name)
        if not pa:
            self.err("%s: no address", name)
        return pa

    def _array(self, pa, head, nr, size, who):
        """Elements of a contiguous array; its reader frees it with the order that it finds."""
        self.claim(pa, None, who)
        room = PAGE << self.ledger.order.get(pa, 0)
        if head + nr * size > room:
            self.err("%s: %d elements do not fit in %d bytes", who, nr, room)
            nr = (room - head) // size
        data = self.core.read(pa, room)
        if any(data[head + nr * size:]):
            self.warnings.append("%s: data behind its end" % who)
        return self._elements(data, pa, head, nr, size)

    def _elements(self, data, pa, head, nr, size):
        """Sessions and files: a string, then two numbers."""
        for at in range(head, head + nr * size, size):
            self.field("string", pa + at, size - 16)
            self.field("handle", pa + at + size - 16)
            self.field("count" if size == SESSION else "value", pa + at + size - 8)
        return [data[at:at + size] for at in range(head, head + nr * size, size)]

    def _table(self, pa):
        self.field("count", pa)
        for e in self._array(pa, 8, self.core.u64(pa), SESSION, "session table"):
            self._session(e, self._file_array)

    def _luo_ser(self, pa, size):
        if size is None or size < 32:
            self.err("LUO: size %s", size)
        for kind, off in (("string", 0), ("value", 8), ("handle", 16), ("handle", 24)):
            self.field(kind, pa + off)
        compatible, self.number, sessions, flbs = struct.unpack("<8sQQQ", self.core.read(pa, 32))
        self.luo = text(compatible)
        if self.luo != "luo-v5":
            self.err("LUO is '%s'", self.luo)
            return
        for e in self._chain(sessions, SESSION, "sessions"):
            self._session(e, self._file_chain)
        if flbs:
            self._flbs(flbs)

    def _chain(self, pa, size, who):
        """Entries of a kho_block chain."""
        per, seen, out = (PAGE - 16) // size, set(), []
        while pa:
            if pa in seen or len(seen) == MAX_BLOCKS:
                self.err("%s: chain %s", who, "is a cycle" if pa in seen else "is too long")
                return out
            seen.add(pa)
            self.claim(pa, 0, who)
            page, block = self.core.read(pa, PAGE), pa
            self.field("handle", pa)
            self.field("count", pa + 8)
            pa, nr = ENTRY.unpack_from(page)
            if not 1 <= nr <= per:
                self.err("%s: block of %d entries", who, nr)
                return out
            if pa and nr < per:
                self.warnings.append("%s: block of %d entries before the last" % (who, nr))
            out += self._elements(page, block, 16, nr, size)
        return out

    def _session(self, e, reader):
        name, (files, count) = e[:64], ENTRY.unpack_from(e, 64)
        session = {"name": text(name), "files": []}
        who = "session '%s'" % session["name"]
        if b"\0" not in name or not name[0]:
            self.err("%s: name is %s", who, "empty" if not name[0] else "not terminated")
        self.sessions.append(session)
        if bool(files) != bool(count):
            self.err("%s: %d files at 0x%x", who, count, files)
        if not files:
            return
        try:
            entries = reader(files, count, who)
        except Absent as e:
            self.err("%s: files: %s", who, e)
            return
        if len(entries) != count:
            self.err("%s: %d files, %d counted", who, len(entries), count)
        for entry in entries:
            self._file(session, entry, who)
        tokens = [f["token"] for f in session["files"]]
        if len(set(tokens)) != len(tokens):
            self.err("%s: a token is there twice", who)

    def _file_array(self, pa, count, who):
        return self._array(pa, 0, count, FILE, who + " files")

    def _file_chain(self, pa, _count, who):
        return self._chain(pa, FILE, who + " files")

    def _file(self, session, e, who):
        compatible, data, token = struct.unpack("<48sQQ", e)
        f = {"token": token, "compatible": text(compatible)}
        who = "%s token 0x%x" % (who, token)
        session["files"].append(f)
        if b"\0" not in compatible:
            self.err("%s: compatible is not terminated", who)
        if f["compatible"] not in ("memfd-v1", "memfd-v2"):
            self.err("%s: no handler for '%s'", who, f["compatible"])
            return
        try:
            f["memfd"] = self._memfd(data, token, f["compatible"] == "memfd-v2", who)
        except Absent as absent:
            self.err("%s: %s", who, absent)

    def _flbs(self, pa):
        self.claim(pa, 0, "FLBs")
        page = self.core.read(pa, PAGE)
        self.field("count", pa)
        self.field("count", pa + 8)
        pages, nr = ENTRY.unpack_from(page)
        if pages != 1 or nr > 63:
            self.err("FLBs: %d entries in %d pages", nr, pages)
        if any(page[16 + min(nr, 63) * FLB:]):
            self.warnings.append("FLBs: data behind the end")
        self._elements(page, pa, 16, min(nr, 63), FLB)
        for i in range(min(nr, 63)):
            name, data, count = struct.unpack_from("<48sQQ", page, 16 + i * FLB)
            if b"\0" not in name or not count:
                self.err("FLB '%s': name or count %d", text(name), count)
            if not text(name).startswith("liveupdate-test-flb-v"):
                self.err("FLB '%s' is not known", text(name))
            self.flbs.append({"name": text(name), "data": data, "count": count})
        if len({f["name"] for f in self.flbs}) != len(self.flbs):
            self.err("FLBs: a name is there twice")

    # ---- memfd -----------------------------------------------------------------------

    def _memfd(self, pa, token, v2, who):
        self.claim(pa, 0, who)
        raw, end = self.core.read(pa, 48), 32 if v2 else 24
        for kind, off, n in (("value", 0, 8), ("value", 8, 8), ("count", end - 8, 8),
                             ("handle", end, 8), ("count", end + 8, 4), ("value", end + 12, 2),
                             ("value", end + 14, 2)):
            self.field(kind, pa + off, n)
        seals = None
        if v2:
            self.field("value", pa + 16, 4)
            self.field("value", pa + 20, 4)
            pos, size, seals, flags, nr = struct.unpack_from("<QQIIQ", raw)
            if seals & ~SEALS or flags:
                self.err("%s: seals 0x%x, flags 0x%x", who, seals, flags)
        else:
            pos, size, nr = struct.unpack_from("<QQQ", raw)
        answer = self.lookups.get((1, pa, token))
        m = {"pos": pos, "size": size, "seals": seals, "folios": [], "sha256": None}
        if seals is None and answer is not None:
            m["answer"] = answer
        pages = -(-size // PAGE)
        if pos >> 63:
            self.err("%s: position 0x%x", who, pos)
        if size >> 63 or pages > UINT_MAX or bool(nr) != bool(size) or nr > pages:
            self.err("%s: %d folios for 0x%x bytes", who, nr, size)
            return m
        entries = self._vmalloc(raw[end:], nr * FOLIO, who)
        lay = self._folios(entries, min(nr, len(entries) // FOLIO), pages, who)
        m["folios"] = [[index, 1 << order, flags] for index, order, flags, _pa in lay]
        m["_places"] = [pa for _i, _o, _f, pa in lay]
        m["sha256"] = self._digest(_joined(lay), size)
        return m

    def _vmalloc(self, raw, size, who):
        """The bytes behind a kho_vmalloc descriptor."""
        first, total, flags, order = struct.unpack_from("<QIHH", raw)
        if not size:
            # Nothing is restored then: what the descriptor names would be lost.
            if first or total:
                self.err("%s: no folios, but %d pages for their list", who, total)
            return b""
        if flags & ~3 or order > MAX_ORDER:
            self.err("%s: vmalloc flags 0x%x, order %d", who, flags, order)
            return b""
        lists = self._vmalloc_list(first, order, total, who)
        if len(lists) << order != total:
            self.err("%s: list of %d pages, %d counted", who, len(lists) << order, total)
        if size > total * PAGE:
            self.err("%s: %d bytes in %d pages", who, size, total)
        for pa in lists:
            for off in range(0, min(size, PAGE << order), 8):
                self.field("folio" if off % 16 == 0 else "value", pa + off)
        return b"".join(self.core.read(pa, PAGE << order) for pa in lists)

    def _vmalloc_list(self, pa, order, total, who):
        out, seen = [], set()
        while pa:
            if pa in seen:
                self.err("%s: vmalloc list is a cycle", who)
                break
            seen.add(pa)
            self.claim(pa, 0, who + " vmalloc list")
            page = struct.unpack("<512Q", self.core.read(pa, PAGE))
            for i in range(2 + len([p for p in page[1:] if p])):
                self.field("handle", pa + 8 * min(i, 511))
            pa, entries = page[0], [p for p in page[1:] if p]
            if any(page[1 + len(entries):]):
                self.err("%s: vmalloc list has a gap", who)
            if len(out) + len(entries) << order > total:
                self.err("%s: vmalloc list is longer than %d pages", who, total)
                break
            for p in entries:
                if p % PAGE:
                    self.err("%s: vmalloc page at 0x%x", who, p)
                self.claim_run(p, 1 << order, who + " folio list")
            out += entries
        return out

    def _folios(self, entries, nr, pages, who):
        """(index, order, flags, address) of each folio; those of pfn 0 are holes."""
        out, expect = [], 0
        for i in range(nr):
            word, index = ENTRY.unpack_from(entries, i * FOLIO)
            pa, flags = (word & (1 << 52) - 1) * PAGE, word >> 52
            if flags & ~3:
                self.err("%s: folio %d has flags 0x%x", who, i, flags)
            if not pa:
                continue
            self.claim(pa, None, who)
            order = self.ledger.order.get(pa, 0)
            if order > MAX_ORDER or index % (1 << order):
                self.err("%s: folio %d of order %d at index %d", who, i, order, index)
            if index < expect or index >= pages:
                self.err("%s: folio %d has index %d, out of order or beyond the size", who, i,
                         index)
            expect = index + (1 << order)
            out.append((index, order, flags, pa))
        return out

    def _digest(self, extents, size):
        """SHA-256 of @size bytes, of which only extents (offset, address, length) are not zero."""
        h, pos = hashlib.sha256(), 0
        try:
            for off, pa, n in extents:
                if off < pos or off >= size:
                    return None
                _zeros(h, off - pos)
                for data, hole in self.core.pieces(pa, min(n, size - off)):
                    h.update(data)
                    _zeros(h, hole)
                pos = off + min(n, size - off)
        except Absent:
            return None
        _zeros(h, size - pos)
        return h.hexdigest()

    # ---- results ---------------------------------------------------------------------

    def canonical(self, normalize=False):
        sessions = []
        for s in self.sessions:
            files = [self._canonical_file(f, normalize) for f in s["files"]]
            sessions.append({"name": s["name"], "files": files})
        out = {"number": self.number, "sessions": sessions, "flbs": self.flbs,
               "reserve_mem": sorted(self.regions, key=lambda r: r["name"])}
        if not normalize:
            out.update(kho=self.kho, luo=self.luo)
        if self.metadata and not normalize:
            out["kexec_metadata"] = self.metadata
        return out

    @staticmethod
    def _canonical_file(f, normalize):
        out = dict(f)
        m = out.get("memfd")
        if m:
            m = out["memfd"] = {k: v for k, v in m.items() if k[0] != "_" and k != "answer"}
            if normalize and m["seals"] is None:
                m["seals"] = f["memfd"].get("answer", F_SEAL_SEAL)
        if normalize:
            out["compatible"] = out["compatible"].rsplit("-v", 1)[0]
        return out

    def places(self):
        """Where content lies: no translator copies it."""
        files = [f["memfd"] for s in self.sessions for f in s["files"] if f.get("memfd")]
        return [m.get("_places") for m in files]

    def target(self, name):
        """What kernel @name would not take; what it demands of each record is in errors."""
        r, out = RELEASES[name], []
        for what, have, want in (("KHO", self.kho, r.kho), ("LUO", self.luo, r.luo)):
            if have != want and have is not None:
                out.append("%s is '%s', %s reads '%s'" % (what, have, name, want))
        strings = {f["compatible"] for s in self.sessions for f in s["files"]}
        out += ["a file is '%s', %s reads '%s'" % (s, name, r.memfd) for s in strings - {r.memfd}]
        if self.luo == "luo-v1" and ("luo-flb" in getattr(self, "nodes", [])) != r.flb:
            out.append("luo-flb is %s" % ("missing" if r.flb else "there"))
        out += ["0x%x has order %d, %s copes with %d" % (pa, o, name, r.max_order)
                for pa, o in self.ledger.order.items() if o > r.max_order]
        if self.metadata and name == "6.19":
            out.append("kexec-metadata is raw, 6.19 reads FDTs")
        return out


def _joined(lay):
    """Extents (offset, address, length) of folios, those in a row as one."""
    out = []
    for index, order, _flags, pa in lay:
        off, n = index * PAGE, PAGE << order
        if out and out[-1][0] + out[-1][2] == off and out[-1][1] + out[-1][2] == pa:
            out[-1][2] += n
        else:
            out.append([off, pa, n])
    return out


_ZERO = bytes(1 << 20)


def _zeros(h, n):
    if n > 1 << 31:             # nobody waits for the hash of that
        h.update(b"%d zeros" % n)
        n = 0
    while n > 0:
        h.update(memoryview(_ZERO)[:min(n, len(_ZERO))])
        n -= len(_ZERO)


def read(path):
    """The state in a file. Raises Unreadable."""
    try:
        return State(Core.open(path))
    except (BadCore, Absent, struct.error, ValueError, OSError) as e:
        raise Unreadable(str(e)) from e


def differences(a, b, path=""):
    """Places where two canonical states differ."""
    if isinstance(a, dict) and isinstance(b, dict):
        for k in sorted(set(a) | set(b)):
            yield from differences(a.get(k), b.get(k), "%s.%s" % (path, k))
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            yield from differences(x, y, "%s[%d]" % (path, i))
    elif a != b:
        yield "%s: %s / %s" % (path, str(a)[:80], str(b)[:80])


def compare(a, b):
    """What two states do not have in common, with content where it was before."""
    out = list(differences(a.canonical(True), b.canonical(True)))
    if a.places() != b.places():
        out.append("content has moved")
    # 6.19 does not know it and each kernel writes its own: it is compared where both have one.
    if a.metadata and b.metadata and a.metadata != b.metadata:
        out.append("kexec-metadata: %s / %s" % (a.metadata, b.metadata))
    return out


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("core")
    ap.add_argument("--normalize", action="store_true")
    ap.add_argument("--check", action="store_true")
    ap.add_argument("--target", choices=sorted(RELEASES))
    ap.add_argument("--same")
    args = ap.parse_args()
    try:
        state = read(args.core)
        other = read(args.same) if args.same else None
    except Unreadable as e:
        print("khostate: %s" % e, file=sys.stderr)
        return 2
    if other:
        wrong = compare(state, other)
    elif args.check:
        wrong = state.errors + (state.target(args.target) if args.target else [])
        for w in state.warnings:
            print("warning: %s" % w)
    else:
        print(json.dumps(state.canonical(args.normalize), indent=1))
        return 0
    for w in wrong:
        print(w)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
