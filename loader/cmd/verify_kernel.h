/* SPDX-License-Identifier: GPL-2.0-only */
/* verify --kernel: what the verifier of the running kernel says. */
#ifndef LUO_CMD_VERIFY_KERNEL_H
#define LUO_CMD_VERIFY_KERNEL_H

#include "cmd/cmd.h"
#include "lib/object.h"

enum kernel_answer {
	KERNEL_ACCEPTED,
	KERNEL_REFUSED,
	KERNEL_SKIPPED,
};

/**
 * struct kernel_verdict - of one object
 * @answer:	enum kernel_answer
 * @release:	of the running kernel
 * @file:	source of the refused instruction, base name, or ""
 * @line:	its line, or 0
 * @insn:	index in the object, or -1
 * @text:	the kernel's own words, or why it was not asked
 */
struct kernel_verdict {
	enum kernel_answer answer;
	char release[65];
	char file[128];
	unsigned int line;
	long insn;
	char text[256];
};

int kernel_verdict__get(const struct luo_object *obj, struct kernel_verdict *v);
void kernel_verdict__print(const struct luo_object *obj, const struct kernel_verdict *v);
struct json_object *kernel_verdict__json(const struct kernel_verdict *v);

#endif /* LUO_CMD_VERIFY_KERNEL_H */
