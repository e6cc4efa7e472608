/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Live Update Orchestrator core: "luo-v1" of 6.19, "luo-v1" of 7.1 (another
 * shape behind the same string) and "luo-v5" of 7.2 and 7.3.
 *
 * Sources: include/linux/kho/abi/luo.h of 6.19.11, 7.1.13, 7.2.13 and 7.3.4.
 * The records of sessions, files and FLBs never changed; their containers did:
 * same structure, same field name, another pointee.
 */
#ifndef LUO_ABI_LUO_H
#define LUO_ABI_LUO_H

#include "tags.h"

#define LUO_SUBTREE		"LUO"
/* Creation limits of 6.19 and 7.1; their readers take any count. */
#define LUO_V1_MAX_SESSIONS	819
#define LUO_V1_MAX_FILES	128
#define LUO_FLB_MAX		63

struct luo_file_ser {
	char compatible[48] __luo_string;
	__u64 data __luo_to_child(file, compatible, token);
	__u64 token __luo_unique;
} __luo_packed;
_Static_assert(sizeof(struct luo_file_ser) == 64, "luo_file_ser");
_Static_assert(offsetof(struct luo_file_ser, data) == 48, "luo_file_ser.data");
_Static_assert(offsetof(struct luo_file_ser, token) == 56, "luo_file_ser.token");

/* 6.19 and 7.1: one contiguous array; count has no other home. */
struct luo_file_set_ser___v1 {
	luo_phys_t files __luo_to_array(luo_file_ser, count);
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct luo_file_set_ser___v1) == 16, "luo_file_set_ser");
_Static_assert(offsetof(struct luo_file_set_ser___v1, count) == 8, "luo_file_set_ser.count");

/* 7.2 and 7.3: the first block of a chain; count is the sum over its blocks. */
struct luo_file_set_ser___v5 {
	luo_phys_t files __luo_to_counted_blocks(luo_file_ser, count);
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct luo_file_set_ser___v5) == 16, "luo_file_set_ser");
_Static_assert(offsetof(struct luo_file_set_ser___v5, count) == 8, "luo_file_set_ser.count");

struct luo_session_ser___v1 {
	char name[64] __luo_string __luo_unique;
	struct luo_file_set_ser___v1 file_set_ser;
} __luo_packed;
_Static_assert(sizeof(struct luo_session_ser___v1) == 80, "luo_session_ser");
_Static_assert(offsetof(struct luo_session_ser___v1, file_set_ser) == 64,
	       "luo_session_ser.file_set_ser");

struct luo_session_ser___v5 {
	char name[64] __luo_string __luo_unique;
	struct luo_file_set_ser___v5 file_set_ser;
} __luo_packed;
_Static_assert(sizeof(struct luo_session_ser___v5) == 80, "luo_session_ser");
_Static_assert(offsetof(struct luo_session_ser___v5, file_set_ser) == 64,
	       "luo_session_ser.file_set_ser");

/* 6.19 and 7.1: at the start of the session array ("luo-session-v2"). */
struct luo_session_header_ser___v1 {
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct luo_session_header_ser___v1) == 8, "luo_session_header_ser");

/* File-lifecycle-bound data (7.1 on): one page, header and entries. */
struct luo_flb_header_ser {
	__u64 pgcnt;
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct luo_flb_header_ser) == 16, "luo_flb_header_ser");
_Static_assert(offsetof(struct luo_flb_header_ser, count) == 8, "luo_flb_header_ser.count");

struct luo_flb_ser {
	char name[48] __luo_string __luo_unique;
	__u64 data __luo_to_child(flb, name, count);
	__u64 count;
} __luo_packed;
_Static_assert(sizeof(struct luo_flb_ser) == 64, "luo_flb_ser");
_Static_assert(offsetof(struct luo_flb_ser, data) == 48, "luo_flb_ser.data");
_Static_assert(offsetof(struct luo_flb_ser, count) == 56, "luo_flb_ser.count");

/* The root of 6.19, an FDT of one page. */
struct luo_root___v1_6_19 {
	__u64 liveupdate_num __luo_fdt("/:liveupdate-number");
	luo_phys_t sessions_pa __luo_fdt("/luo-session:luo-session-header")
		__luo_to_table(luo_session_header_ser___v1, luo_session_ser___v1, count);
} __luo_packed
	__luo_fdt_string("/:compatible", "luo-v1")
	__luo_fdt_string("/luo-session:compatible", "luo-session-v2");
_Static_assert(sizeof(struct luo_root___v1_6_19) == 16, "luo root of 6.19");

/* The root of 7.1: the same string; a reader without the luo-flb node panics. */
struct luo_root___v1_7_1 {
	__u64 liveupdate_num __luo_fdt("/:liveupdate-number");
	luo_phys_t sessions_pa __luo_fdt("/luo-session:luo-session-header")
		__luo_to_table(luo_session_header_ser___v1, luo_session_ser___v1, count);
	luo_phys_t flbs_pa __luo_fdt("/luo-flb:luo-flb-header")
		__luo_to_page(luo_flb_header_ser, luo_flb_ser, count);
} __luo_packed
	__luo_fdt_string("/:compatible", "luo-v1")
	__luo_fdt_string("/luo-session:compatible", "luo-session-v2")
	__luo_fdt_string("/luo-flb:compatible", "luo-flb-v1");
_Static_assert(sizeof(struct luo_root___v1_7_1) == 24, "luo root of 7.1");

/*
 * The root of 7.2 and 7.3. The string's array is ALIGN(sizeof(string), 8) long:
 * a string of eight characters moves every later field.
 */
struct luo_ser___v5 {
	char compatible[8] __luo_string __luo_version;
	__u64 liveupdate_num;
	luo_phys_t sessions_pa __luo_to_blocks(luo_session_ser___v5);
	luo_phys_t flbs_pa __luo_to_page(luo_flb_header_ser, luo_flb_ser, count);
} __luo_packed;
_Static_assert(sizeof(struct luo_ser___v5) == 32, "luo_ser");
_Static_assert(offsetof(struct luo_ser___v5, liveupdate_num) == 8, "luo_ser.liveupdate_num");
_Static_assert(offsetof(struct luo_ser___v5, sessions_pa) == 16, "luo_ser.sessions_pa");
_Static_assert(offsetof(struct luo_ser___v5, flbs_pa) == 24, "luo_ser.flbs_pa");

/*
 * CONFIG_LIVEUPDATE_TEST (lib/tests/liveupdate.c of 7.1 to 7.3) registers FLBs
 * "liveupdate-test-flb-v0" to "-v2"; their data is a magic number, no address.
 */
struct liveupdate_test_flb___v1 {
	__u64 magic;
};
_Static_assert(sizeof(struct liveupdate_test_flb___v1) == 8, "liveupdate test FLB");

#endif /* LUO_ABI_LUO_H */
