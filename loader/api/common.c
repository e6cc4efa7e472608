// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "api/int.h"

/* What libbpf.a takes for stderr, see Makefile. */
FILE *__wrap_stderr;

/* libbpf is linked into the library: its words would be ours. It has nowhere to write them. */
static __attribute__((constructor)) void be_quiet(void)
{
	libbpf_set_print(NULL);
}

LUOBPF_API const char *luobpf_version(void)
{
	return LUO_VERSION;
}

LUOBPF_API const char *luobpf_note__rule(const struct luobpf_note *note)
{
	return note->rule;
}

LUOBPF_API const char *luobpf_note__record(const struct luobpf_note *note)
{
	return note->record;
}

LUOBPF_API const char *luobpf_note__field(const struct luobpf_note *note)
{
	return note->field;
}

LUOBPF_API const char *luobpf_note__text(const struct luobpf_note *note)
{
	return note->text;
}

/* A member of options, or zero if the caller does not have all of it. */
#define OPTS_GET(o, m)							\
	(offsetof(struct luobpf_opts, m) + sizeof((o)->m) <= (o)->sz ? (o)->m : 0)

/*
 * As libbpf does: members that the caller does not have are zero, and those that this
 * library does not have must be.
 */
int luobpf_opts__take(struct luobpf_opts *opts, const struct luobpf_opts *theirs)
{
	size_t i;

	memset(opts, 0, sizeof(*opts));
	if (!theirs)
		return 0;
	if (theirs->sz < sizeof(theirs->sz))
		return -EINVAL;
	for (i = sizeof(*opts); i < theirs->sz; i++)
		if (((const char *)theirs)[i])
			return -EINVAL;
	opts->sz = sizeof(*opts);
	opts->objects = OPTS_GET(theirs, objects);
	opts->nr_objects = OPTS_GET(theirs, nr_objects);
	opts->only = OPTS_GET(theirs, only);
	opts->config = OPTS_GET(theirs, config);
	opts->losses = OPTS_GET(theirs, losses);
	return opts->nr_objects && !opts->objects ? -EINVAL : 0;
}

void luobpf__say(char *msg, size_t msg_size, const char *fmt, ...)
{
	va_list ap;

	if (!msg || !msg_size)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, msg_size, fmt, ap);
	va_end(ap);
}
