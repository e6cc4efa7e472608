// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Changes to instructions, one to three at once, that leave a program of the same length. */
#include <stdio.h>
#include <string.h>

#include "force.h"
#include "vm/insn.h"

struct edit {
	struct rng *r;
	struct bpf_insn *insns;
	size_t nr;
	char *text;
	size_t size;
};

__attribute__((format(printf, 3, 4)))
static void say(struct edit *e, size_t at, const char *fmt, ...)
{
	size_t len = strlen(e->text);
	va_list ap;

	len += snprintf(e->text + len, e->size - len, "%s%zu: ", len ? ", " : "", at);
	if (len >= e->size)
		return;
	va_start(ap, fmt);
	vsnprintf(e->text + len, e->size - len, fmt, ap);
	va_end(ap);
}

static bool is_jump(const struct bpf_insn *p)
{
	return (BPF_CLASS(p->code) == BPF_JMP || BPF_CLASS(p->code) == BPF_JMP32) &&
	       BPF_OP(p->code) != BPF_CALL && BPF_OP(p->code) != BPF_EXIT;
}

static bool is_memory(const struct bpf_insn *p)
{
	return BPF_CLASS(p->code) == BPF_LDX || BPF_CLASS(p->code) == BPF_STX ||
	       BPF_CLASS(p->code) == BPF_ST;
}

static bool is_wide(const struct bpf_insn *p)
{
	return p->code == (BPF_LD | BPF_DW | BPF_IMM);
}

static __s32 constant(struct rng *r, __s32 old)
{
	static const __s32 odd[] = { 0, 1, -1, 8, 16, 31, 32, 63, 0x7fffffff, 0xff, 0xffff };

	switch (rng__below(r, 4)) {
	case 0:
		return (__s32)((__u32)old + 1 - 2 * (__u32)rng__below(r, 2));
	case 1:
		return old ^ (__s32)(1U << rng__below(r, 32));
	case 2:
		return odd[rng__below(r, sizeof(odd) / sizeof(odd[0]))];
	default:
		return (__s32)((__u32)old + 8 * ((__u32)rng__below(r, 9) - 4));
	}
}

static void edit_operand(struct edit *e, size_t at)
{
	struct bpf_insn *p = &e->insns[at];
	bool imm = BPF_CLASS(p->code) == BPF_ST || is_wide(p) ||
		   ((BPF_CLASS(p->code) == BPF_ALU || BPF_CLASS(p->code) == BPF_ALU64 ||
		     is_jump(p)) && BPF_SRC(p->code) == BPF_K);
	__s32 old = p->imm;

	if (is_wide(p) && p->src_reg) {
		p[1].imm = constant(e->r, p[1].imm);
		say(e, at, "other data");
	} else if (imm && rng__below(e->r, 3)) {
		p->imm = constant(e->r, old);
		say(e, at, "imm %d -> %d", old, p->imm);
	} else if (!imm && rng__below(e->r, 2) && BPF_CLASS(p->code) != BPF_LD) {
		p->src_reg = rng__below(e->r, 11);
		say(e, at, "src r%u", p->src_reg);
	} else {
		p->dst_reg = rng__below(e->r, 11);
		say(e, at, "dst r%u", p->dst_reg);
	}
}

static void edit_offset(struct edit *e, size_t at)
{
	struct bpf_insn *p = &e->insns[at];
	static const __s8 by[] = { 1, -1, 2, -2, 4, -4, 8, -8, 16, -16 };
	__s16 old = p->off;

	if (!is_memory(p) && !is_jump(p))
		return;
	p->off += by[rng__below(e->r, sizeof(by))];
	say(e, at, "off %d -> %d", old, p->off);
}

static void edit_size(struct edit *e, size_t at)
{
	struct bpf_insn *p = &e->insns[at];

	if (is_memory(p) && !rng__below(e->r, 6) && BPF_CLASS(p->code) == BPF_LDX)
		p->code ^= BPF_MEM ^ BPF_MEMSX;
	else if (is_memory(p))
		p->code = (p->code & ~0x18) | rng__below(e->r, 4) << 3;
	else if (BPF_CLASS(p->code) == BPF_ALU || BPF_CLASS(p->code) == BPF_ALU64)
		p->code ^= BPF_ALU ^ BPF_ALU64;
	else if (is_jump(p))
		p->code ^= BPF_JMP ^ BPF_JMP32;
	say(e, at, "code %#x", p->code);
}

static void edit_opcode(struct edit *e, size_t at)
{
	static const __u8 jumps[] = {
		BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JSET, BPF_JSGT,
		BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JA,
	};
	struct bpf_insn *p = &e->insns[at];

	if (is_jump(p))
		p->code = (p->code & 0x0f) | jumps[rng__below(e->r, sizeof(jumps))];
	else if (BPF_CLASS(p->code) == BPF_ALU || BPF_CLASS(p->code) == BPF_ALU64)
		p->code = (p->code & 0x0f) | rng__below(e->r, 14) << 4;
	else if (BPF_CLASS(p->code) == BPF_JMP && p->src_reg == BPF_PSEUDO_KFUNC_CALL)
		p->imm = rng__below(e->r, 14);
	else
		return;
	say(e, at, "code %#x imm %d", p->code, p->imm);
}

static void edit_away(struct edit *e, size_t at)
{
	struct bpf_insn *p = &e->insns[at];

	if (is_wide(p))
		p[1] = BPF_JMP_A(0);
	*p = BPF_CLASS(p->code) == BPF_JMP && BPF_OP(p->code) == BPF_CALL ?
	     BPF_MOV64_IMM(BPF_REG_0, 0) : BPF_JMP_A(0);
	say(e, at, "gone");
}

static void edit_two(struct edit *e, size_t at, bool twice)
{
	struct bpf_insn *p = &e->insns[at], old;

	if (at + 2 >= e->nr || is_wide(p) || is_wide(p + 1) || (at && is_wide(p - 1)))
		return;
	old = p[1];
	p[1] = p[0];
	if (!twice)
		p[0] = old;
	say(e, at, twice ? "twice" : "swapped with the next");
}

static void edit_once(struct edit *e)
{
	size_t at = rng__below(e->r, e->nr);

	if (at && is_wide(&e->insns[at - 1]))
		at--;
	switch (rng__below(e->r, 8)) {
	case 0:
		edit_away(e, at);
		break;
	case 1:
		edit_two(e, at, false);
		break;
	case 2:
		edit_two(e, at, true);
		break;
	case 3:
		edit_opcode(e, at);
		break;
	case 4:
		edit_size(e, at);
		break;
	case 5:
		edit_offset(e, at);
		break;
	default:
		edit_operand(e, at);
	}
}

void mutate(struct rng *r, const struct luo_object *obj, struct bpf_insn *insns, size_t nr,
	    char *text, size_t size)
{
	struct edit e = { .r = r, .insns = insns, .nr = nr, .text = text, .size = size };
	unsigned int n = 1 + (rng__below(r, 3) ? 0 : rng__below(r, 3)), tries = 20;

	(void)obj;
	*text = 0;
	while (n && tries--) {
		size_t len = strlen(text);

		edit_once(&e);
		n -= strlen(text) > len;
	}
}
