// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine, on the instructions as they stand in the object: an interpreter of its own,
 * so that it does not share what the other one may have got wrong. Each window and each
 * frame of the stack has a number; an access lies inside one of them or ends the run.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mon_int.h"
#include "vm/insn.h"

enum mon_end mon__fault(struct monitor *m, enum verify_rule rule, const char *fmt, ...)
{
	va_list ap;

	m->fault_rule = rule;
	m->fault.rule = "PROGRAM";
	va_start(ap, fmt);
	vsnprintf(m->fault.text, sizeof(m->fault.text), fmt, ap);
	va_end(ap);
	return END_FAULT;
}

/* All bytes of a register from the same origin. */
void mon__set(struct monitor *m, unsigned int reg, __u64 v, __u64 prov)
{
	unsigned int i;

	m->reg[reg].v = v;
	for (i = 0; i < 8; i++)
		m->reg[reg].p[i] = m->track ? prov : 0;
}

/* Return: its address, 0 without memory. */
__u64 mon__add_window(struct monitor *m, const struct mon_window *w)
{
	struct mon_window *list;

	list = luob_grow(m->windows, m->nr_windows, &m->cap_windows, sizeof(*list));
	if (!list)
		return 0;
	m->windows = list;
	list[m->nr_windows] = *w;
	return (__u64)m->nr_windows++ << 32;
}

/* The window that an access lies in, or NULL. */
struct mon_window *mon__window(struct monitor *m, __u64 addr, unsigned int bytes, bool write)
{
	__u32 nr = addr >> 32, off = (__u32)addr;
	struct mon_window *w;

	if (!nr || nr >= m->nr_windows)
		return NULL;
	w = &m->windows[nr];
	if ((__u64)off + bytes > w->size)
		return NULL;
	/* Frames that were left are gone, also when another one lies there now. */
	if (w->space == SPACE_STACK &&
	    (w->frame > m->depth || m->frames[w->frame].window != nr))
		return NULL;
	return write && w->space != SPACE_STACK && w->space != SPACE_OUT ? NULL : w;
}

static const char *space_name(const struct monitor *m, __u64 addr)
{
	static const char *const names[] = {
		[SPACE_NONE] = "nothing", [SPACE_CTX] = "the context",
		[SPACE_DATA] = ".rodata", [SPACE_STACK] = "the stack",
		[SPACE_IN] = "the source", [SPACE_OUT] = "the new record",
	};

	return addr >> 32 < m->nr_windows ? names[m->windows[addr >> 32].space] : "nothing";
}

static enum mon_end bad_access(struct monitor *m, __u64 addr, unsigned int bytes, bool write)
{
	bool there = !write || !mon__window(m, addr, bytes, false);

	return mon__fault(m, there ? VERIFY_WINDOW : VERIFY_CONTRACT,
			  "%u bytes are %s at offset %d of %s%s", bytes,
			  write ? "written" : "read", (__s32)addr, space_name(m, addr),
			  there ? ", outside of the window" : ", which is not to be written");
}

static __u8 patched(const struct monitor *m, const struct luob_region *r, __u64 off)
{
	const struct mon_patch *c = m->patch;

	return c && c->r == r && off - c->off < c->size ? c->flip[off - c->off] : 0;
}

/* .rodata: what the loader sets by name is no constant. */
static __u64 data_origin(struct monitor *m, __u32 off)
{
	const struct btf *btf = luo_types__btf(luo_object__types(m->obj));
	__s32 sec = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *t = sec < 0 ? NULL : btf__type_by_id(btf, sec), *var;
	const struct btf_var_secinfo *v = t ? btf_var_secinfos(t) : NULL;
	int i;

	for (i = 0; t && i < btf_vlen(t); i++, v++) {
		var = btf__type_by_id(btf, v->type);
		if (var && off - v->offset < v->size &&
		    !strncmp(btf__name_by_offset(btf, var->name_off), "luo_config_", 11))
			return prov__kind(&m->prov, PROV_CONFIG);
	}
	return 0;
}

static __u64 ctx_origin(struct monitor *m, __u32 off)
{
	/* The token of the record itself is always the same. */
	static const __u32 kinds[3] = { PROV_POINTER, 0, PROV_ARG };

	return prov__kind(&m->prov, kinds[off / 8]);
}

/* The byte at @off of a window, and its origin. */
static __u8 get_byte(struct monitor *m, struct mon_window *w, __u32 off, __u64 *prov)
{
	struct mon_frame *f;

	*prov = 0;
	switch (w->space) {
	case SPACE_STACK:
		f = &m->frames[w->frame];
		*prov = m->track ? f->prov[off] : 0;
		return f->mem[off];
	case SPACE_CTX:
		*prov = m->track ? ctx_origin(m, off) : 0;
		return ((__u8 *)m->ctx)[off];
	case SPACE_DATA:
		*prov = m->track ? data_origin(m, off) : 0;
		return w->mem[off];
	case SPACE_IN:
		if (m->trace_input)
			*prov = prov_byte(w->r->id, w->off + off);
		else if (m->track)
			*prov = prov__kind(&m->prov, PROV_INPUT);
		return w->mem[off] ^ patched(m, w->r, w->off + off);
	default:
		*prov = m->track ? w->out->prov[w->off + off] : 0;
		return m->replay ? w->out->replay[w->off + off] : w->mem[off];
	}
}

static void put_byte(struct monitor *m, struct mon_window *w, __u32 off, __u8 v, __u64 prov)
{
	struct mon_frame *f;

	if (w->space == SPACE_STACK) {
		f = &m->frames[w->frame];
		f->mem[off] = v;
		f->prov[off] = prov;
	} else if (m->replay) {
		w->out->replay[w->off + off] = v;
	} else {
		((__u8 *)w->mem)[off] = v;
		w->out->prov[w->off + off] = prov;
		w->out->insn[w->off + off] = m->pc + 1;
	}
}

/* Numbers on the stack, for calls. */
bool mon__stack_put(struct monitor *m, __u64 addr, __u64 v, unsigned int bytes, __u64 prov)
{
	struct mon_window *w = mon__window(m, addr, bytes, true);
	unsigned int i;

	for (i = 0; w && i < bytes; i++)
		put_byte(m, w, (__u32)addr + i, v >> (8 * i), prov);
	return w;
}

bool mon__stack_get(struct monitor *m, __u64 addr, unsigned int bytes, __u64 *v)
{
	struct mon_window *w = mon__window(m, addr, bytes, true);
	unsigned int i;
	__u64 prov;

	*v = 0;
	for (i = 0; w && i < bytes; i++)
		*v |= (__u64)get_byte(m, w, (__u32)addr + i, &prov) << (8 * i);
	return w;
}

static unsigned int size_of(const struct bpf_insn *p)
{
	static const __u8 bytes[4] = {
		[BPF_W >> 3] = 4, [BPF_H >> 3] = 2, [BPF_B >> 3] = 1, [BPF_DW >> 3] = 8,
	};

	return bytes[BPF_SIZE(p->code) >> 3];
}

static enum mon_end load(struct monitor *m, const struct bpf_insn *p)
{
	__u64 addr = m->reg[p->src_reg].v + (__s64)p->off;
	unsigned int bytes = size_of(p), i, up = 64 - 8 * bytes;
	struct mon_window *w = mon__window(m, addr, bytes, false);
	struct mon_reg r = { 0 };

	if (!w)
		return bad_access(m, addr, bytes, false);
	for (i = 0; i < bytes; i++)
		r.v |= (__u64)get_byte(m, w, (__u32)addr + i, &r.p[i]) << (8 * i);
	if (BPF_MODE(p->code) == BPF_MEMSX) {
		r.v = (__u64)((__s64)(r.v << up) >> up);
		for (; i < 8; i++)
			r.p[i] = prov__computed(&m->prov, r.p[bytes - 1]);
	}
	m->reg[p->dst_reg] = r;
	return END_EXIT;
}

static enum mon_end store(struct monitor *m, const struct bpf_insn *p)
{
	__u64 addr = m->reg[p->dst_reg].v + (__s64)p->off;
	unsigned int bytes = size_of(p), i;
	struct mon_window *w = mon__window(m, addr, bytes, true);
	struct mon_reg r = { .v = (__u64)(__s64)p->imm };

	if (!w)
		return bad_access(m, addr, bytes, true);
	if (BPF_CLASS(p->code) == BPF_STX)
		r = m->reg[p->src_reg];
	for (i = 0; i < bytes; i++)
		put_byte(m, w, (__u32)addr + i, r.v >> (8 * i), r.p[i]);
	return END_EXIT;
}

static __u64 atomic_op(const struct bpf_insn *p, __u64 old, __u64 val, __u64 r0)
{
	__u64 mask = size_of(p) == 8 ? ~0ULL : 0xffffffffULL;

	switch (p->imm) {
	case BPF_CMPXCHG:
		return (old & mask) == (r0 & mask) ? val : old;
	case BPF_XCHG:
		return val;
	}
	switch (p->imm & ~BPF_FETCH) {
	case BPF_ADD:
		return old + val;
	case BPF_OR:
		return old | val;
	case BPF_AND:
		return old & val;
	default:
		return old ^ val;
	}
}

/* Read, modify, write. What comes of it may come from either. */
static enum mon_end atomic(struct monitor *m, const struct bpf_insn *p)
{
	__u64 addr = m->reg[p->dst_reg].v + (__s64)p->off, old = 0, new, prov = 0, one;
	unsigned int bytes = size_of(p), i;
	struct mon_window *w = mon__window(m, addr, bytes, true);

	if (!w || (__u32)addr & (bytes - 1))
		return bad_access(m, addr, bytes, true);
	for (i = 0; i < bytes; i++) {
		old |= (__u64)get_byte(m, w, (__u32)addr + i, &one) << (8 * i);
		prov = prov__join(&m->prov, prov__join(&m->prov, prov, one),
				  m->reg[p->src_reg].p[i]);
	}
	new = atomic_op(p, old, m->reg[p->src_reg].v, m->reg[0].v);
	for (i = 0; i < bytes; i++)
		put_byte(m, w, (__u32)addr + i, new >> (8 * i), prov);
	if (p->imm == BPF_CMPXCHG)
		mon__set(m, 0, old, prov);
	else if (p->imm & BPF_FETCH)
		mon__set(m, p->src_reg, old, prov);
	return END_EXIT;
}

static bool enter(struct monitor *m)
{
	struct mon_window w = { .space = SPACE_STACK, .size = MON_FRAME, .frame = m->depth };
	struct mon_frame *f = &m->frames[m->depth];
	__u64 none = m->track ? prov__kind(&m->prov, PROV_UNINIT) : 0, addr;
	unsigned int i;

	addr = mon__add_window(m, &w);
	if (!addr)
		return false;
	f->window = addr >> 32;
	memset(f->mem, 0, sizeof(f->mem));
	for (i = 0; i < MON_FRAME; i++)
		f->prov[i] = none;
	mon__set(m, BPF_REG_10, addr + MON_FRAME,
		 m->track ? prov__kind(&m->prov, PROV_POINTER) : 0);
	return true;
}

static enum mon_end call_local(struct monitor *m, const struct bpf_insn *p)
{
	struct mon_frame *f;
	unsigned int i;
	__u64 none;

	if (m->depth + 1 == MON_FRAMES)
		return mon__fault(m, VERIFY_TERMINATES, "call depth exceeds %u frames",
				  MON_FRAMES);
	f = &m->frames[++m->depth];
	f->ret = m->pc + 1;
	memcpy(f->saved, &m->reg[BPF_REG_6], sizeof(f->saved));
	none = m->track ? prov__kind(&m->prov, PROV_UNINIT) : 0;
	for (i = BPF_REG_6; i < BPF_REG_10; i++)
		mon__set(m, i, m->reg[i].v, none);
	if (!enter(m))
		return END_MEMORY;
	m->pc += 1 + p->imm;
	return END_EXIT;
}

static void clobber(struct monitor *m)
{
	__u64 none = m->track ? prov__kind(&m->prov, PROV_UNINIT) : 0;
	unsigned int i;

	for (i = 1; i < 6; i++)
		mon__set(m, i, 0, none);
}

static void leave(struct monitor *m)
{
	const struct mon_frame *f = &m->frames[m->depth--];

	m->pc = f->ret;
	memcpy(&m->reg[BPF_REG_6], f->saved, sizeof(f->saved));
	clobber(m);
	mon__set(m, BPF_REG_10, ((__u64)m->frames[m->depth].window << 32) + MON_FRAME,
		 m->track ? prov__kind(&m->prov, PROV_POINTER) : 0);
}

static enum mon_end call(struct monitor *m, const struct bpf_insn *p)
{
	enum mon_end end;

	if (p->src_reg == BPF_PSEUDO_CALL)
		return call_local(m, p);
	end = mon__call(m, luo_object__call(m->obj, p->imm));
	if (end == END_EXIT) {
		clobber(m);
		m->pc++;
	}
	return end;
}

static enum mon_end load_imm(struct monitor *m, const struct bpf_insn *p)
{
	struct mon_window w = { .space = SPACE_DATA };
	size_t size;
	__u64 addr;

	if (p->src_reg != BPF_PSEUDO_MAP_VALUE) {
		mon__set(m, p->dst_reg, (__u64)(__u32)p[1].imm << 32 | (__u32)p->imm, 0);
	} else {
		w.mem = luo_object__rodata(m->obj, &size);
		w.size = size;
		addr = mon__add_window(m, &w);
		if (!addr)
			return END_MEMORY;
		mon__set(m, p->dst_reg, addr + (__u32)p[1].imm,
			 m->track ? prov__kind(&m->prov, PROV_POINTER) : 0);
	}
	m->pc += 2;
	return END_EXIT;
}

/* Everything that goes on behind itself. */
static enum mon_end plain(struct monitor *m, const struct bpf_insn *p)
{
	enum mon_end end = END_EXIT;

	switch (BPF_CLASS(p->code)) {
	case BPF_LDX:
		end = load(m, p);
		break;
	case BPF_ST:
		end = store(m, p);
		break;
	case BPF_STX:
		end = BPF_MODE(p->code) == BPF_ATOMIC ? atomic(m, p) : store(m, p);
		break;
	default:
		mon__alu(m, p);
	}
	m->pc++;
	return end;
}

static enum mon_end jump(struct monitor *m, const struct bpf_insn *p)
{
	if (BPF_OP(p->code) == BPF_CALL)
		return call(m, p);
	if (BPF_OP(p->code) == BPF_JA)
		m->pc += 1 + (BPF_CLASS(p->code) == BPF_JMP ? p->off : p->imm);
	else
		m->pc += 1 + (mon__jump(m, p) ? p->off : 0);
	return END_EXIT;
}

static bool begin(struct monitor *m)
{
	struct mon_window w = { .space = SPACE_NONE };
	__u64 none = m->track ? prov__kind(&m->prov, PROV_UNINIT) : 0, addr;
	unsigned int i;

	m->nr_windows = 0;
	m->depth = 0;
	m->pc = 0;
	m->path = 0;
	m->next = 0;
	m->refused = false;
	mon__add_window(m, &w);
	for (i = 0; i < 11; i++)
		mon__set(m, i, 0, none);
	if (!enter(m))
		return false;
	w = (struct mon_window){ .space = SPACE_CTX, .size = m->prog->to ? 24 : 16 };
	addr = mon__add_window(m, &w);
	mon__set(m, 1, addr, m->track ? prov__kind(&m->prov, PROV_POINTER) : 0);
	return addr;
}

/* From the first instruction to the end of the program. */
enum mon_end mon__exec(struct monitor *m, __u64 *r0)
{
	enum mon_end end = begin(m) ? END_EXIT : END_MEMORY;
	const struct bpf_insn *p;

	for (m->left = m->budget; end == END_EXIT; m->left--) {
		p = &m->insns[m->pc];
		if (!m->left)
			return mon__fault(m, VERIFY_TERMINATES,
					  "budget of %llu instructions exceeded",
					  (unsigned long long)m->budget);
		if (p->code == (BPF_JMP | BPF_EXIT)) {
			if (!m->depth)
				break;
			leave(m);
		} else if (BPF_CLASS(p->code) == BPF_JMP || BPF_CLASS(p->code) == BPF_JMP32) {
			end = jump(m, p);
		} else if (BPF_CLASS(p->code) == BPF_LD) {
			end = load_imm(m, p);
		} else {
			end = plain(m, p);
		}
		if (m->prov.failed)
			end = END_MEMORY;
	}
	*r0 = m->reg[0].v;
	return end;
}
