#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Translators one behind the other: there and back, chains, lineage, and the page for who
# signs off. The objects of bpf/roundtrip say in a comment what has to be said of the way
# back that they are, behind "up":
#
#	refused: FIELD, ..	these come back otherwise, each with a record that shows it
#	refused: silent		it returns an error that no rule explains
#	lost: FIELD		a declared loss, and no other
#	refuses: RULE		not all come back
set -u
here=$(dirname "$(realpath "$0")")
SRC=${SRC:-${here%/*}} BUILD=${BUILD:-${here%/*}/build}
load=${LUO_LOAD_ASAN:-$BUILD/asan/luo-load}
fast=${LUO_LOAD:-$BUILD/luo-load}
export ASAN_OPTIONS=${ASAN_OPTIONS:-exitcode=99} UBSAN_OPTIONS=${UBSAN_OPTIONS:-exitcode=99}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
nr=0 failed=0
rt=$BUILD/selftests/bpf/roundtrip

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
		sed 's/^/#   /' "$tmp/out" | head -n 12
	fi
}

say() { echo "$*" >>"$tmp/out"; return 1; }

# verify CODE ARGUMENT..: exit code and nothing on stderr
verify()
{
	local want=$1 rc

	shift
	timeout 60 "$load" verify "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	((rc == want)) && [ ! -s "$tmp/err" ] ||
		say "exit $rc, not $want: $(cat "$tmp/err")"
}

# complains CODE TEXT ARGUMENT..: one line on stderr, with the text
complains()
{
	local want=$1 text=$2 rc

	shift 2
	timeout 60 "$load" verify "$@" >"$tmp/out" 2>"$tmp/err"
	rc=$?
	((rc == want)) && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -qF -- "$text" "$tmp/err" ||
		say "exit $rc, not $want, without '$text': $(cat "$tmp/err")"
}

# lost FIELDS: the declared losses in $tmp/out are these
lost()
{
	local have

	have=$(sed -n 's/^  lost: \([^:]*\):.*/\1/p' "$tmp/out" | sort | xargs)
	[ "$have" = "$1" ] || say "lost: '$have', not '$1'"
}

# ---- what is shipped ---------------------------------------------------------------------

# trip UP DOWN LOST: proved, with these losses
trip()
{
	verify 0 --round-trip "$BUILD/$1.bpf.o" "$BUILD/$2.bpf.o" && lost "$3" &&
		grep -q '^round trip: proved: ' "$tmp/out"
	result "round trip: ${1##*/}, ${2##*/}${3:+ loses $3}"
}

trip bpf/memfd_v1_to_v2 bpf/memfd_v2_to_v1 ""
trip bpf/memfd_v2_to_v1 bpf/memfd_v1_to_v2 seals
trip bpf/luo_v1_to_v5 bpf/luo_v5_to_v1 ""
trip bpf/luo_v5_to_v1 bpf/luo_v1_to_v5 ""
trip bpf/luo_v1_6_19_to_7_1 bpf/luo_v1_7_1_to_6_19 ""
trip bpf/luo_v1_7_1_to_6_19 bpf/luo_v1_6_19_to_7_1 flbs_pa
trip selftests/bpf/luo_v5_to_v6 selftests/bpf/luo_v6_to_v5 ""
trip selftests/bpf/luo_v6_to_v5 selftests/bpf/luo_v5_to_v6 features

# Whatever is added has to have a way back, too. Exit code 1: they don't fit together.
pairs=0
for up in "$BUILD"/bpf/*_to_*.bpf.o; do
	back=0
	for down in "$BUILD"/bpf/*_to_*.bpf.o; do
		"$fast" verify --round-trip "$up" "$down" >"$tmp/one" 2>&1
		case $? in
		0) back=1 pairs=$((pairs + 1)) ;;
		1) ;;
		*) cat "$tmp/one" >>"$tmp/out"; false; break ;;
		esac
	done && ((back))
	result "$(basename "$up" .bpf.o): there is a way back, which is proved"
done
((pairs >= 6)) || say "only $pairs pairs"
result "shipped translators: $pairs pairs"

verify 0 --round-trip "$BUILD/bpf/memfd_v1_to_v2.bpf.o" "$BUILD/bpf/memfd_v2_to_v1.bpf.o" &&
	grep -q 'memfd_v2_to_v1 refuses MEMFD_SEALS_LOST if look-up.* >= 2' "$tmp/out"
result "round trip: what the way back refuses is told"
verify 0 --round-trip "$BUILD/bpf/luo_v5_to_v1.bpf.o" "$BUILD/bpf/luo_v1_to_v5.bpf.o" &&
	grep -q 'form: flbs_pa: null becomes a container without elements' "$tmp/out"
result "round trip: null that becomes an empty container is told"
verify 0 -j --round-trip "$BUILD/bpf/memfd_v2_to_v1.bpf.o" "$BUILD/bpf/memfd_v1_to_v2.bpf.o" &&
	python3 - "$tmp/out" <<-'P'
	import json, sys
	o = json.load(open(sys.argv[1]))[0]
	assert o["verdict"] == "proved" and o["kind"] == "round trip", o
	f = {x["field"]: x for x in o["fields"]}
	kept = {k for k, x in f.items() if x["fate"] == "kept"}
	assert kept == {"pos", "size", "nr_folios", "folios"}, kept
	s = f["seals"]
	assert s["fate"] == "lost" and s["by"] == "memfd_v2_to_v1", s
	assert s["text"].startswith("implied by"), s
	assert (s["x"]["seals"], s["was"], s["back"]) == ("0", "0", "1"), s
	assert [x["object"] for x in o["objects"]] == ["memfd_v2_to_v1", "memfd_v1_to_v2"]
P
result "round trip: JSON"

# ---- ways back ---------------------------------------------------------------------------

cat >"$tmp/back.py" <<'P'
import json, sys
o = json.load(open(sys.argv[1]))[0]
assert o["verdict"] == "refused"
bad = {f["field"]: f for f in o["fields"] if f["fate"] == "changed"}
for name in sys.argv[2].split(", "):
	if name == "silent":
		assert any(not r["rule"] and r["x"] for r in o["refuses"]), o["refuses"]
		continue
	f = bad[name]
	assert f["x"], f
	# Numbers differ; of handles there is none.
	assert "was" not in f or f["was"] != f["back"], f
	if name in f["x"] and "was" in f:
		assert f["x"][name] == f["was"], f
P

# wrong_back SOURCE FIELDS: refused, with a record for each field
wrong_back()
{
	local name field
	name=$(basename "$1" .bpf.c)
	"$load" verify --round-trip "$rt/up.bpf.o" "$rt/$name.bpf.o" >"$tmp/out" 2>"$tmp/err"
	(($? & 4)) && [ ! -s "$tmp/err" ] || say "not refused: $(cat "$tmp/err")" || return
	for field in ${2//,/}; do
		if [ "$field" = silent ]; then
			grep -A1 -F "$name returns an error that no rule explains" "$tmp/out"
		else
			grep -A1 -F "  refused: $field comes back as " "$tmp/out"
		fi >"$tmp/at"
		[ -s "$tmp/at" ] || say "nothing is said of $field" || return
		grep -q '^    x: first = ' "$tmp/at" || say "no record for $field" || return
	done
	"$fast" verify -j --round-trip "$rt/up.bpf.o" "$rt/$name.bpf.o" >"$tmp/json"
	python3 "$tmp/back.py" "$tmp/json" "$2" 2>"$tmp/out"
}

for src in "$SRC"/selftests/bpf/roundtrip/back_*.bpf.c; do
	name=$(basename "$src" .bpf.c)
	what=$(sed -n '2s|/\* \(.*\) \*/|\1|p' "$src")
	read -r mark fields < <(sed -nE 's#^/\* (refused|lost|refuses): (.*) \*/$#\1 \2#p' "$src")
	case ${mark:-right} in
	refused)
		wrong_back "$src" "$fields" ;;
	lost)
		verify 0 --round-trip "$rt/up.bpf.o" "$rt/$name.bpf.o" && lost "$fields" &&
			grep -q '^    x: ' "$tmp/out" ;;
	refuses)
		verify 0 --round-trip "$rt/up.bpf.o" "$rt/$name.bpf.o" && lost "" &&
			grep -q "^  $name refuses $fields if " "$tmp/out" ;;
	*)
		verify 0 --round-trip "$rt/up.bpf.o" "$rt/$name.bpf.o" && lost "" &&
			! grep -qE ' (refuses|returns) ' "$tmp/out" ;;
	esac
	result "$name: $what"
	unset mark fields
done

# Right by themselves: only the way back shows what is wrong with these.
for name in swapped default off_by_one handles item_swapped item_default silent; do
	"$fast" verify "$rt/back_wrong_$name.bpf.o" >"$tmp/out" 2>&1
	result "back_wrong_$name: is proved without its way up"
done

# ---- chains ------------------------------------------------------------------------------

b=$BUILD/bpf
verify 0 --chain "$b/luo_v1_6_19_to_7_1.bpf.o" "$b/luo_v1_to_v5.bpf.o" \
	"$BUILD/selftests/bpf/luo_v5_to_v6.bpf.o" && lost "" &&
	grep -q '^chain: proved: luo luo-v1 -> luo-v1 -> luo-v5 -> luo-v600, 6 fields kept' \
		"$tmp/out" && grep -q 'form: sessions_pa: no elements: it becomes null' "$tmp/out"
result "chain: three steps"
verify 0 --chain "$b/luo_v1_7_1_to_6_19.bpf.o" "$b/luo_v1_6_19_to_7_1.bpf.o" \
	"$b/luo_v1_to_v5.bpf.o" && lost flbs_pa
result "chain: losses of any step are told"
verify 4 --chain "$rt/up.bpf.o" "$rt/back_wrong_swapped.bpf.o" &&
	grep -q '  refused: first becomes old.second' "$tmp/out"
result "chain: a field that both ends have changes its value"
verify 0 -j --lineage --chain "$b/luo_v1_6_19_to_7_1.bpf.o" "$b/luo_v1_to_v5.bpf.o" &&
	python3 - "$tmp/out" <<-'P'
	import json, sys
	o = json.load(open(sys.argv[1]))[0]
	assert o["kind"] == "chain" and o["verdict"] == "proved"
	out = {(f["field"], f["from"]) for f in o["output"]}
	assert ("sessions_pa[i].name", "old.sessions_pa[i].name") in out, out
	assert ("compatible", '"luo-v5"') in out, out
P
result "chain: lineage of the whole"
complains 1 "memfd_v1_to_v2 makes memfd memfd-v2, but luo_v1_to_v5 reads luo luo-v1" \
	--chain "$b/memfd_v1_to_v2.bpf.o" "$b/luo_v1_to_v5.bpf.o"
result "chain: another family"
complains 1 "luo_v5_to_v1 makes another luo-v1 than luo_v1_6_19_to_7_1 reads: 24 bytes, not 16" \
	--chain "$b/luo_v5_to_v1.bpf.o" "$b/luo_v1_6_19_to_7_1.bpf.o"
result "chain: the same string of another layout"
complains 1 "luo_v1_to_v5 makes luo luo-v5, but luo_v1_6_19_to_7_1 reads luo luo-v1" \
	--round-trip "$b/luo_v1_6_19_to_7_1.bpf.o" "$b/luo_v1_to_v5.bpf.o"
result "round trip: that does not lead back"
complains 1 "memfd_v2_accept is an acceptor" --chain "$b/memfd_v1_to_v2.bpf.o" \
	"$b/memfd_v2_accept.bpf.o"
result "chain: acceptors make nothing"
complains 2 "wants two objects" --round-trip "$b/memfd_v1_to_v2.bpf.o"
result "round trip: of one object"
complains 2 "wants two objects" --round-trip "$b/memfd_v1_to_v2.bpf.o" \
	"$b/memfd_v2_to_v1.bpf.o" "$b/memfd_v1_to_v2.bpf.o"
result "round trip: of three objects"
complains 2 "two objects or more" --chain "$b/memfd_v1_to_v2.bpf.o"
result "chain: of one object"
complains 1 "$here/roundtrip.sh" --chain "$b/memfd_v1_to_v2.bpf.o" "$here/roundtrip.sh"
result "chain: of what is no object"
complains 2 "needs an argument" --html
result "page: without a file"

# What is wrong by itself is said, and is a reason to refuse, too.
for src in "$SRC"/selftests/bpf/verify/wrong_flat*.bpf.c "$SRC"/selftests/bpf/hostile_*.bpf.c; do
	[ -e "$src" ] || continue
	obj=$BUILD/${src#"$SRC"/} obj=${obj%.c}.o
	for down in "$b/luo_v5_to_v1.bpf.o" "$b/luo_v1_to_v5.bpf.o" "$b/memfd_v2_to_v1.bpf.o"; do
		timeout 60 "$load" verify --chain "$obj" "$down" >"$tmp/out" 2>&1
		rc=$?
		((rc == 1 || rc == 4 || rc == 8)) || say "exit $rc" || break
	done
	result "$(basename "$src" .bpf.c): no chain with it is proved"
done

# ---- lineage -----------------------------------------------------------------------------

cat >"$tmp/complete.py" <<'P'
import json, sys
for o in json.load(open(sys.argv[1])):
	if o.get("kind") == "acceptor":
		continue
	flows = {"input": {f["field"] for f in o["input"]},
		 "output": {f["field"] for f in o["output"]}}
	assert {r["side"] for r in o["records"]} == {"input", "output"}
	for r in o["records"]:
		for f in r["fields"]:
			name = r["path"] + f["name"]
			assert f["padding"] or name in flows[r["side"]], (r["side"], name)
		bits = sum(f["bits"] for f in r["fields"])
		assert bits == 8 * r["size"], (r["type"], bits, r["size"])
	for f in o["input"]:
		assert f["kind"] != "nothing" and f["to"], f
	for f in o["output"]:
		assert f["from"] and "?" not in f["from"], f
P
for obj in "$b"/*_to_*.bpf.o "$BUILD"/selftests/bpf/luo_v[56]_to*.bpf.o; do
	verify 0 -j --lineage "$obj" && python3 "$tmp/complete.py" "$tmp/out" 2>>"$tmp/out"
	result "$(basename "$obj" .bpf.o): every field comes from somewhere, and goes somewhere"
done
verify 0 -j --lineage --round-trip "$b/luo_v1_7_1_to_6_19.bpf.o" "$b/luo_v1_6_19_to_7_1.bpf.o" &&
	python3 "$tmp/complete.py" "$tmp/out" 2>>"$tmp/out"
result "lineage: of a round trip is complete, too"
verify 0 --lineage "$b/memfd_v1_to_v2.bpf.o" &&
	grep -qx '  new.seals <- 1  if no look-up answers' "$tmp/out"
result "lineage: conditions are those that matter"

# ---- the page ----------------------------------------------------------------------------

# Well-formed as XML and as HTML, complete, and nothing from elsewhere.
cat >"$tmp/page.py" <<'P'
import hashlib, html.parser, json, os, sys
import xml.etree.ElementTree as ET

page, data = sys.argv[1], json.load(open(sys.argv[2]))
text = open(page, encoding="utf-8").read()
NS = "{http://www.w3.org/1999/xhtml}"
root = ET.fromstring(text)
said = "".join(root.itertext())
tags = [e.tag for e in root.iter()]
assert tags.count(NS + "script") == 1 and NS + "img" not in tags and NS + "link" not in tags
for e in root.iter():
	for k, v in e.attrib.items():
		assert not k.startswith("on") and k != "src", (e.tag, k)
		assert k != "href" or v.startswith("#"), v
assert "url(" not in text.replace("url(#hatch)", "") and "@import" not in text

class Parser(html.parser.HTMLParser):
	stack = []
	def handle_starttag(self, tag, attrs):
		self.stack.append(tag)
	def handle_startendtag(self, tag, attrs):
		pass
	def handle_endtag(self, tag):
		assert self.stack.pop() == tag, tag
p = Parser()
p.feed(text)
assert not p.stack, p.stack

cells = {e.text for e in root.iter(NS + "td")}
drawn = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
for o in data:
	objs = o.get("objects", [o])
	for x in objs:
		assert x["object"] in said
		if os.path.exists(x["path"]):
			sha = hashlib.sha256(open(x["path"], "rb").read()).hexdigest()
			assert sha in said, sha
		assert x["verdict"] in said
	for f in o.get("output", []) + o.get("input", []):
		assert f["field"] in cells, f["field"]
	for f in o.get("fields", []):
		assert f["field"] in cells and f["text"] in said, f
	for c in o.get("checks", []):
		assert c["rule"] in cells and c["if"] in said, c
	for u in o.get("not_looked_at", []):
		assert u in said, u
	for r in o.get("records", []):
		for f in r["fields"]:
			short = f["name"] if len(f["name"]) <= 22 else f["name"][:20] + ".."
			assert short in drawn, f["name"]
P

# page NAME CODE ARGUMENT..
page()
{
	local name=$1 code=$2

	shift 2
	verify "$code" -j --lineage --html "$tmp/page.html" "$@" &&
		python3 "$tmp/page.py" "$tmp/page.html" "$tmp/out" 2>>"$tmp/out"
	result "page: $name"
	rm -f "$tmp/page.html"
}

page "all shipped objects" 0 "$b"/*.bpf.o
page "a round trip" 0 --round-trip "$b/luo_v1_7_1_to_6_19.bpf.o" "$b/luo_v1_6_19_to_7_1.bpf.o"
page "a chain" 0 --chain "$b/luo_v1_6_19_to_7_1.bpf.o" "$b/luo_v1_to_v5.bpf.o"
page "a way back that is refused" 4 --round-trip "$rt/up.bpf.o" "$rt/back_wrong_default.bpf.o"
page "an object that is refused" 4 "$BUILD/selftests/bpf/verify/wrong_swapped.bpf.o"
page "markup in names and reasons" 0 --round-trip "$rt/up.bpf.o" "$rt/hostile_names.bpf.o"

verify 0 --html "$tmp/page.html" "$rt/hostile_names.bpf.o" && python3 - "$tmp/page.html" \
	2>>"$tmp/out" <<-'P'
	import sys, xml.etree.ElementTree as ET
	said = "".join(ET.parse(sys.argv[1]).getroot().itertext())
	assert "<script>alert(1)</script> & \"quoted\" ]]>" in said
	assert "</dd><img src=x onerror='alert(1)'>" in said
P
result "page: markup is shown as it stands"

# The name of a field is what BTF says, and that may be anything.
python3 - "$b/memfd_v1_to_v2.bpf.o" "$tmp/names.bpf.o" <<-'P'
	import sys
	data = open(sys.argv[1], "rb").read()
	assert b"\0pos\0" in data
	open(sys.argv[2], "wb").write(data.replace(b"\0pos\0", b"\0<&>\0"))
P
"$load" verify --html "$tmp/page.html" "$tmp/names.bpf.o" >"$tmp/out" 2>&1
rc=$?
if ((rc == 1)); then
	[ ! -e "$tmp/page.html" ]
else
	((rc < 16)) && python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' \
		"$tmp/page.html" 2>>"$tmp/out"
fi
result "page: names of fields that are markup"

verify 0 --html "$tmp/page.html" "$b/memfd_v1_to_v2.bpf.o" && [ -s "$tmp/page.html" ]
result "page: one object"
complains 1 "$here/roundtrip.sh" --html "$tmp/none.html" "$here/roundtrip.sh" &&
	[ ! -e "$tmp/none.html" ]
result "page: is not written when there is nothing to say"
complains 1 "/nowhere/page.html" --html /nowhere/page.html "$b/memfd_v1_to_v2.bpf.o"
result "page: a place that cannot be written"

echo "1..$nr"
((failed == 0))
