/* SPDX-License-Identifier: GPL-2.0-only */
/* What depends on the architecture: x86-64 only. */
#ifndef LUO_BPF_ARCH_H
#define LUO_BPF_ARCH_H

#include <asm/page.h>

#ifndef CONFIG_X86_64
#error "luo_bpf.ko is for x86-64"
#endif

/* The kernel's own data, as opposed to memory that was allocated. */
static inline bool luob_is_kernel_image(const void *p)
{
	return (unsigned long)p >= __START_KERNEL_map;
}

#endif /* LUO_BPF_ARCH_H */
