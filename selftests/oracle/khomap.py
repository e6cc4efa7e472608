# SPDX-License-Identifier: GPL-2.0-only
"""KHO's memory map, in both its shapes: what is preserved, and what of it nobody uses."""
import struct

from corefile import PAGE

ENTRY = struct.Struct("<QQ")
MAX_ORDER = 10              # MAX_PAGE_ORDER: no folio, no allocation is larger


class Unreadable(Exception):
    """Nothing can be said about the rest."""


def runs(pfn, nr):
    """kho_preserve_pages(): the largest aligned power of two that fits, again and again."""
    end = pfn + nr
    while pfn < end:
        order = (end - pfn).bit_length() - 1
        if pfn:
            order = min(order, (pfn & -pfn).bit_length() - 1)
        yield pfn, order
        pfn += 1 << order


class Ledger:
    """Preserved ranges, and who refers to them."""

    def __init__(self):
        self.order, self.used, self.twice = {}, {}, []

    def add(self, pa, order):
        if pa in self.order:
            self.twice.append(pa)
        self.order[pa] = order

    def overlaps(self):
        end, last = 0, 0
        for pa in sorted(self.order):
            if pa < end:
                yield "0x%x lies in what is preserved at 0x%x" % (pa, last)
            if pa + (PAGE << self.order[pa]) > end:
                end, last = pa + (PAGE << self.order[pa]), pa
        for pa in self.twice:
            yield "0x%x is preserved twice" % pa

    def claim(self, pa, order, who):
        """None, or what is wrong with @who using the range at @pa; @order None: any."""
        have = self.order.get(pa)
        if have is None:
            return "%s: 0x%x is not preserved" % (who, pa)
        if order is not None and have != order:
            return "%s: 0x%x is preserved with order %d, not %d" % (who, pa, have, order)
        if pa in self.used:
            return "%s: 0x%x is used by %s too" % (who, pa, self.used[pa])
        self.used[pa] = who
        return None

    def leaks(self):
        return sorted(pa for pa in self.order if pa not in self.used)

    def bytes(self):
        return sum(PAGE << o for o in self.order.values())


def _bits(page):
    """Numbers of the set bits."""
    if page is None:
        return
    for i, word in enumerate(struct.unpack("<512Q", page)):
        while word:
            low = word & -word
            yield i * 64 + low.bit_length() - 1
            word ^= low


class MapReader:
    """Of State: fills its ledger and map_pages from map_pa; err() and field() are State's."""

    def _map(self):
        if not self.map_pa:
            raise Unreadable("the memory map is not written")
        if self.sized:
            self._radix(self.map_pa, 5, 0)
        else:
            self._chunks(self.map_pa)
        for wrong in self.ledger.overlaps():
            self.err("memory map: %s", wrong)

    def _map_page(self, pa):
        """A page of the map, read once."""
        if pa % PAGE or not pa:
            self.err("memory map: page 0x%x is not aligned", pa)
            return None
        if pa in self.map_pages:
            self.err("memory map: page 0x%x is reached twice", pa)
            return None
        self.map_pages.add(pa)
        return self.core.read(pa, PAGE)

    def _chunks(self, pa):
        while pa:
            page = self._map_page(pa)
            if page is None:
                return
            for kind, off, size in (("handle", 0, 8), ("count", 8, 4), ("count", 12, 4)):
                self.field(kind, pa + off, size)
            chunk = pa
            pa, order, nr = struct.unpack_from("<QII", page)
            if nr > 255 or order > MAX_ORDER:
                self.err("memory map: chunk of order %d with %d bitmaps", order, nr)
                return
            for i in range(nr):
                start, bitmap = ENTRY.unpack_from(page, 16 + 16 * i)
                self.field("value", chunk + 16 + 16 * i)
                self.field("handle", chunk + 24 + 16 * i)
                self.field("bits", bitmap, PAGE)
                if start % (PAGE << order):
                    self.err("memory map: bitmap at 0x%x is not aligned to order %d", start, order)
                for bit in _bits(self._map_page(bitmap)):
                    self.ledger.add(start + (bit << order + 12), order)

    def _radix(self, pa, level, key):
        page = self._map_page(pa)
        if page is None:
            return
        if not level:
            self.field("bits", pa, PAGE)
            for bit in _bits(page):
                self._key(key | bit)
            return
        for i, child in enumerate(struct.unpack("<512Q", page)):
            if child:
                self.field("handle", pa + 8 * i)
                self._radix(child, level - 1, key | i << (level - 1) * 9 + 15)

    def _key(self, key):
        order = 53 - key.bit_length()
        if not key or order < 0 or order > 52 - 12:
            self.err("memory map: key 0x%x has no order", key)
            return
        self.ledger.add((key ^ 1 << 52 - order) << 12 + order, order)
