#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Many kernels and objects, to measure what grows with them.

Releases 9.00, 9.01, ... have families of their own that change with every release, between
the two layouts of memfd. For each family and two releases that follow each other there are
a translator and one back, and for each format an acceptor: copies of the shipped ones with
other names of the same length. Usage: genpairs.py BPF_DIR OUT_DIR [RELEASES [FAMILIES]]
"""
import os
import sys


def family(f):
    return "%caaaa" % (ord("g") + f)


def string(f, release):
    return "%s-r%02d" % (family(f)[:4], release)


def layout(release):
    return 1 + release % 2


def rename(data, pairs):
    for old, new in pairs:
        assert len(old) == len(new) and old.encode() in data, (old, new)
        data = data.replace(old.encode(), new.encode())
    return data


def main():
    bpf, out = sys.argv[1:3]
    releases = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    families = int(sys.argv[4]) if len(sys.argv) > 4 else 7
    source = {n: open(os.path.join(bpf, n + ".bpf.o"), "rb").read() for n in (
        "memfd_v1_to_v2", "memfd_v2_to_v1", "memfd_v1_accept", "memfd_v2_accept")}
    os.makedirs(os.path.join(out, "bpf"), exist_ok=True)

    def write(base, name, pairs):
        data = rename(source[base], [(base, name), ("luo:family memfd", pairs[0])] + pairs[1])
        with open(os.path.join(out, "bpf", name + ".bpf.o"), "wb") as f:
            f.write(data)

    def version(n, text):
        return ("luo:version memfd-v%d\0" % n, "luo:version %s\0" % text)

    def step(f, a, b):
        base = "memfd_v%d_to_v%d" % (layout(a), layout(b))
        write(base, "%s_%02d_to_%02d" % (family(f), a, b),
              ["luo:family " + family(f),
               [version(layout(a), string(f, a)), version(layout(b), string(f, b))]])

    for f in range(families):
        for r in range(releases):
            write("memfd_v%d_accept" % layout(r), "%s_%02d_accept" % (family(f), r),
                  ["luo:family " + family(f), [version(layout(r), string(f, r))]])
            if r + 1 < releases:
                step(f, r, r + 1)
                step(f, r + 1, r)
    for r in range(releases):
        with open(os.path.join(out, "9.%02d.profile" % r), "w") as p:
            p.write("luo-profile 1\nrelease 9.%02d\nbase 7.3\n" % r)
            for f in range(families):
                p.write("format %s %s file - memfd_luo_ser___v%d\n" %
                        (family(f), string(f, r), layout(r)))


main()
