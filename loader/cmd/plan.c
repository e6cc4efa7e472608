// SPDX-License-Identifier: GPL-2.0-only
/* luo-load plan: which objects lead from one kernel to another. */
#include <getopt.h>
#include <string.h>

#include "cmd/kernels.h"
#include "lib/store.h"

static const char usage[] =
	"Usage: luo-load plan --from KERNEL --to KERNEL [OPTIONS] [OBJECT|DIR ...]\n"
	"\n"
	"Shows for every format that the one kernel writes how it gets to what the other one\n"
	"reads: the shortest chain of objects that are proved right, what they lose, or what\n"
	"blocks it. KERNEL is a release, a profile, an image or a snapshot; of a snapshot only\n"
	"the formats count that are in it. Contents are judged by run and check.\n"
	"Objects for some hardware only: lines say for which, and with a snapshot what the\n"
	"devices in it get. A format that only such objects carry is blocked without one.\n"
	"\n"
	"  -f, --from KERNEL       that writes the state\n"
	"  -t, --to KERNEL         that reads it\n"
	"  -i, --input SNAPSHOT    a state that --from wrote, for formats that no release has\n"
	CMD_KERNELS_USAGE
	"      --no-verify         take objects that are not proved right, too; it is shown\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 there is a way, 1 system error, 2 usage, 3 blocked or untested, 5 bad object\n"
	"\n"
	"Example: luo-load plan --from 6.19 --to /boot/vmlinuz-7.3\n";

/* ---- JSON ----------------------------------------------------------------------------- */

static struct json_object *json_losses(const struct luo_object *obj)
{
	struct json_object *list = json_object_new_array(), *o;
	const char *tag = NULL, *why;
	char field[64];

	while (luo_object__loss(obj, &tag, field, sizeof(field), &why)) {
		o = json_object_new_object();
		cmd_json_add(o, "field", field);
		cmd_json_add(o, "why", why);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_step(const struct luo_planner *p, size_t at)
{
	const struct luo_object *obj = p->objects->objects[at];
	struct json_object *o = json_object_new_object();
	char hw[LUOB_HW_TEXT];

	cmd_json_add(o, "object", luo_object__prog(obj)->name);
	cmd_json_add(o, "path", luo_object__path(obj));
	cmd_json_add(o, "hardware", luob_limit__text(&luo_object__prog(obj)->limit, hw,
						     sizeof(hw)));
	cmd_json_add(o, "tier", luo_tier__name(luo_tier__of(luo_object__path(obj))));
	cmd_json_add(o, "sha256", p->info[at].digest);
	json_object_object_add(o, "verified", json_object_new_boolean(p->info[at].verified));
	json_object_object_add(o, "losses", json_losses(obj));
	return o;
}

static struct json_object *json_blockers(const struct luo_plan *plan, size_t row)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < plan->nr_blockers; i++) {
		if (plan->blockers[i].row != row)
			continue;
		o = json_object_new_object();
		cmd_json_add(o, "rule", plan->blockers[i].rule);
		cmd_json_add(o, "text", plan->blockers[i].text);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_row(const struct luo_plan *plan, size_t i)
{
	const struct luo_plan_row *row = &plan->rows[i];
	struct json_object *o = json_object_new_object(), *steps = json_object_new_array();
	unsigned int k;

	cmd_json_add(o, "family", row->from->family);
	cmd_json_add(o, "space", row->from->space);
	cmd_json_add(o, "from", row->from->string);
	cmd_json_add(o, "to", row->to ? row->to->string : "");
	cmd_json_add(o, "hardware", row->hardware);
	json_object_object_add(o, "records", json_object_new_int64(row->records));
	cmd_json_add(o, "verdict", luo_plan_verdict__name(row->verdict));
	json_object_object_add(o, "by_engine", json_object_new_boolean(row->by_engine));
	for (k = 0; k < row->nr_steps; k++)
		json_object_array_add(steps, json_step(plan->planner, row->steps[k]));
	json_object_object_add(o, "steps", steps);
	json_object_object_add(o, "blockers", json_blockers(plan, i));
	return o;
}

/* "from", "to", "verdict" and "formats"; owned by the caller. */
struct json_object *cmd_plan_json(const struct luo_plan *plan)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	cmd_json_add(o, "from", plan->from->core.release);
	cmd_json_add(o, "to", plan->to->core.release);
	cmd_json_add(o, "verdict", luo_plan_verdict__name(plan->verdict));
	for (i = 0; i < plan->nr_rows; i++)
		json_object_array_add(list, json_row(plan, i));
	json_object_object_add(o, "formats", list);
	return o;
}

/* ---- text ----------------------------------------------------------------------------- */

static void print_step(const struct luo_planner *p, size_t at)
{
	const struct luo_object *obj = p->objects->objects[at];
	const struct luo_plan_object *info = &p->info[at];
	const struct luob_limit *limit = &luo_object__prog(obj)->limit;
	char hw[LUOB_HW_TEXT];

	fputs("    ", stdout);
	cmd_put("%-22s", luo_object__prog(obj)->name);
	printf(" %s%s%s  sha256 %.*s  %s%s%s\n", cmd_style(info->verified ? CMD_GOOD : CMD_WARN),
	       info->verified ? "verified" : "not verified", cmd_style(CMD_PLAIN),
	       cmd_opts.verbose ? 64 : 12, info->digest,
	       luo_tier__name(luo_tier__of(luo_object__path(obj))),
	       luob_limit__any(limit) ? "" : "  for ", luob_limit__text(limit, hw, sizeof(hw)));
}

static void print_blockers(const struct luo_plan *plan, size_t row)
{
	size_t i;

	for (i = 0; i < plan->nr_blockers; i++) {
		if (plan->blockers[i].row != row)
			continue;
		printf("    %s%s%s: ", cmd_style(CMD_BAD), plan->blockers[i].rule,
		       cmd_style(CMD_PLAIN));
		cmd_put("%s", plan->blockers[i].text);
		putchar('\n');
	}
}

static void print_row(const struct luo_plan *plan, size_t i)
{
	const struct luo_plan_row *row = &plan->rows[i];
	struct luo_plan_loss loss = {};
	unsigned int k;

	printf("  %s%-10s%s ", cmd_verdict_style(row->verdict),
	       luo_plan_verdict__name(row->verdict), cmd_style(CMD_PLAIN));
	cmd_put("%-14s %s", row->from->family, row->from->string);
	if (row->to && (row->nr_steps || row->by_engine))
		cmd_put(" -> %s%s", row->to->string, row->by_engine ? "  by luo-load" : "");
	if (*row->hardware)
		printf("  for %s", row->hardware);
	if (row->records)
		printf(", %llu record%s", (unsigned long long)row->records,
		       row->records == 1 ? "" : "s");
	putchar('\n');
	for (k = 0; k < row->nr_steps; k++)
		print_step(plan->planner, row->steps[k]);
	while (luo_plan__next_loss(plan, row, &loss)) {
		cmd_put("    loses %s, by %s: %s", loss.field, loss.object, loss.why);
		putchar('\n');
	}
	print_blockers(plan, i);
}

static void print_text(const struct luo_plan *plan)
{
	size_t i;

	printf("%s%s%s -> %s%s%s: %s\n", cmd_style(CMD_BOLD), plan->from->core.release,
	       cmd_style(CMD_PLAIN), cmd_style(CMD_BOLD), plan->to->core.release,
	       cmd_style(CMD_PLAIN), luo_plan_verdict__name(plan->verdict));
	for (i = 0; i < plan->nr_rows; i++)
		print_row(plan, i);
}

/* ---- the command ---------------------------------------------------------------------- */

struct args {
	struct cmd_kernels_opts kernels;
	const char *from;
	const char *to;
	const char *input;
};

static int show(const struct args *a, const struct luo_plan *plan)
{
	int code = plan->verdict < LUO_PLAN_UNTESTED ? LUO_EXIT_OK : LUO_EXIT_REFUSED;
	struct json_object *o;

	if (cmd_opts.json) {
		o = cmd_plan_json(plan);
		json_object_object_add(o, "exit", json_object_new_int(code));
		cmd_json(o);
		return code;
	}
	print_text(plan);
	fflush(stdout);
	return !code ? code : cmd_error(code, a->input ? a->input : a->from,
					"%s on the way to %s, %zu blocker%s",
					luo_plan_verdict__name(plan->verdict), a->to,
					plan->nr_blockers, plan->nr_blockers == 1 ? "" : "s");
}

static int make_plan(const struct args *a, struct cmd_kernels *k)
{
	struct luo_plan plan;
	int code;

	code = cmd_kernels_open(k, &a->kernels);
	if (!code)
		code = a->input ? cmd_kernels_add_state(k, a->input, a->from) :
				  cmd_kernels_add(k, a->from);
	if (!code)
		code = cmd_kernels_add(k, a->to);
	if (code)
		return code;
	if (luo_plan__make(&plan, &k->planner, k->profiles[0], k->profiles[1]))
		code = cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	else
		code = show(a, &plan);
	luo_plan__free(&plan);
	return code;
}

enum { OPT_TIERS = 256, OPT_ONLY, OPT_NO_VERIFY };

static const struct option options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "to", required_argument, NULL, 't' },
	{ "input", required_argument, NULL, 'i' },
	{ "tiers", required_argument, NULL, OPT_TIERS },
	{ "only", no_argument, NULL, OPT_ONLY },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse(int argc, char **argv, struct args *a)
{
	int c, code;

	while ((c = getopt_long(argc, argv, ":f:t:i:jvh", options, NULL)) >= 0) {
		switch (c) {
		case 'f': a->from = optarg; break;
		case 't': a->to = optarg; break;
		case 'i': a->input = optarg; break;
		case OPT_TIERS:
			code = cmd_kernels_tiers("plan", optarg);
			if (code)
				return code;
			break;
		case OPT_ONLY: a->kernels.only = true; break;
		case OPT_NO_VERIFY: a->kernels.no_verify = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "plan", "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "plan", "unknown option '%s'; see "
								  "luo-load plan --help",
					  argv[optind - 1]);
		}
	}
	a->kernels.objects = argv + optind;
	a->kernels.nr_objects = argc - optind;
	if (!a->from || !a->to)
		return cmd_error(LUO_EXIT_USAGE, "plan", "--%s KERNEL is missing; see luo-load "
							 "plan --help", a->from ? "to" : "from");
	return 0;
}

int cmd_plan(int argc, char **argv)
{
	struct cmd_kernels k = {};
	struct args a = {};
	int code;

	code = parse(argc, argv, &a);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	code = make_plan(&a, &k);
	cmd_kernels_close(&k);
	return code;
}
