/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* All ordered pairs of some kernels: the plan of each, and the evidence that there is. */
#ifndef LUO_LIB_MATRIX_H
#define LUO_LIB_MATRIX_H

#include "lib/evidence.h"
#include "lib/plan.h"

/**
 * struct luo_cell - one pair of kernels
 * @plan:	what leads from the one to the other
 * @covered:	by enum luo_evidence_kind: the evidence holds for all steps of the plan, with
 *		the objects as they are now. What needs no object is covered by verification
 *		and round trip
 * @last:	by enum luo_evidence_kind: the latest fact that fits, which may be a failure;
 *		NULL for none. Not owned
 */
struct luo_cell {
	struct luo_plan plan;
	bool covered[LUO_NR_EVIDENCE];
	const struct luo_evidence *last[LUO_NR_EVIDENCE];
};

/* @cells: of @nr * @nr; the diagonal is empty. */
struct luo_matrix {
	const struct luo_planner *planner;
	struct luo_profile **profiles;
	size_t nr;
	struct luo_cell *cells;
};

int luo_matrix__make(struct luo_matrix *m, const struct luo_planner *p,
		     struct luo_profile **profiles, size_t nr,
		     const struct luo_evidences *evidence);
void luo_matrix__free(struct luo_matrix *m);
const struct luo_cell *luo_matrix__cell(const struct luo_matrix *m, size_t from, size_t to);
bool luo_planner__fits(const struct luo_planner *p, const struct luo_evidence *e);

#endif /* LUO_LIB_MATRIX_H */
