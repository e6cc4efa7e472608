// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arithmetic: the value as RFC 9669 has it, and byte by byte where it came from. Origins
 * say "may come from": a byte that is constant whatever the operand has none.
 */
#include <endian.h>
#include <string.h>

#include "mon_int.h"
#include "vm/insn.h"

static __u64 value_alu(unsigned int op, bool is_signed, unsigned int width, __u64 a, __u64 b)
{
	unsigned int up = 64 - width, k = b & (width - 1);
	__s64 sa = (__s64)(a << up) >> up, sb = (__s64)(b << up) >> up;
	__u64 mask = ~0ULL >> up, r;

	a &= mask;
	b &= mask;
	switch (op) {
	case BPF_ADD: r = a + b; break;
	case BPF_SUB: r = a - b; break;
	case BPF_MUL: r = a * b; break;
	case BPF_OR: r = a | b; break;
	case BPF_AND: r = a & b; break;
	case BPF_XOR: r = a ^ b; break;
	case BPF_LSH: r = a << k; break;
	case BPF_RSH: r = a >> k; break;
	case BPF_ARSH: r = (__u64)(sa >> k); break;
	case BPF_MOV: r = b; break;
	case BPF_DIV:
		if (is_signed)
			r = sb == -1 ? 0 - a : sb ? (__u64)(sa / sb) : 0;
		else
			r = b ? a / b : 0;
		break;
	default:	/* BPF_MOD */
		if (is_signed)
			r = sb == -1 ? 0 : sb ? (__u64)(sa % sb) : a;
		else
			r = b ? a % b : a;
	}
	return r & mask;
}

static __u64 join_all(struct monitor *m, const struct mon_reg *a, const struct mon_reg *b,
		      unsigned int bytes)
{
	__u64 p = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		p = prov__join(&m->prov, prov__join(&m->prov, p, a->p[i]), b->p[i]);
	return p;
}

static bool constant(const struct mon_reg *r, unsigned int bytes)
{
	unsigned int i;

	for (i = 0; i < bytes; i++)
		if (r->p[i])
			return false;
	return true;
}

static __u8 byte_of(__u64 v, unsigned int i)
{
	return v >> (8 * i);
}

/* A constant byte that keeps the other one, makes a constant of it, or mixes. */
static __u64 bit_origin(struct monitor *m, unsigned int op, __u64 p, __u64 q, __u8 c)
{
	if (q)
		return prov__join(&m->prov, p, q);
	if ((op == BPF_AND && !c) || (op == BPF_OR && c == 0xff))
		return 0;
	if ((op == BPF_AND && c == 0xff) || (op != BPF_AND && !c))
		return p;
	return prov__computed(&m->prov, p);
}

static void origins_bits(struct monitor *m, unsigned int op, const struct mon_reg *a,
			 const struct mon_reg *b, unsigned int bytes, __u64 *to)
{
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		if (!a->p[i])
			to[i] = bit_origin(m, op, b->p[i], 0, byte_of(a->v, i));
		else
			to[i] = bit_origin(m, op, a->p[i], b->p[i], byte_of(b->v, i));
	}
}

/* Carries go up only. */
static void origins_sum(struct monitor *m, unsigned int op, const struct mon_reg *a,
			const struct mon_reg *b, unsigned int bytes, __u64 *to)
{
	__u64 mask = bytes == 8 ? ~0ULL : 0xffffffffULL, p = 0;
	unsigned int i;

	if (constant(b, bytes) && (op == BPF_MUL ? (b->v & mask) == 1 : !(b->v & mask))) {
		memcpy(to, a->p, bytes * sizeof(*to));
		return;
	}
	if (constant(a, bytes) && op == BPF_ADD && !(a->v & mask)) {
		memcpy(to, b->p, bytes * sizeof(*to));
		return;
	}
	if (op == BPF_MUL && ((constant(a, bytes) && !(a->v & mask)) ||
			      (constant(b, bytes) && !(b->v & mask)))) {
		memset(to, 0, bytes * sizeof(*to));
		return;
	}
	for (i = 0; i < bytes; i++) {
		p = prov__join(&m->prov, prov__join(&m->prov, p, a->p[i]), b->p[i]);
		to[i] = p;
	}
}

static __u64 shifted_from(struct monitor *m, const struct mon_reg *a, unsigned int bytes, int bit,
			  bool fill)
{
	int lo = bit >= 0 ? bit / 8 : -((7 - bit) / 8), hi = lo + (bit & 7 ? 1 : 0);
	__u64 top = fill ? prov__computed(&m->prov, a->p[bytes - 1]) : 0, p, q;

	p = lo < 0 ? 0 : lo < (int)bytes ? a->p[lo] : top;
	if (lo == hi)
		return p;
	q = hi < 0 ? 0 : hi < (int)bytes ? a->p[hi] : top;
	return prov__join(&m->prov, p, q);
}

static void origins_shift(struct monitor *m, unsigned int op, const struct mon_reg *a,
			  const struct mon_reg *b, unsigned int bytes, __u64 *to)
{
	int k = b->v & (bytes * 8 - 1);
	unsigned int i;
	__u64 p;

	if (!constant(b, bytes)) {
		p = join_all(m, a, b, bytes);
		for (i = 0; i < bytes; i++)
			to[i] = p;
		return;
	}
	for (i = 0; i < bytes; i++)
		to[i] = shifted_from(m, a, bytes, (int)i * 8 + (op == BPF_LSH ? -k : k),
				     op == BPF_ARSH);
}

static void origins(struct monitor *m, unsigned int op, const struct mon_reg *a,
		    const struct mon_reg *b, unsigned int bytes, __u64 *to)
{
	unsigned int i;
	__u64 p;

	switch (op) {
	case BPF_MOV:
		memcpy(to, b->p, bytes * sizeof(*to));
		return;
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		origins_bits(m, op, a, b, bytes, to);
		return;
	case BPF_ADD:
	case BPF_SUB:
	case BPF_MUL:
		origins_sum(m, op, a, b, bytes, to);
		return;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		origins_shift(m, op, a, b, bytes, to);
		return;
	}
	p = join_all(m, a, b, bytes);
	/* x % 1, x / 0 */
	if (constant(b, bytes) && b->v == (op == BPF_MOD))
		p = 0;
	for (i = 0; i < bytes; i++)
		to[i] = p;
}

static void put(struct monitor *m, unsigned int reg, __u64 v, const __u64 *p, unsigned int bytes)
{
	m->reg[reg].v = v;
	memset(m->reg[reg].p, 0, sizeof(m->reg[reg].p));
	if (m->track)
		memcpy(m->reg[reg].p, p, bytes * sizeof(*p));
}

/* The lower @bits with their sign above. */
static void sign_extend(struct monitor *m, const struct bpf_insn *p, unsigned int bytes)
{
	const struct mon_reg *s = &m->reg[p->src_reg];
	unsigned int n = p->off / 8, up = 64 - p->off, i;
	__u64 to[8], v = (__u64)((__s64)(s->v << up) >> up);

	for (i = 0; i < 8; i++)
		to[i] = i < n ? s->p[i] : prov__computed(&m->prov, s->p[n - 1]);
	put(m, p->dst_reg, bytes == 4 ? (__u32)v : v, to, bytes);
}

static void byte_swap(struct monitor *m, const struct bpf_insn *p)
{
	bool swap = BPF_CLASS(p->code) == BPF_ALU64 || BPF_SRC(p->code) == BPF_TO_BE;
	const struct mon_reg *a = &m->reg[p->dst_reg];
	unsigned int n = p->imm / 8, i;
	__u64 to[8], v = 0;

	for (i = 0; i < n; i++) {
		unsigned int from = swap ? n - 1 - i : i;

		to[i] = a->p[from];
		v |= (__u64)byte_of(a->v, from) << (8 * i);
	}
	put(m, p->dst_reg, v, to, n);
}

void mon__alu(struct monitor *m, const struct bpf_insn *p)
{
	unsigned int op = BPF_OP(p->code), bytes = BPF_CLASS(p->code) == BPF_ALU ? 4 : 8;
	struct mon_reg *a = &m->reg[p->dst_reg], zero = { 0 };
	struct mon_reg b = { .v = (__u64)(__s64)p->imm };
	__u64 to[8] = { 0 };

	if (op == BPF_END) {
		byte_swap(m, p);
		return;
	}
	if (op == BPF_MOV && p->off) {
		sign_extend(m, p, bytes);
		return;
	}
	if (op == BPF_NEG) {
		b = *a;
		a = &zero;
		op = BPF_SUB;
	} else if (BPF_SRC(p->code) == BPF_X) {
		b = m->reg[p->src_reg];
		if (p->src_reg == p->dst_reg && (op == BPF_XOR || op == BPF_SUB))
			memset(b.p, 0, sizeof(b.p)), a = &zero, b.v = 0;
	}
	if (m->track)
		origins(m, op, a, &b, bytes, to);
	put(m, p->dst_reg, value_alu(op, p->off == 1, bytes * 8, a->v, b.v), to, bytes);
}

static bool holds(unsigned int op, unsigned int width, __u64 a, __u64 b)
{
	unsigned int up = 64 - width;
	__s64 sa = (__s64)(a << up) >> up, sb = (__s64)(b << up) >> up;

	a &= ~0ULL >> up;
	b &= ~0ULL >> up;
	switch (op) {
	case BPF_JEQ: return a == b;
	case BPF_JNE: return a != b;
	case BPF_JGT: return a > b;
	case BPF_JGE: return a >= b;
	case BPF_JLT: return a < b;
	case BPF_JLE: return a <= b;
	case BPF_JSET: return a & b;
	case BPF_JSGT: return sa > sb;
	case BPF_JSGE: return sa >= sb;
	case BPF_JSLT: return sa < sb;
	default: return sa <= sb;
	}
}

/* The least a register may be, were its dirty bytes anything; @max: the most. */
static __u64 bound_of(const struct monitor *m, const struct mon_reg *r, unsigned int bytes,
		      bool max)
{
	__u64 v = bytes == 8 ? r->v : (__u32)r->v, byte;
	unsigned int i;

	for (i = 0; i < bytes; i++) {
		byte = 0xffULL << (8 * i);
		if (prov__kinds(&m->prov, r->p[i]) & (PROV_UNINIT | PROV_POINTER))
			v = max ? v | byte : v & ~byte;
	}
	return v;
}

/* Is the answer the same whatever the dirty bytes are? */
static bool decided(const struct monitor *m, unsigned int op, const struct mon_reg *a,
		    const struct mon_reg *b, unsigned int bytes)
{
	__u64 a_min = bound_of(m, a, bytes, false), a_max = bound_of(m, a, bytes, true);
	__u64 b_min = bound_of(m, b, bytes, false), b_max = bound_of(m, b, bytes, true);
	__u64 known = ~(a_min ^ a_max) & ~(b_min ^ b_max);

	switch (op) {
	case BPF_JEQ:
	case BPF_JNE:
		return (a->v ^ b->v) & known & (bytes == 8 ? ~0ULL : 0xffffffffULL);
	case BPF_JGT:
	case BPF_JLE:
		return a_min > b_max || a_max <= b_min;
	case BPF_JGE:
	case BPF_JLT:
		return a_min >= b_max || a_max < b_min;
	case BPF_JSET:
		return (a->v & b->v & known) || !(a_max & b_max);
	default:
		return false;
	}
}

/* Decisions by what is not the record's, or no number. */
static void check_decision(struct monitor *m, unsigned int op, const struct mon_reg *a,
			   const struct mon_reg *b, unsigned int bytes)
{
	__u32 kinds = prov__kinds(&m->prov, join_all(m, a, b, bytes));
	bool null = (op == BPF_JEQ || op == BPF_JNE) && constant(b, bytes) && !b->v;

	/* After a call that failed, or a refusal, the step is a veto anyway. */
	if (!(kinds & (PROV_UNINIT | PROV_POINTER)) || m->refused || m->tx->step->failed ||
	    decided(m, op, a, b, bytes))
		return;
	if (kinds & PROV_UNINIT)
		mon__see(m, VERIFY_CLEAN, m->pc, NULL, 0,
			 "the program decides by stack bytes or registers that nobody wrote");
	else if (kinds & PROV_POINTER && !null)
		mon__see(m, VERIFY_CLEAN, m->pc, NULL, 0, "the program decides by a pointer");
}

bool mon__jump(struct monitor *m, const struct bpf_insn *p)
{
	unsigned int op = BPF_OP(p->code), bytes = BPF_CLASS(p->code) == BPF_JMP32 ? 4 : 8;
	struct mon_reg b = { .v = (__u64)(__s64)p->imm };
	bool yes;

	if (BPF_SRC(p->code) == BPF_X)
		b = m->reg[p->src_reg];
	yes = holds(op, bytes * 8, m->reg[p->dst_reg].v, b.v);
	if (m->track)
		check_decision(m, op, &m->reg[p->dst_reg], &b, bytes);
	m->path = (m->path ^ (m->pc * 2 + yes)) * 0x100000001b3ULL;
	return yes;
}
