// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold OBJECT - attaches an object with libbpf and nothing else, and keeps it attached
 *
 * What anybody can do who may load BPF programs: attached is not armed.
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct bpf_object *obj = argc > 1 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_link *link = NULL;
	struct bpf_map *map;

	if (!obj || bpf_object__load(obj))
		return 1;
	bpf_object__for_each_map(map, obj)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			link = bpf_map__attach_struct_ops(map);
	if (!link)
		return 1;
	if (fork())
		return 0;
	for (;;)
		pause();
}
