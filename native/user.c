/*
 * Users by name. A static C library cannot load the modules of nsswitch, and a node's root may have another
 * passwd than the host; so the two files are read here, line by line.
 */
#include "init.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Splits a line of colon-separated fields in place. */
static int split(char *line, char **part, int most)
{
	int count = 0;

	line[strcspn(line, "\n")] = 0;
	for (char *at = line; at && count < most; count++) {
		part[count] = strsep(&at, ":");
	}
	return count;
}

static bool decimal_only(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == 0;
}

/*
 * Fills uid, gid, name and home from the line of /etc/passwd that matches; an id without a line is fine as
 * it is.
 */
static int find_user(const char *text, struct user *user)
{
	FILE *file = fopen("/etc/passwd", "re");
	bool by_id = decimal_only(text), found = false;
	char line[1024], *part[7];

	while (file && !found && fgets(line, sizeof line, file)) {
		if (split(line, part, 7) < 6)
			continue;
		found = !strcmp(part[0], text) ||
			(by_id && strtoul(part[2], NULL, 10) == strtoul(text, NULL, 10));
		if (!found)
			continue;
		user->uid = strtoul(part[2], NULL, 10);
		user->gid = strtoul(part[3], NULL, 10);
		format(user->name, sizeof user->name, "%s", part[0]);
		format(user->home, sizeof user->home, "%s", part[5]);
	}
	if (file)
		fclose(file);
	if (!found && by_id)
		user->uid = user->gid = strtoul(text, NULL, 10);
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
	FILE *file = fopen("/etc/group", "re");
	bool found = !wanted || decimal_only(wanted);
	char line[4096], *part[4];

	if (wanted && found)
		user->gid = strtoul(wanted, NULL, 10);
	while (file && fgets(line, sizeof line, file)) {
		if (split(line, part, 4) < 4)
			continue;
		gid_t gid = strtoul(part[2], NULL, 10);
		if (!found && !strcmp(part[0], wanted)) {
			found = true;
			user->gid = gid;
		}
		if (user->group_count < 64 && listed(part[3], user->name))
			user->group[user->group_count++] = gid;
	}
	if (file)
		fclose(file);
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
	FILE *file = fopen("/etc/group", "re");
	bool found = false;
	char line[4096], *part[4];

	while (file && !found && fgets(line, sizeof line, file)) {
		found = split(line, part, 4) >= 3 && !strcmp(part[0], name);
		if (found)
			*gid = strtoul(part[2], NULL, 10);
	}
	if (file)
		fclose(file);
	return found ? 0 : fail_with(ENOENT, "group", name);
}

/* One group more, by its name or its number. */
int user_join(const char *group, struct user *user)
{
	gid_t gid = strtoul(group, NULL, 10);

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
