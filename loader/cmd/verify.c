// SPDX-License-Identifier: GPL-2.0-only
/* luo-load verify: is a translator right about records? */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/findings.h"
#include "cmd/verify.h"
#include "cmd/verify_kernel.h"
#include "lib/engine.h"

static const char usage[] =
	"Usage: luo-load verify [OPTIONS] OBJECT ...\n"
	"       luo-load verify [OPTIONS] --round-trip UP DOWN\n"
	"       luo-load verify [OPTIONS] --chain OBJECT OBJECT ...\n"
	"\n"
	"Executes the bytecode of translators and acceptors on symbols, over both layouts,\n"
	"and says what it proves, refuses, or cannot tell. Refusals come with an input that\n"
	"shows them; programs are run on that, in an interpreter. Needs no privilege.\n"
	"\n"
	"      --lineage     where every field comes from and where it goes; of acceptors,\n"
	"                    what they check and which fields they never look at\n"
	"      --rules       list the rules that findings name, and which can be waived\n"
	"      --round-trip  also prove that what UP makes of a record, DOWN makes the record\n"
	"                    again; list declared losses, and what DOWN refuses; or show a\n"
	"                    record that comes back as another one\n"
	"      --chain       the same for steps one behind the other: what both ends have\n"
	"                    keeps its value\n"
	"      --html FILE   all of it with drawings, as one page for who signs off\n"
	"      --counterexample DIR  write what is refused as snapshots into DIR, an input each\n"
	"                    on which it can be seen, and print the commands that run them\n"
	"      --no-z3       do not ask Z3 (libz3.so.4) what the verifier cannot decide itself\n"
	"      --evidence FILE  add what is proved or refused as facts, for luo-load matrix\n"
	"      --kernel      ask the running kernel's verifier too (skipped without CAP_BPF)\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Properties: complete, clean, loss, narrowing, shared, meaning, handles, containers,\n"
	"version, refusal, window, terminates, contract, waiver; see luo-load(1).\n"
	"\n"
	"Exit, a mask: 1 system error or no usable object, 2 usage, 4 refused, 8 unknown\n"
	"\n"
	"Examples: luo-load verify --lineage memfd_v1_to_v2.bpf.o\n"
	"          luo-load verify --html page.html --round-trip luo_v1_to_v5.bpf.o \\\n"
	"                          luo_v5_to_v1.bpf.o\n"
	"          mkdir why && luo-load verify --counterexample why mine.bpf.o\n";

enum cmd_style verify_style(enum verify_verdict verdict)
{
	return verdict == VERIFY_PROVED ? CMD_GOOD : verdict == VERIFY_REFUSED ? CMD_BAD :
	       CMD_WARN;
}

void cmd_finding_print(FILE *to, const struct luo_object *obj, const struct verify_finding *f)
{
	enum cmd_style style = f->waived ? CMD_WARN : verify_style(f->verdict);
	char where[160], text[1024];

	if (f->line)
		snprintf(where, sizeof(where), "%s:%u", f->file, f->line);
	else
		snprintf(where, sizeof(where), "%s: instruction %u", luo_object__prog(obj)->name,
			 f->insn);
	snprintf(text, sizeof(text), "%s (property: %s)%s%s", f->text,
		 verify_rule__property(f->rule), f->waived ? " because " : "",
		 f->waived ? f->waived : "");
	cmd_clean(where);
	cmd_clean(text);
	fprintf(to, "%s: %s%s%s: %s\n", where, cmd_style(style),
		f->waived ? "waived" : verify_verdict__name(f->verdict), cmd_style(CMD_PLAIN),
		text);
	if (cmd_opts.verbose && !f->waived)
		fprintf(to, "  rule %s%s\n", verify_rule__name(f->rule),
			verify_rule__waivable(f->rule) ? ", LUO_WAIVE() can cover it" : "");
	if (f->input && f->input->command)
		fprintf(to, "  %s\n", f->input->command);
	else if (f->input && f->input->odd_config)
		fputs("  no snapshot: run cannot set that configuration\n", to);
}

void verify_print_flows(const struct verify_result *res)
{
	size_t i;

	for (i = 0; i < res->nr_flows; i++) {
		const struct verify_flow *f = &res->flows[i];

		printf("  %s.%s %s %s", f->input ? "old" : "new", f->field, f->input ? "->" : "<-",
		       f->from);
		if (f->when[0] && !f->input)
			printf("  %sif %s%s", cmd_style(CMD_DIM), f->when, cmd_style(CMD_PLAIN));
		putchar('\n');
	}
}

static void print_checks(const struct verify_result *res)
{
	size_t i;

	for (i = 0; i < res->nr_checks; i++)
		printf("  refuses %s%s%s\n", res->checks[i].rule,
		       res->checks[i].when[0] ? " if " : "", res->checks[i].when);
	for (i = 0; i < res->nr_unread; i++)
		printf("  never looks at %s\n", res->unread[i]);
}

static void print_note(const char *text)
{
	char clean[512];

	snprintf(clean, sizeof(clean), "%s", text);
	cmd_clean(clean);
	printf("  not judged: %s\n", clean);
}

static void print_text(const struct luo_object *obj, const struct verify_result *res, bool lineage)
{
	const struct luob_prog *p = luo_object__prog(obj);
	char time[32];
	size_t i;

	for (i = 0; i < res->nr_findings; i++)
		cmd_finding_print(stdout, obj, &res->findings[i]);
	printf("%s: %s%s%s", p->name, cmd_style(verify_style(res->verdict)),
	       verify_verdict__name(res->verdict), cmd_style(CMD_PLAIN));
	if (res->nr_waived)
		printf(", %s%zu waived%s", cmd_style(CMD_WARN), res->nr_waived,
		       cmd_style(CMD_PLAIN));
	printf(": %s %s", p->family, p->from_string);
	if (p->to)
		printf(" -> %s", p->to_string);
	else
		printf(", acceptor, %zu checks, %zu fields not looked at", res->nr_checks,
		       res->nr_unread);
	printf(", %u paths, %s\n", res->paths, cmd_time(res->ns, time, sizeof(time)));
	if (lineage)
		verify_print_flows(res);
	if (lineage || cmd_opts.verbose)
		print_checks(res);
	/* So that a proof is not taken for more than it is. */
	for (i = 0; i < res->nr_notes && (res->verdict == VERIFY_PROVED || cmd_opts.verbose); i++)
		print_note(res->notes[i]);
	if (cmd_opts.verbose)
		printf("  %llu instructions on symbols, %u terms\n",
		       (unsigned long long)res->insns, res->terms);
}

/* Words of the object may be anything, which is no JSON. */
static void add_string(struct json_object *o, const char *key, const char *value)
{
	char text[1024];

	snprintf(text, sizeof(text), "%s", value);
	cmd_clean(text);
	json_object_object_add(o, key, json_object_new_string(text));
}

/* Names and values; a handle that leads nowhere is null. */
static struct json_object *json_input(const struct verify_input *in)
{
	struct json_object *o = json_object_new_object();
	size_t i;

	for (i = 0; i < in->nr_values; i++)
		json_object_object_add(o, in->values[i].name, in->values[i].null ? NULL :
				       json_object_new_uint64(in->values[i].val));
	return o;
}

struct json_object *cmd_findings_json(const struct verify_result *res)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_findings; i++) {
		const struct verify_finding *f = &res->findings[i];

		o = json_object_new_object();
		add_string(o, "verdict", verify_verdict__name(f->verdict));
		add_string(o, "property", verify_rule__property(f->rule));
		add_string(o, "rule", verify_rule__name(f->rule));
		if (f->field[0])
			add_string(o, "field", f->field);
		json_object_object_add(o, "waivable",
				       json_object_new_boolean(verify_rule__waivable(f->rule)));
		if (f->waived)
			add_string(o, "waived", f->waived);
		add_string(o, "file", f->file);
		json_object_object_add(o, "line", json_object_new_int(f->line));
		json_object_object_add(o, "instruction", json_object_new_int(f->insn));
		add_string(o, "text", f->text);
		if (f->input)
			json_object_object_add(o, "input", json_input(f->input));
		if (f->input && f->input->command) {
			add_string(o, "core", f->input->core);
			add_string(o, "command", f->input->command);
		}
		json_object_array_add(list, o);
	}
	return list;
}

struct json_object *verify_json_flows(const struct verify_result *res, bool input)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_flows; i++) {
		const struct verify_flow *f = &res->flows[i];

		if (f->input != input)
			continue;
		o = json_object_new_object();
		add_string(o, "field", f->field);
		add_string(o, "kind", verify_flow__name(f->kind));
		add_string(o, input ? "to" : "from", f->from);
		if (!input)
			add_string(o, "if", f->when);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_slot(const struct verify_slot *s)
{
	struct json_object *o = json_object_new_object();

	add_string(o, "name", s->name);
	add_string(o, "type", s->type);
	json_object_object_add(o, "bit", json_object_new_int64(s->bit));
	json_object_object_add(o, "bits", json_object_new_int64(s->bits));
	json_object_object_add(o, "padding", json_object_new_boolean(s->padding));
	return o;
}

/* The structures that flows speak of. */
struct json_object *verify_json_records(const struct verify_result *res)
{
	struct json_object *list = json_object_new_array(), *o, *fields;
	__u32 k;
	size_t i;

	for (i = 0; i < res->nr_records; i++) {
		const struct verify_record *r = &res->records[i];

		o = json_object_new_object();
		add_string(o, "side", r->input ? "input" : "output");
		add_string(o, "path", r->path);
		add_string(o, "type", r->type);
		json_object_object_add(o, "size", json_object_new_int64(r->size));
		fields = json_object_new_array();
		for (k = r->first; k < r->first + r->nr; k++)
			json_object_array_add(fields, json_slot(&res->slots[k]));
		json_object_object_add(o, "fields", fields);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_checks(const struct verify_result *res)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_checks; i++) {
		o = json_object_new_object();
		add_string(o, "rule", res->checks[i].rule);
		json_object_object_add(o, "line", json_object_new_int(res->checks[i].line));
		add_string(o, "if", res->checks[i].when);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_notes(const struct verify_result *res)
{
	struct json_object *list = json_object_new_array();
	char text[512];
	size_t i;

	for (i = 0; i < res->nr_notes; i++) {
		snprintf(text, sizeof(text), "%s", res->notes[i]);
		cmd_clean(text);
		json_object_array_add(list, json_object_new_string(text));
	}
	return list;
}

struct json_object *verify_json_object(const struct luo_object *obj,
				       const struct verify_result *res, bool lineage)
{
	const struct luob_prog *p = luo_object__prog(obj);
	struct json_object *o = json_object_new_object(), *list;
	size_t i;

	add_string(o, "object", p->name);
	add_string(o, "path", luo_object__path(obj));
	add_string(o, "kind", p->to ? "translator" : "acceptor");
	add_string(o, "family", p->family);
	add_string(o, "from", p->from_string);
	if (p->to)
		add_string(o, "to", p->to_string);
	add_string(o, "verdict", verify_verdict__name(res->verdict));
	json_object_object_add(o, "waived", json_object_new_int64(res->nr_waived));
	json_object_object_add(o, "findings", cmd_findings_json(res));
	json_object_object_add(o, "checks", json_checks(res));
	list = json_object_new_array();
	for (i = 0; i < res->nr_unread; i++)
		json_object_array_add(list, json_object_new_string(res->unread[i]));
	json_object_object_add(o, "not_looked_at", list);
	json_object_object_add(o, "not_judged", json_notes(res));
	if (lineage) {
		json_object_object_add(o, "records", verify_json_records(res));
		json_object_object_add(o, "output", verify_json_flows(res, false));
		json_object_object_add(o, "input", verify_json_flows(res, true));
	}
	json_object_object_add(o, "paths", json_object_new_int64(res->paths));
	json_object_object_add(o, "ns", json_object_new_int64(res->ns));
	return o;
}

/* What cannot be judged. In JSON it is one entry among the others. */
static int complain(const char *path, const char *msg, struct json_object *list)
{
	struct json_object *o;

	if (!list)
		return cmd_error(LUO_EXIT_ERROR, path, "%s", msg);
	o = json_object_new_object();
	add_string(o, "path", path);
	add_string(o, "error", msg);
	json_object_array_add(list, o);
	return VERIFY_EXIT_SYSTEM;
}

static void print_rule(enum verify_rule r, struct json_object *list)
{
	const char *name = verify_rule__name(r), *what = verify_rule__what(r);
	bool waivable = verify_rule__waivable(r);
	struct json_object *o;

	if (!cmd_opts.json)
		printf("%-18s %-9s %s\n", name, waivable ? "waivable" : "", what);
	o = json_object_new_object();
	add_string(o, "rule", name);
	json_object_object_add(o, "waivable", json_object_new_boolean(waivable));
	add_string(o, "what", what);
	json_object_array_add(list, o);
}

/* The table of rule.c: each class, and the rules inside of it. */
static int print_rules(void)
{
	struct json_object *list = json_object_new_array();
	enum verify_rule class, r;

	for (class = 0; class <= VERIFY_WAIVER; class++)
		for (r = 0; r < VERIFY_NR_RULES; r++)
			if (!strcmp(verify_rule__property(r), verify_rule__name(class)))
				print_rule(r, list);
	if (cmd_opts.json)
		cmd_json(list);
	else
		json_object_put(list);
	return 0;
}

int verify_code(enum verify_verdict verdict)
{
	return verdict == VERIFY_PROVED ? 0 : verdict == VERIFY_REFUSED ? VERIFY_EXIT_REFUSED :
	       VERIFY_EXIT_UNKNOWN;
}

int verify_open(struct luo_object **obj, const char *path, struct json_object *list)
{
	const struct vm_call *calls;
	char msg[512];
	size_t nr;
	int err;

	calls = luo_engine__calls(&nr);
	err = luo_object__open(obj, path, calls, nr, msg, sizeof(msg));
	return err ? complain(path, msg, list) : 0;
}

/* For who asks later. What is unknown is no fact. Return: its part of the exit code. */
int verify_evidence(const struct verify_args *args, enum luo_evidence_kind kind,
		    enum verify_verdict verdict, struct luo_object *const *objs, size_t nr,
		    struct json_object *list)
{
	struct luo_evidence e;
	char msg[400];
	size_t i;

	if (!args->evidence || verdict == VERIFY_UNKNOWN)
		return 0;
	cmd_evidence_new(&e, kind, verdict == VERIFY_PROVED);
	for (i = 0; i < nr; i++)
		cmd_evidence_step(&e, objs[i]);
	return luo_evidence__append(args->evidence, &e, msg, sizeof(msg)) ?
	       complain(args->evidence, msg, list) : 0;
}

/* Both verdicts stand side by side. Return: its part of the exit code. */
static int verify_kernel(const struct luo_object *obj, struct json_object *list)
{
	struct json_object *entry;
	struct kernel_verdict v;

	if (kernel_verdict__get(obj, &v))
		return complain(luo_object__path(obj), "no memory", list);
	if (list) {
		entry = json_object_array_get_idx(list, json_object_array_length(list) - 1);
		json_object_object_add(entry, "kernel", kernel_verdict__json(&v));
	} else {
		kernel_verdict__print(obj, &v);
	}
	return v.answer == KERNEL_REFUSED ? VERIFY_EXIT_REFUSED : 0;
}

/* One object. Return: its part of the exit code. */
static int verify(const char *path, const struct verify_args *args, struct json_object *list,
		  struct html *html)
{
	struct verify_result res;
	struct luo_object *obj;
	int err;

	err = verify_open(&obj, path, list);
	if (err)
		return err;
	err = luo_verify_with(obj, &args->opts, &res);
	if (err)
		complain(path, strerror(-err), list);
	else if (args->counterexamples && !counterexample__write(args->counterexamples, obj, &res))
		err = -EIO;
	else if (list)
		json_object_array_add(list, verify_json_object(obj, &res, args->lineage));
	else
		print_text(obj, &res, args->lineage);
	if (!err && html)
		verify_html_object(html, obj, &res);
	err = err ? VERIFY_EXIT_SYSTEM : verify_code(res.verdict) |
	      verify_evidence(args, LUO_EVIDENCE_VERIFIED, res.verdict, &obj, 1, list);
	if (args->kernel && err != VERIFY_EXIT_SYSTEM)
		err |= verify_kernel(obj, list);
	verify_result__free(&res);
	luo_object__free(obj);
	return err;
}

enum {
	OPT_LINEAGE = 256, OPT_RULES, OPT_COUNTEREXAMPLE, OPT_NO_Z3, OPT_ROUND_TRIP, OPT_CHAIN,
	OPT_HTML, OPT_EVIDENCE, OPT_KERNEL,
};

static const struct option options[] = {
	{ "lineage", no_argument, NULL, OPT_LINEAGE },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "counterexample", required_argument, NULL, OPT_COUNTEREXAMPLE },
	{ "no-z3", no_argument, NULL, OPT_NO_Z3 },
	{ "round-trip", no_argument, NULL, OPT_ROUND_TRIP },
	{ "chain", no_argument, NULL, OPT_CHAIN },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "evidence", required_argument, NULL, OPT_EVIDENCE },
	{ "kernel", no_argument, NULL, OPT_KERNEL },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int run(int argc, char **argv, const struct verify_args *args)
{
	struct json_object *list = NULL;
	struct html *html = NULL;
	int code = 0, err, i;

	err = args->html ? html__open(&html, args->html) : 0;
	if (err)
		return cmd_error(LUO_EXIT_ERROR, args->html, "%s", strerror(-err));
	if (cmd_opts.json)
		list = json_object_new_array();
	if (args->chain)
		code = verify_chain(argv, argc, args, list, html);
	for (i = 0; i < argc && !args->chain; i++)
		code |= verify(argv[i], args, list, html);
	if (list)
		cmd_json(list);
	err = html ? html__close(html) : 0;
	if (err)
		code |= cmd_error(LUO_EXIT_ERROR, args->html, "%s", strerror(-err));
	return code;
}

int cmd_verify(int argc, char **argv)
{
	struct verify_args args = { 0 };
	bool rules = false;
	int c;

	while ((c = getopt_long(argc, argv, ":jvh", options, NULL)) >= 0) {
		switch (c) {
		case OPT_LINEAGE: args.lineage = true; break;
		case OPT_RULES: rules = true; break;
		case OPT_COUNTEREXAMPLE: args.counterexamples = optarg; break;
		case OPT_NO_Z3: args.opts.no_solver = true; break;
		case OPT_ROUND_TRIP: args.round_trip = args.chain = true; break;
		case OPT_CHAIN: args.chain = true; break;
		case OPT_HTML: args.html = optarg; break;
		case OPT_EVIDENCE: args.evidence = optarg; break;
		case OPT_KERNEL: args.kernel = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return 0;
		case ':': return cmd_error(LUO_EXIT_USAGE, "verify", "option '%s' needs an "
								     "argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "verify", "unknown option '%s'; see "
								    "luo-load verify --help",
					  argv[optind - 1]);
		}
	}
	if (rules)
		return print_rules();
	if (optind == argc)
		return cmd_error(LUO_EXIT_USAGE, "verify",
				 "no object; see luo-load verify --help");
	if (args.counterexamples && !counterexample__dir(args.counterexamples))
		return VERIFY_EXIT_SYSTEM;
	return run(argc - optind, argv + optind, &args);
}
