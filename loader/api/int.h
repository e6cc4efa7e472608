/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the parts of libluobpf. */
#ifndef LUO_API_INT_H
#define LUO_API_INT_H

#include <stdbool.h>

#include "api/luobpf.h"

/* Exported: everything else is hidden, and libluobpf.map says so again. */
#define LUOBPF_API __attribute__((visibility("default")))

struct luobpf_note {
	char rule[48];
	char record[256];
	char field[96];
	char text[512];
};

/* Options as this library knows them, of a caller that may know fewer or more. */
int luobpf_opts__take(struct luobpf_opts *opts, const struct luobpf_opts *theirs);
void luobpf__say(char *msg, size_t msg_size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* LUO_API_INT_H */
