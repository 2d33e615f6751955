/*
 * The end of all that descends from this process, where no pid namespace ends it.
 */
#include "init.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t parent_of(pid_t pid)
{
	char path[32], text[512], *after;
	ssize_t got;

	format(path, sizeof path, "/proc/%d/stat", pid);
	got = file_read(path, text, sizeof text - 1);
	if (got <= 0)
		return 0;
	text[got] = 0;
	/* `PID (NAME) STATE PPID`, and a name may hold anything: the last parenthesis counts. */
	after = strrchr(text, ')');
	return after && strlen(after) > 4 ? atoi(after + 4) : 0;
}

/*
 * Without a pid namespace, being a subreaper makes every orphan our child: kill the children, reap them,
 * and those whom that orphans come next, until there are none.
 */
void descendants_kill(void)
{
	do {
		DIR *all = opendir("/proc");
		struct dirent *entry;

		while (all && (entry = readdir(all))) {
			pid_t pid = atoi(entry->d_name);
			if (pid > 0 && parent_of(pid) == getpid())
				kill(pid, SIGKILL);
		}
		if (all)
			closedir(all);
	} while (waitpid(-1, NULL, 0) > 0);
}
