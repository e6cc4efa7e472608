// SPDX-License-Identifier: GPL-2.0-only
/* Brings a map. */
#include "luo_bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} bad_map SEC(".maps");

#include "v1_to_v5_moved.h"
