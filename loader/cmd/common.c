// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

struct luo_cmd_opts cmd_opts;

/* Next code point of a string, or -1 for a byte that is not UTF-8. */
long cmd_char(const char *text, size_t len, size_t *used)
{
	const unsigned char *p = (const unsigned char *)text;
	static const long least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	long c = n == 1 ? *p : n ? *p & (0xff >> (n + 1)) : 0;
	size_t i;

	*used = 1;
	if (!n || n > len)
		return -1;
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return -1;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || c >> 11 == 0x1b)
		return -1;
	*used = n;
	return c;
}

/*
 * Control characters would let a hostile file write to the terminal, and what is not
 * UTF-8 would break JSON.
 */
void cmd_clean(char *text)
{
	size_t used;
	long c;

	for (; *text; text += used) {
		c = cmd_char(text, strlen(text), &used);
		if (c < ' ' || (c >= 127 && c < 0xa0))
			memset(text, '?', used);
	}
}

/* Words of objects and files, for the terminal. */
void cmd_put(const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cmd_clean(text);
	fputs(text, stdout);
}

int cmd_error(enum luo_exit code, const char *subject, const char *fmt, ...)
{
	char text[1024] = "";
	size_t len = 0;
	va_list ap;

	if (subject && *subject)
		len = snprintf(text, sizeof(text), "%.500s: ", subject);
	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
	cmd_clean(text);
	if (cmd_opts.json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "error", json_object_new_string(text));
		json_object_object_add(o, "exit", json_object_new_int(code));
		cmd_json(o);
	} else {
		fprintf(stderr, "luo-load: %s\n", text);
	}
	return code;
}

int cmd_option_error(const char *command, int c, char **argv)
{
	if (c == ':')
		return cmd_error(LUO_EXIT_USAGE, command, "option '%s' needs an argument",
				 argv[optind - 1]);
	return cmd_error(LUO_EXIT_USAGE, command, "unknown option '%s'; see luo-load %s --help",
			 argv[optind - 1], command);
}

int cmd_no_arguments(int argc, char **argv, const char *usage)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, ":jh", options, NULL)) >= 0) {
		switch (c) {
		case 'j': cmd_opts.json = true; break;
		case 'h': fputs(usage, stdout); return -1;
		default: return cmd_option_error(argv[0], c, argv);
		}
	}
	return optind == argc ? 0 :
	       cmd_error(LUO_EXIT_USAGE, argv[0], "takes no arguments, and there is '%s'; see "
			 "luo-load %s --help", argv[optind], argv[0]);
}

void cmd_warn(const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cmd_clean(text);
	fprintf(stderr, "luo-load: warning: %s\n", text);
}

/* Prints and releases. */
void cmd_json(struct json_object *obj)
{
	printf("%s\n", json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

/* Words of objects and files may be anything, which is no JSON. */
void cmd_json_add(struct json_object *o, const char *key, const char *value)
{
	char *text = strdup(value);

	if (text)
		cmd_clean(text);
	json_object_object_add(o, key, json_object_new_string(text ? text : ""));
	free(text);
}

const char *cmd_bytes(__u64 bytes, char *text, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double v = bytes;
	int i;

	for (i = 0; v >= 1024 && i < 4; i++)
		v /= 1024;
	if (!i || v == (__u64)v)
		snprintf(text, size, "%llu %s", (unsigned long long)v, units[i]);
	else
		snprintf(text, size, "%.1f %s", v, units[i]);
	return text;
}

const char *cmd_time(__u64 ns, char *text, size_t size)
{
	if (ns >= 1000000000)
		snprintf(text, size, "%.2f s", ns / 1e9);
	else if (ns >= 1000000)
		snprintf(text, size, "%.1f ms", ns / 1e6);
	else
		snprintf(text, size, "%.1f us", ns / 1e3);
	return text;
}

const char *cmd_style(enum cmd_style style)
{
	static const char *const codes[] = {
		"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[33m",
	};

	return cmd_opts.color ? codes[style] : "";
}
