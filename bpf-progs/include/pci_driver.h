/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The driver of a device, by name: a look-up in pieces of 8 bytes, the last one of 7. */
#ifndef PCI_DRIVER_H
#define PCI_DRIVER_H

#include "luo_bpf.h"
#include "abi/pci.h"

/* @at is the place of the old entry. */
static __noinline int put_driver(struct luo_tx *tx, struct pci_dev_ser___rfc2 *new, __u64 at,
				 __u64 key)
{
	__u64 word, n;

	for (n = 0; n < 8; n++) {
		if (luob_lookup(tx, LUOB_LOOKUP_PCI_DRIVER, key | n << 48, &word))
			return luob_refuse(tx, PCI_DRIVER_UNKNOWN, at, key);
		if (n == 7 && word >> 56)
			return luob_refuse(tx, STRING_NOT_TERMINATED, at, key);
		__builtin_memcpy(new->driver_name + 8 * n, &word, n == 7 ? 7 : 8);
	}
	return 0;
}

#endif /* PCI_DRIVER_H */
