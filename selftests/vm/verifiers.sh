#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# verifiers.sh [VERSION...]	default: 6.19 7.1 7.2 7.3
# Has the verifiers of real kernels judge every translator of build/bpf, and samples of our
# own (bpf/) that they must accept or refuse. Kernels are built if necessary (kernel.sh).
# Prints TAP; the last line is "N passed, N failed, N skipped".
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$top"

[ $# -gt 0 ] || set -- 6.19 7.1 7.2 7.3
"$vm/deps.sh"
# shellcheck source=selftests/vm/libbpf.sh
. "$vm/libbpf.sh"

# ---- programs -------------------------------------------------------------------------

out=$BUILD/vm
rm -rf "$out/samples" "$out/objects"
mkdir -p "$out"/samples/{accepted,refused,unattachable,unprivileged} "$out/objects"

libbpf_program "$out/load-all" "$vm/guest/load-all.c" \
	-Wl,--wrap=btf__load_vmlinux_btf,--wrap=btf__free

# sample EXPECTATION NAME SOURCE [FLAG...]
sample()
{
	bpf_object "$out/samples/$1/$2.bpf.o" "$vm/bpf/$3.bpf.c" "${@:4}"
}

sample accepted walk walk
sample accepted batch batch
sample accepted good cases -DCASE_GOOD
sample accepted acceptor cases -DCASE_ACCEPTOR
sample unprivileged good cases -DCASE_GOOD
for name in helper not-sleepable past-window null-unchecked store-to-input forged-tx \
	    variable-window; do
	c=${name//-/_}
	sample refused "$name" cases "-DCASE_${c^^}"
done
for name in bss both neither; do
	sample unattachable "$name" cases "-DCASE_${name^^}"
done

shopt -s nullglob
objects=("$BUILD"/bpf/*.bpf.o)
shopt -u nullglob
if ((${#objects[@]})); then
	cp "${objects[@]}" "$out/objects"
else
	result skip "objects of build/bpf" "there are none; make builds them"
fi

cat >"$out/commands" <<END
insmod /luo_bpf.ko
/load-all accepted /samples/accepted refused /samples/refused unattachable /samples/unattachable
/load-all unprivileged /samples/unprivileged
/load-all accepted /objects
rmmod luo_bpf
insmod /luo_bpf.ko
! /luo-load verify --kernel /samples/refused/null-unchecked.bpf.o
END
# As many as fit a line of init.
printf '%s\n' "${objects[@]##*/}" | sed 's|^|/objects/|' | xargs -r -n 16 \
	echo /luo-load verify --kernel >>"$out/commands"

# Names of the contract: libbpf looks for a name in vmlinux before it looks into modules.
names=$(printf '#include "core/contract.h"\n#define N_(r, name, a) @name\nLUOB_CALLS(N_)\n' |
	${CC:-gcc} -E -P -Ikernel - | grep -o '@[a-z_]*' | tr -d @)

# asked DIR RELEASE: what luo-load verify --kernel printed in that guest
asked()
{
	local yes

	yes=$(grep -a -c ": accepted by the verifier of $2" "$1/results") || true
	if ((yes == ${#objects[@]})); then
		result ok "$2 verify --kernel: all $yes objects"
	else
		result "not ok" "$2 verify --kernel: $yes of ${#objects[@]} objects"
	fi
	if grep -a -q "^cases.bpf.c:[0-9]*: refused by the verifier of $2" "$1/results"; then
		result ok "$2 verify --kernel: a refusal names its line"
	else
		result "not ok" "$2 verify --kernel: a refusal names its line"
	fi
}

# ---- kernels --------------------------------------------------------------------------

# judge VERSION
judge()
{
	local kdir dir release taken
	local f=()
	mapfile -t f < <(fragments "$1" "$flavour")
	kdir=$("$vm/kernel.sh" "$1" "${f[@]}") || { result "not ok" "$1 kernel builds"; return; }
	release=${kdir##*/}
	release=${release%-*}
	dir=$out/${kdir##*/}
	mkdir -p "$dir"

	taken=$(cut -d' ' -f3 "$kdir/System.map" | grep -Fx "$names" | paste -sd' ') || true
	if [ -z "$taken" ]; then
		result ok "$release has none of the contract's names"
	else
		result "not ok" "$release has none of the contract's names"
		echo "# but: $taken"
	fi

	if ! make -s -C kernel KDIR="$kdir" MO="$dir/module" >"$dir/module.log" 2>&1; then
		result "not ok" "$release luo_bpf.ko builds"
		tail -n 20 "$dir/module.log" | sed 's/^/# | /'
		return
	fi
	result ok "$release luo_bpf.ko builds"

	"$vm/initramfs.sh" "$dir/initramfs" "$out/commands" luo_bpf.ko="$dir/module/luo_bpf.ko" \
		load-all="$out/load-all" samples="$out/samples" objects="$out/objects" \
		luo-load="$BUILD/luo-load.static"
	: "${VM_ACCEL:=$("$vm/qemu.sh" --accel "$kdir")}"
	export VM_ACCEL
	"$vm/qemu.sh" "$kdir" "$dir/initramfs" "$dir" || echo "# qemu ended with $?"
	guest_results "$dir" "$release"
	asked "$dir" "$release"
}

for version; do
	judge "$version"
done
summary
