/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source of translators and acceptors, written from two layouts. */
#ifndef LUO_LIB_GEN_H
#define LUO_LIB_GEN_H

#include "lib/types.h"

/**
 * struct gen_side - one of the two formats
 * @string:	version
 * @release:	of a kernel that has it, for names and --to; of structures, the flavour
 * @type:	the record
 * @header:	what to include for it, "abi/memfd.h"
 */
struct gen_side {
	const char *string;
	const char *release;
	const struct luob_type *type;
	const char *header;
};

/**
 * struct gen_file - one generated file
 * @name:	"memfd_v1_to_v2.bpf.c"
 * @text:	its content
 * @stubs:	places that wait for a person
 * @kept:	blocks that were taken over from an older file
 */
struct gen_file {
	char name[160];
	char *text;
	size_t size;
	unsigned int stubs;
	unsigned int kept;
};

int gen__translator(struct gen_file *file, const char *family, const struct gen_side *from,
		    const struct gen_side *to, char *msg, size_t msg_size);
int gen__acceptor(struct gen_file *file, const char *family, const struct gen_side *side,
		  bool with_release, char *msg, size_t msg_size);
int gen__test(struct gen_file *file, const char *family, const struct gen_side *from,
	      const struct gen_side *to, char *msg, size_t msg_size);
int gen__merge(struct gen_file *file, const char *old, size_t old_size, char *msg,
	       size_t msg_size);
int gen__seal(struct gen_file *file);
bool gen__same_words(const char *family, const struct gen_side *a, const struct gen_side *b);
const char *gen__header(const char *type);
void gen__step_name(char *name, size_t size, const char *family, const struct gen_side *from,
		    const struct gen_side *to);
void gen__accept_name(char *name, size_t size, const char *family, const struct gen_side *side,
		      bool with_release);

#endif /* LUO_LIB_GEN_H */
