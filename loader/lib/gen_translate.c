// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Translators: fields that both versions have are copied, with a test where values may not
 * fit; handles are moved, or carried element by element where what they lead to changed.
 * What the one or the other lacks is a person's.
 */
#define _GNU_SOURCE
#include <ctype.h>

#include "lib/diff.h"
#include "lib/gen_int.h"

#define MAX_COPY	1024	/* the largest memory copy that clang inlines */
#define MAX_DEPTH	6

/* Two records, and where their windows are called. */
struct both {
	struct gen_record a;
	struct gen_record b;
	const char *in;		/* token of the region */
	const char *out;
	const char *in_at;	/* its offset in it */
	const char *out_at;
	int depth;
};

static bool is_number(const struct luo_span *s)
{
	return s->kind <= LUO_SPAN_SIGNED && !s->nr && !s->flexible;
}

static bool same_types(const struct luob_type *a, const struct luob_type *b)
{
	return !a || !b ? a == b : a->layout == b->layout;
}

/* The engine moves a handle when it leads to the same as before. */
static bool same_target(const struct luob_handle *a, const struct luob_handle *b)
{
	return a->kind == b->kind && a->size == b->size && a->bits == b->bits &&
	       a->count_at == b->count_at && same_types(a->head, b->head) &&
	       same_types(a->elem, b->elem);
}

static bool is_container(const struct luob_handle *h)
{
	return (h->kind == LUOB_H_CONTIG || h->kind == LUOB_H_BLOCKS ||
		h->kind == LUOB_H_VMALLOC) && h->elem;
}

static bool can_carry(const struct luob_handle *a, const struct luob_handle *b)
{
	return is_container(a) && is_container(b);
}

/* ---- values --------------------------------------------------------------------------- */

static void refuse(struct gen *g, const char *rule, const struct both *p, const char *field)
{
	fprintf(g->f, "\t\treturn luob_refuse(tx, %s,\n"
		      "\t\t\t\t   LUO_PLACE(%s, %s, struct %s, %s),\n"
		      "\t\t\t\t   old->%s);\n", rule, p->in, p->in_at, p->a.type->name, field,
		field);
}

/* Fields that are narrower are tested before anything is stored. */
static void put_test(struct gen *g, const struct both *p, const struct luo_span *x,
		     const struct luo_span *y)
{
	if (!is_number(x) || !is_number(y) || x->bits <= y->bits)
		return;
	fprintf(g->f, "\tif (old->%s > 0x%llx)\n", x->name, (1ULL << y->bits) - 1);
	refuse(g, "VALUE_TOO_WIDE", p, x->name);
}

static bool can_copy(const struct luo_span *x, const struct luo_span *y)
{
	if (x->kind != y->kind || !x->nr != !y->nr || x->kind == LUO_SPAN_POINTER)
		return false;
	if (is_number(x))
		return x->kind == LUO_SPAN_UNSIGNED || x->bits == y->bits;
	return x->bits == y->bits && x->bits / 8 <= MAX_COPY && !x->elem;
}

static void put_copy(struct gen *g, const struct luo_span *x, const struct luo_span *y)
{
	if (is_number(y))
		fprintf(g->f, "\tnew->%s = old->%s;\n", y->name, x->name);
	else
		fprintf(g->f, "\t__builtin_memcpy(new->%s, old->%s, sizeof(new->%s));\n", y->name,
			x->name, y->name);
}

/* The array ends behind the string, or behind its zeros. */
static void put_version(struct gen *g, const struct luo_span *y)
{
	size_t n = strlen(g->to->string), i;

	if (is_number(y)) {
		fprintf(g->f, "\tnew->%s = %s;\n", y->name, g->to->string);
		return;
	}
	if (n + 1 > y->nr || y->nr > MAX_COPY) {
		gen_fail(g, "'%s' does not fit into %s", g->to->string, y->name);
		return;
	}
	fprintf(g->f, "\t__builtin_memcpy(new->%s, \"%s", y->name, g->to->string);
	for (i = n + 1; i < y->nr; i++)
		fputs("\\0", g->f);
	fprintf(g->f, "\", sizeof(new->%s));\n", y->name);
}

/* ---- what a person decides ------------------------------------------------------------ */

static void put_init(struct gen *g, const struct both *p, const struct luo_span *y,
		     const char *why)
{
	char type[80] = "";

	snprintf(type, sizeof(type), "%s%s", y->type, y->nr ? "[]" : "");
	gen_begin(g, "INIT", &p->b, y->name, "%s, %s", *type ? type : "a field", why);
	fprintf(g->f, "#error \"INIT %s: set new->%s%s\"\n", y->name, y->name,
		gen_tag(&p->b, y, "reserved") ? ", which is reserved (0?)" :
		gen_handle(&p->b, y) ? ", a handle (luob_new(), luob_link(), or leave it null)" :
		"");
	gen_end(g);
	g->stubs++;
}

static void put_drop(struct gen *g, const struct both *p, const struct luo_span *x)
{
	const struct luob_handle *h = gen_handle(&p->a, x);

	if (gen_tag(&p->a, x, "version-field"))
		return;		/* the identity has it */
	if (gen_tag(&p->a, x, "reserved") && is_number(x)) {
		fprintf(g->f, "\tif (old->%s)\n", x->name);
		refuse(g, "RESERVED_NOT_ZERO", p, x->name);
		return;
	}
	gen_begin(g, "DROP", &p->a, x->name, "%s has no room for it", g->to->string);
	if (h)
		fprintf(g->f, "#error \"DROP %s: luob_drop() it with LUOB_LOST, or refuse\"\n",
			x->name);
	else
		fprintf(g->f, "#error \"DROP %s: refuse what must not be lost of old->%s\"\n",
			x->name, x->name);
	gen_end(g);
	fprintf(g->losses,
		"#error \"DROP %s: #define LOSSES LUO_LOSS(\\\"%s\\\", \\\"why\\\")\"\n",
		x->name, x->last);
	g->stubs += 2;
}

/* ---- fields --------------------------------------------------------------------------- */

static bool is_handle(const struct gen_record *r, const struct luo_span *s)
{
	return gen_handle(r, s);
}

/* Everything that is no handle. Tests come first: a refusal leaves nothing half made. */
static void put_values(struct gen *g, const struct both *p)
{
	const struct luo_span *x, *y;
	size_t i;

	for (i = 0; i < p->a.l.nr; i++) {
		x = &p->a.l.fields[i];
		y = gen_find(&p->b, x->name);
		if (y && !is_handle(&p->a, x))
			put_test(g, p, x, y);
		else if (!y)
			put_drop(g, p, x);
	}
	for (i = 0; i < p->b.l.nr; i++) {
		y = &p->b.l.fields[i];
		x = gen_find(&p->a, y->name);
		if (gen_tag(&p->b, y, "version-field"))
			put_version(g, y);
		else if (is_handle(&p->b, y) && (x && is_handle(&p->a, x)))
			continue;
		else if (!x)
			put_init(g, p, y, "new here");
		else if (can_copy(x, y) && !is_handle(&p->a, x))
			put_copy(g, x, y);
		else
			put_init(g, p, y, "was of another type");
	}
}

static void put_offsets(struct gen *g, const struct both *p, const char *x, const char *y)
{
	bool base = p->depth;

	fprintf(g->f, "%s, %s%soffsetof(struct %s, %s),\n"
		      "\t\t       %s, %s%soffsetof(struct %s, %s)", p->out,
		base ? p->out_at : "", base ? " + " : "", p->b.type->name, y, p->in,
		base ? p->in_at : "", base ? " + " : "", p->a.type->name, x);
}

/* The name of the function that carries what is behind a field. */
static void carry_name(char *name, size_t size, const struct both *p, const struct luo_span *y)
{
	char field[LUO_SPAN_NAME], type[64];

	gen_word(field, sizeof(field), y->name);
	snprintf(type, sizeof(type), "%.*s", luo_layout__base(p->b.type->name),
		 p->b.type->name);
	snprintf(name, size, "carry_%s_%s", type, field);
}

static void put_handle(struct gen *g, const struct both *p, const struct luo_span *x,
		       const struct luo_span *y)
{
	const struct luob_handle *a = gen_handle(&p->a, x), *b = gen_handle(&p->b, y);
	char name[192];

	if (b->kind == LUOB_H_CHILD && a->kind == LUOB_H_CHILD) {
		fputs("\tif (luob_child(tx, ", g->f);
		put_offsets(g, p, x->name, y->name);
	} else if (same_target(a, b)) {
		fputs("\tif (luob_move(tx, ", g->f);
		put_offsets(g, p, x->name, y->name);
	} else if (can_carry(a, b)) {
		carry_name(name, sizeof(name), p, y);
		fprintf(g->f, "\tif (%s(tx, LUOB_AT(%s, %s), LUOB_AT(%s, %s)", name, p->out,
			p->out_at, p->in, p->in_at);
	} else {
		put_init(g, p, y, "leads to something else");
		return;
	}
	fputs("))\n\t\treturn LUO_FAILED;\n", g->f);
}

static void put_handles(struct gen *g, const struct both *p)
{
	const struct luo_span *x, *y;
	size_t i;

	for (i = 0; i < p->b.l.nr; i++) {
		y = &p->b.l.fields[i];
		x = gen_find(&p->a, y->name);
		if (x && is_handle(&p->a, x) && is_handle(&p->b, y))
			put_handle(g, p, x, y);
	}
}

/* A string beside a child's handle is the engine's to fill. */
static bool is_childs_string(const struct gen_record *r, const struct luo_span *s)
{
	__u32 i;

	for (i = 0; i < r->type->nr_handles; i++)
		if (r->type->handles[i].kind == LUOB_H_CHILD &&
		    r->type->handles[i].string_off * 8 == s->off)
			return true;
	return false;
}

static void forget_strings(struct gen_record *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->l.nr; i++)
		if (!is_childs_string(r, &r->l.fields[i]))
			r->l.fields[n++] = r->l.fields[i];
	r->l.nr = n;
}

static int open_both(struct gen *g, struct both *p, const struct luob_type *a,
		     const struct luob_type *b)
{
	if (gen_open(g, &p->a, a))
		return g->err;
	if (gen_open(g, &p->b, b)) {
		gen_close(&p->a);
		return g->err;
	}
	forget_strings(&p->a);
	forget_strings(&p->b);
	return 0;
}

static void close_both(struct both *p)
{
	gen_close(&p->a);
	gen_close(&p->b);
}

/* ---- containers ----------------------------------------------------------------------- */

static void put_carries(struct gen *g, const struct both *p);

/* Of element @i, behind the head. */
static void put_offset(struct gen *g, const char *name, const struct luob_handle *h)
{
	if (h->head)
		fprintf(g->f, "\t__u64 %s = sizeof(struct %s) +\n"
			      "\t\t     i * sizeof(struct %s);\n", name, h->head->name,
			h->elem->name);
	else
		fprintf(g->f, "\t__u64 %s = i * sizeof(struct %s);\n", name, h->elem->name);
}

/* One element, as turn @i of the loop. */
static void put_element(struct gen *g, const struct both *up, const char *name,
			const struct luob_handle *a, const struct luob_handle *b)
{
	struct both p = { .in = "in", .out = "out", .in_at = "ioff", .out_at = "ooff",
			  .depth = up->depth + 1 };

	if (p.depth > MAX_DEPTH) {
		gen_fail(g, "containers are nested too deep");
		return;
	}
	if (open_both(g, &p, a->elem, b->elem))
		return;
	put_carries(g, &p);
	fprintf(g->f, "static __noinline int\n%s_one(struct luo_tx *tx, __u64 out, __u64 in, "
		      "__u64 i)\n{\n", name);
	put_offset(g, "ioff", a);
	put_offset(g, "ooff", b);
	fprintf(g->f, "\tconst struct %s *old = luo_in(tx, in, ioff, struct %s);\n",
		a->elem->name, a->elem->name);
	fprintf(g->f, "\tstruct %s *new = luo_out(tx, out, ooff, struct %s);\n\n", b->elem->name,
		b->elem->name);
	fputs("\tif (!old || !new)\n\t\treturn LUO_FAILED;\n", g->f);
	put_values(g, &p);
	put_handles(g, &p);
	fputs("\treturn 0;\n}\n\n", g->f);
	close_both(&p);
}

/* What the new head says: the count, and what the old one had. */
static void put_head(struct gen *g, const struct both *up, const struct luob_handle *a,
		     const struct luob_handle *b)
{
	struct both p = { .in = "list", .out = "made", .in_at = "0", .out_at = "0" };
	size_t i;

	if (!b->head || gen_open(g, &p.b, b->head))
		return;
	p.a = up->a;		/* for names in blocks only */
	fprintf(g->f, "\thead = luo_out(tx, made, 0, struct %s);\n"
		      "\tif (!head)\n\t\treturn LUO_FAILED;\n", b->head->name);
	for (i = 0; i < p.b.l.nr; i++) {
		const struct luo_span *y = &p.b.l.fields[i];

		if (b->count_at == LUOB_COUNT_HEAD && y->off == b->count_off * 8) {
			fprintf(g->f, "\thead->%s = nr;\n", y->name);
			continue;
		}
		gen_begin(g, "INIT", &p.b, y->name, "of the head%s", a->head ? "" : ", new here");
		fprintf(g->f, "#error \"INIT %s: set head->%s\"\n", y->name, y->name);
		gen_end(g);
		g->stubs++;
	}
	gen_close(&p.b);
}

static void put_size(struct gen *g, const struct luob_handle *b)
{
	if (b->head)
		fprintf(g->f, "sizeof(struct %s) + ", b->head->name);
	fprintf(g->f, "nr * sizeof(struct %s)", b->elem->name);
}

static void put_made(struct gen *g, const struct both *up, const struct luo_span *y,
		     const struct luob_handle *a, const struct luob_handle *b)
{
	if (b->kind == LUOB_H_CONTIG) {
		fputs("\tif (", g->f);
		put_size(g, b);
		fprintf(g->f, " > %s)\n\t\treturn luob_refuse(tx, TOO_LARGE_TO_ALLOCATE, "
			      "LUOB_AT(in, ioff), nr);\n",
			b->one_page ? "4096" : "4U << 20");
	}
	fputs("\tmade = luob_new(tx, ", g->f);
	put_size(g, b);
	if (b->kind == LUOB_H_BLOCKS)
		fprintf(g->f, ",\n\t\t\tLUOB_NEW_BLOCKS(sizeof(struct %s)));\n", b->elem->name);
	else
		fprintf(g->f, ", %s);\n", b->kind == LUOB_H_CONTIG ? "LUOB_CONTIG" :
								     "LUOB_VMALLOC");
	(void)y;
	fputs("\tif (luob_link(tx, out, ooff, made))\n\t\treturn LUO_FAILED;\n", g->f);
	put_head(g, up, a, b);
}

/* A table is there even when nothing is in it; a chain or a list is not. */
static void put_carry(struct gen *g, const struct both *p, const struct luo_span *x,
		      const struct luo_span *y)
{
	const struct luob_handle *a = gen_handle(&p->a, x), *b = gen_handle(&p->b, y);
	bool table = b->head;
	char name[192];

	carry_name(name, sizeof(name), p, y);
	put_element(g, p, name, a, b);
	fprintf(g->f, "static __noinline int\n%s(struct luo_tx *tx, __u64 to, __u64 from)\n{\n",
		name);
	if (table)
		fprintf(g->f, "\tstruct %s *head;\n", b->head->name);
	fprintf(g->f, "\t__u64 out = to >> 32, in = from >> 32;\n"
		      "\t__u64 ooff = (__u32)to + offsetof(struct %s, %s);\n"
		      "\t__u64 ioff = (__u32)from + offsetof(struct %s, %s);\n"
		      "\t__u64 list, made, nr = 0;\n\t__u32 i;\n\n",
		p->b.type->name, y->name, p->a.type->name, x->name);
	fputs("\tlist = luob_ref(tx, in, ioff);\n", g->f);
	if (!table)
		fputs("\tif (!list)\n\t\treturn 0;\n\tnr = ", g->f);
	else
		fputs("\tif (list)\n\t\tnr = ", g->f);
	if (a->head)
		fprintf(g->f, "(luob_size(tx, list) - sizeof(struct %s)) /\n"
			      "\t\t     sizeof(struct %s);\n",
			a->head->name, a->elem->name);
	else
		fprintf(g->f, "luob_size(tx, list) / sizeof(struct %s);\n", a->elem->name);
	fputs("\tif (nr > LUOB_MAX_ITER)\n"
	      "\t\treturn luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(in, ioff), nr);\n", g->f);
	if (!table)
		fputs("\tif (!nr)\n\t\treturn luob_drop(tx, in, ioff, LUOB_REPLACED);\n", g->f);
	put_made(g, p, y, a, b);
	if (table)
		fputs("\tif (!list)\n\t\treturn 0;\n", g->f);
	fprintf(g->f, "\tbpf_for(i, 0, nr) {\n\t\tif (%s_one(tx, made, list, i))\n"
		      "\t\t\treturn LUO_FAILED;\n\t}\n"
		      "\treturn luob_drop(tx, in, ioff, LUOB_REPLACED);\n}\n\n", name);
}

/* Functions for all handles of a record that are carried. */
static void put_carries(struct gen *g, const struct both *p)
{
	const struct luob_handle *a, *b;
	const struct luo_span *x, *y;
	size_t i;

	for (i = 0; i < p->b.l.nr && !g->err; i++) {
		y = &p->b.l.fields[i];
		x = gen_find(&p->a, y->name);
		a = x ? gen_handle(&p->a, x) : NULL;
		b = gen_handle(&p->b, y);
		if (a && b && !same_target(a, b) && can_carry(a, b))
			put_carry(g, p, x, y);
	}
}

/* ---- the file ------------------------------------------------------------------------- */

static void put_record(struct gen *g, const struct both *p, const char *name)
{
	fputs("SEC(\"struct_ops.s/translate\")\n"
	      "int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)\n{\n", g->f);
	fprintf(g->f, "\tconst struct %s *old = luo_in(tx, self, 0, struct %s);\n"
		      "\tstruct %s *new;\n\t__u64 t;\n\n", p->a.type->name, p->a.type->name,
		p->b.type->name);
	fprintf(g->f, "\tt = luob_new(tx, sizeof(*new), %s);\n"
		      "\tnew = luo_out(tx, t, 0, struct %s);\n"
		      "\tif (!old || !new)\n\t\treturn LUO_FAILED;\n",
		p->b.type->nr_fdt ? "LUOB_FDT" : "LUOB_CONTIG", p->b.type->name);
	put_values(g, p);
	put_handles(g, p);
	fprintf(g->f, "\treturn 0;\n}\nLUO_TRANSLATOR(%s);\n", name);
}

/* The same name, another meaning: whether it may stay as it is is a person's to say. */
static void put_meanings(struct gen *g)
{
	struct luo_diff_side a = { luo_type__types(g->from->type), luo_type__id(g->from->type),
				   g->from->string };
	struct luo_diff_side b = { luo_type__types(g->to->type), luo_type__id(g->to->type),
				   g->to->string };
	struct luo_diff d = {};
	const char *dot;
	size_t i;

	if (luo_diff__records(&d, g->family, &a, &b))
		gen_fail(g, "no memory");
	for (i = 0; i < d.nr; i++) {
		if (d.findings[i].rule != LUO_MEANING || !*d.findings[i].field)
			continue;
		dot = strrchr(d.findings[i].field, '.');
		dot = dot ? dot + 1 : d.findings[i].field;
		fprintf(g->losses, "#error \"MEANING %s changed: "
			"#define LOSSES LUO_MEANING(\\\"%s\\\", \\\"why\\\")\"\n", dot, dot);
		g->stubs++;
	}
	luo_diff__free(&d);
}

/* A string that stands for several layouts: which one is meant is known here. */
static bool lies(const struct gen *g)
{
	char text[256];

	return !strcmp(g->from->string, g->to->string) ||
	       luo_profile__other_layout(g->family, g->from->string, g->from->type, text,
					 sizeof(text)) > 0 ||
	       luo_profile__other_layout(g->family, g->to->string, g->to->type, text,
					 sizeof(text)) > 0;
}

static void put_identity(struct gen *g, FILE *f, const char *losses)
{
	if (*losses)
		fprintf(f, "/* gen: LOSS of what: LUO_LOSS(), LUO_MEANING(), one after another "
			   "*/\n%s#define LOSSES\n/* gen: end */\n\n", losses);
	fprintf(f, "LUO_STEP(\"%s\", \"%s\", struct %s, \"%s\", struct %s,\n", g->family,
		g->from->string, g->from->type->name, g->to->string, g->to->type->name);
	gen_identity_types(g, f);
	if (lies(g))
		fprintf(f, "\t LUO_SAME_STRING(\"%s of %s to %s of %s\")\n", g->from->string,
			g->from->release, g->to->string, g->to->release);
	fprintf(f, "\t %sLUO_AUTHOR(\"luo-load gen\"));\n\n", *losses ? "LOSSES " : "");
}

static int write_file(struct gen *g, struct gen_file *file, const char *name, const char *body,
		      const char *losses)
{
	char what[256];
	FILE *f = open_memstream(&file->text, &file->size);

	if (!f)
		return -ENOMEM;
	snprintf(what, sizeof(what), "%s: %s (%s) to %s (%s)", g->family, g->from->string,
		 g->from->release, g->to->string, g->to->release);
	gen_top(f, g, what);
	put_identity(g, f, losses);
	fputs(body, f);
	snprintf(file->name, sizeof(file->name), "%s.bpf.c", name);
	return fclose(f) ? -ENOMEM : 0;
}

static int generate(struct gen *g, struct gen_file *file, char **body, char **losses)
{
	struct both p = { .in = "self", .out = "t", .in_at = "0", .out_at = "0" };
	size_t body_size, losses_size;
	char name[128];

	g->f = open_memstream(body, &body_size);
	g->losses = open_memstream(losses, &losses_size);
	if (!g->f || !g->losses)
		return -ENOMEM;
	gen_also_types(g, g->from->type);
	gen_also_types(g, g->to->type);
	gen_also_flags(g, g->from->type);
	gen_also_flags(g, g->to->type);
	gen__step_name(name, sizeof(name), g->family, g->from, g->to);
	if (g->to->type->size > LUOB_WINDOW_MAX || g->from->type->size > LUOB_WINDOW_MAX)
		gen_fail(g, "records of more than %u bytes have no window", LUOB_WINDOW_MAX);
	if (g->from->type->nodes || g->to->type->nodes)
		gen_fail(g, "elements that follow the record are not written by gen");
	if (!g->err && !open_both(g, &p, g->from->type, g->to->type)) {
		put_carries(g, &p);
		put_record(g, &p, name);
		put_meanings(g);
		close_both(&p);
	}
	fflush(g->f);
	fflush(g->losses);
	return g->err ? g->err : write_file(g, file, name, *body, *losses);
}

/**
 * gen__translator - source of a translator
 * @file: result; @file->text is the caller's to free
 * @family: of the record
 * @from: what it reads
 * @to: what it makes
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for layouts that gen has no source for, -ENOMEM.
 */
int gen__translator(struct gen_file *file, const char *family, const struct gen_side *from,
		    const struct gen_side *to, char *msg, size_t msg_size)
{
	struct gen g = { .family = family, .from = from, .to = to, .msg = msg,
			 .msg_size = msg_size };
	char *body = NULL, *losses = NULL;
	int err;

	memset(file, 0, sizeof(*file));
	err = generate(&g, file, &body, &losses);
	file->stubs = g.stubs;
	if (g.f)
		fclose(g.f);
	if (g.losses)
		fclose(g.losses);
	free(body);
	free(losses);
	while (g.nr_also)
		free((char *)g.also[--g.nr_also]);
	return err;
}
