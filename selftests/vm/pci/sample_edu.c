// SPDX-License-Identifier: GPL-2.0-only
/* A driver of QEMU's "edu" device: it matches by ids. */
#include <linux/module.h>
#include <linux/pci.h>

static int sample_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	int err = pci_enable_device(dev);

	if (!err)
		pci_set_master(dev);
	return err;
}

static void sample_remove(struct pci_dev *dev)
{
	pci_disable_device(dev);
}

static const struct pci_device_id sample_ids[] = {
	{ PCI_DEVICE(0x1234, 0x11e8) },
	{ }
};
MODULE_DEVICE_TABLE(pci, sample_ids);

static struct pci_driver sample_driver = {
	.name = "sample_edu",
	.id_table = sample_ids,
	.probe = sample_probe,
	.remove = sample_remove,
};
module_pci_driver(sample_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample driver of the edu device");
