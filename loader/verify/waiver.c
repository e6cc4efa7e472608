// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* LUO_WAIVE(): findings that the author answers for, by name and with a reason. */
#include <string.h>

#include "int.h"

/* What a waiver speaks of: "rule=NAME[:FIELD] why=TEXT". */
struct waiver {
	const char *rule;
	size_t rule_len;
	const char *field;	/* NULL: any */
	size_t field_len;
	const char *why;
};

static struct waiver read_waiver(const char *tag)
{
	struct waiver w = { .rule = tag + strlen("rule=") };
	size_t n = strcspn(w.rule, " ");

	w.rule_len = strcspn(w.rule, ": ");
	if (w.rule_len < n) {
		w.field = w.rule + w.rule_len + 1;
		w.field_len = n - w.rule_len - 1;
	}
	w.why = strstr(w.rule + n, "why=") + strlen("why=");
	return w;
}

/* The rule itself, or a class that it lies in. */
static bool names_rule(const struct waiver *w, enum verify_rule rule)
{
	const char *name = verify_rule__name(rule);

	return !strncmp(name, w->rule, w->rule_len) &&
	       (!name[w->rule_len] || name[w->rule_len] == '.');
}

/* "a" is a.b too; "struct_name.a" is that of one structure alone. */
static bool names_field(const struct waiver *w, const struct verify_finding *f)
{
	const char *want = w->field, *name = f->field;
	size_t len = w->field_len, n = strlen(f->type);

	if (!want)
		return true;
	if (n && len > n && !strncmp(want, f->type, n) && want[n] == '.') {
		want += n + 1;
		len -= n + 1;
	}
	return *name && !strncmp(name, want, len) && (!name[len] || name[len] == '.');
}

/* Return: whether the name is one of a rule that can be waived, or of a class of such. */
static bool is_usable(const struct waiver *w)
{
	enum verify_rule r;

	for (r = 0; r < VERIFY_NR_RULES; r++)
		if (verify_rule__waivable(r) && names_rule(w, r))
			return true;
	return false;
}

/* The analysis is over: no vfy__find(). */
static int complain(struct vfy *v, const struct waiver *w, enum verify_verdict verdict,
		    const char *what)
{
	const struct luo_line *line = luo_lines__at(v->code.lines, 0);
	struct verify_result *r = v->res;
	struct verify_finding *f;

	f = luob_grow(r->findings, r->nr_findings, &r->cap_findings, sizeof(*f));
	if (!f)
		return -ENOMEM;
	r->findings = f;
	f += r->nr_findings++;
	memset(f, 0, sizeof(*f));
	f->rule = VERIFY_WAIVER;
	f->verdict = verdict;
	f->file = line ? line->file : "";
	f->line = line ? line->line : 0;
	f->type = "";
	snprintf(f->text, sizeof(f->text), "LUO_WAIVE(\"%.*s\"): %s",
		 (int)(w->rule_len + (w->field ? w->field_len + 1 : 0)), w->rule, what);
	return 0;
}

/* What a waiver covers may be where nobody looked. */
static enum verify_verdict sure(const struct verify_result *r)
{
	size_t i;

	for (i = 0; i < r->nr_findings; i++)
		if (r->findings[i].verdict == VERIFY_UNKNOWN)
			return VERIFY_UNKNOWN;
	return VERIFY_REFUSED;
}

static bool apply(struct vfy *v, const struct waiver *w)
{
	struct verify_result *r = v->res;
	bool used = false;
	size_t i;

	for (i = 0; i < r->nr_findings; i++) {
		struct verify_finding *f = &r->findings[i];

		if (!verify_rule__waivable(f->rule) || !names_rule(w, f->rule) ||
		    !names_field(w, f))
			continue;
		used = true;
		if (!f->waived)
			r->nr_waived++;
		f->waived = w->why;
	}
	return used;
}

/*
 * Takes waived findings out of the verdict. One that covers nothing hides what somebody
 * breaks later, so it is a finding itself, unless what it covers may not have been seen.
 * Return: 0, -ENOMEM.
 */
int vfy__waive(struct vfy *v)
{
	const char *tag = NULL;
	int err = 0;

	while (!err && (tag = luo_object__statement(v->obj, "waive", tag))) {
		struct waiver w = read_waiver(tag);

		if (!is_usable(&w))
			err = complain(v, &w, VERIFY_REFUSED,
				       "no rule of that name can be waived");
		else if (!apply(v, &w))
			err = complain(v, &w, sure(v->res), "covers no finding: remove it");
	}
	return err;
}
