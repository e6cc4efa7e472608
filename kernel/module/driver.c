// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What drivers hand over
 *
 * A driver registers a version, a size and a function that writes a blob for one of its
 * devices (luo_bpf_driver.h). Blobs are folios of their own, and the record behind our
 * subtree (abi/driver_records.h) leads to them. They are made when the driver is registered,
 * when somebody looks at what is alive, and at the gate: never while anything is frozen.
 * In reboot(2), for a jump that nobody armed, those that are there are written once more.
 *
 * What changes it holds luob_mutex, as transactions do: what one of them reads does not go
 * away, and a driver that is unloaded waits for it. In reboot(2) nobody may wait for that,
 * because a rehearsal may already wait for LUO, which is frozen by then: all data here are
 * under luob_drivers_mutex, too, inside of which devices are locked and LUO is not called.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/version.h>
#include <linux/workqueue.h>

#include "../luo_bpf_driver.h"
#include "armed.h"
#include "driver.h"
#include "luo_bpf.h"

/* One blob. In the set that is made it is new, or the former set has it and keeps it. */
struct luob_blob_of {
	const struct luo_bpf_driver *driver;
	void *data;
	struct luo_bpf_driver_ser___v1 entry;
	bool fresh;
	bool kept;
};

struct luob_blobs {
	struct luob_blob_of *list;
	u32 nr;
	u32 room;
	u32 at;			/* devices come in the same order again */
};

static DEFINE_MUTEX(luob_drivers_mutex);
static LIST_HEAD(luob_registered);
/* Offered where no device may be locked; whoever looks first takes them, or the work does. */
static LIST_HEAD(luob_later);
static DEFINE_SPINLOCK(luob_later_lock);
static struct luob_blobs luob_blobs;
static struct luo_bpf_drivers___v1 *luob_record;	/* preserved; NULL for nothing */
static u32 luob_record_room;
/* It is the next kernel's by now: nothing of it may be changed or given back. */
static bool luob_handed;

static size_t luob_record_size(u32 nr)
{
	return sizeof(*luob_record) + nr * sizeof(struct luo_bpf_driver_ser___v1);
}

/* 6.19's subtrees have no size. */
static int luob_record_add(struct luo_bpf_drivers___v1 *record, u32 room)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)
	return kho_add_subtree(LUO_BPF_DRIVERS_SUBTREE, record);
#else
	return kho_add_subtree(LUO_BPF_DRIVERS_SUBTREE, record, luob_record_size(room));
#endif
}

static void luob_record_drop(void)
{
	if (!luob_record)
		return;
	kho_remove_subtree(luob_record);
	kho_unpreserve_free(luob_record);
	luob_record = NULL;
}

/* A record with room for @nr blobs, in the KHO root. */
static int luob_record_make(u32 nr)
{
	struct luo_bpf_drivers___v1 *record = kho_alloc_preserve(luob_record_size(nr));
	int err;

	if (IS_ERR(record))
		return PTR_ERR(record);
	memset(record, 0, luob_record_size(nr));
	strscpy(record->compatible, LUO_BPF_DRIVERS, sizeof(record->compatible));
	luob_record_drop();
	err = luob_record_add(record, nr);
	if (err) {
		kho_unpreserve_free(record);
		return err;
	}
	luob_record = record;
	luob_record_room = nr;
	return 0;
}

/* What the record says is what there is. */
static void luob_record_fill(void)
{
	struct luo_bpf_driver_ser___v1 *to = (void *)(luob_record + 1);
	u32 i;

	for (i = 0; i < luob_blobs.nr; i++)
		to[i] = luob_blobs.list[i].entry;
	luob_record->nr = luob_blobs.nr;
}

/* While the device is not locked, the answer may be old: nothing but a hint. */
static const struct luo_bpf_driver *luob_driver_of(const struct pci_dev *dev)
{
	const struct luo_bpf_driver *d;

	list_for_each_entry(d, &luob_registered, list)
		if (READ_ONCE(dev->dev.driver) == &d->driver->driver)
			return d;
	return NULL;
}

/* The blob that there was before, or NULL. */
static struct luob_blob_of *luob_blob_again(const struct luo_bpf_driver *d, u64 address)
{
	struct luob_blob_of *b;
	u32 i;

	for (i = 0; i < luob_blobs.nr; i++) {
		b = &luob_blobs.list[(luob_blobs.at + i) % luob_blobs.nr];
		if (b->driver != d || b->entry.address != address)
			continue;
		luob_blobs.at = (luob_blobs.at + i + 1) % luob_blobs.nr;
		return b;
	}
	return NULL;
}

static int luob_blob_save(const struct luo_bpf_driver *d, struct pci_dev *dev, void *data)
{
	int err;

	memset(data, 0, d->size);
	err = d->save(dev, data);
	if (err && err != -ENODATA)
		luob_say("%s: driver %s has no '%s' (%pe)", pci_name(dev), d->driver->name,
			 d->format->version, ERR_PTR(err));
	return err;
}

/* The blob of one device; none where its driver has nothing to say. */
static int luob_blob_make(struct luob_blobs *blobs, struct pci_dev *dev)
{
	struct luob_blob_of *b = &blobs->list[blobs->nr], *before;
	const struct luo_bpf_driver *d = luob_driver_of(dev);
	int err;

	if (!d)
		return 0;
	if (blobs->nr == blobs->room) {
		luob_say("%s: there is no room for a blob", pci_name(dev));
		return -ENOSPC;
	}
	memset(b, 0, sizeof(*b));
	b->driver = d;
	b->entry.address = luob_pci_address(dev);
	before = luob_blob_again(d, b->entry.address);
	b->fresh = !before;
	b->data = before ? before->data : kho_alloc_preserve(d->size);
	if (IS_ERR(b->data))
		return PTR_ERR(b->data);
	err = luob_blob_save(d, dev, b->data);
	if (!err) {
		strscpy(b->entry.version, d->format->version, sizeof(b->entry.version));
		b->entry.data = virt_to_phys(b->data);
		luob_pci_hw(&b->entry.hw, dev);
		b->entry.size = d->size;
		if (before)
			before->kept = true;
		blobs->nr++;
		return 0;
	}
	if (b->fresh)
		kho_unpreserve_free(b->data);
	return err == -ENODATA ? 0 : err;
}

/* More than there will be: which of them have such a driver changes. */
static u32 luob_devices(void)
{
	struct pci_dev *dev = NULL;
	u32 nr = 0;

	for_each_pci_dev(dev)
		nr++;
	return min_t(u32, nr, LUO_BPF_DRIVERS_MAX);
}

static int luob_blobs_make(struct luob_blobs *blobs)
{
	struct pci_dev *dev = NULL;
	int err = 0;
	u32 i;

	blobs->room = luob_devices();
	blobs->list = kvcalloc(blobs->room + 1, sizeof(*blobs->list), GFP_KERNEL);
	if (!blobs->list)
		return -ENOMEM;
	luob_blobs.at = 0;
	for (i = 0; i < luob_blobs.nr; i++)
		luob_blobs.list[i].kept = false;
	for_each_pci_dev(dev) {
		/* No lock of a device that is none of ours: who holds it may wait for us. */
		if (!luob_driver_of(dev))
			continue;
		device_lock(&dev->dev);
		err = luob_blob_make(blobs, dev);
		device_unlock(&dev->dev);
		if (err) {
			pci_dev_put(dev);
			break;
		}
	}
	return err;
}

/*
 * When a driver fails, what there was stays there: no jump is made with it, because the gate
 * and who reboots unarmed ask again.
 */
static int luob_drivers_make(void)
{
	struct luob_blobs blobs = {};
	int err = luob_blobs_make(&blobs);
	u32 i;

	if (!err && (!luob_record || blobs.nr > luob_record_room))
		err = luob_record_make(blobs.nr);
	if (err) {
		for (i = 0; i < blobs.nr; i++)
			if (blobs.list[i].fresh)
				kho_unpreserve_free(blobs.list[i].data);
		kvfree(blobs.list);
		return err;
	}
	for (i = 0; i < luob_blobs.nr; i++)
		if (!luob_blobs.list[i].kept)
			kho_unpreserve_free(luob_blobs.list[i].data);
	kvfree(luob_blobs.list);
	luob_blobs = blobs;
	luob_record_fill();
	return 0;
}

static bool luob_is_registered(const struct luo_bpf_driver *d)
{
	const struct luo_bpf_driver *other;

	list_for_each_entry(other, &luob_registered, list)
		if (other->driver == d->driver)
			return true;
	return false;
}

static void luob_take_later(void)
{
	struct luo_bpf_driver *d, *next;

	guard(spinlock)(&luob_later_lock);
	list_for_each_entry_safe(d, next, &luob_later, list) {
		if (luob_is_registered(d)) {
			pr_warn("%s offers blobs twice\n", d->driver->name);
			list_del_init(&d->list);
		} else {
			list_move_tail(&d->list, &luob_registered);
		}
	}
}

/**
 * luob_drivers_refresh - Let drivers write their blobs.
 *
 * Context: Process context, may sleep; luob_mutex is held, no device is locked and nothing
 *          is frozen.
 * Return: 0, also without drivers; or the errno of one that failed.
 */
int luob_drivers_refresh(void)
{
	int err;

	lockdep_assert_held(&luob_mutex);
	guard(mutex)(&luob_drivers_mutex);
	luob_take_later();
	if (READ_ONCE(luob_handed) || list_empty(&luob_registered))
		return 0;
	err = luob_drivers_make();
	if (err)
		luob_say("no records of drivers (%pe)", ERR_PTR(err));
	return err;
}

/* Without allocating anything. */
static void luob_driver_drop(const struct luo_bpf_driver *d)
{
	u32 i, nr = 0;

	for (i = 0; i < luob_blobs.nr; i++) {
		if (luob_blobs.list[i].driver == d)
			kho_unpreserve_free(luob_blobs.list[i].data);
		else
			luob_blobs.list[nr++] = luob_blobs.list[i];
	}
	luob_blobs.nr = nr;
	if (luob_record)
		luob_record_fill();
	if (!list_empty(&luob_registered))
		return;
	luob_record_drop();
	kvfree(luob_blobs.list);
	luob_blobs = (struct luob_blobs) {};
}

static void luob_driver_remove(struct luo_bpf_driver *d)
{
	guard(mutex)(&luob_drivers_mutex);
	scoped_guard(spinlock, &luob_later_lock)
		list_del_init(&d->list);
	if (!luob_handed)
		luob_driver_drop(d);
}

static bool luob_format_ok(const struct luo_bpf_driver_format *f)
{
	return f && *f->version && *f->family && *f->layout &&
	       strnlen(f->version, sizeof(f->version)) < sizeof(f->version) &&
	       strnlen(f->family, sizeof(f->family)) < sizeof(f->family) &&
	       strnlen(f->layout, sizeof(f->layout)) < sizeof(f->layout);
}

static void luob_later_fn(struct work_struct *work)
{
	guard(mutex)(&luob_mutex);
	luob_drivers_refresh();
}

static DECLARE_WORK(luob_later_work, luob_later_fn);

/**
 * luo_bpf_driver_register - Hand over blobs of a driver's devices from now on.
 * @d:     What, and of which devices; kept until luo_bpf_driver_unregister().
 * @later: No device can be locked now: the blobs are made when somebody looks at them, or
 *         soon.
 *
 * Drivers call luo_bpf_driver_offer(), which does not need the module.
 *
 * Context: Process context, may sleep; no device is locked.
 * Return: 0; -EINVAL; -EEXIST when the driver is registered already; what its save() has
 *         returned, or -EOPNOTSUPP where KHO is off.
 */
int luo_bpf_driver_register(struct luo_bpf_driver *d, bool later)
{
	int err;

	if (!d->driver || !d->save || !luob_format_ok(d->format) || !d->size ||
	    d->size > LUO_BPF_DRIVER_BYTES)
		return -EINVAL;
	if (later) {
		scoped_guard(spinlock, &luob_later_lock)
			list_add_tail(&d->list, &luob_later);
		schedule_work(&luob_later_work);
		return 0;
	}
	guard(mutex)(&luob_mutex);
	scoped_guard(mutex, &luob_drivers_mutex) {
		luob_take_later();
		if (luob_is_registered(d))
			return -EEXIST;
		list_add_tail(&d->list, &luob_registered);
	}
	err = luob_drivers_refresh();
	if (err)
		luob_driver_remove(d);
	return err;
}
EXPORT_SYMBOL_GPL(luo_bpf_driver_register);

/**
 * luo_bpf_driver_unregister - Take a driver's blobs back.
 * @d: As registered. Its save() has returned, and is not called again.
 *
 * Context: Process context, may sleep; no device is locked. Waits for a transaction.
 */
void luo_bpf_driver_unregister(struct luo_bpf_driver *d)
{
	guard(mutex)(&luob_mutex);
	luob_driver_remove(d);
}
EXPORT_SYMBOL_GPL(luo_bpf_driver_unregister);

/**
 * luob_drivers_each - Look at what there is.
 * @fn:   Gets each entry and its driver.
 * @priv: For @fn.
 *
 * Context: luob_mutex is held.
 */
void luob_drivers_each(luob_drivers_fn *fn, void *priv)
{
	u32 i;

	lockdep_assert_held(&luob_mutex);
	guard(mutex)(&luob_drivers_mutex);
	for (i = 0; i < luob_blobs.nr; i++)
		fn(priv, &luob_blobs.list[i].entry, luob_blobs.list[i].driver);
}

/**
 * luob_drivers_committed - Leave alone what is the next kernel's.
 *
 * Context: luob_mutex is held.
 */
void luob_drivers_committed(void)
{
	WRITE_ONCE(luob_handed, true);
}

/* Return: whether the blob is what its driver says now. */
static bool luob_blob_rewrite(struct luob_blob_of *b)
{
	u64 address = b->entry.address;
	struct pci_dev *dev = pci_get_domain_bus_and_slot(address >> 16, address >> 8 & 0xff,
							  address & 0xff);
	bool ok = false;

	if (!dev)
		return false;
	/* Who holds it can wait for the list of notifiers. */
	if (device_trylock(&dev->dev)) {
		if (luob_driver_of(dev) == b->driver)
			ok = !luob_blob_save(b->driver, dev, b->data);
		device_unlock(&dev->dev);
	}
	pci_dev_put(dev);
	return ok;
}

/* What is left out stays preserved: KHO may have written down what is. */
static void luob_blobs_rewrite(void)
{
	u32 i, nr = 0;

	for (i = 0; i < luob_blobs.nr; i++)
		if (luob_blob_rewrite(&luob_blobs.list[i]))
			luob_blobs.list[nr++] = luob_blobs.list[i];
	luob_blobs.nr = nr;
	luob_record_fill();
}

/*
 * An armed jump has taken them at the gate, and has judged what it took. Whose turn it is to
 * write them at this very moment may wait for a device, and so for the list of notifiers.
 */
static int luob_drivers_reboot(struct notifier_block *nb, unsigned long action, void *data)
{
	if (READ_ONCE(luob_state))
		return NOTIFY_DONE;
	if (mutex_trylock(&luob_drivers_mutex)) {
		if (!luob_handed && luob_record)
			luob_blobs_rewrite();
		mutex_unlock(&luob_drivers_mutex);
	}
	WRITE_ONCE(luob_handed, true);
	return NOTIFY_DONE;
}

static struct notifier_block luob_drivers_notifier = {
	.notifier_call = luob_drivers_reboot,
};

int luob_drivers_init(void)
{
	return register_reboot_notifier(&luob_drivers_notifier);
}

/* Drivers hold references to the module: none is registered any more. */
void luob_drivers_exit(void)
{
	unregister_reboot_notifier(&luob_drivers_notifier);
	cancel_work_sync(&luob_later_work);
}
