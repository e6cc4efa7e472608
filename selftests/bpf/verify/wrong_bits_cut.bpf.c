// SPDX-License-Identifier: GPL-2.0-only
/* The last bits of a field are in a byte that nobody reads. */
#include "luo_bpf.h"

/* No load has all of @wide: it begins in one byte and ends in the ninth behind it. */
struct bits_old {
	char version[8] __luo_version;
	__u64 kind : 3;
	__u64 wide : 64;
	__u64 rest : 61;
} __luo_packed;

struct bits_new {
	char version[8] __luo_version;
	__u64 wide;
	__u64 rest : 61;
	__u64 kind : 3;
} __luo_packed;

LUO_STEP("bits", "bits-1", struct bits_old, "bits-2", struct bits_new, , LUO_AUTHOR("test"));

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct bits_old *old = luo_in(tx, self, 0, struct bits_old);
	struct bits_new *new;
	__u64 t;

	t = luob_new(tx, sizeof(*new), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct bits_new);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memcpy(new->version, "bits-2\0", sizeof(new->version));
	new->wide = old->wide & ~(7ULL << 61); /* refused: shared */
	new->rest = old->rest;
	new->kind = old->kind;
	return 0;
}
LUO_TRANSLATOR(wrong_bits_cut);
