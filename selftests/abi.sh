#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load abi: real kernels where selftests/vm has built some, the profiles that are shipped,
# and kernels made here: other layouts, handlers that nobody knows, modules, damage.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
make=$here/oracle/kernelfile.py

# abi CODE ARGUMENTS
abi() { load "$1" abi "${@:2}"; }

# fact STRING MARK [TEXT]: one line of the table
fact()
{
	grep -E "^  [^ ]+ +$1 .* $2 .*${3:-}" "$tmp/out" >/dev/null || say "no line '$*'"
}

# ---- real kernels ------------------------------------------------------------------------

declare -A kho=([6.19]=kho-v1 [7.1]=kho-v3 [7.2]=kho-v4 [7.3]=kho-v4)
declare -A luo=([6.19]=luo-v1 [7.1]=luo-v1 [7.2]=luo-v5 [7.3]=luo-v5)
declare -A memfd=([6.19]=memfd-v1 [7.1]=memfd-v2 [7.2]=memfd-v2 [7.3]=memfd-v2)

# is_release R: what was printed is that release, and all of it certain
is_release()
{
	fact "${kho[$1]}" catalogue && fact "${luo[$1]}" catalogue &&
		fact "${memfd[$1]}" catalogue && fact memblock-v1 catalogue &&
		{ ! grep -E ' inferred |unknown to' "$tmp/out" || say "something is not certain"; }
}

cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}/luo-bpf/kernels
for r in 6.19 7.1 7.2 7.3; do
	image=
	for i in "$cache/$r".*/arch/x86/boot/bzImage; do [ -e "$i" ] && image=$i; done
	if [ -z "$image" ]; then
		skip "$r: bzImage and vmlinux" "no kernel in the cache of check-vm"
		continue
	fi
	abi 0 -o "$tmp/$r.profile" "$image" && is_release $r &&
		grep -q 'LIVEUPDATE yes, KEXEC_HANDOVER yes' "$tmp/out" &&
		grep -q 'PAGE_SIZE 4096  (IKCONFIG)' "$tmp/out"
	result "$r: bzImage"
	abi 0 "${image%arch/*}vmlinux" && is_release $r &&
		grep -q 'struct liveupdate_file_handler at 0xffffffff' "$tmp/out"
	result "$r: vmlinux"
	abi 0 "$tmp/$r.profile" && is_release $r && grep -q '^[67].*(profile)' "$tmp/out"
	result "$r: the profile says the same"
	t=$(date +%s%N) && "$fast" abi "$image" >"$tmp/out" && t=$((($(date +%s%N) - t) / 1000000))
	echo "# $r: $((t)) ms for $(($(stat -c %s "$image") >> 20)) MiB"
	((t < 2000)) || say "$t ms"
	result "$r: takes less than 2 s"
done

# ---- what is shipped ---------------------------------------------------------------------

for p in "$SRC"/loader/profiles/*.profile; do
	r=$(basename "$p" .profile) r=${r%.*}
	abi 0 "$p" && is_release $r && abi 0 -j "$p" &&
		python3 -c 'import json,sys; o=json.load(open(sys.argv[1]))
assert o["config"]["transparent_hugepage"] == "unknown" and len(o["formats"]) >= 5' "$tmp/out"
	result "$(basename "$p"): is the release"
done

# translate FROM.core TO PROFILE: the profile does what the release does
translate()
{
	"$load" run -i "$data/$1" -o "$tmp/a.core" --to "$2" >"$tmp/out" 2>"$tmp/err" &&
		"$load" run -i "$data/$1" -o "$tmp/b.core" --to "$3" >>"$tmp/out" 2>>"$tmp/err" &&
		python3 "$here/oracle/khostate.py" --same "$tmp/a.core" "$tmp/b.core" \
			>>"$tmp/out" 2>&1
}
translate 7.1-luo_mixed_open.core 7.3 "$SRC/loader/profiles/7.3.4.profile"
result "run --to PROFILE is run --to RELEASE"
"$load" run -n -i "$data/6.19-luo_mixed_open.core" --to 7.1 \
	--from "$SRC/loader/profiles/6.19.11.profile" >"$tmp/out" 2>"$tmp/err"
result "run --from PROFILE"

# ---- kernels made here -------------------------------------------------------------------

# kernel NAME [-DMACRO..]: an x86-64 ELF file that has what a vmlinux has
kernel()
{
	local name=$1

	shift
	gcc -g -O1 -nostdlib -static -ffreestanding -fno-pie -no-pie -fno-stack-protector \
		-Wl,-Ttext-segment=0x81000000,--build-id=none "$@" \
		-o "$tmp/$name" "$here/oracle/kernel.c" >"$tmp/out" 2>"$tmp/err" &&
		pahole -J "$tmp/$name" >>"$tmp/out" 2>>"$tmp/err" &&
		objcopy --set-section-flags .BTF=alloc,readonly "$tmp/$name" 2>/dev/null
	# Debug information is not what is read.
	strip -o "$tmp/$name" --strip-debug --keep-section=.BTF "$tmp/$name" 2>>"$tmp/err"
}

kernel 7.1 && abi 0 "$tmp/7.1" && is_release 7.1
result "made here: 7.1"
kernel vendor -DVENDOR && abi 0 "$tmp/vendor" &&
	fact 'acme-widget-v9' inferred 'struct liveupdate_file_handler at' &&
	fact 'pci-v1' inferred 'a string, nothing else' && grep -q '^unknown to this' "$tmp/out" &&
	fact memfd-v2 catalogue
result "families that nobody knows are listed"
kernel other -DOTHER_LAYOUT && abi 0 "$tmp/other" &&
	fact memfd-v2 inferred "struct memfd_luo_ser: .*acme" && fact kho-v3 catalogue
result "a known string with another layout is not certain"
abi 0 -o "$tmp/other.profile" "$tmp/other" && abi 0 "$tmp/other.profile" &&
	fact memfd-v2 inferred
result "nor is it in the profile"
sed 's/\(memfd-v2.*\)inferred/\1catalogue/' "$tmp/other.profile" >"$tmp/lie.profile"
abi 0 "$tmp/lie.profile" && fact memfd-v2 inferred
result "a profile that claims more than its BTF is not believed"
"$load" run -n -i "$data/6.19-luo_mixed_open.core" --to "$tmp/other.profile" >"$tmp/out" \
	2>"$tmp/err"
[ $? = 3 ] && grep -q 'warning: .*not relied on: memfd-v2' "$tmp/err"
result "run --to: what is not certain is refused, by name"
kernel unreleased '-DRELEASE="7.9.0"' && abi 0 -o "$tmp/unreleased.profile" "$tmp/unreleased" &&
	fact kho-v3 inferred 'no release of it' && fact memfd-v2 inferred
result "a release that nobody knows: nothing is certain"
"$load" run -n -i "$data/6.19-luo_mixed_open.core" --to "$tmp/unreleased.profile" >"$tmp/out" \
	2>"$tmp/err"
[ $? = 2 ] && one_line "not certain, and not used"
result "run --to: a kernel about which nothing is certain"
kernel declared '-DRELEASE="7.9.0"' -DDECLARED && abi 0 "$tmp/declared" &&
	fact memfd-v2 declared && fact huge-memfd-v1 declared
result ".liveupdate_versions: declared"
objcopy -R .BTF "$tmp/7.1" "$tmp/nobtf" 2>/dev/null && abi 0 "$tmp/nobtf" &&
	one_line "no BTF in it (CONFIG_DEBUG_INFO_BTF)" && fact memfd-v2 inferred
result "no BTF: one warning, nothing is certain"

# ---- as the target of a live update ------------------------------------------------------

# target EXIT TEXT IMAGE [OPTIONS]: what check says of a next kernel. Where there is no LUO, it
# cannot come further than to this kernel, once it knows the next.
target()
{
	local want=$1 text=$2 image=$3

	shift 3
	"$load" check --no-verify --target "$image" -c "kho=on liveupdate=on" "$@" \
		>"$tmp/out" 2>"$tmp/err"
	rc=$?
	[ $rc = "$want" ] && one_line "$text"
}

target 3 "this kernel: " "$tmp/7.1" --target-config no-thp
result "check --target: an image that is what its release says"
target 3 "--to RELEASE takes it for that release" "$tmp/nobtf" &&
	one_line "not certain, and not used"
result "check --target: an image without BTF is not taken for its release"
target 3 "this kernel: " "$tmp/nobtf" --to 7.1
result "check --target --to: who says what it is is believed"
target 3 "not certain, and not used" "$tmp/unreleased"
result "check --target: a release that nobody knows"
target 2 "No such file" "$tmp/7.1" -i "$tmp/missing.img"
result "check --target: an initrd that is not there"

# ---- packed, and in packages -------------------------------------------------------------

for how in gzip xz zstd lz4; do
	if [ $how = zstd ] && ! command -v zstd >/dev/null; then
		skip "bzImage: zstd" "zstd is not installed"
		continue
	fi
	python3 "$make" bzimage $how 7.1.13-made "$tmp/7.1" "$tmp/bz-$how" &&
		abi 0 "$tmp/bz-$how" && is_release 7.1 &&
		grep -q '^7.1.13-made  (bzImage)' "$tmp/out"
	result "bzImage: $how"
done

printf 'CONFIG_%s=y\n' LIVEUPDATE KEXEC_HANDOVER TRANSPARENT_HUGEPAGE X86_64 >"$tmp/config"
gcc -c -g -O1 -ffreestanding -fno-pie -mcmodel=kernel -o "$tmp/acme-dev.ko" -DMODULE \
	"$here/oracle/kernel.c" 2>"$tmp/err"
gcc -c -O1 -ffreestanding -fno-pie -mcmodel=kernel -o "$tmp/plain.ko" -DMODULE -DNO_IMPORT \
	"$here/oracle/kernel.c" 2>>"$tmp/err"

package()
{
	local d=$tmp/deb deep

	# Above 100 characters GNU tar writes a header of its own for a name.
	deep=$d/lib/modules/7.1.13-made/kernel/drivers/$(printf 'long-%.0s' {1..12})
	rm -rf "$d"
	mkdir -p "$d/DEBIAN" "$d/boot" "$deep"
	cat >"$d/DEBIAN/control" <<-'C'
	Package: x
	Version: 1
	Architecture: amd64
	Maintainer: x <x@example.org>
	Description: x
	C
	cp "$tmp/bz-gzip" "$d/boot/vmlinuz-7.1.13-made"
	cp "$tmp/config" "$d/boot/config-7.1.13-made"
	xz -c --check=crc32 "$tmp/acme-dev.ko" >"$deep/acme-dev.ko.xz"
	dpkg-deb -Z"$1" --build --root-owner-group "$d" "$tmp/$1.deb" >"$tmp/out" 2>"$tmp/err"
}
if command -v dpkg-deb >/dev/null; then
	for how in xz zstd gzip none; do
		package $how && abi 0 "$tmp/$how.deb" && is_release 7.1 &&
			grep -q 'HUGEPAGE yes, DEF.* PAGE_SIZE 4096  (./boot/config-7.1' "$tmp/out"
		result "package: $how"
	done
	abi 0 -m acme_dev "$tmp/xz.deb" && fact acme-dev-v1 inferred 'in module acme_dev'
	result "package: a module that is named counts"
	abi 0 -m other "$tmp/xz.deb" && fact acme-dev-v1 absent 'not among --modules'
	result "package: one that is not is listed, and does not count"
	head -c 100000 "$tmp/xz.deb" >"$tmp/cut.deb"
	head -c $(($(stat -c %s "$tmp/none.deb") - 9000)) "$tmp/none.deb" >"$tmp/cut2.deb"
	abi 2 "$tmp/cut.deb" && one_line "cut.deb: " || abi 2 "$tmp/cut2.deb"
	result "package: cut short"
else
	skip "packages" "dpkg-deb is not installed"
fi
abi 0 -m "$tmp/acme-dev.ko" "$tmp/7.1" && fact acme-dev-v1 inferred 'in module acme_dev'
result "modules: a file"
mkdir "$tmp/tree" && cp "$tmp/acme-dev.ko" "$tmp/plain.ko" "$tmp/tree" &&
	abi 0 -m "$tmp/tree" "$tmp/7.1" && fact acme-dev-v1 inferred && ! grep -q plain "$tmp/out"
result "modules: a directory; who registers nothing has nothing"
(cd "$tmp" && python3 "$make" cpio initrd.cpio config acme-dev.ko &&
	python3 "$make" cpio early.cpio config && gzip -k initrd.cpio &&
	cat early.cpio initrd.cpio.gz >initrd.img)
abi 0 --initrd "$tmp/initrd.img" "$tmp/7.1" && fact acme-dev-v1 inferred
result "modules: an initial RAM disk behind an uncompressed part"
abi 0 --initrd "$tmp/initrd.cpio" "$tmp/7.1" && fact acme-dev-v1 inferred
result "modules: an initial RAM disk that is not compressed"
abi 2 --initrd "$tmp/config" "$tmp/7.1" && one_line "no initial RAM disk"
result "modules: what is no RAM disk"
abi 2 -m "$tmp/nowhere/x.ko" "$tmp/7.1" && one_line "No such file"
result "modules: a file that is not there"
gcc -c -O1 -ffreestanding -fno-pie -mcmodel=kernel -o "$tmp/acme-edu.ko" -DMODULE -DNO_IMPORT \
	-DDRIVER "$here/oracle/kernel.c" 2>"$tmp/err" &&
	abi 0 -m "$tmp/acme-edu.ko" "$tmp/7.1" && fact sample-edu-1 declared 'in module acme_edu' &&
	! grep -q strange-1 "$tmp/out"
result "modules: a driver's blobs, by its own word"
abi 0 -o "$tmp/edu.profile" -m "$tmp/acme-edu.ko" "$tmp/7.1" &&
	"$load" run -n -i "$data/6.19-luo_kexec_simple.core" --to "$tmp/edu.profile" \
		>"$tmp/out" 2>"$tmp/err" &&
	grep -q 'not relied on: sample-edu-1' "$tmp/err" &&
	"$load" run -n -i "$data/6.19-luo_kexec_simple.core" --to "$tmp/edu.profile" \
		"$BUILD/selftests/bpf/sample_edu_v1_accept.bpf.o" >"$tmp/out" 2>"$tmp/err" &&
	! grep -q 'not relied on' "$tmp/err"
result "a blob counts where an object knows its layout, and else does no harm"

# ---- snapshots, releases, damage ---------------------------------------------------------

abi 0 "$data/7.2-flb-luo_kexec_simple.core" && fact luo-v5 catalogue 'in this state' &&
	fact liveupdate-test-flb-v0 catalogue && fact memfd-v2 catalogue
result "a snapshot: formats of its records"
abi 0 7.2 && is_release 7.2
result "a release"
abi 2 5.10 && one_line "neither a file nor a release"
result "no such release"
abi 2 "$here/abi.sh" && one_line "not a profile"
result "no kernel"
for n in 100 600 3000 200000; do
	head -c $n "$tmp/bz-gzip" >"$tmp/cut"
	abi 2 "$tmp/cut" && one_line "cut: " || break
done
result "bzImage: cut short"
for n in 64 1000 20000; do
	head -c $n "$tmp/7.1" >"$tmp/cut"
	abi 2 "$tmp/cut" && one_line "cut: " || break
done
result "vmlinux: cut short"
python3 - "$tmp" <<-'P'
	import struct, sys
	d = bytearray(4096); d[56:60] = b"ARM\x64"
	open(sys.argv[1] + "/arm64", "wb").write(d)
	e = bytearray(open(sys.argv[1] + "/7.1", "rb").read())
	struct.pack_into("<H", e, 18, 183)
	open(sys.argv[1] + "/aarch64", "wb").write(e)
	b = bytearray(open(sys.argv[1] + "/7.1", "rb").read())
	at = b.index(b"\x9f\xeb\x01\x00"); b[at + 8:at + 16] = b"\xff" * 8
	open(sys.argv[1] + "/badbtf", "wb").write(b)
P
abi 2 "$tmp/arm64" && one_line "a kernel for arm64" && abi 2 "$tmp/aarch64" &&
	one_line "built for arm64"
result "another architecture"
abi 2 "$tmp/badbtf" && one_line "its BTF is damaged"
result "damaged BTF"
p=$SRC/loader/profiles/7.3.4.profile
bad() { abi 2 "$tmp/bad.profile" && one_line "$1"; }
sed '1s/2/3/' "$p" >"$tmp/bad.profile" &&
	bad "profile of version 3, this luo-load knows versions up to 2"
result "profile: of a newer tool"
sed 's/^word size/shape round/' "$p" >"$tmp/bad.profile" && bad "'shape' is not known here"
result "profile: a word that nobody knows"
sed '$d' "$p" >"$tmp/bad.profile" && bad "the file is cut short"
result "profile: cut short"
sed '20d' "$p" >"$tmp/bad.profile" && bad "the BTF is cut short"
result "profile: a line is missing"
sed '20s/^./!/' "$p" >"$tmp/bad.profile" && bad "no base64"
result "profile: damaged"
sed 's/catalogue$/certain/' "$p" >"$tmp/bad.profile" &&
	bad "neither catalogue, declared nor inferred"
result "profile: a mark that nobody knows"
abi 2 && one_line "one IMAGE" && abi 2 --nonsense && one_line "unknown option" &&
	abi 0 --help && grep -q '^Example: luo-load abi' "$tmp/out"
result "usage, and help"
abi 1 -o "$tmp/no/where" 7.3 && one_line "No such file"
result "a profile that can't be written"
if [ -e /sys/kernel/btf/vmlinux ]; then
	abi 0 --live && grep -q '(running kernel)' "$tmp/out" &&
		! grep -q ' catalogue .*string' "$tmp/out"
	result "the running kernel"
else
	skip "the running kernel" "it has no BTF"
fi

echo "1..$nr"
((failed == 0))
