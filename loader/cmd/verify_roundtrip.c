// SPDX-License-Identifier: GPL-2.0-only
/* luo-load verify --round-trip, --chain: objects one behind the other. */
#include <stdlib.h>
#include <string.h>

#include "cmd/findings.h"
#include "cmd/verify.h"
#include "lib/engine.h"

/* ---- text ---- */

static const char *loses(const struct verify_fate *f)
{
	return f->kind == FATE_LOST ? "lost" : f->kind == FATE_CHANGED ? "refused" : "unknown";
}

static enum cmd_style fate_style(enum verify_fate_kind kind)
{
	return kind == FATE_CHANGED ? CMD_BAD : kind >= FATE_LOST ? CMD_WARN : CMD_PLAIN;
}

static void print_example(const struct verify_example *ex)
{
	size_t i;

	if (!ex->nr && !ex->was[0])
		return;
	printf("    x:");
	for (i = 0; i < ex->nr; i++)
		printf("%s %s = %s", i ? "," : "", ex->values[i].field, ex->values[i].value);
	if (ex->was[0])
		printf("%s %s becomes %s", ex->nr ? ";" : "", ex->was, ex->back);
	putchar('\n');
}

static void print_fate(const struct verify_fate *f, bool round_trip)
{
	switch (f->kind) {
	case FATE_KEPT:
	case FATE_NEW:
	case FATE_MOVED:
	case FATE_TESTED:
		if (cmd_opts.verbose)
			printf("  %s: %s%s%s\n", verify_fate__name(f->kind), f->field,
			       f->text[0] ? ": " : "", f->text);
		return;
	case FATE_FORM:
		printf("  form: %s: %s\n", f->field, f->text);
		return;
	case FATE_LOST:
		printf("  %slost%s: %s: %s (%s)\n", cmd_style(CMD_WARN), cmd_style(CMD_PLAIN),
		       f->field, f->text, f->by);
		break;
	default:
		printf("  %s%s%s: %s%s%s%s%s\n", cmd_style(fate_style(f->kind)), loses(f),
		       cmd_style(CMD_PLAIN), f->field, f->kind != FATE_CHANGED ? ": " :
		       round_trip ? " comes back as " : " becomes ", f->text,
		       f->when[0] ? ", if " : "", f->when);
	}
	print_example(&f->example);
}

static void print_refuses(const struct verify_refuses *r)
{
	printf("  %s %s%s%s%s%s", r->object, r->rule[0] ? "refuses " : "", r->rule[0] ? r->rule :
	       "returns an error that no rule explains", r->when[0] ? " if " : "", r->when, "");
	if (r->line)
		printf(" (%s:%u)", r->file, r->line);
	putchar('\n');
	if (!r->rule[0] || cmd_opts.verbose)
		print_example(&r->example);
}

static void print_summary(struct luo_object **objs, size_t nr, const struct verify_chain *res)
{
	const struct luob_prog *first = luo_object__prog(objs[0]);
	size_t i, count[FATE_CHANGED + 1] = { 0 };
	char time[32];

	for (i = 0; i < res->nr_fates; i++)
		count[res->fates[i].kind]++;
	printf("%s: %s%s%s: %s %s", res->round_trip ? "round trip" : "chain",
	       cmd_style(verify_style(res->verdict)), verify_verdict__name(res->verdict),
	       cmd_style(CMD_PLAIN), first->family, first->from_string);
	for (i = 0; i < nr; i++)
		printf(" -> %s", luo_object__prog(objs[i])->to_string);
	printf(", %zu field%s kept", count[FATE_KEPT], count[FATE_KEPT] == 1 ? "" : "s");
	if (!res->round_trip && count[FATE_NEW])
		printf(", %zu new", count[FATE_NEW]);
	printf(", %zu lost, %u paths, %s\n", count[FATE_LOST], res->pairs,
	       cmd_time(res->ns, time, sizeof(time)));
}

static void print_text(struct luo_object **objs, size_t nr, const struct verify_chain *res,
		       bool lineage)
{
	size_t i, k;

	for (i = 0; i < nr; i++)
		for (k = 0; k < res->objects[i].nr_findings; k++)
			cmd_finding_print(stdout, objs[i], &res->objects[i].findings[k]);
	for (i = 0; i < res->nr_fates; i++)
		print_fate(&res->fates[i], res->round_trip);
	for (i = 0; i < res->nr_refuses; i++)
		print_refuses(&res->refuses[i]);
	if (res->why[0])
		printf("  %s\n", res->why);
	print_summary(objs, nr, res);
	if (lineage)
		verify_print_flows(&res->whole);
}

/* ---- JSON ---- */

static void add_string(struct json_object *o, const char *key, const char *value)
{
	char text[1024];

	/* Words of the object may be anything, which is no JSON. */
	snprintf(text, sizeof(text), "%s", value);
	cmd_clean(text);
	json_object_object_add(o, key, json_object_new_string(text));
}

static void add_example(struct json_object *o, const struct verify_example *ex)
{
	struct json_object *x = json_object_new_object();
	size_t i;

	for (i = 0; i < ex->nr; i++)
		add_string(x, ex->values[i].field, ex->values[i].value);
	if (!ex->nr && !ex->was[0]) {
		json_object_put(x);
		return;
	}
	json_object_object_add(o, "x", x);
	if (ex->was[0]) {
		add_string(o, "was", ex->was);
		add_string(o, "back", ex->back);
	}
}

static struct json_object *json_fates(const struct verify_chain *res)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_fates; i++) {
		const struct verify_fate *f = &res->fates[i];

		o = json_object_new_object();
		add_string(o, "field", f->field);
		add_string(o, "fate", verify_fate__name(f->kind));
		add_string(o, "text", f->text);
		add_string(o, "by", f->by);
		add_string(o, "if", f->when);
		add_example(o, &f->example);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_refuses(const struct verify_chain *res)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < res->nr_refuses; i++) {
		const struct verify_refuses *r = &res->refuses[i];

		o = json_object_new_object();
		add_string(o, "object", r->object);
		add_string(o, "rule", r->rule);
		add_string(o, "if", r->when);
		add_string(o, "file", r->file);
		json_object_object_add(o, "line", json_object_new_int(r->line));
		add_example(o, &r->example);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_of(struct luo_object **objs, size_t nr,
				   const struct verify_chain *res, bool lineage)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(list, verify_json_object(objs[i], &res->objects[i], false));
	add_string(o, "kind", res->round_trip ? "round trip" : "chain");
	add_string(o, "verdict", verify_verdict__name(res->verdict));
	add_string(o, "why", res->why);
	json_object_object_add(o, "objects", list);
	json_object_object_add(o, "fields", json_fates(res));
	json_object_object_add(o, "refuses", json_refuses(res));
	if (lineage) {
		json_object_object_add(o, "records", verify_json_records(&res->whole));
		json_object_object_add(o, "output", verify_json_flows(&res->whole, false));
		json_object_object_add(o, "input", verify_json_flows(&res->whole, true));
	}
	json_object_object_add(o, "paths", json_object_new_int64(res->pairs));
	json_object_object_add(o, "ns", json_object_new_int64(res->ns));
	return o;
}

/* ---- command ---- */

/* Of each object by itself. */
static bool write_counterexamples(struct luo_object **objs, size_t nr,
				  const struct verify_args *args, struct verify_chain *res)
{
	size_t i;

	for (i = 0; args->counterexamples && i < nr; i++)
		if (!counterexample__write(args->counterexamples, objs[i], &res->objects[i]))
			return false;
	return true;
}

static int run(struct luo_object **objs, size_t nr, const struct verify_args *args,
	       struct json_object *list, struct html *html)
{
	const struct luo_object *const *in = (const struct luo_object *const *)objs;
	struct verify_chain res;
	char msg[512];
	int err;

	if (luo_chain__fits(in, nr, args->round_trip, msg, sizeof(msg)))
		return cmd_error(LUO_EXIT_ERROR, args->round_trip ? "--round-trip" : "--chain",
				 "%s", msg);
	err = luo_verify_chain(in, nr, &args->opts, args->round_trip, &res);
	if (err) {
		fprintf(stderr, "luo-load: verify: %s\n", strerror(-err));
		err = VERIFY_EXIT_SYSTEM;
	} else {
		if (list)
			json_object_array_add(list, json_of(objs, nr, &res, args->lineage));
		else
			print_text(objs, nr, &res, args->lineage);
		if (html)
			verify_html_chain(html, objs, nr, &res);
		err = write_counterexamples(objs, nr, args, &res) ? verify_code(res.verdict) :
								    VERIFY_EXIT_SYSTEM;
		if (args->round_trip)
			err |= verify_evidence(args, LUO_EVIDENCE_ROUND_TRIP, res.verdict, objs,
					       nr, list);
	}
	verify_chain__free(&res);
	return err;
}

/* All of @paths are one chain. Return: the exit code. */
int verify_chain(char **paths, size_t nr, const struct verify_args *args,
		 struct json_object *list, struct html *html)
{
	struct luo_object **objs;
	int code = 0;
	size_t i;

	if (nr < 2 || (args->round_trip && nr != 2))
		return cmd_error(LUO_EXIT_USAGE, "verify", args->round_trip ?
				 "--round-trip wants two objects: there, and back" :
				 "--chain wants two objects or more");
	objs = calloc(nr, sizeof(*objs));
	for (i = 0; objs && i < nr && !code; i++)
		code = verify_open(&objs[i], paths[i], list);
	if (!objs)
		code = VERIFY_EXIT_SYSTEM;
	else if (!code)
		code = run(objs, nr, args, list, html);
	for (i = 0; objs && i < nr; i++)
		luo_object__free(objs[i]);
	free(objs);
	return code;
}
