/* Node operations: a table of words, each one system call. Order and meaning are the caller's business. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int do_hostname(const struct record *r)
{
	return sethostname(field(r, 1), strlen(field(r, 1))) ? fail("sethostname", field(r, 1)) : 0;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int do_mount(const struct record *r)
{
	const char *source = or_null(field(r, 1)), *target = field(r, 2), *type = or_null(field(r, 3));

	if (!mount(source, target, type, number(field(r, 4)), or_null(field(r, 5))))
		return 0;
	/* What this kernel or host lacks is passed over when the caller said that it may be lacking. */
	if (is(r, "mount?") && (errno == ENOENT || errno == ENODEV || errno == EPERM || errno == EBUSY))
		return 0;
	return fail("mount", target);
}

/* Takes the topmost mount at this path away; who still stands in it keeps it. None there is fine. */
static int do_unmount(const struct record *r)
{
	if (!umount2(field(r, 1), MNT_DETACH) || errno == EINVAL || errno == ENOENT)
		return 0;
	return fail("unmount", field(r, 1));
}

static int do_mkdir(const struct record *r)
{
	return mkdir(field(r, 1), number(field(r, 2))) && errno != EEXIST ? fail("mkdir", field(r, 1)) : 0;
}

static int do_write(const struct record *r)
{
	const char *from = field(r, 2);
	size_t left = strlen(from);
	/* A FIFO that somebody has put there must not make PID 1 wait. */
	int fd = open(field(r, 1), O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);

	if (fd < 0)
		return fail("open", field(r, 1));
	while (left) {
		ssize_t written = write(fd, from, left);

		if (written < 0) {
			fail("write", field(r, 1));
			close(fd);
			return -1;
		}
		from += written;
		left -= written;
	}
	close(fd);
	return 0;
}

static int do_limits(const struct record *r)
{
	(void)r;
	return limits_raise();
}

static const struct {
	const char *word;
	int (*act)(const struct record *record);
} operations[] = {
	{ "hostname", do_hostname }, { "mount", do_mount }, { "mount?", do_mount },
	{ "mkdir", do_mkdir },	     { "write", do_write }, { "rlimit-nofile", do_limits },
	{ "unmount", do_unmount },   { "confine", confine_keep },
};

bool is_operation(const struct record *record)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (is(record, operations[i].word))
			return true;
	return false;
}

int operate(const struct record *record)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (is(record, operations[i].word))
			return operations[i].act(record);
	return fail_with(EINVAL, "request", field(record, 0));
}
