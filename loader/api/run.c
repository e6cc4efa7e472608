// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/int.h"
#include "lib/run.h"
#include "lib/verdict.h"

struct luobpf_run {
	struct luo_run_result res;
	enum luobpf_status status;
	char message[800];
	struct luobpf_note *blockers;
};

static const enum luobpf_status statuses[] = {
	[LUO_RUN_DONE] = LUOBPF_CARRIED,
	[LUO_RUN_SYSTEM] = LUOBPF_SYSTEM,
	[LUO_RUN_REFUSED] = LUOBPF_STATE_REFUSED,
	[LUO_RUN_OBJECT] = LUOBPF_BAD_OBJECT,
	[LUO_RUN_USAGE] = LUOBPF_USAGE,
	[LUO_RUN_UNPROVED] = LUOBPF_UNPROVED,
	/* Nobody asks for the monitor here. */
	[LUO_RUN_WRONG] = LUOBPF_STATE_REFUSED,
};

static void say(struct luobpf_run *r)
{
	char names[512];

	if (r->status == LUOBPF_UNPROVED && r->res.objects) {
		luo_objects__unverified(r->res.objects, names, sizeof(names));
		snprintf(r->message, sizeof(r->message), "not proved right: %s", names);
	} else if (r->status != LUOBPF_CARRIED && r->status != LUOBPF_STATE_REFUSED) {
		snprintf(r->message, sizeof(r->message), "%s%s%s", r->res.subject,
			 *r->res.subject ? ": " : "", r->res.msg);
	}
}

static int keep_blockers(struct luobpf_run *r)
{
	size_t i;

	r->blockers = calloc(r->res.nr_blockers + 1, sizeof(*r->blockers));
	if (!r->blockers)
		return -ENOMEM;
	for (i = 0; i < r->res.nr_blockers; i++) {
		const struct luo_run_blocker *b = &r->res.blockers[i];
		struct luobpf_note *n = &r->blockers[i];

		snprintf(n->rule, sizeof(n->rule), "%s", b->rule);
		snprintf(n->record, sizeof(n->record), "%s", b->record);
		snprintf(n->field, sizeof(n->field), "%s", b->field);
		snprintf(n->text, sizeof(n->text), "%s", b->text);
	}
	return 0;
}

LUOBPF_API int luobpf_run__new(struct luobpf_run **run, const char *input, const char *output,
			       const char *to, const struct luobpf_opts *opts)
{
	struct luo_run_opts ours = { .input = input, .output = output, .to = to };
	struct luobpf_opts o;
	struct luobpf_run *r;

	*run = NULL;
	if (!input || !to || luobpf_opts__take(&o, opts))
		return -EINVAL;
	ours.objects = o.objects;
	ours.nr_objects = o.nr_objects;
	ours.only = o.only;
	ours.config = o.config;
	ours.losses = o.losses;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	luo_run(&ours, &r->res);
	r->status = statuses[r->res.status];
	say(r);
	if (keep_blockers(r)) {
		luobpf_run__free(r);
		return -ENOMEM;
	}
	*run = r;
	return 0;
}

LUOBPF_API void luobpf_run__free(struct luobpf_run *r)
{
	if (!r)
		return;
	luo_run_result__free(&r->res);
	free(r->blockers);
	free(r);
}

LUOBPF_API enum luobpf_status luobpf_run__status(const struct luobpf_run *r)
{
	return r->status;
}

LUOBPF_API const char *luobpf_run__message(const struct luobpf_run *r)
{
	return r->message;
}

LUOBPF_API const struct luobpf_note *luobpf_run__blocker(const struct luobpf_run *r, size_t i)
{
	return i < r->res.nr_blockers ? &r->blockers[i] : NULL;
}

LUOBPF_API const char *luobpf_run__warning(const struct luobpf_run *r, size_t i)
{
	return i < r->res.nr_warnings ? r->res.warnings[i] : NULL;
}

LUOBPF_API uint64_t luobpf_run__written(const struct luobpf_run *r)
{
	return r->res.written;
}
