// SPDX-License-Identifier: GPL-2.0-only
/* Makes no new record. */
#include "luo_bpf.h"
#include "abi/luo.h"

LUO_STEP("luo", "luo-v1", struct luo_root___v1_7_1, "luo-v5", struct luo_ser___v5,
	 LUO_ALSO(struct luo_session_header_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v1)
	 LUO_ALSO(struct luo_session_ser___v5)
	 LUO_ALSO(struct luo_file_ser)
	 LUO_ALSO(struct luo_flb_header_ser)
	 LUO_ALSO(struct luo_flb_ser),
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	return 0;
}
LUO_TRANSLATOR(hostile_nothing);
