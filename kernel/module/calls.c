// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The calls of the translator contract as kfuncs
 *
 * contract.h is the list, core/calls.c the definition, here they are registered.
 * Only struct_ops programs can use them, and only with the transaction that they
 * were called with, because nothing else has a pointer to &struct luo_tx.
 */

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#include "luo_bpf.h"

/* 6.19 has to be told what is the rule since then. */
#ifndef KF_TRUSTED_ARGS
#define KF_TRUSTED_ARGS 0
#endif

/*
 * Windows may be NULL. What issues a token or puts something on the worklist can
 * allocate, and says so although translators are sleepable anyway.
 */
#define LUOB_FLAGS_luob_ref	KF_SLEEPABLE
#define LUOB_FLAGS_luob_in	KF_RET_NULL
#define LUOB_FLAGS_luob_out	KF_RET_NULL
#define LUOB_FLAGS_luob_size	0
#define LUOB_FLAGS_luob_new	KF_SLEEPABLE
#define LUOB_FLAGS_luob_move	KF_SLEEPABLE
#define LUOB_FLAGS_luob_link	KF_SLEEPABLE
#define LUOB_FLAGS_luob_drop	KF_SLEEPABLE
#define LUOB_FLAGS_luob_child	KF_SLEEPABLE
#define LUOB_FLAGS_luob_lookup	KF_SLEEPABLE
#define LUOB_FLAGS_luob_gather	KF_SLEEPABLE
#define LUOB_FLAGS_luob_refuse	0

#define LUOB_ID_(ret, name, args) BTF_ID_FLAGS(func, name, KF_TRUSTED_ARGS | LUOB_FLAGS_##name)
BTF_KFUNCS_START(luob_kfunc_ids)
LUOB_CALLS(LUOB_ID_)
BTF_KFUNCS_END(luob_kfunc_ids)

static const struct btf_kfunc_id_set luob_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &luob_kfunc_ids,
};

/**
 * luob_calls_register - Let struct_ops programs use the calls.
 *
 * The kernel forgets them with the module's BTF, that is when it is unloaded.
 *
 * Context: Module initialisation.
 * Return: 0 on success, or the errno of the registration. Also 0 when kernel or
 *         module have no BTF, see luob_translator_register().
 */
int luob_calls_register(void)
{
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &luob_kfunc_set);
}
