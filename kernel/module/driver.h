/* SPDX-License-Identifier: GPL-2.0-only */
/* Which device, in words of abi/driver_records.h. */
#ifndef LUO_BPF_MODULE_DRIVER_H
#define LUO_BPF_MODULE_DRIVER_H

#include <linux/pci.h>

#include "../abi/driver_records.h"

static inline u64 luob_pci_address(struct pci_dev *dev)
{
	return (u64)(u32)pci_domain_nr(dev->bus) << 16 | pci_dev_id(dev);
}

static inline void luob_pci_hw(struct luo_bpf_hw *hw, const struct pci_dev *dev)
{
	hw->vendor = dev->vendor;
	hw->device = dev->device;
	hw->subvendor = dev->subsystem_vendor;
	hw->subdevice = dev->subsystem_device;
	hw->class = dev->class;
}

#endif /* LUO_BPF_MODULE_DRIVER_H */
