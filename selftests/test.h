/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * TAP for unit tests, one program per file of selftests/unit:
 *
 *	static void empty_map(void)
 *	{
 *		if (!CHECK(map_open(&m) == 0, "opens"))
 *			return;
 *		CHECK_EQ(map_count(&m), 0, "holds nothing");
 *	}
 *
 *	int main(void)
 *	{
 *		RUN(empty_map);
 *		return test_end();
 *	}
 *
 * Each CHECK is one result, its name is printf() text and what it yields is whether it
 * held. SKIP("reason") is a result too: the reason is shown and counted.
 */
#ifndef LUO_TEST_H
#define LUO_TEST_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
	const char *name;	/* of the function that runs */
	unsigned int count, failed;
} test_state;

#define RUN(fn)								\
	do {								\
		test_state.name = #fn;					\
		fn();							\
	} while (0)

#define CHECK(cond, ...)						\
	test_result(cond, __FILE__, __LINE__, #cond, __VA_ARGS__)

/* For integers: a failure shows both. */
#define CHECK_EQ(have, want, ...)					\
	test_equal((uint64_t)(have), (uint64_t)(want), __FILE__, __LINE__, #have, __VA_ARGS__)

/* For strings: a failure shows both, and NULL equals nothing. */
#define CHECK_STR(have, want, ...)					\
	test_same(have, want, __FILE__, __LINE__, #have, __VA_ARGS__)

#define SKIP(...)	test_skip(__VA_ARGS__)

static inline void test_line(bool ok, const char *sign, const char *fmt, va_list ap)
{
	if (!test_state.count++)
		setvbuf(stdout, NULL, _IOLBF, 0);	/* a crash must not take results along */
	if (!ok)
		test_state.failed++;
	printf("%sok %u - %s%s", ok ? "" : "not ", test_state.count,
	       test_state.name ? test_state.name : "main", sign);
	vprintf(fmt, ap);
	putchar('\n');
}

static inline __attribute__((format(printf, 5, 6)))
bool test_result(bool ok, const char *file, int line, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	test_line(ok, ": ", fmt, ap);
	va_end(ap);
	if (!ok)
		printf("#   %s:%d: %s\n", file, line, what);
	return ok;
}

static inline __attribute__((format(printf, 6, 7)))
bool test_equal(uint64_t have, uint64_t want, const char *file, int line, const char *what,
		const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	test_line(have == want, ": ", fmt, ap);
	va_end(ap);
	if (have != want)
		printf("#   %s:%d: %s is %" PRId64 " (0x%" PRIx64 "), not %" PRId64 " (0x%"
		       PRIx64 ")\n", file, line, what, (int64_t)have, have, (int64_t)want, want);
	return have == want;
}

static inline __attribute__((format(printf, 6, 7)))
bool test_same(const char *have, const char *want, const char *file, int line, const char *what,
	       const char *fmt, ...)
{
	bool ok = have && want && !strcmp(have, want);
	va_list ap;

	va_start(ap, fmt);
	test_line(ok, ": ", fmt, ap);
	va_end(ap);
	if (!ok)
		printf("#   %s:%d: %s is \"%s\", not \"%s\"\n", file, line, what,
		       have ? have : "(null)", want ? want : "(null)");
	return ok;
}

static inline __attribute__((format(printf, 1, 2)))
void test_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	test_line(true, " # SKIP ", fmt, ap);
	va_end(ap);
}

/* What main() returns. The plan tells the runner when a run was cut short. */
static inline int test_end(void)
{
	printf("1..%u\n", test_state.count);
	return test_state.failed != 0;
}

#endif
