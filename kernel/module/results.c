// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What happened last
 *
 * Blockers, and after a rehearsal every record, for luo-load to show. Names of fields
 * are not known here: a place is written as "{TYPE+OFFSET}".
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../core/label.h"
#include "armed.h"
#include "luo_bpf.h"

struct luo_bpf_report___v3 luob_report;

static struct luob_result *luob_results;
static u32 luob_nr_results;	/* counted beyond LUOB_RESULTS_MAX too */

void luob_results_clear(void)
{
	luob_nr_results = 0;
}

/* A zeroed entry; the last one is reused when there is no room. */
static struct luob_result *luob_results_add(void)
{
	struct luob_result *r;

	r = &luob_results[min_t(u32, luob_nr_results, LUOB_RESULTS_MAX - 1)];
	luob_nr_results++;
	return memset(r, 0, sizeof(*r));
}

/* A host has names for fields, or says where they would be found. */
void luob_label__field(const struct luob_type *t, __u32 off, char *name, size_t size)
{
	snprintf(name, size, "{%s+%u}", t->name, off);
}

static void luob_say_blocker(const struct luob_result *r)
{
	luob_say("blocker: %s %s%s%s: %s", r->rule, r->label, r->field[0] ? "." : "", r->field,
		 r->text);
}

void luob_results_blocker(struct luob_armed *a, const struct luob_blocker *b)
{
	struct luob_result *r = luob_results_add();
	const char *rule = b->rule;

	r->kind = LUOB_RESULT_BLOCKER;
	r->verdict = LUOB_BLOCKED;
	r->value = b->value;
	r->has_value = b->has_value;
	if (!rule && b->prog)
		rule = luob_blob__rule(&a->blob, b->prog, b->rule_nr);
	if (rule)
		strscpy(r->rule, rule, sizeof(r->rule));
	else
		snprintf(r->rule, sizeof(r->rule), "RULE_%llu", b->rule_nr);
	if (b->has_off)
		luob_label__place(&a->tx.space, b->region, b->off, r->label, sizeof(r->label),
				  r->field, sizeof(r->field));
	else if (b->record)
		luob_label__record(&a->tx.space, b->record, r->label, sizeof(r->label));
	if (b->text)
		strscpy(r->text, b->text, sizeof(r->text));
	else if (b->prog)
		snprintf(r->text, sizeof(r->text), "refused by %s", b->prog->name);
	luob_say_blocker(r);
}

/* A blocker that is not in a record. */
void luob_results_fault(const struct luob_fault *f)
{
	struct luob_result *r = luob_results_add();

	r->kind = LUOB_RESULT_BLOCKER;
	r->verdict = LUOB_BLOCKED;
	strscpy(r->rule, f->rule, sizeof(r->rule));
	strscpy(r->text, f->text, sizeof(r->text));
	luob_say_blocker(r);
}

static void luob_result_record(struct luob_armed *a, const struct luob_record *rec)
{
	struct luob_result *r = luob_results_add();
	size_t len = 0;
	u32 i;

	r->kind = LUOB_RESULT_RECORD;
	r->verdict = rec->verdict;
	r->ns = rec->ns;
	luob_label__record(&a->tx.space, rec, r->label, sizeof(r->label));
	if (rec->format) {
		strscpy(r->family, rec->format->family, sizeof(r->family));
		strscpy(r->from, rec->format->string, sizeof(r->from));
	}
	if (rec->want)
		strscpy(r->to, rec->want->string, sizeof(r->to));
	for (i = 0; i < rec->nr_steps; i++)
		len += scnprintf(r->text + len, sizeof(r->text) - len, "%s%s", i ? " " : "",
				 rec->steps[i]->name);
}

/* What became of every record. */
void luob_results_records(struct luob_armed *a)
{
	size_t i;

	for (i = 0; i < a->tx.nr_records; i++)
		luob_result_record(a, a->tx.records[i]);
}

/* Return: number of results, of which the first LUOB_RESULTS_MAX are kept. */
u32 luob_results_get(const struct luob_result **results)
{
	*results = luob_results;
	return luob_nr_results;
}

int luob_results_init(void)
{
	luob_results = kvcalloc(LUOB_RESULTS_MAX, sizeof(*luob_results), GFP_KERNEL);
	return luob_results ? 0 : -ENOMEM;
}

void luob_results_exit(void)
{
	kvfree(luob_results);
}
