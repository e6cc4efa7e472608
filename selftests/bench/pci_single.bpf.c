// SPDX-License-Identifier: GPL-2.0-only
/* Records of 128 bytes, a window each: what a call costs shows. */
#include "luo_bpf.h"
#include "records.h"

LUO_STEP("bench", "pci-d2", struct bench_pci_old, "pci-d3", struct bench_pci_new, );

static __noinline int record(struct luo_tx *tx, __u64 out, __u64 in, __u64 i)
{
	__u64 off = i * sizeof(struct bench_pci_old);
	const struct bench_pci_old *o = luo_in(tx, in, off, struct bench_pci_old);
	struct bench_pci_new *n = luo_out(tx, out, off, struct bench_pci_new);

	if (!o || !n)
		return LUO_FAILED;
	bench_pci(o, n);
	return 0;
}

/* @arg: token of the output, which the benchmark has made. */
SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	__u64 nr = luob_size(tx, self) / sizeof(struct bench_pci_old);
	__u32 i;

	if (nr > LUOB_MAX_ITER)
		return LUO_FAILED;
	bpf_for(i, 0, nr) {
		if (record(tx, arg, self, i))
			return LUO_FAILED;
	}
	return 0;
}
LUO_TRANSLATOR(pci_single);
