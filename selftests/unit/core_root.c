// SPDX-License-Identifier: GPL-2.0-only
/* The KHO root FDT: what is built is read back, and what is not a root is refused. */
#include "abi/kho.h"
#include "core/kho_root.h"
#include "../test.h"

static char page[KHO_ROOT_SIZE];
static struct luob_fault fault;

static void make(struct luob_kho_root *root, const char *compatible, unsigned int nr)
{
	unsigned int i;

	memset(root, 0, sizeof(*root));
	root->format = luob_kho_format__find(compatible);
	root->map_pa = 0x123456789000;
	root->nr_subtrees = nr;
	for (i = 0; i < nr; i++) {
		sprintf(root->subtrees[i].name, "subtree-%u", i);
		root->subtrees[i].pa = 0x1000 * (i + 1);
		root->subtrees[i].size = 100 + i;
	}
}

static void round_trip(void)
{
	static const char *const versions[] = { "kho-v1", "kho-v3", "kho-v4" };
	struct luob_kho_root in, out;
	unsigned int v, i, wrong;

	for (v = 0; v < 3; v++) {
		make(&in, versions[v], 3);
		if (!CHECK_EQ(luob_kho_root__build(&in, page, &fault), 0,
			      "%s is built", versions[v]) ||
		    !CHECK_EQ(luob_kho_root__parse(&out, page, &fault), 0,
			      "%s is read", versions[v]))
			continue;
		wrong = strcmp(out.compatible, versions[v]) || out.map_pa != in.map_pa ||
			out.nr_subtrees != 3 || out.format != in.format;
		for (i = 0; i < 3; i++)
			wrong += strcmp(out.subtrees[i].name, in.subtrees[i].name) ||
				 out.subtrees[i].pa != in.subtrees[i].pa ||
				 out.subtrees[i].size != (v ? in.subtrees[i].size : 0);
		CHECK_EQ(wrong, 0, "%s: subtrees are the same, in their order", versions[v]);
	}
	CHECK(!luob_kho_format__find("kho-v2"), "kho-v2 was never released");
}

static void full(void)
{
	struct luob_kho_root root;
	unsigned int i;

	make(&root, "kho-v4", LUOB_MAX_SUBTREES);
	for (i = 0; i < LUOB_MAX_SUBTREES; i++)
		memset(root.subtrees[i].name + 7, 'x', 40);
	CHECK_EQ(luob_kho_root__build(&root, page, &fault), -EBADMSG,
		 "more subtrees than a page holds");
	make(&root, "kho-v4", 30);
	CHECK_EQ(luob_kho_root__build(&root, page, &fault), 0, "30 fit");
}

/* A root made with libfdt, with one thing different. */
struct variant {
	const char *compatible;
	int map_size;
	const char *extra;	/* property of the root */
	const char *extra_node;	/* in the subtree */
	bool sized;
	__u64 pa;
};

static int read_variant(const struct variant *v)
{
	struct luob_kho_root root;
	__u64 map = 0x5000, size = 32;

	memset(page, 0, sizeof(page));
	fdt_create(page, sizeof(page));
	fdt_finish_reservemap(page);
	fdt_begin_node(page, "");
	fdt_property_string(page, "compatible", v->compatible);
	if (v->map_size)
		fdt_property(page, "preserved-memory-map", &map, v->map_size);
	if (v->extra)
		fdt_property_string(page, v->extra, "x");
	fdt_begin_node(page, "LUO");
	fdt_property(page, "preserved-data", &v->pa, sizeof(v->pa));
	if (v->sized)
		fdt_property(page, "blob-size", &size, sizeof(size));
	if (v->extra_node) {
		fdt_begin_node(page, v->extra_node);
		fdt_end_node(page);
	}
	fdt_end_node(page);
	fdt_end_node(page);
	fdt_finish(page);
	return luob_kho_root__parse(&root, page, &fault);
}

static void variants(void)
{
	struct variant v = { "kho-v4", 8, NULL, NULL, true, 0x7000 };

	CHECK_EQ(read_variant(&v), 0, "as a kernel writes it");
	v.compatible = "kho-v5";
	CHECK_EQ(read_variant(&v), -EPROTONOSUPPORT, "another version");
	v.compatible = "kho-v4-and-much-more-than-that";
	CHECK_EQ(read_variant(&v), -EBADMSG, "a version that is too long");
	v = (struct variant){ "kho-v4", 4, NULL, NULL, true, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "a map of four bytes");
	v = (struct variant){ "kho-v4", 0, NULL, NULL, true, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "no map");
	v = (struct variant){ "kho-v4", 8, "model", NULL, true, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "an unknown property, which would be lost");
	v = (struct variant){ "kho-v4", 8, NULL, "child", true, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "a node in a subtree");
	v = (struct variant){ "kho-v4", 8, NULL, NULL, false, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "a subtree without a size");
	v = (struct variant){ "kho-v4", 8, NULL, NULL, true, 0 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "a subtree at address 0");
	v = (struct variant){ "kho-v1", 8, NULL, NULL, true, 0x7000 };
	CHECK_EQ(read_variant(&v), -EBADMSG, "kho-v1 with the properties of kho-v3");
	memset(page, 0xff, sizeof(page));
	CHECK_EQ(luob_kho_root__parse(&(struct luob_kho_root){}, page, &fault), -EBADMSG,
		 "no FDT at all");
}

int main(void)
{
	RUN(round_trip);
	RUN(full);
	RUN(variants);
	return test_end();
}
