/*
 * Linked into a build of netlab-init that only tests have, by ld's --wrap: each system call of the program comes by here first,
 * is counted, and fails if it is the one that shall. What is counted stands in a file that test and program have mapped; it is
 * found beside the program, PROGRAM.points. The program's own source knows nothing of it. See docs/decisions/0015-faults.md.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SITES 512
#define KILL (-9)

extern const char __executable_start;

/* faults.ts has the same layout. */
static struct points {
	uint32_t armed;		/* count, and let fail */
	uint32_t site, nth;	/* which call fails: from where in the program, and the how manieth from there */
	int32_t number;		/* with which errno; KILL: the process ends instead */
	uint32_t hit;		/* it has come to pass */
	uint32_t used;
	struct {
		uint32_t site, count;
		char call[16];
	} sites[SITES];
} *points;

__attribute__((constructor)) static void map_points(void)
{
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);

	if (length < 0)
		return;
	strcpy(path + length, ".points");
	int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
	if (fd < 0)
		return;
	void *at = (void *)syscall(SYS_mmap, NULL, sizeof *points, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	syscall(SYS_close, fd);
	points = at == MAP_FAILED ? NULL : at;
}

static uint32_t count(const char *call, uint32_t site)
{
	for (uint32_t i = 0; i < SITES; i++) {
		uint32_t none = 0;

		if (__atomic_load_n(&points->sites[i].site, __ATOMIC_SEQ_CST) == 0 &&
		    __atomic_compare_exchange_n(&points->sites[i].site, &none, site, 0, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST)) {
			strcpy(points->sites[i].call, call);
			__atomic_add_fetch(&points->used, 1, __ATOMIC_SEQ_CST);
		}
		if (points->sites[i].site == site)
			return __atomic_add_fetch(&points->sites[i].count, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

/* True when the call from `caller` shall fail; errno is set then. */
static int strikes(const char *call, const void *caller)
{
	uint32_t site = (uint32_t)((const char *)caller - &__executable_start);

	if (!points || !points->armed)
		return 0;
	uint32_t nth = count(call, site);
	if (points->hit || site != points->site || nth != points->nth)
		return 0;
	points->hit = 1;
	if (points->number == KILL) {
		syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
		/* A PID 1 does not hear its own signals. */
		syscall(SYS_exit_group, 137);
	}
	errno = points->number;
	return 1;
}

#define REAL(name) __real_##name
#define WRAP(type, name, bad, parameters, arguments)                             \
	type REAL(name) parameters;                                              \
	type __wrap_##name parameters                                            \
	{                                                                        \
		return strikes(#name, __builtin_return_address(0)) ? bad : REAL(name) arguments; \
	}

WRAP(int, dup3, -1, (int from, int to, int flags), (from, to, flags))
WRAP(int, dup2, -1, (int from, int to), (from, to))
WRAP(int, pipe2, -1, (int ends[2], int flags), (ends, flags))
WRAP(pid_t, fork, -1, (void), ())
WRAP(int, mount, -1, (const char *s, const char *t, const char *y, unsigned long f, const void *d), (s, t, y, f, d))
WRAP(int, umount2, -1, (const char *path, int flags), (path, flags))
WRAP(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, -1, (int at, const char *path, mode_t mode), (at, path, mode))
WRAP(int, unlink, -1, (const char *path), (path))
WRAP(ssize_t, write, -1, (int fd, const void *from, size_t size), (fd, from, size))
WRAP(ssize_t, send, -1, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags))
WRAP(ssize_t, recv, -1, (int fd, void *to, size_t size, int flags), (fd, to, size, flags))
WRAP(int, socket, -1, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(int, bind, -1, (int fd, const struct sockaddr *to, socklen_t size), (fd, to, size))
WRAP(int, listen, -1, (int fd, int count), (fd, count))
WRAP(int, accept4, -1, (int fd, struct sockaddr *from, socklen_t *size, int flags), (fd, from, size, flags))
WRAP(int, setns, -1, (int fd, int type), (fd, type))
WRAP(int, unshare, -1, (int flags), (flags))
WRAP(int, sethostname, -1, (const char *name, size_t size), (name, size))
WRAP(int, signalfd, -1, (int fd, const sigset_t *set, int flags), (fd, set, flags))
WRAP(int, setrlimit, -1, (int which, const struct rlimit *limit), (which, limit))
WRAP(int, execve, -1, (const char *path, char *const argv[], char *const env[]), (path, argv, env))
WRAP(int, poll, -1, (struct pollfd *set, nfds_t size, int ms), (set, size, ms))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t size, int may, int flags, int fd, off_t from), (at, size, may, flags, fd, from))
WRAP(void *, malloc, NULL, (size_t size), (size))
WRAP(void *, calloc, NULL, (size_t number, size_t size), (number, size))
WRAP(void *, realloc, NULL, (void *old, size_t size), (old, size))
WRAP(DIR *, opendir, NULL, (const char *path), (path))

int REAL(open)(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list more;

	va_start(more, flags);
	mode_t mode = va_arg(more, mode_t);
	va_end(more);
	return strikes("open", __builtin_return_address(0)) ? -1 : REAL(open)(path, flags, mode);
}

int REAL(openat)(int at, const char *path, int flags, ...);
int __wrap_openat(int at, const char *path, int flags, ...)
{
	va_list more;

	va_start(more, flags);
	mode_t mode = va_arg(more, mode_t);
	va_end(more);
	return strikes("openat", __builtin_return_address(0)) ? -1 : REAL(openat)(at, path, flags, mode);
}

/* clone3 among others; it returns twice from here, with a stack of its own each time. */
long REAL(syscall)(long number, ...);
long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list more;

	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	if (strikes("syscall", __builtin_return_address(0)))
		return -1;
	return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
