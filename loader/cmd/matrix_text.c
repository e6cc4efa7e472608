// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "cmd/matrix.h"

/* Pairs are explained one by one when there are not too many, or with -v. */
#define MAX_EXPLAINED	4

static const char *release(const struct matrix *m, size_t i)
{
	return m->kernels.profiles[i]->core.release;
}

/* ---- the table ------------------------------------------------------------------------ */

/* A letter for each kind of evidence that holds. */
static void evidence_letters(const struct luo_cell *c, char text[LUO_NR_EVIDENCE + 1])
{
	enum luo_evidence_kind k;

	for (k = 0; k < LUO_NR_EVIDENCE; k++)
		text[k] = c->covered[k] ? *luo_evidence__name(k) :
			  c->last[k] && !c->last[k]->passed ? '!' : '-';
	text[LUO_NR_EVIDENCE] = 0;
}

static int column_width(const struct matrix *m)
{
	size_t i, n, width = strlen("translated vrsk");

	for (i = 0; i < m->table.nr; i++) {
		n = strlen(release(m, i));
		width = n > width ? n : width;
	}
	return width;
}

static void print_cell(const struct luo_cell *c, int width)
{
	const char *name = luo_plan_verdict__name(c->plan.verdict);
	char letters[LUO_NR_EVIDENCE + 1] = "";

	if (c->plan.verdict < LUO_PLAN_UNTESTED)
		evidence_letters(c, letters);
	printf("  %s%s%s %-*s", cmd_verdict_style(c->plan.verdict), name, cmd_style(CMD_PLAIN),
	       width - (int)strlen(name) - 1, letters);
}

static void print_table(const struct matrix *m)
{
	int width = column_width(m);
	size_t from, to;

	printf("%-*s", width, "from \\ to");
	for (to = 0; to < m->table.nr; to++)
		printf("  %-*s", width, release(m, to));
	putchar('\n');
	for (from = 0; from < m->table.nr; from++) {
		printf("%-*s", width, release(m, from));
		for (to = 0; to < m->table.nr; to++) {
			if (from == to)
				printf("  %-*s", width, "-");
			else
				print_cell(luo_matrix__cell(&m->table, from, to), width);
		}
		putchar('\n');
	}
	puts("evidence: v verified, r round trip, s run on a snapshot, k run on real kernels, "
	     "! failed");
}

/* ---- pairs ---------------------------------------------------------------------------- */

static void print_steps(const struct luo_plan *plan)
{
	const struct luo_objects *o = plan->planner->objects;
	size_t i, nr = 0;
	unsigned int k;

	for (i = 0; i < plan->nr_rows; i++)
		for (k = 0; k < plan->rows[i].nr_steps; k++) {
			fputs(nr++ ? " " : " by ", stdout);
			cmd_put("%s", o->progs[plan->rows[i].steps[k]].name);
		}
	if (!nr && plan->verdict == LUO_PLAN_TRANSLATED)
		fputs(" by luo-load itself", stdout);
}

static void print_losses(const struct luo_plan *plan)
{
	size_t i, nr = 0;

	for (i = 0; i < plan->nr_rows; i++) {
		struct luo_plan_loss loss = {};

		while (luo_plan__next_loss(plan, &plan->rows[i], &loss)) {
			printf("%s%s ", nr++ ? ", " : "; loses ", plan->rows[i].from->family);
			cmd_put("%s", loss.field);
		}
	}
}

static void print_blockers(const struct luo_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->nr_blockers; i++) {
		const struct luob_format *f = plan->rows[plan->blockers[i].row].from;

		printf("    %s%s%s %s %s: ", cmd_style(CMD_BAD), plan->blockers[i].rule,
		       cmd_style(CMD_PLAIN), f->family, f->string);
		cmd_put("%s", plan->blockers[i].text);
		putchar('\n');
	}
}

/* When, and by whom; which digests is in the JSON. */
static void print_facts(const struct luo_cell *c)
{
	enum luo_evidence_kind k;

	for (k = 0; k < LUO_NR_EVIDENCE; k++) {
		const struct luo_evidence *e = c->last[k];

		if (!e)
			continue;
		printf("    %s%s %s %s", luo_evidence__name(k), e->passed ? "" : " FAILED",
		       e->when, *e->by ? "by " : "");
		cmd_put("%s", e->by);
		if (*e->note)
			fputs(": ", stdout);
		cmd_put("%s", e->note);
		putchar('\n');
	}
}

static void print_pair(const struct matrix *m, size_t from, size_t to)
{
	const struct luo_cell *c = luo_matrix__cell(&m->table, from, to);
	const struct luo_plan *plan = &c->plan;

	printf("  %s -> %s: %s%s%s", release(m, from), release(m, to),
	       cmd_verdict_style(plan->verdict), luo_plan_verdict__name(plan->verdict),
	       cmd_style(CMD_PLAIN));
	if (plan->verdict < LUO_PLAN_UNTESTED) {
		print_steps(plan);
		print_losses(plan);
	}
	putchar('\n');
	print_blockers(plan);
	print_facts(c);
}

/* ---- the policy ----------------------------------------------------------------------- */

static void print_promise(const struct matrix *m, const struct luo_promised *pair)
{
	size_t i;

	printf("  %s%s%s  %s -> %s (line %zu)\n",
	       cmd_style(pair->nr_gaps ? CMD_BAD : CMD_GOOD),
	       pair->nr_gaps ? "not covered" : "covered    ", cmd_style(CMD_PLAIN),
	       release(m, pair->from), release(m, pair->to), pair->line);
	for (i = 0; i < pair->nr_gaps; i++) {
		printf("    %s ", pair->gaps[i].rule);
		cmd_put("%s", pair->gaps[i].text);
		putchar('\n');
	}
}

static void print_retired(const struct matrix *m)
{
	const struct luo_policy_result *r = &m->result;
	size_t i;

	if (r->nr_formats || r->nr_objects)
		puts("no promise needs any more:");
	for (i = 0; i < r->nr_formats; i++) {
		printf("  format %s ", r->formats[i].family);
		cmd_put("%s", r->formats[i].string);
		if (r->formats[i].fingerprint)
			printf(" (%016llx)", (unsigned long long)r->formats[i].fingerprint);
		putchar('\n');
	}
	for (i = 0; i < r->nr_objects; i++) {
		fputs("  object ", stdout);
		cmd_put("%s", luo_object__path(m->kernels.objects.objects[r->objects[i]]));
		putchar('\n');
	}
}

void matrix_text(const struct matrix *m)
{
	size_t i, nr = m->table.nr;

	print_table(m);
	for (i = 0; i < nr * nr && (nr <= MAX_EXPLAINED || cmd_opts.verbose); i++)
		if (i / nr != i % nr)
			print_pair(m, i / nr, i % nr);
	if (!m->policy)
		return;
	puts("promises:");
	for (i = 0; i < m->result.nr_pairs; i++)
		print_promise(m, &m->result.pairs[i]);
	print_retired(m);
}
