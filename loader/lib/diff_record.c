// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two records, with everything that their handles lead to. */
#include "lib/diff.h"
#include "lib/diff_int.h"
#include "lib/layout.h"

/* ---- which field of the one is which of the other ------------------------------------- */

static bool same_place(const struct luo_span *x, const struct luo_span *y)
{
	return x->off == y->off && x->bits == y->bits && x->bitfield == y->bitfield;
}

static void pair(struct pairing *p, size_t i, size_t k)
{
	p->of_a[i] = k;
	p->of_b[k] = i;
}

static void pair_names(struct pairing *p, bool last)
{
	size_t i, k;

	for (i = 0; i < p->a.nr; i++) {
		for (k = 0; k < p->b.nr && p->of_a[i] == NONE; k++) {
			if (p->of_b[k] != NONE)
				continue;
			if (last ? !strcmp(p->a.fields[i].last, p->b.fields[k].last) :
				   !strcmp(p->a.fields[i].name, p->b.fields[k].name))
				pair(p, i, k);
		}
	}
}

/* The same bytes under another name; padding that became something is no new name. */
static void pair_places(struct differ *d, struct pairing *p)
{
	size_t i, k;

	for (i = 0; i < p->a.nr; i++) {
		for (k = 0; k < p->b.nr && p->of_a[i] == NONE; k++) {
			const struct luo_span *x = &p->a.fields[i], *y = &p->b.fields[k];

			if (p->of_b[k] == NONE && same_place(x, y) && x->kind == y->kind &&
			    x->nr == y->nr &&
			    (!d->a.tags || !d->b.tags || !strcmp(x->type, y->type)) &&
			    diff_reserved(d, &d->a, x) == diff_reserved(d, &d->b, y))
				pair(p, i, k);
		}
	}
}

/* ---- one field ------------------------------------------------------------------------ */

static const char *show(const struct luo_span *s, char *text, size_t size)
{
	const char *name = *s->type ? s->type : s->kind == LUO_SPAN_POINTER ? "pointer" :
			   s->kind == LUO_SPAN_UNION ? "union" : "?";
	char count[16] = "", bits[24] = "";
	int n = luo_layout__base(name);

	if (s->nr || s->flexible)
		snprintf(count, sizeof(count), s->flexible ? "[]" : "[%u]", s->nr);
	if (s->bitfield)
		snprintf(bits, sizeof(bits), ":%u", s->bits);
	if (s->off % 8 || s->bitfield)
		snprintf(text, size, "%.*s%s%s @%u bit %u", n, name, bits, count, s->off / 8,
			 s->off % 8);
	else
		snprintf(text, size, "%.*s%s @%u", n, name, count, s->off / 8);
	return text;
}

static bool is_number(const struct luo_span *s)
{
	return s->kind <= LUO_SPAN_SIGNED && !s->nr && !s->flexible;
}

static bool unaligned(const struct luo_span *s)
{
	return is_number(s) && !s->bitfield && s->off % s->bits;
}

/* What changed about the value. Return: rule, or LUO_SAME. */
static enum luo_rule compare_shape(struct differ *d, const struct luo_span *x,
				   const struct luo_span *y)
{
	bool version = diff_tag(&d->a, x, "version-field") && diff_tag(&d->b, y, "version-field");

	if (x->kind != y->kind || !x->nr != !y->nr || x->flexible != y->flexible)
		return LUO_RETYPED;
	if (x->nr != y->nr)
		return version ? LUO_STRING_RESIZED : LUO_ARRAY_RESIZED;
	if (is_number(x) && x->bits != y->bits)
		return x->bits < y->bits ? LUO_WIDENED : LUO_NARROWED;
	if (x->bitfield != y->bitfield)
		return LUO_BITS_TO_FIELD;
	if (x->kind <= LUO_SPAN_SIGNED && x->bits != y->bits)
		return LUO_RETYPED;
	return LUO_SAME;
}

static void compare_field(struct differ *d, const struct pairing *p, size_t i, size_t k)
{
	const struct luo_span *x = &p->a.fields[i], *y = &p->b.fields[k];
	enum luo_rule shape = compare_shape(d, x, y);
	char from[96], to[96];
	size_t before = d->diff->nr;

	show(x, from, sizeof(from));
	show(y, to, sizeof(to));
	if (strcmp(x->last, y->last))
		diff_add(d, LUO_RENAMED, p, y, "was '%s', %s", x->name, from);
	if (shape)
		diff_add(d, shape, p, y, "%s -> %s", from, to);
	if (diff_swapped(p, i))
		diff_add(d, LUO_SWAPPED, p, y, "%s -> %s, with '%s'", from, to,
			 p->b.fields[p->of_a[diff_swapped(p, i) - 1]].name);
	else if (x->off != y->off && !shape && x->bitfield && x->off / 8 == y->off / 8)
		diff_add(d, LUO_BITS_MOVED, p, y, "%s -> %s", from, to);
	else if (x->off != y->off)
		diff_add(d, LUO_MOVED, p, y, "%s -> %s", from, to);
	if (unaligned(y) && !unaligned(x))
		diff_add(d, LUO_UNALIGNED, p, y, "%s", to);
	if (x->kind == LUO_SPAN_POINTER || y->kind == LUO_SPAN_POINTER)
		diff_add(d, LUO_KERNEL_POINTER, p, y, "%s -> %s", from, to);
	diff_field_tags(d, p, x, y);
	if (x->elem && y->elem && !diff_tag(&d->a, x, "handle"))
		diff_structs(d, x->elem, y->elem);
	if (before != d->diff->nr)
		return;
	if (d->a.tags && d->b.tags && strcmp(x->type, y->type) && !x->elem)
		diff_add(d, LUO_TYPE_NAME, p, y, "%s -> %s", from, to);
	else
		diff_add(d, LUO_SAME, p, y, "%s", to);
}

/* ---- fields that only one has --------------------------------------------------------- */

/* Are these bits of the structure nobody's, or declared to be padding? */
static const struct luo_span *padding_at(struct differ *d, const struct diff_side *side,
					 const struct luo_layout *l, const struct luo_span *s,
					 bool *hole)
{
	size_t i;

	*hole = s->off + s->bits <= l->size * 8;
	for (i = 0; i < l->nr; i++) {
		const struct luo_span *x = &l->fields[i];

		if (x->off + x->bits <= s->off || s->off + s->bits <= x->off)
			continue;
		*hole = false;
		if (diff_reserved(d, side, x))
			return x;
	}
	return NULL;
}

/* A bit-field that only @a has, where this field begins. */
static const struct luo_span *bits_at(const struct pairing *p, const struct luo_span *y)
{
	size_t i;

	for (i = 0; i < p->a.nr; i++)
		if (p->of_a[i] == NONE && p->a.fields[i].bitfield && !y->bitfield &&
		    p->a.fields[i].off == y->off)
			return &p->a.fields[i];
	return NULL;
}

static void only_in_a(struct differ *d, const struct pairing *p, const struct luo_span *x)
{
	char from[96];
	bool hole;

	show(x, from, sizeof(from));
	if (diff_reserved(d, &d->a, x) || diff_is_follower(d, p, x))
		return;		/* said about the field that took its place, or nothing */
	if (diff_tag(&d->a, x, "version-field"))
		diff_add_class(d, LUO_REMOVED, LUO_DIFF_MECHANICAL, p, x, "%s", from);
	else if (padding_at(d, &d->b, &p->b, x, &hole) || hole)
		diff_add(d, LUO_PADDING_MADE, p, x, "%s", from);
	else
		diff_add(d, LUO_REMOVED, p, x, "%s", from);
}

static void only_in_b(struct differ *d, const struct pairing *p, const struct luo_span *y)
{
	const struct luo_span *was, *bits;
	char to[96];
	bool hole;

	show(y, to, sizeof(to));
	if (unaligned(y))
		diff_add(d, LUO_UNALIGNED, p, y, "%s", to);
	if (diff_is_follower(d, p, y))
		return;
	was = padding_at(d, &d->a, &p->a, y, &hole);
	bits = bits_at(p, y);
	if (y->kind == LUO_SPAN_POINTER)
		diff_add(d, LUO_KERNEL_POINTER, p, y, "%s", to);
	else if (diff_reserved(d, &d->b, y) || diff_tag(&d->b, y, "version-field"))
		diff_add_class(d, LUO_ADDED, LUO_DIFF_MECHANICAL, p, y, "%s", to);
	else if (bits)
		diff_add_class(d, LUO_BITS_TO_FIELD, LUO_DIFF_DECISION, p, y,
			       "%s, in the place of bit-field '%s'", to, bits->name);
	else if (was || hole)
		diff_add(d, LUO_PADDING_USED, p, y, "%s, was %s%s%s", to,
			 was ? "'" : "a hole", was ? was->name : "", was ? "'" : "");
	else
		diff_add(d, LUO_ADDED, p, y, "%s", to);
}

/* ---- structures ----------------------------------------------------------------------- */

static void compare_fields(struct differ *d, struct pairing *p)
{
	size_t i;

	for (i = 0; i < p->a.nr; i++)
		p->of_a[i] = NONE;
	for (i = 0; i < p->b.nr; i++)
		p->of_b[i] = NONE;
	pair_names(p, false);
	pair_names(p, true);
	pair_places(d, p);
	for (i = 0; i < p->b.nr; i++) {
		if (p->of_b[i] == NONE)
			only_in_b(d, p, &p->b.fields[i]);
		else
			compare_field(d, p, p->of_b[i], i);
	}
	for (i = 0; i < p->a.nr; i++)
		if (p->of_a[i] == NONE)
			only_in_a(d, p, &p->a.fields[i]);
}

/* A structure that is a handle is one field, if both sides can tell. */
static int read_pairing(struct differ *d, struct pairing *p, __u32 a, __u32 b)
{
	bool tags = d->a.tags && d->b.tags;
	int err;

	memset(p, 0, sizeof(*p));
	err = luo_layout__read(&p->a, d->a.btf, a, tags ? d->a.types : NULL, d->msg,
			       sizeof(d->msg));
	if (!err)
		err = luo_layout__read(&p->b, d->b.btf, b, tags ? d->b.types : NULL, d->msg,
				       sizeof(d->msg));
	if (err)
		return err;
	p->id_a = a;
	p->id_b = b;
	p->of_a = calloc(p->a.nr + 1, sizeof(*p->of_a));
	p->of_b = calloc(p->b.nr + 1, sizeof(*p->of_b));
	return p->of_a && p->of_b ? 0 : -ENOMEM;
}

/* Once for each pair of structures. Failures are kept in @d->err. */
void diff_structs(struct differ *d, __u32 a, __u32 b)
{
	struct pairing p;
	size_t i;
	int err;

	for (i = 0; i < d->nr_done; i++)
		if (d->done[i][0] == a && d->done[i][1] == b)
			return;
	if (d->nr_done == MAX_PAIRS)
		return;
	d->done[d->nr_done][0] = a;
	d->done[d->nr_done++][1] = b;
	err = read_pairing(d, &p, a, b);
	if (!err) {
		if (p.a.size != p.b.size)
			diff_add(d, LUO_RESIZED, &p, NULL, "%u bytes -> %u bytes", p.a.size,
				 p.b.size);
		diff_struct_tags(d, &p);
		compare_fields(d, &p);
		diff_follow(d, a, b);
	} else if (!d->err) {
		d->err = err;
	}
	free(p.of_a);
	free(p.of_b);
	luo_layout__free(&p.a);
	luo_layout__free(&p.b);
}

/* Did anything change on the wire since @from? */
static bool changed(const struct luo_diff *d, size_t from)
{
	for (; from < d->nr; from++)
		if (d->findings[from].class > LUO_DIFF_NOTE)
			return true;
	return false;
}

/* Another version string, and the reader refuses the record: it is no trap. */
static void disarm(struct luo_diff *d, size_t from)
{
	for (; from < d->nr; from++)
		if (d->findings[from].class == LUO_DIFF_TRAP)
			d->findings[from].class = LUO_DIFF_DECISION;
}

static void open_side(struct diff_side *to, const struct luo_diff_side *from)
{
	to->types = from->types;
	to->btf = luo_types__btf(from->types);
	to->tags = luo_types__has_tags(from->types);
}

/**
 * luo_diff__records - compare two formats of a record
 * @diff: findings are added
 * @family: for them, or ""
 * @a: old
 * @b: new
 *
 * Return: 0, -EINVAL for BTF that can't be read, -ENOMEM.
 */
int luo_diff__records(struct luo_diff *diff, const char *family, const struct luo_diff_side *a,
		      const struct luo_diff_side *b)
{
	struct differ d = { .diff = diff, .family = family };
	bool same = !strcmp(a->string, b->string);
	const char *name = "";
	size_t from = diff->nr;

	if (a->id && b->id) {
		open_side(&d.a, a);
		open_side(&d.b, b);
		name = btf__name_by_offset(d.b.btf, btf__type_by_id(d.b.btf, b->id)->name_off);
		diff_structs(&d, a->id, b->id);
	}
	if (!d.err && same && *a->string && changed(diff, from))
		d.err = luo_diff__add(diff, LUO_SAME_STRING, family, name, "", "both are '%s'",
				      a->string);
	if (!same && *a->string && *b->string)
		disarm(diff, from);
	if (!d.err && !same && !changed(diff, from))
		d.err = luo_diff__add(diff, LUO_STRING_ONLY, family, name, "", "'%s' -> '%s'",
				      a->string, b->string);
	return d.err;
}
