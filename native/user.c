/*
 * Users by name. A static C library cannot load the modules of nsswitch, and a node's root may have another
 * passwd than the host; so the two files are read here, line by line.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TABLE_MAX (16 << 20)	/* bytes; longer ones somebody has made for us to read for ever */
#define ID_MAX 4294967294ull	/* the number above it means "as it is" to setresuid */

/*
 * A table of the node's own, of whose root anybody may have made anything: what is no file (a FIFO would make us wait, a device
 * never end) counts as none.
 */
struct table {
	int fd;			/* -1: none */
	size_t at, end;
	char buffer[1024];
};

static void table_open(struct table *table, const char *path)
{
	struct stat there;

	table->at = table->end = 0;
	table->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (table->fd >= 0 && (fstat(table->fd, &there) || !S_ISREG(there.st_mode) || there.st_size > TABLE_MAX)) {
		close(table->fd);
		table->fd = -1;
	}
}

/* The next character; -1 at the end. */
static int table_next(struct table *table)
{
	if (table->at == table->end) {
		ssize_t got = table->fd < 0 ? -1 : read(table->fd, table->buffer, sizeof table->buffer);

		if (got <= 0)
			return -1;
		table->at = 0;
		table->end = got;
	}
	return (unsigned char)table->buffer[table->at++];
}

/* The next line; of one that is too long the beginning, and the rest of it is no line. */
static bool table_line(struct table *table, char *line, size_t room)
{
	size_t length = 0;
	int next = table_next(table);

	if (next < 0)
		return false;
	for (; next >= 0 && next != '\n'; next = table_next(table))
		if (length + 1 < room)
			line[length++] = (char)next;
	line[length] = 0;
	return true;
}

static void table_close(const struct table *table)
{
	if (table->fd >= 0)
		close(table->fd);
}

/* Splits a line of colon-separated fields in place. */
static int split(char *line, char **part, int most)
{
	int count = 0;

	for (char *at = line; at && count < most; count++) {
		part[count] = strsep(&at, ":");
	}
	return count;
}

static bool decimal_only(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == 0;
}

/* Whether the text is the number of a user or group. */
static bool id_of(const char *text, unsigned *id)
{
	const char *at = text;
	unsigned long long value = digits(&at, 10);

	if (!decimal_only(text) || value > ID_MAX)
		return false;
	*id = value;
	return true;
}

/*
 * Fills uid, gid, name and home from the line of /etc/passwd that matches; an id without a line is fine as
 * it is.
 */
static int find_user(const char *text, struct user *user)
{
	bool by_id = decimal_only(text), found = false;
	char line[1024], *part[7];
	unsigned wanted = 0, uid, gid;
	struct table table;

	if (by_id && !id_of(text, &wanted))
		return fail_with(EINVAL, "user", text);
	table_open(&table, "/etc/passwd");
	while (!found && table_line(&table, line, sizeof line)) {
		/* Whose number cannot be read is not root, but nobody. */
		if (split(line, part, 7) < 6 || !id_of(part[2], &uid) || !id_of(part[3], &gid))
			continue;
		found = !strcmp(part[0], text) || (by_id && uid == wanted);
		if (!found)
			continue;
		user->uid = uid;
		user->gid = gid;
		format(user->name, sizeof user->name, "%s", part[0]);
		format(user->home, sizeof user->home, "%s", part[5]);
	}
	table_close(&table);
	if (!found && by_id)
		user->uid = user->gid = wanted;
	return found || by_id ? 0 : fail_with(ENOENT, "user", text);
}

static bool listed(char *members, const char *name)
{
	for (char *member; *name && (member = strsep(&members, ","));)
		if (!strcmp(member, name))
			return true;
	return false;
}

/* One pass through /etc/group: the group asked for by name, and every group that lists the user. */
static int find_groups(const char *wanted, struct user *user)
{
	bool by_id = wanted && decimal_only(wanted), found = !wanted || by_id;
	char line[4096], *part[4];
	struct table table;
	unsigned gid;

	if (by_id && !id_of(wanted, &user->gid))
		return fail_with(EINVAL, "group", wanted);
	table_open(&table, "/etc/group");
	while (table_line(&table, line, sizeof line)) {
		if (split(line, part, 4) < 4 || !id_of(part[2], &gid))
			continue;
		if (!found && !strcmp(part[0], wanted)) {
			found = true;
			user->gid = gid;
		}
		if (user->group_count < 64 && listed(part[3], user->name))
			user->group[user->group_count++] = gid;
	}
	table_close(&table);
	return found ? 0 : fail_with(ENOENT, "group", wanted);
}

int user_find(const char *text, struct user *user)
{
	char copy[160], *group;

	memset(user, 0, sizeof *user);
	if (format(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
		return fail_with(ENAMETOOLONG, "user", text);
	group = strchr(copy, ':');
	if (group)
		*group++ = 0;
	return find_user(copy, user) || find_groups(group, user) ? -1 : 0;
}

static int group_number(const char *name, gid_t *gid)
{
	bool found = false;
	char line[4096], *part[4];
	struct table table;

	table_open(&table, "/etc/group");
	while (!found && table_line(&table, line, sizeof line))
		found = split(line, part, 4) >= 3 && !strcmp(part[0], name) && id_of(part[2], gid);
	table_close(&table);
	return found ? 0 : fail_with(ENOENT, "group", name);
}

/* One group more, by its name or its number. */
int user_join(const char *group, struct user *user)
{
	gid_t gid = 0;

	if (decimal_only(group) && !id_of(group, &gid))
		return fail_with(EINVAL, "group", group);
	if (!decimal_only(group) && group_number(group, &gid))
		return -1;
	if (user->group_count == 64)
		return fail_with(E2BIG, "group", group);
	user->group[user->group_count++] = gid;
	return 0;
}

/*
 * Raw calls: those of the C library speak to threads that do not exist here. Groups first, while we still
 * may.
 */
int user_become(const struct user *user)
{
	/*
	 * An ordinary user's lab has one user and no setgroups: for that one there is nothing to do, and
	 * any other is refused below.
	 */
	bool already = user->uid == geteuid() && user->gid == getegid();
	if (syscall(SYS_setgroups, user->group_count, user->group) && !(already && errno == EPERM))
		return fail("setgroups", user->name);
	if (syscall(SYS_setresgid, user->gid, user->gid, user->gid))
		return fail("setgid", user->name);
	if (syscall(SYS_setresuid, user->uid, user->uid, user->uid))
		return fail("setuid", user->name);
	return 0;
}
