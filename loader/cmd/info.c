// SPDX-License-Identifier: GPL-2.0-only
/* luo-load info, list --installed: what an object says of itself, and which are used. */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/evidence.h"
#include "cmd/findings.h"
#include "lib/install.h"
#include "lib/matrix.h"

static const char usage[] =
	"Usage: luo-load info [-j] OBJECT|DIR|NAME ...\n"
	"\n"
	"Shows what objects, files or installed ones by name, say of themselves: the step or the\n"
	"format, layouts with fingerprints, declared losses, meanings and waivers with reasons,\n"
	"author, licence; and what is known about them: digest, tier, whether luo-load verify\n"
	"proves them, and evidence.\n"
	"\n"
	"  -j, --json  -v, --verbose  -h, --help\n"
	"\n"
	"Exit: 0 shown, 1 system error, 2 usage, 5 bad object\n"
	"\n"
	"Example: luo-load info memfd_v1_to_v2.bpf.o\n";

static const char *verdict_of(const struct luo_plan_object *info)
{
	return info->verified ? "proved" : info->refused ? "refused" : "unknown";
}

/* ---- list --installed ----------------------------------------------------------------- */

static const char *const states[] = {
	[LUO_INSTALLED_USED] = "used",
	[LUO_INSTALLED_SECOND] = "not used",
	[LUO_INSTALLED_HIDDEN] = "hidden",
	[LUO_INSTALLED_MASK] = "mask",
	[LUO_INSTALLED_TIER] = "not used",
	[LUO_INSTALLED_BAD] = "bad",
};

static struct json_object *json_file(const struct luo_installed *all,
				     const struct luo_installed_file *f)
{
	struct json_object *o = json_object_new_object();
	const struct luob_prog *p;
	char hw[LUOB_HW_TEXT];

	cmd_json_add(o, "path", f->path);
	cmd_json_add(o, "tier", luo_tier__name(f->tier));
	cmd_json_add(o, "state", states[f->state]);
	cmd_json_add(o, "why", f->why);
	if (f->at < 0)
		return o;
	p = &all->objects.progs[f->at];
	cmd_json_add(o, "object", p->name);
	cmd_json_add(o, "family", p->family);
	cmd_json_add(o, "from", p->from_string);
	cmd_json_add(o, "to", p->to ? p->to_string : "");
	cmd_json_add(o, "hardware", luob_limit__text(&p->limit, hw, sizeof(hw)));
	cmd_json_add(o, "sha256", all->planner.info[f->at].digest);
	cmd_json_add(o, "verdict", verdict_of(&all->planner.info[f->at]));
	return o;
}

static void print_file(const struct luo_installed *all, const struct luo_installed_file *f)
{
	const struct luob_prog *p = f->at < 0 ? NULL : &all->objects.progs[f->at];
	char step[240] = "", hw[LUOB_HW_TEXT] = "";

	if (p)
		snprintf(step, sizeof(step), "%s %s%s%s%s%s", p->family, p->from_string,
			 p->to ? " -> " : ", acceptor", p->to ? p->to_string : "",
			 luob_limit__any(&p->limit) ? "" : " for ",
			 luob_limit__text(&p->limit, hw, sizeof(hw)));
	printf("%s%-8s%s ", cmd_style(f->state == LUO_INSTALLED_USED ? CMD_GOOD :
				      f->state == LUO_INSTALLED_BAD ? CMD_BAD : CMD_DIM),
	       states[f->state], cmd_style(CMD_PLAIN));
	cmd_put("%-8s %-8s %-40s %s%s%s%s", luo_tier__name(f->tier),
		p ? verdict_of(&all->planner.info[f->at]) : "-", step, f->path,
		*f->why ? " (" : "", f->why, *f->why ? ")" : "");
	putchar('\n');
}

/* Return: exit code. */
int cmd_list_installed(void)
{
	struct json_object *list = cmd_opts.json ? json_object_new_array() : NULL;
	struct luo_installed all;
	char msg[400];
	size_t i;
	int err;

	err = luo_installed__open(&all, msg, sizeof(msg));
	for (i = 0; i < all.nr && !err; i++) {
		if (list)
			json_object_array_add(list, json_file(&all, &all.files[i]));
		else
			print_file(&all, &all.files[i]);
	}
	luo_installed__free(&all);
	if (!err && list)
		cmd_json(list);
	else
		json_object_put(list);
	return err ? cmd_error(err == -EINVAL ? LUO_EXIT_USAGE : LUO_EXIT_ERROR, "list", "%s",
			       msg) : LUO_EXIT_OK;
}

/* ---- info ----------------------------------------------------------------------------- */

/* What is shown of one object. */
struct shown {
	const struct luo_object *obj;
	const struct luob_prog *prog;
	const struct luo_plan_object *info;
	const struct luo_installed_file *file;	/* NULL: not installed */
	const struct luo_evidences *evidence;
};

static void row(const char *name, const char *text)
{
	printf("  %s%-10s%s ", cmd_style(CMD_DIM), name, cmd_style(CMD_PLAIN));
	cmd_put("%s", text);
	putchar('\n');
}

static void print_type(const char *name, const char *string, const struct luob_type *t)
{
	char text[256];

	snprintf(text, sizeof(text), "%s  struct %s, %u bytes, fingerprint %016llx", string,
		 t->name, t->size, (unsigned long long)t->fingerprint);
	row(name, text);
}

static const struct {
	const char *word;
	const char *title;
} statements[] = {
	{ "meaning-of", "meaning" }, { "waive", "waives" }, { "same-string", "string" },
};

#define NR_STATEMENTS	(sizeof(statements) / sizeof(statements[0]))

/* Without "field=" and "why=". */
static const char *in_words(const char *tag, char *text, size_t size)
{
	const char *why = strstr(tag, "why="), *eq = strchr(tag, '=');

	if (why == tag || !why || !eq)
		snprintf(text, size, "%s", why ? why + 4 : tag);
	else
		snprintf(text, size, "%.*s: %s", (int)(why - eq - 2), eq + 1, why + 4);
	return text;
}

static void print_words(const struct shown *s)
{
	const char *tag = NULL, *why;
	char field[64], text[512];
	size_t i;

	while (luo_object__loss(s->obj, &tag, field, sizeof(field), &why)) {
		snprintf(text, sizeof(text), "%s: %s", field, why);
		row("loses", text);
	}
	for (i = 0; i < NR_STATEMENTS; i++)
		for (tag = NULL;
		     (tag = luo_object__statement(s->obj, statements[i].word, tag)); )
			row(statements[i].title, in_words(tag, text, sizeof(text)));
}

static bool is_about(const struct shown *s, const struct luo_evidence *e)
{
	unsigned int i;

	for (i = 0; i < e->nr_steps; i++)
		if (!strcmp(e->steps[i].digest, s->info->digest))
			return true;
	return false;
}

static void print_evidence(const struct shown *s)
{
	char text[512];
	size_t i;

	for (i = 0; i < s->evidence->nr; i++) {
		const struct luo_evidence *e = s->evidence->list[i];

		if (!is_about(s, e))
			continue;
		snprintf(text, sizeof(text), "%s %s%s %s%s%s %s", luo_evidence__name(e->kind),
			 e->passed ? "" : "FAILED ", e->when, e->from, *e->from ? " -> " : "",
			 e->to, e->note);
		row("evidence", text);
	}
}

static void print_object(const struct shown *s)
{
	char text[2800];
	size_t size;

	luo_object__bytes(s->obj, &size);
	fputs(cmd_style(CMD_BOLD), stdout);
	cmd_put("%s: %s of %s", s->prog->name, s->prog->to ? "translator" : "acceptor",
		s->prog->family);
	printf("%s\n", cmd_style(CMD_PLAIN));
	snprintf(text, sizeof(text), "%s, %zu bytes", luo_object__path(s->obj), size);
	row("file", text);
	row("sha256", s->info->digest);
	print_type(s->prog->to ? "from" : "accepts", s->prog->from_string, s->prog->from);
	if (s->prog->to)
		print_type("to", s->prog->to_string, s->prog->to);
	if (!luob_limit__any(&s->prog->limit))
		row("hardware", luob_limit__text(&s->prog->limit, text, sizeof(text)));
	print_words(s);
	row("author", luo_object__author(s->obj));
	row("licence", luo_object__licence(s->obj));
	if (s->file) {
		snprintf(text, sizeof(text), "%s, %s%s%s", luo_tier__name(s->file->tier),
			 states[s->file->state], *s->file->why ? ": " : "", s->file->why);
		row("installed", text);
	} else {
		row("installed", "no");
	}
	row("verdict", verdict_of(s->info));
	print_evidence(s);
}

/* ---- JSON ---- */

static struct json_object *type_json(const char *string, const struct luob_type *t)
{
	struct json_object *o = json_object_new_object();
	char print[20];

	snprintf(print, sizeof(print), "%016llx", (unsigned long long)t->fingerprint);
	cmd_json_add(o, "string", string);
	cmd_json_add(o, "struct", t->name);
	json_object_object_add(o, "size", json_object_new_int64(t->size));
	cmd_json_add(o, "fingerprint", print);
	return o;
}

static void add_words(struct json_object *o, const struct shown *s)
{
	struct json_object *list = json_object_new_array(), *one;
	const char *tag = NULL, *why;
	char text[512];
	size_t i;

	while (luo_object__loss(s->obj, &tag, text, 64, &why)) {
		one = json_object_new_object();
		cmd_json_add(one, "field", text);
		cmd_json_add(one, "why", why);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "losses", list);
	for (i = 0; i < NR_STATEMENTS; i++) {
		list = json_object_new_array();
		for (tag = NULL;
		     (tag = luo_object__statement(s->obj, statements[i].word, tag)); ) {
			in_words(tag, text, sizeof(text));
			cmd_clean(text);
			json_object_array_add(list, json_object_new_string(text));
		}
		json_object_object_add(o, statements[i].title, list);
	}
}

static struct json_object *object_json(const struct shown *s)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	char hw[LUOB_HW_TEXT];
	size_t i, size;

	luo_object__bytes(s->obj, &size);
	cmd_json_add(o, "object", s->prog->name);
	cmd_json_add(o, "kind", s->prog->to ? "translator" : "acceptor");
	cmd_json_add(o, "family", s->prog->family);
	cmd_json_add(o, "path", luo_object__path(s->obj));
	json_object_object_add(o, "bytes", json_object_new_int64(size));
	cmd_json_add(o, "sha256", s->info->digest);
	json_object_object_add(o, "from", type_json(s->prog->from_string, s->prog->from));
	if (s->prog->to)
		json_object_object_add(o, "to", type_json(s->prog->to_string, s->prog->to));
	cmd_json_add(o, "hardware", luob_limit__text(&s->prog->limit, hw, sizeof(hw)));
	add_words(o, s);
	cmd_json_add(o, "author", luo_object__author(s->obj));
	cmd_json_add(o, "licence", luo_object__licence(s->obj));
	json_object_object_add(o, "installed", json_object_new_boolean(s->file != NULL));
	if (s->file) {
		cmd_json_add(o, "tier", luo_tier__name(s->file->tier));
		cmd_json_add(o, "state", states[s->file->state]);
		cmd_json_add(o, "why", s->file->why);
	}
	cmd_json_add(o, "verdict", verdict_of(s->info));
	for (i = 0; i < s->evidence->nr; i++)
		if (is_about(s, s->evidence->list[i]))
			json_object_array_add(list, luo_evidence__json(s->evidence->list[i], true));
	json_object_object_add(o, "evidence", list);
	return o;
}

/* ---- which object ---- */

static void show(const struct shown *s, struct json_object *list)
{
	if (list)
		json_object_array_add(list, object_json(s));
	else
		print_object(s);
}

/* An installed one by the name of its program or file. */
static const struct luo_installed_file *find_installed(const struct luo_installed *all,
						       const char *name, bool is_file)
{
	size_t i;

	for (i = 0; i < all->nr; i++) {
		const struct luo_installed_file *f = &all->files[i];
		const char *base = strrchr(f->path, '/') + 1;

		if (f->at < 0)
			continue;
		if (is_file ? !strcmp(f->path, name) :
		    !strcmp(all->objects.progs[f->at].name, name) || !strcmp(base, name))
			return f;
	}
	return NULL;
}

static int show_file(const char *name, struct shown *s, struct json_object *list)
{
	struct luo_objects objects;
	struct luo_planner planner = {};
	char msg[400] = "no memory";
	int err, code = 0;
	size_t i;

	err = luo_objects__open(&objects, msg, sizeof(msg)) ?:
	      luo_objects__add(&objects, name, msg, sizeof(msg)) ?:
	      luo_objects__ready(&objects) ?: luo_planner__new(&planner, &objects, false);
	if (err || !objects.nr)
		code = cmd_error(err == -EINVAL ? LUO_EXIT_OBJECT : LUO_EXIT_ERROR, name, "%s",
				 err ? msg : "no objects");
	for (i = 0; i < objects.nr && !code; i++) {
		s->obj = objects.objects[i];
		s->prog = &objects.progs[i];
		s->info = &planner.info[i];
		show(s, list);
	}
	luo_planner__free(&planner);
	luo_objects__free(&objects);
	return code;
}

static int show_one(const char *name, const struct luo_installed *all,
		    const struct luo_evidences *evidence, struct json_object *list)
{
	struct shown s = { .evidence = evidence };
	char path[4096];

	if (!access(name, F_OK)) {
		if (realpath(name, path))
			s.file = find_installed(all, path, true);
		return show_file(name, &s, list);
	}
	s.file = find_installed(all, name, false);
	if (!s.file)
		return cmd_error(LUO_EXIT_USAGE, name, "neither a file nor installed; luo-load "
				 "list --installed shows what is");
	s.obj = all->objects.objects[s.file->at];
	s.prog = &all->objects.progs[s.file->at];
	s.info = &all->planner.info[s.file->at];
	show(&s, list);
	return 0;
}

static int show_all(char **names, int nr)
{
	struct json_object *list = cmd_opts.json ? json_object_new_array() : NULL;
	struct luo_evidences evidence = {};
	struct luo_installed all;
	char msg[400], where[2300];
	int i, err, code = 0;

	/* Nothing that is installed is needed to look at a file. */
	luo_installed__open(&all, msg, sizeof(msg));
	err = luo_evidences__read_installed(&evidence, where, sizeof(where), msg, sizeof(msg));
	if (err)
		cmd_warn("%s: %s", where, msg);
	for (i = 0; i < nr && !code; i++)
		code = show_one(names[i], &all, &evidence, list);
	luo_evidences__free(&evidence);
	luo_installed__free(&all);
	if (list && !code)
		cmd_json(list);
	else
		json_object_put(list);
	return code;
}

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ }
};

int cmd_info(int argc, char **argv)
{
	int c;

	while ((c = getopt_long(argc, argv, ":jvh", options, NULL)) >= 0) {
		switch (c) {
		case 'j': cmd_opts.json = true; break;
		case 'v': cmd_opts.verbose = true; break;
		case 'h': fputs(usage, stdout); return LUO_EXIT_OK;
		default: return cmd_error(LUO_EXIT_USAGE, "info", "unknown option '%s'; see "
					  "luo-load info --help", argv[optind - 1]);
		}
	}
	if (optind == argc)
		return cmd_error(LUO_EXIT_USAGE, "info", "no object; see luo-load info --help");
	return show_all(argv + optind, argc - optind);
}
