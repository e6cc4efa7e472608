// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A model becomes a record, and what matters in it is put into words. */
#include <stdlib.h>
#include <string.h>

#include "input.h"

#define ELEMS_MANY	1024	/* that is worth one attempt */
#define NO_PART		(~(size_t)0)

static bool say_large(struct finder *f, __u64 nr)
{
	snprintf(f->why, sizeof(f->why), "it needs %llu elements", (unsigned long long)nr);
	f->too_large = true;
	return false;
}

static bool add_ref(struct finder *f, struct verify_input *in, const struct effect *e)
{
	size_t up = f->part[e->region->id];
	__u64 off = model__eval(&f->model, e->off), nr = 0;
	const struct region *r = e->other;
	struct spot spot;

	if (e->region->fresh || up == NO_PART ||
	    !region__spot(f->v, NULL, e->region, e->off, &spot) || !spot.handle)
		return true;
	if (r && !r->head && !r->elem)
		return true;	/* content */
	if (r && r->nr)
		nr = model__eval(&f->model, r->nr);
	switch (luo_specimen__add(&in->specimen, up, off, spot.handle, NULL, nr)) {
	case 0:
		break;
	case -ENOMEM:
		longjmp(*f->v->ts.bail, BAIL_MEMORY);
	case -E2BIG:
		return say_large(f, nr);
	default:
		snprintf(f->why, sizeof(f->why), "two handles would be one");
		return false;
	}
	in->specimen.parts[in->specimen.nr - 1].null = !r;
	f->many |= nr > ELEMS_MANY;
	if (r)
		f->part[r->id] = in->specimen.nr - 1;
	return true;
}

static bool add_lookup(struct finder *f, struct verify_input *in, const struct effect *e)
{
	__u64 kind = model__eval(&f->model, e->off2), key = model__eval(&f->model, e->off);
	struct luo_specimen *s = &in->specimen;
	size_t i;

	for (i = 0; i < s->nr_answers; i++)
		if (s->answers[i].kind == kind && s->answers[i].key == key)
			return e->t && s->answers[i].val == model__eval(&f->model, e->t);
	if (e->t && luo_specimen__answer(s, kind, key, model__eval(&f->model, e->t)))
		longjmp(*f->v->ts.bail, BAIL_MEMORY);
	return true;
}

/* Oldest first: regions are known before what hangs below them. */
static bool add_effects(struct finder *f, struct verify_input *in, const struct effect *e)
{
	const struct effect **list;
	size_t nr = 0, i;
	struct vfy *v = f->v;
	const struct effect *x;
	bool ok = true;

	for (x = e; x; x = effect__prev(v, x))
		nr++;
	list = terms__alloc(&f->v->ts, (nr + 1) * sizeof(*list));
	for (i = nr; e; e = effect__prev(v, e))
		list[--i] = e;
	for (i = 0; i < nr && ok; i++)
		ok = list[i]->kind == E_REF ? add_ref(f, in, list[i]) :
		     list[i]->kind != E_LOOKUP || add_lookup(f, in, list[i]);
	return ok;
}

static void part_types(const struct luo_specimen_part *p, const struct luob_type **head,
		       const struct luob_type **elem)
{
	*head = p->type ? p->type : p->handle->head;
	*elem = p->type ? p->type->nodes : p->handle->elem;
}

/* A field that differs between elements anyway, or belongs to the engine. */
static bool is_own(const struct luob_type *t, __u32 off)
{
	__u32 i;

	if (t->unique_size && off >= t->unique_off && off < t->unique_off + t->unique_size)
		return true;
	for (i = 0; i < t->nr_handles; i++) {
		const struct luob_handle *h = &t->handles[i];

		if (off >= h->off && off < h->off + h->size)
			return true;
	}
	return false;
}

/* All elements like the one that matters: they take the same path. */
static void repeat(struct finder *f, struct luo_specimen *s, size_t part, __u32 region,
		   const struct model_byte *b)
{
	struct luo_specimen_part *p = &s->parts[part];
	const struct luob_type *head, *elem;
	__u64 first, at, i;
	__u8 val;

	part_types(p, &head, &elem);
	first = head ? head->size : 0;
	if (!elem || b->off < first || is_own(elem, (b->off - first) % elem->size))
		return;
	terms__spend(&f->v->ts, p->nr * f->model.nr_bytes);
	for (i = 0; i < p->nr; i++) {
		at = first + i * elem->size + (b->off - first) % elem->size;
		if (!model__byte(&f->model, region, at, &val))
			luo_specimen__put(s, part, at, b->val);
	}
}

static void add_bytes(struct finder *f, struct luo_specimen *s, bool alike)
{
	const struct model *m = &f->model;
	size_t i, part;

	for (i = 0; i < m->nr_bytes; i++) {
		const struct model_byte *b = &m->bytes[i];

		part = b->region < f->v->nr_regions ? f->part[b->region] : NO_PART;
		if (part == NO_PART)
			continue;
		luo_specimen__put(s, part, b->off, b->val);
		if (alike)
			repeat(f, s, part, b->region, b);
	}
}

static const char *config_name(struct vfy *v, __u64 at)
{
	const struct btf *btf = luo_types__btf(luo_object__types(v->obj));
	__s32 sec = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *t = sec < 0 ? NULL : btf__type_by_id(btf, sec), *var;
	const struct btf_var_secinfo *info = t ? btf_var_secinfos(t) : NULL;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++) {
		var = btf__type_by_id(btf, info[i].type);
		if (var && at >= info[i].offset && at - info[i].offset < info[i].size)
			return btf__name_by_offset(btf, var->name_off);
	}
	return "luo_config_?";
}

/* ---- what matters, in words ---------------------------------------------------------- */

static void add_value(struct finder *f, struct verify_input *in, const char *name, __u64 val,
		      bool null)
{
	struct verify_value *list;
	size_t i;

	for (i = 0; i < in->nr_values; i++)
		if (!strcmp(in->values[i].name, name))
			return;
	list = luob_grow(in->values, in->nr_values, &in->cap_values, sizeof(*list));
	if (!list)
		longjmp(*f->v->ts.bail, BAIL_MEMORY);
	in->values = list;
	list += in->nr_values++;
	snprintf(list->name, sizeof(list->name), "%s", name);
	list->val = val;
	list->null = null;
}

/* Numbers of elements are said by their own name. */
static bool is_count(struct vfy *v, const struct region *r, const struct spot *spot)
{
	const struct luob_handle *h = r->handle;
	unsigned int i;

	if (!spot->index && h && h->count_at == LUOB_COUNT_HEAD && h->count_off == spot->off)
		return true;
	for (i = 1; i < v->nr_regions; i++) {
		h = v->regions[i]->handle;
		if (h && v->regions[i]->up == r && h->count_at == LUOB_COUNT_BESIDE &&
		    h->count_off == spot->off)
			return true;
	}
	return false;
}

/* @base: of the structure. Of an array, the @bytes from @at on are read. */
static void add_field(struct finder *f, struct verify_input *in, const struct region *r,
		      const struct term *base, const struct field *g, __u32 at, __u32 bytes)
{
	bool array = g->flags & FIELD_ARRAY;
	__u32 first = array ? at : g->bit / 8, lo = array ? 0 : g->bit % 8, i;
	unsigned __int128 val = 0;
	const struct term *off;
	char name[112];
	__u64 start;
	__u8 b;

	/* Addresses are those of the specimen. */
	if (g->flags & FIELD_VERSION || g->handle)
		return;
	off = term__add_const(&f->v->ts, base, first);
	vfy__place_bit(f->v, r, off, lo, name, sizeof(name));
	bytes = array ? bytes : (lo + g->bits + 7) / 8;
	start = model__eval(&f->model, off);
	for (i = 0; i < bytes && i < (array ? 8 : sizeof(val)); i++) {
		model__byte(&f->model, r->id, start + i, &b);
		val |= (unsigned __int128)b << 8 * i;
	}
	val >>= lo;
	if (!array)
		val &= term_mask(g->bits);
	add_value(f, in, name, val, false);
}

static void add_load(struct finder *f, struct verify_input *in, const struct term *t)
{
	const struct region *r = vfy__region_nr(f->v, t->val);
	const struct term *base;
	const struct field *g;
	struct spot spot;
	__u32 bit, end;

	if (!r || !region__spot(f->v, NULL, r, t->arg[0], &spot) || is_count(f->v, r, &spot))
		return;
	base = term__add_const(&f->v->ts, t->arg[0], -(__u64)spot.off);
	end = spot.off * 8 + t->width;
	for (bit = spot.off * 8; bit < end; bit = g->bit + g->bits) {
		g = fields__at(fields__of(f->v, spot.type), bit);
		if (!g)
			return;
		add_field(f, in, r, base, g, bit / 8, (end - bit) / 8);
	}
}

static void add_var(struct finder *f, struct verify_input *in, const struct term *t)
{
	__u64 val = model__eval(&f->model, t);
	char name[112];

	switch (t->kind) {
	case V_ARG:
		in->arg = val;
		add_value(f, in, "arg", val, false);
		break;
	case V_CONFIG:
		in->has_config = true;
		in->config = val;
		in->odd_config |= strcmp(config_name(f->v, t->val), "luo_config_thp") != 0;
		add_value(f, in, config_name(f->v, t->val), val, false);
		break;
	case V_INDEX:
	case V_ELEMS:
	case V_LOOKUP:
		vfy__term(f->v, t, name, sizeof(name));
		add_value(f, in, name, val, false);
	}
}

/* In the order of what was found last: the condition itself comes first. */
static void add_values(struct finder *f, struct verify_input *in, const struct clue *clue)
{
	const struct conds *c = &f->exact;
	struct vfy *v = f->v;
	const struct effect *e;
	unsigned int i;
	char name[112];

	for (i = 0; i < c->nr_leaves; i++) {
		if (c->leaf[i]->op == T_LOAD)
			add_load(f, in, c->leaf[i]);
		else
			add_var(f, in, c->leaf[i]);
	}
	for (e = clue->effects; e; e = effect__prev(v, e))
		if (e->kind == E_REF && !e->other)
			add_value(f, in, vfy__place(f->v, e->region, e->off, name, sizeof(name)),
				  0, true);
}

/* A condition speaks of the bytes of a handle. */
static bool reads_handle(const struct finder *f)
{
	const struct conds *c = &f->exact;
	const struct field *g;
	struct spot spot;
	unsigned int i;

	for (i = 0; i < c->nr_leaves; i++) {
		const struct region *r = c->leaf[i]->op == T_LOAD ?
					 vfy__region_nr(f->v, c->leaf[i]->val) : NULL;

		if (!r || !region__spot(f->v, NULL, r, c->leaf[i]->arg[0], &spot))
			continue;
		g = fields__at(fields__of(f->v, spot.type), spot.off * 8);
		if (g && g->handle && g->handle->kind != LUOB_H_CHILD)
			return true;
	}
	return false;
}

/* The input that a model describes; NULL if no state is like that. */
struct verify_input *finder__make(struct finder *f, const struct clue *clue, unsigned int attempt)
{
	struct verify_input *in = calloc(1, sizeof(*in));
	const struct luob_prog *prog = f->v->prog;
	struct luo_specimen *s;
	__u64 nr = 0;
	size_t i;
	int err;

	if (!in)
		longjmp(*f->v->ts.bail, BAIL_MEMORY);
	/* Found by verify_result__free() whatever happens. */
	f->f->input = in;
	s = &in->specimen;
	snprintf(s->family, sizeof(s->family), "%s", prog->family);
	snprintf(s->string, sizeof(s->string), "%s", prog->from_string);
	/* What does not matter is not there, unless it is about what handles lead to. */
	s->lean = !(attempt & 1) && !reads_handle(f) &&
		  verify_rule__class(f->f->rule) != VERIFY_HANDLES;
	f->part = terms__alloc(&f->v->ts, (f->v->nr_regions + 1) * sizeof(*f->part));
	for (i = 0; i <= f->v->nr_regions; i++)
		f->part[i] = NO_PART;
	if (prog->from->nodes)
		nr = model__eval(&f->model, f->v->self->nr);
	err = luo_specimen__add(s, 0, 0, NULL, prog->from, nr);
	if (err == -ENOMEM)
		longjmp(*f->v->ts.bail, BAIL_MEMORY);
	f->part[0] = 0;
	if (err ? say_large(f, nr) : add_effects(f, in, clue->effects)) {
		add_bytes(f, s, !(attempt & 2));
		add_values(f, in, clue);
		return in;
	}
	luo_specimen__free(s);
	if (f->too_large) {
		add_values(f, in, clue);
		return in;
	}
	verify_input__free(in);
	f->f->input = NULL;
	return NULL;
}
