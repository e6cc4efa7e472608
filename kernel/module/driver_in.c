// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the old kernel's drivers have handed over
 *
 * Looked at once, when the first driver asks: it comes from another kernel, so that nothing
 * of it is taken for granted. Its memory stays preserved, and is only read. Blobs can be
 * asked for while a device is locked, so this has a lock of its own.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "../core/kho_root.h"
#include "../luo_bpf_driver.h"
#include "driver.h"
#include "luo_bpf.h"

/* Pages that somebody uses: [@start, @end). */
struct luob_extent {
	u64 start;
	u64 end;
};

static DEFINE_MUTEX(luob_came_mutex);
static bool luob_looked;
static int luob_came_err;
static const struct luo_bpf_drivers___v1 *luob_came;	/* whole, once it was looked at */

static const struct luo_bpf_driver_ser___v1 *luob_came_blobs(void)
{
	return (const void *)(luob_came + 1);
}

static bool luob_blob_ok(const struct luo_bpf_driver_ser___v1 *b)
{
	return *b->version && strnlen(b->version, sizeof(b->version)) < sizeof(b->version) &&
	       b->data && PAGE_ALIGNED(b->data) && b->size && b->size <= LUO_BPF_DRIVER_BYTES &&
	       b->data < PHYS_ADDR_MAX - LUO_BPF_DRIVER_BYTES &&
	       pfn_valid(PHYS_PFN(b->data)) && pfn_valid(PHYS_PFN(b->data + b->size - 1));
}

static int luob_extent_cmp(const void *a, const void *b)
{
	const struct luob_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* What belongs to two of them belongs to none. */
static int luob_check_overlap(const struct luo_bpf_drivers___v1 *r, const struct luob_subtree *s)
{
	const struct luo_bpf_driver_ser___v1 *b = (const void *)(r + 1);
	struct luob_extent *list = kvcalloc(r->nr + 1, sizeof(*list), GFP_KERNEL);
	int err = 0;
	u32 i;

	if (!list)
		return -ENOMEM;
	for (i = 0; i < r->nr; i++)
		list[i] = (struct luob_extent) { b[i].data, b[i].data + PAGE_ALIGN(b[i].size) };
	list[i] = (struct luob_extent) { s->pa, s->pa + PAGE_ALIGN(s->size) };
	sort(list, r->nr + 1, sizeof(*list), luob_extent_cmp, NULL);
	for (i = 0; i < r->nr && !err; i++)
		if (list[i].end > list[i + 1].start)
			err = -EBADMSG;
	kvfree(list);
	return err;
}

static int luob_check_record(const struct luob_subtree *s)
{
	const struct luo_bpf_drivers___v1 *r = phys_to_virt(s->pa);
	const struct luo_bpf_driver_ser___v1 *b = (const void *)(r + 1);
	u32 i;

	if (s->size < sizeof(*r) || s->size > LUO_BPF_DRIVER_BYTES ||
	    strnlen(r->compatible, sizeof(r->compatible)) == sizeof(r->compatible))
		return -EBADMSG;
	if (strcmp(r->compatible, LUO_BPF_DRIVERS))
		return -EPROTONOSUPPORT;
	if (r->nr > LUO_BPF_DRIVERS_MAX || (s->size - sizeof(*r)) / sizeof(*b) < r->nr)
		return -EBADMSG;
	for (i = 0; i < r->nr; i++)
		if (!luob_blob_ok(&b[i]))
			return -EBADMSG;
	return luob_check_overlap(r, s);
}

/* Return: 0 with @luob_came set; -ENOENT when nothing came; -EBADMSG, -EPROTONOSUPPORT. */
static int luob_look(void)
{
	struct luob_subtree s;
	int err;

	guard(mutex)(&luob_came_mutex);
	if (luob_looked)
		return luob_came_err;
	err = luob_subtree_incoming(LUO_BPF_DRIVERS_SUBTREE, &s);
	if (!err)
		err = luob_check_record(&s);
	if (err == -ENOMEM)
		return err;
	if (!err)
		luob_came = phys_to_virt(s.pa);
	else if (err != -ENOENT)
		pr_warn("records of drivers that came with the state are not usable: %d\n", err);
	luob_came_err = err;
	luob_looked = true;
	return err;
}

static bool luob_same_hw(const struct luo_bpf_hw *a, struct pci_dev *dev)
{
	struct luo_bpf_hw now;

	luob_pci_hw(&now, dev);
	return !memcmp(a, &now, sizeof(now));
}

/**
 * luo_bpf_driver_read - What the old kernel's driver has handed over.
 * @dev:     Device.
 * @version: The only one that the caller reads.
 * @buf:     Gets a copy.
 * @size:    Its bytes.
 *
 * Drivers call luo_bpf_driver_ask(), which does not need the module.
 *
 * Context: Process context, may sleep; also while a device is locked.
 * Return: Bytes of the blob, or an errno as luo_bpf_driver_ask() has it.
 */
ssize_t luo_bpf_driver_read(struct pci_dev *dev, const char *version, void *buf, size_t size)
{
	const struct luo_bpf_driver_ser___v1 *b;
	u64 address = luob_pci_address(dev);
	int err = luob_look();
	u32 i;

	if (err)
		return err;
	for (i = 0; i < luob_came->nr; i++) {
		b = &luob_came_blobs()[i];
		if (b->address != address)
			continue;
		if (!luob_same_hw(&b->hw, dev))
			return -ENODEV;
		if (strcmp(b->version, version))
			return -EPROTONOSUPPORT;
		if (b->size > size)
			return -EMSGSIZE;
		memcpy(buf, phys_to_virt(b->data), b->size);
		return b->size;
	}
	return -ENOENT;
}
EXPORT_SYMBOL_GPL(luo_bpf_driver_read);
