#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What bpftool shows of the maps that luo-load pins, and what luo-load list and detach make
# of them. In a BPF file system of its own: nothing of this machine is touched.
set -u
here=$(dirname "$(realpath "$0")")
BUILD=${BUILD:-${here%/*}/build}
bpftool=${BPFTOOL:-$(sed -n 's/^CONFIG_BPFTOOL := //p' "$BUILD/config.mk")}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
clang=${CLANG:-clang}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}

skip()
{
	echo "ok 1 - maps # SKIP $*"
	exit 0
}

if [ -z "${LUO_OWN_BPFFS:-}" ]; then
	[ "$(id -u)" = 0 ] || skip "needs root"
	grep -qw bpf /proc/filesystems || skip "this kernel has no BPF file system"
	LUO_OWN_BPFFS=1 exec unshare --mount "$0"
fi
mount -t bpf bpf /sys/fs/bpf || skip "no BPF file system can be mounted"

pins=/sys/fs/bpf/luo
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0

# result NAME: the exit code before it decides; $tmp/out and $tmp/err explain
result()
{
	local rc=$?

	nr=$((nr + 1))
	if ((rc == 0)); then
		echo "ok $nr - $1"
	else
		failed=1
		echo "not ok $nr - $1"
		head -n 20 "$tmp/out" "$tmp/err" 2>/dev/null | sed 's/^/#   /'
	fi
}

# run COMMAND..: keeps what it prints
run() { "$@" >"$tmp/out" 2>"$tmp/err"; }

dump() { "$bpftool" -j map dump pinned $pins/luo_catalogue; }

# same: the map says what luo-load profiles says, number for number
same()
{
	dump >"$tmp/dump" && "$load" -j profiles >"$tmp/profiles" || return
	python3 - "$tmp/dump" "$tmp/profiles" <<-'END' >"$tmp/out" 2>&1
	import json, sys

	have = [e["formatted"]["value"] for e in json.load(open(sys.argv[1]))]
	want = []
	for release, formats in json.load(open(sys.argv[2])).items():
	    for f in formats:
	        want.append(dict(release=release, family=f["family"], string=f["string"],
	                         space=f["space"], subtree=f["subtree"], type=f.get("struct", ""),
	                         fingerprint=f.get("fingerprint", ""), size=f.get("size", 0),
	                         reads=f["reads"], writes=f["writes"]))
	assert len(have) > 20
	assert have == want, (have, want)
	END
}

run "$load" profiles --publish && grep -qx "published $pins/luo_catalogue" "$tmp/out"
result "the catalogue is published"
run "$bpftool" map dump pinned $pins/luo_catalogue &&
	grep -q '"release": "7.1"' "$tmp/out" && grep -q '"type": "luo_ser___v5"' "$tmp/out"
result "bpftool prints names and strings"
same
result "it says what luo-load profiles says"
run "$bpftool" map show pinned $pins/luo_catalogue && grep -q frozen "$tmp/out" &&
	grep -q 'flags 0x80' "$tmp/out"
result "it is frozen, and read-only for programs"
size=$("$bpftool" -j map show pinned $pins/luo_catalogue | grep -o '"bytes_value":[0-9]*')
zeros=$(yes 0 | head -n "${size#*:}")
! run "$bpftool" map update pinned $pins/luo_catalogue key 0 0 0 0 value $zeros &&
	grep -q 'not permitted' "$tmp/err"
result "bpftool cannot write to it"
old=$("$bpftool" -j map show pinned $pins/luo_catalogue)
run "$load" -j profiles --publish && grep -q '"published"' "$tmp/out" &&
	[ "$("$bpftool" -j map show pinned $pins/luo_catalogue)" != "$old" ] &&
	[ "$(ls $pins)" = luo_catalogue ]
result "publishing again replaces it and leaves nothing else"
run "$load" profiles --publish 7.1
[ $? = 2 ]
result "--publish takes no releases"

# A link, of any kind, beside the maps: only that is an attached object.
run "$load" list && [ ! -s "$tmp/out" ]
result "a map is no attached object"
cat >"$tmp/link.c" <<'END'
__attribute__((section("raw_tp/sys_enter"), used)) int luo_link(void *ctx) { return !ctx; }
char _license[] __attribute__((section("license"))) = "GPL";
END
if run "$clang" -target bpf -O2 -g -c -o "$tmp/link.o" "$tmp/link.c" &&
   run "$bpftool" prog load "$tmp/link.o" $pins/luo_link autoattach; then
	run "$load" list && [ "$(cut -d" " -f1 "$tmp/out")" = luo_link ]
	result "a link is listed, a map is not"
	run "$load" detach --all && [ "$(ls $pins)" = luo_catalogue ]
	result "detach --all takes the link and leaves the map"
else
	nr=$((nr + 1))
	echo "ok $nr - a link beside the maps # SKIP no raw tracepoint: $(tail -n 1 "$tmp/err")"
fi

umount /sys/fs/bpf
run "$load" profiles --publish
[ $? = 1 ] && grep -q 'mount -t bpf' "$tmp/err"
result "without a BPF file system there is one clear line"
echo "1..$nr"
exit $failed
