/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program from rfc1, whose entries have two sizes, to rfc2. Included behind OLD,
 * OLD_DEV, the structures, and RFC1_LOSSES in the identity.
 */
#define OLD_AT(i)	(sizeof(struct OLD) + (__u64)(i) * sizeof(struct OLD_DEV))
#define NEW_AT(i) \
	(sizeof(struct pci_ser___rfc2) + (__u64)(i) * sizeof(struct pci_dev_ser___rfc2))

/* requested says that a user asked for it; rfc2 tells bridges from devices. */
static __noinline int put_flags(struct luo_tx *tx, __u64 out, __u64 off, __u64 in, __u64 ioff)
{
	const struct pci_dev_state___rfc1 *old = luo_in(tx, in, ioff, struct pci_dev_state___rfc1);
	struct pci_dev_ser___rfc2 *new = luo_out(tx, out, off, struct pci_dev_ser___rfc2);
	__u64 class;

	if (!old || !new)
		return LUO_FAILED;
	new->flags = 0;
	if (!old->requested)
		return 0;
	if (old->requested > 1)
		return luob_refuse(tx, PCI_FLAGS, LUOB_AT(in, ioff), old->requested);
	if (luob_lookup(tx, LUOB_LOOKUP_PCI_CLASS, old->path, &class))
		return luob_refuse(tx, PCI_CLASS_UNKNOWN, LUOB_AT(in, ioff), old->path);
	new->flags = PCI_RFC2_BUSMASTER;
	if (class >> 8 == LUOB_PCI_BRIDGE_CLASS)
		new->flags = PCI_RFC2_BUSMASTER_BRIDGE;
	return 0;
}

static __noinline int carry(struct luo_tx *tx, __u64 t, __u64 self, __u64 i)
{
	const struct pci_dev_state___rfc1 *old;
	struct pci_dev_ser___rfc2 *new = luo_out(tx, t, NEW_AT(i), struct pci_dev_ser___rfc2);

	old = luo_in(tx, self, OLD_AT(i), struct pci_dev_state___rfc1);
	if (!old || !new)
		return LUO_FAILED;
	__builtin_memset(new, 0, sizeof(*new));
	new->path = old->path;
	__builtin_memcpy(new->driver_name, old->driver_name, sizeof(new->driver_name));
	new->driver_data = old->driver_data;
	return put_flags(tx, t, NEW_AT(i), self, OLD_AT(i));
}

SEC("struct_ops.s/translate")
int BPF_PROG(translate, struct luo_tx *tx, __u64 self, __u64 arg)
{
	const struct OLD *old = luo_in(tx, self, 0, struct OLD);
	struct pci_ser___rfc2 *new;
	__u64 t, nr;
	__u32 i;

	if (!old)
		return LUO_FAILED;
	nr = (luob_size(tx, self) - sizeof(*old)) / sizeof(struct OLD_DEV);
	if (nr > LUOB_MAX_ITER)
		return luob_refuse(tx, COUNT_OVERFLOW, LUOB_AT(self, 0), nr);
	t = luob_new(tx, NEW_AT(nr), LUOB_CONTIG);
	new = luo_out(tx, t, 0, struct pci_ser___rfc2);
	if (!new)
		return LUO_FAILED;
	new->count = nr;
	new->hole = 0;
	bpf_for(i, 0, nr) {
		if (carry(tx, t, self, i))
			return LUO_FAILED;
	}
	return 0;
}
