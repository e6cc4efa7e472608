#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bench.sh [FILES...]		default: 100 1000 10000; BENCH_BLOBS has as many, or ""
# What translation costs inside the freeze, from 6.19 to 7.3, where every record changes:
# rehearsals in one machine, with the translators as BPF and then as kernel C in the same
# hook. Prints the best of five of each, per record, and their ratio. Then the memory map:
# bitmaps to radix tree, per key; and PCI devices with blobs of their drivers, 64 bytes each,
# all of which change, too. Under TCG the times are the emulator's; the ratio is not.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

[ $# -gt 0 ] || set -- 100 1000 10000
prepare
kernels 6.19 7.3
native=$("$vm/native.sh" "$kold" "$BUILD/vm/${kold##*/}/native")

# What luo-load is told about both kernels, and more files for the machine.
sides="--to 7.3" more=()

# rehearsals MODULE
rehearsals()
{
	echo "insmod $1
/luo-load arm --unchecked $sides --target-config thp,no-deferred"
	for _ in 1 2 3 4 5; do
		echo "/luo-load check $sides --target-config thp,no-deferred --rehearse
/luo-load -j report --last"
	done
	echo "/luo-load disarm
/luo-load detach --all
rmmod luo_bpf"
}

# measure NAME MAKE: makes a state, then both sides
measure()
{
	VM_MEMORY=${VM_MEMORY:-6144} VM_TIMEOUT=${VM_TIMEOUT:-1800} scenario "bench-$1" "$2
$(rehearsals /luo_bpf.ko)
$(rehearsals /native.ko)" "/bin/true" native.ko="$native" \
		"${more[@]}" >"$BUILD/vm/bench.log" || failed=1
	if ((failed)); then
		cat "$BUILD/vm/bench.log"
		return 1
	fi
	python3 "$vm/bench.py" "$1" "$dir/results"
}

echo "translation in the freeze, 6.19 -> 7.3, $(grep -m1 'model name' /proc/cpuinfo |
	cut -d: -f2-), qemu ${VM_ACCEL:-}"
for n; do
	measure "$n files" "/bin/many $n"
done
measure "keys ${BENCH_KEYS:=100000}" "/bin/many 1 $BENCH_KEYS"

# blobs: a driver that nobody ships, and its vendor's objects among ours
blobs()
{
	local d=$BUILD/vm/blobs ko=$BUILD/vm/${kold##*/}/records
	rm -rf "$d"
	mkdir -p "$d/bpf" "$ko"
	make -s -C "$kold" M="$vm/guest/records" MO="$ko" modules >"$ko.log" 2>&1 ||
		die "the module with many records does not build: $ko.log"
	cp "$BUILD"/bpf/{luo,memfd,memblock,kexec}_*.bpf.o \
		"$BUILD"/selftests/bpf/bench_blob_*.bpf.o "$d/bpf"
	printf 'luo-profile 1\nrelease 6.19\nbase 6.19\n%s\n' \
		"format bench-blob bench-blob-1 driver - bench_blob___v1" >"$d/from"
	printf 'luo-profile 1\nrelease 7.3-blobs\nbase 7.3\n%s\n' \
		"format bench-blob bench-blob-2 driver - bench_blob___v2" >"$d/to"
	sides="--from /blobs/from --to /blobs/to /blobs/bpf"
	more=(records.ko="$ko/records.ko" blobs="$d")
}
[ -z "${BENCH_BLOBS=100 1000 10000}" ] || blobs
for n in $BENCH_BLOBS; do
	measure "$n blobs" "insmod /records.ko nr=$n"
done
