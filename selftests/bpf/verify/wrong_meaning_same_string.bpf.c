// SPDX-License-Identifier: GPL-2.0-only
/* One string, two layouts, and nothing said about it. */
#include "luo_bpf.h"

struct twice_old {
	char version[8] __luo_version;
	__u64 pos;
};

struct twice_new {
	char version[8] __luo_version;
	__u64 pos;
	__u64 more;
};

LUO_STEP("twice", "twi-1", struct twice_old, "twi-1", struct twice_new, ,
	 LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg) /* refused: version */
{
	const struct twice_old *old = luo_in(tx, self, 0, struct twice_old);
	struct twice_new *new;

	new = luo_out(tx, luob_new(tx, sizeof(*new), LUOB_CONTIG), 0, struct twice_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "twi-1\0\0", sizeof(new->version));
	new->pos = old->pos;
	new->more = 0;
	return 0;
}
LUO_TRANSLATOR(wrong_meaning_same_string);
