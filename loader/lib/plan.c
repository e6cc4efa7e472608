// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/plan.h"
#include "lib/verdict.h"

static const char *const verdicts[LUO_NR_PLAN_VERDICTS] = {
	[LUO_PLAN_IDENTICAL] = "identical",
	[LUO_PLAN_TRANSLATED] = "translated",
	[LUO_PLAN_LOSSY] = "lossy",
	[LUO_PLAN_UNTESTED] = "untested",
	[LUO_PLAN_BLOCKED] = "blocked",
};

const char *luo_plan_verdict__name(enum luo_plan_verdict verdict)
{
	return verdicts[verdict];
}

/* ---- objects -------------------------------------------------------------------------- */

static void describe(struct luo_planner *p, size_t i)
{
	const struct luo_verdict *v = &p->objects->verdicts[i];
	__u8 digest[LUO_DIGEST_SIZE];
	const void *bytes;
	size_t size;

	bytes = luo_object__bytes(p->objects->objects[i], &size);
	luo_digest__bytes(bytes, size, digest);
	luo_digest__text(digest, p->info[i].digest);
	p->info[i].verified = v->verified;
	p->info[i].refused = v->judged && v->result.verdict == VERIFY_REFUSED;
}

/**
 * luo_planner__new - verify objects, and keep those that may be used
 * @p: result
 * @objects: ready; they get their verdicts, and have to outlive @p
 * @no_verify: use all of them; nothing is verified anew
 *
 * Return: 0, -ENOMEM.
 */
int luo_planner__new(struct luo_planner *p, struct luo_objects *objects, bool no_verify)
{
	size_t i, nr = objects->nr ? objects->nr : 1;
	int err;

	memset(p, 0, sizeof(*p));
	p->objects = objects;
	err = luo_objects__judge(objects, no_verify);
	if (err && err != -EPERM)
		return err;
	p->info = calloc(nr, sizeof(*p->info));
	p->safe = calloc(nr, sizeof(*p->safe));
	p->index = calloc(nr, sizeof(*p->index));
	if (!p->info || !p->safe || !p->index) {
		luo_planner__free(p);
		return -ENOMEM;
	}
	for (i = 0; i < objects->nr; i++) {
		describe(p, i);
		if (!p->info[i].verified && !no_verify)
			continue;
		p->index[p->nr_safe] = i;
		p->safe[p->nr_safe++] = objects->progs[i];
	}
	return 0;
}

void luo_planner__free(struct luo_planner *p)
{
	free(p->info);
	free(p->safe);
	free(p->index);
	memset(p, 0, sizeof(*p));
}

/* ---- losses --------------------------------------------------------------------------- */

/**
 * luo_object__loss - the next loss that an object declares
 * @obj: object
 * @tag: where the search is; begin with NULL
 * @field: result
 * @size: bytes of @field
 * @why: result, the object's
 *
 * Return: whether there is one.
 */
bool luo_object__loss(const struct luo_object *obj, const char **tag, char *field, size_t size,
		      const char **why)
{
	const char *name;

	*tag = luo_object__next_loss(obj, *tag);
	if (!*tag)
		return false;
	/* luo_object__open() has seen to it that both are there. */
	name = *tag + strlen("field=");
	snprintf(field, size, "%.*s", (int)strcspn(name, " "), name);
	*why = strstr(*tag, "why=");
	*why = *why ? *why + strlen("why=") : "";
	return true;
}

/* All losses of a chain, in the order of its steps. Return: whether there is one more. */
bool luo_plan__next_loss(const struct luo_plan *plan, const struct luo_plan_row *row,
			 struct luo_plan_loss *loss)
{
	const struct luo_object *obj;

	for (; loss->step < row->nr_steps; loss->step++) {
		obj = plan->planner->objects->objects[row->steps[loss->step]];
		loss->object = luo_object__prog(obj)->name;
		if (luo_object__loss(obj, &loss->tag, loss->field, sizeof(loss->field),
				     &loss->why))
			return true;
	}
	return false;
}

/* ---- one format ----------------------------------------------------------------------- */

/* Return: 0, -ENOMEM. */
__attribute__((format(printf, 4, 5)))
static int block(struct luo_plan *plan, struct luo_plan_row *row, const char *rule,
		 const char *fmt, ...)
{
	struct luo_plan_blocker *b;
	va_list ap;

	row->verdict = LUO_PLAN_BLOCKED;
	b = luob_grow(plan->blockers, plan->nr_blockers, &plan->cap_blockers, sizeof(*b));
	if (!b)
		return -ENOMEM;
	plan->blockers = b;
	b += plan->nr_blockers++;
	b->row = row - plan->rows;
	snprintf(b->rule, sizeof(b->rule), "%s", rule);
	va_start(ap, fmt);
	vsnprintf(b->text, sizeof(b->text), fmt, ap);
	va_end(ap);
	return 0;
}

static int plan_kho(struct luo_plan *plan, struct luo_plan_row *row)
{
	struct luob_fault f;
	size_t i;

	for (i = 0; i < plan->to->core.nr; i++)
		if (!strcmp(plan->to->core.formats[i].space, "kho"))
			row->to = &plan->to->core.formats[i];
	if (luo_profile__kho(row->from->string, plan->to, &f))
		return block(plan, row, f.rule, "%s", f.text);
	row->by_engine = strcmp(row->from->string, plan->to->kho);
	row->verdict = row->by_engine ? LUO_PLAN_TRANSLATED : LUO_PLAN_IDENTICAL;
	return 0;
}

/* The target's formats of a family, with commas. */
static void what_is_read(const struct luo_plan *plan, const char *family, char *text, size_t size)
{
	const struct luob_profile *to = &plan->to->core;
	size_t i, n = 0;

	text[0] = 0;
	for (i = 0; i < to->nr && n < size; i++)
		if (to->formats[i].reads && !strcmp(to->formats[i].family, family))
			n += snprintf(text + n, size - n, "%s%s", n ? ", " : "",
				      to->formats[i].string);
}

/* No chain of objects that may be used: is there one of others? */
static int plan_unsafe(struct luo_plan *plan, struct luo_plan_row *row, struct luob_record *rec)
{
	const struct luo_planner *p = plan->planner;
	bool refused = false;
	unsigned int i;
	size_t at;
	int err = 0;

	row->to = rec->want;
	for (i = 0; i < rec->nr_steps && !err; i++) {
		at = rec->steps[i] - p->objects->progs;
		row->steps[i] = at;
		refused |= p->info[at].refused;
		if (!p->info[at].verified)
			err = block(plan, row, "NOT_PROVED", "%s, %s, is %s by luo-load verify",
				    rec->steps[i]->name,
				    luo_object__path(p->objects->objects[at]),
				    p->info[at].refused ? "refused" : "not understood");
	}
	row->nr_steps = rec->nr_steps;
	if (!refused)
		row->verdict = LUO_PLAN_UNTESTED;
	return err;
}

static int no_chain(struct luo_plan *plan, struct luo_plan_row *row, bool too_long)
{
	char reads[160];

	what_is_read(plan, row->from->family, reads, sizeof(reads));
	if (too_long)
		return block(plan, row, "CHAIN_TOO_LONG", "from %s to %s it takes more than %d "
			     "steps", row->from->string, reads, LUOB_STEPS_MAX);
	if (!*reads)
		return block(plan, row, "NO_FORMAT", "%s has no format of this family",
			     plan->to->core.release);
	return block(plan, row, "NO_TRANSLATOR", "no translator leads from %s of %s to %s, which "
		     "%s reads", row->from->string, plan->from->core.release, reads,
		     plan->to->core.release);
}

/* Somebody has to know the reading rules of the result. Return: 0, -ENOMEM. */
static int find_acceptor(struct luo_plan *plan, struct luo_plan_row *row)
{
	const struct luo_planner *p = plan->planner;
	size_t i;

	for (i = 0; i < p->nr_safe; i++)
		if (luob_prog__accepts(&p->safe[i], row->to))
			return 0;
	for (i = 0; i < p->objects->nr; i++)
		if (luob_prog__accepts(&p->objects->progs[i], row->to))
			return block(plan, row, "NOT_PROVED", "the acceptor %s is %s by luo-load "
				     "verify", p->objects->progs[i].name,
				     p->info[i].refused ? "refused" : "not understood");
	return block(plan, row, "NO_ACCEPTOR", "no acceptor knows the reading rules of %s",
		     row->to->string);
}

/* The chain that the engine would take. */
static int take_chain(struct luo_plan *plan, struct luo_plan_row *row, struct luob_record *rec)
{
	struct luo_plan_loss loss = {};
	unsigned int i;

	row->to = rec->want;
	row->nr_steps = rec->nr_steps;
	for (i = 0; i < rec->nr_steps; i++)
		row->steps[i] = plan->planner->index[rec->steps[i] - plan->planner->safe];
	row->verdict = !rec->nr_steps ? LUO_PLAN_IDENTICAL :
		       luo_plan__next_loss(plan, row, &loss) ? LUO_PLAN_LOSSY :
		       LUO_PLAN_TRANSLATED;
	/* A number is nothing that anybody reads by rules. */
	return row->from->value ? 0 : find_acceptor(plan, row);
}

static int plan_row(struct luo_plan *plan, struct luo_plan_row *row)
{
	const struct luo_planner *p = plan->planner;
	struct luob_record rec = { .format = row->from };
	int err, unsafe;

	if (!strcmp(row->from->space, "kho"))
		return plan_kho(plan, row);
	if (!row->from->type)
		return block(plan, row, "NO_LAYOUT", "the structure of %s is not known",
			     row->from->string);
	err = luob_plan__find(p->safe, p->nr_safe, &plan->to->core, &rec);
	if (!err)
		return take_chain(plan, row, &rec);
	if (err != -ENOENT && err != -E2BIG)
		return err;
	unsafe = luob_plan__find(p->objects->progs, p->objects->nr, &plan->to->core, &rec);
	if (unsafe == -ENOMEM)
		return unsafe;
	return unsafe ? no_chain(plan, row, err == -E2BIG) : plan_unsafe(plan, row, &rec);
}

/**
 * luo_plan__make - from everything that one kernel writes to what another reads
 * @plan: result; to be released with luo_plan__free(), also after a failure
 * @p: objects; they and both profiles have to outlive @plan
 * @from: the kernel that writes
 * @to: the kernel that reads
 *
 * Return: 0, also when there are blockers; -ENOMEM.
 */
int luo_plan__make(struct luo_plan *plan, const struct luo_planner *p,
		   const struct luo_profile *from, const struct luo_profile *to)
{
	size_t i;
	int err = 0;

	memset(plan, 0, sizeof(*plan));
	plan->planner = p;
	plan->from = from;
	plan->to = to;
	plan->rows = calloc(from->core.nr ? from->core.nr : 1, sizeof(*plan->rows));
	if (!plan->rows)
		return -ENOMEM;
	for (i = 0; i < from->core.nr && !err; i++) {
		struct luo_plan_row *row = &plan->rows[plan->nr_rows];

		/* A former version of ours is written by who asks for it, not by a kernel. */
		if (!from->core.formats[i].writes || !from->core.formats[i].reads)
			continue;
		row->from = &from->core.formats[i];
		plan->nr_rows++;
		err = plan_row(plan, row);
		if (row->verdict > plan->verdict)
			plan->verdict = row->verdict;
	}
	return err;
}

void luo_plan__free(struct luo_plan *plan)
{
	free(plan->rows);
	free(plan->blockers);
	memset(plan, 0, sizeof(*plan));
}
