# SPDX-License-Identifier: GPL-2.0-only
"""Flattened device trees: enough to read and to write what KHO puts into them."""
import struct

MAGIC = 0xd00dfeed
BEGIN, END, PROP, NOP, LAST = 1, 2, 3, 4, 9


class BadFdt(Exception):
    """No device tree that a kernel would walk."""


class Node:
    def __init__(self, name, props=(), kids=()):
        self.name, self.props, self.kids = name, dict(props), list(kids)

    def kid(self, name):
        return next((k for k in self.kids if k.name == name), None)


def parse(read):
    """The root node and totalsize; @read(offset, n) gives bytes."""
    magic, total, st, strs, rsv, ver, last, _cpu, nstr, nst = struct.unpack(">10I", read(0, 40))
    if magic != MAGIC:
        raise BadFdt("no FDT magic")
    if ver < 16 or last > 17 or ver < last:
        raise BadFdt("FDT version %d, compatible with %d" % (ver, last))
    if ver < 17:                # does not say how long the structure is
        nst = total - st
    if not 40 <= total <= 1 << 20:
        raise BadFdt("FDT of %d bytes" % total)
    if st % 4 or st + nst > total or strs + nstr > total or rsv + 16 > total:
        raise BadFdt("FDT blocks beyond its %d bytes" % total)
    blob = read(0, total)
    return _Walk(blob[st:st + nst], blob[strs:strs + nstr]).tree(), total


class _Walk:
    def __init__(self, struct_block, strings):
        self.b, self.strings, self.pos = struct_block, strings, 0

    def word(self):
        if self.pos + 4 > len(self.b):
            raise BadFdt("FDT ends inside a node")
        self.pos += 4
        return struct.unpack_from(">I", self.b, self.pos - 4)[0]

    def text(self, where, pos):
        end = where.find(b"\0", pos)
        if pos >= len(where) or end < 0:
            raise BadFdt("FDT name without an end")
        return where[pos:end].decode("latin-1"), end

    def tree(self):
        stack, root = [], None
        while True:
            tag = self.word()
            if tag == BEGIN:
                node = self.node(stack)
                if not stack:
                    if root:
                        raise BadFdt("FDT with two roots")
                    root = node
                stack.append(node)
            elif tag == PROP and stack:
                self.prop(stack[-1])
            elif tag == END and stack:
                stack.pop()
            elif tag == LAST and root and not stack:
                return root
            elif tag != NOP:
                raise BadFdt("FDT tag %d out of place" % tag)

    def node(self, stack):
        name, end = self.text(self.b, self.pos)
        self.pos = end + 4 & ~3
        node = Node(name)
        if stack and stack[-1].kid(name):
            raise BadFdt("FDT node '%s' is there twice" % name)
        if stack:
            stack[-1].kids.append(node)
        return node

    def prop(self, node):
        size, name = self.word(), self.word()
        if node.kids:
            raise BadFdt("FDT property behind a child node")
        if self.pos + size > len(self.b):
            raise BadFdt("FDT property beyond the end")
        name, _end = self.text(self.strings, name)
        if name in node.props:
            raise BadFdt("FDT property '%s' is there twice" % name)
        node.props[name] = self.b[self.pos:self.pos + size]
        self.pos = self.pos + size + 3 & ~3


def _emit(node, strings, out):
    name = node.name.encode("latin-1") + b"\0"
    out.append(struct.pack(">I", BEGIN) + name + bytes(-len(name) % 4))
    for key, value in node.props.items():
        at = strings.setdefault(key, sum(len(k) + 1 for k in strings))
        out.append(struct.pack(">III", PROP, len(value), at) + value + bytes(-len(value) % 4))
    for kid in node.kids:
        _emit(kid, strings, out)
    out.append(struct.pack(">I", END))


def build(root, total=None):
    """The blob of a tree; @total makes it larger than it needs to be."""
    strings, out = {}, []
    _emit(root, strings, out)
    tree = b"".join(out) + struct.pack(">I", LAST)
    strs = b"".join(k.encode() + b"\0" for k in strings)
    size = 56 + len(tree) + len(strs)
    head = struct.pack(">10I", MAGIC, total or size, 56, 56 + len(tree), 40, 17, 16, 0,
                       len(strs), len(tree))
    return (head + bytes(16) + tree + strs).ljust(total or size, b"\0")
