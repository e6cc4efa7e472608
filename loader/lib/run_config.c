// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the operator knows about the target's configuration. Formats do not show
 * it, and it matters: a kernel without THP takes a state with large folios, and
 * corrupts them.
 */
#include "lib/run_int.h"
#include "lib/target_config.h"

/* Reads --target-config. */
enum luo_run_status luo_run__config(struct luo_run *run)
{
	struct luo_kconfig c = luo_kconfig_unknown;
	char subject[256] = "", msg[400] = "";
	int err = 0;

	if (run->opts->config)
		err = luo_target_config__read(run->opts->config, &c, subject, sizeof(subject), msg,
					      sizeof(msg));
	if (err == -ENOMEM)
		return luo_run__no_memory(run);
	if (err < 0)
		return luo_run__fail(run, LUO_RUN_USAGE, subject, "%s", msg);
	if (err)
		luo_run__warn(run, "%s", msg);
	run->thp = c.thp;
	run->deferred = c.deferred;
	return LUO_RUN_DONE;
}

/*
 * Tells the objects, before any of them runs. A profile or image of the target knows how it
 * was built; what the operator says comes first.
 */
void luo_run__set_config(struct luo_run *run)
{
	size_t i;

	if (run->thp == LUOB_UNKNOWN)
		run->thp = run->to->config.thp;
	if (run->deferred == LUOB_UNKNOWN)
		run->deferred = run->to->config.deferred;
	for (i = 0; i < run->objects.nr; i++)
		luo_object__set_config(run->objects.objects[i], "luo_config_thp", run->thp);
}
