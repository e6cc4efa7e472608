#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""genstate.py -r RELEASE -s SEED -o CORE - a valid state that no machine had to make.

A random state (or one of a given shape) is written as RELEASE stores it, into a reduced
core. --model prints what khostate.py has to find there: it comes from the state that was
drawn, not from the bytes.

  --shape NAME     sessions and files of one kind:
                     many-files     one session with 500
                     crowd          one session with 16000 empty ones
                     many-sessions  2000
                     long-list      a file of more folios than one vmalloc page lists (7.x)
                     ragged         blocks that are not full before the last (7.2, 7.3)
                     odd-orders     allocations larger than they need to be
                     seals          6.19 with look-ups of seals in the note
                     dump           a plain dump without a note
"""
import argparse
import hashlib
import json
import random
import struct
import sys

sys.dont_write_bytecode = True
import corefile                                               # noqa: E402
import fdt                                                    # noqa: E402
from corefile import PAGE                                     # noqa: E402
from khostate import RELEASES, runs                           # noqa: E402

MIB = 1 << 20
KERNELS = {"6.19": "6.19.11", "7.1": "7.1.13", "7.2": "7.2.13", "7.3": "7.3.4"}
SHAPES = ("many-files", "crowd", "many-sessions", "long-list", "ragged", "odd-orders", "seals",
          "dump")


# ---- what is drawn: the state as its users know it -------------------------------------

class Memfd:
    def __init__(self, size, pos, seals, folios):
        # folios: (index, order, flags, hole)
        self.size, self.pos, self.seals, self.folios = size, pos, seals, folios


class Model:
    """A state without addresses."""

    def __init__(self, release, seed, shape=None):
        self.release, self.shape = release, shape
        self.rng = random.Random("%s %s %s" % (release, seed, shape))
        self.number = self.rng.choice((1, 2, 7, (1 << 64) - 1))
        self.sessions = self._sessions()
        self.flbs = self._flbs()
        self.regions = self._regions()

    def _sessions(self):
        r = self.rng
        if self.shape == "many-sessions":
            return [(b"session-%d" % i, self._files(r.choice((0, 0, 0, 1)))) for i in range(2000)]
        if self.shape == "many-files":
            return [(b"many", self._files(500))]
        if self.shape == "crowd":
            return [(b"crowd", self._files(16000))]
        if self.shape == "long-list":
            return [(b"long", [(1, self._long())])]
        nr = r.choice((1, 1, 2, 3, 5, 8, 50, 51, 52, 53, 103))
        names = set()
        while len(names) < nr:
            names.add(self._name())
        names = sorted(names)
        r.shuffle(names)
        # Something is to be carried: a state without a file says little.
        counts = [self._count(nr) for _ in names]
        counts[r.randrange(nr)] = self._count(1) or 1
        return [(name, self._files(n)) for name, n in zip(names, counts)]

    def _count(self, nr_sessions):
        if nr_sessions > 8:
            return self.rng.choice((0, 0, 0, 0, 1, 2))
        return self.rng.choice((0, 1, 2, 3, 3, 5, 63, 64, 65, 126, 127, 128)
                               if nr_sessions < 3 else (0, 1, 2, 3, 9, 64))

    def _name(self):
        r = self.rng
        n = r.choice((1, 2, 8, 20, 62, 63))
        kind = r.randrange(4)
        if kind == 0:                   # any byte that is not NUL
            return bytes(r.randrange(1, 256) for _ in range(n))
        if kind == 1:
            return ("ünï-'%s'\n\t\"\\ %d" % ("ß" * 9, r.randrange(99))).encode()[:n]
        return bytes(r.choice(b"abcdefghijklmnopqrstuvwxyz-_.0123456789") for _ in range(n))

    def _files(self, nr):
        r = self.rng
        tokens = set(r.sample(range(1 << 20), nr)) if nr else set()
        if nr > 3:
            tokens = set(list(tokens)[:nr - 2]) | {0, (1 << 64) - 1}
        while len(tokens) < nr:
            tokens.add(r.getrandbits(64))
        tokens = sorted(tokens)
        r.shuffle(tokens)
        small = nr > 8 or self.shape in ("many-sessions", "dump")
        return [(t, self._memfd(small)) for t in tokens]

    def _memfd(self, small):
        r = self.rng
        if self.shape == "crowd":
            return Memfd(0, r.choice((0, 1)), r.choice((0, 1)), [])
        pages = r.choice((0, 1, 1, 2)) if small else r.choice((0, 1, 2, 3, 5, 9, 40, 300, 700))
        size = 0
        if pages:
            size = pages * PAGE - r.choice((0, 0, 1, 95, 4095))
        large = not small and r.random() < 0.6
        folios = self._folios(pages, large)
        pos = r.choice((0, 0, 1, size, size // 2, size + 12345, (1 << 63) - 1))
        return Memfd(size, pos, self._seals(), folios)

    def _seals(self):
        """What the file has; memfd-v1 has no place for it."""
        return self.rng.choice((0, 1, 1, 0x3f, 0x0e, self.rng.randrange(0x40)))

    def _folios(self, pages, large):
        r, out, index = self.rng, [], 0
        # From 6.19.10 on both bits are always set; 6.19.6 stored what was true.
        odd_flags = r.random() < 0.2
        holes = r.random() < 0.25
        while index < pages:
            left = pages - index
            orders = [o for o in range(10) if index % (1 << o) == 0 and 1 << o < 2 * left]
            order = r.choice(orders) if large else 0
            if large and pages > 511 and index % 512 == 0 and r.random() < 0.8:
                order = 9
            kind = r.random() if holes and len(out) else 1
            if kind < 0.1:              # nothing recorded
                pass
            else:                       # below 0.2: recorded, but without memory
                out.append((index, order, r.randrange(4) if odd_flags else 3, kind < 0.2))
            index += 1 << order
        return out

    def _long(self):
        """More folios than 511 pages of the list hold."""
        nr = 511 * 256 + 3
        return Memfd(nr * PAGE - 7, 5, 1, [(i, 0, 3, False) for i in range(nr)])

    def _flbs(self):
        if self.release == "6.19" or self.rng.random() < 0.5:
            return []
        nr = self.rng.randrange(1, 4)
        return [(b"liveupdate-test-flb-v%d" % i, 0xfeedf00dcafebee0 + i, self.rng.randrange(1, 5))
                for i in range(nr)]

    def _regions(self):
        r = self.rng
        if self.shape == "dump" or r.random() < 0.5:
            return []
        sizes = r.sample((1, 3, 7, 8, 25, 512, 515), r.randrange(1, 4))
        return [("lab%d-%d" % (i, n), n * PAGE) for i, n in enumerate(sizes)]


# ---- where it is put -------------------------------------------------------------------

class Memory:
    """RAM of a machine: pages are handed out at random places outside of scratch."""

    def __init__(self, rng, mib, release):
        self.rng, self.end = rng, mib * MIB
        self.used = bytearray(self.end // PAGE)
        self.pages, self.preserved, self.map_pages = {}, [], []
        step = 4 * MIB if release in ("7.2", "7.3") or rng.random() < 0.5 else 2 * MIB
        self.scratch = self._scratch(step)
        self._take(0, MIB // PAGE)      # BIOS
        for pa, size in self.scratch:
            self._take(pa // PAGE, size // PAGE)
        self.cursor = 0
        self._jump()

    def _scratch(self, step):
        """One area per use, as the kernel makes them; the second is empty on small machines."""
        low = (self.rng.randrange(2, 6), self.rng.randrange(1, 4))
        node = (self.rng.randrange(10, 14), self.rng.randrange(2, 4))
        return [(low[0] * step, low[1] * step), (9 * step, 0), (node[0] * step, node[1] * step)]

    def _take(self, pfn, nr):
        self.used[pfn:pfn + nr] = b"\1" * nr

    def _jump(self):
        self.cursor = self.rng.randrange(MIB // PAGE, len(self.used))

    def _free(self, pfn, nr):
        return pfn + nr <= len(self.used) and not any(self.used[pfn:pfn + nr])

    def take(self, nr, align=1):
        """@nr pages at a multiple of @align."""
        if self.rng.random() < 0.05:
            self._jump()
        pfn = self.cursor + -self.cursor % align
        tries = 0
        while not self._free(pfn, nr):
            pfn += align
            if pfn + nr > len(self.used):
                pfn, tries = 0, tries + 1
                if tries > 1:
                    raise MemoryError("the machine is too small")
        self.cursor = pfn + nr
        self._take(pfn, nr)
        return pfn * PAGE

    def put(self, pa, data):
        for off in range(0, len(data), PAGE):
            self.pages[pa + off] = bytes(data[off:off + PAGE])

    def folio(self, order):
        """Preserved as one entry, as kho_alloc_preserve() does."""
        pa = self.take(1 << order, 1 << order)
        self.preserved.append((pa, order))
        return pa

    def alloc(self, data, order=0):
        while PAGE << order < len(data):
            order += 1
        pa = self.folio(order)
        self.put(pa, data)
        return pa

    def run(self, nr, align=1):
        """Preserved page by page, in the largest pieces that are aligned."""
        pa = self.take(nr, align)
        self.preserved += [(pfn * PAGE, order) for pfn, order in runs(pa // PAGE, nr)]
        return pa

    def map_page(self):
        """Pages of the memory map are not preserved: the next kernel only reads them."""
        pa = self.take(1)
        self.map_pages.append(pa)
        return pa


class Writer:
    """Stores a model the way one release does."""

    def __init__(self, model, mib):
        self.model, self.rng = model, model.rng
        self.release, self.formats = model.release, RELEASES[model.release]
        self.mem = Memory(self.rng, mib, self.release)
        self.blocks = self.formats.luo == "luo-v5"
        self.odd = model.shape == "odd-orders"
        self.count = 0          # pages of content, so that no two are alike
        self.notes, self.content = [], {}
        self.subtrees = []
        self.root_pa = self.mem.folio(0)

    # ---- content and memfds ----------------------------------------------------------

    def page(self):
        """A page of content: mostly zero, never like another."""
        self.count += 1
        head = b"page %d of %s" % (self.count, self.release.encode())
        if self.count % 7 == 0:
            return head.ljust(PAGE - 8, b"\0") + struct.pack("<Q", self.count)
        return head + hashlib.sha256(head).digest()

    def fill(self, pa, nr):
        """Content for @nr pages; of large ones only some are not zero."""
        which = range(nr) if nr <= 8 else {0, nr - 1} | set(self.rng.sample(range(nr), 3))
        for i in which:
            self.content[pa + i * PAGE] = self.page()
            self.mem.put(pa + i * PAGE, self.content[pa + i * PAGE])

    def digest(self, extents, size):
        h, pos = hashlib.sha256(), 0
        for off, pa, nr in extents:
            for i in range(nr):
                at = off + i * PAGE
                data = self.content.get(pa + i * PAGE)
                if data and at < size:
                    h.update(bytes(at - pos))
                    h.update(data[:size - at])
                    pos = at + min(len(data), size - at)
        while pos < size:               # a long file is not made at once
            n = min(size - pos, MIB)
            h.update(bytes(n))
            pos += n
        return h.hexdigest()

    def memfd(self, m, token, long):
        """The record's address, and the model of what is read back."""
        words, extents = b"", []
        for index, order, flags, hole in m.folios:
            pa = 0
            if not hole:
                pa = self.mem.folio(order)
                if not long:
                    self.fill(pa, 1 << order)
                extents.append((index * PAGE, pa, 1 << order))
            words += struct.pack("<QQ", pa // PAGE | flags << 52, index) if not long else b""
        if long:
            words = b"".join(struct.pack("<QQ", pa // PAGE | 3 << 52, off // PAGE)
                             for off, pa, _n in extents)
        v2 = self.formats.memfd == "memfd-v2"
        middle = struct.pack("<II", m.seals, 0) if v2 else b""
        head = struct.pack("<QQ", m.pos, m.size) + middle + struct.pack("<Q", len(m.folios))
        record = self.mem.alloc(head + self.vmalloc(words))
        seals = m.seals if v2 else None
        if self.model.shape == "seals" and self.rng.random() < 0.7:
            self.notes.append("LOOKUP=1 0x%x 0x%x 0x%x" % (record, token, m.seals))
        kept = [f for f in m.folios if not f[3]]
        return record, {"pos": m.pos, "size": m.size, "seals": seals,
                        "folios": [[i, 1 << o, f] for i, o, f, _h in kept],
                        "sha256": self.digest(extents, m.size)}

    def vmalloc(self, data):
        """A kho_vmalloc descriptor of @data."""
        if not data:
            return bytes(16)
        order = self.rng.choice((0, 1, 2)) if self.odd else 0
        step = PAGE << order
        pages = []
        for off in range(0, len(data), step):
            pa = self.mem.run(1 << order, 1 if self.odd else 1 << order)
            self.mem.put(pa, data[off:off + step])
            pages.append(pa)
        first = 0
        for at in reversed(range(0, len(pages), 511)):
            chunk = struct.pack("<Q", first)
            chunk += b"".join(struct.pack("<Q", p) for p in pages[at:at + 511])
            first = self.mem.alloc(chunk)
        return struct.pack("<QIHH", first, len(pages) << order, 1, order)

    # ---- LUO -------------------------------------------------------------------------

    def files(self, files):
        """(address, entries of the model)"""
        entries, out = bytearray(), []
        string = self.formats.memfd.encode()
        for token, m in files:
            pa, model = self.memfd(m, token, self.model.shape == "long-list")
            entries += struct.pack("<48sQQ", string, pa, token)
            out.append({"token": token, "compatible": string.decode(), "memfd": model})
        return self.container(entries, 64, 1), out

    def container(self, entries, size, order, head=b""):
        """An array, as large as the kernel makes it, or a chain of blocks; 0 for nothing."""
        entries = bytes(entries)
        if self.blocks:
            return self.chain(entries, size)
        if not entries and not head:
            return 0
        if self.odd:
            order = self.rng.randrange(0, 6)
        return self.mem.alloc(head + entries, order)

    def chain(self, entries, size):
        per, cut, at = (PAGE - 16) // size, [], 0
        while at < len(entries):
            n = self.rng.randrange(1, per + 1) if self.model.shape == "ragged" else per
            cut.append(entries[at:at + n * size])
            at += n * size
        first = 0
        for block in reversed(cut):
            first = self.mem.alloc(struct.pack("<QQ", first, len(block) // size) + block)
        return first

    def flb_page(self):
        entries = b"".join(struct.pack("<48sQQ", *f) for f in self.model.flbs)
        return self.mem.alloc(struct.pack("<QQ", 1, len(self.model.flbs)) + entries)

    def luo(self):
        entries, sessions = bytearray(), []
        for name, files in self.model.sessions:
            pa, out = self.files(files)
            entries += struct.pack("<64sQQ", name, pa, len(files))
            sessions.append({"name": name.decode("latin-1"), "files": out})
        head = struct.pack("<Q", len(sessions))
        table = self.container(entries, 80, 4, head)
        if self.blocks:
            raw = struct.pack("<8sQQQ", b"luo-v5", self.model.number, table, self.flb_page())
            self.subtrees.append(("LUO", self.mem.alloc(raw), len(raw)))
        else:
            self.tree("LUO", self.luo_tree(table))
        return sessions

    def luo_tree(self, table):
        u64 = (lambda v: struct.pack("<Q", v))
        kids = [fdt.Node("luo-session", {"compatible": b"luo-session-v2\0",
                                         "luo-session-header": u64(table)})]
        if self.formats.flb:
            kids.append(fdt.Node("luo-flb", {"compatible": b"luo-flb-v1\0",
                                             "luo-flb-header": u64(self.flb_page())}))
        return fdt.Node("", {"compatible": b"luo-v1\0",
                             "liveupdate-number": u64(self.model.number)},
                        kids)

    def tree(self, name, root):
        blob = fdt.build(root)
        self.subtrees.append((name, self.mem.alloc(blob), len(blob)))

    # ---- the others ------------------------------------------------------------------

    def memblock(self):
        kids, out = [], []
        for name, size in self.model.regions:
            pa = self.mem.run(size // PAGE, self.alignment())
            self.fill(pa, size // PAGE)
            kids.append(fdt.Node(name, {"compatible": b"reserve-mem-v1\0",
                                        "start": struct.pack("<Q", pa),
                                        "size": struct.pack("<Q", size)}))
            out.append({"name": name, "start": pa, "size": size,
                        "sha256": self.digest([(0, pa, size // PAGE)], size)})
        if kids:
            self.tree("memblock", fdt.Node("", {"compatible": b"memblock-v1\0"}, kids))
        return out

    def alignment(self):
        """Pages that a reserve_mem region is aligned to: it says how it is preserved."""
        return self.rng.choice((1, 1, 512))

    def metadata(self):
        if not self.formats.flb:
            return None
        count = self.rng.randrange(1, 9)
        kernel = KERNELS[self.release]
        raw = struct.pack("<I65sI", 1, kernel.encode(), count)
        self.subtrees.append(("kexec-metadata", self.mem.alloc(raw), len(raw)))
        return {"version": 1, "release": kernel, "count": count}

    # ---- memory map and root ---------------------------------------------------------

    def radix(self):
        """Nodes by the part of the key that leads to them; a leaf has level 0."""
        nodes = {}

        def node(level, prefix):
            if (level, prefix) not in nodes:
                nodes[level, prefix] = (self.mem.map_page(), bytearray(PAGE))
                if level < 5:
                    _pa, up = node(level + 1, prefix >> 9)
                    struct.pack_into("<Q", up, 8 * (prefix & 511), nodes[level, prefix][0])
            return nodes[level, prefix]

        for pa, order in self.mem.preserved:
            key = 1 << 52 - order | pa >> 12 + order
            _pa, leaf = node(0, key >> 15)
            leaf[(key & 0x7fff) >> 3] |= 1 << (key & 7)
        for pa, data in nodes.values():
            self.mem.put(pa, data)
        return node(5, 0)[0]

    def chunks(self):
        """kho-v1: a list of chunks per order, each with bitmaps of 32768 bits."""
        maps = {}
        for pa, order in self.mem.preserved:
            k = pa >> order + 12
            page = maps.setdefault((order, k >> 15), bytearray(PAGE))
            page[(k & 0x7fff) >> 3] |= 1 << (k & 7)
        entries, most = {}, self.rng.choice((255, 255, 3))
        for (order, k), page in sorted(maps.items()):
            pa = self.mem.map_page()
            self.mem.put(pa, page)
            entries.setdefault(order, []).append(struct.pack("<QQ", k << order + 27, pa))
        cut = [(order, e[at:at + most]) for order, e in sorted(entries.items())
               for at in range(0, len(e), most)]
        first = 0
        for order, e in reversed(cut):
            pa = self.mem.map_page()
            self.mem.put(pa, struct.pack("<QII", first, order, len(e)) + b"".join(e))
            first = pa
        return first

    def root(self):
        sized = self.formats.kho != "kho-v1"
        kids = []
        self.rng.shuffle(self.subtrees)
        for name, pa, size in self.subtrees:
            props = {"preserved-data": struct.pack("<Q", pa), "blob-size": struct.pack("<Q", size)}
            kids.append(fdt.Node(name, props if sized else {"fdt": struct.pack("<Q", pa)}))
        map_pa = self.radix() if sized else self.chunks()
        top = {"compatible": self.formats.kho.encode() + b"\0",
               "preserved-memory-map": struct.pack("<Q", map_pa)}
        # fdt_open_into() leaves a tree that fills its page; fdt_finish() one that does not.
        total = self.rng.choice((None, PAGE))
        self.mem.put(self.root_pa, fdt.build(fdt.Node("", top, kids), total))

    def note(self, scratch_pa):
        return ["OSRELEASE=" + KERNELS[self.release], "KHO_FDT=0x%x" % self.root_pa,
                "KHO_SCRATCH=0x%x" % scratch_pa, "KHO_SCRATCH_CNT=%d" % len(self.mem.scratch),
                "RAM_MIB=%d" % (self.mem.end // MIB), "STOPPED_AT=machine_kexec",
                "TEST=generated"] + self.notes

    def write(self):
        """The canonical state."""
        out = {"number": self.model.number}
        steps = [("reserve_mem", self.memblock), ("sessions", self.luo), ("metadata",
                                                                          self.metadata)]
        self.rng.shuffle(steps)
        for key, step in steps:
            out[key] = step()
        self.root()
        out["reserve_mem"].sort(key=lambda r: r["name"])
        out["flbs"] = [{"name": n.decode(), "data": d, "count": c} for n, d, c in self.model.flbs]
        out.update(kho=self.formats.kho, luo=self.formats.luo)
        metadata = out.pop("metadata")
        if metadata:
            out["kexec_metadata"] = metadata
        return out

    def core(self):
        mem = self.mem
        areas = b"".join(struct.pack("<QQ", *s) for s in mem.scratch)
        scratch_pa = mem.take(1)
        mem.put(scratch_pa, areas)
        ranges = [(pa, PAGE << order) for pa, order in mem.preserved]
        ranges += [(pa, PAGE) for pa in mem.map_pages + [scratch_pa]]
        return corefile.build(self.note(scratch_pa), ranges, mem.pages)


def generate(release, seed, shape=None, path=None):
    """Writes a core to @path, unless it is None. Returns the canonical state and the writer."""
    writer = Writer(Model(release, seed, shape), {"long-list": 1024, "dump": 64}.get(shape, 512))
    out = writer.write()
    if path and shape == "dump":
        corefile.build_dump(path, writer.mem.end, writer.mem.pages)
    elif path:
        with open(path, "wb") as f:
            f.write(writer.core())
    return out, writer


def main():
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("-r", "--release", choices=sorted(RELEASES), required=True)
    ap.add_argument("-s", "--seed", type=int, default=1)
    ap.add_argument("--shape", choices=SHAPES)
    ap.add_argument("-o", "--output", required=True)
    ap.add_argument("--model", action="store_true")
    args = ap.parse_args()
    out, _writer = generate(args.release, args.seed, args.shape, args.output)
    if args.model:
        print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
