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

static const struct luo_bpf_report___v3 *luob_find_report(const struct luob_kho_root *root)
{
	const struct luo_bpf_report___v3 *r;
	u32 i;

	for (i = 0; i < root->nr_subtrees; i++) {
		if (strcmp(root->subtrees[i].name, LUO_BPF_SUBTREE) ||
		    root->subtrees[i].size != sizeof(*r) || offset_in_page(root->subtrees[i].pa) ||
		    !pfn_valid(PHYS_PFN(root->subtrees[i].pa)))
			continue;
		r = phys_to_virt(root->subtrees[i].pa);
		return strcmp(r->compatible, LUO_BPF_REPORT) ? NULL : r;
	}
	return NULL;
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
	const struct luo_bpf_report___v3 *r = NULL;
	struct luob_kho_root *root;
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
		r = luob_find_report(root);
	if (r)
		*to = *r;
	kvfree(root);
	return r ? 0 : -ENOENT;
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
