// SPDX-License-Identifier: GPL-2.0-only
/* Pairs for luo-load diff that no kernel has: what only tags say. */
#include "abi/tags.h"

struct sorted___a {
	__u32 nr;
} __luo_sorted("domain, bdf");

struct sorted___b {
	__u32 nr;
};

struct sized___a {
	__u64 base[6] __luo_config(CONFIG_PCI_IOV);
};

struct sized___b {
	__u64 base[4] __luo_config(CONFIG_PCI_IOV);
};

struct means___a {
	__u32 count __luo_tag("meaning entries");
} __luo_tag("meaning one per device");

struct means___b {
	__u32 count __luo_tag("meaning bytes");
} __luo_tag("meaning one per bus");

struct pointer___a {
	__u64 token;
	__u16 first : 3;
	__u16 second : 13;
};

struct pointer___b {
	void *token;
	__u16 second : 13;
	__u16 first : 3;
};

struct {
	struct sorted___a sorted_a;
	struct sorted___b sorted_b;
	struct sized___a sized_a;
	struct sized___b sized_b;
	struct means___a means_a;
	struct means___b means_b;
	struct pointer___a pointer_a;
	struct pointer___b pointer_b;
} all;
