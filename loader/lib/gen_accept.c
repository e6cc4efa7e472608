// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Acceptors: what tags say about a record is tested, also in what its handles lead to. The
 * rest of the reader's rules is in no layout, so there is a place for them.
 */
#define _GNU_SOURCE
#include "lib/gen_int.h"

#define MAX_DEPTH	6

struct view {
	struct gen_record r;
	const char *token;
	const char *at;
	int depth;
};

static bool is_number(const struct luo_span *s)
{
	return s->kind <= LUO_SPAN_SIGNED && !s->nr && !s->flexible;
}

static void put_refuse(struct gen *g, const struct view *v, const char *rule,
		       const struct luo_span *s, bool value)
{
	if (s->bitfield)	/* which has no offset */
		fprintf(g->f, "\t\treturn luob_refuse(tx, %s, LUOB_AT(%s, %s + %u), ", rule,
			v->token, v->at, s->off / 8);
	else
		fprintf(g->f, "\t\treturn luob_refuse(tx, %s,\n"
			      "\t\t\t\t   LUO_PLACE(%s, %s, struct %s, %s),\n\t\t\t\t   ", rule,
			v->token, v->at, v->r.type->name, s->name);
	if (value)
		fprintf(g->f, "r->%s);\n", s->name);
	else
		fputs("0);\n", g->f);
}

/* All bits that have a name. */
static bool flags_mask(const struct view *v, const struct luo_span *s, __u64 *mask)
{
	const struct btf *btf = luo_types__btf(v->r.types);
	const char *tag = gen_tag(&v->r, s, "flags");
	const struct btf_type *t;
	char name[64];
	__s32 id;
	int i;

	if (!tag || !luo_tag__value(tag, "enum", name, sizeof(name)))
		return false;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_ENUM);
	if (id < 0)
		return false;
	t = btf__type_by_id(btf, id);
	*mask = 0;
	for (i = 0; i < btf_vlen(t); i++)
		*mask |= (__u32)btf_enum(t)[i].val;
	return true;
}

static void put_field(struct gen *g, const struct view *v, const struct luo_span *s)
{
	bool array = s->nr && s->bits / s->nr == 8;
	__u64 mask;

	if (gen_tag(&v->r, s, "version-field")) {
		if (is_number(s))
			fprintf(g->f, "\tif (r->%s != %s)\n", s->name, g->from->string);
		else
			fprintf(g->f, "\tif (!luo_is(r->%s, \"%s\"))\n", s->name,
				g->from->string);
		put_refuse(g, v, "WRONG_STRING", s, is_number(s));
	} else if (gen_tag(&v->r, s, "reserved") && (is_number(s) || array)) {
		if (array)
			fprintf(g->f, "\tif (!luo_is(r->%s, \"\"))\n", s->name);
		else
			fprintf(g->f, "\tif (r->%s)\n", s->name);
		put_refuse(g, v, "RESERVED_NOT_ZERO", s, !array);
	} else if (is_number(s) && flags_mask(v, s, &mask)) {
		fprintf(g->f, "\tif (r->%s & ~0x%llxULL)\n", s->name, (unsigned long long)mask);
		put_refuse(g, v, "RESERVED_NOT_ZERO", s, true);
	} else if (gen_tag(&v->r, s, "string") && array) {
		fprintf(g->f, "\tif (r->%s[%u])\n", s->name, s->nr - 1);
		put_refuse(g, v, "STRING_NOT_TERMINATED", s, false);
	}
}

static void put_fields(struct gen *g, const struct view *v)
{
	size_t i;

	for (i = 0; i < v->r.l.nr; i++)
		put_field(g, v, &v->r.l.fields[i]);
}

static bool is_container(const struct luob_handle *h)
{
	return (h->kind == LUOB_H_CONTIG || h->kind == LUOB_H_BLOCKS ||
		h->kind == LUOB_H_VMALLOC) && (h->elem || h->head);
}

/* ---- what handles lead to ------------------------------------------------------------- */

static void accept_name(char *name, size_t size, const struct view *v, const struct luo_span *s)
{
	char field[LUO_SPAN_NAME];

	gen_word(field, sizeof(field), s->name);
	snprintf(name, size, "accept_%.*s_%s", luo_layout__base(v->r.type->name),
		 v->r.type->name, field);
}

static void put_lists(struct gen *g, const struct view *v);
static void put_calls(struct gen *g, const struct view *v);

static void put_type(struct gen *g, const struct view *up, const char *name, const char *suffix,
		     const struct luob_type *t)
{
	struct view v = { .token = "list", .at = "off", .depth = up->depth + 1 };

	if (v.depth > MAX_DEPTH) {
		gen_fail(g, "containers are nested too deep");
		return;
	}
	if (gen_open(g, &v.r, t))
		return;
	put_lists(g, &v);
	fprintf(g->f, "static __noinline int\n%s%s(struct luo_tx *tx, __u64 list, __u64 off)\n{\n"
		      "\tconst struct %s *r = luo_in(tx, list, off, struct %s);\n\n"
		      "\tif (!r)\n\t\treturn LUO_FAILED;\n", name, suffix, t->name, t->name);
	put_fields(g, &v);
	gen_begin(g, "RULES", &v.r, "*", "what else the reader demands");
	gen_end(g);
	put_calls(g, &v);
	fputs("\treturn 0;\n}\n\n", g->f);
	gen_close(&v.r);
}

static void put_list(struct gen *g, const struct view *v, const struct luo_span *s,
		     const struct luob_handle *h)
{
	char name[192];

	accept_name(name, sizeof(name), v, s);
	if (h->head)
		put_type(g, v, name, "_head", h->head);
	if (h->elem)
		put_type(g, v, name, "_one", h->elem);
	fprintf(g->f, "static __noinline int\n%s(struct luo_tx *tx, __u64 list)\n{\n", name);
	if (h->elem) {
		fputs("\t__u64 nr, off;\n\t__u32 i;\n\n", g->f);
		if (h->head)
			fprintf(g->f, "\tif (%s_head(tx, list, 0))\n"
				      "\t\treturn LUO_FAILED;\n", name);
		fprintf(g->f, "\tnr = %sluob_size(tx, list)%s%s%s /\n\t     sizeof(struct %s);\n",
			h->head ? "(" : "", h->head ? " - sizeof(struct " : "",
			h->head ? h->head->name : "", h->head ? "))" : "", h->elem->name);
		fprintf(g->f, "\tif (nr > LUOB_MAX_ITER)\n\t\treturn luob_refuse(tx, "
			      "COUNT_OVERFLOW, LUOB_AT(list, 0), nr);\n"
			      "\tbpf_for(i, 0, nr) {\n"
			      "\t\toff = %s%s%s(__u64)i * sizeof(struct %s);\n"
			      "\t\tif (%s_one(tx, list, off))\n\t\t\treturn LUO_FAILED;\n"
			      "\t}\n\treturn 0;\n",
			h->head ? "sizeof(struct " : "", h->head ? h->head->name : "",
			h->head ? ") + " : "", h->elem->name, name);
	} else {
		fprintf(g->f, "\treturn %s_head(tx, list, 0);\n", name);
	}
	fputs("}\n\n", g->f);
}

/* Functions for every handle of a record. */
static void put_lists(struct gen *g, const struct view *v)
{
	const struct luob_handle *h;
	size_t i;

	for (i = 0; i < v->r.l.nr && !g->err; i++) {
		h = gen_handle(&v->r, &v->r.l.fields[i]);
		if (h && is_container(h))
			put_list(g, v, &v->r.l.fields[i], h);
	}
}

static void put_calls(struct gen *g, const struct view *v)
{
	const struct luob_handle *h;
	char name[192];
	size_t i;

	for (i = 0; i < v->r.l.nr; i++) {
		const struct luo_span *s = &v->r.l.fields[i];

		h = gen_handle(&v->r, s);
		if (!h || !is_container(h))
			continue;
		accept_name(name, sizeof(name), v, s);
		fprintf(g->f, "\t{\n\t\t__u64 next = luob_ref(tx, %s, %s%s\n"
			      "\t\t\t\t      offsetof(struct %s, %s));\n\n"
			      "\t\tif (next && %s(tx, next))\n"
			      "\t\t\treturn LUO_FAILED;\n\t}\n",
			v->token, v->depth ? v->at : "", v->depth ? " + " : "", v->r.type->name,
			s->name, name);
	}
}

/* ---- the file ------------------------------------------------------------------------- */

static int generate(struct gen *g, struct gen_file *file, const char *name, char **body)
{
	struct view v = { .token = "self", .at = "0" };
	const struct gen_side *s = g->from;
	char what[256];
	size_t size;
	FILE *f;

	g->f = open_memstream(body, &size);
	if (!g->f)
		return -ENOMEM;
	gen_also_types(g, s->type);
	gen_also_flags(g, s->type);
	if (s->type->size > LUOB_WINDOW_MAX)
		gen_fail(g, "records of more than %u bytes have no window", LUOB_WINDOW_MAX);
	if (s->type->nodes)
		gen_fail(g, "elements that follow the record are not written by gen");
	if (g->err || gen_open(g, &v.r, s->type))
		return g->err;
	put_lists(g, &v);
	fprintf(g->f, "SEC(\"struct_ops.s/accept\")\n"
		      "int BPF_PROG(accept, struct luo_tx *tx, __u64 self)\n{\n"
		      "\tconst struct %s *r = luo_in(tx, self, 0, struct %s);\n\n"
		      "\tif (!r)\n\t\treturn LUO_FAILED;\n", s->type->name, s->type->name);
	put_fields(g, &v);
	gen_begin(g, "RULES", &v.r, "*", "what else the reader demands");
	gen_end(g);
	put_calls(g, &v);
	fprintf(g->f, "\treturn 0;\n}\nLUO_ACCEPTOR(%s);\n", name);
	gen_close(&v.r);
	fflush(g->f);
	f = g->err ? NULL : open_memstream(&file->text, &file->size);
	if (!f)
		return g->err ? g->err : -ENOMEM;
	snprintf(what, sizeof(what), "What %s demands of %s, as far as tags say it", s->release,
		 s->string);
	gen_top(f, g, what);
	fprintf(f, "LUO_READS(\"%s\", \"%s\", struct %s,\n", g->family, s->string, s->type->name);
	gen_identity_types(g, f);
	fprintf(f, "\t LUO_AUTHOR(\"luo-load gen\"));\n\n%s", *body);
	snprintf(file->name, sizeof(file->name), "%s.bpf.c", name);
	return fclose(f) ? -ENOMEM : 0;
}

/**
 * gen__acceptor - source of an acceptor
 * @file: result; @file->text is the caller's to free
 * @family: of the record
 * @side: what it reads
 * @with_release: the string alone does not tell formats apart
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for layouts that gen has no source for, -ENOMEM.
 */
int gen__acceptor(struct gen_file *file, const char *family, const struct gen_side *side,
		  bool with_release, char *msg, size_t msg_size)
{
	struct gen g = { .family = family, .from = side, .to = side, .msg = msg,
			 .msg_size = msg_size };
	char *body = NULL, name[128];
	int err;

	memset(file, 0, sizeof(*file));
	gen__accept_name(name, sizeof(name), family, side, with_release);
	err = generate(&g, file, name, &body);
	if (g.f)
		fclose(g.f);
	free(body);
	while (g.nr_also)
		free((char *)g.also[--g.nr_also]);
	return err;
}
