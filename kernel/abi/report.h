/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * luo-bpf: how a state was translated, from the module of the old kernel to who
 * asks in the new one. One page behind a KHO subtree that a kernel without the
 * module ignores. Ours, so it changes by the same rules as the others do: former
 * versions, which knew nothing of former hops, are not read any more.
 */
#ifndef LUO_ABI_REPORT_H
#define LUO_ABI_REPORT_H

#include "tags.h"

#define LUO_BPF_SUBTREE		"luo-bpf"
#define LUO_BPF_REPORT		"luo-bpf-report-3"

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

enum luo_bpf_object_flags {
	LUO_BPF_VERIFIED = 1,	/* luo-load has proved it right */
	LUO_BPF_TRANSLATOR = 2,	/* else an acceptor */
};

/**
 * struct luo_bpf_report_object - one object
 * @name:	of its program
 * @digest:	SHA-256 of its file
 * @losses:	fields that it declares to lose, with commas; "+" at the end: and more
 * @hop:	on which it worked, from 1
 * @flags:	enum luo_bpf_object_flags
 * @records:	it worked on
 * @ns:		the time that took
 */
struct luo_bpf_report_object {
	char name[48] __luo_string;
	__u8 digest[32];
	char losses[28] __luo_string;
	__u16 hop;
	__u16 flags __luo_flags(luo_bpf_object_flags);
	__u64 records;
	__u64 ns;
};

#define LUO_BPF_REPORT_OBJECTS	29

struct luo_bpf_report___v3 {
	char compatible[24] __luo_version;
	char from_release[64] __luo_string;
	char to_release[32] __luo_string;
	char from_kho[16] __luo_string;
	char to_kho[16] __luo_string;
	char origin[64] __luo_string;	/* release that wrote the state first */
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
	__u32 nr_objects;	/* of this hop; of them @objects holds the first */
	__u32 hops;		/* kernels that this state has passed, this one too */
	__u32 nr_earlier;	/* translators of former hops, behind those, oldest first */
	__u32 forgotten;	/* for which there was no room */
	struct luo_bpf_report_object objects[LUO_BPF_REPORT_OBJECTS];
};
_Static_assert(sizeof(struct luo_bpf_report___v3) <= 4096, "luo_bpf_report");

#endif /* LUO_ABI_REPORT_H */
