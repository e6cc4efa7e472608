// SPDX-License-Identifier: GPL-2.0-only
/*
 * No kernel exports libfdt: the tree's own sources, for this module. They do not
 * clash with the kernel's copies, whose names are not visible here.
 */
#include <linux/libfdt_env.h>
#include "fdt.c"
#include "fdt_ro.c"
#include "fdt_wip.c"
#include "fdt_sw.c"
#include "fdt_strerror.c"

/*
 * Kernels leave fdt_check.c out. The trees checked here are this kernel's own, so
 * what it is for is a root that is damaged: every tag, name and property is walked.
 */
int fdt_check_full(const void *fdt, size_t bufsize)
{
	int off = 0, next = 0, depth = 0, len, err;
	const char *name;
	uint32_t tag;

	if (bufsize < FDT_V1_SIZE)
		return -FDT_ERR_TRUNCATED;
	err = fdt_check_header(fdt);
	if (err)
		return err;
	if (fdt_totalsize(fdt) > bufsize)
		return -FDT_ERR_TRUNCATED;
	do {
		off = next;
		tag = fdt_next_tag(fdt, off, &next);
		if (next < 0)
			return next;
		if (tag == FDT_BEGIN_NODE && !fdt_get_name(fdt, off, &len))
			return len;
		if (tag == FDT_PROP && !fdt_getprop_by_offset(fdt, off, &name, &len))
			return len;
		depth += tag == FDT_BEGIN_NODE ? 1 : tag == FDT_END_NODE ? -1 : 0;
		if (depth < 0)
			return -FDT_ERR_BADSTRUCTURE;
	} while (tag != FDT_END);
	return depth ? -FDT_ERR_BADSTRUCTURE : 0;
}
