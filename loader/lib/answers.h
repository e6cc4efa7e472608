/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Answers to look-ups: facts about the old kernel's machine that a translator asks for,
 * from the snapshot's note or from a file.
 */
#ifndef LUO_LIB_ANSWERS_H
#define LUO_LIB_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

/* @record: address of the old record, 0 for what holds for the whole machine. */
struct luo_answer {
	__u64 kind;
	__u64 record;
	__u64 key;
	__u64 val;
};

struct luo_answers {
	struct luo_answer *list;
	size_t nr;
	size_t cap;
};

bool luo_answers__note(struct luo_answers *a, const char *line, int *err);
int luo_answers__read(struct luo_answers *a, const char *path, char *msg, size_t msg_size);
void luo_answers__ready(struct luo_answers *a);
int luo_answers__find(const struct luo_answers *a, __u64 kind, __u64 record, __u64 key,
		      __u64 *val);
void luo_answers__free(struct luo_answers *a);

#endif /* LUO_LIB_ANSWERS_H */
