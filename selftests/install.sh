#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# luo-load install, uninstall, list --installed, info: objects on disk, below a root of the
# test's own. Which file is used, which one is hidden, and that nothing else is touched.
set -u
# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/lib.sh"
unset LUO_BPF_PATH LUO_BPF_TIERS
export LUO_BPF_ROOT=$tmp/root
vendor=$LUO_BPF_ROOT/usr/lib/luo-bpf
ours=$LUO_BPF_ROOT/usr/local/lib/luo-bpf
overlay=$LUO_BPF_ROOT/etc/luo-bpf

# json TEXT: a Python expression about the JSON in $tmp/out, o, and what its paths are, p
json()
{
	python3 - "$tmp/out" "$1" <<-'P' 2>>"$tmp/err" || say "not so: $1"
	import json, os, sys
	o = json.load(open(sys.argv[1]))
	root = os.environ["LUO_BPF_ROOT"]
	p = {x["path"][len(root):]: x for x in o if "path" in x} if isinstance(o, list) else {}
	sys.exit(not eval("(" + sys.argv[2] + ")"))
	P
}

# ---- nothing, then what a package brings -------------------------------------------------

load 1 plan --from 7.1 --to 7.3 && one_line "not installed: name objects"
result "nothing is installed"
load 0 install --dry-run "$BUILD/bpf/memfd_v1_to_v2.bpf.o" &&
	grep -q "^would install $ours/local/memfd_v1_to_v2.bpf.o$" "$tmp/out" &&
	[ ! -e "$LUO_BPF_ROOT" ]
result "a dry run makes nothing"
mkdir -p "$vendor"
cp "$BUILD"/bpf/*.bpf.o "$vendor"
load 0 plan --from 6.19 --to 7.3 && load 0 list --installed -j &&
	json '{(x["state"], x["tier"], x["verdict"]) for x in o} == {("used", "stable", "proved")}
	and len(o) == '"$(ls "$BUILD"/bpf/*.bpf.o | wc -l)"
result "objects of a package are used, stable, and proved"
LUO_BPF_ROOT=/nowhere load 0 --root "$LUO_BPF_ROOT" list --installed &&
	[ "$(grep -c '^used' "$tmp/out")" -gt 10 ]
result "--root is the same"

# ---- install -----------------------------------------------------------------------------

# The same program, another file: padding behind an ELF is nobody's.
cp "$BUILD/bpf/memfd_v1_to_v2.bpf.o" "$tmp"
printf x >>"$tmp/memfd_v1_to_v2.bpf.o"
v1v2=/memfd_v1_to_v2.bpf.o
load 0 install "$tmp$v1v2" && [ ! -s "$tmp/err" ] &&
	grep -q "^installed $ours/local$v1v2$" "$tmp/out" &&
	cmp "$tmp$v1v2" "$ours/local$v1v2" && [ "$(stat -c %a "$ours/local$v1v2")" = 644 ]
result "install: the tier is local, the bytes are those"
load 0 list --installed -j &&
	json 'p["/usr/local/lib/luo-bpf/local'$v1v2'"]["state"] == "used" and
	p["/usr/lib/luo-bpf'$v1v2'"]["state"] == "hidden" and
	p["/usr/lib/luo-bpf'$v1v2'"]["why"].endswith("/usr/local/lib/luo-bpf/local'$v1v2'")'
result "it hides the file of its name in the package"
digest=$(sha256sum <"$tmp$v1v2")
load 0 plan -j --from 6.19 --to 7.1 && grep -q "\"sha256\":\"${digest%% *}\"" "$tmp/out" &&
	load 0 run -j -n -i "$data/6.19-luo_kexec_simple.core" --to 7.1 --target-config thp
result "and is what plan and run take"
load 0 install "$tmp$v1v2" && grep -q '^there already ' "$tmp/out"
result "once more: there already"
printf y >>"$tmp$v1v2"
load 3 install "$tmp$v1v2" && one_line "another file is there; --replace" &&
	! cmp -s "$tmp$v1v2" "$ours/local$v1v2" && load 0 install --replace "$tmp$v1v2" &&
	grep -q '^replaced ' "$tmp/out" && cmp "$tmp$v1v2" "$ours/local$v1v2"
result "another one only with --replace"
load 0 install --overlay --tier stable "$BUILD/bpf$v1v2" &&
	cmp "$BUILD/bpf$v1v2" "$overlay$v1v2" &&
	load 0 list --installed -j && json 'p["/etc/luo-bpf'$v1v2'"]["state"] == "used" and
	p["/usr/local/lib/luo-bpf/local'$v1v2'"]["state"] == "hidden"'
result "the overlay comes first"

# ---- two objects for one step ------------------------------------------------------------

# Another name of the program and of the file: "memfd_v1_to_v2" has as many letters.
acme=acmefd_1_to_2_.bpf.o first="memfd_v1_to_v2, which comes first"
sed 's/memfd_v1_to_v2/acmefd_1_to_2_/g' "$BUILD/bpf$v1v2" >"$tmp/$acme"
load 0 install --tier stable "$tmp/$acme" && one_line "$acme is not used: $first, does that step"
result "a second object for a step: said when it is installed"
load 0 list --installed && grep -q "^not used .*/$acme ($first" "$tmp/out" &&
	load 0 plan -j --from 6.19 --to 7.1 && grep -q '"object":"memfd_v1_to_v2"' "$tmp/out"
result "and in the list; the planner takes the first"
load 0 uninstall --overlay memfd_v1_to_v2 && [ ! -e "$overlay$v1v2" ] &&
	load 0 uninstall --tier local memfd_v1_to_v2.bpf.o && [ ! -e "$ours/local$v1v2" ] &&
	load 0 list --installed -j &&
	json 'p["/usr/local/lib/luo-bpf/'$acme'"]["state"] == "used" and
	p["/usr/lib/luo-bpf'$v1v2'"]["state"] == "not used"' &&
	load 0 plan -j --from 6.19 --to 7.1 && grep -q '"object":"acmefd_1_to_2_"' "$tmp/out"
result "without the first, the second is used: /usr/local before /usr"
load 0 uninstall acmefd_1_to_2_ && [ ! -e "$ours" ] && [ ! -e "$overlay" ]
result "uninstall by name; directories that are empty then go, too"

# ---- tiers -------------------------------------------------------------------------------

load 0 install --tier testing "$BUILD/bpf$v1v2" &&
	grep -q "testing$v1v2 is not used: tier testing" "$tmp/err" &&
	load 0 list --installed -j &&
	json 'p["/usr/local/lib/luo-bpf/testing'$v1v2'"]["state"] == "not used" and
	p["/usr/lib/luo-bpf'$v1v2'"]["state"] == "used"'
result "testing is not used"
load 0 plan -j --tiers stable,testing --from 6.19 --to 7.1 &&
	grep -q '"tier":"testing"' "$tmp/out" &&
	LUO_BPF_TIERS=testing load 3 plan -j --from 7.1 --to 7.3 &&
	grep -q NO_TRANSLATOR "$tmp/out"
result "unless it is asked for: the tiers that are named, and no others"
LUO_BPF_TIERS=best load 1 plan --from 7.1 --to 7.3 ||
	LUO_BPF_TIERS=best load 5 plan --from 7.1 --to 7.3 &&
	one_line "tiers are stable, testing and local"
result "an unknown tier is an error"
rm -r "$ours/testing"

# ---- what is refused ---------------------------------------------------------------------

contents() { find "$LUO_BPF_ROOT" -type f | sort | xargs sha256sum | sha256sum; }
before=$(contents)
unchanged() { [ "$(contents)" = "$before" ] || say "files have changed"; }
load 6 install "$BUILD/bpf/luo_v1_to_v5.bpf.o" "$bpf/verify/wrong_memfd_seals.bpf.o" && unchanged
result "one that is not proved right: nothing is installed"
load 0 install --no-verify "$bpf/verify/wrong_memfd_seals.bpf.o" && load 0 list --installed -j &&
	json 'p["/usr/local/lib/luo-bpf/local/wrong_memfd_seals.bpf.o"]["verdict"] == "refused"' &&
	load 0 uninstall wrong_memfd_seals && unchanged
result "but with --no-verify, and the list says so"
echo nonsense >"$tmp/x.bpf.o"
load 5 install "$BUILD/bpf/luo_v1_to_v5.bpf.o" "$tmp/x.bpf.o" && one_line "x.bpf.o: " && unchanged
result "one that is no object: nothing is installed"
cp "$BUILD/bpf/luo_v1_to_v5.bpf.o" "$tmp/plain.o"
load 2 install "$tmp/plain.o" && one_line "ends in .bpf.o" && unchanged &&
	load 2 install "$BUILD/bpf$v1v2" "$tmp$v1v2" && one_line "has the same name" && unchanged
result "names that would not be found, or twice"
ln -s "$BUILD/bpf/luo_v1_to_v5.bpf.o" "$tmp/link.bpf.o"
mkdir -p "$ours"
: >"$ours/local.is.a.file"
rmdir "$ours/local" 2>/dev/null
: >"$ours/local"
load 1 install "$BUILD/bpf/luo_v1_to_v5.bpf.o" && one_line "Not a directory" &&
	rm "$ours/local" "$ours/local.is.a.file" && unchanged
result "a system error leaves nothing behind"
load 3 uninstall memfd_v1_to_v2 && one_line "belongs to a package" && unchanged &&
	load 3 uninstall nothing && one_line "not installed" &&
	load 2 uninstall ../x && one_line "name an object, not a path" &&
	load 2 uninstall && load 2 install &&
	load 2 install --tier best x && one_line "no tier 'best'"
result "uninstall: what belongs to a package, what is not there"

# ---- masks, bad files, evidence ----------------------------------------------------------

mkdir -p "$overlay"
ln -s /dev/null "$overlay/luo_v1_to_v5.bpf.o"
load 3 plan -j --from 7.1 --to 7.3 && grep -q NO_TRANSLATOR "$tmp/out" &&
	load 0 list --installed &&
	grep -q '^mask .*hides luo_v1_to_v5.bpf.o elsewhere' "$tmp/out" &&
	grep -q '^hidden .*/usr/lib/luo-bpf/luo_v1_to_v5' "$tmp/out"
result "a link to /dev/null in the overlay takes an object of a package away"
rm "$overlay/luo_v1_to_v5.bpf.o"
cp "$tmp/x.bpf.o" "$overlay"
load 0 list --installed -j && json 'p["/etc/luo-bpf/x.bpf.o"]["state"] == "bad"' &&
	load 5 plan --from 7.1 --to 7.3 && one_line "$overlay: x.bpf.o: "
result "a bad file is listed, and stops the others by name"
rm "$overlay/x.bpf.o"
load 0 verify --evidence "$tmp/acme.evidence" "$BUILD/bpf/luo_v1_to_v5.bpf.o" &&
	load 0 install --tier stable "$tmp/acme.evidence" &&
	cmp "$tmp/acme.evidence" "$ours/acme.evidence" &&
	load 0 evidence && grep -q '^verified .*counts$' "$tmp/out"
result "evidence is installed beside objects, and found there"
echo '{"luo-evidence":2}' >"$tmp/new.evidence"
load 2 install "$tmp/new.evidence" && one_line "evidence of version 2" &&
	[ ! -e "$ours/local/new.evidence" ]
result "evidence that this luo-load can't read is not"

# ---- info --------------------------------------------------------------------------------

digest=$(sha256sum <"$BUILD/bpf$v1v2")
load 0 info memfd_v1_to_v2 && grep -q "^  sha256  *${digest%% *}$" "$tmp/out" &&
	grep -q '^  from  *memfd-v1  struct memfd_luo_ser___v1, 40 bytes' "$tmp/out" &&
	grep -q '^  loses  *seals: not recorded by 6.19' "$tmp/out" &&
	grep -q '^  author  *luo-bpf$' "$tmp/out" &&
	grep -q '^  licence  *GPL' "$tmp/out" &&
	grep -q '^  installed  *stable, used$' "$tmp/out" &&
	grep -q '^  verdict  *proved$' "$tmp/out"
result "info: identity, losses, author, licence, digest, verdict"
load 0 info -j "$BUILD/bpf/luo_v1_to_v5.bpf.o" luo_v5_accept &&
	json 'o[0]["evidence"][0]["kind"] == "verified" and not o[0]["installed"] and
	o[1]["kind"] == "acceptor" and o[1]["state"] == "used" and
	o[0]["string"] == ["luo-v1 as 7.1 writes it, with FLBs"]'
result "info of a file and of an installed one, with evidence, as JSON"
load 0 info "$bpf/verify/wrong_memfd_seals.bpf.o" && grep -q '^  verdict  *refused$' "$tmp/out"
result "info of one that is refused"
load 5 info "$tmp/x.bpf.o" && one_line "x.bpf.o: " &&
	load 2 info nothing && one_line "neither a file nor installed" &&
	load 2 info && for c in install uninstall info; do
		load 0 $c --help && grep -q '^Examples*: luo-load' "$tmp/out" || break
	done
result "usage, and help"

echo "1..$nr"
((failed == 0))
