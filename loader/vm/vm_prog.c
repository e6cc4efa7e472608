// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The decoder: everything about a program that can be known before it runs. What
 * the interpreter then relies on: registers exist and r10 is never written, each
 * distance leads to an instruction, and the last one goes elsewhere.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "insn.h"
#include "vm_int.h"

struct decoder {
	struct vm_prog *prog;
	const struct bpf_insn *insns;
	size_t nr;
	size_t nr_calls;
	char *msg;
	size_t msg_size;
	__u16 *opcodes;		/* of each slot, while decoding */
};

/* One code per slot. Its group gives the rest: see the order of the lists. */
#define WIDTH32(code)	(BPF_CLASS(code) == BPF_ALU || BPF_CLASS(code) == BPF_JMP32)
#define VARIANT(base, code) \
	((base) + (WIDTH32(code) ? 2 : 0) + (BPF_SRC(code) == BPF_X ? 1 : 0))

__attribute__((format(printf, 3, 4)))
static int refuse(const struct decoder *d, size_t i, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!d->msg || !d->msg_size)
		return -EINVAL;
	n = snprintf(d->msg, d->msg_size, "insn %zu: ", i);
	if (n < 0 || (size_t)n >= d->msg_size)
		return -EINVAL;
	va_start(ap, fmt);
	vsnprintf(d->msg + n, d->msg_size - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int reserved(const struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];

	return refuse(d, i, "reserved field is not zero (code %#x dst %u src %u off %d imm %d)",
		      p->code, p->dst_reg, p->src_reg, p->off, p->imm);
}

static int unknown(const struct decoder *d, size_t i)
{
	return refuse(d, i, "unknown opcode %#x", d->insns[i].code);
}

static int set(struct decoder *d, size_t i, int opcode)
{
	d->opcodes[i] = (__u16)opcode;
	return 0;
}

/* An operand that is a register with X and a constant with K: the other is zero. */
static bool operand_ok(const struct bpf_insn *p)
{
	return BPF_SRC(p->code) == BPF_X ? !p->imm : !p->src_reg;
}

static int decode_end(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];
	int base = VM_SWAP16;

	if (p->src_reg || p->off)
		return reserved(d, i);
	if (BPF_CLASS(p->code) == BPF_ALU)
		base = BPF_SRC(p->code) == BPF_TO_BE ? VM_BE16 : VM_LE16;
	else if (BPF_SRC(p->code) != BPF_TO_LE)
		return unknown(d, i);
	switch (p->imm) {
	case 16:
		return set(d, i, base);
	case 32:
		return set(d, i, base + 1);
	case 64:
		return set(d, i, base + 2);
	}
	return refuse(d, i, "byte swap of %d bits", p->imm);
}

static int decode_movsx(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];
	bool is32 = BPF_CLASS(p->code) == BPF_ALU;

	if (p->imm || BPF_SRC(p->code) != BPF_X)
		return reserved(d, i);
	if (p->off == 8)
		return set(d, i, is32 ? VM_MOVSX8_32 : VM_MOVSX8_64);
	if (p->off == 16)
		return set(d, i, is32 ? VM_MOVSX16_32 : VM_MOVSX16_64);
	if (p->off == 32 && !is32)
		return set(d, i, VM_MOVSX32_64);
	return reserved(d, i);
}

static int decode_alu(struct decoder *d, size_t i)
{
	static const __u16 base[16] = {
		[BPF_ADD >> 4] = VM_ADD64K, [BPF_SUB >> 4] = VM_SUB64K,
		[BPF_MUL >> 4] = VM_MUL64K, [BPF_DIV >> 4] = VM_DIV64K,
		[BPF_OR >> 4] = VM_OR64K, [BPF_AND >> 4] = VM_AND64K,
		[BPF_LSH >> 4] = VM_LSH64K, [BPF_RSH >> 4] = VM_RSH64K,
		[BPF_MOD >> 4] = VM_MOD64K, [BPF_XOR >> 4] = VM_XOR64K,
		[BPF_MOV >> 4] = VM_MOV64K, [BPF_ARSH >> 4] = VM_ARSH64K,
	};
	const struct bpf_insn *p = &d->insns[i];
	__u16 op = base[BPF_OP(p->code) >> 4];

	if (p->dst_reg == BPF_REG_10)
		return refuse(d, i, "write to r10");
	if (BPF_OP(p->code) == BPF_END)
		return decode_end(d, i);
	if (BPF_OP(p->code) == BPF_NEG) {
		if (BPF_SRC(p->code) != BPF_K || p->src_reg || p->imm || p->off)
			return reserved(d, i);
		return set(d, i, BPF_CLASS(p->code) == BPF_ALU ? VM_NEG32 : VM_NEG64);
	}
	if (!op)
		return unknown(d, i);
	if (op == VM_MOV64K && p->off)
		return decode_movsx(d, i);
	if (op == VM_DIV64K && p->off == 1)
		op = VM_SDIV64K;
	else if (op == VM_MOD64K && p->off == 1)
		op = VM_SMOD64K;
	else if (p->off)
		return reserved(d, i);
	if (!operand_ok(p))
		return reserved(d, i);
	return set(d, i, VARIANT(op, p->code));
}

/* Where a jump or call leads, relative to the next instruction. */
static int check_target(const struct decoder *d, size_t i, __s64 dist)
{
	__s64 to = (__s64)i + 1 + dist;

	if (to < 0 || to >= (__s64)d->nr)
		return refuse(d, i, "jump to %lld, outside the program", (long long)to);
	if (to && d->insns[to - 1].code == (BPF_LD | BPF_DW | BPF_IMM))
		return refuse(d, i, "jump to %lld, into an ld_imm64", (long long)to);
	return 0;
}

static int decode_call(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];

	if (p->dst_reg || p->off)
		return reserved(d, i);
	switch (p->src_reg) {
	case 0:
		return refuse(d, i, "call of helper %d: helpers are not supported", p->imm);
	case BPF_PSEUDO_CALL:
		set(d, i, VM_CALL);
		return check_target(d, i, p->imm);
	case BPF_PSEUDO_KFUNC_CALL:
		if (p->imm < 0 || (size_t)p->imm >= d->nr_calls)
			return refuse(d, i, "call of function %d of %zu", p->imm, d->nr_calls);
		return set(d, i, VM_KCALL);
	}
	return refuse(d, i, "unknown kind of call %u", p->src_reg);
}

static int decode_ja(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];
	bool far = BPF_CLASS(p->code) == BPF_JMP32;

	if (p->dst_reg || p->src_reg || (far ? p->off : p->imm))
		return reserved(d, i);
	set(d, i, VM_JA);
	return check_target(d, i, far ? p->imm : p->off);
}

static int decode_jmp(struct decoder *d, size_t i)
{
	static const __u16 base[16] = {
		[BPF_JEQ >> 4] = VM_JEQ64K, [BPF_JNE >> 4] = VM_JNE64K,
		[BPF_JGT >> 4] = VM_JGT64K, [BPF_JGE >> 4] = VM_JGE64K,
		[BPF_JLT >> 4] = VM_JLT64K, [BPF_JLE >> 4] = VM_JLE64K,
		[BPF_JSET >> 4] = VM_JSET64K,
		[BPF_JSGT >> 4] = VM_JSGT64K, [BPF_JSGE >> 4] = VM_JSGE64K,
		[BPF_JSLT >> 4] = VM_JSLT64K, [BPF_JSLE >> 4] = VM_JSLE64K,
	};
	const struct bpf_insn *p = &d->insns[i];
	__u16 op = base[BPF_OP(p->code) >> 4];

	switch (p->code) {
	case BPF_JMP | BPF_JA:
	case BPF_JMP32 | BPF_JA:
		return decode_ja(d, i);
	case BPF_JMP | BPF_CALL:
		return decode_call(d, i);
	case BPF_JMP | BPF_EXIT:
		if (p->dst_reg || p->src_reg || p->off || p->imm)
			return reserved(d, i);
		return set(d, i, VM_EXIT);
	}
	if (!op)
		return unknown(d, i);
	if (!operand_ok(p))
		return reserved(d, i);
	set(d, i, VARIANT(op, p->code));
	return check_target(d, i, p->off);
}

/* The second slot has been decoded with the first when it is reached. */
static int decode_ld(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i], *hi = p + 1;
	const struct vm_prog *prog = d->prog;

	if (p->code != (BPF_LD | BPF_DW | BPF_IMM))
		return unknown(d, i);
	if (i + 1 == d->nr)
		return refuse(d, i, "ld_imm64 is cut off");
	if (hi->code || hi->dst_reg || hi->src_reg || hi->off || p->off)
		return reserved(d, p->off ? i : i + 1);
	if (p->dst_reg == BPF_REG_10)
		return refuse(d, i, "write to r10");
	if (p->src_reg == BPF_PSEUDO_MAP_VALUE) {
		if (p->imm < 0 || (size_t)p->imm >= prog->nr_data)
			return refuse(d, i, "read-only data %d of %zu", p->imm, prog->nr_data);
		if ((__u32)hi->imm > prog->data[p->imm].size)
			return refuse(d, i, "offset %u in read-only data of %u bytes",
				      (__u32)hi->imm, prog->data[p->imm].size);
	} else if (p->src_reg) {
		return refuse(d, i, "ld_imm64 of kind %u: maps and the like are not supported",
			      p->src_reg);
	}
	set(d, i + 1, VM_BAD);
	return set(d, i, VM_LD64);
}

/* r10 is constant, so accesses by it are settled here. */
static int set_access(struct decoder *d, size_t i, int opcode, int reg)
{
	static const __u8 bytes[4] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8,
	};
	const struct bpf_insn *p = &d->insns[i];
	int size = bytes[BPF_SIZE(p->code) >> 3];

	if (reg != BPF_REG_10)
		return set(d, i, opcode);
	if (p->off < -(int)VM_FRAME_SIZE || p->off + size > 0)
		return refuse(d, i, "%d-byte access at r10%+d, outside the frame", size, p->off);
	return set(d, i, opcode + 1);
}

static int decode_ldx(struct decoder *d, size_t i)
{
	static const __u16 mem[4] = {
		[BPF_B >> 3] = VM_LDXB, [BPF_H >> 3] = VM_LDXH,
		[BPF_W >> 3] = VM_LDXW, [BPF_DW >> 3] = VM_LDXDW,
	};
	static const __u16 memsx[4] = {
		[BPF_B >> 3] = VM_LDXSB, [BPF_H >> 3] = VM_LDXSH, [BPF_W >> 3] = VM_LDXSW,
	};
	const struct bpf_insn *p = &d->insns[i];
	__u16 op = 0;

	if (BPF_MODE(p->code) == BPF_MEM)
		op = mem[BPF_SIZE(p->code) >> 3];
	else if (BPF_MODE(p->code) == BPF_MEMSX)
		op = memsx[BPF_SIZE(p->code) >> 3];
	if (!op)
		return unknown(d, i);
	if (p->imm)
		return reserved(d, i);
	if (p->dst_reg == BPF_REG_10)
		return refuse(d, i, "write to r10");
	return set_access(d, i, op, p->src_reg);
}

static int decode_atomic(struct decoder *d, size_t i)
{
	static const struct {
		__s32 imm;
		__u16 op;
	} ops[] = {
		{ BPF_ADD, VM_AADD64 }, { BPF_ADD | BPF_FETCH, VM_FADD64 },
		{ BPF_OR, VM_AOR64 }, { BPF_OR | BPF_FETCH, VM_FOR64 },
		{ BPF_AND, VM_AAND64 }, { BPF_AND | BPF_FETCH, VM_FAND64 },
		{ BPF_XOR, VM_AXOR64 }, { BPF_XOR | BPF_FETCH, VM_FXOR64 },
		{ BPF_XCHG, VM_XCHG64 }, { BPF_CMPXCHG, VM_CMPXCHG64 },
	};
	const struct bpf_insn *p = &d->insns[i];
	bool is32 = BPF_SIZE(p->code) == BPF_W;
	size_t k;

	if (!is32 && BPF_SIZE(p->code) != BPF_DW)
		return unknown(d, i);
	for (k = 0; k < sizeof(ops) / sizeof(ops[0]); k++)
		if (ops[k].imm == p->imm)
			break;
	if (k == sizeof(ops) / sizeof(ops[0]))
		return refuse(d, i, "unknown atomic operation %#x", p->imm);
	if (p->src_reg == BPF_REG_10 && p->imm & BPF_FETCH && p->imm != BPF_CMPXCHG)
		return refuse(d, i, "write to r10");
	return set(d, i, ops[k].op + is32);
}

static int decode_st(struct decoder *d, size_t i)
{
	static const __u16 base[4] = {
		[BPF_B >> 3] = VM_STB, [BPF_H >> 3] = VM_STH,
		[BPF_W >> 3] = VM_STW, [BPF_DW >> 3] = VM_STDW,
	};
	const struct bpf_insn *p = &d->insns[i];
	bool reg = BPF_CLASS(p->code) == BPF_STX;
	__u16 op = base[BPF_SIZE(p->code) >> 3];

	if (reg && BPF_MODE(p->code) == BPF_ATOMIC)
		return decode_atomic(d, i);
	if (BPF_MODE(p->code) != BPF_MEM)
		return unknown(d, i);
	if (reg ? p->imm : p->src_reg)
		return reserved(d, i);
	return set_access(d, i, reg ? op + VM_STXB - VM_STB : op, p->dst_reg);
}

static int decode_insn(struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];

	if (p->dst_reg > BPF_REG_10 || p->src_reg > BPF_REG_10)
		return refuse(d, i, "no register r%u",
			      p->dst_reg > BPF_REG_10 ? p->dst_reg : p->src_reg);
	switch (BPF_CLASS(p->code)) {
	case BPF_LD:
		return decode_ld(d, i);
	case BPF_LDX:
		return decode_ldx(d, i);
	case BPF_ST:
	case BPF_STX:
		return decode_st(d, i);
	case BPF_ALU:
	case BPF_ALU64:
		return decode_alu(d, i);
	default:
		return decode_jmp(d, i);
	}
}

static bool ends_block(__u16 op)
{
	return (op >= VM_JEQ64K && op <= VM_JSLE32X) ||
	       op == VM_JA || op == VM_CALL || op == VM_EXIT;
}

static __u64 op_imm(const struct decoder *d, size_t i)
{
	const struct bpf_insn *p = &d->insns[i];

	switch (d->opcodes[i]) {
	case VM_LD64:
		if (p->src_reg == BPF_PSEUDO_MAP_VALUE)
			return vm_addr(VM_SLOT_DATA + (__u32)p->imm, (__u32)p[1].imm);
		return (__u64)(__u32)p[1].imm << 32 | (__u32)p->imm;
	case VM_JA:
		if (BPF_CLASS(p->code) == BPF_JMP)
			return (__u64)p->off;
	}
	return (__u64)p->imm;
}

/* Backwards, as the length of a block is known from its end. */
static void emit(struct decoder *d)
{
	const void *const *labels = vm_labels();
	struct vm_op *ops = d->prog->ops;
	size_t i;

	for (i = d->nr; i-- > 0;) {
		__u16 op = d->opcodes[i];
		size_t next = i + (op == VM_LD64 ? 2 : 1);

		ops[i] = (struct vm_op){
			.go = labels[op],
			.imm = op_imm(d, i),
			.off = d->insns[i].off,
			.dst = d->insns[i].dst_reg,
			.src = d->insns[i].src_reg,
			.run = ends_block(op) ? 1 : 1 + ops[next].run,
		};
	}
}

static int decode(struct decoder *d)
{
	size_t i, last = 0;
	int err;

	if (!d->nr)
		return refuse(d, 0, "the program is empty");
	for (i = 0; i < d->nr; i += d->opcodes[i] == VM_LD64 ? 2 : 1) {
		err = decode_insn(d, i);
		if (err)
			return err;
		last = i;
	}
	if (d->opcodes[last] != VM_EXIT && d->opcodes[last] != VM_JA)
		return refuse(d, last, "the program runs over its end");
	emit(d);
	return vm_fast(d->prog, d->opcodes);
}

static void *copy(const void *p, size_t nr, size_t size)
{
	void *c = malloc(nr ? nr * size : 1);

	if (c && nr)
		memcpy(c, p, nr * size);
	return c;
}

static struct vm_prog *prog_alloc(size_t nr, const struct vm_call *calls, size_t nr_calls,
				  const struct vm_data *data, size_t nr_data)
{
	struct vm_prog *prog = calloc(1, sizeof(*prog));

	if (!prog)
		return NULL;
	prog->nr = nr;
	prog->nr_data = nr_data;
	prog->ops = calloc(nr + 1, sizeof(*prog->ops));
	prog->calls = copy(calls, nr_calls, sizeof(*calls));
	prog->data = copy(data, nr_data, sizeof(*data));
	if (!prog->ops || !prog->calls || !prog->data) {
		vm_prog__free(prog);
		return NULL;
	}
	return prog;
}

int vm_prog__new(struct vm_prog **prog, const struct bpf_insn *insns, size_t nr,
		 const struct vm_call *calls, size_t nr_calls,
		 const struct vm_data *data, size_t nr_data, char *msg, size_t msg_size)
{
	struct decoder d = {
		.insns = insns, .nr = nr, .nr_calls = nr_calls,
		.msg = msg, .msg_size = msg_size,
	};
	int err;

	*prog = NULL;
	if (msg && msg_size)
		msg[0] = '\0';
	if (nr > VM_MAX_INSNS || nr_data > VM_MAX_DATA) {
		refuse(&d, 0, "%zu instructions and %zu data entries are too many", nr, nr_data);
		return -E2BIG;
	}
	d.prog = prog_alloc(nr, calls, nr_calls, data, nr_data);
	d.opcodes = calloc(nr + 1, sizeof(*d.opcodes));
	err = d.prog && d.opcodes ? decode(&d) : -ENOMEM;
	free(d.opcodes);
	if (err)
		vm_prog__free(d.prog);
	else
		*prog = d.prog;
	return err;
}

void vm_prog__free(struct vm_prog *prog)
{
	if (!prog)
		return;
	vm_fast_free(prog);
	free(prog->ops);
	free(prog->calls);
	free(prog->data);
	free(prog);
}
