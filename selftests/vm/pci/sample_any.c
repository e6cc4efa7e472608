// SPDX-License-Identifier: GPL-2.0-only
/* A driver that matches nothing: devices get it by driver_override only. */
#include <linux/module.h>
#include <linux/pci.h>

static int sample_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	return 0;
}

static struct pci_driver sample_driver = {
	.name = KBUILD_MODNAME,
	.probe = sample_probe,
};
module_pci_driver(sample_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample driver for any device");
