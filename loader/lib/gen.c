// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>

#include "lib/gen_int.h"

/* Where structures of the catalogue are written down; the first that fits. */
static const struct {
	const char *prefix;
	const char *header;
} headers[] = {
	{ "luo_bpf_", "abi/report.h" },
	{ "luo_", "abi/luo.h" },
	{ "liveupdate_", "abi/luo.h" },
	{ "memfd_", "abi/memfd.h" },
	{ "memblock_", "abi/memblock.h" },
	{ "reserve_", "abi/memblock.h" },
	{ "kho_kexec_", "abi/kexec_metadata.h" },
	{ "kho", "abi/kho.h" },
	{ "pci_", "abi/pci.h" },
	{ "vfio_", "abi/vfio.h" },
	{ "iommufd_", "abi/iommufd.h" },
	{ "iommu_", "abi/iommu.h" },
	{ "kvm_", "abi/kvm.h" },
	{ "guest_memfd_", "abi/kvm.h" },
	{ "huge", "abi/hugetlb.h" },
	{ "hstate", "abi/hugetlb.h" },
};

/* The header of a structure of the catalogue, or NULL. */
const char *gen__header(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strncmp(type, headers[i].prefix, strlen(headers[i].prefix)))
			return headers[i].header;
	return NULL;
}

/* A C identifier: "v1" of "memfd-v1" with family "memfd"; "7_1" of "7.1". */
void gen_word(char *word, size_t size, const char *text)
{
	size_t i;

	snprintf(word, size, "%s", text);
	for (i = 0; word[i]; i++)
		if (!isalnum((unsigned char)word[i]))
			word[i] = '_';
}

static void version_word(char *word, size_t size, const char *family, const char *string)
{
	size_t n = strlen(family);
	bool prefix = !strncmp(string, family, n) && (string[n] == '-' || string[n] == '_');

	if (isdigit((unsigned char)*string))
		snprintf(word, size, "v%s", string);
	else
		gen_word(word, size, *string ? string + (prefix ? n + 1 : 0) : "any");
}

/* Strings do not always tell formats apart: "pci-v1" and "pci-v1", or "pci-v1" and "1". */
bool gen__same_words(const char *family, const struct gen_side *a, const struct gen_side *b)
{
	char x[64], y[64];

	version_word(x, sizeof(x), family, a->string);
	version_word(y, sizeof(y), family, b->string);
	return !strcmp(x, y);
}

/* "memfd_v1_to_v2"; releases are named where versions are called the same. */
void gen__step_name(char *name, size_t size, const char *family, const struct gen_side *from,
		    const struct gen_side *to)
{
	char f[32], a[64], b[64], ra[64], rb[64];

	gen_word(f, sizeof(f), family);
	version_word(a, sizeof(a), family, from->string);
	version_word(b, sizeof(b), family, to->string);
	if (!gen__same_words(family, from, to)) {
		snprintf(name, size, "%s_%s_to_%s", f, a, b);
		return;
	}
	gen_word(ra, sizeof(ra), from->release);
	gen_word(rb, sizeof(rb), to->release);
	snprintf(name, size, "%s_%s_%s_to_%s", f, a, ra, rb);
}

void gen__accept_name(char *name, size_t size, const char *family, const struct gen_side *side,
		      bool with_release)
{
	char f[32], a[64], r[64];

	gen_word(f, sizeof(f), family);
	version_word(a, sizeof(a), family, side->string);
	gen_word(r, sizeof(r), side->release);
	snprintf(name, size, "%s_%s%s%s_accept", f, a, with_release ? "_" : "",
		 with_release ? r : "");
}

void gen_fail(struct gen *g, const char *fmt, ...)
{
	va_list ap;

	if (g->err)
		return;
	g->err = -EINVAL;
	va_start(ap, fmt);
	vsnprintf(g->msg, g->msg_size, fmt, ap);
	va_end(ap);
}

/* ---- records -------------------------------------------------------------------------- */

int gen_open(struct gen *g, struct gen_record *r, const struct luob_type *t)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->type = t;
	r->types = luo_type__types(t);
	err = luo_layout__read(&r->l, luo_types__btf(r->types), luo_type__id(t), r->types, g->msg,
			       g->msg_size);
	if (err && !g->err)
		g->err = err;
	return err;
}

void gen_close(struct gen_record *r)
{
	luo_layout__free(&r->l);
}

const char *gen_tag(const struct gen_record *r, const struct luo_span *s, const char *word)
{
	return luo_types__tag(r->types, s->owner, s->member, word, NULL);
}

const struct luob_handle *gen_handle(const struct gen_record *r, const struct luo_span *s)
{
	return gen_tag(r, s, "handle") ? luob_type__handle(r->type, s->off / 8) : NULL;
}

const struct luo_span *gen_find(const struct gen_record *r, const char *name)
{
	size_t i;

	for (i = 0; i < r->l.nr; i++)
		if (!strcmp(r->l.fields[i].name, name))
			return &r->l.fields[i];
	return NULL;
}

/* ---- the identity --------------------------------------------------------------------- */

/* "struct x" or "enum x", once. */
void gen_also(struct gen *g, const char *text)
{
	size_t i;
	char *copy;

	for (i = 0; i < g->nr_also; i++)
		if (!strcmp(g->also[i], text))
			return;
	copy = g->nr_also < GEN_MAX_TYPES ? strdup(text) : NULL;
	if (copy)
		g->also[g->nr_also++] = copy;
	else
		gen_fail(g, "too many types behind one record");
}

/* Types behind handles, in the order in which they are met. */
void gen_also_types(struct gen *g, const struct luob_type *t)
{
	const struct luob_type *next[2];
	char text[160];
	__u32 i, k;

	for (i = 0; i <= t->nr_handles && !g->err; i++) {
		next[0] = i < t->nr_handles ? t->handles[i].head : t->nodes;
		next[1] = i < t->nr_handles ? t->handles[i].elem : NULL;
		for (k = 0; k < 2; k++) {
			if (!next[k])
				continue;
			snprintf(text, sizeof(text), "struct %s", next[k]->name);
			gen_also(g, text);
			gen_also_types(g, next[k]);
		}
	}
}

/* Enumerations that name bits. */
void gen_also_flags(struct gen *g, const struct luob_type *t)
{
	char name[64], text[80];
	struct gen_record r;
	const char *tag;
	size_t i;

	if (gen_open(g, &r, t))
		return;
	for (i = 0; i < r.l.nr; i++) {
		tag = gen_tag(&r, &r.l.fields[i], "flags");
		if (!tag || !luo_tag__value(tag, "enum", name, sizeof(name)))
			continue;
		snprintf(text, sizeof(text), "enum %s", name);
		gen_also(g, text);
	}
	gen_close(&r);
}

void gen_identity_types(struct gen *g, FILE *f)
{
	size_t i;

	for (i = 0; i < g->nr_also; i++) {
		fprintf(f, "\t LUO_ALSO(%s)%s\n", g->also[i], i + 1 < g->nr_also ? "" : ",");
		free((char *)g->also[i]);
	}
	if (!g->nr_also)
		fputs("\t ,\n", f);
	g->nr_also = 0;
}

/* ---- blocks --------------------------------------------------------------------------- */

/* What a person writes, and what is kept when the file is generated again. */
void gen_begin(struct gen *g, const char *kind, const struct gen_record *r, const char *field,
	       const char *fmt, ...)
{
	va_list ap;

	fprintf(g->f, "\t/* gen: %s %.*s.%s", kind, luo_layout__base(r->type->name),
		r->type->name, field);
	va_start(ap, fmt);
	fputs(": ", g->f);
	vfprintf(g->f, fmt, ap);
	va_end(ap);
	fputs(" */\n", g->f);
}

void gen_end(struct gen *g)
{
	fputs("\t/* gen: end */\n", g->f);
}

/* Everything before the functions. @what: a sentence without its full stop. */
void gen_top(FILE *f, const struct gen *g, const char *what)
{
	fprintf(f, "// SPDX-License-Identifier: GPL-2.0-only\n"
		   "/*\n"
		   " * %s.\n"
		   " *\n"
		   " * Written by luo-load gen. What is between \"gen:\" and \"gen: end\" is\n"
		   " * yours, and is kept when the file is generated again; #error marks what\n"
		   " * has to be decided.\n"
		   " */\n", what);
	fprintf(f, "#include \"luo_bpf.h\"\n#include \"%s\"\n", g->from->header);
	if (strcmp(g->from->header, g->to->header))
		fprintf(f, "#include \"%s\"\n", g->to->header);
	fputs("\n/* gen: TOP functions and headers of your own */\n/* gen: end */\n\n", f);
}
