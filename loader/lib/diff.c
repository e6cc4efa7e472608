// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <fnmatch.h>

#include "lib/diff.h"
#include "lib/layout.h"
#include "lib/text_file.h"

static const struct {
	const char *name;
	enum luo_diff_class class;
	const char *about;
} rules[LUO_NR_RULES] = {
	[LUO_SAME] = { "same", LUO_DIFF_SAME, "the field is the same" },
	[LUO_MOVED] = { "moved", LUO_DIFF_MECHANICAL, "the field is at another offset" },
	[LUO_WIDENED] = { "widened", LUO_DIFF_MECHANICAL, "the field has more bits" },
	[LUO_NARROWED] = { "narrowed", LUO_DIFF_DECISION,
			   "the field has fewer bits: not every value fits" },
	[LUO_RETYPED] = { "retyped", LUO_DIFF_DECISION, "the field has a type of another kind" },
	[LUO_RENAMED] = { "renamed", LUO_DIFF_NOTE,
			  "the same place and type, another name (suspected)" },
	[LUO_ADDED] = { "added", LUO_DIFF_DECISION, "the field is new: it needs a value" },
	[LUO_REMOVED] = { "removed", LUO_DIFF_DECISION, "the field is gone: its value is lost" },
	[LUO_SWAPPED] = { "swapped", LUO_DIFF_TRAP, "two fields changed places" },
	[LUO_PADDING_USED] = { "padding-used", LUO_DIFF_TRAP,
			       "what was padding is a field: its zeros get a meaning" },
	[LUO_PADDING_MADE] = { "padding-made", LUO_DIFF_DECISION,
			       "a field became padding: its value is lost" },
	[LUO_BITS_MOVED] = { "bits-moved", LUO_DIFF_MECHANICAL,
			     "the bit-field is at another place in its word" },
	[LUO_BITS_TO_FIELD] = { "bits-to-field", LUO_DIFF_MECHANICAL,
				"a bit-field became a field, or the other way round" },
	[LUO_ARRAY_RESIZED] = { "array-resized", LUO_DIFF_DECISION,
				"the array has another number of elements" },
	[LUO_STRING_RESIZED] = { "string-resized", LUO_DIFF_TRAP,
				 "the record's own version string has another size: all that is "
				 "behind it moved" },
	[LUO_UNALIGNED] = { "unaligned", LUO_DIFF_NOTE, "the field is not aligned to its size" },
	[LUO_KERNEL_POINTER] = { "kernel-pointer", LUO_DIFF_DECISION,
				 "a pointer of the running kernel: nothing to any other" },
	[LUO_RESIZED] = { "resized", LUO_DIFF_MECHANICAL,
			  "the structure has another size: so have its arrays" },
	[LUO_TARGET_CHANGED] = { "target-changed", LUO_DIFF_DECISION,
				 "the handle leads to something else" },
	[LUO_ARRAY_TO_CHAIN] = { "array-to-chain", LUO_DIFF_MECHANICAL,
				 "the handle led to an array, now to a chain of blocks" },
	[LUO_CHAIN_TO_ARRAY] = { "chain-to-array", LUO_DIFF_MECHANICAL,
				 "the handle led to a chain of blocks, now to an array" },
	[LUO_COUNT_MOVED] = { "count-moved", LUO_DIFF_MECHANICAL,
			      "the number of elements is somewhere else" },
	[LUO_CONTAINER] = { "container", LUO_DIFF_MECHANICAL,
			    "an FDT became a structure, or the other way round" },
	[LUO_PROPERTY_MOVED] = { "property-moved", LUO_DIFF_MECHANICAL,
				 "the field is another property of the FDT" },
	[LUO_MEANING] = { "meaning", LUO_DIFF_TRAP, "the same bytes mean something else" },
	[LUO_FLAGS_CHANGED] = { "flags-changed", LUO_DIFF_TRAP, "bits have other meanings" },
	[LUO_ORDER_DROPPED] = { "order-dropped", LUO_DIFF_DECISION,
				"elements are in no order any more" },
	[LUO_ORDER_MADE] = { "order-made", LUO_DIFF_TRAP, "elements have to be in an order" },
	[LUO_CONFIG_SIZE] = { "config-size", LUO_DIFF_NOTE,
			      "the size depends on the configuration" },
	[LUO_TYPE_NAME] = { "type-name", LUO_DIFF_NOTE, "the type has another name" },
	[LUO_STRING_ONLY] = { "string-only", LUO_DIFF_MECHANICAL,
			      "another version string, the same record" },
	[LUO_SAME_STRING] = { "same-string", LUO_DIFF_TRAP,
			      "the same version string, another record" },
	[LUO_FAMILY_ADDED] = { "family-added", LUO_DIFF_NOTE, "only the new kernel has it" },
	[LUO_FAMILY_REMOVED] = { "family-removed", LUO_DIFF_DECISION,
				 "the new kernel does not read it" },
	[LUO_NOT_CERTAIN] = { "not-certain", LUO_DIFF_NOTE,
			      "the format is only inferred" },
};

static const char *const classes[LUO_DIFF_NR_CLASSES] = {
	[LUO_DIFF_SAME] = "same",
	[LUO_DIFF_NOTE] = "note",
	[LUO_DIFF_MECHANICAL] = "mechanical",
	[LUO_DIFF_DECISION] = "decision",
	[LUO_DIFF_TRAP] = "trap",
};

const char *luo_rule__name(enum luo_rule rule)
{
	return rules[rule].name;
}

const char *luo_rule__about(enum luo_rule rule)
{
	return rules[rule].about;
}

enum luo_diff_class luo_rule__class(enum luo_rule rule)
{
	return rules[rule].class;
}

const char *luo_diff_class__name(enum luo_diff_class class)
{
	return classes[class];
}

/* Return: 0, -ENOMEM. */
int luo_diff__add(struct luo_diff *d, enum luo_rule rule, const char *family, const char *type,
		  const char *field, const char *fmt, ...)
{
	struct luo_finding *f = luob_grow(d->findings, d->nr, &d->cap, sizeof(*f));
	va_list ap;

	if (!f)
		return -ENOMEM;
	d->findings = f;
	f += d->nr++;
	memset(f, 0, sizeof(*f));
	f->rule = rule;
	f->class = rules[rule].class;
	snprintf(f->family, sizeof(f->family), "%s", family);
	snprintf(f->type, sizeof(f->type), "%.*s", luo_layout__base(type), type);
	snprintf(f->field, sizeof(f->field), "%s", field);
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return 0;
}

/* ---- waivers -------------------------------------------------------------------------- */

struct luo_waiver {
	char text[LUO_TEXT_LINE];	/* the line: rule, place, reason */
	const char *place;
	const char *reason;
	bool used;
};

static int read_waiver(struct luo_diff *d, struct luo_text *t)
{
	char *line = t->text + strspn(t->text, " \t");
	struct luo_waiver *w;
	size_t rule, place;

	if (luo_text__line(t, "\n"))
		return -EINVAL;
	if (!*line || *line == '#')
		return 0;
	rule = strcspn(line, " \t");
	place = rule + strspn(line + rule, " \t");
	if (!line[place] || !line[place + strcspn(line + place, " \t")])
		return luo_text__bad(t, "a waiver is RULE PLACE REASON");
	w = luob_grow(d->waivers, d->nr_waivers, &d->cap_waivers, sizeof(*w));
	if (!w)
		return -ENOMEM;
	d->waivers = w;
	w += d->nr_waivers++;
	memset(w, 0, sizeof(*w));
	snprintf(w->text, sizeof(w->text), "%s", line);
	return 0;
}

/* Pointers into texts: once the list has stopped growing. */
static int split_waiver(struct luo_waiver *w, char *msg, size_t msg_size)
{
	char *p = w->text + strcspn(w->text, " \t");
	int rule;

	*p++ = 0;
	p += strspn(p, " \t");
	w->place = p;
	p += strcspn(p, " \t");
	*p++ = 0;
	w->reason = p + strspn(p, " \t");
	for (rule = 0; rule < LUO_NR_RULES; rule++)
		if (!strcmp(w->text, "*") || !strcmp(w->text, rules[rule].name))
			break;
	if (rule < LUO_NR_RULES && *w->reason)
		return 0;
	snprintf(msg, msg_size, *w->reason ? "waiver '%s %s': no such rule" :
					     "waiver '%s %s': no reason", w->text, w->place);
	return -EINVAL;
}

static bool covers(struct luo_waiver *w, const struct luo_finding *f)
{
	char place[256];

	if (strcmp(w->text, "*") && strcmp(w->text, rules[f->rule].name))
		return false;
	snprintf(place, sizeof(place), "%s/%s%s%s", f->family, f->type, *f->field ? "." : "",
		 f->field);
	return !fnmatch(w->place, place, 0) || !fnmatch(w->place, strchr(place, '/') + 1, 0);
}

static void apply(struct luo_diff *d)
{
	size_t i, k;

	for (i = 0; i < d->nr; i++) {
		struct luo_finding *f = &d->findings[i];

		for (k = 0; k < d->nr_waivers && !f->waived; k++) {
			if (f->class == LUO_DIFF_SAME || !covers(&d->waivers[k], f))
				continue;
			f->waived = d->waivers[k].reason;
			d->waivers[k].used = true;
		}
	}
}

/**
 * luo_diff__waive - mark findings that are known and accepted
 * @d: findings
 * @path: text file: "luo-waivers 1", then lines RULE PLACE REASON. PLACE is a pattern for
 *	FAMILY/STRUCT.FIELD or STRUCT.FIELD, as in fnmatch(3)
 * @msg: one line on failure
 * @msg_size: bytes of @msg
 *
 * Return: 0, -EINVAL for a bad line, -ENOMEM, or what open(2) says.
 */
int luo_diff__waive(struct luo_diff *d, const char *path, char *msg, size_t msg_size)
{
	struct luo_text t;
	size_t i;
	int err;

	err = luo_text__open(&t, path, msg, msg_size);
	if (err)
		return err;
	err = luo_text__version(&t, "waivers", 1);
	err = err < 0 ? err : 0;
	while (!err && fgets(t.text, sizeof(t.text), t.f)) {
		t.line++;
		err = read_waiver(d, &t);
	}
	if (!err)
		err = luo_text__finish(&t);
	fclose(t.f);
	for (i = 0; i < d->nr_waivers && !err; i++)
		err = split_waiver(&d->waivers[i], msg, msg_size);
	if (!err)
		apply(d);
	return err;
}

/* Waivers that nothing needed, one after the other from *@at = 0: "RULE PLACE", or NULL. */
const char *luo_diff__unused(const struct luo_diff *d, size_t *at)
{
	for (; *at < d->nr_waivers; (*at)++)
		if (!d->waivers[*at].used)
			return d->waivers[(*at)++].place;
	return NULL;
}

void luo_diff__free(struct luo_diff *d)
{
	free(d->findings);
	free(d->waivers);
	memset(d, 0, sizeof(*d));
}
