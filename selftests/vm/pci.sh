#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pci.sh [OLD:NEW]		default: 7.1:7.3
# PCI devices behind ports and bridges, and their drivers as modules: what they were comes along
# with the state and luo-load restore-pci binds them again, as sysfs shows. Most by ids, one by
# driver_override and by a driver that has another name in the new kernel, one is left by the
# policy. The old kernel writes the former version of the record, so that an object translates
# it at the jump; then the same with the version that stays. A sample driver hands over a blob,
# which its next release reads in another layout: its vendor's objects translate it, and without
# them nothing is frozen. Then what has come is damaged, byte by byte, under the new kernel.
# Kernels have pci.config beside the rest; with DEBUG=1 that of debug.config, too.
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
case $flavour in
*debug)	flavour=pci-debug ;;
*)	flavour=pci ;;
esac
export VM_FLAVOUR=$flavour
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

pair=${1:-7.1:7.3}
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "${pair%:*}" "${pair#*:}" || { summary; exit; }
ko_new=$(module "$knew") || { result "not ok" "${pair#*:} luo_bpf.ko builds"; summary; exit; }

# ---- drivers --------------------------------------------------------------------------

# In the order of what they need.
real="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio-rng e1000e
nvme-core nvme"

# drivers KDIR RELEASE: prints where they are, those of the kernel and ours; of sample_edu the
# first release, or the second
drivers()
{
	local out=$BUILD/vm/${1##*/}/drivers-$2 name ko
	mkdir -p "$out"
	make -s -C "$vm/pci" KDIR="$1" MO="$out" EDU="$2" >"$out.log" 2>&1 || return
	rm -rf "$out.ko"
	mkdir "$out.ko"
	cp "$out"/*.ko "$out.ko"
	for name in $real; do
		ko=$(find "$1/drivers" -name "$name.ko")
		objcopy --strip-debug "${ko:-$name.ko}" "$out.ko/$name.ko" || return
	done
	echo "$out.ko"
}
old_drivers=$(drivers "$kold" 1) && new_drivers=$(drivers "$knew" 2) ||
	{ result "not ok" "drivers build"; summary; exit; }

# load DIR: commands that load the kernel's drivers from there
load()
{
	printf "insmod /$1/%s.ko\n" $real
}

# With what the vendor of the sample driver ships, and without the translator.
vendor=$BUILD/vm/vendor
rm -rf "$vendor"
mkdir -p "$vendor/all" "$vendor/part"
cp "$BUILD"/bpf/{luo,memfd,memblock,kexec}_*.bpf.o "$BUILD"/selftests/bpf/sample_edu_*.bpf.o \
	"$vendor/all"
cp "$vendor/all"/*.bpf.o "$vendor/part"
rm "$vendor/part/sample_edu_v1_to_v2.bpf.o"
old_files=(drivers="$old_drivers" vendor="$vendor/all" part="$vendor/part")

# ---- devices --------------------------------------------------------------------------

virtual=sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,max_ioqpairs=6,msix_qsize=6
# Two root ports with a device behind each, a conventional bridge with one, and three on the
# root bus.
export VM_DEVICES="-device pcie-root-port,id=port1,bus=pcie.0,chassis=1,addr=0x5
-netdev user,id=net,restrict=on -device e1000e,bus=port1,netdev=net
-device pcie-pci-bridge,id=bridge,bus=pcie.0,addr=0x6 -device edu,bus=bridge,addr=0x3
-device virtio-rng-pci,bus=pcie.0,addr=0x7
-device pci-testdev,bus=pcie.0,addr=0x8
-device pcie-root-port,id=port2,bus=pcie.0,chassis=2,addr=0x9
-drive if=none,id=disk,driver=null-co,size=64M,read-zeroes=on
-device nvme-subsys,id=nvm -device nvme,id=nvme,bus=port2,subsys=nvm,serial=luo-bpf,$virtual
-device nvme-ns,bus=nvme,drive=disk
-device virtio-balloon-pci,bus=pcie.0,addr=0xa"
sys=/sys/bus/pci
rng=0000:00:07.0 any=0000:00:08.0 left=0000:00:0a.0
net=0000:01:00.0 edu=0000:02:03.0 disk=0000:03:00.0 function=0000:03:00.1
printf 'luo-pci-policy 1\n# another name by now\nrename sample_any sample_new\nleave %s\n' \
	"$left" >"$BUILD/vm/pci.policy"

# bound WHEN DEVICE DRIVER: so sysfs had it
bound()
{
	said "$2 $1: $3" "^$1 $2 [0-9a-f:]{9} $3\$" results
}

# same_drivers: before the jump and behind it each device had the same driver, but for what the
# policy says
same_drivers()
{
	local list before after
	list=$(tr -d '\r' <"$dir/results")
	before=$(sed -n "s/ sample_any\$/ sample_new/; s/^before \($left .*\) .*/after \1 -/p
		s/^before/after/p" <<<"$list")
	after=$(sed -n "/^after /p" <<<"$list")
	if [ -n "$after" ] && [ "$before" = "$after" ]; then
		result ok "${dir##*/} each device has the driver it had"
	else
		result "not ok" "${dir##*/} each device has the driver it had"
		diff <(echo "$before") <(echo "$after") | sed 's/^/# /'
	fi
}

# functions VERSION: commands that switch two virtual functions on. The former version of the
# record has no room for that.
functions()
{
	[ "$1" = 1 ] || cat <<-EOF
	write $sys/devices/$disk/sriov_drivers_autoprobe 0
	write $sys/devices/$disk/sriov_numvfs 2
	write $sys/devices/$function/driver_override sample_any
	write $sys/drivers_probe $function
	EOF
}

# sample VERSION: commands that load the sample driver before our module, or behind it
sample()
{
	[ "$1" = 1 ] || echo "insmod /luo_bpf.ko pci_records=$1"
	cat <<-EOF
	insmod /drivers/sample_edu.ko mode=3
	rmmod sample_edu
	insmod /drivers/sample_edu.ko mode=9
	EOF
	[ "$1" = 2 ] || echo "insmod /luo_bpf.ko pci_records=$1"
}

# restored VERSION: the record's version in the old kernel
restored()
{
	scenario "$pair-pci-$1" "$(load drivers)
$(sample "$1")
! rmmod luo_bpf
insmod /drivers/sample_any.ko
write $sys/devices/$any/driver_override sample_any
write $sys/drivers_probe $any
$(functions "$1")
/bin/state make 5
/bin/devices before
/luo-load inspect --live
! /luo-load check $image
! /luo-load check $image /part
! /luo-load check $image --rehearse /part
! $jump /part
/luo-load check $image /vendor
/luo-load check $image --rehearse /vendor
$jump /vendor" "insmod /luo_bpf.ko.new
write $sys/drivers_autoprobe 0
$(load new)
insmod /new/sample_edu.ko
insmod /new/sample_new.ko
/bin/devices between
/bin/state verify 5
/luo-load report
! /luo-load restore-pci
/luo-load restore-pci --bind --policy /policy
/luo-load -j restore-pci --policy /policy
/bin/devices after" luo_bpf.ko.new="$ko_new" new="$new_drivers" policy="$BUILD/vm/pci.policy"
	said_of_devices "$1"
	said_of_blobs
}

# said_of_devices VERSION
said_of_devices()
{
	tr -d '\r' <"$dir/results" | sed -nE 's/^(before|after) /# &/p'
	bound before "$rng" virtio-pci
	bound before "$net" e1000e
	bound before "$edu" sample_edu
	bound before "$disk" nvme
	bound before "$any" sample_any
	bound before 0000:00:05.0 pcieport
	bound between "$net" -
	bound between "$disk" -
	bound after "$any" sample_new
	same_drivers
	said "the record is seen before" "luo-bpf-pci.*luo-bpf-pci-$1" results
	said "devices are seen before" "device $disk +1b36:0010 class 010802 +nvme" results
	said "driver_override is seen before" "$any .* sample_any, driver_override sample_any" results
	said "devices are in the report" "device $net 8086:10d3 +e1000e" results
	said "nothing is bound without --bind" "^$edu 1234:11e8 .*: driver none, had sample_edu" \
		results
	said "by ids, behind a port" "^$net 8086:10d3 .* e1000e: bound" results
	said "by ids, behind a bridge" "^$edu .* sample_edu: bound" results
	said "by driver_override, by its new name" "^$any 1b36:0005 .* sample_new: bound" results
	said "what the policy leaves" "^$left 1af4:.*had virtio-pci, left by the policy" results
	said "devices without drivers" "^0000:00:1f.0 8086:2918 .* \(no driver\): same" results
	said "as JSON" '"has": *"sample_edu"' results
}

# The driver's own blob, on the way of the last scenario.
said_of_blobs()
{
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

# ---- damage ---------------------------------------------------------------------------

# What is wrong, where in the record (abi/driver_records.h: the first blob's entry begins at
# 32), how many bytes, their value, and what the driver then gets: an errno, or no blob.
blobs_damage="none-of-it-ends 0 24 0x78 -74
version-of-another 16 1 0x39 -93
number-is-huge 24 4 0xffffffff -74
number-is-one-more 24 4 2 -74
name-does-not-end 32 48 0x78 -74
name-is-empty 32 1 0 -74
name-of-another 32 1 0x78 -93
blob-is-nowhere 80 8 0 -74
blob-is-not-aligned 80 8 0x1000010 -74
blob-is-beyond-memory 80 8 0x7ffffffff000 -74
blob-wraps 80 8 0xfffffffffffff000 -74
device-is-another 88 8 0x209 no
hardware-is-another 96 2 0x1111 -19
blob-has-no-bytes 108 4 0 -74
blob-is-too-large 108 4 0x400001 -74
blob-has-more-than-the-driver-reads 108 4 4096 -90"

# The same of pci_records.h, for luo-load.
devices_damage="nothing-ends 0 24 0x78
count-is-huge 24 4 0xffffffff
count-is-beyond-the-end 24 4 100
driver-does-not-end 240 64 0x78
driver-is-a-path 240 1 0x2f"

damage_commands()
{
	local what at bytes value err
	while read -r what at bytes value err; do
		cat <<-EOF
		insmod /new/spoil.ko what=$what at=$at bytes=$bytes value=$value
		insmod /luo_bpf.ko.new
		insmod /new/sample_edu.ko
		rmmod sample_edu
		rmmod luo_bpf
		rmmod spoil
		EOF
	done <<<"$blobs_damage"
	while read -r what at bytes value; do
		cat <<-EOF
		insmod /new/spoil.ko subtree=luo-bpf-pci what=$what at=$at bytes=$bytes value=$value
		insmod /luo_bpf.ko.new
		! /luo-load -j restore-pci --bind
		rmmod luo_bpf
		rmmod spoil
		EOF
	done <<<"$devices_damage"
}

# heard WHAT: the console after that damage, before the next
heard()
{
	awk -v what="spoil: .*: $1" '/spoil: / { on = $0 ~ what } on' "$dir/console"
}

damaged()
{
	local what at bytes value err text
	scenario "$pair-pci-damaged" "insmod /luo_bpf.ko pci_records=2
insmod /drivers/sample_edu.ko mode=9
/bin/state make 6
$jump /vendor" "/bin/state verify 6
$(damage_commands)
insmod /luo_bpf.ko.new
insmod /new/sample_edu.ko
/luo-load restore-pci" luo_bpf.ko.new="$ko_new" new="$new_drivers"
	while read -r what at bytes value err; do
		text="blob not usable: $err"
		[ "$err" != no ] || text="no blob"
		if heard "$what" | grep -aqF "$edu: $text"; then
			result ok "${dir##*/} ${what//-/ }: $text"
		else
			result "not ok" "${dir##*/} ${what//-/ }: $text"
			heard "$what" | sed 's/^/# /'
		fi
	done <<<"$blobs_damage"
	if [ "$(grep -c '"error".*damaged' "$dir/results")" -eq "$(wc -l <<<"$devices_damage")" ]; then
		result ok "${dir##*/} restore-pci refuses damaged records"
	else
		result "not ok" "${dir##*/} restore-pci refuses damaged records"
	fi
	said "undamaged, it is taken" "$edu: blob sample-edu-2 of 24 bytes"
}

restored 1
said "the step is in the report" "luo_bpf_pci_v1_to_v2" results
restored 2
bound before "$function" sample_any
bound after "$function" sample_new
said "virtual functions come back" "^$disk .* nvme: bound" results
said "without --bind they do not" "^$disk .* 0 virtual functions, had 2" results
damaged
summary
