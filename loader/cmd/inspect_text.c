// SPDX-License-Identifier: GPL-2.0-only
/*
 * luo-load inspect: the tree. Knows structures, handles and elements, but no family:
 * what a structure's fields are called comes from BTF, see inspect_line.c.
 */
#include <ctype.h>
#include <string.h>

#include "abi/kho.h"
#include "cmd/inspect_int.h"

/* Titles of neighbours are padded to the longest, up to here. */
#define MAX_PAD		32

/**
 * struct node - a line of the tree, and what is below it
 * @views:	a structure, and the record of another family behind it
 * @nr_views:	how many of them
 * @child:	region of that record
 * @child_handle: what leads to it, or NULL
 * @flat:	the only handle, whose elements are shown right below
 * @inner:	region behind @flat
 * @elems:	region whose elements are shown below, or NULL
 * @noun:	what they are
 * @count:	handle that leads here
 * @counted:	the title says how many there are
 * @format:	of the record of another family
 * @string:	its version
 * @null:	there is no such record
 * @bad:	@fault says why what is below is not shown
 */
struct node {
	struct view views[2];
	int nr_views;
	struct luob_region child;
	const struct luob_handle *flat;
	struct luob_region inner;
	struct luob_region *elems;
	char noun[64];
	const struct luob_handle *count;
	bool counted;
	const struct luob_handle *child_handle;
	const struct luob_format *format;
	char string[LUOB_STRING_MAX + 1];
	bool null;
	bool bad;
	struct luob_fault fault;
};

static int show_below(struct tree *t, struct node *n);

static void begin(struct tree *t, bool last)
{
	printf("%s%s%s%s", cmd_style(CMD_DIM), t->prefix, t->glyphs[last ? 1 : 0],
	       cmd_style(CMD_PLAIN));
	t->fields = 0;
}

static void push(struct tree *t, bool last)
{
	const char *bar = t->glyphs[last ? 3 : 2];

	t->depth++;
	strcpy(t->prefix + t->len, bar);
	t->len += strlen(bar);
}

static void pop(struct tree *t, bool last)
{
	t->depth--;
	t->len -= strlen(t->glyphs[last ? 3 : 2]);
	t->prefix[t->len] = 0;
}

static bool is_container(const struct luob_handle *h)
{
	return h->kind == LUOB_H_CONTIG || h->kind == LUOB_H_BLOCKS || h->kind == LUOB_H_VMALLOC;
}

/* Content only: counted by size, and listed only with -v. */
static bool is_folios(const struct luob_region *r)
{
	__u32 i;

	for (i = 0; i < r->elem->nr_handles; i++)
		if (r->elem->handles[i].kind != LUOB_H_FOLIO)
			return false;
	return r->elem->nr_handles > 0;
}

/* "sessions" for sessions_pa, "regions" for nr_regions. */
static void set_noun(struct node *n, const char *field)
{
	size_t len;

	if (!strncmp(field, "nr_", 3))
		field += 3;
	len = strlen(field);
	if (len > 3 && !strcmp(field + len - 3, "_pa"))
		len -= 3;
	if (len == 4 && !strncmp(field, "flbs", 4))
		field = "FLBs";
	snprintf(n->noun, sizeof(n->noun), "%.*s", (int)len, field);
}

static void name_behind(struct node *n, const struct luob_type *t, const struct luob_handle *h)
{
	struct luo_field f;

	set_noun(n, inspect_find(t, h, &f) ? f.name : "?");
}

static void name_nodes(struct node *n, const struct luob_type *t)
{
	char field[64];

	luo_type__field(t, t->nodes_off, field, sizeof(field));
	set_noun(n, t->nodes && inspect_is_pci(t->nodes) ? "devices" : field);
}

static void put_count(const struct node *n)
{
	size_t len = strlen(n->noun);
	__u64 nr = n->elems->nr;

	if (nr)
		printf("%llu ", (unsigned long long)nr);
	else
		fputs("no ", stdout);
	if (nr != 1 || len < 4 || n->noun[len - 1] != 's')
		inspect_text(stdout, n->noun, len);
	else
		inspect_text(stdout, n->noun, len - 1);
}

/* How many of the folios have which order, by the memory map. */
static void count_orders(struct tree *t, const struct luob_region *r, __u64 *nr, __u64 *holes,
			 __u64 *lost)
{
	const struct luob_handle *h = &r->elem->handles[0];
	const void *base;
	__u64 i, off;
	int order;

	for (i = 0; i < r->nr; i++) {
		base = luo_inspect__elem(t->in, r, i, &off);
		order = base ? luo_inspect__order(t->in, luob_handle__value(h, base)) : -1;
		if (base && luob_region__handle_null(h, base))
			(*holes)++;
		else if (order >= 0)
			nr[order & 63]++;
		else
			(*lost)++;
	}
}

/* "24 folios: 20 x 4 KiB, 4 x 2 MiB" */
static void put_orders(struct tree *t, const struct luob_region *r)
{
	__u64 nr[64] = {}, holes = 0, lost = 0;
	const char *sep = ": ";
	int order;

	count_orders(t, r, nr, &holes, &lost);
	for (order = 0; order < 64; order++) {
		if (!nr[order])
			continue;
		printf("%s%llu x ", sep, (unsigned long long)nr[order]);
		inspect_bytes((__u64)KHO_PAGE_SIZE << order);
		sep = ", ";
	}
	if (holes) {
		printf("%s%llu hole%s", sep, (unsigned long long)holes, holes == 1 ? "" : "s");
		sep = ", ";
	}
	if (lost)
		printf("%s%s%llu not preserved%s", sep, cmd_style(CMD_BAD),
		       (unsigned long long)lost, cmd_style(CMD_PLAIN));
}

/* The n'th handle that has a line of its own, or NULL. */
static const struct luob_handle *kid(const struct node *n, unsigned int nth,
				     const struct view **v)
{
	__u32 i, k;

	for (k = 0; k < (__u32)n->nr_views; k++) {
		*v = &n->views[k];
		for (i = 0; i < (*v)->type->nr_handles; i++) {
			const struct luob_handle *h = &(*v)->type->handles[i];

			if (h == n->flat || h == n->child_handle ||
			    (!is_container(h) && h->kind != LUOB_H_CHILD))
				continue;
			if (!nth--)
				return h;
		}
	}
	return NULL;
}

static unsigned int nr_kids(const struct node *n)
{
	const struct view *v;
	unsigned int nr = 0;

	while (kid(n, nr, &v))
		nr++;
	return nr;
}

static void free_node(struct node *n)
{
	luob_region__free(&n->child);
	luob_region__free(&n->inner);
}

/* A fault is shown at its node, and what is beside it too. */
static int note_fault(struct node *n, int err)
{
	if (err != -EBADMSG)
		return err;
	n->bad = true;
	return 0;
}

/* The record behind the only handle to another family belongs into the same line. */
static int open_child(struct tree *t, struct node *n, const struct luob_handle *h)
{
	const struct view *v = &n->views[0];
	const void *base;
	int err;

	n->child_handle = h;
	n->format = luo_inspect__format(t->in, h, v->base, n->string);
	n->null = luob_region__handle_null(h, v->base);
	if (!n->format || n->format->value || n->null)
		return 0;
	n->child.up = v->r;
	n->child.up_off = v->off + h->off;
	err = luo_inspect__behind(t->in, h, n->format, v->base, &n->child, &n->fault);
	if (err)
		return note_fault(n, err);
	base = luob_region__window(t->in->space, &n->child, 0, n->child.head->size);
	if (base)
		n->views[n->nr_views++] = (struct view){ n->child.head, base, &n->child, 0 };
	if (n->child.elem) {
		n->elems = &n->child;
		name_nodes(n, n->child.head);
	}
	return 0;
}

/* A structure with one container behind it and nothing else needs no line for that. */
static int open_flat(struct tree *t, struct node *n)
{
	const struct luob_handle *h;
	const struct view *v;
	int err;

	h = kid(n, 0, &v);
	if (n->elems || n->bad || nr_kids(n) != 1 || !is_container(h) || !h->elem ||
	    (h->head && h->head->nr_handles))
		return 0;
	n->flat = h;
	n->elems = &n->inner;
	n->inner.up = v->r;
	n->inner.up_off = v->off + h->off;
	name_behind(n, v->type, h);
	if (luob_region__handle_null(h, v->base))
		return 0;
	err = luo_inspect__behind(t->in, h, NULL, v->base, &n->inner, &n->fault);
	if (err)
		n->elems = NULL;
	return note_fault(n, err);
}

static int open_node(struct tree *t, struct node *n, const struct view *v)
{
	const struct luob_handle *h = NULL;
	__u32 i, nr = 0;
	int err = 0;

	n->views[n->nr_views++] = *v;
	for (i = 0; i < v->type->nr_handles; i++) {
		if (v->type->handles[i].kind != LUOB_H_CHILD)
			continue;
		h = &v->type->handles[i];
		nr++;
	}
	if (nr == 1)
		err = open_child(t, n, h);
	return err ? err : open_flat(t, n);
}

/* Prints nothing without @f. Return: columns. */
__attribute__((format(printf, 2, 3)))
static int say(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = f ? vfprintf(f, fmt, ap) : vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	return n;
}

static int say_quoted(FILE *f, const char *text, size_t size)
{
	return say(f, "'") + inspect_text(f, text, size) + say(f, "'");
}

/* What distinguishes an element: a name, a number or its place. Return: columns. */
static int say_title(struct tree *t, FILE *out, const struct view *v, __u64 i)
{
	const char *node = luo_inspect__node(t->in, v->r, i);
	char pci[INSPECT_PCI_NAME];
	struct luo_field f;
	__u64 number;

	if (inspect_pci_name(v, pci))
		return say(out, "%s", pci);
	if (node)
		return say_quoted(out, node, 64);
	if (!inspect_find(v->type, NULL, &f))
		return say(out, "[%llu]", (unsigned long long)i);
	if (f.kind == LUO_FIELD_STRING)
		return say_quoted(out, (const char *)v->base + f.off, f.size);
	number = luo_field__number(&f, v->base, 0);
	return inspect_text(out, f.name, 64) +
	       say(out, number >> 32 ? " 0x%llx" : " %llu", (unsigned long long)number);
}

static void put_record(struct tree *t, const struct node *n, __u64 value)
{
	if (n->format && !n->format->value && !n->null)
		return;
	inspect_sep(t);
	if (!n->format)
		printf("at 0x%llx, %sunknown: not followed%s", (unsigned long long)value,
		       cmd_style(CMD_WARN), cmd_style(CMD_PLAIN));
	else if (n->format->value)
		printf("value 0x%llx", (unsigned long long)value);
	else
		printf("%sno record%s", cmd_style(CMD_BAD), cmd_style(CMD_PLAIN));
}

/* The version of the record of another family, and what is known of it. */
static void put_version(struct tree *t, const struct node *n, __u64 value)
{
	fputs("  ", stdout);
	inspect_text(stdout, n->string, sizeof(n->string));
	put_record(t, n, value);
}

/* The title of an element may have been the version. */
static void put_child(struct tree *t, const struct node *n)
{
	const struct view *v = &n->views[0];
	__u64 value = luob_handle__value(n->child_handle, v->base);
	struct luo_field f;

	if (inspect_find(v->type, NULL, &f) && f.off == n->child_handle->string_off)
		put_record(t, n, value);
	else
		put_version(t, n, value);
}

static void put_place(struct tree *t, const char *what, const struct luob_region *r)
{
	static const char *const kinds[] = {
		[LUOB_CONTIG] = "", [LUOB_BLOCKS] = " in blocks", [LUOB_VMALLOC] = " in a vmalloc",
		[LUOB_FDT] = " in an FDT",
	};

	if (!r->pa)
		return;
	inspect_sep(t);
	fputs(cmd_style(CMD_DIM), stdout);
	inspect_text(stdout, what, 64);
	printf("%sat 0x%llx%s%s", *what ? " " : "", (unsigned long long)r->pa, kinds[r->kind],
	       cmd_style(CMD_PLAIN));
}

/* Everything behind the title. */
static void put_rest(struct tree *t, struct node *n)
{
	int i;

	if (n->child_handle)
		put_child(t, n);
	for (i = 0; i < n->nr_views; i++)
		inspect_fields(t, &n->views[i], n->count);
	if (n->elems && !n->counted) {
		inspect_sep(t);
		put_count(n);
	}
	if (n->elems && n->elems->nr && is_folios(n->elems))
		put_orders(t, n->elems);
	if (n->bad)
		inspect_fault(t, &n->fault);
	if (cmd_opts.verbose) {
		put_place(t, "record", &n->child);
		put_place(t, n->flat ? n->noun : "", &n->inner);
	}
	putchar('\n');
}

/* How many elements of a list are shown. */
static __u64 shown(const struct luob_region *r)
{
	if (cmd_opts.verbose)
		return r->nr;
	return is_folios(r) ? 0 : r->nr < INSPECT_SHOWN ? r->nr : INSPECT_SHOWN;
}

static bool view_elem(struct tree *t, const struct luob_region *r, __u64 i, struct view *v)
{
	v->type = r->elem;
	v->r = (struct luob_region *)r;
	v->base = luo_inspect__elem(t->in, r, i, &v->off);
	return v->base;
}

static int title_width(struct tree *t, const struct luob_region *r, __u64 nr)
{
	int max = 0, n;
	struct view v;
	__u64 i;

	for (i = 0; i < nr; i++) {
		if (!view_elem(t, r, i, &v))
			continue;
		n = say_title(t, NULL, &v, i);
		if (n > max && n <= MAX_PAD)
			max = n;
	}
	return max;
}

static int show_elem(struct tree *t, const struct view *v, __u64 i, int width, bool last)
{
	struct node n = {};
	int err, columns;

	err = open_node(t, &n, v);
	if (!err) {
		begin(t, last);
		fputs(cmd_style(CMD_BOLD), stdout);
		columns = say_title(t, stdout, v, i);
		printf("%s%*s", cmd_style(CMD_PLAIN), columns < width ? width - columns : 0, "");
		put_rest(t, &n);
		push(t, last);
		err = show_below(t, &n);
		pop(t, last);
	}
	free_node(&n);
	return err;
}

static int show_elems(struct tree *t, const struct luob_region *r)
{
	__u64 nr = shown(r), i;
	int width = title_width(t, r, nr), err = 0;
	struct view v;

	for (i = 0; i < nr && !err; i++) {
		bool last = i + 1 == r->nr;

		if (view_elem(t, r, i, &v)) {
			err = show_elem(t, &v, i, width, last);
		} else {
			begin(t, last);
			printf("[%llu]  %snot in memory%s\n", (unsigned long long)i,
			       cmd_style(CMD_BAD), cmd_style(CMD_PLAIN));
		}
	}
	if (!err && nr < r->nr && !is_folios(r)) {
		begin(t, true);
		printf("%s... and %llu more (-v shows them)%s\n", cmd_style(CMD_DIM),
		       (unsigned long long)(r->nr - nr), cmd_style(CMD_PLAIN));
	}
	return err;
}

/* What is behind a handle becomes a node: a header, elements, or a record. */
static int open_kid(struct tree *t, struct node *n, const struct view *v,
		    const struct luob_handle *h)
{
	struct luob_region *r = &n->inner;
	const void *base;
	int err;

	name_behind(n, v->type, h);
	n->count = h;
	n->counted = h->elem;
	if (h->elem)
		n->elems = r;
	n->null = luob_region__handle_null(h, v->base);
	if (h->kind == LUOB_H_CHILD) {
		n->format = luo_inspect__format(t->in, h, v->base, n->string);
		if (!n->format || n->format->value)
			return 0;
	}
	if (n->null)
		return 0;
	r->up = v->r;
	r->up_off = v->off + h->off;
	err = luo_inspect__behind(t->in, h, n->format, v->base, r, &n->fault);
	if (err) {
		n->elems = NULL;
		n->counted = false;
		return note_fault(n, err);
	}
	base = r->head ? luob_region__window(t->in->space, r, 0, r->head->size) : NULL;
	if (base)
		n->views[n->nr_views++] = (struct view){ r->head, base, r, 0 };
	if (r->elem)
		n->elems = r;
	return 0;
}

static int show_kid(struct tree *t, const struct view *v, const struct luob_handle *h, bool last)
{
	struct node n = {};
	int err;

	err = open_kid(t, &n, v, h);
	if (!err) {
		begin(t, last);
		if (n.counted)
			put_count(&n);
		else
			inspect_text(stdout, n.noun, sizeof(n.noun));
		if (n.string[0])
			put_version(t, &n, luob_handle__value(h, v->base));
		put_rest(t, &n);
		push(t, last);
		err = show_below(t, &n);
		pop(t, last);
	}
	free_node(&n);
	return err;
}

/* Raw fields, handles, elements. */
static int show_below(struct tree *t, struct node *n)
{
	unsigned int nr = nr_kids(n), i;
	bool elems = n->elems && n->elems->nr && shown(n->elems);
	const struct luob_handle *h;
	const struct view *v;
	int err = 0;

	if (t->depth + 1 >= INSPECT_DEPTH)
		return 0;
	for (i = 0; cmd_opts.verbose && i < (unsigned int)n->nr_views; i++)
		inspect_raw(t, &n->views[i], nr || elems);
	for (i = 0; i < nr && !err; i++) {
		h = kid(n, i, &v);
		err = show_kid(t, v, h, i + 1 == nr && !elems);
	}
	return !err && elems ? show_elems(t, n->elems) : err;
}

static void put_subtree(const struct luob_subtree *s)
{
	printf("\n%s", cmd_style(CMD_BOLD));
	inspect_text(stdout, s->name, sizeof(s->name));
	fputs(cmd_style(CMD_PLAIN), stdout);
}

static void show_unknown(const struct luob_subtree *s)
{
	put_subtree(s);
	printf("  at 0x%llx", (unsigned long long)s->pa);
	if (s->size) {
		fputs(", ", stdout);
		inspect_bytes(s->size);
	}
	printf(", %sunknown: not followed%s\n", cmd_style(CMD_WARN), cmd_style(CMD_PLAIN));
}

static int show_subtree(struct tree *t, const struct luob_subtree *s)
{
	const struct luob_format *format = luo_inspect__subtree(t->in, s);
	struct luob_region r = {};
	struct node n = {};
	struct view v = { .r = &r };
	int err;

	if (!format) {
		show_unknown(s);
		return 0;
	}
	put_subtree(s);
	t->fields = 1;
	fputs(isdigit((unsigned char)format->string[0]) ? "  version " : "  ", stdout);
	inspect_text(stdout, format->string, sizeof(format->string));
	printf(" at 0x%llx", (unsigned long long)s->pa);
	err = note_fault(&n, luo_inspect__root(t->in, format, s->pa, &r, &n.fault));
	v.type = format->type;
	v.base = err || n.bad ? NULL : luob_region__window(t->in->space, &r, 0, v.type->size);
	if (v.base)
		n.views[n.nr_views++] = v;
	if (v.base && r.elem) {
		n.elems = &r;
		name_nodes(&n, r.head);
	}
	put_rest(t, &n);
	if (!err)
		err = show_below(t, &n);
	luob_region__free(&r);
	return err;
}

/**
 * inspect_tree - print all subtrees
 * @in: inspected state
 * @utf8: the locale has lines to draw with
 *
 * Return: 0, -ENOMEM.
 */
int inspect_tree(struct luo_inspect *in, bool utf8)
{
	static const char *const lines[] = { "├─ ", "└─ ", "│  ", "   " };
	static const char *const ascii[] = { "|- ", "`- ", "|  ", "   " };
	struct tree t = { .in = in, .glyphs = utf8 ? lines : ascii };
	int err = 0;
	__u32 i;

	for (i = 0; i < in->st->root.nr_subtrees && !err; i++)
		err = show_subtree(&t, &in->st->root.subtrees[i]);
	return err;
}
