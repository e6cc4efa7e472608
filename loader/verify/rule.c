// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one table of what findings are about. Names are for sources, scripts and the manual:
 * they stay. A rule "a.b" lies in the class "a", and a waiver of "a" covers it.
 *
 * What can be waived is what a person can judge by reading: a value that is lost, changed
 * or cannot be followed. What keeps the engine and its bookkeeping right cannot, nor what
 * ends the examination of a path, because the rest of it was not seen.
 */
#include <string.h>

#include "int.h"

static const struct {
	const char *name;
	bool waivable;
	const char *what;
} rules[VERIFY_NR_RULES] = {
	[VERIFY_COMPLETE] = { "complete", false, "no new record, or too small a one" },
	[VERIFY_COMPLETE_FIELD] = { "complete.field", true, "bytes of a field are not written" },
	[VERIFY_COMPLETE_PADDING] = { "complete.padding", true, "bytes between fields are not" },
	[VERIFY_COMPLETE_RESERVED] = { "complete.reserved", true,
				       "what is reserved is not always 0" },
	[VERIFY_CLEAN] = { "clean", false, "stack bytes, pointers, tokens or failed look-ups" },
	[VERIFY_CLEAN_TURNS] = { "clean.turns", true,
				 "a value from former turns of a loop, or from a size" },
	[VERIFY_CLEAN_KEY] = { "clean.key", true,
			       "a look-up is asked by another key than its kind has" },
	[VERIFY_LOSS] = { "loss", false, "a handle is given up that LUO_LOSS() does not name" },
	[VERIFY_LOSS_FIELD] = { "loss.field", true, "a field does not reach the new record" },
	[VERIFY_LOSS_ARITHMETIC] = { "loss.arithmetic", true,
				     "it may, but arithmetic hides whether all of it does" },
	[VERIFY_LOSS_MERGED] = { "loss.merged", true,
				 "two values of a field become the same record" },
	[VERIFY_LOSS_WIDE] = { "loss.wide", true,
			       "a LUO_LOSS() covers fields of more than one structure" },
	[VERIFY_NARROWING] = { "narrowing", false, "bits are lost: see the two below" },
	[VERIFY_NARROWING_FIELD] = { "narrowing.field", true,
				     "bits of a field are lost and not tested" },
	[VERIFY_NARROWING_STORE] = { "narrowing.store", true,
				     "a value is stored that may be larger than its field" },
	[VERIFY_SHARED] = { "shared", true, "a field of both versions changes its value" },
	[VERIFY_MEANING] = { "meaning", false,
			     "what says something else is copied, or what is new is 0, "
			     "without LUO_MEANING()" },
	[VERIFY_HANDLES] = { "handles", false, "computed, copied, lost, used or filled twice" },
	[VERIFY_HANDLES_CONTENT] = { "handles.content", true,
				     "content is dropped as replaced, which nothing shows" },
	[VERIFY_CONTAINERS] = { "containers", false, "elements are skipped or not followed" },
	[VERIFY_CONTAINERS_COUNT] = { "containers.count", true,
				      "a count is not the number of elements" },
	[VERIFY_CONTAINERS_TURNS] = { "containers.turns", true,
				      "a loop makes more or fewer turns than there are elements" },
	[VERIFY_CONTAINERS_INDEX] = { "containers.index", true,
				      "a turn writes another element than its own" },
	[VERIFY_CONTAINERS_NODES] = { "containers.nodes", true,
				      "nodes of a device tree are not followed" },
	[VERIFY_CONTAINERS_UNIQUE] = { "containers.unique", true,
				       "two elements may have the same unique value" },
	[VERIFY_VERSION] = { "version", false, "the new record has another version" },
	[VERIFY_VERSION_STRING] = { "version.string", false,
				    "a string has two layouts, and LUO_SAME_STRING() is missing" },
	[VERIFY_REFUSAL] = { "refusal", false, "a refusal ends in success, or all paths fail" },
	[VERIFY_WINDOW] = { "window", false, "an access outside of its window" },
	[VERIFY_WINDOW_END] = { "window.end", false, "a window may end behind its region" },
	[VERIFY_TERMINATES] = { "terminates", false, "loops without a tested bound, or too much" },
	[VERIFY_CONTRACT] = { "contract", false, "a call or form outside of the contract" },
	[VERIFY_WAIVER] = { "waiver", false, "a statement of the source that is about nothing" },
};

const char *verify_rule__name(enum verify_rule rule)
{
	return rules[rule].name;
}

/* What stands before the dot. */
enum verify_rule verify_rule__class(enum verify_rule rule)
{
	size_t i, n = strcspn(rules[rule].name, ".");

	for (i = 0; i < VERIFY_NR_RULES; i++)
		if (strlen(rules[i].name) == n && !strncmp(rules[i].name, rules[rule].name, n))
			return i;
	return rule;
}

/* The property that is broken: the name of the class. */
const char *verify_rule__property(enum verify_rule rule)
{
	return rules[verify_rule__class(rule)].name;
}

/* One line: what it means to break it. */
const char *verify_rule__what(enum verify_rule rule)
{
	return rules[rule].what;
}

/* Can LUO_WAIVE() of that very name, or of its class, cover it? */
bool verify_rule__waivable(enum verify_rule rule)
{
	return rules[rule].waivable;
}
