// SPDX-License-Identifier: GPL-2.0-only
/* What the module says goes to the log and stays readable: /dev/luo_bpf gives the last of it. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/spinlock.h>

#include "luo_bpf.h"

#define LUOB_LINE	320

static DEFINE_SPINLOCK(luob_say_lock);
static char luob_text[8192];
static size_t luob_text_len;

/* A line. What does not fit any more is in the log only. */
void luob_say(const char *fmt, ...)
{
	char line[LUOB_LINE];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	n = vscnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	pr_info("%s\n", line);
	line[n++] = '\n';
	guard(spinlock)(&luob_say_lock);
	if (n > sizeof(luob_text) - luob_text_len)
		return;
	memcpy(luob_text + luob_text_len, line, n);
	luob_text_len += n;
}

void luob_say_clear(void)
{
	guard(spinlock)(&luob_say_lock);
	luob_text_len = 0;
}

/* Return: bytes put into @buf. */
ssize_t luob_said(char *buf, size_t size)
{
	guard(spinlock)(&luob_say_lock);
	size = min(size, luob_text_len);
	memcpy(buf, luob_text, size);
	return size;
}
