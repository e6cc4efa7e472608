/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Inside of gen*.c. */
#ifndef LUO_LIB_GEN_INT_H
#define LUO_LIB_GEN_INT_H

#include <stdio.h>

#include "core/contract.h"
#include "lib/gen.h"
#include "lib/layout.h"

#define GEN_MAX_TYPES	64

/**
 * struct gen - one file being written
 * @f:		the functions: written before the record that calls them
 * @family:	of the record
 * @from:	what is read, and @to what is made; equal for an acceptor
 * @losses:	fields of the source that nothing takes, a line of #error each
 * @also:	types that the identity has to name, once each
 * @stubs:	how many places wait for a person
 */
struct gen {
	FILE *f;
	const char *family;
	const struct gen_side *from;
	const struct gen_side *to;
	FILE *losses;
	const char *also[GEN_MAX_TYPES];
	size_t nr_also;
	unsigned int stubs;
	char *msg;
	size_t msg_size;
	int err;
};

/* A record and the fields in it. */
struct gen_record {
	const struct luob_type *type;
	struct luo_types *types;
	struct luo_layout l;
};

int gen_open(struct gen *g, struct gen_record *r, const struct luob_type *t);
void gen_close(struct gen_record *r);
const char *gen_tag(const struct gen_record *r, const struct luo_span *s, const char *word);
const struct luob_handle *gen_handle(const struct gen_record *r, const struct luo_span *s);
const struct luo_span *gen_find(const struct gen_record *r, const char *name);
void gen_also(struct gen *g, const char *text);
void gen_also_types(struct gen *g, const struct luob_type *t);
void gen_also_flags(struct gen *g, const struct luob_type *t);
void gen_word(char *word, size_t size, const char *text);
void gen_begin(struct gen *g, const char *kind, const struct gen_record *r, const char *field,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void gen_end(struct gen *g);
void gen_fail(struct gen *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void gen_top(FILE *f, const struct gen *g, const char *what);
void gen_identity_types(struct gen *g, FILE *f);

#endif /* LUO_LIB_GEN_INT_H */
