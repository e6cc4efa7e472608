// SPDX-License-Identifier: GPL-2.0-only
/*
 * init - first process of the VM tests' guests. Static, and all the user space there is
 * beside the tests.
 *
 * Runs the lines of /commands, words separated by blanks:
 *	insmod FILE [PARAMETER...]	rmmod NAME
 *	write FILE WORD
 *	PROGRAM [ARGUMENT...]		started and waited for
 *	! COMMAND			the same, and has to fail by itself
 *	- COMMAND			the same, and may fail
 * and turns the machine off. Results go to the second serial port, so that no kernel
 * message falls into them; programs' errors go to the first one, the console. A command
 * that fails is a "not ok" line, and "# guest done" says that the end was reached.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MAX_WORDS	32
#define RMMOD_TRIES	100	/* of 0.1 s */

static const struct {
	const char *type, *dir;
} mounts[] = {
	{ "proc", "/proc" },
	{ "sysfs", "/sys" },
	{ "devtmpfs", "/dev" },
	{ "tmpfs", "/tmp" },
	{ "debugfs", "/sys/kernel/debug" },
	{ "tracefs", "/sys/kernel/tracing" },
	{ "bpf", "/sys/fs/bpf" },
};

/* A console that translates newlines or echoes would change what tests print. */
static int open_raw(const char *tty)
{
	int fd = open(tty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;

	if (fd < 0 || tcgetattr(fd, &t))
		return fd;
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

static int insmod(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	char params[1024] = "";
	size_t n = 0;
	int err;

	if (fd < 0)
		return -errno;
	for (args++; *args && n < sizeof(params); args++)
		n += snprintf(params + n, sizeof(params) - n, "%s ", *args);
	err = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return err;
}

static int write_word(const char *path, const char *word)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, word, strlen(word)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* The kernel frees programs some time after their last user: until then they hold a module. */
static int rmmod(const char *name, int max_tries)
{
	int tries;

	for (tries = 0; tries < max_tries; tries++) {
		if (!syscall(SYS_delete_module, name, O_NONBLOCK))
			return 0;
		if (errno != EAGAIN)
			break;
		usleep(100000);
	}
	return -errno;
}

/* Exit status of the program as a shell has it. */
static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		fprintf(stderr, "init: %s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Errors of init's own commands are negative. */
static int dispatch(char **words, int n, bool fails)
{
	if (n > 1 && !strcmp(words[0], "insmod"))
		return insmod(words + 1);
	if (n > 1 && !strcmp(words[0], "rmmod"))
		return rmmod(words[1], fails ? 1 : RMMOD_TRIES);
	if (n > 2 && !strcmp(words[0], "write"))
		return write_word(words[1], words[2]);
	return run(words);
}

static void command(char *line)
{
	char *all[MAX_WORDS + 1] = { NULL }, **words = all;
	bool fails = false, either = false;
	char *word, *save = NULL;
	int n = 0, result;

	for (word = strtok_r(line, " \n", &save); word && n < MAX_WORDS;
	     word = strtok_r(NULL, " \n", &save))
		words[n++] = word;
	if (n > 1 && (!strcmp(words[0], "!") || !strcmp(words[0], "-"))) {
		fails = *words[0] == '!';
		either = !fails;
		words++;
		n--;
	}
	if (!n)
		return;

	result = dispatch(words, n, fails);
	if (fails && result < 0)
		printf("# %s %s: %s, as expected\n", words[0], words[1], strerror(-result));
	/* 126 and more: it was not found or was killed, which is no answer. */
	if (fails)
		result = result && result < 126 ? 0 : result ? result : 1;
	if (either && result < 126)
		result = 0;

	if (result)
		printf("not ok - %s %s: %s%d\n", words[0], n > 1 ? words[1] : "",
		       result < 0 ? "error " : "exit status ", result);
}

int main(void)
{
	char line[4096];
	unsigned int i;
	FILE *f;
	int fd;

	for (i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		mkdir(mounts[i].dir, 0755);
		/* Not each kernel has each of them, and a test that needs one will say so. */
		mount(mounts[i].type, mounts[i].dir, mounts[i].type, 0, NULL);
	}

	fd = open_raw("/dev/ttyS1");
	if (fd >= 0)
		dup2(fd, STDOUT_FILENO);
	fd = open_raw("/dev/ttyS0");
	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
	setvbuf(stdout, NULL, _IOLBF, 0);
	setenv("PATH", "/bin", 1);
	/* Tests read what commands say on the console. */
	setenv("NO_COLOR", "1", 1);

	f = fopen("/commands", "re");
	while (f && fgets(line, sizeof(line), f))
		command(line);
	printf("# guest done\n");
	tcdrain(STDOUT_FILENO);
	sync();
	reboot(RB_AUTOBOOT);	/* QEMU runs with -no-reboot: this ends it */
	return 1;
}
