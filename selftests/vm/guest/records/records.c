// SPDX-License-Identifier: GPL-2.0-only
/*
 * records - hands over as many records of PCI devices and blobs of drivers as it is told,
 * without any device: for bench.sh, on kernels without PCI, too.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/version.h>

#include "abi/driver_records.h"
#include "abi/pci_records.h"
#include "bench_blob.h"

static unsigned int nr = 100;
module_param(nr, uint, 0444);

static int hand_over(const char *name, void *record, size_t size)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	return kho_add_subtree(name, record);
#else
	return kho_add_subtree(name, record, size);
#endif
}

static void fill_device(struct luo_bpf_pci_dev___v1 *d, u32 i)
{
	d->bdf = i;
	d->vendor = 0x1234;
	d->device = 0x11e8;
	d->class = 0x00ff00;
	d->command = 7;
	d->bars[0].start = 0xf0000000ULL + i * 0x100000ULL;
	d->bars[0].size = 0x100000;
	strscpy(d->driver, "bench", sizeof(d->driver));
	snprintf(d->modalias, sizeof(d->modalias), "pci:v00001234d%08X", i);
}

static int make_devices(void)
{
	size_t size = sizeof(struct luo_bpf_pci___v1) + nr * sizeof(struct luo_bpf_pci_dev___v1);
	struct luo_bpf_pci___v1 *r = kho_alloc_preserve(size);
	u32 i;

	if (IS_ERR(r))
		return PTR_ERR(r);
	strscpy(r->compatible, LUO_BPF_PCI_1, sizeof(r->compatible));
	r->nr = nr;
	for (i = 0; i < nr; i++)
		fill_device((struct luo_bpf_pci_dev___v1 *)(r + 1) + i, i);
	return hand_over(LUO_BPF_PCI_SUBTREE, r, size);
}

static int make_blob(struct luo_bpf_driver_ser___v1 *to, u32 i)
{
	struct bench_blob___v1 *b = kho_alloc_preserve(sizeof(*b));
	int k;

	if (IS_ERR(b))
		return PTR_ERR(b);
	b->magic = BENCH_BLOB_MAGIC;
	b->queues = i;
	b->flags = i >> 16;
	for (k = 0; k < ARRAY_SIZE(b->rings); k++)
		b->rings[k] = (u64)i << 12 | k;
	b->mac = 0x525400000000ULL + i;
	strscpy(to->version, BENCH_BLOB_1, sizeof(to->version));
	to->data = virt_to_phys(b);
	to->address = i;
	to->hw.vendor = 0x1234;
	to->hw.device = 0x11e8;
	to->hw.class = 0x00ff00;
	to->size = sizeof(*b);
	return 0;
}

static int make_blobs(void)
{
	size_t size = sizeof(struct luo_bpf_drivers___v1) +
		      nr * sizeof(struct luo_bpf_driver_ser___v1);
	struct luo_bpf_drivers___v1 *r = kho_alloc_preserve(size);
	int err = 0;
	u32 i;

	if (IS_ERR(r))
		return PTR_ERR(r);
	strscpy(r->compatible, LUO_BPF_DRIVERS, sizeof(r->compatible));
	r->nr = nr;
	for (i = 0; i < nr && !err; i++)
		err = make_blob((struct luo_bpf_driver_ser___v1 *)(r + 1) + i, i);
	return err ? err : hand_over(LUO_BPF_DRIVERS_SUBTREE, r, size);
}

/* It stays: what it hands over is never taken back. */
static int __init records_init(void)
{
	if (!nr || nr > LUO_BPF_DRIVERS_MAX)
		return -EINVAL;
	return make_devices() ?: make_blobs();
}
module_init(records_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Many records without devices");
