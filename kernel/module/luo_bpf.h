/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LUO_BPF_MODULE_H
#define LUO_BPF_MODULE_H

#include <linux/types.h>

#include "../core/blob.h"
#include "../core/calls.h"

/*
 * struct luo_tx (core/tx.h) is what programs are called with. It has to have a
 * pointer among its members: for a structure of scalars alone the verifier takes
 * any memory of its size as an argument, also a window's, and a program could make
 * up a transaction.
 */

struct luo_file_set;
struct luo_file_set_ser;

/* translator.c: attached objects. */
int luob_translator_register(void);
const struct luo_translator *luob_translator_get(u32 map_id);
void luob_translator_put(const struct luo_translator *ops);

/* calls.c: kfuncs. */
int luob_calls_register(void);

/* hook.c: the two functions of LUO that are redirected while armed. */
int luob_hook_enable(void);
void luob_hook_disable(void);
void *luob_symbol(const char *name);

/* live.c: what LUO has not written yet when the last session is frozen. */
struct luob_live {
	void *first_entry;	/* struct luo_session_ser of the first session */
	void *last_entry;
	char last_name[64];
	u64 nr_sessions;
	u64 *count;		/* header or head of chain, filled early */
	u64 old_count;
	bool filled;
};

int luob_live_fill(struct luob_live *live, const struct luob_kho_root *root);
void luob_live_undo(struct luob_live *live);

/* transaction.c: armed state and the one transaction. */
int luob_arm(void *data, size_t size);
int luob_disarm(void);
int luob_gate(void);
int luob_session_frozen(struct luo_file_set *set, struct luo_file_set_ser *ser);
void luob_commit(void);
void luob_abort(void);
ssize_t luob_status(char *buf, size_t size);
int luob_transaction_init(void);
void luob_transaction_exit(void);
void luob_say(const char *fmt, ...) __printf(1, 2);

/* device.c */
int luob_device_register(void);
void luob_device_unregister(void);

#endif /* LUO_BPF_MODULE_H */
