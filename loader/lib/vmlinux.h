/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is inside of a kernel: its BTF, words, and the handlers that it registers. */
#ifndef LUO_LIB_VMLINUX_H
#define LUO_LIB_VMLINUX_H

#include <bpf/btf.h>
#include <stdbool.h>

#define VMLINUX_STRING	48	/* struct liveupdate_file_handler.compatible */

struct vmlinux;
struct luo_bpf_driver_format;

/* Who hands something over: an object of the kernel, or of one of its modules. */
enum vmlinux_kind {
	VMLINUX_FILE,		/* struct liveupdate_file_handler */
	VMLINUX_FLB,		/* struct liveupdate_flb */
	VMLINUX_DECLARED,	/* an entry of .liveupdate_versions */
};

/* One of them: gets its version string, and the address of the object. Nonzero ends it. */
typedef int vmlinux_handler_fn(void *priv, enum vmlinux_kind kind, const char *string,
			       __u64 addr);

int vmlinux__open(struct vmlinux **k, const char *path, char *msg, size_t msg_size);
int vmlinux__open_bytes(struct vmlinux **k, const void *data, size_t size, char *msg,
			size_t msg_size);
void vmlinux__close(struct vmlinux *k);
int vmlinux__btf(struct vmlinux *k, struct btf **btf, char *msg, size_t msg_size);
bool vmlinux__has_word(const struct vmlinux *k, const char *word);
bool vmlinux__has_string(const struct vmlinux *k, const char *string);
int vmlinux__each_string(const struct vmlinux *k, int (*take)(void *priv, const char *string),
			 void *priv);
int vmlinux__each_handler(const struct vmlinux *k, vmlinux_handler_fn *take, void *priv);
int vmlinux__each_driver(const struct vmlinux *k,
			 int (*take)(void *priv, const struct luo_bpf_driver_format *f),
			 void *priv);
bool vmlinux__imports(const struct vmlinux *k, const char *symbol);

#endif /* LUO_LIB_VMLINUX_H */
