// SPDX-License-Identifier: GPL-2.0-only
/* What 7.1 to 7.3 demand of kexec-metadata; another version is only warned about. */
#include "luo_bpf.h"
#include "abi/kexec_metadata.h"

LUO_READS("kexec-metadata", "1", struct kho_kexec_metadata___v1, , LUO_AUTHOR("luo-bpf"));

SEC("struct_ops.s/accept")
int BPF_PROG(accept, struct luo_tx *tx, __u64 self)
{
	const struct kho_kexec_metadata___v1 *m =
		luo_in(tx, self, 0, struct kho_kexec_metadata___v1);

	if (!m)
		return LUO_FAILED;
	if (m->version != 1)
		return luob_refuse(tx, WRONG_STRING, LUOB_AT(self, 0), m->version);
	if (m->previous_release[64])
		return luob_refuse(tx, STRING_NOT_TERMINATED,
				   LUO_PLACE(self, 0, struct kho_kexec_metadata___v1,
					     previous_release), 0);
	return 0;
}
LUO_ACCEPTOR(kexec_metadata_v1_accept);
