#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# faults.sh [OLD:NEW]		default: 7.1:7.3
# What goes wrong around an update: something else is loaded, closed, added, unloaded, killed
# or attached. Each time the machine has to go on, a message has to name the cause, and the
# state has to be whole in the next kernel. Prints TAP; the last line is "N passed, N failed,
# N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"
# shellcheck source=selftests/vm/libbpf.sh
. "$vm/libbpf.sh"

pair=${1:-7.1:7.3}
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
kernels "${pair%:*}" "${pair#*:}" || { summary; exit; }
rm -rf "$BUILD/vm/faults"
mkdir -p "$BUILD/vm/faults"
arm="/luo-load arm $image"
take_back="/luo-load disarm
/luo-load detach --all"

# The module stays as long as something of it is used, and redirects nothing afterwards.
run_unload()
{
	scenario "$pair-unload" "insmod /luo_bpf.ko
rmmod luo_bpf
insmod /luo_bpf.ko
/bin/state make 10
/luo-load attach
! rmmod luo_bpf
/luo-load detach --all
rmmod luo_bpf
insmod /luo_bpf.ko
$arm
! rmmod luo_bpf
! write /proc/sys/kernel/ftrace_enabled 0
$take_back
rmmod luo_bpf
write /proc/sys/kernel/ftrace_enabled 0
write /proc/sys/kernel/ftrace_enabled 1
insmod /luo_bpf.ko
/bin/twice $arm
$take_back
$jump" "/bin/state verify 10"
}

# Only what was armed is jumped into. A byte more makes another kernel.
run_images()
{
	local k=$BUILD/vm/faults/kernel i=$BUILD/vm/faults/initrd
	{ cat "$knew/arch/x86/boot/bzImage"; printf x; } >"$k"
	printf x >"$i"
	scenario "$pair-images" "insmod /luo_bpf.ko
/bin/state make 11
/luo-load kexec $image
/luo-load disarm
$arm
/bin/vetoed 2
/luo-load status
/luo-load kexec ${image/\/kernel/\/other-kernel} --armed
/bin/vetoed 2
/luo-load kexec ${image/\/next/\/other-initrd} --armed
/bin/vetoed 2
/luo-load kexec --target /kernel --initrd /next --command-line kho=on --armed
/luo-load kexec --target /kernel --initrd /next --command-line kho=on,liveupdate=on --armed
/bin/vetoed 2
/luo-load status
/bin/kexecload
/bin/vetoed 2
/luo-load status
/luo-load kexec $image --armed --exec" "/bin/state verify 11" other-kernel="$k" other-initrd="$i"
	said "an image from before" IMAGE_UNKNOWN
	said "another image" IMAGE_CHANGED
	said "an image of kexec_load" IMAGE_WITHOUT_KHO
}

# Sessions come and go between arming and jump: what is there then is carried.
run_sessions()
{
	scenario "$pair-sessions" "insmod /luo_bpf.ko
/bin/state make 12
/bin/state make 13
/luo-load check $image
$arm
/bin/state drop 12
/bin/state make 14
/luo-load kexec $image --armed --exec" "/bin/state gone 12
/bin/state verify 13
/bin/state verify 14"
}

# luo-load dies while it arms; what it leaves must be possible to take back. With the fewest
# objects: each one reads the kernel's types anew, which takes long under ptrace(2).
run_killed()
{
	local n o objects='' commands="insmod /luo_bpf.ko
/bin/state make 15"
	for o in luo_v1_to_v5 luo_v5_accept memfd_v2_accept kexec_metadata_v1_accept; do
		objects+=" /bpf/$o.bpf.o"
	done
	for ((n = 4; n < 130; n += ${KILL_STEP:-14})); do
		commands+="
- /bin/killat $n $arm$objects
- /luo-load disarm
/luo-load detach --all"
	done
	local VM_TIMEOUT=${VM_TIMEOUT:-1200}
	export VM_TIMEOUT
	scenario "$pair-killed" "$commands
$jump" "/bin/state verify 15"
}

# Somebody else's object judges nothing, and stands in nobody's way.
run_attached()
{
	bpf_object "$BUILD/vm/faults/refuser.bpf.o" "$vm/bpf/refuser.bpf.c"
	scenario "$pair-attached" "insmod /luo_bpf.ko
/bin/state make 16
/bin/hold /refuser.bpf.o
$jump" "/bin/state verify 16" refuser.bpf.o="$BUILD/vm/faults/refuser.bpf.o"
}

# The image for a crash is somebody else's: loaded in between, it changes nothing.
run_crash_image()
{
	local arguments="crashkernel=96M"
	scenario "$pair-crash-image" "insmod /luo_bpf.ko
/bin/state make 17
/bin/crashload /kernel /next
/luo-load check $image
/luo-load kexec $image
/bin/crashload /kernel /next
/luo-load status
/luo-load kexec $image --armed --exec" "/bin/state verify 17"
}

# What the freeze needs was put aside when it was armed.
run_squeezed()
{
	scenario "$pair-squeezed" "insmod /luo_bpf.ko
/bin/state make 18
/luo-load kexec $image
/bin/squeeze 6" "/bin/state verify 18"
}

# Only one can have a function. Kernels of CONFIG=distro can be livepatched.
run_livepatched()
{
	local out=$BUILD/vm/${kold##*/}/livepatch
	if ! grep -q '^CONFIG_LIVEPATCH=y' "$kold/.config"; then
		result skip "$pair a livepatch has the function" "only kernels of CONFIG=distro can"
		return
	fi
	mkdir -p "$out"
	make -s -C "$kold" M="$vm/guest/livepatch" MO="$out" modules >"$out.log" 2>&1 ||
		{ result "not ok" "$pair livepatch builds"; return; }
	scenario "$pair-livepatched" "insmod /luo_bpf.ko
/bin/state make 19
insmod /livepatch.ko
! $arm
/luo-load status
write /sys/kernel/livepatch/livepatch_reboot/enabled 0
rmmod livepatch_reboot
$arm
! insmod /livepatch.ko
$jump" "/bin/state verify 19" livepatch.ko="$out/livepatch_reboot.ko"
	said "names the reason" "liveupdate_reboot cannot be redirected .*: a livepatch has it"
}

run_unload
run_images
run_crash_image
run_squeezed
run_livepatched
run_sessions
run_attached
run_killed
summary
