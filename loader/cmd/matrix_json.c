// SPDX-License-Identifier: GPL-2.0-only
#include "cmd/matrix.h"

static void add_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

/* By kind: does it hold, and the last fact about it. */
static struct json_object *json_evidence(const struct luo_cell *c)
{
	struct json_object *o = json_object_new_object(), *one;
	enum luo_evidence_kind k;

	for (k = 0; k < LUO_NR_EVIDENCE; k++) {
		one = json_object_new_object();
		add_bool(one, "covered", c->covered[k]);
		json_object_object_add(one, "fact",
				       c->last[k] ? luo_evidence__json(c->last[k], true) : NULL);
		json_object_object_add(o, luo_evidence__name(k), one);
	}
	return o;
}

static struct json_object *json_gaps(const struct luo_promised *pair)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < pair->nr_gaps; i++) {
		o = json_object_new_object();
		cmd_json_add(o, "rule", pair->gaps[i].rule);
		cmd_json_add(o, "text", pair->gaps[i].text);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_promises(const struct matrix *m)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < m->result.nr_pairs; i++) {
		const struct luo_promised *pair = &m->result.pairs[i];

		o = json_object_new_object();
		cmd_json_add(o, "from", m->kernels.names[pair->from]);
		cmd_json_add(o, "to", m->kernels.names[pair->to]);
		json_object_object_add(o, "line", json_object_new_int64(pair->line));
		add_bool(o, "covered", !pair->nr_gaps);
		json_object_object_add(o, "gaps", json_gaps(pair));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_formats(const struct luo_policy_result *r)
{
	struct json_object *list = json_object_new_array(), *o;
	char print[20];
	size_t i;

	for (i = 0; i < r->nr_formats; i++) {
		o = json_object_new_object();
		cmd_json_add(o, "family", r->formats[i].family);
		cmd_json_add(o, "string", r->formats[i].string);
		snprintf(print, sizeof(print), "%016llx",
			 (unsigned long long)r->formats[i].fingerprint);
		cmd_json_add(o, "fingerprint", print);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_objects(const struct matrix *m)
{
	struct json_object *list = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < m->result.nr_objects; i++) {
		size_t at = m->result.objects[i];

		o = json_object_new_object();
		cmd_json_add(o, "object", m->kernels.objects.progs[at].name);
		cmd_json_add(o, "path", luo_object__path(m->kernels.objects.objects[at]));
		cmd_json_add(o, "sha256", m->kernels.planner.info[at].digest);
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *json_policy(const struct matrix *m)
{
	struct json_object *o = json_object_new_object(), *retire = json_object_new_object();

	add_bool(o, "covered", !m->result.nr_open);
	json_object_object_add(o, "promises", json_promises(m));
	json_object_object_add(retire, "formats", json_formats(&m->result));
	json_object_object_add(retire, "objects", json_objects(m));
	json_object_object_add(o, "may_retire", retire);
	return o;
}

/* "name" is as the kernel was named, "from" and "to" of pairs are releases. */
void matrix_json(const struct matrix *m, int code)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *one;
	size_t i, nr = m->table.nr;

	for (i = 0; i < nr; i++) {
		one = json_object_new_object();
		cmd_json_add(one, "name", m->kernels.names[i]);
		cmd_json_add(one, "release", m->kernels.profiles[i]->core.release);
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "kernels", list);
	list = json_object_new_array();
	for (i = 0; i < nr * nr; i++) {
		if (i / nr == i % nr)
			continue;
		one = cmd_plan_json(&m->table.cells[i].plan);
		json_object_object_add(one, "evidence", json_evidence(&m->table.cells[i]));
		json_object_array_add(list, one);
	}
	json_object_object_add(o, "pairs", list);
	if (m->policy)
		json_object_object_add(o, "policy", json_policy(m));
	json_object_object_add(o, "exit", json_object_new_int(code));
	cmd_json(o);
}
