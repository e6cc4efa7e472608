// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which input shows a finding? The conditions of its path, and its own, have a model; the
 * model becomes a record, and the program is run on it. What is refused without such an
 * input is "unknown"; what no input can show was never there.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define ATTEMPTS	6	/* for one path */
#define ATTEMPTS_ALL	48	/* for one finding */

static const struct term *equals(struct vfy *v, const struct term *t, __u64 val)
{
	return term__eq(&v->ts, t, term__const(&v->ts, t->width, val));
}

/* kernel/core/account.c: a handle is null exactly when the count beside it is zero. */
static void add_null_rule(struct vfy *v, struct conds *c, const struct effect *e)
{
	const struct luob_handle *h;
	const struct term *off, *none;
	struct spot spot;

	if (!region__spot(v, NULL, e->region, e->off, &spot) || !spot.handle ||
	    spot.handle->count_at != LUOB_COUNT_BESIDE)
		return;
	h = spot.handle;
	off = term__add_const(&v->ts, e->off, (__u64)h->count_off - h->off);
	none = equals(v, term__load(&v->ts, e->region->id, off, h->count_size), 0);
	conds__add(c, e->other ? term__not(&v->ts, none) : none);
}

/* luob_format__open(): the record has the version of the identity. */
static void add_version(struct vfy *v, struct conds *c)
{
	const struct luob_type *t = v->prog->from;
	const char *s = v->prog->from_string;
	__u32 i, len = strlen(s);
	__u8 number[4];

	for (i = 0; i < 4; i++)
		number[i] = strtoull(s, NULL, 0) >> 8 * i;
	for (i = 0; i < t->version_size; i++)
		conds__add(c, equals(v, term__load(&v->ts, 0, term__const(&v->ts, 64,
				      t->version_off + i), 1),
				     t->version_size == 4 ? number[i] : i < len ? (__u8)s[i] : 0));
}

static void add_base(struct vfy *v, struct conds *c, const struct clue *clue)
{
	const struct effect *e;
	const struct fact *f;

	if (clue->goal)
		conds__add(c, clue->goal);
	for (f = clue->facts; f; f = f->prev)
		conds__add(c, f->cond);
	for (e = clue->effects; e; e = effect__prev(v, e))
		if (e->kind == E_REF)
			add_null_rule(v, c, e);
	add_version(v, c);
}

/* What a model may not choose: what the engine gives, and what former turns left. */
static void pin(struct vfy *v, struct conds *c, struct model *m, const struct term *t)
{
	const struct havoc *h;

	if (!model__is_free(t)) {
		conds__add(c, equals(v, t, model__eval(m, t)));
		return;
	}
	/* enum luob_known; a target is not configured otherwise. */
	if (t->kind == V_CONFIG)
		conds__add(c, term__ult(&v->ts, t, term__const(&v->ts, t->width,
							       LUOB_UNKNOWN + 1)));
	if (t->kind != V_HAVOC)
		return;
	for (h = v->havocs; h; h = h->next)
		if (h->t == t)
			break;
	if (!h || !h->first || h->first->width != t->width) {
		conds__add(c, term__const(&v->ts, 1, 0));
		return;
	}
	conds__add(c, equals(v, h->index, 0));
	conds__add(c, term__eq(&v->ts, t, h->first));
}

/* Records of other families are real ones: their strings are not to be chosen. */
static void pin_string(struct finder *f, struct conds *c, const struct term *t)
{
	const struct region *r = vfy__region_nr(f->v, t->val);
	struct terms *ts = &f->v->ts;
	const char *string;
	struct spot spot;
	unsigned int i, k;
	__u32 at;

	if (!r || !region__spot(f->v, NULL, r, t->arg[0], &spot))
		return;
	for (i = 0; i < spot.type->nr_handles; i++) {
		const struct luob_handle *h = &spot.type->handles[i];

		string = h->kind == LUOB_H_CHILD ? replay__child(f->replay, h) : NULL;
		for (k = 0; string && k < t->width / 8U; k++) {
			at = spot.off + k - h->string_off;
			if (at < h->string_size)
				conds__add(c, equals(f->v, term__extract(ts, t, 8 * k, 8),
						     at < strlen(string) ? (__u8)string[at] : 0));
		}
	}
}

static void add_exact(struct finder *f, struct conds *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_leaves; i++) {
		if (c->leaf[i]->op == T_VAR)
			pin(f->v, c, &f->model, c->leaf[i]);
		else
			pin_string(f, c, c->leaf[i]);
	}
}

/* What lies at @off of @r is another element than that of turn @i. */
static void keep_apart(struct finder *f, struct conds *c, const struct clue *clue,
		       const struct region *r, const struct term *off, const struct term *i)
{
	struct terms *ts = &f->v->ts;
	/* Offsets of no pattern meet the right ones in the first turn, if anywhere. */
	const struct term *x = term__const(ts, i->width, 0);
	struct spot spot;

	if (region__spot(f->v, clue->effects, r, off, &spot))
		x = spot.index;
	if (x && x != i && x->width == i->width)
		conds__add(c, term__not(ts, term__eq(ts, x, i)));
}

/*
 * In a turn of a loop, elements are told apart by the terms of their indices. In an input
 * that shows something, terms that differ stand for elements that differ.
 */
static void add_apart(struct finder *f, struct conds *c, const struct clue *clue)
{
	const struct effect *e, *turn;
	struct vfy *v = f->v;

	for (turn = clue->effects; turn && turn->kind != E_TURN; turn = effect__prev(v, turn))
		;
	if (!turn)
		return;
	for (e = clue->effects; e != turn; e = effect__prev(v, e)) {
		if (e->region && e->off)
			keep_apart(f, c, clue, e->region, e->off, turn->loop->index);
		if (e->kind == E_MOVE || e->kind == E_CHILD)
			keep_apart(f, c, clue, e->other, e->off2, turn->loop->index);
	}
}

void verify_input__free(struct verify_input *in)
{
	if (!in)
		return;
	luo_specimen__free(&in->specimen);
	free(in->values);
	free(in->core);
	free(in->command);
	free(in);
}

/* ---- looking for one ----------------------------------------------------------------- */

enum found {
	FOUND_NOTHING,
	FOUND_INPUT,
	FOUND_IMPOSSIBLE,	/* no input takes this path and shows it */
};

static size_t input_bytes(const struct verify_input *in)
{
	size_t bytes = sizeof(*in), i;

	for (i = 0; i < in->specimen.nr; i++)
		bytes += 2 * in->specimen.parts[i].size;
	return bytes;
}

static void drop_input(struct finder *f)
{
	terms__uncharge(&f->v->ts, input_bytes(f->f->input));
	verify_input__free(f->f->input);
	f->f->input = NULL;
}

static bool shows(struct finder *f, const struct clue *clue, unsigned int attempt)
{
	struct verify_input *in;

	f->why[0] = 0;
	f->too_large = f->many = false;
	in = finder__make(f, clue, attempt);
	if (in && !terms__charge(&f->v->ts, input_bytes(in)))
		longjmp(*f->v->ts.bail, BAIL_LIMIT);
	if (!in || f->too_large)
		return in != NULL;
	terms__spend(&f->v->ts, replay__cost(f->replay));
	if (replay__run(f->replay, in, f->f->rule, f->why, sizeof(f->why)) == REPLAY_SHOWS)
		return true;
	drop_input(f);
	return false;
}

static bool has_havoc(const struct conds *c)
{
	unsigned int i;

	for (i = 0; i < c->nr_leaves; i++)
		if (c->leaf[i]->op == T_VAR && c->leaf[i]->kind == V_HAVOC)
			return true;
	return false;
}

static enum found look_at(struct finder *f, const struct clue *clue, unsigned int *attempts)
{
	struct vfy *v = f->v;
	enum answer a = ANSWER_NONE;
	const struct conds *c;
	unsigned int i;

	f->many = false;
	conds__init(&f->base, &v->ts);
	add_base(v, &f->base, clue);
	f->exact = f->base;
	model__init(&f->model, &v->ts);
	add_exact(f, &f->exact);
	f->apart = f->exact;
	add_apart(f, &f->apart, clue);
	for (i = 0; i < ATTEMPTS && *attempts < ATTEMPTS_ALL; i++, ++*attempts) {
		c = &f->apart;
		a = search__model(&f->model, c, i + 1);
		if (a != ANSWER_MODEL) {
			c = &f->exact;
			a = search__model(&f->model, c, i + 1);
		}
		if (a != ANSWER_MODEL)
			break;
		if (i < 4)
			model__simplify(&f->model, c);
		if (shows(f, clue, i))
			return FOUND_INPUT;
		if (f->many)
			*attempts = ATTEMPTS_ALL;
	}
	if (a == ANSWER_MODEL || i)
		return FOUND_NOTHING;
	if (solver__model(&v->solver, &f->model, &f->base) == ANSWER_IMPOSSIBLE)
		return FOUND_IMPOSSIBLE;
	a = solver__model(&v->solver, &f->model, &f->exact);
	if (a == ANSWER_MODEL) {
		model__simplify(&f->model, &f->exact);
		for (i = 0; i < 4 && !f->many; i++)
			if (shows(f, clue, i))
				return FOUND_INPUT;
	} else if (v->solver.why) {
		snprintf(f->why, sizeof(f->why), "Z3 would be asked, but %s", v->solver.why);
	} else if (a == ANSWER_IMPOSSIBLE) {
		snprintf(f->why, sizeof(f->why), "it depends on what %s", has_havoc(&f->exact) ?
			 "former turns of a loop left" : "no input decides");
	}
	return FOUND_NOTHING;
}

__attribute__((format(printf, 2, 3)))
static void append(struct verify_finding *f, const char *fmt, ...)
{
	size_t len = strlen(f->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->text + len, sizeof(f->text) - len, fmt, ap);
	va_end(ap);
}

/* Short: three values, and how many more there are. */
static void say_input(struct verify_finding *f, const char *why)
{
	const struct verify_input *in = f->input;
	size_t i;

	for (i = 0; i < in->nr_values && i < 4; i++) {
		const struct verify_value *val = &in->values[i];

		append(f, i ? ", " : "; input ");
		if (val->null)
			append(f, "%s=null", val->name);
		else
			append(f, val->val > 65536 ? "%s=0x%llx" : "%s=%llu", val->name,
			       (unsigned long long)val->val);
	}
	if (i < in->nr_values)
		append(f, " and %zu more", in->nr_values - i);
	if (!i)
		append(f, "; on every input");
	if (!in->specimen.nr)
		append(f, " (too large to be made: %s)", why);
}

/* Something else was not understood: what was not found may be there. */
static bool is_doubtful(const struct finder *f, const struct clues *clues)
{
	const struct verify_result *r = f->v->res;
	size_t i;

	for (i = 0; i < r->nr_findings && clues->first->absent; i++)
		if (r->findings[i].verdict == VERIFY_UNKNOWN)
			return true;
	return false;
}

/* What layouts and names say of themselves. */
static bool is_form(enum verify_rule rule)
{
	return verify_rule__class(rule) == VERIFY_MEANING || rule == VERIFY_VERSION_STRING;
}

/* Return: whether the finding stays. */
static bool resolve(struct finder *f, const struct clues *clues)
{
	bool all = clues->nr <= CLUES_MAX, any = false, was_refused;
	const struct clue *clue;
	unsigned int attempts = 0;
	char why[200] = "";

	if (clues->form || is_form(f->f->rule)) {
		append(f->f, "; on every input");
		return true;
	}
	if (is_doubtful(f, clues)) {
		f->f->verdict = VERIFY_UNKNOWN;
		return true;
	}
	was_refused = f->f->verdict == VERIFY_REFUSED;
	for (clue = clues->first; clue; clue = clue->next) {
		/* What could not be decided has a condition, or stays what it is. */
		if (f->f->verdict == VERIFY_UNKNOWN && !clue->goal)
			return true;
		any = true;
		f->why[0] = 0;
		switch (look_at(f, clue, &attempts)) {
		case FOUND_INPUT:
			f->f->verdict = VERIFY_REFUSED;
			say_input(f->f, f->why);
			return true;
		case FOUND_NOTHING:
			all = false;
			snprintf(why, sizeof(why), "%s", f->why);
			break;
		case FOUND_IMPOSSIBLE:
			all &= !clue->cut;
			break;
		}
	}
	if (any && all)
		return false;
	if (verify_rule__class(f->f->rule) == VERIFY_CONTRACT && was_refused) {
		append(f->f, "; on every input that gets there");
		return true;
	}
	f->f->verdict = VERIFY_UNKNOWN;
	append(f->f, " (no input is known that shows it%s%s)", why[0] ? ": " : "", why);
	return true;
}

/* Where the analysis is: findings are made there. Return: where it was. */
struct clue vfy__at(struct vfy *v, const struct fact *facts, const struct effect *effects)
{
	struct clue was = v->at;

	v->at.facts = facts;
	v->at.effects = effects;
	return was;
}

/* Does @cond hold on every input that gets here? Only a proof counts. */
bool vfy__holds(struct vfy *v, const struct fact *facts, const struct term *cond)
{
	struct clue clue = { .facts = facts, .goal = term__not(&v->ts, cond) };
	struct conds *c = v->conds;

	if (!c)
		c = v->conds = terms__alloc(&v->ts, sizeof(*c));
	conds__init(c, &v->ts);
	add_base(v, c, &clue);
	model__init(&v->model, &v->ts);
	return search__model(&v->model, c, 1) != ANSWER_MODEL &&
	       solver__model(&v->solver, &v->model, c) == ANSWER_IMPOSSIBLE;
}

/* Out of line: what is live across setjmp() has to be in memory. */
static void resolve_all(struct vfy *v, struct finder *f, bool *gone, size_t *at)
{
	for (; *at < v->res->nr_findings; ++*at) {
		f->f = &v->res->findings[*at];
		if (*at < v->cap_clues && !resolve(f, &v->clues[*at]))
			gone[*at] = true;
	}
}

/* What was not looked at any more: memory or terms ran out. */
static void give_up(struct vfy *v, size_t at)
{
	struct verify_finding *f;

	for (; at < v->res->nr_findings; at++) {
		f = &v->res->findings[at];
		verify_input__free(f->input);
		f->input = NULL;
		if (f->verdict != VERIFY_REFUSED || v->clues[at].form)
			continue;
		f->verdict = VERIFY_UNKNOWN;
		append(f, " (no input is known that shows it: too many terms)");
	}
}

/**
 * vfy__find_inputs - an input for all that is refused, or a weaker verdict
 * @v: verification whose analysis is over
 *
 * Return: 0, -ENOMEM.
 */
int vfy__find_inputs(struct vfy *v)
{
	struct verify_result *r = v->res;
	struct finder *f;
	size_t *at, i, n = 0;
	bool *gone;
	jmp_buf bail;
	int why;

	if (!r->nr_findings)
		return 0;
	f = calloc(1, sizeof(*f));
	gone = calloc(r->nr_findings, sizeof(*gone));
	at = calloc(1, sizeof(*at));
	why = f && gone && at ? 0 : BAIL_MEMORY;
	v->ts.bail = &bail;
	if (!why)
		why = setjmp(bail);
	if (!why) {
		f->v = v;
		terms__refill(&v->ts);
		if (replay__new(&f->replay, v->obj))
			longjmp(bail, BAIL_MEMORY);
		resolve_all(v, f, gone, at);
	} else if (why == BAIL_LIMIT) {
		give_up(v, *at);
	}
	for (i = 0; gone && i < r->nr_findings; i++) {
		if (gone[i])
			verify_input__free(r->findings[i].input);
		else
			r->findings[n++] = r->findings[i];
	}
	if (gone)
		r->nr_findings = n;
	if (f)
		replay__free(f->replay);
	free(f);
	free(gone);
	free(at);
	return why == BAIL_MEMORY ? -ENOMEM : 0;
}
