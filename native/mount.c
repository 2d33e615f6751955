/* Mounts, and what can be done to them: each a word of the table in operation.c. */
#include "init.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* `mount SOURCE TARGET TYPE FLAGS DATA` */
int mount_make(const struct record *r)
{
	const char *source = or_null(field(r, 1)), *type = or_null(field(r, 3));
	struct spot spot;
	const char *target = spot_open(&spot, field(r, 2));
	int bad = !target || mount(source, target, type, number(field(r, 4)), or_null(field(r, 5)));

	spot_close(&spot);
	if (!bad)
		return 0;
	/* What this kernel or host lacks is passed over when the caller said that it may be lacking. */
	if (is(r, "mount?") && (errno == ENOENT || errno == ENODEV || errno == EPERM || errno == EBUSY))
		return 0;
	return fail("mount", field(r, 2));
}

/* Takes the topmost mount at this path away; who still stands in it keeps it. None there is fine. */
int mount_take(const struct record *r)
{
	struct spot spot;
	const char *target = spot_open(&spot, field(r, 1));
	int bad = !target || umount2(target, MNT_DETACH);

	spot_close(&spot);
	return !bad || errno == EINVAL || errno == ENOENT ? 0 : fail("unmount", field(r, 1));
}

/* The flags that a mount has already must be said again, or in a user namespace the change is refused. */
static unsigned long flags_of(const char *target)
{
	static const struct {
		unsigned long seen, said;
	} pairs[] = { { ST_RDONLY, MS_RDONLY },	    { ST_NOSUID, MS_NOSUID },
		      { ST_NODEV, MS_NODEV },	    { ST_NOEXEC, MS_NOEXEC },
		      { ST_NOATIME, MS_NOATIME },   { ST_NODIRATIME, MS_NODIRATIME },
		      { ST_RELATIME, MS_RELATIME } };
	struct statvfs there;
	unsigned long flags = 0;

	if (statvfs(target, &there))
		return 0;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		flags |= there.f_flag & pairs[i].seen ? pairs[i].said : 0;
	return flags;
}

/* Sets and clears flags of a mount (ro, nosuid, nodev, noexec); MS_REC: of all below it, where the kernel can (5.12). */
static int set_flags(const char *target, unsigned long flags, unsigned long clear)
{
	/* struct mount_attr of <linux/mount.h>: its first four flags are mount(2)'s. */
	uint64_t attributes[4] = { flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC), clear, 0, 0 };
	unsigned how = flags & MS_REC ? AT_RECURSIVE : 0;

	if (!syscall(SYS_mount_setattr, AT_FDCWD, target, how, attributes, sizeof attributes))
		return 0;
	if (errno != ENOSYS)
		return -1;
	return mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | attributes[0] | (flags_of(target) & ~clear), NULL);
}

/* `attributes TARGET FLAGS [CLEAR]` */
int mount_attributes(const struct record *r)
{
	struct spot spot;
	const char *target = spot_open(&spot, field(r, 1));
	int bad = !target || set_flags(target, number(field(r, 2)), number(field(r, 3)));

	spot_close(&spot);
	return bad ? fail("remount", field(r, 1)) : 0;
}

/* `readonly PATH`: a mount of its own over itself, which cannot be written to. A path that is not there is fine. */
int mount_read_only(const struct record *r)
{
	struct spot spot;
	const char *target = spot_open(&spot, field(r, 1));
	int bad = !target || mount(target, target, NULL, MS_BIND | MS_REC, NULL);
	bool absent = bad && errno == ENOENT;

	spot_close(&spot);
	/* What the path leads to is now the mount. */
	if (!bad) {
		target = spot_open(&spot, field(r, 1));
		bad = !target || set_flags(target, MS_RDONLY, 0);
		spot_close(&spot);
	}
	return bad && !absent ? fail("readonly", field(r, 1)) : 0;
}

/* `mask PATH`: /dev/null over a file, an empty folder over a folder. A path that is not there is fine. */
int mount_mask(const struct record *r)
{
	struct spot spot, null;
	const char *target = spot_open(&spot, field(r, 1)), *source = spot_open(&null, "/dev/null");
	struct stat there;
	int bad = 0;

	if (target && !stat(target, &there)) {
		bad = S_ISDIR(there.st_mode) ? mount("tmpfs", target, "tmpfs", MS_RDONLY, NULL) :
		      !source		     ? -1 :
					       mount(source, target, NULL, MS_BIND, NULL);
	}
	spot_close(&null);
	spot_close(&spot);
	return bad ? fail("mask", field(r, 1)) : 0;
}
