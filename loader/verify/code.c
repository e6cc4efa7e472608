// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The instructions of an object, as the interpreter decoded them. */
#include <stdlib.h>
#include <string.h>

#include "int.h"
#include "vm/vm_int.h"

/* The interpreter keeps the labels of its code: which opcode is which? */
static __u16 opcode_of(const void *go)
{
	const void *const *labels = vm_labels();
	__u16 i;

	for (i = 0; i < VM_NR_OPCODES; i++)
		if (labels[i] == go)
			return i;
	return VM_BAD;
}

int code__init(struct code *c, const struct luo_object *obj)
{
	size_t i;

	memset(c, 0, sizeof(*c));
	c->prog = luo_object__vm_prog(obj);
	c->nr = c->prog->nr;
	c->insns = calloc(c->nr + 1, sizeof(*c->insns));
	if (!c->insns)
		return -ENOMEM;
	for (i = 0; i < c->nr; i++) {
		const struct vm_op *op = &c->prog->ops[i];

		c->insns[i] = (struct code_insn){
			.op = opcode_of(op->go), .off = op->off, .dst = op->dst,
			.src = op->src, .imm = op->imm,
		};
	}
	return luo_lines__new(&c->lines, obj);
}

void code__free(struct code *c)
{
	free(c->insns);
	luo_lines__free(c->lines);
}
