// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Fields that LUO writes last
 *
 * The last luo_file_freeze() is the last point where a failure can be unwound, but
 * three things are not written yet: the name of that session, and what makes the
 * sessions reachable - the count in the session header (luo-v1) or the address of
 * the first block (luo-v5). They are known, so they are written early, exactly as
 * LUO will write them again a moment later. After a veto they are put back: LUO
 * clears names itself when it unwinds, the rest is as it was.
 */

#include <linux/io.h>
#include <linux/string.h>

#include "../abi/kho.h"
#include "../abi/luo.h"
#include "luo_bpf.h"

static const struct luob_subtree *luob_luo_subtree(const struct luob_kho_root *root)
{
	u32 i;

	for (i = 0; i < root->nr_subtrees; i++)
		if (!strcmp(root->subtrees[i].name, LUO_SUBTREE))
			return &root->subtrees[i];
	return NULL;
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
	if (live->first_entry && live->first_entry != head + 1)
		return NULL;
	return &head->count;
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
	u64 value = live->nr_sessions;

	if (!s)
		return -EOPNOTSUPP;
	ser = phys_to_virt(s->pa);
	if (!fdt_check_header(ser)) {
		live->count = luob_live_header(live, ser);
	} else if (!strcmp(ser->compatible, "luo-v5")) {
		live->count = &ser->sessions_pa;
		value = live->first_entry ?
			virt_to_phys(live->first_entry) & ~(KHO_PAGE_SIZE - 1) : 0;
	}
	if (!live->count)
		return -EOPNOTSUPP;
	live->old_count = *live->count;
	*live->count = value;
	if (live->last_entry)
		strscpy((char *)live->last_entry, live->last_name, sizeof(live->last_name));
	live->filled = true;
	return 0;
}

/* Puts back what luob_live_fill() changed. */
void luob_live_undo(struct luob_live *live)
{
	if (!live->filled)
		return;
	*live->count = live->old_count;
	if (live->last_entry)
		memset(live->last_entry, 0, sizeof(live->last_name));
	live->filled = false;
}
