// SPDX-License-Identifier: GPL-2.0-only
/*
 * The report that luo_bpf.ko hands over with a translated state. Kernels ignore it;
 * whoever reads it, luo-load report, wants its version and terminated strings.
 */
#include "luo_bpf.h"
#include "abi/report.h"

LUO_READS("luo-bpf", LUO_BPF_REPORT, struct luo_bpf_report___v3,
	  LUO_ALSO(struct luo_bpf_report_object)
	  LUO_ALSO(enum luo_bpf_object_flags),
	  LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct luo_bpf_report___v3 *r = luo_in(tx, self, 0, struct luo_bpf_report___v3);

	if (!r)
		return LUO_FAILED;
	if (r->from_release[sizeof(r->from_release) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED,
				   LUO_PLACE(self, 0, struct luo_bpf_report___v3, from_release), 0);
	if (r->to_release[sizeof(r->to_release) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED,
				   LUO_PLACE(self, 0, struct luo_bpf_report___v3, to_release), 0);
	if (r->origin[sizeof(r->origin) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED,
				   LUO_PLACE(self, 0, struct luo_bpf_report___v3, origin), 0);
	return 0;
}
LUO_ACCEPTOR(luo_bpf_report_v3_accept);
