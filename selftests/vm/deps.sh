#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# deps.sh [--list]
# Makes sure that the tools of selftests/vm are there: installs the missing Debian
# packages when run as root, otherwise says which. Works from a bare Debian 12.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# command or file that shows it is there, package, reason
table="
gcc			gcc		compiler of the kernels and of the guest's programs
make			make		drives the kernels' build
/usr/include/stdlib.h	libc6-dev	headers and static libc of host tools and guest programs
flex			flex		Kconfig's scanner
bison			bison		Kconfig's parser
bc			bc		kernel/time/timeconst.h
/usr/include/gelf.h	libelf-dev	objtool, resolve_btfids, and libbpf in load-all
/usr/include/zlib.h	zlib1g-dev	libelf's compressed sections
python3			python3		helper declarations for resolve_btfids
pahole			pahole		BTF of vmlinux and of modules
xz			xz-utils	source tarballs
cpio			cpio		initramfs
rsync			rsync		headers_install, for upstream's tests
ccache			ccache		a second build of the same kernel takes 100 s, not 20 minutes
clang			clang		the sample programs that must be accepted or refused
qemu-system-x86_64	qemu-system-x86	the machines that boot them
"
missing=() why=()
while read -r probe package reason; do
	[ -n "$probe" ] || continue
	[ "${1:-}" != --list ] || { printf '%-16s %s\n' "$package" "$reason"; continue; }
	case $probe in
	/*)	[ ! -e "$probe" ] || continue ;;
	*)	! command -v "$probe" >/dev/null || continue ;;
	esac
	missing+=("$package")
	why+=("$package ($reason)")
done <<<"$table"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	printf 'missing: %s\n' "${why[@]}" >&2
	die "not root; run: apt-get install ${missing[*]}"
fi
say "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -q update >&2
apt-get -q install -y --no-install-recommends "${missing[@]}" >&2
