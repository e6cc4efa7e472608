// SPDX-License-Identifier: GPL-2.0-only
/* luo-load diff: what changes between two kernels' formats. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/spec.h"
#include "lib/diff.h"
#include "lib/objects.h"

/* Bits of the exit code: those of an error stand alone. */
#define DIFFERS		4
#define INCOMPATIBLE	8

static const char usage[] =
	"Usage: luo-load diff [-jv] [-w WAIVERS] [--reverse] A B [FAMILY]\n"
	"       luo-load diff --type [FILE:]STRUCT[@STRING] [FILE:]STRUCT[@STRING]\n"
	"       luo-load diff --rules\n"
	"\n"
	"Compares what kernel A writes with what kernel B reads, structure by structure and\n"
	"field by field. A and B are releases, profiles, images, packages or snapshots, as for\n"
	"luo-load abi. With --type, two structures of the catalogue or of any file with BTF\n"
	"(an object, a vmlinux, a profile); STRING is the version that the record has.\n"
	"\n"
	"Each finding has a rule and a class:\n"
	"  note        bytes are read as they were written\n"
	"  mechanical  a translator is needed; luo-load gen writes it\n"
	"  decision    a translator is needed, and a person who decides something\n"
	"  trap        as decision; and nothing tells the reader that it is wrong\n"
	"\n"
	"  -r, --reverse       what B writes with what A reads\n"
	"  -w, --waivers FILE  findings that are known: 'luo-waivers 1', then RULE PLACE REASON\n"
	"  -t, --type          two structures\n"
	"      --rules         list the rules\n"
	"  -v, --verbose       fields that are the same, too\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit, a mask: 1 error, 2 usage, 4 there are findings, 8 some are no notes. What is\n"
	"waived does not count.\n"
	"\n"
	"Example: luo-load diff 7.1 7.3 memfd\n";

struct args {
	const char *a;
	const char *b;
	const char *family;
	const char *waivers;
	bool reverse;
	bool type;
	bool rules;
};

static const enum cmd_style styles[LUO_DIFF_NR_CLASSES] = {
	[LUO_DIFF_SAME] = CMD_GOOD, [LUO_DIFF_NOTE] = CMD_DIM,
	[LUO_DIFF_MECHANICAL] = CMD_PLAIN, [LUO_DIFF_DECISION] = CMD_WARN,
	[LUO_DIFF_TRAP] = CMD_BAD,
};

static bool is_shown(const struct args *a, const struct luo_finding *f)
{
	return !a->family || !strcmp(a->family, f->family);
}

static int code_of(const struct args *a, const struct luo_diff *d)
{
	int code = LUO_EXIT_OK;
	size_t i;

	for (i = 0; i < d->nr; i++) {
		const struct luo_finding *f = &d->findings[i];

		if (!is_shown(a, f) || f->waived || f->class == LUO_DIFF_SAME)
			continue;
		code |= DIFFERS;
		if (f->class > LUO_DIFF_NOTE)
			code |= INCOMPATIBLE;
	}
	return code;
}

/* ---- text ----------------------------------------------------------------------------- */

static void print_finding(const struct luo_finding *f)
{
	const char *class = luo_diff_class__name(f->class);

	printf("  %s%-11s%s %-15s %s%s%s  %s", cmd_style(styles[f->class]),
	       f->waived ? "waived" : class, cmd_style(CMD_PLAIN), luo_rule__name(f->rule),
	       f->type, *f->field ? "." : "", f->field, f->text);
	if (f->waived)
		printf("  (%s)", f->waived);
	putchar('\n');
}

static void print_header(const struct args *a, const struct luo_diff *d, size_t i)
{
	const char *family = d->findings[i].family;
	bool same = true;
	size_t k;

	if (!*family)
		return;
	for (k = i; k < d->nr && !strcmp(d->findings[k].family, family); k++)
		same &= d->findings[k].class == LUO_DIFF_SAME;
	(void)a;
	printf("%s%s%s%s\n", cmd_style(CMD_BOLD), family, cmd_style(CMD_PLAIN),
	       same ? ": the same" : "");
}

static void print_sum(const struct args *a, const struct luo_diff *d, int code)
{
	size_t nr[LUO_DIFF_NR_CLASSES] = {}, waived = 0, i;

	for (i = 0; i < d->nr; i++) {
		if (!is_shown(a, &d->findings[i]))
			continue;
		if (d->findings[i].waived)
			waived++;
		else
			nr[d->findings[i].class]++;
	}
	printf("%s: %zu trap%s, %zu decision%s, %zu mechanical, %zu note%s, %zu waived; %zu "
	       "field%s the same\n",
	       code & INCOMPATIBLE ? "incompatible" : code & DIFFERS ? "compatible" : "identical",
	       nr[LUO_DIFF_TRAP], nr[LUO_DIFF_TRAP] == 1 ? "" : "s", nr[LUO_DIFF_DECISION],
	       nr[LUO_DIFF_DECISION] == 1 ? "" : "s", nr[LUO_DIFF_MECHANICAL], nr[LUO_DIFF_NOTE],
	       nr[LUO_DIFF_NOTE] == 1 ? "" : "s", waived, nr[LUO_DIFF_SAME],
	       nr[LUO_DIFF_SAME] == 1 ? " is" : "s are");
}

static void print_text(const struct args *a, const struct luo_diff *d, int code)
{
	const char *family = NULL;
	size_t i;

	printf("%s -> %s\n", a->reverse ? a->b : a->a, a->reverse ? a->a : a->b);
	for (i = 0; i < d->nr; i++) {
		const struct luo_finding *f = &d->findings[i];

		if (!is_shown(a, f))
			continue;
		if (!family || strcmp(family, f->family))
			print_header(a, d, i);
		family = f->family;
		if (f->class != LUO_DIFF_SAME || cmd_opts.verbose)
			print_finding(f);
	}
	print_sum(a, d, code);
}

static int print_rules(void)
{
	enum luo_rule rule;

	for (rule = LUO_SAME + 1; rule < LUO_NR_RULES; rule++)
		printf("%-15s %-11s %s\n", luo_rule__name(rule),
		       luo_diff_class__name(luo_rule__class(rule)), luo_rule__about(rule));
	return LUO_EXIT_OK;
}

/* ---- JSON ----------------------------------------------------------------------------- */

static void add(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, json_object_new_string(value));
}

static void print_json(const struct args *a, const struct luo_diff *d, int code)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *item;
	size_t i;

	add(o, "from", a->reverse ? a->b : a->a);
	add(o, "to", a->reverse ? a->a : a->b);
	add(o, "result", code & INCOMPATIBLE ? "incompatible" :
			 code & DIFFERS ? "compatible" : "identical");
	json_object_object_add(o, "exit", json_object_new_int(code));
	for (i = 0; i < d->nr; i++) {
		const struct luo_finding *f = &d->findings[i];

		if (!is_shown(a, f))
			continue;
		item = json_object_new_object();
		add(item, "rule", luo_rule__name(f->rule));
		add(item, "class", luo_diff_class__name(f->class));
		add(item, "family", f->family);
		add(item, "struct", f->type);
		add(item, "field", f->field);
		add(item, "text", f->text);
		if (f->waived)
			add(item, "waived", f->waived);
		json_object_array_add(list, item);
	}
	json_object_object_add(o, "findings", list);
	cmd_json(o);
}

/* ---- kernels -------------------------------------------------------------------------- */

static int diff_kernels(const struct args *a, struct luo_diff *d, const struct luo_type_set *set)
{
	struct luo_abi *x = NULL, *y = NULL;
	char msg[400] = "no memory";
	int err, code = 0;

	err = luo_abi__open(&x, a->a, NULL, set, msg, sizeof(msg));
	if (err)
		return cmd_kernel_error(a->a, err, msg);
	err = luo_abi__open(&y, a->b, NULL, set, msg, sizeof(msg));
	if (err)
		code = cmd_kernel_error(a->b, err, msg);
	if (!err)
		err = luo_diff__abi(d, a->reverse ? y : x, a->reverse ? x : y, set->types[0], msg,
				    sizeof(msg));
	if (err && !code)
		code = cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	luo_abi__free(x);
	luo_abi__free(y);
	return code;
}

/* ---- structures ----------------------------------------------------------------------- */

static int diff_types(const struct args *a, struct luo_diff *d, const struct luo_type_set *set)
{
	struct cmd_spec x = {}, y = {};
	int code, err;

	code = cmd_spec_open(&x, a->a, set);
	if (!code)
		code = cmd_spec_open(&y, a->b, set);
	if (!code) {
		err = luo_diff__records(d, "", a->reverse ? &y.side : &x.side,
					a->reverse ? &x.side : &y.side);
		if (err)
			code = cmd_error(LUO_EXIT_ERROR, a->a, "its BTF can't be read (%s)",
					 strerror(-err));
	}
	cmd_spec_close(&x);
	cmd_spec_close(&y);
	return code;
}

/* ---- the command ---------------------------------------------------------------------- */

static int waive(const struct args *a, struct luo_diff *d)
{
	const char *place;
	char msg[400];
	size_t at = 0;
	int err;

	if (!a->waivers)
		return 0;
	err = luo_diff__waive(d, a->waivers, msg, sizeof(msg));
	if (err)
		return cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, a->waivers,
				 "%s", msg);
	while (!cmd_opts.json && (place = luo_diff__unused(d, &at)))
		cmd_warn("%s: nothing to waive at %s", a->waivers, place);
	return 0;
}

static int has_family(const struct args *a, const struct luo_diff *d)
{
	size_t i;

	for (i = 0; i < d->nr && a->family; i++)
		if (is_shown(a, &d->findings[i]))
			return 0;
	return a->family ? cmd_error(LUO_EXIT_USAGE, a->family, "neither kernel has this family") :
			   0;
}

static int diff(const struct args *a)
{
	struct luo_diff d = {};
	struct luo_type_set set;
	struct luo_types *types;
	char msg[400];
	int code;

	if (luo_catalogue__open(&types, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	set = (struct luo_type_set){ .types = &types, .nr = 1 };
	code = a->type ? diff_types(a, &d, &set) : diff_kernels(a, &d, &set);
	if (!code)
		code = has_family(a, &d);
	if (!code)
		code = waive(a, &d);
	if (!code) {
		code = code_of(a, &d);
		if (cmd_opts.json)
			print_json(a, &d, code);
		else
			print_text(a, &d, code);
	}
	luo_diff__free(&d);
	luo_types__free(types);
	return code;
}

enum { OPT_RULES = 256 };

static const struct option options[] = {
	{ "reverse", no_argument, NULL, 'r' },
	{ "waivers", required_argument, NULL, 'w' },
	{ "type", no_argument, NULL, 't' },
	{ "rules", no_argument, NULL, OPT_RULES },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse(int argc, char **argv, struct args *a)
{
	int c;

	while ((c = getopt_long(argc, argv, ":rw:tjvh", options, NULL)) >= 0) {
		switch (c) {
		case 'r': a->reverse = true; break;
		case 'w': a->waivers = optarg; break;
		case 't': a->type = true; break;
		case OPT_RULES: a->rules = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "diff", "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "diff", "unknown option '%s'; see "
								  "luo-load diff --help",
					  argv[optind - 1]);
		}
	}
	if (a->rules)
		return 0;
	if (argc - optind < 2 || argc - optind > (a->type ? 2 : 3))
		return cmd_error(LUO_EXIT_USAGE, "diff", "two %s are compared; see luo-load diff "
							 "--help", a->type ? "structures" :
								   "kernels");
	a->a = argv[optind];
	a->b = argv[optind + 1];
	a->family = argv[optind + 2];	/* NULL behind the last */
	return 0;
}

int cmd_diff(int argc, char **argv)
{
	struct args a = {};
	int code = parse(argc, argv, &a);

	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	return a.rules ? print_rules() : diff(&a);
}
