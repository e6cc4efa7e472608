// SPDX-License-Identifier: GPL-2.0-only
/* Objects that are not proved right: why they are not used, or that they are. */
#include "cmd/findings.h"

static bool is_refused(const struct luo_objects *o, size_t i)
{
	return !luo_objects__verified(o, i) && o->verdicts[i].judged;
}

static struct json_object *refused_json(const struct luo_objects *o)
{
	struct json_object *list = json_object_new_array(), *one;
	size_t i;

	for (i = 0; i < o->nr; i++) {
		const struct luo_object *obj = o->objects[i];
		const struct verify_result *res = &o->verdicts[i].result;

		if (!is_refused(o, i))
			continue;
		one = json_object_new_object();
		json_object_object_add(one, "object",
				       json_object_new_string(luo_object__prog(obj)->name));
		json_object_object_add(one, "path",
				       json_object_new_string(luo_object__path(obj)));
		json_object_object_add(one, "verdict",
				       json_object_new_string(verify_verdict__name(res->verdict)));
		json_object_object_add(one, "findings", cmd_findings_json(res));
		json_object_array_add(list, one);
	}
	return list;
}

static void print_json(const struct luo_objects *o, size_t nr)
{
	struct json_object *to = json_object_new_object();
	char text[160];

	snprintf(text, sizeof(text), "%zu object%s not proved right; --no-verify uses %s all the "
		 "same", nr, nr == 1 ? " is" : "s are", nr == 1 ? "it" : "them");
	json_object_object_add(to, "error", json_object_new_string(text));
	json_object_object_add(to, "exit", json_object_new_int(LUO_EXIT_UNPROVED));
	json_object_object_add(to, "objects", refused_json(o));
	cmd_json(to);
}

/* What stands against which objects. Return: the exit code. */
int cmd_unproved(const struct luo_objects *o)
{
	size_t i, k, nr = 0;

	for (i = 0; i < o->nr; i++)
		nr += is_refused(o, i);
	if (cmd_opts.json) {
		print_json(o, nr);
		return LUO_EXIT_UNPROVED;
	}
	for (i = 0; i < o->nr; i++) {
		const struct verify_result *res = &o->verdicts[i].result;

		if (!is_refused(o, i))
			continue;
		for (k = 0; k < res->nr_findings; k++)
			cmd_finding_print(stderr, o->objects[i], &res->findings[k]);
		cmd_error(LUO_EXIT_UNPROVED, luo_object__path(o->objects[i]),
			  "%s by luo-load verify, not used; --no-verify uses it all the same",
			  res->verdict == VERIFY_REFUSED ? "refused" : "not understood");
	}
	return LUO_EXIT_UNPROVED;
}

/* "not_verified": those that are used without a proof. */
void cmd_unproved_json(struct json_object *to, const struct luo_objects *o)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; o && i < o->nr; i++)
		if (!luo_objects__verified(o, i))
			json_object_array_add(list, json_object_new_string(
						luo_object__prog(o->objects[i])->name));
	json_object_object_add(to, "not_verified", list);
}
