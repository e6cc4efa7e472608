/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The report of one kernel goes on where that of the kernel before ended. */
#ifndef LUOB_WAY_H
#define LUOB_WAY_H

#include "../abi/report.h"
#include "os.h"

/* Translators of former hops, oldest first. */
struct luob_way {
	__u32 nr;
	__u32 forgotten;
	struct luo_bpf_report_object list[LUO_BPF_REPORT_OBJECTS];
};

void luob_way__begin(struct luob_way *w, struct luo_bpf_report___v3 *r,
		     const struct luo_bpf_report___v3 *in, const char *release);
void luob_way__hand_over(const struct luob_way *w, const struct luo_bpf_report___v3 *r,
			 struct luo_bpf_report___v3 *to);

#endif /* LUOB_WAY_H */
