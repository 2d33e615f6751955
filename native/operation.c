/* Node operations: a table of words, each one system call. Order and meaning are the caller's business. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int do_hostname(const struct record *r)
{
	return sethostname(field(r, 1), strlen(field(r, 1))) ? fail("sethostname", field(r, 1)) : 0;
}

/* What of a way is there already is fine, a link too: where it leads to is found out when it is used. */
static int make(const struct record *r, const char *operation, int (*act)(const char *path, const struct record *r))
{
	struct spot spot;
	const char *path = spot_parent(&spot, field(r, 1));
	int bad = !path || act(path, r);

	spot_close(&spot);
	return bad && (!path || errno != EEXIST) ? fail(operation, field(r, 1)) : 0;
}

/* Its mode is what was said, whatever our umask is. */
static int make_folder(const char *path, const struct record *r)
{
	mode_t mode = number(field(r, 2));

	return mkdir(path, mode) || chmod(path, mode) ? -1 : 0;
}

static int do_mkdir(const struct record *r)
{
	return make(r, "mkdir", make_folder);
}

static int make_file(const char *path, const struct record *r)
{
	mode_t mode = number(field(r, 2));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return -1;
	int bad = fchmod(fd, mode);
	close(fd);
	return bad;
}

static int do_touch(const struct record *r)
{
	return make(r, "touch", make_file);
}

/* What `touch` has made goes again; what somebody has written to stays. */
static int do_untouch(const struct record *r)
{
	struct spot spot;
	const char *path = spot_parent(&spot, field(r, 1));
	struct stat there;
	bool ours = path && !lstat(path, &there) && S_ISREG(there.st_mode) && !there.st_size;
	int bad = ours && unlink(path) && errno != EROFS;

	spot_close(&spot);
	return bad ? fail("unlink", field(r, 1)) : 0;
}

static int make_link(const char *path, const struct record *r)
{
	return symlink(field(r, 2), path);
}

static int do_symlink(const struct record *r)
{
	return make(r, "symlink", make_link);
}

static int make_device(const char *path, const struct record *r)
{
	mode_t mode = number(field(r, 2));

	if (mknod(path, S_IFCHR | mode, makedev(number(field(r, 3)), number(field(r, 4)))))
		return -1;
	return chmod(path, mode);
}

static int do_device(const struct record *r)
{
	return make(r, "mknod", make_device);
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

static int do_unshare(const struct record *r)
{
	return unshare((int)number(field(r, 1))) ? fail("unshare", field(r, 1)) : 0;
}

/* A node's PID 1 does this before anything else: node.c. */
static int do_join(const struct record *r)
{
	return cgroup_join(field(r, 1));
}

static int do_limits(const struct record *r)
{
	(void)r;
	return limits_raise();
}

/* Has been done by who cloned us into a user namespace; elsewhere nobody can. */
static int do_nothing(const struct record *r)
{
	(void)r;
	return 0;
}

static const struct {
	const char *word;
	int (*act)(const struct record *record);
} operations[] = {
	{ "idmap", do_nothing }, { "idmap?", do_nothing }, { "show", do_nothing }, { "cover", do_nothing }, { "join", do_join }, { "hostname", do_hostname },
	{ "mount", mount_make },
	{ "mount?", mount_make },
	{ "unmount", mount_take },
	{ "attributes", mount_attributes },
	{ "readonly", mount_read_only },
	{ "mask", mount_mask },
	{ "overlay", root_overlay },
	{ "overlay?", root_overlay },
	{ "root", root_begin },
	{ "pivot", root_pivot },
	{ "unshare", do_unshare },
	{ "mkdir", do_mkdir },
	{ "touch", do_touch },
	{ "untouch", do_untouch },
	{ "symlink", do_symlink },
	{ "device", do_device },
	{ "write", do_write },
	{ "rlimit-nofile", do_limits },
	{ "confine", confine_keep },
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
