// SPDX-License-Identifier: GPL-2.0-only
/* luo-load inspect: show the state in a snapshot. */
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "cmd/inspect_int.h"
#include "lib/objects.h"

static const char usage[] =
	"Usage: luo-load inspect SNAPSHOT [OPTIONS] [OBJECT|DIR ...]\n"
	"       luo-load inspect --live [-v] [-j]\n"
	"\n"
	"Shows the live-update state in a snapshot: sessions, files, their records, and what\n"
	"else the kernel hands over. Nothing but records is read. Structures that are not in\n"
	"the catalogue are looked up in objects.\n"
	"\n"
	"      --live              what LUO holds in this kernel: not frozen, so nobody can be\n"
	"                          held to it. Needs luo_bpf.ko and root\n"
	"      --from PROFILE      profile file of the kernel, if no release fits\n"
	"      --root ADDRESS      physical address of the KHO root, if it is not found\n"
	"  -v, --verbose           whole lists, addresses, and the raw fields of each record\n"
	"  -j, --json              everything as JSON\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0 shown, 1 system error, 2 usage, 3 damaged, not frozen, or no state,\n"
	"5 bad object\n"
	"\n"
	"Example: luo-load inspect old.core\n"
	"         luo-load inspect -j old.core | jq '.subtrees[] | select(.name == \"LUO\")'\n";

struct args {
	const char *path;
	const char *profile;
	__u64 root;
	bool live;
	char **objects;
	int nr_objects;
};

enum { OPT_FROM = 256, OPT_ROOT, OPT_LIVE };

static const struct option options[] = {
	{ "from", required_argument, NULL, OPT_FROM },
	{ "root", required_argument, NULL, OPT_ROOT },
	{ "live", no_argument, NULL, OPT_LIVE },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse_root(const char *text, __u64 *root)
{
	char *end;

	errno = 0;
	*root = strtoull(text, &end, 0);
	if (errno || *end || end == text || *text == '-' || !*root)
		return cmd_error(LUO_EXIT_USAGE, "inspect", "--root '%s' is no address", text);
	return 0;
}

static int parse(int argc, char **argv, struct args *a)
{
	int c, err;

	while ((c = getopt_long(argc, argv, ":jvh", options, NULL)) >= 0) {
		switch (c) {
		case OPT_FROM: a->profile = optarg; break;
		case OPT_ROOT:
			err = parse_root(optarg, &a->root);
			if (err)
				return err;
			break;
		case OPT_LIVE: a->live = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':':
			return cmd_error(LUO_EXIT_USAGE, "inspect",
					 "option '%s' needs an argument", argv[optind - 1]);
		default:
			return cmd_error(LUO_EXIT_USAGE, "inspect",
					 "unknown option '%s'; see luo-load inspect --help",
					 argv[optind - 1]);
		}
	}
	if (a->live)
		return 0;
	if (optind == argc)
		return cmd_error(LUO_EXIT_USAGE, "inspect",
				 "SNAPSHOT is missing; see luo-load inspect --help");
	a->path = argv[optind];
	a->objects = argv + optind + 1;
	a->nr_objects = argc - optind - 1;
	return 0;
}

/* The catalogue will do: installed objects only add structures that are not in it. */
static int open_objects(struct luo_objects *o, const struct args *a)
{
	char msg[400] = "no memory", where[2300];
	int i, err;

	if (luo_objects__open(o, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	for (i = 0; i < a->nr_objects; i++) {
		err = luo_objects__add(o, a->objects[i], msg, sizeof(msg));
		if (err)
			return cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR,
					 a->objects[i], "%s", msg);
	}
	err = luo_objects__add_installed(o, where, sizeof(where), msg, sizeof(msg));
	if (err && err != -ENOENT)
		cmd_warn("%.500s: %s: its structures are not used", where, msg);
	return luo_objects__ready(o) ? cmd_error(LUO_EXIT_ERROR, NULL, "no memory") : 0;
}

static void put_row(const char *name)
{
	printf("  %s%-10s%s ", cmd_style(CMD_DIM), name, cmd_style(CMD_PLAIN));
}

/* What was found before it turned out that there is no state to show, too. */
static void print_origin(const char *path, const struct luo_state *st)
{
	printf("%s", cmd_style(CMD_BOLD));
	inspect_text(stdout, path, 4096);
	printf("%s\n", cmd_style(CMD_PLAIN));
	if (st->release[0]) {
		put_row("release");
		inspect_text(stdout, st->release, sizeof(st->release));
		printf(" (from the %s)", st->release_from);
		if (st->profile) {
			fputs(", read as ", stdout);
			inspect_text(stdout, st->profile->core.release, 32);
		}
		putchar('\n');
	}
	put_row("KHO");
	inspect_text(stdout, st->root.compatible, sizeof(st->root.compatible));
	printf(", root at 0x%llx (from the %s)\n", (unsigned long long)st->root_pa,
	       st->root_found);
}

/* A profile that cannot be used is no fault of the state. */
static int check_profile(const struct luo_type_set *set, const char *path)
{
	char msg[400] = "no memory";
	struct luo_profile *p;
	int err;

	err = luo_profile__read(&p, path, set, msg, sizeof(msg));
	if (err)
		return cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, path,
				 "%s", msg);
	luo_profile__free(p);
	return 0;
}

static int open_state(struct luo_state *st, struct luo_objects *o, const struct args *a)
{
	struct luo_type_set set = luo_objects__types(o);
	struct luo_state_opts opts = { .types = &set, .profile = a->profile, .root = a->root };
	enum luo_state_error err;
	char msg[400] = "no memory";
	int code = a->profile ? check_profile(&set, a->profile) : 0;

	if (code)
		return code;
	err = luo_state__open(st, a->path, &opts, msg, sizeof(msg));
	if (!err)
		return 0;
	if (err == LUO_STATE_SYSTEM)
		return cmd_error(LUO_EXIT_ERROR, a->path, "%s", msg);
	if (st->root.format && !cmd_opts.json) {
		print_origin(a->path, st);
		fflush(stdout);
	}
	return cmd_error(LUO_EXIT_REFUSED, a->path, "%s: %s", st->rule, msg);
}

const char *inspect_frozen(const struct luo_inspect *in)
{
	static const char *const words[] = {
		[LUOB_YES] = "frozen",
		[LUOB_NO] = "NOT FROZEN",
		[LUOB_UNKNOWN] = "not known to be frozen",
	};

	return words[in->frozen];
}

static void print_scratch(const struct luo_state *st)
{
	__u64 bytes = 0;
	size_t i;

	put_row("scratch");
	if (!st->nr_scratch) {
		puts("the snapshot does not tell");
		return;
	}
	for (i = 0; i < st->nr_scratch; i++)
		bytes += st->scratch[i].len;
	printf("%zu area%s, ", st->nr_scratch, st->nr_scratch == 1 ? "" : "s");
	inspect_bytes(bytes);
	putchar('\n');
	for (i = 0; cmd_opts.verbose && i < st->nr_scratch; i++) {
		put_row("");
		printf("0x%llx, ", (unsigned long long)st->scratch[i].pa);
		inspect_bytes(st->scratch[i].len);
		putchar('\n');
	}
}

/* The objects of a hop on one line, what they lost on others. */
static void print_hop(const struct luo_hop *h)
{
	const struct luo_hop_step *s;
	size_t i, k;

	put_row("");
	printf("%u: %s -> %s", h->number, h->from, h->to);
	for (i = 0; i < h->nr_steps; i++) {
		s = &h->steps[i];
		printf("%s %s %.*s%s", i ? "," : " by", s->object, cmd_opts.verbose ? 64 : 12,
		       s->digest, s->verified ? "" : " (not verified)");
	}
	putchar('\n');
	for (i = 0; i < h->nr_steps; i++) {
		s = &h->steps[i];
		for (k = 0; k < s->nr_losses; k++) {
			put_row("");
			printf("   lost %s, %s: %s\n", s->losses[k].field, s->object,
			       s->losses[k].why);
		}
	}
}

static void print_way(const struct luo_provenance *way)
{
	size_t i;

	if (!way->nr)
		return;
	put_row("way");
	printf("written first by %s, then carried %u time%s:\n", way->origin,
	       way->hops[way->nr - 1].number, way->hops[way->nr - 1].number == 1 ? "" : "s");
	for (i = 0; i < way->nr; i++)
		print_hop(&way->hops[i]);
}

static void print_header(const char *path, const struct luo_inspect *in)
{
	static const enum cmd_style styles[] = {
		[LUOB_YES] = CMD_GOOD,
		[LUOB_NO] = CMD_BAD,
		[LUOB_UNKNOWN] = CMD_WARN,
	};
	const struct luo_state *st = in->st;

	print_origin(path, st);
	put_row("state");
	printf("%s%s%s: %s\n", cmd_style(styles[in->frozen]), inspect_frozen(in),
	       cmd_style(CMD_PLAIN), in->why);
	put_row("content");
	printf("%llu session%s, %llu file%s, ", (unsigned long long)in->sessions,
	       in->sessions == 1 ? "" : "s", (unsigned long long)in->files,
	       in->files == 1 ? "" : "s");
	inspect_bytes(in->content);
	putchar('\n');
	put_row("preserved");
	printf("%zu ranges, ", st->preserved_nr);
	inspect_bytes(st->preserved_bytes);
	printf("; memory map of %zu pages\n", st->map_pages.nr);
	print_scratch(st);
	print_way(&in->way);
}

static void print_damage(const struct luo_inspect *in)
{
	size_t nr = in->nr_kept, i;

	if (nr > INSPECT_SHOWN && !cmd_opts.verbose)
		nr = INSPECT_SHOWN;
	for (i = 0; i < nr; i++) {
		const struct luo_damage *d = &in->damage[i];

		printf("%sdamage:%s %s", cmd_style(CMD_BAD), cmd_style(CMD_PLAIN), d->rule);
		if (d->record[0])
			putchar(' ');
		inspect_text(stdout, d->record, sizeof(d->record));
		if (d->field[0])
			fputs(" field ", stdout);
		inspect_text(stdout, d->field, sizeof(d->field));
		fputs(": ", stdout);
		inspect_text(stdout, d->text, sizeof(d->text));
		putchar('\n');
	}
	if (nr < in->nr_damage)
		printf("%sdamage:%s ... and %llu more%s\n", cmd_style(CMD_BAD),
		       cmd_style(CMD_PLAIN), (unsigned long long)(in->nr_damage - nr),
		       cmd_opts.verbose ? "" : " (-v shows them)");
}

static void print_footer(const struct luo_inspect *in)
{
	if (in->nr_damage || in->loose)
		putchar('\n');
	if (in->unknown && in->loose)
		printf("%snote:%s %llu preserved ranges (%llu bytes) belong to what was not "
		       "followed, or to nothing\n",
		       cmd_style(CMD_WARN), cmd_style(CMD_PLAIN), (unsigned long long)in->loose,
		       (unsigned long long)in->loose_bytes);
	print_damage(in);
}

static int print_text(struct luo_inspect *in, const char *path, int code)
{
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

	print_header(path, in);
	if (inspect_tree(in, utf8))
		return cmd_error(LUO_EXIT_ERROR, path, "no memory");
	print_footer(in);
	fflush(stdout);
	if (in->frozen == LUOB_NO)
		return cmd_error(code, path, "NOT_FROZEN: %s; dump the machine at machine_kexec()",
				 in->why);
	if (in->nr_damage)
		return cmd_error(code, path, "the state is damaged in %llu place%s",
				 (unsigned long long)in->nr_damage, in->nr_damage == 1 ? "" : "s");
	return code;
}

static int inspect(struct luo_state *st, const char *path)
{
	struct luo_inspect in;
	int code;

	if (luo_inspect__open(&in, st)) {
		code = cmd_error(LUO_EXIT_ERROR, path, "no memory");
	} else {
		code = in.nr_damage || in.frozen == LUOB_NO ? LUO_EXIT_REFUSED :
								     LUO_EXIT_OK;
		code = cmd_opts.json ? inspect_json(&in, path, code) : print_text(&in, path, code);
	}
	luo_inspect__close(&in);
	return code;
}

int cmd_inspect(int argc, char **argv)
{
	struct luo_objects objects = {};
	struct luo_state st = {};
	struct args args = {};
	int code;

	setlocale(LC_CTYPE, "");
	code = parse(argc, argv, &args);
	if (code)
		return code < 0 ? LUO_EXIT_OK : code;
	if (args.live)
		return inspect_live();
	code = open_objects(&objects, &args);
	if (!code)
		code = open_state(&st, &objects, &args);
	if (!code)
		code = inspect(&st, args.path);
	luo_state__close(&st);
	luo_objects__free(&objects);
	return code;
}
