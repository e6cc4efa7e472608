// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A monitor, and the frame around the run of a step. */
#include <stdlib.h>
#include <string.h>

#include "core/label.h"
#include "mon_int.h"

struct monitor *monitor__new(__u64 insn_budget)
{
	struct monitor *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->budget = insn_budget;
	m->frames = calloc(MON_FRAMES, sizeof(*m->frames));
	if (m->frames && !prov__init(&m->prov))
		return m;
	monitor__free(m);
	return NULL;
}

static void forget_outs(struct monitor *m)
{
	struct mon_out *o;

	while (m->nr_outs) {
		o = m->outs[--m->nr_outs];
		free(o->prov);
		free(o->insn);
		free(o->replay);
		free(o);
	}
}

void monitor__free(struct monitor *m)
{
	if (!m)
		return;
	forget_outs(m);
	mon__free_layouts(m);
	luo_lines__free(m->lines);
	prov__free(&m->prov);
	free(m->frames);
	free(m->windows);
	free(m->outs);
	free(m->log);
	free(m);
}

const struct monitor_result *monitor__result(const struct monitor *m)
{
	return &m->res;
}

/* Before an object is changed or released: forgets it, and what was seen. */
void monitor__reset(struct monitor *m)
{
	mon__free_layouts(m);
	luo_lines__free(m->lines);
	m->lines = NULL;
	m->lines_of = NULL;
	memset(&m->res, 0, sizeof(m->res));
}

static bool said_before(const struct monitor *m, enum verify_rule rule, __u32 insn,
			const char *text)
{
	const struct monitor_violation *v;
	size_t i;

	for (i = m->first_seen; i < m->res.nr && i < MONITOR_SEEN_MAX; i++) {
		v = &m->res.seen[i];
		if (v->rule == rule && v->insn == insn && !strcmp(v->text, text))
			return true;
	}
	return false;
}

/* Something is wrong. @r and @off: where in the state, if there is a place. */
void mon__see(struct monitor *m, enum verify_rule rule, __u32 insn, const struct luob_region *r,
	      __u64 off, const char *fmt, ...)
{
	struct monitor_violation v = { .rule = rule, .prog = m->prog, .insn = insn, .file = "" };
	const struct luo_line *line = m->lines ? luo_lines__at(m->lines, insn) : NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(v.text, sizeof(v.text), fmt, ap);
	va_end(ap);
	if (said_before(m, rule, insn, v.text))
		return;
	if (line) {
		v.file = line->file;
		v.line = line->line;
	}
	if (r)
		luob_label__place(&m->tx->space, r, off, v.record, sizeof(v.record), v.field,
				  sizeof(v.field));
	if (m->res.nr < MONITOR_SEEN_MAX)
		m->res.seen[m->res.nr] = v;
	m->res.nr++;
}

static int prepare(struct monitor *m, const struct luob_prog *prog, struct luo_tx *tx)
{
	forget_outs(m);
	prov__reset(&m->prov);
	m->prog = prog;
	m->obj = prog->priv;
	m->insns = luo_object__insns(m->obj, &m->nr_insns);
	m->tx = tx;
	m->nr_log = 0;
	m->replay = false;
	m->track = true;
	m->trace_input = prog->to;	/* acceptors carry nothing */
	m->patch = NULL;
	m->first_seen = m->res.nr;
	if (m->lines_of == prog)
		return 0;
	luo_lines__free(m->lines);
	m->lines_of = prog;
	return luo_lines__new(&m->lines, m->obj);
}

int monitor__run(struct monitor *m, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		 __u64 arg, __s64 *ret, struct luob_fault *f)
{
	enum mon_end end;
	__u64 r0 = 0;

	if (prepare(m, prog, tx))
		return -ENOMEM;
	m->ctx[0] = 1;
	m->ctx[1] = self;
	m->ctx[2] = arg;
	m->res.steps++;
	end = mon__exec(m, &r0);
	*ret = (__s32)r0;
	if (end != END_MEMORY)
		mon__judge(m, end, (__s32)r0);
	if (end == END_MEMORY || m->prov.failed)
		return -ENOMEM;
	if (end != END_FAULT || tx->step->failed)
		return 0;
	return luob_fault__rule(f, m->fault.rule, "%s: insn %u: %s", prog->name, m->pc,
				m->fault.text);
}
