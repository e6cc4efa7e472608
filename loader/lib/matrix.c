// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/matrix.h"

const struct luo_cell *luo_matrix__cell(const struct luo_matrix *m, size_t from, size_t to)
{
	return &m->cells[from * m->nr + to];
}

/* ---- evidence ------------------------------------------------------------------------- */

static bool takes_part(const struct luo_evidence *e, const char *digest)
{
	unsigned int i;

	for (i = 0; i < e->nr_steps; i++)
		if (!strcmp(e->steps[i].digest, digest))
			return true;
	return false;
}

static bool is_known(const struct luo_planner *p, const char *digest)
{
	size_t i;

	for (i = 0; i < p->objects->nr; i++)
		if (!strcmp(p->info[i].digest, digest))
			return true;
	return false;
}

/* Are all objects of a fact those that there are? */
bool luo_planner__fits(const struct luo_planner *p, const struct luo_evidence *e)
{
	unsigned int i;

	for (i = 0; i < e->nr_steps; i++)
		if (!is_known(p, e->steps[i].digest))
			return false;
	return true;
}

/*
 * A kernel of the catalogue stands for all of its series, "7.1" for 7.1.13; any other one
 * for itself.
 */
static bool is_kernel(const struct luo_profile *p, const char *release)
{
	const struct luo_release *r = luo_catalogue__release(release);

	return !strcmp(p->core.release, release) || (r && !strcmp(p->core.release, r->release));
}

/* Calls @fn for every step of the plan. Return: whether it is true for all. */
static bool all_steps(const struct luo_plan *plan, const struct luo_evidence *e,
		      bool (*fn)(const struct luo_plan *plan, size_t object,
				 const struct luo_evidence *e))
{
	unsigned int k;
	size_t i;

	for (i = 0; i < plan->nr_rows; i++)
		for (k = 0; k < plan->rows[i].nr_steps; k++)
			if (!fn(plan, plan->rows[i].steps[k], e))
				return false;
	return true;
}

static bool step_verified(const struct luo_plan *plan, size_t object, const struct luo_evidence *e)
{
	(void)e;
	return plan->planner->info[object].verified;
}

static bool step_took_part(const struct luo_plan *plan, size_t object,
			   const struct luo_evidence *e)
{
	return takes_part(e, plan->planner->info[object].digest);
}

static bool step_absent(const struct luo_plan *plan, size_t object, const struct luo_evidence *e)
{
	return strcmp(e->steps[0].digest, plan->planner->info[object].digest);
}

/* Is the fact about this pair, with these objects? */
static bool is_about(const struct luo_plan *plan, const struct luo_evidence *e)
{
	if (e->kind == LUO_EVIDENCE_VERIFIED || e->kind == LUO_EVIDENCE_ROUND_TRIP)
		return luo_planner__fits(plan->planner, e) && !all_steps(plan, e, step_absent);
	return plan->verdict < LUO_PLAN_UNTESTED && is_kernel(plan->from, e->from) &&
	       is_kernel(plan->to, e->to) && all_steps(plan, e, step_took_part);
}

/* The latest round trip that begins with an object says that it comes back. */
static bool comes_back(const struct luo_planner *p, size_t object, const struct luo_evidences *all)
{
	const struct luo_evidence *last = NULL;
	size_t i;

	for (i = 0; i < all->nr; i++) {
		const struct luo_evidence *e = all->list[i];

		if (e->kind == LUO_EVIDENCE_ROUND_TRIP && luo_planner__fits(p, e) &&
		    !strcmp(e->steps[0].digest, p->info[object].digest) &&
		    (!last || strcmp(e->when, last->when) >= 0))
			last = e;
	}
	return last && last->passed;
}

static bool all_come_back(const struct luo_plan *plan, const struct luo_evidences *all)
{
	unsigned int k;
	size_t i;

	for (i = 0; i < plan->nr_rows; i++)
		for (k = 0; k < plan->rows[i].nr_steps; k++)
			if (!comes_back(plan->planner, plan->rows[i].steps[k], all))
				return false;
	return true;
}

/* Facts in the order of time: the last one of a kind is the one that holds. */
static void judge(struct luo_cell *c, const struct luo_evidences *all)
{
	const struct luo_evidence **last = c->last;
	bool way = c->plan.verdict < LUO_PLAN_UNTESTED;
	size_t i;

	for (i = 0; i < all->nr; i++) {
		const struct luo_evidence *e = all->list[i];

		if (is_about(&c->plan, e) &&
		    (!last[e->kind] || strcmp(e->when, last[e->kind]->when) >= 0))
			last[e->kind] = e;
	}
	/* The verifier is asked here and now; what files say of it tells when. */
	c->covered[LUO_EVIDENCE_VERIFIED] = way && all_steps(&c->plan, NULL, step_verified);
	c->covered[LUO_EVIDENCE_ROUND_TRIP] = way && all_come_back(&c->plan, all);
	for (i = LUO_EVIDENCE_SNAPSHOT; i < LUO_NR_EVIDENCE; i++)
		c->covered[i] = last[i] && last[i]->passed;
}

/* ---- the table ------------------------------------------------------------------------ */

/**
 * luo_matrix__make - plans and evidence for all pairs
 * @m: result; to be released, also after a failure
 * @p: objects
 * @profiles: the kernels; they, @p and @evidence have to outlive @m
 * @nr: how many
 * @evidence: facts
 *
 * Return: 0, -ENOMEM.
 */
int luo_matrix__make(struct luo_matrix *m, const struct luo_planner *p,
		     struct luo_profile **profiles, size_t nr,
		     const struct luo_evidences *evidence)
{
	size_t i;
	int err = 0;

	*m = (struct luo_matrix){ .planner = p, .profiles = profiles, .nr = nr };
	m->cells = calloc(nr * nr + 1, sizeof(*m->cells));
	if (!m->cells)
		return -ENOMEM;
	for (i = 0; i < nr * nr && !err; i++) {
		if (i / nr == i % nr)
			continue;
		err = luo_plan__make(&m->cells[i].plan, p, profiles[i / nr], profiles[i % nr]);
		if (!err)
			judge(&m->cells[i], evidence);
	}
	return err;
}

void luo_matrix__free(struct luo_matrix *m)
{
	size_t i;

	for (i = 0; m->cells && i < m->nr * m->nr; i++)
		luo_plan__free(&m->cells[i].plan);
	free(m->cells);
	memset(m, 0, sizeof(*m));
}
