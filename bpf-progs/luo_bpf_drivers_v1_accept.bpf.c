// SPDX-License-Identifier: GPL-2.0-only
/* What leads to drivers' blobs, as luo_bpf.ko of the next kernel reads it. */
#include "luo_bpf.h"
#include "abi/driver_records.h"

LUO_READS("luo-bpf", LUO_BPF_DRIVERS, struct luo_bpf_drivers___v1,
	  LUO_ALSO(struct luo_bpf_driver_ser___v1),
	  LUO_AUTHOR("luo-bpf"));

#define AT(i) \
	(sizeof(struct luo_bpf_drivers___v1) + (__u64)(i) * sizeof(struct luo_bpf_driver_ser___v1))
#define PLACE(i, field)	LUO_PLACE(self, AT(i), struct luo_bpf_driver_ser___v1, field)

static __noinline int look(struct luo_tx *tx, __u64 self, __u64 i)
{
	const struct luo_bpf_driver_ser___v1 *d;

	d = luo_in(tx, self, AT(i), struct luo_bpf_driver_ser___v1);
	if (!d)
		return LUO_FAILED;
	if (d->version[sizeof(d->version) - 1])
		return luob_refuse(tx, STRING_NOT_TERMINATED, PLACE(i, version), 0);
	if (!d->size || d->size > LUO_BPF_DRIVER_BYTES)
		return luob_refuse(tx, COUNT_OVERFLOW, PLACE(i, size), d->size);
	return 0;
}

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	__u64 nr = (luob_size(tx, self) - sizeof(struct luo_bpf_drivers___v1)) /
		   sizeof(struct luo_bpf_driver_ser___v1);
	__u32 i;

	if (nr > LUO_BPF_DRIVERS_MAX)
		return luob_refuse(tx, COUNT_OVERFLOW,
				   LUO_PLACE(self, 0, struct luo_bpf_drivers___v1, nr), nr);
	bpf_for(i, 0, nr) {
		if (look(tx, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_ACCEPTOR(luo_bpf_drivers_v1_accept);
