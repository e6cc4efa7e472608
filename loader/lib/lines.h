/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Source lines of an object's instructions, from .BTF.ext. */
#ifndef LUO_LIB_LINES_H
#define LUO_LIB_LINES_H

#include "lib/object.h"

struct luo_lines;

/**
 * struct luo_line - where an instruction comes from
 * @insn: the first one of the line
 * @line: number, never 0
 * @file: base name, the object's
 */
struct luo_line {
	__u32 insn;
	unsigned int line;
	const char *file;
};

/**
 * luo_lines__new - read the lines of an object
 * @lines: result, empty when the object has none; to be released with luo_lines__free()
 * @obj: has to outlive them
 *
 * Return: 0, -ENOMEM.
 */
int luo_lines__new(struct luo_lines **lines, const struct luo_object *obj);
void luo_lines__free(struct luo_lines *lines);

/* The line of an instruction, or NULL. */
const struct luo_line *luo_lines__at(const struct luo_lines *lines, __u32 insn);

#endif /* LUO_LIB_LINES_H */
