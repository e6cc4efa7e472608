// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What layouts do not show and tags say: where handles lead, meanings, order, bits. */
#include "lib/diff_int.h"

void diff_add_class(struct differ *d, enum luo_rule rule, enum luo_diff_class class,
		    const struct pairing *p, const struct luo_span *s, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	int err;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err = luo_diff__add(d->diff, rule, d->family, p->b.name, s ? s->name : "", "%s", text);
	if (!err)
		d->diff->findings[d->diff->nr - 1].class = class;
	else
		d->err = err;
}

void diff_add(struct differ *d, enum luo_rule rule, const struct pairing *p,
	      const struct luo_span *s, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (luo_diff__add(d->diff, rule, d->family, p->b.name, s ? s->name : "", "%s", text))
		d->err = -ENOMEM;
}

/* The tag of a field, or NULL. */
const char *diff_tag(const struct diff_side *side, const struct luo_span *s, const char *word)
{
	return luo_types__tag(side->types, s->owner, s->member, word, NULL);
}

static bool starts(const char *s, const char *word)
{
	return !strncmp(s, word, strlen(word));
}

/* Without tags a name has to do. */
bool diff_reserved(const struct differ *d, const struct diff_side *side, const struct luo_span *s)
{
	(void)d;
	if (side->tags)
		return diff_tag(side, s, "reserved");
	return starts(s->last, "reserved") || starts(s->last, "__reserved") ||
	       starts(s->last, "padding") || starts(s->last, "__pad") || !strcmp(s->last, "pad");
}

static bool next_to(size_t a, size_t b)
{
	return a + 1 == b || b + 1 == a;
}

/* One more than the number of the neighbour in @a that field @i changed places with, or 0. */
size_t diff_swapped(const struct pairing *p, size_t i)
{
	size_t k = p->of_a[i], j;

	for (j = i ? i - 1 : 0; j < p->a.nr && j <= i + 1; j++) {
		size_t m = p->of_a[j];

		if (j != i && m != NONE && next_to(i, j) && next_to(k, m) && (i < j) != (k < m))
			return j + 1;
	}
	return 0;
}

/* ---- bits ----------------------------------------------------------------------------- */

static const struct btf_type *flags_enum(const struct diff_side *side, const struct luo_span *s)
{
	const char *text = diff_tag(side, s, "flags");
	char name[64];
	__s32 id;

	if (!text || !luo_tag__value(text, "enum", name, sizeof(name)))
		return NULL;
	id = btf__find_by_name_kind(side->btf, name, BTF_KIND_ENUM);
	return id > 0 ? btf__type_by_id(side->btf, id) : NULL;
}

static const char *bit_name(const struct btf *btf, const struct btf_type *t, int i)
{
	const char *s = btf__name_by_offset(btf, btf_enum(t)[i].name_off);

	return s ? s : "";
}

/* Bytes that all names begin with, up to a '_'; of a single one, all but its last word. */
static size_t prefix(const struct btf *btf, const struct btf_type *t)
{
	const char *first = bit_name(btf, t, 0), *s;
	size_t n = strlen(first), k;
	int i;

	if (btf_vlen(t) == 1)
		n = strrchr(first, '_') ? (size_t)(strrchr(first, '_') + 1 - first) : 0;
	for (i = 1; i < btf_vlen(t); i++) {
		s = bit_name(btf, t, i);
		for (k = 0; k < n && s[k] == first[k]; k++)
			;
		n = k;
	}
	while (n && first[n - 1] != '_')
		n--;
	return n;
}

static int find_bit(const struct btf *btf, const struct btf_type *t, const char *name)
{
	size_t n = prefix(btf, t);
	int i;

	for (i = 0; i < btf_vlen(t); i++)
		if (!strcmp(bit_name(btf, t, i) + n, name))
			return i;
	return -1;
}

static void compare_bits(struct differ *d, const struct pairing *p, const struct luo_span *y,
			 const struct btf_type *a, const struct btf_type *b)
{
	size_t na = prefix(d->a.btf, a), nb = prefix(d->b.btf, b);
	const char *name;
	int i, k;

	for (i = 0; i < btf_vlen(a); i++) {
		name = bit_name(d->a.btf, a, i) + na;
		k = find_bit(d->b.btf, b, name);
		if (k < 0)
			diff_add_class(d, LUO_FLAGS_CHANGED, LUO_DIFF_DECISION, p, y,
				       "bit 0x%x %s is gone", btf_enum(a)[i].val, name);
		else if (btf_enum(a)[i].val != btf_enum(b)[k].val)
			diff_add(d, LUO_FLAGS_CHANGED, p, y, "bit %s is 0x%x, was 0x%x", name,
				 btf_enum(b)[k].val, btf_enum(a)[i].val);
	}
	for (k = 0; k < btf_vlen(b); k++) {
		name = bit_name(d->b.btf, b, k) + nb;
		if (find_bit(d->a.btf, a, name) < 0)
			diff_add_class(d, LUO_FLAGS_CHANGED, LUO_DIFF_NOTE, p, y,
				       "bit 0x%x %s is new", btf_enum(b)[k].val, name);
	}
}

/* ---- handles -------------------------------------------------------------------------- */

/* A handle's tag in parts; "" for what it lacks. */
struct target {
	char kind[16];
	char head[64];
	char elem[64];
	char count[64];
	char pages[8];
};

static void read_part(const char *text, const char *key, char *to, size_t size)
{
	if (!luo_tag__value(text, key, to, size))
		*to = 0;
}

static void read_target(const char *text, struct target *t)
{
	snprintf(t->kind, sizeof(t->kind), "%.*s", (int)strcspn(text, " "), text);
	read_part(text, "head", t->head, sizeof(t->head));
	read_part(text, "elem", t->elem, sizeof(t->elem));
	read_part(text, "count", t->count, sizeof(t->count));
	read_part(text, "pages", t->pages, sizeof(t->pages));
}

static bool same_base(const char *a, const char *b)
{
	int n = luo_layout__base(a);

	return n == luo_layout__base(b) && !strncmp(a, b, n);
}

static void describe(const struct target *t, char *text, size_t size)
{
	const char *what = !strcmp(t->kind, "blocks") ? "a chain of" :
			   !strcmp(t->kind, "vmalloc") ? "a vmalloc list of" :
			   !strcmp(t->kind, "contig") && *t->elem ? "an array of" :
			   !strcmp(t->kind, "contig") ? "one" : t->kind;
	const char *of = *t->elem ? t->elem : t->head;

	snprintf(text, size, "%s %.*s%s%.*s", what, luo_layout__base(of), of,
		 *t->head && *t->elem ? " behind a " : "", luo_layout__base(t->head),
		 *t->head && *t->elem ? t->head : "");
}

static void compare_named(struct differ *d, const char *a, const char *b)
{
	__s32 ia, ib;

	if (!*a || !*b)
		return;
	ia = luo_layout__find(d->a.btf, a);
	ib = luo_layout__find(d->b.btf, b);
	if (ia > 0 && ib > 0)
		diff_structs(d, ia, ib);
}

/* A structure of the tagged side, with the one of that name in the kernel's own BTF. */
static void compare_plain(struct differ *d, const char *name)
{
	bool forth = d->a.tags;
	char base[64];
	__s32 tagged, plain;

	if (!*name)
		return;
	snprintf(base, sizeof(base), "%.*s", luo_layout__base(name), name);
	tagged = luo_layout__find(forth ? d->a.btf : d->b.btf, name);
	plain = luo_layout__find(forth ? d->b.btf : d->a.btf, base);
	if (tagged > 0 && plain > 0)
		diff_structs(d, forth ? tagged : plain, forth ? plain : tagged);
}

/* Where only one side has tags, they lead to more structures on both. */
void diff_follow(struct differ *d, __u32 a, __u32 b)
{
	const struct diff_side *side = d->a.tags ? &d->a : &d->b;
	__u32 id = d->a.tags ? a : b;
	const struct btf_type *s = btf__type_by_id(side->btf, id);
	struct target t;
	const char *text;
	int i;

	if (d->a.tags == d->b.tags)
		return;
	for (i = 0; i < btf_vlen(s); i++) {
		text = luo_types__tag(side->types, id, i, "handle", NULL);
		if (!text)
			continue;
		read_target(text, &t);
		compare_plain(d, t.head);
		compare_plain(d, t.elem);
	}
}

static enum luo_rule target_rule(const struct target *a, const struct target *b)
{
	if (!strcmp(b->kind, "blocks") && !strcmp(a->kind, "contig") && *a->elem &&
	    same_base(a->elem, b->elem))
		return LUO_ARRAY_TO_CHAIN;
	if (!strcmp(a->kind, "blocks") && !strcmp(b->kind, "contig") && *b->elem &&
	    same_base(a->elem, b->elem))
		return LUO_CHAIN_TO_ARRAY;
	if (strcmp(a->kind, b->kind) || !same_base(a->head, b->head) ||
	    !same_base(a->elem, b->elem) || strcmp(a->pages, b->pages))
		return LUO_TARGET_CHANGED;
	return strcmp(a->count, b->count) ? LUO_COUNT_MOVED : LUO_SAME;
}

static void compare_targets(struct differ *d, const struct pairing *p, const struct luo_span *y,
			    const struct target *a, const struct target *b)
{
	enum luo_rule rule = target_rule(a, b);
	char from[96], to[96];

	describe(a, from, sizeof(from));
	describe(b, to, sizeof(to));
	if (rule == LUO_COUNT_MOVED)
		diff_add(d, rule, p, y, "'%s' -> '%s'", a->count, b->count);
	else if (rule)
		diff_add(d, rule, p, y, "%s -> %s", from, to);
	compare_named(d, a->head, b->head);
	compare_named(d, a->elem, b->elem);
}

static void compare_handles(struct differ *d, const struct pairing *p, const struct luo_span *x,
			    const struct luo_span *y)
{
	const char *ta = diff_tag(&d->a, x, "handle"), *tb = diff_tag(&d->b, y, "handle");
	struct target a, b;

	if (!ta && !tb)
		return;
	if (!ta || !tb) {
		diff_add(d, LUO_TARGET_CHANGED, p, y, ta ? "no handle any more" :
							   "a handle now");
		return;
	}
	read_target(ta, &a);
	read_target(tb, &b);
	compare_targets(d, p, y, &a, &b);
}

/* ---- fields --------------------------------------------------------------------------- */

static const char *or_none(const char *text)
{
	return text ? text : "nothing said";
}

static void compare_texts(struct differ *d, enum luo_rule rule, const struct pairing *p,
			  const struct luo_span *y, const char *a, const char *b)
{
	if (a != b && (!a || !b || strcmp(a, b)))
		diff_add(d, rule, p, y, "'%.80s' -> '%.80s'", or_none(a), or_none(b));
}

/* Tags of two fields that correspond. Nothing follows from tags that BTF cannot have. */
void diff_field_tags(struct differ *d, const struct pairing *p, const struct luo_span *x,
		     const struct luo_span *y)
{
	const struct btf_type *a, *b;
	const char *text;

	if (!d->a.tags || !d->b.tags)
		return;
	compare_handles(d, p, x, y);
	compare_texts(d, LUO_MEANING, p, y, diff_tag(&d->a, x, "meaning"),
		      diff_tag(&d->b, y, "meaning"));
	if (diff_tag(&d->a, x, "fdt") && diff_tag(&d->b, y, "fdt"))
		compare_texts(d, LUO_PROPERTY_MOVED, p, y, diff_tag(&d->a, x, "fdt"),
			      diff_tag(&d->b, y, "fdt"));
	if (diff_reserved(d, &d->a, x) != diff_reserved(d, &d->b, y))
		diff_add(d, diff_reserved(d, &d->a, x) ? LUO_PADDING_USED : LUO_PADDING_MADE, p,
			 y, "only one of them reserves it");
	a = flags_enum(&d->a, x);
	b = flags_enum(&d->b, y);
	if (a && b && btf_vlen(a) && btf_vlen(b))
		compare_bits(d, p, y, a, b);
	text = diff_tag(&d->b, y, "config");
	if (text)
		diff_add(d, LUO_CONFIG_SIZE, p, y, "%s", text);
}

/* ---- structures ----------------------------------------------------------------------- */

static const char *struct_tag(const struct diff_side *side, __u32 id, const char *word)
{
	return luo_types__tag(side->types, id, -1, word, NULL);
}

static bool is_fdt(const struct diff_side *side, __u32 id)
{
	return struct_tag(side, id, "fdt-string") || struct_tag(side, id, "fdt-nodes");
}

/* What follows a record is a table whose count is in it. */
static bool read_followers(const struct diff_side *side, __u32 id, struct target *t)
{
	const char *text = struct_tag(side, id, "followed-by");

	if (!text)
		text = struct_tag(side, id, "fdt-nodes");
	if (!text)
		return false;
	read_target(text, t);
	snprintf(t->kind, sizeof(t->kind), "contig");
	return true;
}

/* The field of @l that is a handle to elements of that name. */
static const struct luo_span *handle_to(const struct diff_side *side, const struct luo_layout *l,
					const char *elem, struct target *t)
{
	const char *text;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		text = diff_tag(side, &l->fields[i], "handle");
		if (!text)
			continue;
		read_target(text, t);
		if (same_base(t->elem, elem))
			return &l->fields[i];
	}
	return NULL;
}

/* Elements that followed the record may stand behind a handle now, or the other way round. */
static void compare_followers(struct differ *d, const struct pairing *p)
{
	bool in_a, in_b;
	struct target a = {}, b = {};
	const struct luo_span *s = NULL;

	in_a = read_followers(&d->a, p->id_a, &a);
	in_b = read_followers(&d->b, p->id_b, &b);
	if (in_a && !in_b)
		s = handle_to(&d->b, &p->b, a.elem, &b);
	else if (in_b && !in_a)
		s = handle_to(&d->a, &p->a, b.elem, &a);
	if ((in_a && in_b) || s)
		compare_targets(d, p, s, &a, &b);
	else if (in_a || in_b)
		diff_add(d, in_a ? LUO_REMOVED : LUO_ADDED, p, NULL, "%s %.*s behind it",
			 in_a ? "no more" : "now there are",
			 luo_layout__base(in_a ? a.elem : b.elem), in_a ? a.elem : b.elem);
}

/* Is it the handle that elements behind the record went to, or came from? */
bool diff_is_follower(const struct differ *d, const struct pairing *p, const struct luo_span *s)
{
	struct target t, other;

	if (!d->a.tags || !d->b.tags)
		return false;
	return (read_followers(&d->a, p->id_a, &t) && !read_followers(&d->b, p->id_b, &other) &&
		handle_to(&d->b, &p->b, t.elem, &other) == s) ||
	       (read_followers(&d->b, p->id_b, &t) && !read_followers(&d->a, p->id_a, &other) &&
		handle_to(&d->a, &p->a, t.elem, &other) == s);
}

void diff_struct_tags(struct differ *d, const struct pairing *p)
{
	const char *a, *b;

	if (!d->a.tags || !d->b.tags)
		return;
	if (is_fdt(&d->a, p->id_a) != is_fdt(&d->b, p->id_b))
		diff_add(d, LUO_CONTAINER, p, NULL, is_fdt(&d->a, p->id_a) ?
			 "an FDT -> a structure" : "a structure -> an FDT");
	compare_texts(d, LUO_MEANING, p, NULL, struct_tag(&d->a, p->id_a, "meaning"),
		      struct_tag(&d->b, p->id_b, "meaning"));
	a = struct_tag(&d->a, p->id_a, "sorted");
	b = struct_tag(&d->b, p->id_b, "sorted");
	if (a && !b)
		diff_add(d, LUO_ORDER_DROPPED, p, NULL, "sorted %s -> in no order", a);
	else if (b && (!a || strcmp(a, b)))
		diff_add(d, LUO_ORDER_MADE, p, NULL, "sorted %s", b);
	b = struct_tag(&d->b, p->id_b, "config");
	if (b)
		diff_add(d, LUO_CONFIG_SIZE, p, NULL, "%s", b);
	compare_followers(d, p);
}
