// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every structure of kernel/abi/, in the module's BTF: compilers keep the types of
 * what is used only. bpftool btf dump file /sys/kernel/btf/luo_bpf shows them.
 */
#include <linux/compiler.h>

#include "../abi/catalogue.h"

static const struct luo_catalogue luob_types __used __section(".init.rodata");
