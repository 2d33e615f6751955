/*
 * execve with the search of a shell. The C library's execvp would look at our own PATH, not at the
 * command's.
 */
#include "init.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* A script without `#!` is the shell's, as in every shell and in execvp(3). */
static void exec_file(const char *path, char *const *argv, char *const *env)
{
	size_t count = 0;

	execve(path, argv, env);
	if (errno != ENOEXEC)
		return;
	while (argv[count])
		count++;
	const char **shell = malloc((count + 2) * sizeof *shell);
	if (!shell)
		return;
	shell[0] = "sh";
	shell[1] = path;
	memcpy(shell + 2, argv + 1, count * sizeof *shell);
	execve("/bin/sh", (char *const *)shell, env);
	free(shell);
	errno = ENOEXEC;
}

static const char *path_of(char *const *env)
{
	for (; *env; env++)
		if (!strncmp(*env, "PATH=", 5))
			return *env + 5;
	return DEFAULT_PATH;
}

void command_exec(char *const *argv, char *const *env)
{
	const char *folder = path_of(env);
	int found = ENOENT;
	char path[PATH_MAX];

	if (!*argv[0]) {
		errno = ENOENT;
		return;
	}
	if (strchr(argv[0], '/')) {
		exec_file(argv[0], argv, env);
		return;
	}
	/* A file that is there and may not be run is remembered: 126 says more than 127. */
	for (;; folder++) {
		int length = strcspn(folder, ":");

		if (format(path, sizeof path, "%.*s%s%s", length, folder, length ? "/" : "./", argv[0]) <
		    (int)sizeof path) {
			exec_file(path, argv, env);
			if (errno != ENOENT && errno != ENOTDIR)
				found = errno;
			if (errno == E2BIG || errno == ENOMEM)
				break;
		}
		folder += length;
		if (!*folder)
			break;
	}
	errno = found;
}
