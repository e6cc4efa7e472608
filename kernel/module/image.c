// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The image that is jumped into
 *
 * What was checked holds for one kernel with one initrd and one command line. Their
 * digests came with the arming; what kexec_file_load(2) loads meanwhile is digested
 * while its buffers are still there, and the gate looks whether it is the image that
 * is about to run. Crash images are nobody's next kernel and are ignored.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <crypto/sha2.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/string.h>

#include "armed.h"
#include "luo_bpf.h"
#include "private.h"

static bool luob_same(const void *data, size_t size, const u8 *want)
{
	u8 digest[SHA256_DIGEST_SIZE];

	sha256(data, size, digest);
	return !memcmp(digest, want, sizeof(digest));
}

static const char *luob_difference(const struct kimage *image, const struct luob_blob_head *h)
{
	size_t len = image->cmdline_buf_len;

	/* The length counts the NUL, if there is a command line at all. */
	if (len && !image->cmdline_buf[len - 1])
		len--;
	if (!luob_same(image->kernel_buf, image->kernel_buf_len, h->kernel))
		return "kernel";
	if (!luob_same(image->initrd_buf, image->initrd_buf_len, h->initrd))
		return "initrd";
	if (!luob_same(image->cmdline_buf, len, h->cmdline))
		return "command line";
	return NULL;
}

/**
 * luob_image_loaded - See what has been loaded.
 * @image: With its buffers.
 *
 * Context: kexec_file_load(2), may sleep.
 */
void luob_image_loaded(const struct kimage *image)
{
	const char *what = NULL;
	struct luob_armed *a;

	if (image->type == KEXEC_TYPE_CRASH)
		return;
	mutex_lock(&luob_mutex);
	a = luob_state;
	if (a) {
		if (a->blob.head->has_image)
			what = luob_difference(image, a->blob.head);
		a->kimage = image;
		a->image = what ? LUOB_IMAGE_OTHER : LUOB_IMAGE_MATCHES;
		if (what)
			luob_say("an image with another %s was loaded: arm again, or load the one "
				 "that was armed", what);
	}
	mutex_unlock(&luob_mutex);
}

/**
 * luob_image_check - Whether the image that would run now is the right one.
 * @a: Armed state.
 *
 * Context: The gate.
 * Return: 0, or -EINVAL; the status tells why.
 */
int luob_image_check(struct luob_armed *a)
{
	void **image = luob_symbol("kexec_image");
	struct luob_fault f;
	u64 fdt;

	if (!image || !*image) {
		luob_fault__rule(&f, "IMAGE_MISSING", "no image is loaded");
	} else if (memcpy(&fdt, luob_field(u64, *image, kimage_kho_fdt), sizeof(fdt)),
		   fdt != virt_to_phys(a->root_page)) {
		luob_fault__rule(&f, "IMAGE_WITHOUT_KHO", "the image was not loaded by "
							  "kexec_file_load(2), which alone hands "
							  "state over");
	} else if (a->image == LUOB_IMAGE_NONE || *image != a->kimage) {
		luob_fault__rule(&f, "IMAGE_UNKNOWN", "the image was not loaded after arming: "
						      "nobody knows what it is");
	} else if (a->image == LUOB_IMAGE_OTHER) {
		luob_fault__rule(&f, "IMAGE_CHANGED", "kernel, initrd or command line are not "
						      "those that were armed");
	} else {
		return 0;
	}
	luob_results_fault(&f);
	return -EINVAL;
}
