#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pci.sh [OLD:NEW]		default: 7.1:7.3
# PCI devices behind bridges, and their drivers: what they were comes along with the state
# and luo-load restore-pci binds them again. One by ids, two by driver_override, one of these
# by a driver that has another name in the new kernel. The old kernel writes the former
# version of the record, so that an object translates it at the jump; then the same with the
# version that stays. The sample driver hands over a blob, which its next release reads in
# another layout: its vendor's objects translate it, and without them nothing is frozen.
# Kernels are those of CONFIG=distro, which have CONFIG_PCI.
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
export VM_FLAVOUR=distro
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

pair=${1:-7.1:7.3}
# 7.1 with huge pages aligns scratch to 2 MiB, which 7.3 sometimes can't take (pairs.sh).
# shellcheck disable=SC2034
unlucky=SCRATCH_ALIGNMENT
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "${pair%:*}" "${pair#*:}" || { summary; exit; }
ko_new=$(module "$knew") || { result "not ok" "${pair#*:} luo_bpf.ko builds"; summary; exit; }

# drivers KDIR RELEASE: prints where they are; the first release of sample_edu, or the second
drivers()
{
	local out=$BUILD/vm/${1##*/}/drivers-$2
	mkdir -p "$out"
	make -s -C "$vm/pci" KDIR="$1" MO="$out" EDU="$2" >"$out.log" 2>&1 || return
	rm -rf "$out.ko"
	mkdir "$out.ko"
	cp "$out"/*.ko "$out.ko"
	echo "$out.ko"
}
old_drivers=$(drivers "$kold" 1) && new_drivers=$(drivers "$knew" 2) ||
	{ result "not ok" "sample drivers build"; summary; exit; }

# With what the vendor of the sample driver ships, and without the translator.
vendor=$BUILD/vm/vendor
rm -rf "$vendor"
mkdir -p "$vendor/all" "$vendor/part"
cp "$BUILD"/bpf/{luo,memfd,memblock,kexec}_*.bpf.o "$BUILD"/selftests/bpf/sample_edu_*.bpf.o \
	"$vendor/all"
cp "$vendor/all"/*.bpf.o "$vendor/part"
rm "$vendor/part/sample_edu_v1_to_v2.bpf.o"
old_files=(drivers="$old_drivers" vendor="$vendor/all" part="$vendor/part")

# A root port with a device behind it, a conventional bridge with one, and two on the root bus.
export VM_DEVICES="-device pcie-root-port,id=rp,bus=pcie.0,chassis=1,addr=0x5
-device e1000e,bus=rp -device pcie-pci-bridge,id=cb,bus=pcie.0,addr=0x6
-device edu,bus=cb,addr=0x3 -device virtio-rng-pci,bus=pcie.0,addr=0x7
-device pci-testdev,bus=pcie.0,addr=0x8"
sys=/sys/bus/pci
rng=0000:00:07.0 net=0000:01:00.0 edu=0000:02:03.0
printf 'luo-pci-policy 1\n# another name by now\nrename sample_any sample_new\nleave %s\n' "$rng" \
	>"$BUILD/vm/pci.policy"

# restored VERSION: the record's version in the old kernel
restored()
{
	scenario "$pair-pci-$1" "insmod /drivers/sample_edu.ko mode=9
rmmod sample_edu
insmod /luo_bpf.ko pci_records=$1
insmod /drivers/sample_edu.ko mode=3
rmmod sample_edu
insmod /drivers/sample_edu.ko mode=9
! rmmod luo_bpf
insmod /drivers/sample_any.ko
write $sys/devices/$net/driver_override sample_any
write $sys/drivers_probe $net
write $sys/devices/$rng/driver_override sample_any
write $sys/drivers_probe $rng
/bin/state make 5
/luo-load inspect --live
! /luo-load check $image
! /luo-load check $image /part
! /luo-load check $image --rehearse /part
! $jump /part
/luo-load check $image /vendor
/luo-load check $image --rehearse /vendor
$jump /vendor" "insmod /luo_bpf.ko.new
write $sys/drivers_autoprobe 0
insmod /new/sample_edu.ko
insmod /new/sample_new.ko
/bin/state verify 5
/luo-load report
! /luo-load restore-pci
! /luo-load restore-pci --bind --policy /policy
! /luo-load -j restore-pci --policy /policy" luo_bpf.ko.new="$ko_new" \
		new="$new_drivers" policy="$BUILD/vm/pci.policy"
	said "the record is seen before" "luo-bpf-pci.*luo-bpf-pci-$1" results
	said "nothing is bound without --bind" "^$edu 1234:11e8 .*: driver none, had sample_edu" \
		results
	said "by ids, behind a bridge" "^$edu .* sample_edu: bound" results
	said "by driver_override, by its new name, behind a port" \
		"^$net 8086:10d3 .* sample_new: bound" results
	said "what the policy leaves" "^$rng 1af4:.*had sample_new, .*left by the policy" results
	said "devices without drivers" "^0000:00:08.0 1b36:0005 .* \(no driver\): same" results
	said "as JSON" '"has": *"sample_edu"' results
	said_of_blobs
}

# The driver's own blob, on the way of the last scenario.
said_of_blobs()
{
	said "a driver loads without luo_bpf.ko" "sample_edu: nothing is handed over: -2"
	said "its blob is seen before" "driver sample_edu  $edu  sample-edu-1  16 bytes" results
	said "without the vendor's objects it is a blocker" \
		"UNKNOWN_RECORD.* $edu \\(sample_edu\\)"
	said "without the translator, too" "NO_TRANSLATOR.* $edu \\(sample_edu\\)"
	said "with it, there is none" "translated +$edu \\(sample_edu\\) .*sample_edu_v1_to_v2" results
	said "the translation is in the report" "sample_edu_v1_to_v2 +1 records" results
	said "the blob is, too" "device $edu 1234:11e8 .*blob sample-edu-2, 24 bytes" results
	said "and with its device" "^$edu .*sample_edu: bound.*; blob sample-edu-2, 24 bytes" results
	said "the driver has it in its new layout" \
		"$edu: blob sample-edu-2 of 24 bytes: 1 uses since [1-9][0-9]*, mode 9, id 10000ed"
}

restored 1
said "the step is in the report" "luo_bpf_pci_v1_to_v2" results
restored 2
summary
