/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For drivers of PCI devices that hand something to the next kernel's driver: a blob for
 * each device, whose layout is the driver's own business. Its vendor declares the layout and
 * ships the translators (bpf-progs/README.md, "What a driver says").
 *
 * Nothing here keeps a device running: a kexec shuts it down, and the driver finds it as
 * after a boot. A blob is what the old driver knew.
 *
 * luo_bpf.ko is looked up when these are called: a driver loads and works without it, and
 * offers its blobs when the module comes. That stays loaded as long as a driver offers any.
 */
#ifndef LUO_BPF_DRIVER_H
#define LUO_BPF_DRIVER_H

#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "core/driver_format.h"

/* Before a struct luo_bpf_driver_format: one for each version that the driver knows. */
#define LUO_BPF_DRIVER_FORMAT	static const __used __section(LUO_BPF_DRIVER_SECTION)

/**
 * struct luo_bpf_driver - What a driver hands over
 * @driver:  whose devices
 * @format:  of the blob; another layout needs another version
 * @size:    bytes of the blob: the structure, 1 to 4 MiB
 * @save:    writes the blob of a device into @size bytes of zeros. Called with the device's
 *	     lock held, may sleep, any number of times: when the driver is registered, when
 *	     somebody looks at what is alive, before a jump. Returns 0; -ENODATA when there
 *	     is nothing to hand over; another errno is a veto.
 * @list:    luo_bpf.ko's
 * @nb:      of this header: tells when luo_bpf.ko comes
 * @taken:   likewise: luo_bpf.ko has it
 *
 * Has to live until luo_bpf_driver_forget().
 */
struct luo_bpf_driver {
	const struct pci_driver *driver;
	const struct luo_bpf_driver_format *format;
	size_t size;
	int (*save)(struct pci_dev *dev, void *blob);
	struct list_head list;
	struct notifier_block nb;
	int taken;
};

/* Exported by luo_bpf.ko; kernel/module/driver.c and driver_in.c say what they do. */
int luo_bpf_driver_register(struct luo_bpf_driver *d, bool later);
void luo_bpf_driver_unregister(struct luo_bpf_driver *d);
ssize_t luo_bpf_driver_read(struct pci_dev *dev, const char *version, void *buf, size_t size);

/* To luo_bpf.ko, if it is there. The driver and the notifier can meet here. */
static inline int luo_bpf_driver_give(struct luo_bpf_driver *d, bool later)
{
	int (*fn)(struct luo_bpf_driver *, bool) = symbol_get(luo_bpf_driver_register);
	int err = 0;

	if (!fn)
		return 0;
	if (!xchg(&d->taken, 1)) {
		err = fn(d, later);
		if (!err)
			return 0;
		d->taken = 0;
	}
	symbol_put(luo_bpf_driver_register);
	return err;
}

/* No device may be locked here: who holds its lock can wait for another module. */
static inline int luo_bpf_driver_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct luo_bpf_driver *d = container_of(nb, struct luo_bpf_driver, nb);
	const struct module *mod = data;
	int err;

	if (action != MODULE_STATE_LIVE || strcmp(mod->name, "luo_bpf"))
		return NOTIFY_DONE;
	err = luo_bpf_driver_give(d, true);
	if (err)
		pr_warn("%s: nothing is handed over: %d\n", d->driver->name, err);
	return NOTIFY_DONE;
}

/**
 * luo_bpf_driver_offer - Hand over blobs from now on, or from when luo_bpf.ko is loaded.
 * @d: What, and of which devices.
 *
 * Context: Process context, may sleep; no device is locked, so not in probe() or remove().
 * Return: 0, also when luo_bpf.ko is not loaded yet; -EINVAL; -EEXIST when the driver offers
 *	   something already; what its save() has returned, or -EOPNOTSUPP where KHO is off.
 */
static inline int luo_bpf_driver_offer(struct luo_bpf_driver *d)
{
	int err;

	d->nb.notifier_call = luo_bpf_driver_notify;
	err = register_module_notifier(&d->nb);
	if (err)
		return err;
	err = luo_bpf_driver_give(d, false);
	if (err)
		unregister_module_notifier(&d->nb);
	return err;
}

/**
 * luo_bpf_driver_forget - Take them back, when luo_bpf_driver_offer() has returned 0.
 * @d: As offered. Its save() has returned, and is not called again.
 *
 * Context: As luo_bpf_driver_offer(); before the driver itself is unregistered.
 */
static inline void luo_bpf_driver_forget(struct luo_bpf_driver *d)
{
	void (*fn)(struct luo_bpf_driver *);

	unregister_module_notifier(&d->nb);
	if (!d->taken)
		return;
	fn = symbol_get(luo_bpf_driver_unregister);
	if (fn) {
		fn(d);
		symbol_put(luo_bpf_driver_unregister);
	}
	symbol_put(luo_bpf_driver_register);
	d->taken = 0;
}

/**
 * luo_bpf_driver_ask - What the old kernel's driver has handed over.
 * @dev:     Device.
 * @version: The only one that the caller reads.
 * @buf:     Gets a copy.
 * @size:    Its bytes.
 *
 * Context: Process context, may sleep; also in probe().
 * Return: Bytes of the blob; -ENOENT when there is none, or luo_bpf.ko is not loaded;
 *	   -EPROTONOSUPPORT when it is of another version; -ENODEV when it is of another device
 *	   that was in this place; -EMSGSIZE when it is larger than @size; -EBADMSG when what
 *	   was handed over is damaged.
 */
static inline ssize_t luo_bpf_driver_ask(struct pci_dev *dev, const char *version, void *buf,
					 size_t size)
{
	ssize_t (*fn)(struct pci_dev *, const char *, void *, size_t) =
		symbol_get(luo_bpf_driver_read);
	ssize_t n;

	if (!fn)
		return -ENOENT;
	n = fn(dev, version, buf, size);
	symbol_put(luo_bpf_driver_read);
	return n;
}

#endif /* LUO_BPF_DRIVER_H */
