# SPDX-License-Identifier: GPL-2.0-only
"""bench.py NAME RESULTS: the reports in a guest's output, five of BPF and five of C."""
import json
import sys


def reports(text):
    decoder, at = json.JSONDecoder(), 0
    while True:
        at = text.find("\n{", at)
        if at < 0:
            return
        try:
            value, used = decoder.raw_decode(text[at + 1:])
        except ValueError:
            at += 1
            continue
        at += used
        if "ns" in value:
            yield value


def best(side, stage):
    return min(r["ns"][stage] for r in side)


def main():
    name, path = sys.argv[1:]
    found = list(reports(open(path, errors="replace").read().replace("\r", "")))
    if len(found) != 10:
        sys.exit("bench.py: %d reports instead of 10 in %s" % (len(found), path))
    bpf, native = found[:5], found[5:]
    records, keys = bpf[0]["records"], bpf[0]["ranges"]
    print("%s: %d records, %d ranges" % (name, records, keys))
    for stage in ("translate", "accept", "hook"):
        a, b = best(bpf, stage), best(native, stage)
        print("  %-10s bpf %8.0f ns per record, C %8.0f, ratio %.2f" %
              (stage, a / records, b / records, a / b))
    print("  build      %.1f ns per key (memory map and root)" % (best(bpf, "build") / keys))
    print("  allocations beyond the reserve: %s" % " ".join(str(r["allocated"]) for r in bpf))


main()
