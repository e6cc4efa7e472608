// SPDX-License-Identifier: GPL-2.0-only
/*
 * killat N PROGRAM [ARGUMENT...] - kills a program at the Nth system call that leaves
 * something behind when it dies
 *
 * Before the call runs: N + 1 is right behind call N. Exits with 0 when it was killed, 1 when
 * it came to its end first. What a dying process gives back by itself doesn't count: memory,
 * files, programs and maps that nothing has pinned.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static bool counts(const struct user_regs_struct *regs)
{
	switch (regs->orig_rax) {
	case SYS_bpf:
		switch (regs->rdi) {
		case BPF_MAP_UPDATE_ELEM: case BPF_MAP_FREEZE: case BPF_OBJ_PIN:
		case BPF_LINK_CREATE: case BPF_LINK_UPDATE: case BPF_LINK_DETACH:
			return true;
		}
		return false;
	case SYS_ioctl: case SYS_mkdir: case SYS_mkdirat: case SYS_unlink: case SYS_unlinkat:
	case SYS_rename: case SYS_renameat2: case SYS_rmdir: case SYS_kexec_file_load:
	case SYS_reboot: case SYS_exit_group:
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	struct user_regs_struct regs;
	int n, status, calls = 0;
	bool entry = true;
	pid_t pid;

	if (argc < 3)
		return 2;
	n = atoi(argv[1]);
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	while (!ptrace(PTRACE_SYSCALL, pid, NULL, NULL) && waitpid(pid, &status, 0) == pid) {
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			printf("# came to its end after %d calls\n", calls);
			return 1;
		}
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue;
		if (entry && !ptrace(PTRACE_GETREGS, pid, NULL, &regs) && counts(&regs) &&
		    ++calls == n) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return 0;
		}
		entry = !entry;
	}
	return 1;
}
