// SPDX-License-Identifier: GPL-2.0-only
/*
 * What leads to drivers' blobs, made anew. Used only when a blob has to be translated,
 * because nothing of the old state is written to.
 */
#include "luo_bpf.h"
#include "abi/driver_records.h"

LUO_STEP("luo-bpf", LUO_BPF_DRIVERS, struct luo_bpf_drivers___v1,
	 LUO_BPF_DRIVERS, struct luo_bpf_drivers___v1,
	 LUO_ALSO(struct luo_bpf_driver_ser___v1),
	 LUO_AUTHOR("luo-bpf"));

#define AT(i) \
	(sizeof(struct luo_bpf_drivers___v1) + (__u64)(i) * sizeof(struct luo_bpf_driver_ser___v1))
#define DATA(i)	(AT(i) + offsetof(struct luo_bpf_driver_ser___v1, data))

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct luo_bpf_driver_ser___v1 *old;
	struct luo_bpf_driver_ser___v1 *new;

	old = luo_in(tx, self, AT(i), struct luo_bpf_driver_ser___v1);
	new = luo_out(tx, t, AT(i), struct luo_bpf_driver_ser___v1);
	if (!old || !new)
		return LUO_FAILED;
	new->address = old->address;
	new->hw = old->hw;
	/* That of the new blob, if it gets one, is the engine's to say. */
	new->size = old->size;
	return luob_child(tx, t, DATA(i), self, DATA(i));
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	struct luo_bpf_drivers___v1 *new;
	__u64 t, nr;
	__u32 i;

	nr = (luob_size(tx, self) - sizeof(*new)) / sizeof(struct luo_bpf_driver_ser___v1);
	if (nr > LUO_BPF_DRIVERS_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(self, 0, struct luo_bpf_drivers___v1, nr), nr);
	t = luob_new(tx, AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct luo_bpf_drivers___v1);
	if (!new)
		return LUO_FAILED;
	__builtin_memset(new->compatible, 0, sizeof(new->compatible));
	__builtin_memcpy(new->compatible, LUO_BPF_DRIVERS, sizeof(LUO_BPF_DRIVERS));
	new->nr = nr;
	new->reserved = 0;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_TRANSLATOR(luo_bpf_drivers_carry);
