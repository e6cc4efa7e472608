// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the old kernel handed over
 *
 * The report of the kernel before lies behind a subtree of its root, in a page that
 * stays preserved: it is only read, so that it can be asked for again.
 */

#include <linux/io.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "../core/kho_root.h"
#include "../core/way.h"
#include "armed.h"
#include "luo_bpf.h"
#include "private.h"

static int luob_find_subtree(const struct luob_kho_root *root, const char *name,
			     struct luob_subtree *s)
{
	u32 i;

	for (i = 0; i < root->nr_subtrees; i++) {
		if (strcmp(root->subtrees[i].name, name))
			continue;
		*s = root->subtrees[i];
		return offset_in_page(s->pa) || !s->size || !pfn_valid(PHYS_PFN(s->pa)) ||
		       !pfn_valid(PHYS_PFN(s->pa + s->size - 1)) ? -ENOENT : 0;
	}
	return -ENOENT;
}

/**
 * luob_subtree_incoming - Where something of ours is that came with the state.
 * @name: Of its subtree.
 * @s:    Result; its memory stays preserved.
 *
 * Context: Process context, may sleep.
 * Return: 0; -ENOENT when this kernel was not handed any.
 */
int luob_subtree_incoming(const char *name, struct luob_subtree *s)
{
	struct luob_kho_root *root;
	int err = -ENOENT;
	struct luob_fault f;
	phys_addr_t pa;
	void *kho_in;

	if (luob_private_find())
		return -ENOENT;
	kho_in = luob_symbol("kho_in");
	pa = kho_in ? *luob_field(phys_addr_t, kho_in, kho_in_fdt) : 0;
	if (!pa)
		return -ENOENT;
	root = kvzalloc(sizeof(*root), GFP_KERNEL);
	if (!root)
		return -ENOMEM;
	if (!luob_kho_root__parse(root, phys_to_virt(pa), &f))
		err = luob_find_subtree(root, name, s);
	kvfree(root);
	return err;
}

/**
 * luob_report_incoming - The report that came with the state.
 * @to: Result.
 *
 * Context: Process context, may sleep.
 * Return: 0; -ENOENT when this kernel was not handed any.
 */
int luob_report_incoming(struct luo_bpf_report___v3 *to)
{
	const struct luo_bpf_report___v3 *r;
	struct luob_subtree s;

	if (luob_subtree_incoming(LUO_BPF_SUBTREE, &s) || s.size != sizeof(*r))
		return -ENOENT;
	r = phys_to_virt(s.pa);
	if (strcmp(r->compatible, LUO_BPF_REPORT))
		return -ENOENT;
	*to = *r;
	return 0;
}

/* The transaction's lock is held. */
static struct luob_way luob_former;

/**
 * luob_report_continue - Begin a report where the one that came with the state ends.
 * @r: Gets the number of its hop and the release that wrote the state first.
 *
 * Context: Process context, may sleep; the transaction's lock is held.
 */
void luob_report_continue(struct luo_bpf_report___v3 *r)
{
	struct luo_bpf_report___v3 *in = kvzalloc(sizeof(*in), GFP_KERNEL);
	bool has = in && !luob_report_incoming(in);

	luob_way__begin(&luob_former, r, has ? in : NULL, init_utsname()->release);
	kvfree(in);
}

/**
 * luob_report_hand_over - Write what the next kernel gets. Cannot fail.
 * @to: Its page.
 * @r: Report of the transaction.
 *
 * Context: The transaction's lock is held.
 */
void luob_report_hand_over(struct luo_bpf_report___v3 *to, const struct luo_bpf_report___v3 *r)
{
	luob_way__hand_over(&luob_former, r, to);
}
