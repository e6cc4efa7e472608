/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of luo-load matrix. */
#ifndef LUO_CMD_MATRIX_H
#define LUO_CMD_MATRIX_H

#include "cmd/evidence.h"
#include "cmd/kernels.h"
#include "lib/policy.h"

/**
 * struct matrix - what is shown
 * @kernels:	and objects
 * @table:	of them
 * @evidence:	all facts that were read
 * @policy:	NULL for none
 * @result:	of @policy
 */
struct matrix {
	struct cmd_kernels kernels;
	struct luo_matrix table;
	struct luo_evidences evidence;
	struct luo_policy *policy;
	struct luo_policy_result result;
};

/* matrix_json.c */
void matrix_json(const struct matrix *m, int code);
/* matrix_text.c */
void matrix_text(const struct matrix *m);

#endif /* LUO_CMD_MATRIX_H */
