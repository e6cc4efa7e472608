#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# chain.sh [VERSION...]		default: 7.1 7.3 7.1 7.3
# The same state through several kernels in one machine: every kernel but the last verifies
# it, preserves it again and jumps on. The initramfs of each holds kernel and initramfs of the
# next. Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/scenario.sh
. "$vm/scenario.sh"
cd "$top"

[ $# -gt 0 ] || set -- 7.1 7.3 7.1 7.3
prepare || { result "not ok" "$newest kernel builds"; summary; exit; }
versions=("$@")
last=$(($# - 1))
name=chain
for v; do
	name+=-$v
done
dir=$BUILD/vm/scenarios/$flavour/$name
mkdir -p "$dir"

# From the last one to the first.
seed=4
for ((i = last; i >= 0; i--)); do
	kernels "${versions[i]}" "${versions[i]}" || { summary; exit; }
	args=(bin="$programs")
	case $i in
	"$last") echo "/bin/state verify $seed" ;;
	*)	echo "insmod /luo_bpf.ko"
		if ((i)); then
			echo "/bin/state again $seed"
		else
			echo "/bin/state make $seed"
		fi
		echo "$jump"
		args+=(bpf="$BUILD/bpf" luo-load="$luo_load" luo_bpf.ko="$ko" next="$dir/next"
		       kernel="$next/arch/x86/boot/bzImage") ;;
	esac >"$dir/commands.$i"
	"$vm/initramfs.sh" "$dir/initramfs" "$dir/commands.$i" "${args[@]}"
	((i == 0)) || mv "$dir/initramfs" "$dir/next"
	next=$kold
done

VM_ACCEL=${VM_ACCEL:-$("$vm/qemu.sh" --accel "$kold")} VM_MEMORY=${VM_MEMORY:-2048} \
	"$vm/qemu.sh" "$kold" "$dir/initramfs" "$dir" || echo "# qemu ended with $?"
guest_results "$dir" "$name"

mapfile -t digests < <(grep -aoE 'digest [0-9a-f]{16}' "$dir/results")
mapfile -t different < <(printf '%s\n' "${digests[@]}" | sort -u)
if ((${#digests[@]} == last && ${#different[@]} == 1)); then
	result ok "$name the same contents in $last kernels"
else
	result "not ok" "$name the same contents in $last kernels"
	printf '# %s\n' "${digests[@]:-no digest}"
fi
summary
