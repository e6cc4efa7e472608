#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# "From two images to a package" of bpf-progs/README.md: its commands, as they stand there,
# in this order and in one shell. Real images are taken where selftests/vm has built some,
# else the profiles of loader/profiles stand for them, as everywhere.
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
load=${LUO_LOAD:-$BUILD/luo-load}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides; $tmp/out explains
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=$((failed + 1))
		echo "not ok $nr - $1"
		tail -n 20 "$tmp/out" | sed 's/^/#   /'
	fi
}

skip() { nr=$((nr + 1)); echo "ok $nr - $1 # SKIP $2"; }
finish() { echo "1..$nr"; exit $((failed != 0)); }
: >"$tmp/out"

# ---- what the guide takes for granted --------------------------------------------------

mkdir -p "$tmp/bin" "$tmp/work"
# image RELEASE NAME: a kernel for the guide
image()
{
	local k

	for k in "${XDG_CACHE_HOME:-$HOME/.cache}"/luo-bpf/kernels/"$1"-*/arch/x86/boot/bzImage; do
		[ -e "$k" ] && ln -s "$k" "$tmp/work/$2" && return
	done
	ln -s "$SRC/loader/profiles/$1.profile" "$tmp/work/$2"
	echo "# $2: no image of selftests/vm, the profile stands for it"
}
image 6.19.11 vmlinuz-6.19.11-acme
image 7.1.13 vmlinuz-7.1.13-acme
cp "$here/data/6.19-luo_kexec_simple.core" "$tmp/work/old.core"

# As installed, with /usr and /etc below $tmp/root.
ln -s "$load" "$tmp/bin/luo-load"
mkdir -p "$tmp/root/usr/lib"
cp -r "$BUILD/bpf" "$tmp/root/usr/lib/luo-bpf"
unset LUO_BPF_PATH
export LUO_BPF_ROOT=$tmp/root
# pkg-config as after make install, from the sources.
mkdir -p "$tmp/prefix/include/luo-bpf/"{kernel/core,bpf-progs,libbpf/bpf}
cp -r "$SRC/kernel/abi" "$tmp/prefix/include/luo-bpf/kernel"
cp "$SRC/kernel/core/contract.h" "$tmp/prefix/include/luo-bpf/kernel/core"
cp -r "$SRC/bpf-progs/include" "$tmp/prefix/include/luo-bpf/bpf-progs"
inc=$(sed -n 's/^CONFIG_LIBBPF_INC := //p' "$BUILD/config.mk")
cp "${inc:-/usr/include}"/bpf/bpf_{helpers,helper_defs,tracing}.h \
	"$tmp/prefix/include/luo-bpf/libbpf/bpf"
flags=${BPF_CFLAGS:-"-D__TARGET_ARCH_x86 "}
arch=$(sed -n 's/.*-D__TARGET_ARCH_\([a-z0-9]*\).*/\1/p' <<<"$flags")
sed "s|@PREFIX@|$tmp/prefix|; s|@VERSION@|0|; s|@MULTIARCH@|$(uname -m)-linux-gnu|
     s|@BPF_ARCH@|$arch|" "$SRC/bpf-progs/luo-bpf.pc.in" >"$tmp/prefix/luo-bpf.pc"
if ! command -v pkg-config >/dev/null; then
	cat >"$tmp/bin/pkg-config" <<-END
		#!/bin/sh
		sed -n "s|\\\${sdk}|$tmp/prefix/include/luo-bpf|g; s|^Cflags: ||p" \\
			"$tmp/prefix/luo-bpf.pc"
	END
fi
# The clang that the build uses is the one that people have.
[ -z "${CLANG:-}" ] || ln -s "$(command -v "$CLANG")" "$tmp/bin/clang"
chmod +x "$tmp"/bin/* 2>/dev/null

# ---- the commands ----------------------------------------------------------------------

# One file for each block of the section.
python3 - "$SRC/bpf-progs/README.md" "$tmp" <<-'P'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
section = re.search(r"^## From two images to a package$(.*?)^## ", text, re.S | re.M).group(1)
blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.S | re.M)
for i, b in enumerate(blocks):
    open("%s/block%02d" % (sys.argv[2], i), "w").write(b)
P
blocks=("$tmp"/block*)
[ ${#blocks[@]} -ge 10 ]
result "the guide has its blocks of commands"
if ! command -v dpkg-deb >/dev/null; then
	skip "the guide" "no dpkg-deb"
	finish
fi

# One shell for all of them. It says which block it comes to.
export PATH=$tmp/bin:$PATH PKG_CONFIG_PATH=$tmp/prefix XDG_CACHE_HOME=$tmp/cache
cd "$tmp/work" || exit 2
{
	echo "set -eu"
	for b in "${blocks[@]}"; do
		printf 'echo %q >>%q\n' "${b##*/}" "$tmp/begun"
		cat "$b"
		printf 'echo %q >>%q\n' "${b##*/}" "$tmp/done"
	done
} >"$tmp/script"
touch "$tmp/begun" "$tmp/done"
# Processor time: what else the machine has to do does not count.
TIMEFORMAT='%U %S'
{ time bash "$tmp/script" >"$tmp/out" 2>&1; } 2>"$tmp/took"
took=$(awk '{ print int($1 + $2) }' "$tmp/took")
for b in "${blocks[@]}"; do
	what=$(grep -oE '^(luo-load [a-z]+|[a-z][-a-z]+ )|clang' "$b" | head -n 1)
	if ! grep -qx "${b##*/}" "$tmp/begun"; then
		skip "${b##*/}: ${what% } .." "a command before it failed"
	else
		grep -qx "${b##*/}" "$tmp/done"
		result "${b##*/}: ${what% } .."
	fi
done
((failed == 0)) || finish

# ---- what came of it -------------------------------------------------------------------

[ "$(grep -c '^[0-9]*:#error' "$tmp/out")" = 3 ]
result "three places were to be filled: seals, flags, and what flags mean"
grep -q '^memfd_v1_to_v2: proved: memfd memfd-v1 -> memfd-v2' "$tmp/out" &&
	grep -q '^acme_memfd_v1_to_v2: proved: ' "$tmp/out"
result "the translator is proved, where it was made and where it arrived"
grep -q 'translated LUO/.*memfd-v1 -> memfd-v2  by memfd_v1_to_v2' "$tmp/out"
result "real state went through it"
grep -qE '^    memfd_v1_to_v2 +verified  sha256 [0-9a-f]{12}  local$' "$tmp/out" &&
	grep -qE '^6\.19\.11.* translated v-s-$' "$tmp/out"
result "plan and matrix know the installed one, and its evidence"
grep -q '^  covered  *6.19.11.* -> 7.1.13' "$tmp/out"
result "the promise is kept"
LUO_BPF_PATH=$BUILD/bpf "$load" run -i old.core -o shipped.core --to 7.1 \
	--target-config no-thp >"$tmp/out2" 2>&1
python3 - new.core shipped.core <<-'P' >>"$tmp/out" 2>&1
import json, subprocess, sys, os
def state(core):
    out = subprocess.run(["luo-load", "inspect", "-v", "-j", core], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    j = json.loads(out.stdout)
    return j["sessions"], j["files"], json.dumps(j["subtrees"], sort_keys=True).count("memfd-v2")
assert state(sys.argv[1]) == state(sys.argv[2]) and state(sys.argv[1])[1] > 0
P
result "the state is the one that the shipped translator makes"
[ "$(dpkg-deb -f acme-luo_1_all.deb Package 2>&1)" = acme-luo ] &&
	[ "$(dpkg-deb -c acme-luo_1_all.deb | grep -c '/usr/lib/luo-bpf/acme_.*\.bpf\.o$')" = 2 ]
result "the package holds the objects"
((took < 60))
result "one sitting: less than a minute of processor time"
finish
