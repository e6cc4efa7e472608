/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A LUO root that no kernel has: what a vendor adds when a format changes. The string has
 * eight characters, so its array (ALIGN(sizeof(string), 8)) and with it every later field
 * moves by eight bytes, and there is a field more.
 */
#ifndef TEST_LUO_V6_H
#define TEST_LUO_V6_H

#include "abi/luo.h"

#define LUO_V6_STRING	"luo-v600"
#define LUO_V6_COMMIT	1

struct luo_ser___v6 {
	char compatible[16] __luo_string __luo_version;
	__u64 liveupdate_num;
	luo_phys_t sessions_pa __luo_to_blocks(luo_session_ser___v5);
	luo_phys_t flbs_pa __luo_to_page(luo_flb_header_ser, luo_flb_ser, count);
	__u64 features;
} __luo_packed;
_Static_assert(sizeof(struct luo_ser___v6) == 48, "luo_ser of luo-v600");
_Static_assert(offsetof(struct luo_ser___v6, sessions_pa) == 24, "luo_ser.sessions_pa");

#define LUO_V6_ALSO					\
	LUO_ALSO(struct luo_session_ser___v5)		\
	LUO_ALSO(struct luo_file_ser)			\
	LUO_ALSO(struct luo_flb_header_ser)		\
	LUO_ALSO(struct luo_flb_ser)

#endif /* TEST_LUO_V6_H */
