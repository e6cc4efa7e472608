// SPDX-License-Identifier: GPL-2.0-only
/* luo-load verify --counterexample: inputs as cores, and the commands that run them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/verify.h"

/* What surrounds the record is of this release, and need not be translated. */
#define PLAIN_BASE	"7.3"
/*
 * A record that needs an argument has to hang below a session; what rewrites its handle
 * then is the step of LUO from 7.1 on.
 */
#define FILE_FROM	"7.1"
#define FILE_TO		"7.3"
#define SUBTREE		"counterexample"

struct output {
	const char *dir;
	const struct luo_object *obj;
	const struct luob_prog *prog;
	bool file;		/* the record is a file of a session */
	bool profiles[2];	/* are written; by @file */
	struct luo_types *catalogue;
	struct luo_profile *base[2];	/* what is around the record; by @file */
	char msg[512];
};

/* Return: whether @dir can be written to; else the error is printed. */
bool counterexample__dir(const char *dir)
{
	struct stat st;

	if (stat(dir, &st)) {
		cmd_error(LUO_EXIT_ERROR, dir,
			  "%s: --counterexample needs a directory that exists", strerror(errno));
		return false;
	}
	if (!S_ISDIR(st.st_mode) || access(dir, W_OK | X_OK)) {
		cmd_error(LUO_EXIT_ERROR, dir, "%s", S_ISDIR(st.st_mode) ? strerror(errno) :
			  "is no directory");
		return false;
	}
	return true;
}

/* A file of our own: what exists is somebody's. */
static int make_file(struct output *o, const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	if (errno == EEXIST)
		snprintf(o->msg, sizeof(o->msg), "%.300s: exists already: remove it, or name an "
						 "empty directory", path);
	else
		snprintf(o->msg, sizeof(o->msg), "%.300s: %s", path, strerror(errno));
	return -1;
}

static char *path_of(const struct output *o, const char *rest)
{
	char *path;

	return asprintf(&path, "%s/%s%s", o->dir, o->prog->name, rest) < 0 ? NULL : path;
}

/* A name of the file format: one word. */
static bool is_word(const char *s)
{
	return *s && !strpbrk(s, " \t\n#");
}

/* The release that writes what is around the record. */
static const struct luo_profile *open_base(struct output *o)
{
	struct luo_profile **base = &o->base[o->file];
	struct luo_types *list[2];
	struct luo_type_set set = { .types = list, .nr = 2 };

	if (!o->catalogue && luo_catalogue__open(&o->catalogue, o->msg, sizeof(o->msg)))
		return NULL;
	list[0] = o->catalogue;
	list[1] = luo_object__types(o->obj);
	if (!*base)
		luo_profile__by_release(base, o->file ? FILE_FROM : PLAIN_BASE, &set, o->msg,
					sizeof(o->msg));
	return *base;
}

/* Where else the base has the family: a target that read it would leave it as it is. */
static void replace_others(const struct output *o, FILE *f, const char *string,
			   const struct luob_type *type)
{
	const struct luob_profile *base = &o->base[o->file]->core;
	const char *space = o->file ? "file" : "subtree";
	size_t i;

	for (i = 0; i < base->nr; i++)
		if (!strcmp(base->formats[i].family, o->prog->family) &&
		    strcmp(base->formats[i].space, space))
			fprintf(f, "format %s %s %s %s %s\n", o->prog->family, string,
				base->formats[i].space, base->formats[i].subtree[0] ?
				base->formats[i].subtree : "-", type->name);
}

static bool write_profile(struct output *o, const char *suffix, const char *base,
			  const char *string, const struct luob_type *type)
{
	char *path = path_of(o, suffix);
	FILE *f = NULL;
	bool ok;
	int fd;

	if (!path)
		return false;
	fd = make_file(o, path);
	if (fd >= 0)
		f = fdopen(fd, "w");
	if (!f) {
		free(path);
		return false;
	}
	fprintf(f, "luo-profile 1\nrelease %s-counterexample\nbase %s\nformat %s %s %s %s %s\n",
		base, base, o->prog->family, string, o->file ? "file" : "subtree",
		o->file ? "-" : SUBTREE, type->name);
	if (type == o->prog->to)
		replace_others(o, f, string, type);
	ok = !ferror(f);
	ok = !fclose(f) && ok;
	if (!ok)
		snprintf(o->msg, sizeof(o->msg), "%.300s: %s", path, strerror(errno));
	free(path);
	return ok;
}

static const char *suffix(const struct output *o, bool to)
{
	if (o->file)
		return to ? ".file.to.profile" : ".file.from.profile";
	return to ? ".to.profile" : ".from.profile";
}

static bool write_profiles(struct output *o)
{
	const struct luob_prog *p = o->prog;

	if (o->profiles[o->file])
		return true;
	if (!open_base(o))
		return false;
	if (!is_word(p->family) || !is_word(p->from_string) ||
	    (p->to && !is_word(p->to_string))) {
		snprintf(o->msg, sizeof(o->msg), "%s: a name with blanks fits in no profile",
			 p->name);
		return false;
	}
	o->profiles[o->file] = true;
	return write_profile(o, suffix(o, false), o->file ? FILE_FROM : PLAIN_BASE,
			     p->from_string, p->from) &&
	       write_profile(o, suffix(o, true), o->file ? FILE_TO : PLAIN_BASE,
			     p->to ? p->to_string : p->from_string, p->to ? p->to : p->from);
}

/* The profile of what is around the record, and the record's place in it. */
static bool write_core(struct output *o, struct verify_input *in, const char *path)
{
	struct luob_format format = { .type = o->prog->from };
	const struct luo_profile *base = o->base[o->file];
	struct luo_placed *placed = NULL;
	char msg[300] = "no memory";
	int err = 0;

	snprintf(format.string, sizeof(format.string), "%s", o->prog->from_string);
	if (o->file)
		err = luo_specimen__hang(&in->specimen, o->catalogue, &format, in->arg, msg,
					 sizeof(msg));
	err = err ?: luo_specimen__place(&placed, &in->specimen, &base->core, base->kho,
					 o->file ? "LUO" : SUBTREE, msg, sizeof(msg));
	err = err ?: luo_placed__write(placed, path, base->core.release, msg, sizeof(msg));
	if (err)
		snprintf(o->msg, sizeof(o->msg), "%.200s: %s", path, msg);
	luo_placed__free(placed);
	return !err;
}

/* As a shell takes it. */
static void put_word(FILE *f, const char *word)
{
	const char *p;

	if (*word && word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-./+:,=@")] == 0) {
		fputs(word, f);
		return;
	}
	putc('\'', f);
	for (p = word; *p; p++)
		fputs(*p == '\'' ? "'\\''" : (char[]){ *p, 0 }, f);
	putc('\'', f);
}

static char *make_command(const struct output *o, const struct verify_input *in,
			  const char *core)
{
	char *from = path_of(o, suffix(o, false)), *to = path_of(o, suffix(o, true));
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (f && from && to) {
		/* It would be refused without being run. */
		fputs("luo-load run --dry-run --no-verify -i ", f);
		put_word(f, core);
		fputs(" --from ", f);
		put_word(f, from);
		fputs(" --to ", f);
		put_word(f, to);
		if (in->has_config && in->config < LUOB_UNKNOWN)
			fprintf(f, " --target-config %s", in->config ? "thp" : "no-thp");
		putc(' ', f);
		put_word(f, luo_object__path(o->obj));
	}
	if (f)
		fclose(f);
	free(from);
	free(to);
	return text;
}

/* Several findings of one property may be on one line. */
static char *core_name(const struct output *o, const struct verify_result *res, size_t nr)
{
	const struct verify_finding *f = &res->findings[nr], *g;
	unsigned int same = 0;
	char name[96];
	size_t i;

	for (i = 0; i < nr; i++) {
		g = &res->findings[i];
		same += verify_rule__class(g->rule) == verify_rule__class(f->rule) &&
			g->line == f->line && (f->line || g->insn == f->insn);
	}
	snprintf(name, sizeof(name), same ? "-%s-%u-%u.core" : "-%s-%u.core",
		 verify_rule__property(f->rule), f->line ? f->line : f->insn, same + 1);
	return path_of(o, name);
}

static bool write_one(struct output *o, struct verify_input *in, const char *path)
{
	int fd;

	o->file = in->arg != 0;
	if (!write_profiles(o))
		return false;
	fd = make_file(o, path);
	if (fd < 0)
		return false;
	close(fd);
	if (write_core(o, in, path))
		return true;
	unlink(path);
	return false;
}

/**
 * counterexample__write - write the inputs of what is refused
 * @dir: directory; nothing in it is replaced
 * @obj: object
 * @res: its result; inputs get the name of their core, and the command that runs it
 *
 * Return: whether it worked; else the error is printed.
 */
bool counterexample__write(const char *dir, const struct luo_object *obj,
			   struct verify_result *res)
{
	struct output o = { .dir = dir, .obj = obj, .prog = luo_object__prog(obj) };
	struct verify_input *in;
	bool ok = true;
	size_t i;

	for (i = 0; ok && i < res->nr_findings; i++) {
		in = res->findings[i].input;
		/* What is too large was said to be; what run cannot set is not run. */
		if (!in || !in->specimen.nr || in->odd_config)
			continue;
		snprintf(o.msg, sizeof(o.msg), "no memory");
		in->core = core_name(&o, res, i);
		ok = in->core && write_one(&o, in, in->core);
		if (ok)
			in->command = make_command(&o, in, in->core);
		else
			cmd_error(LUO_EXIT_ERROR, "", "%s", o.msg);
	}
	luo_profile__free(o.base[0]);
	luo_profile__free(o.base[1]);
	luo_types__free(o.catalogue);
	return ok;
}
