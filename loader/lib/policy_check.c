// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A policy against a matrix: which promises are not covered, and what nobody needs. */
#include <stdarg.h>

#include "lib/policy.h"

struct checker {
	struct luo_policy_result *r;
	const struct luo_policy *p;
	const struct luo_matrix *m;
};

/* ---- which pairs are promised --------------------------------------------------------- */

static bool is_promised(const struct luo_policy_result *r, size_t from, size_t to)
{
	size_t i;

	for (i = 0; i < r->nr_pairs; i++)
		if (r->pairs[i].from == from && r->pairs[i].to == to)
			return true;
	return false;
}

static int add_pair(struct checker *c, size_t from, size_t to, size_t line)
{
	struct luo_policy_result *r = c->r;
	struct luo_promised *pair;

	if (is_promised(r, from, to))
		return 0;
	pair = luob_grow(r->pairs, r->nr_pairs, &r->cap_pairs, sizeof(*pair));
	if (!pair)
		return -ENOMEM;
	r->pairs = pair;
	pair[r->nr_pairs++] = (struct luo_promised){ .from = from, .to = to, .line = line };
	return 0;
}

/* The next kernels in one direction; with "stable" others are passed over. */
static int add_window(struct checker *c, const struct luo_promise *w, size_t from)
{
	const struct luo_policy *p = c->p;
	int step = w->kind == LUO_PROMISE_NEXT ? 1 : -1, err = 0;
	size_t to = from + step;
	unsigned int nr = 0;

	/* Below 0 is above all. */
	for (; to < p->nr_kernels && nr < w->count && !err; to += step) {
		if (w->stable && !p->kernels[to].stable)
			continue;
		err = add_pair(c, from, to, w->line);
		nr++;
	}
	return err;
}

static int add_promise(struct checker *c, const struct luo_promise *w)
{
	size_t i;
	int err = 0;

	if (w->kind == LUO_PROMISE_PAIR)
		return add_pair(c, w->from, w->to, w->line);
	for (i = 0; i < c->p->nr_kernels && !err; i++)
		if (!w->stable || c->p->kernels[i].stable)
			err = add_window(c, w, i);
	return err;
}

static int add_promises(struct checker *c)
{
	const struct luo_promise *back = NULL;
	size_t i, nr;
	int err = 0;

	for (i = 0; i < c->p->nr_promises && !err; i++) {
		if (c->p->promises[i].kind == LUO_PROMISE_ROLLBACK)
			back = &c->p->promises[i];
		else
			err = add_promise(c, &c->p->promises[i]);
	}
	nr = back ? c->r->nr_pairs : 0;
	for (i = 0; i < nr && !err; i++)
		err = add_pair(c, c->r->pairs[i].to, c->r->pairs[i].from, back->line);
	return err;
}

/* ---- whether they are kept ------------------------------------------------------------ */

__attribute__((format(printf, 3, 4)))
static int add_gap(struct luo_promised *pair, const char *rule, const char *fmt, ...)
{
	struct luo_policy_gap *g;
	va_list ap;

	g = luob_grow(pair->gaps, pair->nr_gaps, &pair->cap_gaps, sizeof(*g));
	if (!g)
		return -ENOMEM;
	pair->gaps = g;
	g += pair->nr_gaps++;
	snprintf(g->rule, sizeof(g->rule), "%s", rule);
	va_start(ap, fmt);
	vsnprintf(g->text, sizeof(g->text), fmt, ap);
	va_end(ap);
	return 0;
}

static bool is_allowed(const struct luo_policy *p, const char *family, const char *field)
{
	size_t i;

	for (i = 0; i < p->nr_losses; i++)
		if (!strcmp(p->losses[i].family, family) && !strcmp(p->losses[i].field, field))
			return true;
	return false;
}

static int check_losses(const struct checker *c, struct luo_promised *pair,
			const struct luo_plan *plan)
{
	size_t i;
	int err = 0;

	for (i = 0; i < plan->nr_rows; i++) {
		const struct luo_plan_row *row = &plan->rows[i];
		struct luo_plan_loss loss = {};

		while (!err && luo_plan__next_loss(plan, row, &loss))
			if (!is_allowed(c->p, row->from->family, loss.field))
				err = add_gap(pair, "LOSS_NOT_ALLOWED", "%s %s, lost by %s: %s",
					      row->from->family, loss.field, loss.object,
					      loss.why);
	}
	return err;
}

static int check_evidence(const struct checker *c, struct luo_promised *pair,
			  const struct luo_cell *cell)
{
	enum luo_evidence_kind k;
	int err = 0;

	for (k = 0; k < LUO_NR_EVIDENCE && !err; k++) {
		const struct luo_evidence *last = cell->last[k];

		if (!(c->p->required & 1 << k) || cell->covered[k])
			continue;
		if (last && !last->passed)
			err = add_gap(pair, "EVIDENCE_FAILED", "%s: failed %s%s%s",
				      luo_evidence__name(k), last->when, *last->note ? ": " : "",
				      last->note);
		else
			err = add_gap(pair, "NO_EVIDENCE", "%s: no fact about the objects as they "
				      "are now", luo_evidence__name(k));
	}
	return err;
}

static int check_pair(const struct checker *c, struct luo_promised *pair)
{
	const struct luo_cell *cell = luo_matrix__cell(c->m, pair->from, pair->to);
	const struct luo_plan *plan = &cell->plan;
	size_t i;
	int err = 0;

	for (i = 0; i < plan->nr_blockers && !err; i++) {
		const struct luob_format *f = plan->rows[plan->blockers[i].row].from;

		err = add_gap(pair, plan->blockers[i].rule, "%s %s: %s", f->family, f->string,
			      plan->blockers[i].text);
	}
	if (!err && *plan->from->note)
		err = add_gap(pair, "UNCERTAIN", "%s may write what it is not certain to: %s",
			      plan->from->core.release, plan->from->note);
	if (!err)
		err = check_losses(c, pair, plan);
	/* What has no way has no evidence either. */
	if (!err && !plan->nr_blockers)
		err = check_evidence(c, pair, cell);
	c->r->nr_open += pair->nr_gaps != 0;
	return err;
}

/* ---- what nobody needs any more ------------------------------------------------------- */

struct use {
	const struct checker *c;
	bool *objects;
	struct luo_retired *formats;	/* needed ones */
	size_t nr;
	size_t cap;
};

static bool is_listed(const struct luo_retired *list, size_t nr, const struct luo_retired *f)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i].family, f->family) && !strcmp(list[i].string, f->string) &&
		    list[i].fingerprint == f->fingerprint)
			return true;
	return false;
}

static int list_format(struct luo_retired **list, size_t *nr, size_t *cap, const char *family,
		       const char *string, const struct luob_type *type)
{
	struct luo_retired f = {
		.family = family, .string = string, .fingerprint = type ? type->fingerprint : 0,
	}, *n;

	if (is_listed(*list, *nr, &f))
		return 0;
	n = luob_grow(*list, *nr, cap, sizeof(*n));
	if (!n)
		return -ENOMEM;
	*list = n;
	n[(*nr)++] = f;
	return 0;
}

static int need_format(struct use *u, const char *family, const char *string,
		       const struct luob_type *type)
{
	return list_format(&u->formats, &u->nr, &u->cap, family, string, type);
}

static int need_row(struct use *u, const struct luo_plan_row *row)
{
	const struct luo_objects *o = u->c->m->planner->objects;
	unsigned int k;
	size_t i;
	int err;

	err = need_format(u, row->from->family, row->from->string, row->from->type);
	if (!err && row->to)
		err = need_format(u, row->to->family, row->to->string, row->to->type);
	for (k = 0; k < row->nr_steps && !err; k++) {
		const struct luob_prog *p = &o->progs[row->steps[k]];

		u->objects[row->steps[k]] = true;
		err = need_format(u, p->family, p->to_string, p->to);
	}
	for (i = 0; row->to && row->to->type && i < o->nr; i++)
		u->objects[i] |= luob_prog__accepts(&o->progs[i], row->to);
	return err;
}

/* A way that is still to be found may need any object of the family. */
static int need_family(struct use *u, const struct luo_plan_row *row)
{
	const struct luo_objects *o = u->c->m->planner->objects;
	size_t i;
	int err = 0;

	for (i = 0; i < o->nr && !err; i++) {
		const struct luob_prog *p = &o->progs[i];

		if (strcmp(p->family, row->from->family))
			continue;
		u->objects[i] = true;
		err = need_format(u, p->family, p->from_string, p->from);
		if (!err && p->to)
			err = need_format(u, p->family, p->to_string, p->to);
	}
	return err;
}

static int need_pair(struct use *u, const struct luo_promised *pair)
{
	const struct luo_plan *plan = &luo_matrix__cell(u->c->m, pair->from, pair->to)->plan;
	size_t i;
	int err = 0;

	for (i = 0; i < plan->nr_rows && !err; i++) {
		err = need_row(u, &plan->rows[i]);
		if (!err && plan->rows[i].verdict >= LUO_PLAN_UNTESTED)
			err = need_family(u, &plan->rows[i]);
	}
	return err;
}

static int retire_format(struct use *u, const char *family, const char *string,
			 const struct luob_type *type)
{
	struct luo_policy_result *r = u->c->r;
	struct luo_retired f = {
		.family = family, .string = string, .fingerprint = type ? type->fingerprint : 0,
	};

	return is_listed(u->formats, u->nr, &f) ? 0 :
	       list_format(&r->formats, &r->nr_formats, &r->cap_formats, family, string, type);
}

static int retire_objects(struct use *u)
{
	const struct luo_objects *o = u->c->m->planner->objects;
	struct luo_policy_result *r = u->c->r;
	size_t i;
	int err = 0;

	r->objects = calloc(o->nr ? o->nr : 1, sizeof(*r->objects));
	if (!r->objects)
		return -ENOMEM;
	for (i = 0; i < o->nr && !err; i++) {
		const struct luob_prog *p = &o->progs[i];

		if (!u->objects[i])
			r->objects[r->nr_objects++] = i;
		err = retire_format(u, p->family, p->from_string, p->from);
		if (!err && p->to)
			err = retire_format(u, p->family, p->to_string, p->to);
	}
	return err;
}

static int retire(const struct checker *c)
{
	struct use u = { .c = c };
	const struct luo_matrix *m = c->m;
	size_t i, k;
	int err = 0;

	u.objects = calloc(m->planner->objects->nr + 1, sizeof(*u.objects));
	if (!u.objects)
		return -ENOMEM;
	for (i = 0; i < c->r->nr_pairs && !err; i++)
		err = need_pair(&u, &c->r->pairs[i]);
	if (!err)
		err = retire_objects(&u);
	for (i = 0; i < m->nr && !err; i++)
		for (k = 0; k < m->profiles[i]->core.nr && !err; k++) {
			const struct luob_format *f = &m->profiles[i]->core.formats[k];

			err = retire_format(&u, f->family, f->string, f->type);
		}
	free(u.objects);
	free(u.formats);
	return err;
}

/**
 * luo_policy__check - is everything covered that a policy promises?
 * @r: result; to be released, also after a failure
 * @p: policy
 * @m: matrix of its kernels, in their order; has to outlive @r
 *
 * Return: 0, also when something is not covered; -ENOMEM.
 */
int luo_policy__check(struct luo_policy_result *r, const struct luo_policy *p,
		      const struct luo_matrix *m)
{
	struct checker c = { .r = r, .p = p, .m = m };
	size_t i;
	int err;

	memset(r, 0, sizeof(*r));
	err = add_promises(&c);
	for (i = 0; i < r->nr_pairs && !err; i++)
		err = check_pair(&c, &r->pairs[i]);
	return err ? err : retire(&c);
}

void luo_policy_result__free(struct luo_policy_result *r)
{
	size_t i;

	for (i = 0; i < r->nr_pairs; i++)
		free(r->pairs[i].gaps);
	free(r->pairs);
	free(r->formats);
	free(r->objects);
	memset(r, 0, sizeof(*r));
}
