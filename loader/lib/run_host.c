// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the engine asks of a run on a snapshot: memory, programs, look-ups, reports. */
#include <time.h>

#include "abi/kho.h"
#include "lib/engine.h"
#include "lib/label.h"
#include "lib/run_int.h"
#include "lib/verdict.h"

/*
 * Instructions that one run of one program may take, beside the calls' budget: linear
 * in the input too. A page of records is 256 folios of some 50 instructions each.
 */
#define INSN_BASE	(1ULL << 24)
#define INSN_PER_RANGE	(1ULL << 14)

__u64 luo_run__now(void *priv)
{
	struct timespec ts;

	(void)priv;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static const void *map_old(void *priv, __u64 pa, __u32 len)
{
	struct luo_run *run = priv;

	return luo_snapshot__map(run->st.snap, pa, len);
}

static int alloc_pages(void *priv, unsigned int order, bool preserve, __u64 *pa, void **va)
{
	struct luo_run *run = priv;
	size_t bytes = (size_t)KHO_PAGE_SIZE << order;
	int err;

	(void)preserve;
	err = luo_physmem__alloc(run->pm, order, pa);
	if (err == -ENOSPC)
		luo_run__block(run, "NO_FREE_MEMORY", "",
			       "no %zu free bytes outside of scratch are known for a new region",
			       bytes);
	if (err)
		return err;
	*va = aligned_alloc(KHO_PAGE_SIZE, bytes);
	if (!*va)
		return -ENOMEM;
	memset(*va, 0, bytes);
	return 0;
}

static void free_pages(void *priv, unsigned int order, bool preserve, __u64 pa, void *va)
{
	(void)priv;
	(void)order;
	(void)preserve;
	(void)pa;
	free(va);
}

/* Says why the JIT was asked for and does not run: each reason once. */
static void warn_no_jit(struct luo_run *run, const char *why)
{
	size_t i;

	if (run->opts->engine != LUO_ENGINE_JIT || !*why)
		return;
	for (i = 0; i < run->res->nr_warnings; i++)
		if (strstr(run->res->warnings[i], why))
			return;
	luo_run__warn(run, "not the JIT but the interpreter: %s", why);
}

/* The host's verifier proves safety for the kernel, ours everything else. */
static bool want_jit(struct luo_run *run, const struct luob_prog *prog, const struct luo_tx *tx)
{
	char why[160];

	if (run->no_jit || run->monitor || run->opts->engine == LUO_ENGINE_INTERPRETER ||
	    (run->opts->engine == LUO_ENGINE_AUTO && !luo_jit__pays(tx)))
		return false;
	if (!luo_objects__verified(&run->objects, prog - run->objects.progs)) {
		snprintf(why, sizeof(why), "%s is not proved", prog->name);
		warn_no_jit(run, why);
		return false;
	}
	if (!run->jit && luo_jit__new(&run->jit, why, sizeof(why))) {
		run->no_jit = true;
		warn_no_jit(run, why);
	}
	return run->jit;
}

static int run_program(void *priv, const struct luob_prog *prog, struct luo_tx *tx, __u64 self,
		       __u64 arg, __s64 *ret, struct luob_fault *f)
{
	struct luo_run *run = priv;
	int err;

	run->res->steps++;
	if (want_jit(run, prog, tx)) {
		err = luo_jit__run(run->jit, prog, tx, self, arg, ret, f);
		run->res->jit_steps = luo_jit__runs(run->jit);
		if (err <= 0)
			return err;
		warn_no_jit(run, luo_jit__why(run->jit));
	}
	/* A program that hangs on one record would hang on all the others too. */
	if (prog == run->stuck)
		return luob_fault__rule(f, "BUDGET", "%s did not end before, it is not run again",
					prog->name);
	if (run->monitor)
		return monitor__run(run->monitor, prog, tx, self, arg, ret, f);
	err = luo_engine__run(run->vm, prog, tx, self, arg, ret, f);
	if (vm__insns(run->vm) >= run->insn_budget / 2)
		run->stuck = prog;
	return err;
}

static struct luo_run_blocker *new_blocker(struct luo_run *run)
{
	struct luo_run_blocker *b;

	b = luob_grow(run->res->blockers, run->res->nr_blockers, &run->cap_blockers, sizeof(*b));
	if (!b) {
		run->err = -ENOMEM;
		return NULL;
	}
	run->res->blockers = b;
	b += run->res->nr_blockers++;
	memset(b, 0, sizeof(*b));
	return b;
}

void luo_run__block(struct luo_run *run, const char *rule, const char *record,
		    const char *fmt, ...)
{
	struct luo_run_blocker *b = new_blocker(run);
	va_list ap;

	if (!b)
		return;
	snprintf(b->rule, sizeof(b->rule), "%s", rule);
	snprintf(b->record, sizeof(b->record), "%s", record);
	va_start(ap, fmt);
	vsnprintf(b->text, sizeof(b->text), fmt, ap);
	va_end(ap);
	luo_label__clean(b->text);
}

static int look_up(void *priv, __u64 kind, __u64 record, __u64 key, __u64 *val)
{
	struct luo_run *run = priv;

	return luo_answers__find(&run->answers, kind, record, key, val);
}

/*
 * Answers that were collected in the old kernel travel in the note, a line each:
 * LOOKUP=KIND RECORD KEY VALUE, with the record's physical address. One that cannot be
 * read would be replaced by a default in silence.
 */
static int read_answers(struct luo_run *run)
{
	const char *line = NULL;
	int err = 0;

	while (!err && (line = luo_snapshot__next_note(run->st.snap, "LOOKUP", line)))
		if (!luo_answers__note(&run->answers, line, &err))
			luo_run__block(run, "BAD_LOOKUP", "note", "'LOOKUP=%.60s' is not KIND "
								  "RECORD KEY VALUE",
				       line);
	luo_answers__ready(&run->answers);
	return err;
}

static void note_blocker(void *priv, const struct luob_blocker *from)
{
	struct luo_run *run = priv;
	struct luo_run_blocker *b = new_blocker(run);
	const char *rule = from->rule;

	if (!b)
		return;
	if (!rule)
		rule = luo_object__rule(from->prog->priv, from->rule_nr);
	if (rule)
		snprintf(b->rule, sizeof(b->rule), "%s", rule);
	else
		snprintf(b->rule, sizeof(b->rule), "RULE_%llu", (unsigned long long)from->rule_nr);
	if (from->has_off)
		luob_label__place(&run->tx.space, from->region, from->off, b->record,
				 sizeof(b->record), b->field, sizeof(b->field));
	else if (from->record)
		luob_label__record(&run->tx.space, from->record, b->record, sizeof(b->record));
	if (from->text)
		snprintf(b->text, sizeof(b->text), "%s", from->text);
	else if (from->prog)
		snprintf(b->text, sizeof(b->text), "refused by %s", from->prog->name);
	luo_label__clean(b->text);
	b->value = from->value;
	b->has_value = from->has_value;
}

static void note_progress(void *priv, const char *stage, __u64 done, __u64 total)
{
	struct luo_run *run = priv;

	if (run->opts->progress)
		run->opts->progress(stage, done, total);
}

/* Tells the allocator what it must keep off. */
static int fill_physmem(struct luo_run *run)
{
	const struct luo_state *st = &run->st;
	const struct luob_ledger *l = &st->ledger;
	const char *ram = luo_snapshot__note(st->snap, "RAM_MIB");
	__u64 end = 0, mib = ram ? strtoull(ram, NULL, 0) : 0;
	size_t i;
	int err;

	err = luo_physmem__busy(run->pm, st->root_pa, KHO_PAGE_SIZE);
	for (i = 0; !err && i < l->nr; i++) {
		__u64 len = (__u64)KHO_PAGE_SIZE << l->ranges[i].order;

		err = luo_physmem__busy(run->pm, l->ranges[i].pa, len);
		if (!err)
			err = luo_physmem__near(run->pm, l->ranges[i].pa);
		if (l->ranges[i].pa + len > end)
			end = l->ranges[i].pa + len;
	}
	for (i = 0; !err && i < st->map_pages.cap; i++)
		if (st->map_pages.slots[i])
			err = luo_physmem__busy(run->pm, st->map_pages.slots[i], KHO_PAGE_SIZE);
	for (i = 0; !err && i < st->nr_scratch; i++)
		err = luo_physmem__busy(run->pm, st->scratch[i].pa, st->scratch[i].len);
	if (!err && st->scratch_pa)
		err = luo_physmem__busy(run->pm, st->scratch_pa & ~(KHO_PAGE_SIZE - 1),
					KHO_PAGE_SIZE);
	if (mib && mib <= 3072)
		end = mib << 20;
	return err ? err : luo_physmem__ready(run->pm, end, st->nr_scratch > 0 && mib);
}

/* Prepares the transaction. Return: 0, -ENOMEM. */
int luo_run__host(struct luo_run *run)
{
	run->mem = (struct luob_mem){
		.map = map_old, .alloc = alloc_pages, .free = free_pages, .priv = run,
	};
	run->host = (struct luob_host){
		.run = run_program, .lookup = look_up, .blocker = note_blocker,
		.progress = note_progress, .now = luo_run__now, .priv = run,
	};
	luo_tx__init(&run->tx, &run->mem, &run->host);
	if (read_answers(run))
		return -ENOMEM;
	run->insn_budget = INSN_BASE + INSN_PER_RANGE * run->st.ledger.nr;
	run->vm = vm__new(run->insn_budget);
	if (run->opts->monitor) {
		run->monitor = monitor__new(run->insn_budget);
		if (!run->monitor)
			return -ENOMEM;
	}
	if (!run->vm || luo_physmem__new(&run->pm) || fill_physmem(run))
		return -ENOMEM;
	run->tx.space.ledger = run->st.ledger;
	memset(&run->st.ledger, 0, sizeof(run->st.ledger));
	run->tx.from = &run->st.profile->core;
	run->tx.to = &run->to->core;
	run->tx.progs = run->objects.progs;
	run->tx.nr_progs = run->objects.nr;
	return 0;
}
