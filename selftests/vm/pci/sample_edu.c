// SPDX-License-Identifier: GPL-2.0-only
/*
 * A driver of QEMU's "edu" device: it matches by ids, and hands what it knows of a device to
 * the next kernel's driver, where luo_bpf.ko is loaded. Built with EDU=1 it is the former
 * release, whose blob has another layout.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include "luo_bpf_driver.h"
#include "sample_edu.h"

/* Of its registers. */
#define EDU_ID		0x00

#if SAMPLE_EDU_VERSION == 1
#define sample_edu_ser	sample_edu_ser___v1
#define SAMPLE_EDU	SAMPLE_EDU_1
#define SAMPLE_LAYOUT	"sample_edu_ser___v1"
#else
#define sample_edu_ser	sample_edu_ser___v2
#define SAMPLE_EDU	SAMPLE_EDU_2
#define SAMPLE_LAYOUT	"sample_edu_ser___v2"
#endif

static unsigned short mode;
module_param(mode, ushort, 0444);
MODULE_PARM_DESC(mode, "what a device gets that no kernel had before");

/* What a device begins with where no blob came. */
static void sample_new(struct sample_edu_ser *s)
{
	memset(s, 0, sizeof(*s));
	s->since = ktime_get_real_seconds();
	s->mode = mode;
}

static void sample_resume(struct pci_dev *dev, struct sample_edu_ser *s)
{
	ssize_t n = luo_bpf_driver_ask(dev, SAMPLE_EDU, s, sizeof(*s));

	if (n == sizeof(*s)) {
		pci_info(dev, "blob %s of %zd bytes: %u uses since %llu, mode %u, id %x\n",
			 SAMPLE_EDU, n, (unsigned int)s->uses, s->since, s->mode, s->id);
		return;
	}
	if (n == -ENOENT)
		pci_info(dev, "no blob\n");
	else
		pci_warn(dev, "blob not usable: %zd\n", n);
	sample_new(s);
}

static int sample_probe(struct pci_dev *dev, const struct pci_device_id *id)
{
	struct sample_edu_ser *s;
	void __iomem *regs;
	int err;

	s = devm_kzalloc(&dev->dev, sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	err = pcim_enable_device(dev);
	if (err)
		return err;
	regs = pcim_iomap(dev, 0, 0);
	if (!regs)
		return -ENOMEM;
	pci_set_master(dev);
	sample_resume(dev, s);
	s->uses++;
	s->id = readl(regs + EDU_ID);
	pci_set_drvdata(dev, s);
	return 0;
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
};

LUO_BPF_DRIVER_FORMAT struct luo_bpf_driver_format sample_format = {
	.version = SAMPLE_EDU,
	.family = "sample-edu",
	.layout = SAMPLE_LAYOUT,
};

/* The device is locked, and bound to this driver. */
static int sample_save(struct pci_dev *dev, void *blob)
{
	memcpy(blob, pci_get_drvdata(dev), sizeof(struct sample_edu_ser));
	return 0;
}

static struct luo_bpf_driver sample_blob = {
	.driver = &sample_driver,
	.format = &sample_format,
	.size = sizeof(struct sample_edu_ser),
	.save = sample_save,
};

static bool offered;

static int __init sample_init(void)
{
	int err = pci_register_driver(&sample_driver);

	if (err)
		return err;
	/* The driver is of use without: then the next one begins anew. */
	err = luo_bpf_driver_offer(&sample_blob);
	if (err)
		pr_warn("nothing is handed over: %d\n", err);
	offered = !err;
	return 0;
}
module_init(sample_init);

static void __exit sample_exit(void)
{
	if (offered)
		luo_bpf_driver_forget(&sample_blob);
	pci_unregister_driver(&sample_driver);
}
module_exit(sample_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Sample driver of the edu device");
