// SPDX-License-Identifier: GPL-2.0-only
/* luo-load install, uninstall: objects on this machine's disk. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/findings.h"
#include "lib/evidence.h"
#include "lib/install.h"

static const char install_usage[] =
	"Usage: luo-load install [OPTIONS] OBJECT|DIR|EVIDENCE ...\n"
	"\n"
	"Verifies objects and copies them to " LUO_DIR_LOCAL ", where all commands\n"
	"find them; files *.evidence go beside them. All or nothing.\n"
	"\n"
	"      --tier TIER         stable, testing or local (the default)\n"
	"      --overlay           in " LUO_DIR_OVERLAY ", which comes before the others\n"
	"      --replace           in the place of other files of the same names\n"
	CMD_NO_VERIFY_USAGE
	"  -n, --dry-run           say what would be done\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 another file is there, 5 bad object,\n"
	"      6 an object is not proved right\n"
	"\n"
	"Example: luo-load install --tier testing memfd_v1_to_v2.bpf.o acme.evidence\n";

static const char uninstall_usage[] =
	"Usage: luo-load uninstall [OPTIONS] NAME ...\n"
	"\n"
	"Removes what luo-load install has put there: objects and evidence files, by name.\n"
	"What a package has put into " LUO_DIR_VENDOR " is hidden by an empty file of its\n"
	"name in " LUO_DIR_OVERLAY ".\n"
	"\n"
	"      --tier TIER         only from there: stable, testing or local\n"
	"      --overlay           only from " LUO_DIR_OVERLAY "\n"
	"  -n, --dry-run           say what would be done\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 done, 1 system error, 2 usage, 3 there is none of that name\n"
	"\n"
	"Example: luo-load uninstall --tier testing memfd_v1_to_v2\n";

/* One file on its way. */
struct item {
	const char *from;
	char to[2600];
	const void *bytes;
	size_t size;
	void *own;		/* @bytes, when no object has them */
	enum luo_place place;
};

struct args {
	const char *base;
	enum luo_tier tier;
	bool has_tier;
	bool overlay;
	bool replace;
	bool no_verify;
	bool dry;
	char **names;
	int nr;
};

struct install {
	const struct args *args;
	struct luo_objects objects;
	struct item *items;
	size_t nr;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && !strcmp(name + n - k, suffix);
}

/* ---- what is to be installed ---------------------------------------------------------- */

static int add_item(struct install *in, const char *from, const void *bytes, size_t size,
		    void *own)
{
	struct item *i;

	i = realloc(in->items, (in->nr + 1) * sizeof(*i));
	if (!i) {
		free(own);
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	}
	in->items = i;
	i += in->nr++;
	memset(i, 0, sizeof(*i));
	i->from = from;
	i->bytes = bytes;
	i->size = size;
	i->own = own;
	return 0;
}

/* What this program would not read is not installed. */
static int add_evidence(struct install *in, const char *path)
{
	struct luo_evidences all = {};
	char msg[400];
	FILE *f = NULL;
	char *text = NULL;
	long size;
	int err;

	err = luo_evidences__read(&all, path, msg, sizeof(msg));
	luo_evidences__free(&all);
	if (err)
		return cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, path,
				 "%s", msg);
	f = fopen(path, "re");
	size = f && !fseek(f, 0, SEEK_END) ? ftell(f) : -1;
	if (size > 0)
		text = malloc(size);
	if (text)
		rewind(f);
	err = !text || fread(text, size, 1, f) != 1;
	if (f)
		fclose(f);
	if (!err)
		return add_item(in, path, text, size, text);
	free(text);
	return cmd_error(LUO_EXIT_ERROR, path, "could not be read");
}

static int read_arguments(struct install *in)
{
	const struct args *a = in->args;
	char msg[400] = "no memory";
	int i, err, code = 0;

	if (luo_objects__open(&in->objects, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	for (i = 0; i < a->nr && !code; i++) {
		if (ends_in(a->names[i], LUO_SUFFIX_EVIDENCE)) {
			code = add_evidence(in, a->names[i]);
			continue;
		}
		err = luo_objects__add(&in->objects, a->names[i], msg, sizeof(msg));
		if (err)
			code = cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR,
					 a->names[i], "%s", msg);
	}
	return code;
}

static int judge_objects(struct install *in)
{
	const void *bytes;
	size_t i, size;
	int err, code = 0;

	if (luo_objects__ready(&in->objects))
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	err = luo_objects__judge(&in->objects, in->args->no_verify);
	if (err)
		return err == -EPERM ? cmd_unproved(&in->objects) :
				       cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	for (i = 0; i < in->objects.nr && !code; i++) {
		const struct luo_object *obj = in->objects.objects[i];
		const char *path = luo_object__path(obj);

		/* The bytes that were verified, whatever the file has become since. */
		bytes = luo_object__bytes(obj, &size);
		code = ends_in(path, LUO_SUFFIX_OBJECT) ?
		       add_item(in, path, bytes, size, NULL) :
		       cmd_error(LUO_EXIT_USAGE, path, "the name of an object ends in "
				 LUO_SUFFIX_OBJECT);
	}
	return code;
}

/* ---- where it goes -------------------------------------------------------------------- */

static int find_places(struct install *in)
{
	const struct args *a = in->args;
	char dir[2300];
	size_t i, k;
	int err;

	if (luo_store__dir(a->base, a->tier, dir, sizeof(dir)))
		return cmd_error(LUO_EXIT_USAGE, "install", "the root is too long");
	for (i = 0; i < in->nr; i++) {
		struct item *it = &in->items[i];

		if (snprintf(it->to, sizeof(it->to), "%s/%s", dir, base_name(it->from)) >=
		    (int)sizeof(it->to))
			return cmd_error(LUO_EXIT_USAGE, it->from, "the name is too long");
		for (k = 0; k < i; k++)
			if (!strcmp(in->items[k].to, it->to))
				return cmd_error(LUO_EXIT_USAGE, it->from, "%s has the same name",
						 in->items[k].from);
		err = luo_store__compare(it->to, it->bytes, it->size, &it->place);
		if (err)
			return cmd_error(LUO_EXIT_ERROR, it->to, "%s", strerror(-err));
		if (it->place == LUO_PLACE_OTHER && !a->replace)
			return cmd_error(LUO_EXIT_REFUSED, it->to, "another file is there; "
					 "--replace puts the new one in its place");
	}
	return 0;
}

static int write_files(struct install *in)
{
	size_t i;
	int err;

	for (i = 0; i < in->nr && !in->args->dry; i++) {
		if (in->items[i].place == LUO_PLACE_SAME)
			continue;
		err = luo_store__put(in->items[i].to, in->items[i].bytes, in->items[i].size);
		if (!err)
			continue;
		/* New files go; what was replaced stays replaced, as each was whole. */
		while (i-- > 0)
			if (in->items[i].place == LUO_PLACE_FREE)
				unlink(in->items[i].to);
		return cmd_error(LUO_EXIT_ERROR, in->items[0].to, "nothing is installed: %s",
				 strerror(-err));
	}
	return 0;
}

/* ---- what is said --------------------------------------------------------------------- */

static const char *verb(const struct install *in, const struct item *it)
{
	if (it->place == LUO_PLACE_SAME)
		return "there already";
	if (it->place == LUO_PLACE_OTHER)
		return in->args->dry ? "would replace" : "replaced";
	return in->args->dry ? "would install" : "installed";
}

/* Two objects for one step, or one that is not used: said now, not found out later. */
static void warn_unused(const struct install *in)
{
	struct luo_installed all;
	char msg[400];
	size_t i, k;
	int err;

	err = luo_installed__open(&all, msg, sizeof(msg));
	for (i = 0; i < in->nr && !err; i++) {
		bool found = false;

		for (k = 0; k < all.nr; k++) {
			const struct luo_installed_file *f = &all.files[k];

			if (strcmp(f->path, in->items[i].to))
				continue;
			found = true;
			if (f->state != LUO_INSTALLED_USED)
				cmd_warn("%s is not used: %s", f->path, f->why);
		}
		if (!found && ends_in(in->items[i].to, LUO_SUFFIX_OBJECT))
			cmd_warn("%s is not where this luo-load looks: see LUO_BPF_PATH in "
				 "luo-load(1)", in->items[i].to);
	}
	luo_installed__free(&all);
}

static void say_done(const struct install *in)
{
	struct json_object *list = cmd_opts.json ? json_object_new_array() : NULL, *o;
	size_t i;

	for (i = 0; i < in->nr; i++) {
		const struct item *it = &in->items[i];

		if (!list) {
			printf("%s %s\n", verb(in, it), it->to);
			continue;
		}
		o = json_object_new_object();
		json_object_object_add(o, "path", json_object_new_string(it->to));
		json_object_object_add(o, "from", json_object_new_string(it->from));
		json_object_object_add(o, "done", json_object_new_string(verb(in, it)));
		json_object_array_add(list, o);
	}
	fflush(stdout);
	if (list)
		cmd_json(list);
	if (!in->args->dry)
		warn_unused(in);
}

static int install(const struct args *a)
{
	struct install in = { .args = a };
	size_t i;
	int code;

	code = read_arguments(&in);
	if (!code)
		code = judge_objects(&in);
	if (!code)
		code = find_places(&in);
	if (!code)
		code = write_files(&in);
	if (!code)
		say_done(&in);
	for (i = 0; i < in.nr; i++)
		free(in.items[i].own);
	free(in.items);
	luo_objects__free(&in.objects);
	return code;
}

/* ---- uninstall ------------------------------------------------------------------------ */

struct found {
	char paths[2 * LUO_NR_TIERS][2600];
	size_t nr;
};

/* "memfd_v1_to_v2", or with its suffix. */
static void look_in(struct found *f, const char *base, enum luo_tier tier, const char *name)
{
	static const char *const suffixes[] = { "", LUO_SUFFIX_OBJECT };
	char dir[2300];
	size_t i;

	if (luo_store__dir(base, tier, dir, sizeof(dir)))
		return;
	for (i = 0; i < 2; i++) {
		if (!i && !ends_in(name, LUO_SUFFIX_OBJECT) && !ends_in(name, LUO_SUFFIX_EVIDENCE))
			continue;
		if (snprintf(f->paths[f->nr], sizeof(f->paths[0]), "%s/%s%s", dir, name,
			     suffixes[i]) < (int)sizeof(f->paths[0]) &&
		    !access(f->paths[f->nr], F_OK)) {
			f->nr++;
			return;
		}
	}
}

static void find_file(struct found *f, const struct args *a, const char *name)
{
	static const char *const bases[] = { LUO_DIR_OVERLAY, LUO_DIR_LOCAL };
	enum luo_tier t;
	size_t i;

	for (i = 0; i < 2; i++)
		for (t = 0; t < LUO_NR_TIERS; t++)
			if ((!a->has_tier || t == a->tier) &&
			    (!a->overlay || !strcmp(bases[i], LUO_DIR_OVERLAY)))
				look_in(f, bases[i], t, name);
}

static int find_one(struct found *f, const struct args *a, const char *name)
{
	struct found vendor = {};

	if (strchr(name, '/'))
		return cmd_error(LUO_EXIT_USAGE, name, "name an object, not a path");
	find_file(f, a, name);
	if (f->nr == 1)
		return 0;
	if (f->nr)
		return cmd_error(LUO_EXIT_USAGE, name, "%s and %s: say --tier or --overlay",
				 f->paths[0], f->paths[1]);
	look_in(&vendor, LUO_DIR_VENDOR, LUO_TIER_STABLE, name);
	if (vendor.nr)
		return cmd_error(LUO_EXIT_REFUSED, name, "%s belongs to a package: remove that, "
				 "or hide it by an empty file of its name in " LUO_DIR_OVERLAY,
				 vendor.paths[0]);
	return cmd_error(LUO_EXIT_REFUSED, name, "not installed; luo-load list --installed shows "
			 "what is");
}

/* Directories that install has made go with what was last in them. */
static void remove_empty(const char *file)
{
	int levels = luo_tier__of(file) == LUO_TIER_STABLE ? 1 : 2;
	char dir[2600];

	snprintf(dir, sizeof(dir), "%s", file);
	for (; levels; levels--) {
		*strrchr(dir, '/') = 0;
		if (rmdir(dir))
			return;
	}
}

static int uninstall(const struct args *a)
{
	struct json_object *list;
	int i, code = 0;

	struct found *found = calloc(a->nr, sizeof(*found));

	if (!found)
		return cmd_error(LUO_EXIT_ERROR, NULL, "no memory");
	for (i = 0; i < a->nr && !code; i++)
		code = find_one(&found[i], a, a->names[i]);
	list = cmd_opts.json && !code ? json_object_new_array() : NULL;
	for (i = 0; i < a->nr && !code; i++) {
		if (!a->dry && unlink(found[i].paths[0]))
			code = cmd_error(LUO_EXIT_ERROR, found[i].paths[0], "%s", strerror(errno));
		else if (list)
			json_object_array_add(list, json_object_new_string(found[i].paths[0]));
		else
			printf("%s %s\n", a->dry ? "would remove" : "removed", found[i].paths[0]);
		if (!a->dry && !code)
			remove_empty(found[i].paths[0]);
	}
	if (list && !code)
		cmd_json(list);
	else
		json_object_put(list);
	free(found);
	return code;
}

/* ---- the commands --------------------------------------------------------------------- */

enum { OPT_TIER = 256, OPT_OVERLAY, OPT_REPLACE, OPT_NO_VERIFY };

static const struct option install_options[] = {
	{ "tier", required_argument, NULL, OPT_TIER },
	{ "overlay", no_argument, NULL, OPT_OVERLAY },
	{ "replace", no_argument, NULL, OPT_REPLACE },
	{ "no-verify", no_argument, NULL, OPT_NO_VERIFY },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static const struct option uninstall_options[] = {
	{ "tier", required_argument, NULL, OPT_TIER },
	{ "overlay", no_argument, NULL, OPT_OVERLAY },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int parse(int argc, char **argv, const struct option *options, const char *usage,
		 struct args *a)
{
	const char *command = argv[0];
	int c;

	a->base = LUO_DIR_LOCAL;
	a->tier = LUO_TIER_LOCAL;
	while ((c = getopt_long(argc, argv, ":njh", options, NULL)) >= 0) {
		switch (c) {
		case OPT_TIER:
			a->has_tier = true;
			if (luo_tier__parse(optarg, strlen(optarg), &a->tier))
				return cmd_error(LUO_EXIT_USAGE, command, "no tier '%s': stable, "
						 "testing or local", optarg);
			break;
		case OPT_OVERLAY:
			a->overlay = true;
			a->base = LUO_DIR_OVERLAY;
			break;
		case OPT_REPLACE: a->replace = true; break;
		case OPT_NO_VERIFY: a->no_verify = true; break;
		case 'n': a->dry = true; break;
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, command, "option '%s' needs an "
					   "argument", argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, command, "unknown option '%s'; see "
					  "luo-load %s --help", argv[optind - 1], command);
		}
	}
	a->names = argv + optind;
	a->nr = argc - optind;
	return a->nr ? 0 : cmd_error(LUO_EXIT_USAGE, command, "nothing is named; see luo-load %s "
				     "--help", command);
}

int cmd_install(int argc, char **argv)
{
	struct args a = {};
	int code = parse(argc, argv, install_options, install_usage, &a);

	return code < 0 ? LUO_EXIT_OK : code ? code : install(&a);
}

int cmd_uninstall(int argc, char **argv)
{
	struct args a = {};
	int code = parse(argc, argv, uninstall_options, uninstall_usage, &a);

	return code < 0 ? LUO_EXIT_OK : code ? code : uninstall(&a);
}
