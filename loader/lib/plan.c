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

/*
 * What objects of a family are limited to, one after the other, each once; begin with NULL.
 */
static const struct luob_limit *next_limit(const struct luo_planner *p, const char *family,
					   const struct luob_limit *prev)
{
	const struct luob_limit *l;
	size_t i, k;
	bool on = !prev;

	for (i = 0; i < p->nr_safe; i++) {
		l = &p->safe[i].limit;
		if (l == prev)
			on = true;
		if (!on || l == prev || luob_limit__any(l) || strcmp(p->safe[i].family, family))
			continue;
		for (k = 0; k < i; k++)
			if (!strcmp(p->safe[k].family, family) &&
			    !memcmp(&p->safe[k].limit, l, sizeof(*l)))
				break;
		if (k == i)
			return l;
	}
	return NULL;
}

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

/* Is there a way for records of some devices at least? Their limits, with commas. */
static int find_limits(const struct luo_plan *plan, const struct luob_format *format, char *text,
		       size_t size)
{
	const struct luo_planner *p = plan->planner;
	const struct luob_limit *l = NULL;
	char one[LUOB_HW_TEXT];
	size_t n = 0;
	int err;

	text[0] = 0;
	while ((l = next_limit(p, format->family, l))) {
		struct luob_record rec = { .format = format, .hw = l->value, .has_hw = true };

		err = luob_plan__find(p->safe, p->nr_safe, &plan->to->core, &rec);
		if (err == -ENOMEM)
			return err;
		if (!err && n < size)
			n += snprintf(text + n, size - n, "%s%s", n ? ", " : "",
				      luob_limit__text(l, one, sizeof(one)));
	}
	return 0;
}

static int no_chain(struct luo_plan *plan, struct luo_plan_row *row,
		    const struct luob_record *rec, bool too_long)
{
	const char *hw = *row->hardware ? row->hardware : NULL;
	char reads[160], limits[160];

	what_is_read(plan, row->from->family, reads, sizeof(reads));
	if (too_long)
		return block(plan, row, "CHAIN_TOO_LONG", "from %s to %s it takes more than %d "
			     "steps", row->from->string, reads, LUOB_STEPS_MAX);
	if (!*reads)
		return block(plan, row, "NO_FORMAT", "%s has no format of this family",
			     plan->to->core.release);
	if (find_limits(plan, row->from, limits, sizeof(limits)))
		return -ENOMEM;
	if (*limits && !rec->has_hw)
		return block(plan, row, "FOR_HARDWARE_ONLY", "from %s of %s to %s, which %s reads, "
			     "objects lead for some hardware only: %s", row->from->string,
			     plan->from->core.release, reads, plan->to->core.release, limits);
	return block(plan, row, "NO_TRANSLATOR", "no translator leads from %s of %s to %s, which "
		     "%s reads%s%s%s%s", row->from->string, plan->from->core.release, reads,
		     plan->to->core.release, hw ? ", for " : "", hw ? hw : "",
		     *limits ? "; there are objects for other hardware: " : "", limits);
}

/* Somebody has to know the reading rules of the result. Return: 0, -ENOMEM. */
static int find_acceptor(struct luo_plan *plan, struct luo_plan_row *row,
			 const struct luob_record *rec)
{
	const struct luo_planner *p = plan->planner;
	size_t i;

	for (i = 0; i < p->nr_safe; i++)
		if (luob_prog__accepts(&p->safe[i], row->to) && luob_prog__fits(&p->safe[i], rec))
			return 0;
	for (i = 0; i < p->objects->nr; i++)
		if (luob_prog__accepts(&p->objects->progs[i], row->to) &&
		    luob_prog__fits(&p->objects->progs[i], rec))
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
	return row->from->value ? 0 : find_acceptor(plan, row, rec);
}

/* @hw: the device that the row is about, or NULL. */
static int plan_row(struct luo_plan *plan, struct luo_plan_row *row, const struct luob_hw *hw)
{
	const struct luo_planner *p = plan->planner;
	struct luob_record rec = { .format = row->from, .has_hw = hw };
	int err, unsafe;

	if (hw)
		rec.hw = *hw;

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
	return unsafe ? no_chain(plan, row, &rec, err == -E2BIG) : plan_unsafe(plan, row, &rec);
}

/* ---- devices -------------------------------------------------------------------------- */

/* Return: a zeroed row; those before it may have moved. */
static struct luo_plan_row *new_row(struct luo_plan *plan, const struct luob_format *from)
{
	struct luo_plan_row *row = luob_grow(plan->rows, plan->nr_rows, &plan->cap_rows,
					     sizeof(*row));

	if (!row)
		return NULL;
	plan->rows = row;
	row += plan->nr_rows++;
	memset(row, 0, sizeof(*row));
	row->from = from;
	return row;
}

static void count_row(struct luo_plan *plan, const struct luo_plan_row *row)
{
	if (row->verdict > plan->verdict)
		plan->verdict = row->verdict;
}

static bool is_of(const struct luo_device *d, const struct luob_format *f)
{
	return !strcmp(d->space, f->space) && strlen(d->name) == luob_format__name(f->string) &&
	       !strncmp(d->name, f->string, strlen(d->name));
}

/* A row for each kind of device that the state has. Return: how many, or -ENOMEM. */
static int plan_devices(struct luo_plan *plan, const struct luob_format *from)
{
	const struct luo_profile *p = plan->from;
	struct luo_plan_row *row;
	int nr = 0, err;
	size_t i;

	for (i = 0; i < p->nr_devices; i++) {
		if (!is_of(&p->devices[i], from))
			continue;
		row = new_row(plan, from);
		if (!row)
			return -ENOMEM;
		luob_hw__text(&p->devices[i].hw, row->hardware, sizeof(row->hardware));
		row->records = p->devices[i].records;
		err = plan_row(plan, row, &p->devices[i].hw);
		if (err)
			return err;
		count_row(plan, row);
		nr++;
	}
	return nr;
}

/* Is that what becomes of records of any device? */
static bool is_same_way(const struct luo_plan_row *a, const struct luo_plan_row *b)
{
	return a->verdict == b->verdict && a->to == b->to && a->nr_steps == b->nr_steps &&
	       !memcmp(a->steps, b->steps, a->nr_steps * sizeof(a->steps[0]));
}

/* What becomes of records of a device that is just what an object is limited to. */
static int plan_variant(struct luo_plan *plan, size_t any, const struct luob_limit *l)
{
	struct luo_plan_row *row = new_row(plan, plan->rows[any].from);
	size_t nr_blockers = plan->nr_blockers;
	int err;

	if (!row)
		return -ENOMEM;
	row->variant = true;
	luob_limit__text(l, row->hardware, sizeof(row->hardware));
	err = plan_row(plan, row, &l->value);
	if (err)
		return err;
	if (is_same_way(row, &plan->rows[any]) ||
	    (row->verdict == LUO_PLAN_BLOCKED && plan->rows[any].verdict == LUO_PLAN_BLOCKED)) {
		plan->nr_blockers = nr_blockers;
		plan->nr_rows--;
	} else {
		count_row(plan, row);
	}
	return 0;
}

static int plan_format(struct luo_plan *plan, const struct luob_format *from)
{
	const struct luob_limit *l = NULL;
	struct luo_plan_row *row;
	int err = plan_devices(plan, from);
	size_t any;

	if (err)
		return err < 0 ? err : 0;
	row = new_row(plan, from);
	if (!row)
		return -ENOMEM;
	any = row - plan->rows;
	err = plan_row(plan, row, NULL);
	count_row(plan, row);
	while (!err && (l = next_limit(plan->planner, from->family, l)))
		err = plan_variant(plan, any, l);
	return err;
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
	/* A former version of ours is written by who asks for it, not by a kernel. */
	for (i = 0; i < from->core.nr && !err; i++)
		if (from->core.formats[i].writes && from->core.formats[i].reads)
			err = plan_format(plan, &from->core.formats[i]);
	return err;
}

void luo_plan__free(struct luo_plan *plan)
{
	free(plan->rows);
	free(plan->blockers);
	memset(plan, 0, sizeof(*plan));
}
