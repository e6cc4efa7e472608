// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A record, in words, on which conditions hold and two terms differ. */
#include <stdlib.h>
#include <string.h>

#include "compose.h"
#include "model.h"

void example__add(struct vfy *v, struct verify_example *ex, const char *field,
		  const char *value)
{
	struct verify_said *list;
	size_t i;

	for (i = 0; i < ex->nr; i++)
		if (!strcmp(ex->values[i].field, field))
			return;
	list = luob_grow(ex->values, ex->nr, &ex->cap, sizeof(*list));
	if (!list)
		longjmp(*v->ts.bail, BAIL_MEMORY);
	ex->values = list;
	snprintf(list[ex->nr].field, sizeof(list[ex->nr].field), "%s", field);
	snprintf(list[ex->nr++].value, sizeof(list->value), "%s", value);
}

static void number(__u64 val, char *text, size_t size)
{
	snprintf(text, size, val > 4096 ? "0x%llx" : "%llu", (unsigned long long)val);
}

/* Text as text, if it is, else bytes. */
static void string(const __u8 *p, unsigned int nr, char *text, size_t size)
{
	unsigned int i, n;
	size_t at = 0;
	bool plain = true;

	for (n = nr; n && !p[n - 1]; n--)
		;
	for (i = 0; i < n; i++)
		plain &= p[i] >= ' ' && p[i] < 127 && p[i] != '\'';
	if (plain) {
		snprintf(text, size, "'%.*s'", (int)(n > 60 ? 60 : n), (const char *)p);
		return;
	}
	for (i = 0; i < n && at + 6 < size; i++)
		at += snprintf(text + at, size - at, "%s%02x", i ? " " : "", p[i]);
	snprintf(text + at, size - at, "%s", i < n ? " .." : "");
}

static __u64 field_value(const struct model *m, __u32 region, __u64 off, const struct field *f)
{
	__u64 val = 0;
	__u32 i, nr = (f->bit % 8 + f->bits + 7) / 8;
	__u8 byte;

	for (i = 0; i < nr && i < 8; i++) {
		model__byte(m, region, off + i, &byte);
		val |= (__u64)byte << 8 * i;
	}
	return val >> f->bit % 8 & term_mask(f->bits > 64 ? 64 : f->bits);
}

/* A field of one structure; @base is where the structure begins. */
static void add_field(struct vfy *v, struct model *m, struct verify_example *ex, __u32 region,
		      __u64 base, const struct field *f, const char *prefix)
{
	char name[112], value[72];
	__u8 bytes[96] = { 0 };
	__u32 i;

	if (f->handle || f->flags & (FIELD_PADDING | FIELD_RESERVED | FIELD_VERSION))
		return;
	snprintf(name, sizeof(name), "%.60s%.50s", prefix, f->name);
	if (f->flags & FIELD_ARRAY) {
		for (i = 0; i < f->bits / 8 && i < sizeof(bytes); i++)
			model__byte(m, region, base + f->bit / 8 + i, &bytes[i]);
		string(bytes, i, value, sizeof(value));
	} else {
		number(field_value(m, region, base + f->bit / 8, f), value, sizeof(value));
	}
	example__add(v, ex, name, value);
}

/* "sessions_pa[0].": where a load reads, in the words of the record. */
static bool place(struct vfy *v, struct model *m, const struct region *r, __u64 off,
		  char *text, size_t size, const struct luob_type **type, __u64 *base)
{
	const struct luob_type *up_type;
	const struct field *f;
	__u64 head = r->head ? r->head->size : 0, up_off, up_base;
	char up[64] = "";

	if (r->up) {
		up_off = model__eval(m, r->up_off);
		if (!place(v, m, r->up, up_off, up, sizeof(up), &up_type, &up_base))
			return false;
		f = fields__at(fields__of(v, up_type), (up_off - up_base) * 8);
		if (!f)
			return false;
		snprintf(up + strlen(up), sizeof(up) - strlen(up), "%.50s", f->name);
	}
	if (off < head) {
		*type = r->head;
		*base = 0;
		snprintf(text, size, "%s%s", up, r->up ? "->" : "");
		return true;
	}
	if (!r->elem)
		return false;
	*type = r->elem;
	*base = head + (off - head) / r->elem->size * r->elem->size;
	snprintf(text, size, "%s[%llu].", up, (unsigned long long)((off - head) / r->elem->size));
	return true;
}

static void add_load(struct vfy *v, struct model *m, struct verify_example *ex,
		     const struct term *t)
{
	const struct region *r = vfy__region_nr(v, t->val);
	const struct luob_type *type;
	__u64 off = model__eval(m, t->arg[0]), base;
	const struct fields *fs;
	char prefix[80];
	unsigned int i;

	if (!r || r->fresh || !place(v, m, r, off, prefix, sizeof(prefix), &type, &base))
		return;
	fs = fields__of(v, type);
	for (i = 0; i < fs->nr; i++)
		if (fs->field[i].bit < (off - base) * 8 + t->width &&
		    fs->field[i].bit + fs->field[i].bits > (off - base) * 8)
			add_field(v, m, ex, r->id, base, &fs->field[i], prefix);
}

static void add_var(struct vfy *v, struct model *m, struct verify_example *ex,
		    const struct term *t)
{
	char name[112] = "", value[72];

	if (t->kind != V_ELEMS && t->kind != V_LOOKUP && t->kind != V_ARG && t->kind != V_CONFIG)
		return;
	vfy__term(v, t, name, sizeof(name));
	number(model__eval(m, t), value, sizeof(value));
	example__add(v, ex, name, value);
}

static void describe(struct vfy *v, const struct region *self, struct model *m,
		     const struct conds *c, struct verify_example *ex)
{
	const struct fields *fs = fields__of(v, self->head);
	unsigned int i;

	for (i = 0; i < fs->nr; i++)
		add_field(v, m, ex, self->id, 0, &fs->field[i], "");
	for (i = 0; i < c->nr_leaves; i++) {
		if (c->leaf[i]->op == T_LOAD)
			add_load(v, m, ex, c->leaf[i]);
		else
			add_var(v, m, ex, c->leaf[i]);
	}
}

/* A record decides it: neither the engine, nor what could not be followed. */
static bool is_given(const struct term *t, void *priv)
{
	(void)priv;
	return t->op != T_VAR || (model__is_free(t) && t->kind != V_HAVOC);
}

/**
 * example__find - a record on which @facts hold and @was and @is differ
 * @was: NULL if all records on which the facts hold will do
 * @is: what it becomes
 * @ex: result; its values are to be freed by the caller
 */
enum example_answer example__find(struct vfy *v, const struct region *self,
				  const struct fact *facts, const struct term *was,
				  const struct term *is, struct verify_example *ex)
{
	struct terms *ts = &v->ts;
	struct conds *c = terms__alloc(ts, sizeof(*c));
	const struct term *differ = NULL;
	enum answer answer;
	struct model m = { 0 };
	unsigned int i;

	if (was)
		differ = term__not(ts, term__eq(ts, was, is));
	if (differ && term_is(differ, 0))
		return EXAMPLE_NONE;
	conds__init(c, ts);
	if (differ && differ->op != T_CONST)
		conds__add(c, differ);
	for (; facts; facts = facts->prev)
		conds__add(c, facts->cond);
	model__init(&m, ts);
	answer = search__model(&m, c, 1);
	if (answer == ANSWER_NONE)
		answer = solver__model(&v->solver, &m, c);
	if (answer != ANSWER_MODEL)
		return answer == ANSWER_IMPOSSIBLE ? EXAMPLE_NONE : EXAMPLE_UNKNOWN;
	model__simplify(&m, c);
	if (!model__fits(&m, c))
		return EXAMPLE_UNKNOWN;
	for (i = 0; i < c->nr; i++)
		if (!term__walk(&v->ts, c->cond[i], is_given, NULL))
			return EXAMPLE_UNKNOWN;
	if (is && !term__walk(&v->ts, is, is_given, NULL))
		return EXAMPLE_UNKNOWN;
	if (was)
		number(model__eval(&m, was), ex->was, sizeof(ex->was));
	if (is)
		number(model__eval(&m, is), ex->back, sizeof(ex->back));
	describe(v, self, &m, c, ex);
	return EXAMPLE_FOUND;
}
