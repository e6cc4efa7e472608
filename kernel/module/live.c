// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Fields that LUO writes last
 *
 * The last luo_file_freeze() is the last point where a failure can be unwound, but
 * some things are not written yet: the name of that session, what makes the
 * sessions reachable - the count in the session header (luo-v1) or the address of
 * the first block (luo-v5) - and the table of FLBs (7.1 on). They are known, so they
 * are written early, exactly as LUO will write them again a moment later. After a
 * veto they are put back: LUO clears names itself when it unwinds, the rest is as
 * it was.
 */

#include <linux/bsearch.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/shmem_fs.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "../abi/kho.h"
#include "../abi/luo.h"
#include "arch.h"
#include "live.h"
#include "luo_bpf.h"
#include "private.h"

#define LUOB_NAME_MAX	sizeof_field(struct luo_session_ser___v5, name)

static void *luob_session_of(const struct luo_file_set *set)
{
	return (char *)set - luob_fields.session_set;
}

/* LUO writes a session's name right before its files. */
static char *luob_name_of(struct luo_file_set_ser *ser)
{
	return (char *)ser - LUOB_NAME_MAX;
}

/*
 * The list head is in the kernel image and sessions are in the direct map: a next
 * pointer into the image is the end of the list.
 */
bool luob_live_is_last(const struct luo_file_set *set)
{
	struct list_head *list = luob_field(struct list_head, luob_session_of(set), session_list);

	return luob_is_kernel_image(list->next);
}

/* Outgoing sessions. Read without LUO's lock: whoever adds one now is frozen too. */
long luob_live_nr_sessions(void)
{
	return READ_ONCE(*luob_field(long, luob_symbol("luo_session_global"), sessions_count));
}

static int luob_note_seals(struct luob_live *live, void *luo_file)
{
	struct file *file = *luob_field(struct file *, luo_file, file_file);
	struct luob_seals *s;

	if (!file || !shmem_file(file))
		return 0;
	s = luob_grow(live->seals, live->nr_seals, &live->cap_seals, sizeof(*s));
	if (!s)
		return -ENOMEM;
	live->seals = s;
	s += live->nr_seals++;
	s->data = *luob_field(u64, luo_file, file_data);
	s->seals = SHMEM_I(file_inode(file))->seals;
	live->sorted = false;
	return 0;
}

/**
 * luob_live_note - Remember a session that LUO has just frozen.
 * @live: What is remembered; zeroed before the first.
 * @set:  Its files.
 * @ser:  Where LUO has written them.
 *
 * Context: Inside the freeze; the session's mutex is held.
 * Return: 0, -ENOMEM.
 */
int luob_live_note(struct luob_live *live, struct luo_file_set *set, struct luo_file_set_ser *ser)
{
	struct list_head *files = luob_field(struct list_head, set, set_files), *at;
	struct luob_frozen *f;
	int err = 0;

	f = luob_grow(live->frozen, live->nr_frozen, &live->cap_frozen, sizeof(*f));
	if (!f)
		return -ENOMEM;
	live->frozen = f;
	f += live->nr_frozen++;
	f->set = set;
	f->ser = ser;
	list_for_each(at, files) {
		err = luob_note_seals(live, (char *)at - luob_fields.file_list);
		if (err)
			break;
	}
	return err;
}

static int luob_cmp_seals(const void *a, const void *b)
{
	const struct luob_seals *sa = a, *sb = b;

	return sa->data < sb->data ? -1 : sa->data > sb->data;
}

/* Seals of the memfd whose record is at @data. Return: 0, -ENOENT. */
int luob_live_seals(struct luob_live *live, u64 data, u64 *seals)
{
	struct luob_seals key = { .data = data }, *found;

	if (!live->sorted)
		sort(live->seals, live->nr_seals, sizeof(key), luob_cmp_seals, NULL);
	live->sorted = true;
	found = live->nr_seals ? bsearch(&key, live->seals, live->nr_seals, sizeof(key),
					 luob_cmp_seals) : NULL;
	if (!found)
		return -ENOENT;
	*seals = found->seals;
	return 0;
}

static const struct luob_subtree *luob_luo_subtree(const struct luob_kho_root *root)
{
	u32 i;

	for (i = 0; i < root->nr_subtrees; i++)
		if (!strcmp(root->subtrees[i].name, LUO_SUBTREE))
			return &root->subtrees[i];
	return NULL;
}

static void *luob_first_entry(const struct luob_live *live)
{
	return live->nr_frozen ? luob_name_of(live->frozen[0].ser) : NULL;
}

/* luo-v1: the header's count; the first entry has to be right behind it. */
static u64 *luob_live_header(struct luob_live *live, const void *fdt)
{
	int node = fdt_subnode_offset(fdt, 0, "luo-session"), len;
	const void *p = node < 0 ? NULL : fdt_getprop(fdt, node, "luo-session-header", &len);
	struct luo_session_header_ser___v1 *head;

	if (!p || len != sizeof(u64))
		return NULL;
	head = phys_to_virt(luob_get64(p));
	if (live->nr_frozen && luob_first_entry(live) != head + 1)
		return NULL;
	return &head->count;
}

static void *luob_flb_of(struct list_head *link)
{
	return (char *)link - luob_fields.flb_link;
}

/* As luo_flb_serialize() does it. */
static void luob_fill_flbs(struct luob_live *live)
{
	void *global = luob_fields.flb_list == LUOB_NO_FIELD ? NULL : luob_symbol("luo_flb_global");
	struct list_head *list, *at;
	struct luo_flb_header_ser *head;
	struct luo_flb_ser *ser;
	u32 users;

	if (!global)
		return;
	head = *luob_field(void *, global, flb_head);
	ser = *luob_field(void *, global, flb_entries);
	list = luob_field(struct list_head, global, flb_list);
	if (!head || !ser)
		return;
	list_for_each(at, list) {
		void *flb = luob_flb_of(at);

		users = refcount_read(luob_field(refcount_t, flb, flb_users));
		if (!users || live->nr_flbs == (KHO_PAGE_SIZE - sizeof(*head)) / sizeof(*ser))
			continue;
		strscpy(ser->name, luob_field(char, flb, flb_name), sizeof(ser->name));
		ser->data = *luob_field(u64, flb, flb_data);
		ser->count = users;
		ser++;
		live->nr_flbs++;
	}
	head->count = live->nr_flbs;
	live->flb_head = head;
}

/**
 * luob_live_fill - Write early what LUO is about to write.
 * @live: The sessions that have been frozen.
 * @root: The KHO root.
 *
 * Return: 0 on success, -EOPNOTSUPP if the LUO root has a form that is not known
 *         or the sessions are not where it says.
 */
int luob_live_fill(struct luob_live *live, const struct luob_kho_root *root)
{
	const struct luob_subtree *s = luob_luo_subtree(root);
	struct luo_ser___v5 *ser;
	u64 value = live->nr_frozen;
	struct luob_frozen *last;

	/* Without liveupdate=on there is no LUO root, and nothing to write. */
	if (!s)
		return live->nr_frozen ? -EOPNOTSUPP : 0;
	ser = phys_to_virt(s->pa);
	if (!fdt_check_header(ser)) {
		live->count = luob_live_header(live, ser);
	} else if (!strcmp(ser->compatible, "luo-v5")) {
		live->count = &ser->sessions_pa;
		value = live->nr_frozen ?
			virt_to_phys(luob_first_entry(live)) & ~(KHO_PAGE_SIZE - 1) : 0;
	}
	if (!live->count)
		return -EOPNOTSUPP;
	live->old_count = *live->count;
	*live->count = value;
	if (live->nr_frozen) {
		last = &live->frozen[live->nr_frozen - 1];
		strscpy(luob_name_of(last->ser),
			luob_field(char, luob_session_of(last->set), session_name), LUOB_NAME_MAX);
	}
	luob_fill_flbs(live);
	live->filled = true;
	return 0;
}

/* Puts back what luob_live_fill() changed. */
void luob_live_undo(struct luob_live *live)
{
	struct luo_flb_header_ser *head = live->flb_head;

	if (!live->filled)
		return;
	*live->count = live->old_count;
	if (live->nr_frozen)
		memset(luob_name_of(live->frozen[live->nr_frozen - 1].ser), 0, LUOB_NAME_MAX);
	if (head) {
		head->count = 0;
		memset(head + 1, 0, live->nr_flbs * sizeof(struct luo_flb_ser));
	}
	live->flb_head = NULL;
	live->nr_flbs = 0;
	live->filled = false;
}

void luob_live_free(struct luob_live *live)
{
	luob_free(live->frozen);
	luob_free(live->seals);
	memset(live, 0, sizeof(*live));
}

static const struct luob_frozen *luob_find_frozen(const struct luob_live *live, const void *session)
{
	size_t i;

	for (i = 0; i < live->nr_frozen; i++)
		if (luob_session_of(live->frozen[i].set) == session)
			return &live->frozen[i];
	return NULL;
}

/**
 * luob_live_unfreeze - Unfreeze all sessions behind LUO's back.
 * @live:     What was frozen.
 * @unfreeze: luo_file_unfreeze().
 *
 * 6.19 finalizes the memory map after the freeze, and when that fails it returns with
 * everything frozen. What luo_session_serialize() does on an error is repeated here.
 *
 * Context: LUO holds none of its locks.
 */
void luob_live_unfreeze(struct luob_live *live,
			void (*unfreeze)(struct luo_file_set *, struct luo_file_set_ser *))
{
	void *global = luob_symbol("luo_session_global");
	struct rw_semaphore *sem = luob_field(struct rw_semaphore, global, sessions_rwsem);
	struct list_head *list = luob_field(struct list_head, global, sessions_list), *at;
	const struct luob_frozen *f;

	down_write(sem);
	list_for_each_prev(at, list) {
		void *session = (char *)at - luob_fields.session_list;

		f = luob_find_frozen(live, session);
		if (!f)
			continue;
		mutex_lock(luob_field(struct mutex, session, session_mutex));
		unfreeze(f->set, f->ser);
		mutex_unlock(luob_field(struct mutex, session, session_mutex));
		memset(luob_name_of(f->ser), 0, LUOB_NAME_MAX);
	}
	up_write(sem);
}
