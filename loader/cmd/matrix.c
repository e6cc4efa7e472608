// SPDX-License-Identifier: GPL-2.0-only
/* luo-load matrix: which kernels can follow which, and how that is known. */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "cmd/matrix.h"

#define MAX_FILES	64
#define MAX_RELEASES	16

static const char usage[] =
	"Usage: luo-load matrix [OPTIONS] [KERNEL ...]\n"
	"       luo-load matrix [OPTIONS] --policy FILE\n"
	"\n"
	"Shows for every ordered pair of kernels whether state is read as it was written\n"
	"(identical), translated, translated with declared losses (lossy), not known to arrive\n"
	"right because the verifier cannot tell (untested), or blocked, and the evidence for it:\n"
	"from files *.evidence beside the objects, as long as the objects are still those that\n"
	"it is about. KERNEL is a release, a profile or an image; all releases without any.\n"
	"\n"
	"  -p, --policy FILE       the kernels are those of FILE, and its promises are checked;\n"
	"                          formats and objects are listed that none of them needs\n"
	"  -e, --evidence FILE     read this, too; may be repeated\n"
	"  -O, --objects PATH      objects, before the installed ones; may be repeated\n"
	CMD_KERNELS_USAGE
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 shown, 1 system error, 2 usage, 3 a promise is not covered, 5 bad object\n"
	"\n"
	"Example: luo-load matrix --policy /etc/luo-bpf/policy\n";

struct args {
	struct cmd_kernels_opts kernels;
	char *objects[MAX_FILES];
	const char *evidence[MAX_FILES];
	size_t nr_evidence;
	const char *policy;
	bool tiers;
	char **names;
	size_t nr_names;
};

static int read_policy(struct matrix *m, const struct args *a, struct luo_policy *policy)
{
	char msg[400];
	int err;

	if (!a->policy)
		return 0;
	err = luo_policy__read(policy, a->policy, msg, sizeof(msg));
	if (err)
		return cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, a->policy, "%s",
				 msg);
	m->policy = policy;
	/* Before objects are looked for. */
	return *policy->tiers && !a->tiers ? cmd_kernels_tiers(a->policy, policy->tiers) : 0;
}

static int read_evidence(struct matrix *m, const struct args *a)
{
	char msg[400], where[2300];
	size_t i;
	int err = 0;

	if (!a->kernels.only)
		err = luo_evidences__read_installed(&m->evidence, where, sizeof(where), msg,
						    sizeof(msg));
	for (i = 0; i < a->nr_evidence && !err; i++) {
		snprintf(where, sizeof(where), "%s", a->evidence[i]);
		err = luo_evidences__read(&m->evidence, a->evidence[i], msg, sizeof(msg));
	}
	return !err ? 0 : cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, where, "%s",
				    msg);
}

static int add_kernels(struct matrix *m, const struct args *a)
{
	const char *releases[MAX_RELEASES];
	size_t i, nr = a->nr_names;
	int code = 0;

	if (m->policy)
		nr = m->policy->nr_kernels;
	else if (!nr)
		nr = luo_profile__releases(releases, MAX_RELEASES);
	for (i = 0; i < nr && !code; i++)
		code = cmd_kernels_add(&m->kernels, m->policy ? m->policy->kernels[i].name :
					      a->nr_names ? a->names[i] : releases[i]);
	return code;
}

static int show(struct matrix *m, const struct args *a)
{
	int code = LUO_EXIT_OK;

	if (luo_matrix__make(&m->table, &m->kernels.planner, m->kernels.profiles, m->kernels.nr,
			     &m->evidence) ||
	    (m->policy && luo_policy__check(&m->result, m->policy, &m->table)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	if (m->result.nr_open)
		code = LUO_EXIT_REFUSED;
	if (cmd_opts.json) {
		matrix_json(m, code);
		return code;
	}
	matrix_text(m);
	fflush(stdout);
	return !code ? code : cmd_error(code, a->policy, "%zu of %zu promised pairs are not "
					"covered", m->result.nr_open, m->result.nr_pairs);
}

static int matrix(const struct args *a)
{
	struct luo_policy policy = {};
	struct matrix m = {};
	int code;

	code = read_policy(&m, a, &policy);
	if (!code)
		code = cmd_kernels_open(&m.kernels, &a->kernels);
	if (!code)
		code = read_evidence(&m, a);
	if (!code)
		code = add_kernels(&m, a);
	if (!code)
		code = show(&m, a);
	luo_policy_result__free(&m.result);
	luo_matrix__free(&m.table);
	luo_evidences__free(&m.evidence);
	cmd_kernels_close(&m.kernels);
	luo_policy__free(&policy);
	return code;
}

enum { OPT_TIERS = 256, OPT_ONLY };

static const struct option options[] = {
	{ "policy", required_argument, NULL, 'p' },
	{ "evidence", required_argument, NULL, 'e' },
	{ "objects", required_argument, NULL, 'O' },
	{ "tiers", required_argument, NULL, OPT_TIERS },
	{ "only", no_argument, NULL, OPT_ONLY },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int too_many(const char *option)
{
	return cmd_error(LUO_EXIT_USAGE, "matrix", "more than %d times %s", MAX_FILES, option);
}

static int parse(int argc, char **argv, struct args *a)
{
	int c, code;

	a->kernels.objects = a->objects;
	while ((c = getopt_long(argc, argv, ":p:e:O:jvh", options, NULL)) >= 0) {
		switch (c) {
		case 'p': a->policy = optarg; break;
		case 'e':
			if (a->nr_evidence == MAX_FILES)
				return too_many("--evidence");
			a->evidence[a->nr_evidence++] = optarg;
			break;
		case 'O':
			if (a->kernels.nr_objects == MAX_FILES)
				return too_many("--objects");
			a->objects[a->kernels.nr_objects++] = optarg;
			break;
		case OPT_TIERS:
			a->tiers = true;
			code = cmd_kernels_tiers("matrix", optarg);
			if (code)
				return code;
			break;
		case OPT_ONLY: a->kernels.only = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "matrix", "option '%s' needs an "
					   "argument", argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "matrix", "unknown option '%s'; see "
					  "luo-load matrix --help", argv[optind - 1]);
		}
	}
	a->names = argv + optind;
	a->nr_names = argc - optind;
	if (a->policy && a->nr_names)
		return cmd_error(LUO_EXIT_USAGE, "matrix",
				 "the policy says which kernels: '%s' is one too many",
				 a->names[0]);
	return 0;
}

int cmd_matrix(int argc, char **argv)
{
	struct args a = {};
	int code = parse(argc, argv, &a);

	return code < 0 ? LUO_EXIT_OK : code ? code : matrix(&a);
}
