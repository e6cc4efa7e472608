// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Looking at what is alive
 *
 * Before the freeze no record says what LUO holds: names, counts and files are in its
 * private lists only. They are walked under LUO's own locks; what comes out is a
 * picture of a moment, nothing of it is frozen.
 */

#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>

#include "../abi/driver_records.h"
#include "../abi/pci_records.h"
#include "../luo_bpf_driver.h"
#include "live.h"
#include "luo_bpf.h"
#include "private.h"

struct luob_walker {
	struct luob_live_entry *entries;
	u32 max;
	u32 nr;			/* counted beyond @max too */
};

/* The next entry, zeroed; NULL when there is no room for it. */
static struct luob_live_entry *luob_next(struct luob_walker *w, u32 kind)
{
	struct luob_live_entry *e;

	if (w->nr++ >= w->max)
		return NULL;
	e = &w->entries[w->nr - 1];
	memset(e, 0, sizeof(*e));
	e->kind = kind;
	return e;
}

static void luob_walk_file(struct luob_walker *w, void *luo_file)
{
	struct luob_live_entry *e = luob_next(w, LUOB_LIVE_FILE);
	struct file *file = *luob_field(struct file *, luo_file, file_file);
	void *handler = *luob_field(void *, luo_file, file_handler);

	if (!e)
		return;
	strscpy(e->string, luob_field(char, handler, handler_string), sizeof(e->string));
	e->token = *luob_field(u64, luo_file, file_token);
	e->data = *luob_field(u64, luo_file, file_data);
	if (!file)
		return;
	snprintf(e->name, sizeof(e->name), "%pD", file);
	e->size = i_size_read(file_inode(file));
	e->pos = file->f_pos;
	if (shmem_file(file))
		e->seals = SHMEM_I(file_inode(file))->seals;
}

static void luob_walk_session(struct luob_walker *w, void *session)
{
	struct list_head *files, *at;
	struct luob_live_entry *e;
	u64 nr = 0;

	guard(mutex)(luob_field(struct mutex, session, session_mutex));
	files = luob_field(struct list_head, luob_field(void, session, session_set), set_files);
	e = luob_next(w, LUOB_LIVE_SESSION);
	list_for_each(at, files) {
		luob_walk_file(w, (char *)at - luob_fields.file_list);
		nr++;
	}
	if (!e)
		return;
	strscpy(e->name, luob_field(char, session, session_name), sizeof(e->name));
	e->size = nr;
}

static void luob_walk_sessions(struct luob_walker *w)
{
	void *global = luob_symbol("luo_session_global");
	struct list_head *list = luob_field(struct list_head, global, sessions_list), *at;

	guard(rwsem_read)(luob_field(struct rw_semaphore, global, sessions_rwsem));
	list_for_each(at, list)
		luob_walk_session(w, (char *)at - luob_fields.session_list);
}

static void luob_walk_flbs(struct luob_walker *w)
{
	void *global = luob_fields.flb_list == LUOB_NO_FIELD ? NULL : luob_symbol("luo_flb_global");
	struct rw_semaphore *lock = luob_symbol("luo_register_rwlock");
	struct luob_live_entry *e;
	struct list_head *at;
	u32 users;

	if (!global || !lock)
		return;
	guard(rwsem_read)(lock);
	list_for_each(at, luob_field(struct list_head, global, flb_list)) {
		void *flb = (char *)at - luob_fields.flb_link;

		users = refcount_read(luob_field(refcount_t, flb, flb_users));
		e = users ? luob_next(w, LUOB_LIVE_FLB) : NULL;
		if (!e)
			continue;
		strscpy(e->string, luob_field(char, flb, flb_name), sizeof(e->string));
		e->data = *luob_field(u64, flb, flb_data);
		e->size = users;
	}
}

static void luob_walk_driver(void *priv, const struct luo_bpf_driver_ser___v1 *blob,
			     const struct luo_bpf_driver *driver)
{
	struct luob_live_entry *e = luob_next(priv, LUOB_LIVE_DRIVER);

	if (!e)
		return;
	strscpy(e->name, driver->driver->name, sizeof(e->name));
	strscpy(e->string, blob->version, sizeof(e->string));
	strscpy(e->family, driver->format->family, sizeof(e->family));
	strscpy(e->layout, driver->format->layout, sizeof(e->layout));
	e->token = blob->address;
	e->data = blob->data;
	e->size = blob->size;
	luob_hw__read(&e->hw, &blob->hw);
}

static void luob_walk_device(void *priv, const struct luo_bpf_pci_dev___v2 *dev)
{
	struct luob_live_entry *e = luob_next(priv, LUOB_LIVE_DEVICE);

	if (!e)
		return;
	strscpy(e->name, dev->driver, sizeof(e->name));
	strscpy(e->string, dev->override, sizeof(e->string));
	e->token = (u64)dev->domain << 16 | dev->bdf;
	e->hw.vendor = dev->vendor;
	e->hw.device = dev->device;
	e->hw.subvendor = dev->subvendor;
	e->hw.subdevice = dev->subdevice;
	e->hw.class = dev->class;
}

static int luob_walk_root(struct luob_walker *w, const void *page)
{
	struct luob_kho_root *root = kvzalloc(sizeof(*root), GFP_KERNEL);
	struct luob_live_entry *e;
	struct luob_fault f;
	int err = -ENOMEM;
	u32 i;

	if (root)
		err = luob_kho_root__parse(root, page, &f);
	for (i = 0; !err && i < root->nr_subtrees; i++) {
		e = luob_next(w, LUOB_LIVE_SUBTREE);
		if (!e)
			continue;
		strscpy(e->name, root->subtrees[i].name, sizeof(e->name));
		e->data = root->subtrees[i].pa;
		e->size = root->subtrees[i].size;
		/* Ours says itself which version it is. */
		if (!strcmp(e->name, LUO_BPF_PCI_SUBTREE) ||
		    !strcmp(e->name, LUO_BPF_DRIVERS_SUBTREE))
			strscpy(e->string, phys_to_virt(e->data),
				sizeof_field(struct luo_bpf_pci___v2, compatible));
	}
	kvfree(root);
	return err;
}

/**
 * luob_live_walk - List what the next kernel would be handed.
 * @entries: Result.
 * @max:     Room in @entries.
 * @nr:      How many there are, which may be more.
 *
 * Context: Process context, may sleep; luob_mutex is held. Takes LUO's locks, so not inside
 *          of a freeze.
 * Return: 0; -ENOENT if this kernel has no live update or it is switched off.
 */
int luob_live_walk(struct luob_live_entry *entries, u32 max, u32 *nr)
{
	struct luob_walker w = { .entries = entries, .max = max };
	void *page;
	int err;

	err = luob_private_find();
	if (err)
		return err;
	page = luob_root_page();
	if (!page)
		return -ENOENT;
	err = luob_walk_root(&w, page);
	luob_walk_sessions(&w);
	luob_walk_flbs(&w);
	luob_pci_each(luob_walk_device, &w);
	luob_drivers_each(luob_walk_driver, &w);
	*nr = w.nr;
	return err;
}
