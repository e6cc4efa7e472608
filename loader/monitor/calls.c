// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The calls of the contract. The first run does them and keeps a log; a run with changed
 * bits gets its answers from there, and ends when it asks for something else.
 */
#include <stdlib.h>
#include <string.h>

#include "core/calls.h"
#include "mon_int.h"

static const char *const names[MON_NR_CALLS] = {
#define MON_NAME(ret, name, args) #name,
	LUOB_CALLS(MON_NAME)
};

static __u64 kind(struct monitor *m, __u32 kinds)
{
	return m->track ? prov__kind(&m->prov, kinds) : 0;
}

static int out_init(struct mon_out *o, struct luob_region *r)
{
	o->r = r;
	o->size = r->size;
	o->prov = calloc(r->size, sizeof(*o->prov));
	o->insn = calloc(r->size, sizeof(*o->insn));
	o->replay = calloc(2, r->size);
	o->base = o->replay ? o->replay + r->size : NULL;
	return o->prov && o->insn && o->replay ? 0 : -ENOMEM;
}

/* What is known of a region that the step makes, or NULL. */
struct mon_out *mon__out(struct monitor *m, const struct luob_region *r)
{
	size_t i;

	for (i = 0; i < m->nr_outs; i++)
		if (m->outs[i]->r == r)
			return m->outs[i];
	return NULL;
}

static int add_out(struct monitor *m, struct luob_region *r)
{
	struct mon_out **list, *o;

	list = luob_grow(m->outs, m->nr_outs, &m->cap_outs, sizeof(*list));
	o = list ? calloc(1, sizeof(*o)) : NULL;
	if (!o)
		return -ENOMEM;
	m->outs = list;
	list[m->nr_outs++] = o;
	return out_init(o, r);
}

static __u64 region_call(struct luo_tx *tx, struct mon_call *c)
{
	struct luob_region *r;

	switch (c->nr) {
	case MON_luob_ref:
		return luob_ref(tx, c->arg[0], c->arg[1]);
	case MON_luob_size:
		return luob_size(tx, c->arg[0]);
	case MON_luob_new:
		c->ret = luob_new(tx, c->arg[0], c->arg[1]);
		r = luob_step__region(tx, c->ret);
		c->r = r;
		return c->ret;
	case MON_luob_in:
		c->mem = luob_in(tx, c->arg[0], c->arg[1], c->arg[2]);
		return !!c->mem;
	default:
		c->mem = luob_out(tx, c->arg[0], c->arg[1], c->arg[2]);
		return !!c->mem;
	}
}

static __u64 other_call(struct luo_tx *tx, struct mon_call *c)
{
	const __u64 *a = c->arg;

	switch (c->nr) {
	case MON_luob_move:
		return (__u64)(__s64)luob_move(tx, a[0], a[1], a[2], a[3]);
	case MON_luob_link:
		return (__u64)(__s64)luob_link(tx, a[0], a[1], a[2]);
	case MON_luob_drop:
		return (__u64)(__s64)luob_drop(tx, a[0], a[1], a[2]);
	case MON_luob_child:
		return (__u64)(__s64)luob_child(tx, a[0], a[1], a[2], a[3]);
	case MON_luob_lookup:
		return (__u64)(__s64)luob_lookup(tx, a[0], a[1], &c->val);
	case MON_luob_gather:
		return luob_gather(tx, a[0], a[1]);
	default:
		return (__u64)(__s64)luob_refuse(tx, a[0], a[1], a[2]);
	}
}

/* Which of the engine's complaints break a promise of the verifier; the others are vetoes. */
static int rule_of(const struct luob_fault *f, enum verify_rule *rule)
{
	static const struct {
		const char *name;
		enum verify_rule rule;
	} list[] = {
		{ "HANDLE_TWICE", VERIFY_HANDLES }, { "HANDLE_KIND", VERIFY_HANDLES },
		{ "HANDLE_LEFT", VERIFY_HANDLES }, { "NO_HANDLE", VERIFY_HANDLES },
		{ "LOSS_NOT_DECLARED", VERIFY_LOSS }, { "BAD_CALL", VERIFY_CONTRACT },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		*rule = list[i].rule;
		if (!strcmp(f->rule, list[i].name))
			return 1;
	}
	return 0;
}

/* Does the call in the engine and notes it. */
static enum mon_end call_live(struct monitor *m, struct mon_call *c)
{
	struct luob_step *s = m->tx->step;
	bool failed = s->failed;
	struct mon_call *list;
	enum verify_rule rule;

	c->r = c->nr == MON_luob_new || c->nr == MON_luob_lookup || c->nr == MON_luob_refuse ?
	       NULL : luob_step__region(m->tx, c->arg[0]);
	if (c->nr == MON_luob_move || c->nr == MON_luob_child || c->nr == MON_luob_link)
		c->r2 = luob_step__region(m->tx, c->arg[2]);
	if (c->nr == MON_luob_refuse && !m->refused && !luo_object__rule(m->obj, c->arg[0]))
		mon__see(m, VERIFY_CONTRACT, m->pc, NULL, 0,
			 "the rule that is refused by has no name: %llu",
			 (unsigned long long)c->arg[0]);
	c->ret = c->nr <= MON_luob_new ? region_call(m->tx, c) : other_call(m->tx, c);
	/* Past the end of a region is like a window that is not had: a veto, no more. */
	if (s->failed && !failed && !m->refused && rule_of(&s->fault, &rule) &&
	    !(rule == VERIFY_HANDLES && c->r && c->arg[1] >= c->r->size))
		mon__see(m, rule, m->pc, c->r, c->arg[1], "%s", s->fault.text);
	if (c->nr == MON_luob_new && c->r && add_out(m, c->r))
		return END_MEMORY;
	if (m->tx->err == -ENOMEM)
		return END_MEMORY;
	list = luob_grow(m->log, m->nr_log, &m->cap_log, sizeof(*list));
	if (!list)
		return END_MEMORY;
	m->log = list;
	list[m->nr_log++] = *c;
	return END_EXIT;
}

static enum mon_end call_replay(struct monitor *m, struct mon_call *c)
{
	const struct mon_call *was = m->next < m->nr_log ? &m->log[m->next++] : NULL;

	if (!was || was->nr != c->nr || memcmp(was->arg, c->arg, sizeof(c->arg)))
		return END_OTHER;
	*c = *was;
	return END_EXIT;
}

/* The arguments that are numbers; the rest stays 0. */
static void arguments(const struct monitor *m, struct mon_call *c)
{
	static const __u8 nr[MON_NR_CALLS] = {
		[MON_luob_ref] = 2, [MON_luob_in] = 3, [MON_luob_out] = 3, [MON_luob_size] = 1,
		[MON_luob_new] = 2, [MON_luob_move] = 4, [MON_luob_link] = 3,
		[MON_luob_drop] = 3, [MON_luob_child] = 4, [MON_luob_lookup] = 2,
		[MON_luob_gather] = 2, [MON_luob_refuse] = 3,
	};
	unsigned int i;

	for (i = 0; i < nr[c->nr]; i++)
		c->arg[i] = m->reg[2 + i].v;
}

static enum mon_end give_window(struct monitor *m, const struct mon_call *c)
{
	struct mon_window w = {
		.space = c->nr == MON_luob_in ? SPACE_IN : SPACE_OUT,
		.size = c->arg[2], .mem = c->mem, .r = c->r, .off = c->arg[1],
		.out = mon__out(m, c->r),
	};
	__u64 addr;

	if (!c->ret) {
		mon__set(m, 0, 0, 0);
		return END_EXIT;
	}
	addr = mon__add_window(m, &w);
	mon__set(m, 0, addr, kind(m, PROV_POINTER));
	return addr ? END_EXIT : END_MEMORY;
}

static enum mon_end answer(struct monitor *m, const struct mon_call *c, __u64 to)
{
	bool none = c->ret;

	if (!mon__stack_put(m, to, c->val, 8, kind(m, none ? PROV_NO_ANSWER : PROV_LOOKUP)))
		return mon__fault(m, VERIFY_WINDOW, "an answer is put where nothing is to be "
						    "written");
	mon__set(m, 0, c->ret, none ? kind(m, PROV_ERRNO) : 0);
	return END_EXIT;
}

/* What the program sees of a call. */
static enum mon_end result(struct monitor *m, const struct mon_call *c)
{
	unsigned int i;

	switch (c->nr) {
	case MON_luob_in:
	case MON_luob_out:
		return give_window(m, c);
	case MON_luob_lookup:
		return answer(m, c, m->reg[4].v);
	case MON_luob_refuse:
		if (!m->refused)
			m->refused_at = m->pc;
		m->refused = true;
		break;
	case MON_luob_ref:
	case MON_luob_new:
		mon__set(m, 0, c->ret, 0);
		for (i = 0; i < 4 && c->ret; i++)	/* nothing is in the upper half */
			m->reg[0].p[i] = kind(m, PROV_TOKEN);
		return END_EXIT;
	case MON_luob_size:
		mon__set(m, 0, c->ret, kind(m, PROV_SIZE));
		return END_EXIT;
	}
	mon__set(m, 0, c->ret, 0);
	return END_EXIT;
}

/* struct bpf_iter_num: the next value less one, and the end. */
static enum mon_end iterate(struct monitor *m, const char *what)
{
	__u64 at = m->reg[1].v, index = kind(m, PROV_INDEX), v, r0 = 0, state = 0;
	__s32 start = (__s32)m->reg[2].v, end = (__s32)m->reg[3].v;

	if (!mon__stack_get(m, at, 8, &v))
		return mon__fault(m, VERIFY_WINDOW, "an iterator outside of the stack");
	if (!strcmp(what, "new")) {
		if (start > end)
			r0 = (__u64)(__s64)-EINVAL;
		else if ((__s64)end - start > (__s64)LUOB_MAX_ITER)
			r0 = (__u64)(__s64)-E2BIG;
		else
			state = (__u64)(__u32)end << 32 | ((__u32)start - 1);
	} else if (!strcmp(what, "next")) {
		start = (__s32)((__u32)v + 1);
		end = (__s32)(v >> 32);
		if (start < end) {
			state = (__u64)(__u32)end << 32 | (__u32)start;
			r0 = at;
		}
	}
	mon__stack_put(m, at, state, 8, index);
	mon__set(m, 0, r0, r0 == at ? kind(m, PROV_POINTER) : 0);
	return END_EXIT;
}

enum mon_end mon__call(struct monitor *m, const char *name)
{
	struct mon_call c = { .insn = m->pc };
	enum mon_end end;

	if (!strncmp(name, "bpf_iter_num_", 13))
		return iterate(m, name + 13);
	while (c.nr < MON_NR_CALLS && strcmp(names[c.nr], name))
		c.nr++;
	if (c.nr == MON_NR_CALLS)
		return mon__fault(m, VERIFY_CONTRACT, "a call that is not known: %s", name);
	arguments(m, &c);
	if (c.nr == MON_luob_refuse && m->replay)
		return END_OTHER;
	end = m->replay ? call_replay(m, &c) : call_live(m, &c);
	return end == END_EXIT ? result(m, &c) : end;
}
