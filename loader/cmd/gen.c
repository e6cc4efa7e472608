// SPDX-License-Identifier: GPL-2.0-only
/* luo-load gen: source of translators and acceptors between two kernels. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/spec.h"
#include "lib/gen.h"
#include "lib/layout.h"

#define MAX_FILE	(4 << 20)

static const char usage[] =
	"Usage: luo-load gen [-j] [-o DIR] A B [FAMILY]\n"
	"       luo-load gen [-j] [-o DIR] --type [FILE:]STRUCT@STRING [FILE:]STRUCT@STRING \\\n"
	"                    --family FAMILY [--include HEADER]\n"
	"\n"
	"Writes translators in both directions, acceptors of both sides, and a test with values\n"
	"at the limits of every field, for each family whose format changes from A to B. A and B\n"
	"are releases, profiles or images. What is mechanical is complete. What a person has to\n"
	"decide is an #error between \"gen: INIT\" (a new field), \"gen: DROP\" and\n"
	"\"gen: LOSS\" (a field without room) and \"gen: end\". What stands there is kept when\n"
	"files are written again; a file that was changed elsewhere is left alone.\n"
	"\n"
	"  -o, --output DIR      where to write (default: here)\n"
	"  -t, --type            two structures with tags, of the catalogue or of a BPF object,\n"
	"                        for formats that no kernel of the catalogue has\n"
	"  -f, --family FAMILY   with --type: their family\n"
	"  -I, --include HEADER  with --type: where they are declared\n"
	"  -j, --json  -h, --help\n"
	"\n"
	"Exit: 0 written, 1 system error, 2 usage, 3 not written: a layout that gen has no\n"
	"source for, or a file that was changed by hand\n"
	"\n"
	"Example: luo-load gen 6.19 7.1 memfd && luo-load verify memfd_v1_to_v2.bpf.o\n";

struct args {
	const char *a;
	const char *b;
	const char *family;
	const char *dir;
	const char *include;
	bool type;
};

struct work {
	const struct args *args;
	struct json_object *list;
	size_t pairs;
	int code;
};

/* ---- one file ------------------------------------------------------------------------- */

static int read_old(const char *path, char **text, size_t *size)
{
	FILE *f = fopen(path, "re");
	int err = 0;

	*text = NULL;
	if (!f)
		return errno == ENOENT ? 0 : -errno;
	*text = malloc(MAX_FILE);
	*size = *text ? fread(*text, 1, MAX_FILE, f) : 0;
	if (!*text)
		err = -ENOMEM;
	else if (ferror(f))
		err = -EIO;
	else if (*size == MAX_FILE)
		err = -EFBIG;
	fclose(f);
	return err;
}

static int write_new(const char *path, const struct gen_file *file)
{
	char part[4200];
	int err = 0;
	FILE *f;

	snprintf(part, sizeof(part), "%s.part", path);
	f = fopen(part, "we");
	if (!f)
		return -errno;
	if (fwrite(file->text, 1, file->size, f) != file->size)
		err = -EIO;
	if (fclose(f) && !err)
		err = -errno;
	if (!err && rename(part, path))
		err = -errno;
	if (err)
		unlink(part);
	return err;
}

static void say(struct work *w, const struct gen_file *file)
{
	struct json_object *o;

	if (!cmd_opts.json) {
		printf("%s%s", file->name, file->stubs || file->kept ? ":" : "");
		if (file->stubs)
			printf(" %s%u place%s to fill%s", cmd_style(CMD_WARN), file->stubs,
			       file->stubs == 1 ? "" : "s", cmd_style(CMD_PLAIN));
		if (file->kept)
			printf("%s %u kept", file->stubs ? "," : "", file->kept);
		putchar('\n');
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "file", json_object_new_string(file->name));
	json_object_object_add(o, "stubs", json_object_new_int(file->stubs));
	json_object_object_add(o, "kept", json_object_new_int(file->kept));
	json_object_array_add(w->list, o);
}

/* Takes @file over. */
static int save(struct work *w, struct gen_file *file)
{
	char path[4096], msg[200] = "", *old = NULL;
	size_t old_size = 0;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s", w->args->dir, file->name) >= (int)sizeof(path))
		return cmd_error(LUO_EXIT_USAGE, w->args->dir, "too long");
	err = read_old(path, &old, &old_size);
	if (!err && old)
		err = gen__merge(file, old, old_size, msg, sizeof(msg));
	free(old);
	if (!err)
		err = gen__seal(file);
	if (!err)
		err = write_new(path, file);
	if (!err)
		say(w, file);
	free(file->text);
	file->text = NULL;
	return err ? cmd_error(err == -EEXIST ? LUO_EXIT_REFUSED : LUO_EXIT_ERROR, path, "%s",
			       *msg ? msg : strerror(-err)) : 0;
}

static int refused(const struct gen_side *a, const struct gen_side *b, int err, const char *msg)
{
	char subject[128];

	snprintf(subject, sizeof(subject), "%s to %s", a->string, b->string);
	return cmd_error(err == -ENOMEM ? LUO_EXIT_ERROR : LUO_EXIT_REFUSED, subject, "%s",
			 err == -ENOMEM ? "no memory" : msg);
}

static int one_way(struct work *w, const char *family, const struct gen_side *a,
		   const struct gen_side *b)
{
	struct gen_file file;
	char msg[400];
	int err, code;

	err = gen__translator(&file, family, a, b, msg, sizeof(msg));
	code = err ? refused(a, b, err, msg) : save(w, &file);
	if (code)
		return code;
	err = gen__test(&file, family, a, b, msg, sizeof(msg));
	return err ? refused(a, b, err, msg) : save(w, &file);
}

static int acceptor(struct work *w, const char *family, const struct gen_side *s, bool same)
{
	struct gen_file file;
	char msg[400];
	int err = gen__acceptor(&file, family, s, same, msg, sizeof(msg));

	return err ? refused(s, s, err, msg) : save(w, &file);
}

static int pair(struct work *w, const char *family, const struct gen_side *a,
		const struct gen_side *b)
{
	bool same = gen__same_words(family, a, b);
	int code;

	w->pairs++;
	code = one_way(w, family, a, b);
	if (!code)
		code = one_way(w, family, b, a);
	if (!code)
		code = acceptor(w, family, a, same);
	return code ? code : acceptor(w, family, b, same);
}

/* ---- kernels -------------------------------------------------------------------------- */

/* The structure of a format, with its tags, or none when gen has nothing to do with it. */
static int open_side(struct gen_side *s, const struct luo_abi *abi, const struct luo_fact *f,
		     struct luo_types *catalogue)
{
	struct luo_row row = {
		.family = f->family, .string = f->string, .space = f->space, .subtree = f->subtree,
		.type = f->type, .value = f->value,
	};
	char msg[200];

	*s = (struct gen_side){ .string = f->string, .release = abi->release };
	if (!*f->type || f->value)
		return 0;
	if (f->mark == LUO_INFERRED && abi->btf &&
	    !luo_abi__fits(abi, &row, catalogue, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_REFUSED, abi->release, "%s: %s; write the structure "
				 "down with tags and use --type", f->string, msg);
	s->type = luo_types__get(catalogue, f->type, msg, sizeof(msg));
	s->header = gen__header(f->type);
	if (!s->type || !s->header)
		return cmd_error(LUO_EXIT_REFUSED, f->string, "%s",
				 s->type ? "no header of kernel/abi/ has it" : msg);
	return 0;
}

static const struct luo_fact *of_family(const struct luo_abi *abi, const struct luo_fact *f)
{
	size_t i;

	for (i = 0; i < abi->nr; i++)
		if (!strcmp(abi->facts[i].family, f->family) &&
		    !strcmp(abi->facts[i].space, f->space) && !abi->facts[i].absent)
			return &abi->facts[i];
	return NULL;
}

static int all_pairs(struct work *w, const struct luo_abi *a, const struct luo_abi *b,
		     struct luo_types *catalogue)
{
	const struct luo_fact *other;
	struct gen_side x, y;
	size_t i;
	int code = 0;

	for (i = 0; i < a->nr && !code; i++) {
		const struct luo_fact *f = &a->facts[i];

		if (!*f->family || f->absent || of_family(a, f) != f ||
		    (w->args->family && strcmp(w->args->family, f->family)))
			continue;
		other = of_family(b, f);
		if (!other)
			continue;
		code = open_side(&x, a, f, catalogue);
		if (!code)
			code = open_side(&y, b, other, catalogue);
		if (!code && x.type && y.type && (strcmp(x.string, y.string) ||
						  x.type->fingerprint != y.type->fingerprint))
			code = pair(w, f->family, &x, &y);
	}
	return code;
}

static int gen_kernels(struct work *w, const struct luo_type_set *set)
{
	struct luo_abi *a = NULL, *b = NULL;
	char msg[400] = "no memory";
	int err, code;

	err = luo_abi__open(&a, w->args->a, NULL, set, msg, sizeof(msg));
	if (err)
		return cmd_kernel_error(w->args->a, err, msg);
	err = luo_abi__open(&b, w->args->b, NULL, set, msg, sizeof(msg));
	code = err ? cmd_kernel_error(w->args->b, err, msg) : all_pairs(w, a, b, set->types[0]);
	luo_abi__free(a);
	luo_abi__free(b);
	if (code || w->pairs)
		return code;
	if (w->args->family)
		return cmd_error(LUO_EXIT_REFUSED, w->args->family, "nothing to translate: the "
				 "formats are the same, or not both kernels have one");
	if (!cmd_opts.json)
		printf("nothing to translate from %s to %s\n", w->args->a, w->args->b);
	return 0;
}

/* ---- structures ----------------------------------------------------------------------- */

/* What tells structures apart in names: "d3" of "pci_dev_ser___d3". */
static const char *flavour(const char *type, const char *otherwise)
{
	const char *f = type + luo_layout__base(type);

	return *f ? f + 3 : otherwise;
}

static int spec_side(struct gen_side *s, struct cmd_spec *spec, const struct args *a,
		     const char *otherwise)
{
	char msg[200];

	*s = (struct gen_side){ .string = spec->string,
				.release = flavour(spec->type, otherwise) };
	s->type = luo_types__get_id(spec->side.types, spec->side.id, msg, sizeof(msg));
	s->header = a->include ? a->include : gen__header(spec->type);
	if (!s->type)
		return cmd_error(LUO_EXIT_REFUSED, spec->type, "%s", msg);
	if (!s->header)
		return cmd_error(LUO_EXIT_USAGE, spec->type, "--include HEADER says where it is");
	if (!*spec->string)
		return cmd_error(LUO_EXIT_USAGE, spec->type, "its version is missing: %s@STRING",
				 spec->type);
	return 0;
}

static int gen_types(struct work *w, const struct luo_type_set *set)
{
	struct cmd_spec x = {}, y = {};
	struct gen_side a, b;
	int code;

	code = cmd_spec_open(&x, w->args->a, set);
	if (!code)
		code = cmd_spec_open(&y, w->args->b, set);
	if (!code)
		code = spec_side(&a, &x, w->args, "a");
	if (!code)
		code = spec_side(&b, &y, w->args, "b");
	if (!code)
		code = pair(w, w->args->family, &a, &b);
	cmd_spec_close(&x);
	cmd_spec_close(&y);
	return code;
}

/* ---- the command ---------------------------------------------------------------------- */

static int gen(const struct args *a)
{
	struct work w = { .args = a, .list = json_object_new_array() };
	struct luo_type_set set;
	struct luo_types *types;
	char msg[400];
	int code;

	if (luo_catalogue__open(&types, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, NULL, "%s", msg);
	set = (struct luo_type_set){ .types = &types, .nr = 1 };
	code = a->type ? gen_types(&w, &set) : gen_kernels(&w, &set);
	if (cmd_opts.json && !code)
		cmd_json(json_object_get(w.list));
	json_object_put(w.list);
	luo_types__free(types);
	return code;
}

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "type", no_argument, NULL, 't' },
	{ "family", required_argument, NULL, 'f' },
	{ "include", required_argument, NULL, 'I' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

static int check(const struct args *a, int nr)
{
	if (nr < 2 || nr > (a->type ? 2 : 3))
		return cmd_error(LUO_EXIT_USAGE, "gen", "two %s are needed; see luo-load gen "
							"--help", a->type ? "structures" :
								  "kernels");
	if (a->type && !a->family)
		return cmd_error(LUO_EXIT_USAGE, "gen", "--type needs --family");
	return access(a->dir, X_OK) ? cmd_error(LUO_EXIT_ERROR, a->dir, "%s", strerror(errno)) : 0;
}

static int parse(int argc, char **argv, struct args *a)
{
	int c;

	a->dir = ".";
	while ((c = getopt_long(argc, argv, ":o:tf:I:jh", options, NULL)) >= 0) {
		switch (c) {
		case 'o': a->dir = optarg; break;
		case 't': a->type = true; break;
		case 'f': a->family = optarg; break;
		case 'I': a->include = optarg; break;
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(usage, stdout); return -1;
		case ':': return cmd_error(LUO_EXIT_USAGE, "gen", "option '%s' needs an argument",
					   argv[optind - 1]);
		default: return cmd_error(LUO_EXIT_USAGE, "gen", "unknown option '%s'; see "
								 "luo-load gen --help",
					  argv[optind - 1]);
		}
	}
	if (argc - optind >= 2) {
		a->a = argv[optind];
		a->b = argv[optind + 1];
		if (argv[optind + 2])
			a->family = argv[optind + 2];
	}
	return check(a, argc - optind);
}

int cmd_gen(int argc, char **argv)
{
	struct args a = {};
	int code = parse(argc, argv, &a);

	return code ? (code < 0 ? LUO_EXIT_OK : code) : gen(&a);
}
