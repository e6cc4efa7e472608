/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A translator or acceptor as it lies on disk: ELF, BTF, identity, bytecode. */
#ifndef LUO_LIB_OBJECT_H
#define LUO_LIB_OBJECT_H

#include "core/tx.h"
#include "lib/types.h"
#include "vm/vm.h"

struct luo_object;

int luo_object__open(struct luo_object **obj, const char *path, const struct vm_call *calls,
		     size_t nr_calls, char *msg, size_t msg_size);
void luo_object__free(struct luo_object *obj);
const char *luo_object__path(const struct luo_object *obj);
const void *luo_object__bytes(const struct luo_object *obj, size_t *size);
const struct luob_prog *luo_object__prog(const struct luo_object *obj);
const struct vm_prog *luo_object__vm_prog(const struct luo_object *obj);
const struct bpf_insn *luo_object__insns(const struct luo_object *obj, size_t *nr);
int luo_object__set_insns(struct luo_object *obj, const struct bpf_insn *insns, size_t nr, char *msg,
			  size_t msg_size);
const char *luo_object__call(const struct luo_object *obj, __u32 nr);
struct luo_types *luo_object__types(const struct luo_object *obj);
bool luo_loss__names(const char *tag, const char *type, const char *field);
const char *luo_object__next_loss(const struct luo_object *obj, const char *prev);
const char *luo_object__statement(const struct luo_object *obj, const char *word,
				  const char *prev);
const char *luo_object__author(const struct luo_object *obj);
const char *luo_object__licence(const struct luo_object *obj);
const char *luo_object__rule(const struct luo_object *obj, __u64 rule);
const void *luo_object__rodata(const struct luo_object *obj, size_t *size);
bool luo_object__set_config(struct luo_object *obj, const char *name, __u32 value);

#endif /* LUO_LIB_OBJECT_H */
