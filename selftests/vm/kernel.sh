#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh VERSION [FRAGMENT...]	e.g. kernel.sh 7.1
# Builds one kernel of the VM tests and prints its build directory, which is also the
# KDIR for modules. A finished build is found again without any work.
#
# The directory's name holds the release and a hash of what the build depends on, so a
# changed configuration never meets an old kernel. A fragment names in lines "# required:"
# what must not be dropped silently.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -ge 1 ] || die "usage: kernel.sh VERSION [FRAGMENT...]"
version=$1
shift
fragments=("$vm/kernel.config" "$@")

# Without these the tests would fail late and obscurely. (6.19 has no LIVEUPDATE_MEMFD.)
required="BUG SMP RELOCATABLE KEXEC_FILE KEXEC_HANDOVER LIVEUPDATE MEMFD_CREATE MODULES
MODULE_UNLOAD KALLSYMS_ALL KPROBES DYNAMIC_FTRACE_WITH_ARGS BPF_SYSCALL BPF_JIT
DEBUG_INFO_BTF DEBUG_INFO_BTF_MODULES"
required+=" $(sed -n 's/^# required: //p' "${fragments[@]}" | paste -sd' ')"

"$vm/deps.sh"
s=$("$vm/source.sh" "$version")
release=$(make -s -C "$s" kernelversion)
# A tree that was given can be any tree; those of the cache are what their release says.
hash=$({
	cat "${fragments[@]}"
	"${CC:-gcc}" --version
	pahole --version
	printf %s "${KERNEL_SRC:+$s}"
} | sha256sum | cut -c1-12)
o=$cache/kernels/$release-$hash
lock "kernel-$release-$hash"

if [ ! -e "$o/.done" ]; then
	say "building linux $release in $o"
	mkdir -p "$o"
	export CCACHE_DIR="$cache/ccache" CCACHE_BASEDIR="$cache" CCACHE_NOHASHDIR=1
	# The compiler names what it read: no separate run of the preprocessor, a sixth saved.
	export CCACHE_DEPEND=1 CCACHE_MAXSIZE=5G
	# The same bytes every time, and hits in ccache.
	export KBUILD_BUILD_TIMESTAMP="2026-01-01" KBUILD_BUILD_USER=luo-bpf KBUILD_BUILD_HOST=vm
	m=(make -s -C "$s" O="$o" CC="ccache ${CC:-gcc}" HOSTCC="ccache ${HOSTCC:-gcc}")
	start=$SECONDS
	{
		"${m[@]}" tinyconfig &&
		"$s/scripts/kconfig/merge_config.sh" -m -O "$o" "$o/.config" "${fragments[@]}" &&
		"${m[@]}" olddefconfig
	} >"$o/build.log" 2>&1 || { tail -30 "$o/build.log" >&2; die "configuration failed"; }
	for c in $required; do
		grep -q "^CONFIG_$c=y" "$o/.config" || die "CONFIG_$c is not set in $o/.config"
	done
	nice -n 19 "${m[@]}" -j"${JOBS:-$(nproc)}" bzImage modules >>"$o/build.log" 2>&1 || {
		grep -E -B3 -A3 'rror[: ]' "$o/build.log" | head -40 >&2
		die "build failed: $o/build.log"
	}
	# What a module build does not read again takes most of the space.
	find "$o" -name '*.o' ! -path "$o/scripts/*" ! -path "$o/tools/*" -delete
	rm -f "$o"/.tmp_vmlinux* "$o/vmlinux.unstripped"
	say "linux $release built in $((SECONDS - start)) s"
	: >"$o/.done"
fi
echo "$o"
