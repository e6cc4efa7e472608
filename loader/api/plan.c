// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/int.h"
#include "lib/abi.h"
#include "lib/hardware.h"
#include "lib/plan.h"

/* A copy: what it came from is gone. */
struct luobpf_route {
	char family[LUOB_FAMILY_MAX];
	char from[LUOB_STRING_MAX];
	char to[LUOB_STRING_MAX];
	char hardware[LUOB_HW_TEXT];
	enum luobpf_outcome outcome;
	char steps[LUOB_STEPS_MAX][128];
	size_t nr_steps;
	struct luobpf_note *notes;	/* blockers, then losses */
	size_t nr_blockers;
	size_t nr_losses;
};

struct luobpf_plan {
	struct luobpf_route *routes;
	size_t nr;
};

/* What is open while a plan is made. */
struct making {
	struct luo_objects objects;
	struct luo_planner planner;
	struct luo_profile *from;
	struct luo_profile *to;
	struct luo_plan plan;
	char *msg;
	size_t msg_size;
};

static const enum luobpf_outcome outcomes[LUO_NR_PLAN_VERDICTS] = {
	[LUO_PLAN_IDENTICAL] = LUOBPF_SAME,
	[LUO_PLAN_TRANSLATED] = LUOBPF_TRANSLATED,
	[LUO_PLAN_LOSSY] = LUOBPF_LOSSY,
	[LUO_PLAN_UNTESTED] = LUOBPF_UNTESTED,
	[LUO_PLAN_BLOCKED] = LUOBPF_BLOCKED,
};

/* Of a line without its subject. */
static int fail(struct making *m, int err, const char *subject, const char *line)
{
	luobpf__say(m->msg, m->msg_size, "%s%s%s", subject, *subject ? ": " : "", line);
	return err;
}

static int open_objects(struct making *m, const struct luobpf_opts *opts)
{
	char line[400] = "no memory", where[2300] = "";
	size_t i;
	int err;

	err = luo_objects__open(&m->objects, line, sizeof(line));
	if (err)
		return fail(m, err, "", line);
	for (i = 0; i < opts->nr_objects; i++) {
		err = luo_objects__add(&m->objects, opts->objects[i], line, sizeof(line));
		if (err)
			return fail(m, err, opts->objects[i], line);
	}
	if (!opts->only) {
		err = luo_objects__add_installed(&m->objects, where, sizeof(where), line,
						 sizeof(line));
		if (err)
			return fail(m, err, where, line);
	}
	err = luo_objects__ready(&m->objects);
	if (err)
		return err;
	err = luo_objects__accept_losses(&m->objects, opts->losses, line, sizeof(line));
	if (err)
		return fail(m, err, "losses", line);
	return luo_planner__new(&m->planner, &m->objects, false);
}

/* A release, profile, image, package or snapshot, as luo-load plan takes it. */
static int open_kernel(struct making *m, struct luo_profile **p, const char *name)
{
	struct luo_type_set set = luo_objects__types(&m->objects);
	char line[400] = "no memory";
	const char *path;
	struct luo_abi *abi;
	int err;

	err = luo_abi__open(&abi, name, NULL, &set, line, sizeof(line));
	if (!err) {
		err = luo_profile__of_abi(p, abi, &set, line, sizeof(line));
		luo_abi__free(abi);
	}
	if (err)
		return fail(m, err == -ENOMEM ? err : -EINVAL, name, line);
	err = luo_objects__check_hardware(&m->objects, *p, &path, line, sizeof(line));
	return err ? fail(m, err, path, line) : 0;
}

/* ---- routes --------------------------------------------------------------------------- */

static int keep_notes(const struct luo_plan *plan, size_t row, struct luobpf_route *r)
{
	struct luo_plan_loss loss = {};
	struct luobpf_note *n;
	size_t i;

	for (i = 0; i < plan->nr_blockers; i++)
		r->nr_blockers += plan->blockers[i].row == row;
	while (luo_plan__next_loss(plan, &plan->rows[row], &loss))
		r->nr_losses++;
	n = r->notes = calloc(r->nr_blockers + r->nr_losses + 1, sizeof(*r->notes));
	if (!n)
		return -ENOMEM;
	for (i = 0; i < plan->nr_blockers; i++) {
		if (plan->blockers[i].row != row)
			continue;
		snprintf(n->rule, sizeof(n->rule), "%s", plan->blockers[i].rule);
		snprintf(n++->text, sizeof(n->text), "%s", plan->blockers[i].text);
	}
	memset(&loss, 0, sizeof(loss));
	while (luo_plan__next_loss(plan, &plan->rows[row], &loss)) {
		snprintf(n->rule, sizeof(n->rule), "LOSS");
		snprintf(n->record, sizeof(n->record), "%s", loss.object);
		snprintf(n->field, sizeof(n->field), "%s", loss.field);
		snprintf(n++->text, sizeof(n->text), "%s", loss.why);
	}
	return 0;
}

static int keep_route(const struct luo_plan *plan, size_t i, struct luobpf_route *r)
{
	const struct luo_plan_row *row = &plan->rows[i];

	snprintf(r->family, sizeof(r->family), "%s", row->from->family);
	snprintf(r->from, sizeof(r->from), "%s", row->from->string);
	snprintf(r->to, sizeof(r->to), "%s", row->to ? row->to->string : "");
	snprintf(r->hardware, sizeof(r->hardware), "%s", row->hardware);
	r->outcome = outcomes[row->verdict];
	for (; r->nr_steps < row->nr_steps; r->nr_steps++)
		snprintf(r->steps[r->nr_steps], sizeof(r->steps[0]), "%s",
			 plan->planner->objects->progs[row->steps[r->nr_steps]].name);
	return keep_notes(plan, i, r);
}

static int make(struct making *m, struct luobpf_plan *plan, const char *from, const char *to,
		const struct luobpf_opts *opts)
{
	int err;

	err = open_objects(m, opts);
	err = err ?: open_kernel(m, &m->from, from);
	err = err ?: open_kernel(m, &m->to, to);
	err = err ?: luo_plan__make(&m->plan, &m->planner, m->from, m->to);
	if (err)
		return err;
	plan->routes = calloc(m->plan.nr_rows + 1, sizeof(*plan->routes));
	if (!plan->routes)
		return -ENOMEM;
	for (; !err && plan->nr < m->plan.nr_rows; plan->nr++)
		err = keep_route(&m->plan, plan->nr, &plan->routes[plan->nr]);
	return err;
}

LUOBPF_API int luobpf_plan__new(struct luobpf_plan **plan, const char *from, const char *to,
				const struct luobpf_opts *opts, char *msg, size_t msg_size)
{
	struct making m = { .msg = msg, .msg_size = msg_size };
	struct luobpf_plan *p = calloc(1, sizeof(*p));
	struct luobpf_opts o;
	int err = -ENOMEM;

	*plan = NULL;
	luobpf__say(msg, msg_size, "no memory");
	if (p && luobpf_opts__take(&o, opts))
		err = fail(&m, -EINVAL, "", "options that this library does not know");
	else if (p)
		err = make(&m, p, from, to, &o);
	luo_plan__free(&m.plan);
	luo_profile__free(m.from);
	luo_profile__free(m.to);
	luo_planner__free(&m.planner);
	luo_objects__free(&m.objects);
	if (err) {
		luobpf_plan__free(p);
		return err;
	}
	*plan = p;
	return 0;
}

LUOBPF_API void luobpf_plan__free(struct luobpf_plan *plan)
{
	size_t i;

	if (!plan)
		return;
	for (i = 0; i < plan->nr; i++)
		free(plan->routes[i].notes);
	free(plan->routes);
	free(plan);
}

LUOBPF_API const struct luobpf_route *luobpf_plan__route(const struct luobpf_plan *plan, size_t i)
{
	return i < plan->nr ? &plan->routes[i] : NULL;
}

LUOBPF_API const char *luobpf_route__family(const struct luobpf_route *r)
{
	return r->family;
}

LUOBPF_API const char *luobpf_route__from(const struct luobpf_route *r)
{
	return r->from;
}

LUOBPF_API const char *luobpf_route__hardware(const struct luobpf_route *r)
{
	return *r->hardware ? r->hardware : NULL;
}

LUOBPF_API const char *luobpf_route__to(const struct luobpf_route *r)
{
	return r->outcome < LUOBPF_UNTESTED ? r->to : NULL;
}

LUOBPF_API enum luobpf_outcome luobpf_route__outcome(const struct luobpf_route *r)
{
	return r->outcome;
}

LUOBPF_API const char *luobpf_route__step(const struct luobpf_route *r, size_t i)
{
	return i < r->nr_steps ? r->steps[i] : NULL;
}

LUOBPF_API const struct luobpf_note *luobpf_route__blocker(const struct luobpf_route *r, size_t i)
{
	return i < r->nr_blockers ? &r->notes[i] : NULL;
}

LUOBPF_API const struct luobpf_note *luobpf_route__loss(const struct luobpf_route *r, size_t i)
{
	return i < r->nr_losses ? &r->notes[r->nr_blockers + i] : NULL;
}
