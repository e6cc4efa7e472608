// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A test for a translator: each number of the record gets the values at its limits, in a copy
 * of a snapshot, and what luo-load run makes of it has to be the same value or a refusal.
 * Compiled in, because a generated test has to run where nothing but luo-load is installed.
 */
#define _GNU_SOURCE
#include "lib/gen_int.h"

extern const char luo_gen_test_start[], luo_gen_test_end[];

static bool is_number(const struct luo_span *s)
{
	return s->kind <= LUO_SPAN_SIGNED && !s->nr && !s->flexible;
}

/* ("seals", byte offset, bit in it, bits, bits in the new record or 0) */
static void put_case(FILE *f, const struct gen_record *a, const struct gen_record *b,
		     const struct luo_span *x)
{
	const struct luo_span *y = gen_find(b, x->name);
	bool tagged = gen_tag(a, x, "handle") || gen_tag(a, x, "version-field");

	if (!is_number(x) || tagged || x->bits > 64)
		return;
	fprintf(f, "    (\"%s\", %u, %u, %u, %u),\n", x->name, x->off / 8, x->off % 8, x->bits,
		y && is_number(y) && !gen_tag(b, y, "handle") ? y->bits : 0);
}

static void put_table(FILE *f, const char *family, const struct gen_side *from,
		      const struct gen_side *to, const struct gen_record *a,
		      const struct gen_record *b)
{
	char step[128], accept[128];
	size_t i;

	gen__step_name(step, sizeof(step), family, from, to);
	gen__accept_name(accept, sizeof(accept), family, to, gen__same_words(family, from, to));
	fprintf(f, "FAMILY, FROM, TO = \"%s\", \"%s\", \"%s\"\n", family, from->string,
		to->string);
	fprintf(f, "TARGET = \"%s\"\nOBJECTS = [\"%s.bpf.o\", \"%s.bpf.o\"]\n", to->release, step,
		accept);
	fprintf(f, "IS_FDT = %s\n", from->type->nr_fdt ? "True" : "False");
	fputs("# name, byte, bit, bits, bits in the new record or 0 where it has no such field\n"
	      "FIELDS = [\n", f);
	for (i = 0; i < a->l.nr; i++)
		put_case(f, a, b, &a->l.fields[i]);
	fputs("]\n\n", f);
}

/**
 * gen__test - a test of a translator with records at the limits of their fields
 * @file: result, a Python script; @file->text is the caller's to free
 * @family: of the record
 * @from: what the translator reads
 * @to: what it makes
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int gen__test(struct gen_file *file, const char *family, const struct gen_side *from,
	      const struct gen_side *to, char *msg, size_t msg_size)
{
	struct gen g = { .msg = msg, .msg_size = msg_size };
	struct gen_record a, b;
	char step[128];
	FILE *f;
	int err;

	memset(file, 0, sizeof(*file));
	if (gen_open(&g, &a, from->type))
		return g.err;
	if (gen_open(&g, &b, to->type)) {
		gen_close(&a);
		return g.err;
	}
	f = open_memstream(&file->text, &file->size);
	err = f ? 0 : -ENOMEM;
	if (f) {
		const char *mark = "# @TABLE@\n", *at;
		size_t size = luo_gen_test_end - luo_gen_test_start;

		at = memmem(luo_gen_test_start, size, mark, strlen(mark));
		fwrite(luo_gen_test_start, 1, at - luo_gen_test_start, f);
		put_table(f, family, from, to, &a, &b);
		at += strlen(mark);
		fwrite(at, 1, luo_gen_test_end - at, f);
		err = fclose(f) ? -ENOMEM : 0;
	}
	gen__step_name(step, sizeof(step), family, from, to);
	snprintf(file->name, sizeof(file->name), "%s_test.py", step);
	gen_close(&a);
	gen_close(&b);
	return err;
}
