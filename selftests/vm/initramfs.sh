#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# initramfs.sh OUT COMMANDS [GUEST_PATH=FILE...]
# Makes an initramfs of init (guest/init.c), the file COMMANDS, which it runs, and more
# files, which keep their modes; a directory as FILE is copied whole. No root needed.
set -eu
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

[ $# -ge 2 ] || die "usage: initramfs.sh OUT COMMANDS [GUEST_PATH=FILE...]"
out=$(realpath -m "$1") commands=$2
shift 2

t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
# The kernel opens /dev/console before anything is mounted; without it there is no stderr
# for init, which opens the serial ports itself.
mkdir -p "$t"/{dev,proc,sys,tmp,var/cache}
${CC:-gcc} -O2 -Wall -Wextra -Werror -static -o "$t/init" "$vm/guest/init.c"
cp "$commands" "$t/commands"
for pair; do
	mkdir -p "$t/$(dirname "${pair%%=*}")"
	cp -rL "${pair#*=}" "$t/${pair%%=*}"
done
(cd "$t" && find . | cpio --quiet -o -H newc -R 0:0) >"$out"
# Zeros at the end are none of its business. KHO's scratch below 4 GiB ends below the initramfs
# and the software TLB; with this size that is a multiple of 4 MiB.
truncate -s %4M "$out"
truncate -s +2M "$out"
