/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * luo-bpf: how a state was translated, from the module of the old kernel to who
 * asks in the new one. One page behind a KHO subtree that a kernel without the
 * module ignores. Ours, so it changes by the same rules as the others do: the first
 * version, without @verified, is not read any more.
 */
#ifndef LUO_ABI_REPORT_H
#define LUO_ABI_REPORT_H

#include "tags.h"

#define LUO_BPF_SUBTREE		"luo-bpf"
#define LUO_BPF_REPORT		"luo-bpf-report-2"

/* Stages of a transaction, each with its time. */
enum luo_bpf_stage {
	LUO_BPF_READ,		/* memory map and root */
	LUO_BPF_CHECK,		/* the old state is whole */
	LUO_BPF_TRANSLATE,
	LUO_BPF_ACCEPT,
	LUO_BPF_ACCOUNT,	/* the new state is whole */
	LUO_BPF_BUILD,		/* memory map and root */
	LUO_BPF_FREEZE,		/* LUO's own, with all of the above inside */
	LUO_BPF_NR_STAGES = 8,
};

/* One object: its name, SHA-256 of the file, records it worked on, their time. */
struct luo_bpf_report_object {
	char name[48] __luo_string;
	__u8 digest[32];
	__u64 records;
	__u64 ns;
};

#define LUO_BPF_REPORT_OBJECTS	36

struct luo_bpf_report___v2 {
	char compatible[24] __luo_version;
	char from_release[64] __luo_string;
	char to_release[32] __luo_string;
	char from_kho[16] __luo_string;
	char to_kho[16] __luo_string;
	__s32 err;
	__u32 rehearsal;
	__u64 time;		/* seconds since 1970 */
	__u64 sessions;
	__u64 records;
	__u64 translated;
	__u64 ranges;		/* in the memory map that is handed over */
	__u64 added;
	__u64 dropped;
	__u64 allocated;	/* pages that no reserve had */
	__u64 blockers;
	__u64 ns[LUO_BPF_NR_STAGES];
	__u32 nr_objects;	/* of them @objects holds the first */
	__u32 hops;		/* kernels that this state has passed, this one too */
	__u64 verified;		/* bit i: luo-load has proved @objects[i] right */
	struct luo_bpf_report_object objects[LUO_BPF_REPORT_OBJECTS];
};
_Static_assert(LUO_BPF_REPORT_OBJECTS <= 64, "luo_bpf_report.verified");
_Static_assert(sizeof(struct luo_bpf_report___v2) <= 4096, "luo_bpf_report");

#endif /* LUO_ABI_REPORT_H */
