// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A machine: its windows, its faults, and the frame around a run.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm_int.h"

struct vm *vm__new(__u64 insn_budget)
{
	struct vm *vm = calloc(1, sizeof(*vm));

	if (!vm)
		return NULL;
	/* What is left of the budget is kept in a signed variable. */
	vm->budget = insn_budget >> 63 ? ~0ULL >> 1 : insn_budget;
	vm->fault_insn = -1;
	return vm;
}

void vm__free(struct vm *vm)
{
	if (!vm)
		return;
	free(vm->slots);
	free(vm);
}

static int slots_reserve(struct vm *vm, __u32 nr)
{
	__u32 max = vm->max_slots ? vm->max_slots : 64;
	struct vm_slot *slots;

	if (nr <= vm->max_slots)
		return 0;
	if (nr > VM_MAX_WINDOWS)
		return -ENOMEM;
	while (max < nr)
		max *= 2;
	slots = realloc(vm->slots, max * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	vm->slots = slots;
	vm->max_slots = max;
	return 0;
}

/* Room must have been reserved. An empty window gets some base, but no bytes. */
static __u64 slot_add(struct vm *vm, void *base, __u32 size, bool writable)
{
	vm->slots[vm->nr_slots] = (struct vm_slot){
		.base = base ? base : vm->stack,
		.size = size,
		.wsize = writable ? size : 0,
	};
	return vm_addr(vm->nr_slots++, 0);
}

__u64 vm__window(struct vm *vm, void *base, __u32 size, bool writable)
{
	if (!vm->prog || !base || slots_reserve(vm, vm->nr_slots + 1))
		return 0;
	return slot_add(vm, base, size, writable);
}

void *vm__mem(struct vm *vm, __u64 addr, __u32 size, bool write)
{
	const struct vm_slot *s = vm_find(vm->slots, vm->nr_slots, addr, size, write);

	/* Zero bytes at NULL must not look like memory. */
	if (!s || addr >> 32 == VM_SLOT_NULL)
		return NULL;
	return s->base + (__u32)addr;
}

const char *vm__fault(const struct vm *vm)
{
	return vm->fault;
}

int vm__fault_insn(const struct vm *vm)
{
	return vm->fault_insn;
}

__u64 vm__insns(const struct vm *vm)
{
	return vm->insns;
}

int vm_fault(struct vm *vm, const struct vm_op *op, int err, const char *fmt, ...)
{
	va_list ap;
	int n;

	vm->fault_insn = (int)(op - vm->prog->run);
	n = snprintf(vm->fault, sizeof(vm->fault), "insn %d: ", vm->fault_insn);
	va_start(ap, fmt);
	vsnprintf(vm->fault + n, sizeof(vm->fault) - n, fmt, ap);
	va_end(ap);
	return err;
}

static const char *slot_class(const struct vm *vm, __u32 nr)
{
	if (nr == VM_SLOT_STACK)
		return "the stack";
	if (nr == VM_SLOT_CTX)
		return "the context";
	return nr - VM_SLOT_DATA < vm->prog->nr_data ? "read-only data" : "a window";
}

int vm_fault_access(struct vm *vm, const struct vm_op *op, __u64 addr,
		    __u32 size, bool write)
{
	const char *what = write ? "write" : "read";
	__u32 nr = addr >> 32, off = (__u32)addr;

	if (nr == VM_SLOT_NULL)
		return vm_fault(vm, op, -EFAULT, "%u-byte %s at %#x: null or no pointer",
				size, what, off);
	if (nr >= vm->nr_slots)
		return vm_fault(vm, op, -EFAULT, "%u-byte %s at %#llx: no such window",
				size, what, addr);
	if (vm_find(vm->slots, vm->nr_slots, addr, size, false))
		return vm_fault(vm, op, -EFAULT, "%u-byte write at offset %u of %s: read-only",
				size, off, slot_class(vm, nr));
	return vm_fault(vm, op, -EFAULT, "%u-byte %s at offset %u of %s, which has %u bytes",
			size, what, off, slot_class(vm, nr), vm->slots[nr].size);
}

/* The windows that every run has. The stack's grows and shrinks with the depth. */
static int slots_init(struct vm *vm, const struct vm_prog *prog,
		      const __u64 *ctx, __u32 ctx_words)
{
	size_t i;

	if (slots_reserve(vm, VM_SLOT_DATA + (__u32)prog->nr_data))
		return -ENOMEM;
	vm->nr_slots = 0;
	slot_add(vm, NULL, 0, false);
	slot_add(vm, vm->stack, VM_FRAME_SIZE, true);
	slot_add(vm, (void *)ctx, ctx_words * (__u32)sizeof(*ctx), false);
	for (i = 0; i < prog->nr_data; i++)
		slot_add(vm, (void *)prog->data[i].data, prog->data[i].size, false);
	return 0;
}

int vm__run(struct vm *vm, const struct vm_prog *prog, void *priv,
	    const __u64 *ctx, __u32 ctx_words, __u64 *r0)
{
	__u64 ret = 0;
	int err;

	if (vm->prog)
		return -EBUSY;
	if (ctx_words > ~0U / sizeof(*ctx) || (ctx_words && !ctx))
		return -EINVAL;
	err = slots_init(vm, prog, ctx, ctx_words);
	if (err)
		return err;
	vm->insns = 0;
	vm->fault_insn = -1;
	vm->fault[0] = '\0';
	vm->prog = prog;
	err = vm_exec(vm, priv, &ret);
	vm->prog = NULL;
	vm->nr_slots = 0;
	if (!err && r0)
		*r0 = ret;
	return err;
}
