# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Guest programs with libbpf, and BPF objects of our own. To be sourced, after lib.sh and
# with $top as the directory.

mkdir -p "$BUILD"
.ci/deps --check "$BUILD/config.mk"
config() { sed -n "s/^CONFIG_$1 := //p" "$BUILD/config.mk"; }
read -ra libbpf <<<"$(config LIBBPF_CFLAGS)"

# libbpf_program OUT SOURCE [FLAG...]
libbpf_program()
{
	${CC:-gcc} -O2 -Wall -Wextra -Werror "${libbpf[@]}" -static "${@:3}" -o "$1" "$2" \
		"$(config LIBBPF_A)" -lelf -lz
}

# bpf_object OUT SOURCE [FLAG...]
bpf_object()
{
	"$(config CLANG)" -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter \
		-Ikernel -Ibpf-progs/include "${libbpf[@]}" -D__TARGET_ARCH_x86 \
		-idirafter "/usr/include/$(config MULTIARCH)" "${@:3}" -c -o "$1" "$2"
}
