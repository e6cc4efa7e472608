// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What PCI devices and their drivers are
 *
 * insmod luo_bpf.ko pci_records=2: each device's ids, BARs and driver are handed to the
 * next kernel behind a KHO subtree of our own (abi/pci_records.h), where luo-load
 * restore-pci compares and binds. 1 writes the former version of the record.
 *
 * No device keeps running: at a kexec the PCI core shuts each down and takes its bus
 * mastering away, whatever anybody has saved. Only a kernel can change that.
 *
 * The record is made when the module is loaded, so that it is seen by who looks at what is
 * alive; again at the gate; and in reboot(2), for a jump that nobody armed.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/kexec_handover.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <linux/version.h>

#include "../abi/pci_records.h"
#include "armed.h"
#include "luo_bpf.h"

static unsigned int pci_records;
module_param(pci_records, uint, 0444);
MODULE_PARM_DESC(pci_records,
		 "hand PCI devices to the next kernel: version of the record, 0 for none");

static DEFINE_MUTEX(luob_pci_mutex);
static void *luob_pci_blob;		/* what is handed over */
static u32 luob_pci_nr;			/* devices there is room for */

/* Both versions begin alike. */
static size_t luob_pci_entry_size(void)
{
	return pci_records == 1 ? sizeof(struct luo_bpf_pci_dev___v1) :
				  sizeof(struct luo_bpf_pci_dev___v2);
}

/* 6.19's subtrees have no size. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
static int luob_pci_add(void *blob, size_t size)
{
	return kho_add_subtree(LUO_BPF_PCI_SUBTREE, blob);
}

static const char *luob_pci_override(struct pci_dev *dev)
{
	return dev->driver_override;
}
#else
static int luob_pci_add(void *blob, size_t size)
{
	return kho_add_subtree(LUO_BPF_PCI_SUBTREE, blob, size);
}

static const char *luob_pci_override(struct pci_dev *dev)
{
	return dev->dev.driver_override.name;
}
#endif

static u32 luob_pci_group(struct pci_dev *dev)
{
	u32 nr = LUO_BPF_PCI_UNKNOWN32;
#ifdef CONFIG_IOMMU_API
	struct iommu_group *group = iommu_group_get(&dev->dev);

	if (group) {
		nr = iommu_group_id(group);
		iommu_group_put(group);
	}
#endif
	return nr;
}

static u16 luob_pci_vectors(int nr)
{
	return nr < 0 ? 0 : nr;
}

static void luob_pci_fill_bars(struct luo_bpf_pci_bar *bars, struct pci_dev *dev)
{
	int i;

	for (i = 0; i < LUO_BPF_PCI_BARS; i++) {
		const struct resource *res = &dev->resource[i];

		/* PCI_ROM_RESOURCE follows the six. */
		if (!res->flags || !resource_size(res))
			continue;
		bars[i].start = res->start;
		bars[i].size = resource_size(res);
		bars[i].flags = res->flags;
	}
}

/*
 * The driver and its override change under the device's lock. Without @wait a device whose
 * lock is taken has neither: a driver is about to come or to go.
 */
static void luob_pci_fill_names(char *driver, char *override, char *modalias, struct pci_dev *dev,
				bool wait)
{
	if (wait)
		device_lock(&dev->dev);
	if (wait || device_trylock(&dev->dev)) {
		if (dev->dev.driver)
			strscpy(driver, dev->dev.driver->name, LUO_BPF_PCI_NAME);
		if (luob_pci_override(dev))
			strscpy(override, luob_pci_override(dev), LUO_BPF_PCI_NAME);
		device_unlock(&dev->dev);
	}
	snprintf(modalias, LUO_BPF_PCI_NAME, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
		 dev->vendor, dev->device, dev->subsystem_vendor, dev->subsystem_device,
		 (u8)(dev->class >> 16), (u8)(dev->class >> 8), (u8)dev->class);
}

#define LUOB_PCI_FILL(to, dev, wait)						\
do {										\
	(to)->domain = pci_domain_nr((dev)->bus);				\
	(to)->bdf = pci_dev_id(dev);						\
	(to)->vendor = (dev)->vendor;						\
	(to)->device = (dev)->device;						\
	(to)->subvendor = (dev)->subsystem_vendor;				\
	(to)->subdevice = (dev)->subsystem_device;				\
	(to)->class = (dev)->class;						\
	(to)->revision = (dev)->revision;					\
	pci_read_config_word(dev, PCI_COMMAND, &(to)->command);			\
	(to)->msi = luob_pci_vectors(pci_msi_vec_count(dev));			\
	(to)->msix = luob_pci_vectors(pci_msix_vec_count(dev));			\
	luob_pci_fill_bars((to)->bars, dev);					\
	luob_pci_fill_names((to)->driver, (to)->override, (to)->modalias, dev,	\
			    wait);						\
} while (0)

/* Return: whether the version that is written can say it. */
static bool luob_pci_fill_v1(struct luo_bpf_pci_dev___v1 *to, struct pci_dev *dev, bool wait)
{
	if (pci_domain_nr(dev->bus) > U16_MAX)
		return false;
	LUOB_PCI_FILL(to, dev, wait);
	return true;
}

static bool luob_pci_fill_v2(struct luo_bpf_pci_dev___v2 *to, struct pci_dev *dev, bool wait)
{
	LUOB_PCI_FILL(to, dev, wait);
	to->state = dev->current_state <= PCI_D3cold ? dev->current_state : LUO_BPF_PCI_UNKNOWN16;
	to->num_vfs = pci_num_vf(dev);
	to->iommu_group = luob_pci_group(dev);
	return true;
}

/* As many devices as there is room for; @wait: for who has locked one. */
static void luob_pci_fill(void *blob, u32 room, bool wait)
{
	struct luo_bpf_pci___v2 *head = blob;
	void *to = head + 1;
	struct pci_dev *dev = NULL;
	u32 nr = 0, missing = 0;

	memset(blob, 0, sizeof(*head) + room * luob_pci_entry_size());
	for_each_pci_dev(dev) {
		if (nr < room && (pci_records == 1 ? luob_pci_fill_v1(to, dev, wait) :
						     luob_pci_fill_v2(to, dev, wait))) {
			to += luob_pci_entry_size();
			nr++;
		} else {
			missing++;
		}
	}
	strscpy(head->compatible, pci_records == 1 ? LUO_BPF_PCI_1 : LUO_BPF_PCI,
		sizeof(head->compatible));
	head->nr = nr;
	head->missing = missing;
	if (missing)
		luob_say("%u PCI devices have no record: there is no room", missing);
}

static u32 luob_pci_count(void)
{
	struct pci_dev *dev = NULL;
	u32 nr = 0;

	for_each_pci_dev(dev)
		nr++;
	return min_t(u32, nr, LUO_BPF_PCI_MAX);
}

static void luob_pci_drop(void)
{
	if (!luob_pci_blob)
		return;
	kho_remove_subtree(luob_pci_blob);
	kho_unpreserve_free(luob_pci_blob);
	luob_pci_blob = NULL;
}

/* A record for @nr devices, in the KHO root. */
static int luob_pci_make(u32 nr)
{
	size_t size = sizeof(struct luo_bpf_pci___v2) + nr * luob_pci_entry_size();
	void *blob = kho_alloc_preserve(size);
	int err;

	if (IS_ERR(blob))
		return PTR_ERR(blob);
	luob_pci_drop();
	luob_pci_fill(blob, nr, true);
	err = luob_pci_add(blob, size);
	if (err) {
		kho_unpreserve_free(blob);
		return err;
	}
	luob_pci_blob = blob;
	luob_pci_nr = nr;
	return 0;
}

/**
 * luob_pci_refresh - Note what the devices are now.
 *
 * Context: Process context, may sleep; nothing is frozen.
 * Return: 0, also when nobody asked for records; or an errno.
 */
int luob_pci_refresh(void)
{
	u32 nr;
	int err;

	if (!pci_records)
		return 0;
	guard(mutex)(&luob_pci_mutex);
	nr = luob_pci_count();
	if (!luob_pci_blob || nr != luob_pci_nr)
		err = luob_pci_make(nr);
	else
		err = (luob_pci_fill(luob_pci_blob, nr, true), 0);
	if (err)
		luob_say("no records of PCI devices (%pe)", ERR_PTR(err));
	return err;
}

/**
 * luob_pci_each - What the record says of each device, in the version that this is.
 * @fn:   Gets @priv, and a device until it returns.
 *
 * Context: Process context, may sleep; nothing is frozen.
 */
void luob_pci_each(luob_pci_fn *fn, void *priv)
{
	struct luo_bpf_pci_dev___v2 entry;
	struct pci_dev *dev = NULL;

	if (!pci_records)
		return;
	for_each_pci_dev(dev) {
		memset(&entry, 0, sizeof(entry));
		luob_pci_fill_v2(&entry, dev, true);
		fn(priv, &entry);
	}
}

/*
 * An armed jump has taken them at the gate, and has judged what it took. Nothing is waited for:
 * who has locked a device can wait for the list of notifiers.
 */
static int luob_pci_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	if (READ_ONCE(luob_state) || !mutex_trylock(&luob_pci_mutex))
		return NOTIFY_DONE;
	if (luob_pci_blob)
		luob_pci_fill(luob_pci_blob, luob_pci_nr, false);
	mutex_unlock(&luob_pci_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block luob_pci_notifier = {
	.notifier_call = luob_pci_reboot,
};

/* Return: 0, also where KHO is off: then nothing is handed over at all. */
int luob_pci_init(void)
{
	int err;

	if (!pci_records)
		return 0;
	if (pci_records > 2) {
		pr_err("pci_records=%u: there are versions 1 and 2\n", pci_records);
		return -EINVAL;
	}
	err = luob_pci_refresh();
	if (err) {
		pr_warn("no records of PCI devices: %d\n", err);
		pci_records = 0;
		return 0;
	}
	return register_reboot_notifier(&luob_pci_notifier);
}

void luob_pci_exit(void)
{
	if (!pci_records)
		return;
	unregister_reboot_notifier(&luob_pci_notifier);
	luob_pci_drop();
}
