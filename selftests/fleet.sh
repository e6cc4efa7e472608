#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load check --snapshot: many states in one go, some of them bad.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
seconds=120

# check CODE ARGUMENTS
check() { load "$1" check --snapshot "${@:2}"; }

check 0 --target 7.3 --target-config thp "$data"/6.19-*.core "$data"/7.1-*.core &&
	[ "$(grep -c '^go ' "$tmp/out")" = 6 ] &&
	grep -q '^6 snapshots: 6 go, 0 no-go, 0 ' "$tmp/out"
result "all go"
check 3 --target "$SRC/loader/profiles/7.3.4.profile" --target-config thp "$data" &&
	grep -q '^no-go .*7.2-flb.*: NO_TRANSLATOR LUO/flbs_pa' "$tmp/out" &&
	grep -q '^10 snapshots: 9 go, 1 no-go' "$tmp/out"
result "a directory and a profile: one is refused, and why"

mkdir "$tmp/d"
cp "$data/7.1-luo_kexec_simple.core" "$tmp/d/a.core"
head -c 5000 "$data/7.1-luo_kexec_simple.core" >"$tmp/d/b.core"
echo nothing >"$tmp/d/c.core"
ln -s "$tmp/nowhere" "$tmp/d/d.core"
mkdir "$tmp/d/e.core"
cp "$data/7.3-luo_kexec_simple.core" "$tmp/d/f.core"
check 1 -j --target 7.3 "$tmp/d" && python3 - "$tmp/out" <<-'P'
	import json, sys
	lines = [json.loads(line) for line in open(sys.argv[1])]
	got = {o["snapshot"][-6:]: (o["result"], o["exit"]) for o in lines[:-1]}
	assert [o["snapshot"][-6:] for o in lines[:-1]] == [c + ".core" for c in "abcdef"], lines
	assert got["a.core"] == ("go", 0) and got["f.core"] == ("go", 0), got
	assert got["b.core"] == ("no-go", 3) and got["c.core"] == ("no-go", 3), got
	assert got["d.core"] == ("error", 1), got
	assert all(o["blockers"] for o in lines[1:3]), lines
	s = lines[-1]
	assert s["summary"] and s["snapshots"] == 6 and s["go"] == 2, s
	assert s["go"] + s["no_go"] + s["errors"] == 6, s
P
result "bad files do not stop the rest; one line of JSON each, in order, and a summary"
cp "$tmp/out" "$tmp/two"
check 1 -j -J 1 --target 7.3 "$tmp/d" &&
	cmp <(sed '$d' "$tmp/out") <(sed '$d' "$tmp/two")
result "the same with one at a time"
for f in "$data"/7.1-*.core "$data"/6.19-*.core "$data"/7.2-*.core; do
	"$fast" run -n -i "$f" --to 7.3 --target-config thp >/dev/null 2>&1
	echo "$? $f"
done >"$tmp/want"
"$fast" check --snapshot -j --target 7.3 --target-config thp "$data"/7.1-*.core \
	"$data"/6.19-*.core "$data"/7.2-*.core >"$tmp/out" 2>"$tmp/err"
python3 - "$tmp/out" "$tmp/want" <<-'P' 2>>"$tmp/err"
	import json, sys
	got = [json.loads(line) for line in open(sys.argv[1])][:-1]
	want = [line.split(" ", 1) for line in open(sys.argv[2])]
	assert [("%d" % o["exit"], o["snapshot"]) for o in got] == \
	    [(code, f.strip()) for code, f in want]
P
result "each verdict is that of run --dry-run"

# Hard links: many states, little room.
mkdir "$tmp/many"
for i in {1..200}; do
	ln "$tmp/d/a.core" "$tmp/many/$i.core"
done
# many N: seconds and MiB with N at a time
many()
{
	python3 - "$fast" "$tmp/many" "$1" <<-'P'
	import resource, subprocess, sys, time
	t = time.time()
	load, snapshots, jobs = sys.argv[1:]
	p = subprocess.run([load, "check", "--snapshot", "-J", jobs, "--target", "7.3", snapshots],
	                   stdout=subprocess.PIPE)
	assert p.returncode == 0 and b"200 go" in p.stdout, p.stdout[-200:]
	rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
	print("%.2f %d" % (time.time() - t, rss))
	P
}
read -r one mib < <(many 1)
read -r two _ < <(many "$(nproc)")
echo "# 200 snapshots: $one s one at a time, $two s with $(nproc), $mib MiB"
[ -n "${mib:-}" ] && ((mib < 200)) && [ -n "$two" ]
result "200 snapshots: less than 200 MiB"

check 2 --target 5.10 "$data" && one_line "release '5.10' is not in the catalogue" &&
	check 2 "$data" && one_line "--target KERNEL is missing" && check 2 --target 7.3 &&
	one_line "no snapshots" && check 2 --target 7.3 -J 0 "$data" && one_line "--jobs" &&
	check 5 --target 7.3 -O "$here/fleet.sh" "$data" && one_line "fleet.sh: " &&
	check 2 --target 7.3 --rehearse "$data" && one_line "is not for --snapshot" &&
	check 0 --help && grep -q '^Example: luo-load check --snapshot' "$tmp/out"
result "what concerns all of them is said once; usage, and help"

echo "1..$nr"
((failed == 0))
