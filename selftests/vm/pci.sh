#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pci.sh [OLD:NEW]		default: 7.1:7.3
# PCI devices behind bridges, and their drivers: what they were comes along with the state
# and luo-load restore-pci binds them again. One by ids, two by driver_override, one of these
# by a driver that has another name in the new kernel. The old kernel writes the former
# version of the record, so that an object translates it at the jump; then the same with the
# version that stays. Kernels are those of CONFIG=distro, which have CONFIG_PCI.
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
export VM_FLAVOUR=distro
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

pair=${1:-7.1:7.3}
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "${pair%:*}" "${pair#*:}" || { summary; exit; }
ko_new=$(module "$knew") || { result "not ok" "${pair#*:} luo_bpf.ko builds"; summary; exit; }

# drivers KDIR: prints where they are
drivers()
{
	local out=$BUILD/vm/${1##*/}/drivers
	make -s -C "$vm/pci" KDIR="$1" MO="$out" >"$out.log" 2>&1 || return
	echo "$out"
}
old_drivers=$(drivers "$kold") && new_drivers=$(drivers "$knew") ||
	{ result "not ok" "sample drivers build"; summary; exit; }

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
	scenario "$pair-pci-$1" "insmod /luo_bpf.ko pci_records=$1
insmod /drivers/sample_edu.ko
insmod /drivers/sample_any.ko
write $sys/devices/$net/driver_override sample_any
write $sys/drivers_probe $net
write $sys/devices/$rng/driver_override sample_any
write $sys/drivers_probe $rng
/bin/state make 5
/luo-load inspect --live
/luo-load check $image --rehearse
$jump" "insmod /luo_bpf.ko.new
write $sys/drivers_autoprobe 0
insmod /new/sample_edu.ko
insmod /new/sample_new.ko
/bin/state verify 5
/luo-load report
! /luo-load restore-pci
! /luo-load restore-pci --bind --policy /policy
! /luo-load -j restore-pci --policy /policy" luo_bpf.ko.new="$ko_new" drivers="$old_drivers" \
		new="$new_drivers" policy="$BUILD/vm/pci.policy"
	said "the record is seen before" "luo-bpf-pci.*luo-bpf-pci-$1" results
	said "nothing is bound without --bind" "^$edu 1234:11e8 .*: driver none, had sample_edu" \
		results
	said "by ids, behind a bridge" "^$edu .* sample_edu: bound$" results
	said "by driver_override, by its new name, behind a port" \
		"^$net 8086:10d3 .* sample_new: bound" results
	said "what the policy leaves" "^$rng 1af4:.*had sample_new, .*left by the policy" results
	said "devices without drivers" "^0000:00:08.0 1b36:0005 .* \(no driver\): same" results
	said "as JSON" '"has": *"sample_edu"' results
}

restored 1
said "the step is in the report" "luo_bpf_pci_v1_to_v2" results
restored 2
summary
