// SPDX-License-Identifier: GPL-2.0-only
/* luo-load evidence: what was found out about objects, by whom and when. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cmd/evidence.h"
#include "cmd/kernels.h"
#include "lib/matrix.h"

static const char usage[] =
	"Usage: luo-load evidence [list] [OPTIONS] [FILE ...]\n"
	"       luo-load evidence add --kind KIND [--from RELEASE --to RELEASE] [--failed]\n"
	"                             [--note TEXT] FILE [OBJECT ...]\n"
	"\n"
	"list shows the facts in evidence files, those beside the installed objects when none is\n"
	"named, and whether they count: a fact counts as long as the objects that it is about\n"
	"are there, byte by byte. add appends one fact about objects to FILE; verify, run and\n"
	"report do that themselves with --evidence FILE.\n"
	"\n"
	"  -k, --kind KIND         verified, round-trip, snapshot, or kernels: the second one\n"
	"                          took over what the first one handed to it\n"
	"      --from RELEASE      the kernel that wrote, as uname -r says\n"
	"      --to RELEASE        the kernel that read\n"
	"      --failed            it went wrong\n"
	"      --note TEXT         for people\n"
	"  -O, --objects PATH      list: objects besides the installed ones\n"
	CMD_KERNELS_USAGE
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, or a file that is not evidence, 5 bad object\n"
	"\n"
	"Example: luo-load evidence add -k kernels --from 7.1.13 --to 7.3.4 my.evidence \\\n"
	"                           luo_v1_to_v5.bpf.o\n";

struct args {
	struct cmd_kernels_opts kernels;
	char *object;		/* one is enough: it may be a directory */
	struct luo_evidence fact;
	bool kind;
	char **files;
	int nr_files;
};

/* A fact that begins now; objects are added by luo_evidence__add_step(). */
void cmd_evidence_new(struct luo_evidence *e, enum luo_evidence_kind kind, bool passed)
{
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->passed = passed;
	luo_evidence__now(e);
	snprintf(e->by, sizeof(e->by), "luo-load " LUO_VERSION);
}

/* Return: 0, or an exit code when all is said. */
int cmd_evidence_append(const char *path, const struct luo_evidence *e)
{
	char msg[400];
	int err = luo_evidence__append(path, e, msg, sizeof(msg));

	return !err ? 0 : cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, path, "%s",
				    msg);
}

int cmd_evidence_step(struct luo_evidence *e, const struct luo_object *obj)
{
	const void *bytes;
	size_t size;

	bytes = luo_object__bytes(obj, &size);
	return luo_evidence__add_step(e, luo_object__prog(obj)->name, bytes, size);
}

/* ---- list ----------------------------------------------------------------------------- */

static void print_fact(const struct luo_evidence *e, bool counts)
{
	unsigned int i;

	printf("%s%-10s%s %-6s %s  ",
	       cmd_style(!e->passed ? CMD_BAD : counts ? CMD_GOOD : CMD_DIM),
	       luo_evidence__name(e->kind), cmd_style(CMD_PLAIN), e->passed ? "passed" : "FAILED",
	       e->when);
	if (*e->from || *e->to)
		cmd_put("%s -> %s  ", e->from, e->to);
	puts(counts ? "counts" : "does not count: other objects");
	for (i = 0; i < e->nr_steps; i++) {
		cmd_put("    %-24s sha256 %.*s", e->steps[i].object, cmd_opts.verbose ? 64 : 12,
			e->steps[i].digest);
		putchar('\n');
	}
	if (*e->note)
		cmd_put("    %s", e->note);
	if (*e->note)
		putchar('\n');
}

static void print_facts(const struct luo_planner *p, const struct luo_evidences *all)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < all->nr; i++) {
		bool counts = luo_planner__fits(p, all->list[i]);

		if (!cmd_opts.json) {
			print_fact(all->list[i], counts);
			continue;
		}
		o = luo_evidence__json(all->list[i], true);
		json_object_object_add(o, "counts", json_object_new_boolean(counts));
		json_object_array_add(list, o);
	}
	if (cmd_opts.json)
		cmd_json(list);
	else
		json_object_put(list);
}

static int list_facts(struct args *a)
{
	char msg[400], where[2300];
	struct luo_evidences all = {};
	struct cmd_kernels k = {};
	int i, err = 0, code;

	a->kernels.objects = &a->object;
	a->kernels.nr_objects = a->object != NULL;
	code = cmd_kernels_open(&k, &a->kernels);
	if (!code && !a->nr_files)
		err = luo_evidences__read_installed(&all, where, sizeof(where), msg, sizeof(msg));
	for (i = 0; i < a->nr_files && !code && !err; i++) {
		snprintf(where, sizeof(where), "%s", a->files[i]);
		err = luo_evidences__read(&all, a->files[i], msg, sizeof(msg));
	}
	if (err)
		code = cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, where, "%s",
				 msg);
	if (!code)
		print_facts(&k.planner, &all);
	luo_evidences__free(&all);
	cmd_kernels_close(&k);
	return code;
}

/* ---- add ------------------------------------------------------------------------------ */

static int add_objects(struct args *a, struct luo_objects *objects)
{
	char msg[400] = "no memory";
	size_t k;
	int i, err;

	if (luo_objects__open(objects, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	for (i = 1; i < a->nr_files; i++) {
		err = luo_objects__add(objects, a->files[i], msg, sizeof(msg));
		if (err)
			return cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR,
					 a->files[i], "%s", msg);
	}
	for (k = 0; k < objects->nr; k++)
		if (cmd_evidence_step(&a->fact, objects->objects[k]))
			return cmd_error(LUO_EXIT_USAGE, "evidence", "more than %d objects",
					 LUO_EVIDENCE_STEPS);
	return 0;
}

static int check_fact(const struct luo_evidence *e)
{
	bool pair = e->kind == LUO_EVIDENCE_KERNELS || e->kind == LUO_EVIDENCE_SNAPSHOT;
	unsigned int want = e->kind == LUO_EVIDENCE_ROUND_TRIP ? 2 : 1;

	if (pair && (!*e->from || !*e->to))
		return cmd_error(LUO_EXIT_USAGE, "evidence", "kind '%s' needs --from and --to",
				 luo_evidence__name(e->kind));
	if (!pair && e->nr_steps != want)
		return cmd_error(LUO_EXIT_USAGE, "evidence", "kind '%s' is about %u object%s",
				 luo_evidence__name(e->kind), want, want == 1 ? "" : "s");
	return 0;
}

static int add_fact(struct args *a)
{
	struct luo_objects objects = {};
	int code;

	if (!a->kind || !a->nr_files)
		return cmd_error(LUO_EXIT_USAGE, "evidence", "add needs --kind KIND and FILE; see "
				 "luo-load evidence --help");
	code = add_objects(a, &objects);
	if (!code)
		code = check_fact(&a->fact);
	if (!code)
		code = cmd_evidence_append(a->files[0], &a->fact);
	luo_objects__free(&objects);
	return code;
}

/* ---- the command ---------------------------------------------------------------------- */

enum { OPT_FROM = 256, OPT_TO, OPT_FAILED, OPT_NOTE, OPT_TIERS, OPT_ONLY };

static const struct option options[] = {
	{ "kind", required_argument, NULL, 'k' },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "failed", no_argument, NULL, OPT_FAILED },
	{ "note", required_argument, NULL, OPT_NOTE },
	{ "objects", required_argument, NULL, 'O' },
	{ "tiers", required_argument, NULL, OPT_TIERS },
	{ "only", no_argument, NULL, OPT_ONLY },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int take_text(char *to, size_t size, const char *option)
{
	if (snprintf(to, size, "%s", optarg) < (int)size)
		return 0;
	return cmd_error(LUO_EXIT_USAGE, "evidence", "%s: at most %zu bytes", option, size - 1);
}

static int take_option(struct args *a, int c)
{
	struct luo_evidence *e = &a->fact;

	switch (c) {
	case 'k':
		a->kind = true;
		return !luo_evidence__kind(optarg, &e->kind) ? 0 :
		       cmd_error(LUO_EXIT_USAGE, "evidence", "no kind '%s': verified, round-trip, "
				 "snapshot or kernels", optarg);
	case OPT_FROM: return take_text(e->from, sizeof(e->from), "--from");
	case OPT_TO: return take_text(e->to, sizeof(e->to), "--to");
	case OPT_NOTE: return take_text(e->note, sizeof(e->note), "--note");
	case OPT_FAILED: e->passed = false; return 0;
	case 'O': a->object = optarg; return 0;
	case OPT_TIERS: return cmd_kernels_tiers("evidence", optarg);
	case OPT_ONLY: a->kernels.only = true; return 0;
	case 'j': cmd_opts.json = true; return 0;
	case 'v': cmd_opts.verbose = true; return 0;
	default: fputs(usage, stdout); return -1;
	}
}

static int parse(int argc, char **argv, struct args *a)
{
	int c, code = 0;

	cmd_evidence_new(&a->fact, LUO_EVIDENCE_VERIFIED, true);
	while (!code && (c = getopt_long(argc, argv, ":k:O:jvh", options, NULL)) >= 0) {
		if (c == ':')
			return cmd_error(LUO_EXIT_USAGE, "evidence", "option '%s' needs an "
					 "argument", argv[optind - 1]);
		if (c == '?')
			return cmd_error(LUO_EXIT_USAGE, "evidence", "unknown option '%s'; see "
					 "luo-load evidence --help", argv[optind - 1]);
		code = take_option(a, c);
	}
	a->files = argv + optind;
	a->nr_files = argc - optind;
	return code;
}

int cmd_evidence(int argc, char **argv)
{
	bool adds = argc > 1 && !strcmp(argv[1], "add");
	struct args a = {};
	int code;

	if (adds || (argc > 1 && !strcmp(argv[1], "list"))) {
		argc--;
		argv++;
	}
	code = parse(argc, argv, &a);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	return adds ? add_fact(&a) : list_facts(&a);
}
