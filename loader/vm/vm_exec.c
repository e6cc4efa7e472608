// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interpreter: direct-threaded, one label per operation. The decoder has
 * checked everything that does not depend on values, so that what is left to
 * check is memory (vm_find()), the budget and the depth.
 *
 * Where several accesses by the same registers follow each other without a jump, a
 * stretch (vm_fast.c), the windows are looked up once for all of them: every access is
 * inside of what was checked, or they are made one by one.
 *
 * The budget is charged where control arrives: a whole block, up to the next
 * instruction that may go elsewhere. A block that does not fit is not begun, so
 * no run executes more than its budget; the exact count at a fault is had by
 * giving back the part of the block that was not reached.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "vm_int.h"

#define __maybe_unused	__attribute__((unused))

#define NEXT(n)		do { pc += (n); goto *pc->go; } while (0)

/* Control arrives at pc. */
#define ARRIVE()							\
	do {								\
		left -= pc->run;					\
		if (__builtin_expect(left < 0, 0))			\
			goto budget;					\
		goto *pc->go;						\
	} while (0)

/* The names that the expressions of the lists are made of. */
#define OPERANDS(UT, ST, SRC)						\
	const UT a = (UT)r[pc->dst], b = (UT)(SRC);			\
	const ST sa __maybe_unused = (ST)a, sb __maybe_unused = (ST)b;		\
	const UT mask __maybe_unused = sizeof(UT) * 8 - 1

#define DO_ALU(N, UT, ST, SRC, expr)					\
	L_##N: {							\
		OPERANDS(UT, ST, SRC);					\
		r[pc->dst] = (UT)(expr);				\
		NEXT(1);						\
	}
#define DO_ALU4(N, expr)						\
	DO_ALU(N##64K, __u64, __s64, pc->imm, expr)			\
	DO_ALU(N##64X, __u64, __s64, r[pc->src], expr)			\
	DO_ALU(N##32K, __u32, __s32, pc->imm, expr)			\
	DO_ALU(N##32X, __u32, __s32, r[pc->src], expr)

#define DO_UNARY(N, expr)						\
	L_##N: {							\
		const __u64 a __maybe_unused = r[pc->dst];			\
		const __u64 b __maybe_unused = r[pc->src];			\
		r[pc->dst] = (expr);					\
		NEXT(1);						\
	}

#define DO_FUSED(N, nr, expr)						\
	L_##N: {							\
		const struct vm_op *p = pc;				\
									\
		r[p->dst] = (expr);					\
		NEXT(nr);						\
	}

#define DO_JMP(N, UT, ST, SRC, cond)					\
	L_##N: {							\
		OPERANDS(UT, ST, SRC);					\
		if (cond) {						\
			pc += pc->off + 1;				\
			ARRIVE();					\
		}							\
		pc++;							\
		ARRIVE();						\
	}
#define DO_JMP4(N, cond)						\
	DO_JMP(N##64K, __u64, __s64, pc->imm, cond)			\
	DO_JMP(N##64X, __u64, __s64, r[pc->src], cond)			\
	DO_JMP(N##32K, __u32, __s32, pc->imm, cond)			\
	DO_JMP(N##32X, __u32, __s32, r[pc->src], cond)

/* Host memory for an access by @REG, or out. */
#define MEM(p, REG, SIZE, WRITE)					\
	do {								\
		addr = r[REG] + (__u64)pc->off;				\
		slot = vm_find(slots, nr_slots, addr, SIZE, WRITE);	\
		if (__builtin_expect(!slot, 0)) {			\
			size = SIZE;					\
			write = WRITE;					\
			goto bad_access;				\
		}							\
		p = slot->base + (__u32)addr;				\
	} while (0)

/* Accesses by r10 itself were checked by the decoder, once and for all. */
#define DO_LDX(N, T)							\
	L_##N: {							\
		const __u8 *p;						\
		T v;							\
									\
		MEM(p, pc->src, sizeof(v), false);			\
		memcpy(&v, p, sizeof(v));				\
		r[pc->dst] = (__u64)v;					\
		NEXT(1);						\
	}								\
	L_F##N: {							\
		T v;							\
									\
		memcpy(&v, frame + pc->off, sizeof(v));			\
		r[pc->dst] = (__u64)v;					\
		NEXT(1);						\
	}

/* Accesses of a stretch: host[] is what its registers stand for. */
#define DO_ULDX(N, T)							\
	L_U##N: {							\
		T v;							\
									\
		memcpy(&v, host[pc->src] + pc->off, sizeof(v));		\
		r[pc->dst] = (__u64)v;					\
		NEXT(1);						\
	}
#define DO_UST(N, T)							\
	L_UST##N: {							\
		const T v = (T)pc->imm;					\
									\
		memcpy(host[pc->dst] + pc->off, &v, sizeof(v));		\
		NEXT(1);						\
	}								\
	L_USTX##N: {							\
		const T v = (T)r[pc->src];				\
									\
		memcpy(host[pc->dst] + pc->off, &v, sizeof(v));		\
		NEXT(1);						\
	}								\
	L_COPY##N: {							\
		T v;							\
									\
		memcpy(&v, host[pc->src] + pc->off, sizeof(v));		\
		r[pc->dst] = (__u64)v;					\
		memcpy(host[pc->imm >> 32] + (__s32)pc->imm, &v, sizeof(v)); \
		NEXT(1);						\
	}

#define DO_STORE(N, T, SRC)						\
	L_##N: {							\
		const T v = (T)(SRC);					\
		__u8 *p;						\
									\
		MEM(p, pc->dst, sizeof(v), true);			\
		memcpy(p, &v, sizeof(v));				\
		NEXT(1);						\
	}								\
	L_F##N: {							\
		const T v = (T)(SRC);					\
									\
		memcpy(frame + pc->off, &v, sizeof(v));			\
		NEXT(1);						\
	}
#define DO_ST(N, T)							\
	DO_STORE(ST##N, T, pc->imm)					\
	DO_STORE(STX##N, T, r[pc->src])

/*
 * A run has one thread, so a plain read and write are atomic. Alignment is asked
 * for within the window, whatever the host: elsewhere hardware would refuse.
 */
#define DO_ATOMIC(N, T, expr, result)					\
	L_##N: {							\
		const T val = (T)r[pc->src];				\
		T old, new;						\
		__u8 *p;						\
									\
		MEM(p, pc->dst, sizeof(old), true);			\
		if (__builtin_expect(addr & (sizeof(old) - 1), 0))	\
			goto unaligned;					\
		memcpy(&old, p, sizeof(old));				\
		new = (T)(expr);					\
		memcpy(p, &new, sizeof(new));				\
		result;							\
		NEXT(1);						\
	}
#define DO_RMW(N, expr, fetch)						\
	DO_ATOMIC(N##64, __u64, expr, if (fetch) r[pc->src] = old)	\
	DO_ATOMIC(N##32, __u32, expr, if (fetch) r[pc->src] = old)

#define LABEL4(N, e)	[VM_##N##64K] = &&L_##N##64K, [VM_##N##64X] = &&L_##N##64X, \
			[VM_##N##32K] = &&L_##N##32K, [VM_##N##32X] = &&L_##N##32X,
#define LABEL1(N)	[VM_##N] = &&L_##N,
#define LABEL_UNARY(N, e) LABEL1(N)
#define LABEL_LDX(N, t)	LABEL1(N) LABEL1(F##N)
#define LABEL_ST(N, t)	LABEL1(ST##N) LABEL1(FST##N) LABEL1(STX##N) LABEL1(FSTX##N)
#define LABEL_ULDX(N, t) LABEL1(U##N)
#define LABEL_UST(N, t)	LABEL1(UST##N) LABEL1(USTX##N) LABEL1(COPY##N)
#define LABEL_FUSED(N, n, e) LABEL1(N)
#define LABEL_RMW(N, e, f) LABEL1(N##64) LABEL1(N##32)

/* What a call leaves behind: nothing of the callee, in any engine. */
static inline void clobber_args(__u64 *r)
{
	memset(&r[BPF_REG_1], 0, 5 * sizeof(*r));
}

/* Make frame @depth the current one: the stack ends with it. */
static inline __u8 *frame_set(struct vm *vm, __u64 *r, __u32 depth)
{
	const __u32 top = (depth + 1) * VM_FRAME_SIZE;

	vm->slots[VM_SLOT_STACK].size = top;
	vm->slots[VM_SLOT_STACK].wsize = top;
	r[BPF_REG_10] = vm_addr(VM_SLOT_STACK, top);
	return vm->stack + top;
}

static inline __u8 *frame_enter(struct vm *vm, __u64 *r, __u32 depth)
{
	__u8 *top = frame_set(vm, r, depth);
	size_t size = VM_FRAME_SIZE;

	/* A size that the compiler knows makes it slow: "rep stos" takes long to start. */
	__asm__("" : "+r"(size));
	memset(top - VM_FRAME_SIZE, 0, size);
	return top;
}

/* Run @vm->prog, or, without a machine, tell the labels: only this function can. */
static int vm_interpret(struct vm *vm, void *priv, __u64 *r0,
			const void *const **tell)
{
	static const void *const labels[VM_NR_OPCODES] = {
		VM_ALU_LIST(LABEL4) VM_UNARY_LIST(LABEL_UNARY) VM_JMP_LIST(LABEL4)
		VM_LDX_LIST(LABEL_LDX) VM_ST_LIST(LABEL_ST) VM_RMW_LIST(LABEL_RMW)
		LABEL1(CMPXCHG64) LABEL1(CMPXCHG32) LABEL1(LD64) LABEL1(JA)
		LABEL1(CALL) LABEL1(KCALL) LABEL1(EXIT) LABEL1(BAD)
		VM_LDX_LIST(LABEL_ULDX) VM_ST_LIST(LABEL_UST)
		VM_FUSED_LIST(LABEL_FUSED)
		LABEL1(COPIES) LABEL1(STRETCH) LABEL1(LEAVE)
	};
	const struct vm_stretch *stretch;
	const struct vm_slot *slots, *slot;
	const struct vm_op *pc;
	__u32 nr_slots, size, depth = 0;
	__u64 r[MAX_BPF_REG] = { 0 };
	__u8 *host[MAX_BPF_REG];
	struct vm_frame *f;
	__u8 *frame;
	__u64 addr;
	__s64 left;
	bool write;
	int err;

	if (!vm) {
		*tell = labels;
		return 0;
	}
	slots = vm->slots;
	nr_slots = vm->nr_slots;
	left = (__s64)vm->budget;
	pc = vm->prog->run;
	r[BPF_REG_1] = vm_addr(VM_SLOT_CTX, 0);
	frame = frame_enter(vm, r, 0);
	ARRIVE();

	VM_ALU_LIST(DO_ALU4)
	VM_UNARY_LIST(DO_UNARY)
	VM_JMP_LIST(DO_JMP4)
	VM_LDX_LIST(DO_LDX)
	VM_ST_LIST(DO_ST)
	VM_LDX_LIST(DO_ULDX)
	VM_ST_LIST(DO_UST)
	VM_FUSED_LIST(DO_FUSED)
	VM_RMW_LIST(DO_RMW)
	DO_ATOMIC(CMPXCHG64, __u64, old == r[0] ? val : old, r[0] = old)
	DO_ATOMIC(CMPXCHG32, __u32, old == (__u32)r[0] ? val : old, r[0] = old)
L_STRETCH:
	stretch = &vm->prog->stretches[pc->stretch];
	for (size = 0; size < stretch->nr_ranges; size++) {
		addr = r[stretch->range[size].reg] + (__u64)stretch->range[size].min;
		slot = vm_find(slots, nr_slots, addr, stretch->range[size].size,
			       stretch->range[size].write);
		/* One by one then: some may be right, and the first wrong one is named. */
		if (__builtin_expect(!slot, 0))
			goto *stretch->go;
		host[stretch->range[size].reg] = slot->base + (__u32)addr -
						 stretch->range[size].min;
	}
	pc = stretch->ops;
	goto *pc->go;
L_COPIES: {
	const __u8 *from = host[pc->src] + pc->off;
	__u8 *to = host[pc->imm >> 32] + (__s32)pc->imm;
	__u64 word;

	/* In this order, as they may overlap. */
	size = pc->run;
	do {
		memcpy(&word, from, sizeof(word));
		memcpy(to, &word, sizeof(word));
		from += sizeof(word);
		to += sizeof(word);
	} while (--size);
	r[pc->dst] = word;
	NEXT(1);
}
L_LEAVE:
	pc = &vm->prog->run[pc->imm];
	goto *pc->go;
L_LD64:
	r[pc->dst] = pc->imm;
	NEXT(2);
L_JA:
	pc += (__s64)pc->imm + 1;
	ARRIVE();
L_CALL:
	if (depth + 1 == VM_MAX_FRAMES)
		goto too_deep;
	f = &vm->frames[depth++];
	f->ret = pc + 1;
	memcpy(f->saved, &r[BPF_REG_6], sizeof(f->saved));
	frame = frame_enter(vm, r, depth);
	pc += (__s64)pc->imm + 1;
	ARRIVE();
L_EXIT:
	if (!depth)
		goto done;
	f = &vm->frames[--depth];
	pc = f->ret;
	memcpy(&r[BPF_REG_6], f->saved, sizeof(f->saved));
	clobber_args(r);
	frame = frame_set(vm, r, depth);
	ARRIVE();
L_KCALL:
	r[0] = 0;
	err = vm->prog->calls[pc->imm].fn(vm, priv, &r[BPF_REG_1], &r[0]);
	if (__builtin_expect(err != 0, 0))
		goto call_failed;
	clobber_args(r);
	slots = vm->slots;
	nr_slots = vm->nr_slots;
	NEXT(1);

budget:
	/* Give back all of the block: not even its first instruction was executed. */
	vm->insns = vm->budget - (__u64)(left + pc->run);
	return vm_fault(vm, pc, -ELOOP, "budget of %llu instructions exceeded", vm->budget);
too_deep:
	err = vm_fault(vm, pc, -E2BIG, "call depth exceeds %u frames", VM_MAX_FRAMES);
	goto out;
bad_access:
	err = vm_fault_access(vm, pc, addr, size, write);
	goto out;
unaligned:
	err = vm_fault(vm, pc, -EFAULT, "atomic access at offset %u is not aligned", (__u32)addr);
	goto out;
call_failed:
	err = vm_fault(vm, pc, err < 0 ? err : -EINVAL, "call of %s failed: %s",
		       vm->prog->calls[pc->imm].name, strerror(err < 0 ? -err : err));
	goto out;
L_BAD:
	err = vm_fault(vm, pc, -EINVAL, "not an instruction");
	goto out;
done:
	*r0 = r[0];
	err = 0;
out:
	vm->insns = vm->budget - (__u64)left - pc->run + 1;
	return err;
}

int vm_exec(struct vm *vm, void *priv, __u64 *r0)
{
	return vm_interpret(vm, priv, r0, NULL);
}

const void *const *vm_labels(void)
{
	const void *const *labels;

	vm_interpret(NULL, NULL, NULL, &labels);
	return labels;
}
