/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which objects of a list are proved right, before any of them is used. */
#ifndef LUO_LIB_VERDICT_H
#define LUO_LIB_VERDICT_H

#include "lib/objects.h"
#include "verify/verify.h"

/**
 * struct luo_verdict - of one object
 * @verified:	proved, now or by the same verifier before
 * @judged:	@result is there: it was looked at now
 */
struct luo_verdict {
	bool verified;
	bool judged;
	struct verify_result result;
};

int luo_objects__judge(struct luo_objects *o, bool skip);
bool luo_objects__verified(const struct luo_objects *o, size_t i);
size_t luo_objects__unverified(const struct luo_objects *o, char *names, size_t size);
void luo_verdicts__free(struct luo_verdict *v, size_t nr);

#endif /* LUO_LIB_VERDICT_H */
