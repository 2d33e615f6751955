/*
 * Logs that have grown. A program has its log open and writes at the end, so the file can be neither renamed nor cut short
 * without losing what is written at that moment: what is old is copied into files beside it, and then punched out of it. Offsets
 * never change: byte N of all that was printed stands at N, or in the file LOG.M with the largest M up to N, at N - M.
 */
#include "init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (1 << 20)		/* so much is moved in one round of the poll loop */
#define PAGE 4096		/* and no less: what is punched out is whole pages */
#define LEAST (16 * PAGE)
#define FILES_MAX 100
#define REST_MS 100		/* between two looks at logs that grow */
#define HURRY_MS 10		/* when one grows so fast that it may be full by then */
#define MISSING_MS 5000		/* between two looks for logs that are not there */
#define ROTATIONS_MAX 65536
#define BUCKETS 8192

struct rotation {
	long long most;		/* bytes of each file */
	long long size;		/* at the last look */
	long long begin;	/* of what still stands in the log; -1: not looked up yet */
	long long newest;	/* offset in the name of the newest file beside it; -1: none */
	int files;		/* the log itself among them */
	int wd;			/* -1: it has grown since the last look */
	int next;		/* in its bucket, or in the list of free entries; 0 ends */
	bool moving, missing;
	char name[NAME_MAX_PROCESS + 8];	/* NODE/PROCESS.log; empty: free */
};

/* Entry 0 is unused. Touched only as far as used, and not copied into the nodes' PID 1s. */
static struct {
	int free, used;
	int bucket[BUCKETS];
	int heard[ROTATIONS_MAX];	/* whom a watch belongs to, by the low bits of its number */
	struct rotation rotation[ROTATIONS_MAX];
} *table;
static int grown, missing;	/* how many have grown since the last look, and how many are not there */
static int notifier = -1;
static uint64_t rest_until, missing_at;

/* Readable when a log has grown. While we rest, nobody needs to know. */
int rotation_descriptor(void)
{
	return rest_until && now_ms() < rest_until ? -1 : notifier;
}

int rotation_timeout(void)
{
	uint64_t now, due = grown || rest_until ? rest_until : missing_at;

	if (!grown && !rest_until && !missing)
		return -1;
	now = now_ms();
	return now < due ? (int)(due - now) : 0;
}

static void ring(struct rotation *r)
{
	if (r->wd >= 0)
		grown++;
	r->wd = -1;
}

/* ---- the files beside a log ---- */

struct path {
	char text[NAME_MAX_PROCESS + 40];
};

static struct path beside(const struct rotation *r, long long offset)
{
	struct path path;

	format(path.text, sizeof path.text, "%s.%lld", r->name, offset);
	return path;
}

/* The offset in the name of a file of this log, or -1. */
static long long offset_of(const struct rotation *r, const char *file)
{
	const char *own = strrchr(r->name, '/') + 1;
	size_t length = strlen(own);

	if (strncmp(file, own, length) || file[length] != '.' || !file[length + 1] ||
	    strspn(file + length + 1, "0123456789") != strlen(file + length + 1) ||
	    (file[length + 1] == '0' && file[length + 2]))
		return -1;
	return number(file + length + 1);
}

/* Removes all but the `kept` newest; the newest, or -1. */
static long long keep_files(const struct rotation *r, int kept)
{
	char folder[NAME_MAX_PROCESS + 8];
	long long found[FILES_MAX + 1], offset;
	struct dirent *entry;
	int used = 0;

	format(folder, sizeof folder, "%.*s", (int)(strrchr(r->name, '/') - r->name), r->name);
	DIR *all = fdopendir(openat(LOGS, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
	while (all && (entry = readdir(all))) {
		if ((offset = offset_of(r, entry->d_name)) < 0)
			continue;
		int at = used++;
		for (; at && found[at - 1] < offset; at--)
			found[at] = found[at - 1];
		found[at] = offset;
		if (used > kept)
			unlinkat(LOGS, beside(r, found[--used]).text, 0);
	}
	if (all)
		closedir(all);
	return used ? found[0] : -1;
}

static int open_file(const struct rotation *r, long long offset, int flags)
{
	return openat(LOGS, beside(r, offset).text, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags,
		      0644);
}

/* What of the log has been moved already, by an earlier keeper or before it was removed and made anew. */
static void recall(struct rotation *r)
{
	struct stat file;

	r->begin = 0;
	r->newest = keep_files(r, FILES_MAX);
	if (r->newest >= 0 && !fstatat(LOGS, beside(r, r->newest).text, &file, AT_SYMLINK_NOFOLLOW))
		r->begin = r->newest + file.st_size;
}

/* ---- moving ---- */

/* Where the line ends that stands at a place, if that is before `end` and not far; else -1. */
static long long line_end(int log, long long at, long long end)
{
	char text[PAGE], *newline;
	ssize_t got;

	for (long long to = at + LEAST < end ? at + LEAST : end; at < to; at += got) {
		got = pread(log, text, sizeof text, at);
		if (got <= 0)
			break;
		newline = memchr(text, '\n', got);
		if (newline)
			return at + (newline - text) + 1 <= end ? at + (newline - text) + 1 : -1;
	}
	return -1;
}

/* Copies what stands in the log up to `end` to where the newest file ends. */
static int copy(struct rotation *r, int log, long long end)
{
	int to = open_file(r, r->newest, 0);
	off_t at = r->begin;
	bool bad = to < 0 || lseek(to, r->begin - r->newest, SEEK_SET) < 0;

	while (!bad && at < end) {
		ssize_t sent = sendfile(to, log, &at, end - at);
		bad = sent <= 0 && !(sent < 0 && errno == EINTR);
	}
	if (to >= 0)
		close(to);
	if (!bad)
		r->begin = end;
	return bad ? -1 : 0;
}

/* Begins a new file where the log now begins. An empty one says that all before is gone. */
static int begin_file(struct rotation *r, long long offset)
{
	int fd = open_file(r, offset, O_CREAT | O_TRUNC);

	if (fd < 0)
		return -1;
	close(fd);
	r->begin = r->newest = offset;
	keep_files(r, r->files > 1 ? r->files - 1 : 1);
	return 0;
}

static int move_to(struct rotation *r, int log, long long end)
{
	long long line = r->newest >= 0 && r->begin - r->newest >= r->most ? line_end(log, r->begin, end) : -1;

	if (line >= 0 && copy(r, log, line))
		return -1;
	if ((r->newest < 0 || r->begin - r->newest >= r->most) && begin_file(r, r->begin))
		return -1;
	return copy(r, log, end);
}

/* Moves, or drops, one piece of what is too much. False when nothing is left to do, or nothing can be done. */
static bool move(struct rotation *r, int log, long long size)
{
	long long was = r->begin - r->begin % PAGE, most = r->most, end = r->begin + PIECE;

	/* No file is much longer than it may be. */
	if (r->newest >= 0 && r->begin - r->newest < most && end > r->newest + most + PAGE)
		end = r->newest + most + PAGE;
	else if (end > r->begin + most)
		end = r->begin + most;
	/* Half of it stays, so that the end of the log stands in the log. */
	if (end > size - most / 2)
		end = size - most / 2;
	/* More than all files can hold was printed meanwhile. */
	bool late = size - r->begin > most * r->files + PIECE;
	if (late)
		end = size - most * r->files;
	end -= end % PAGE;
	if (end <= r->begin)
		return false;
	/* Where there is no room for a copy, what is oldest goes. */
	if (late || r->files == 1 || move_to(r, log, end)) {
		/* What is left begins with a line. */
		long long line = line_end(log, end, size);
		end = line >= 0 ? line : end;
		if (begin_file(r, end)) {
			keep_files(r, 0);
			if (begin_file(r, end))
				return false;
		}
		if (late)
			keep_files(r, 1);
	}
	return !fallocate(log, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, was, r->begin - r->begin % PAGE - was);
}

/* Looks at a log that has grown. */
static void look(struct rotation *r, bool *hurry)
{
	struct stat file;

	/* One that a program has made longer than anybody can print is none, lest we add to its size. */
	bool gone = fstatat(LOGS, r->name, &file, AT_SYMLINK_NOFOLLOW) || !S_ISREG(file.st_mode) ||
		    file.st_size > LLONG_MAX / 2;
	if (gone != r->missing) {
		missing += gone ? 1 : -1;
		grown += gone ? -1 : 1;
		r->missing = gone;
	}
	if (gone) {
		r->begin = -1;
		r->moving = false;
		return;
	}
	if (file.st_size - r->size > r->most / 8)
		*hurry = true;
	r->size = file.st_size;
	if (r->begin < 0 && file.st_size > r->most)
		recall(r);
	/* It was cut short by the program itself, which did not want it any more. */
	if (r->begin > file.st_size) {
		keep_files(r, 0);
		r->begin = 0;
		r->newest = -1;
	}
	r->moving = r->moving || (r->begin >= 0 && file.st_size - r->begin > r->most);
	if (!r->moving)
		return;
	int log = openat(LOGS, r->name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	r->moving = log >= 0 && move(r, log, file.st_size);
	if (log >= 0)
		close(log);
}

/* ---- who is looked at, and when ---- */

/* The kernel tells once, when the log is written to next. Where it cannot, the log stays one that has grown. */
static void listen_to(struct rotation *r)
{
	char path[NAME_MAX_PROCESS + 40];

	format(path, sizeof path, "/proc/self/fd/%d/%s", LOGS, r->name);
	r->wd = notifier < 0 ? -1 : inotify_add_watch(notifier, path, IN_MODIFY | IN_ONESHOT | IN_DONT_FOLLOW);
	if (r->wd < 0)
		return;
	table->heard[r->wd % ROTATIONS_MAX] = (int)(r - table->rotation);
	grown--;
}

static struct rotation *watched_by(int wd)
{
	struct rotation *r = &table->rotation[table->heard[wd % ROTATIONS_MAX]];

	return r->wd == wd && *r->name ? r : NULL;
}

void rotation_read(void)
{
	char buffer[4096] __attribute__((aligned(8)));
	ssize_t got;

	while ((got = read(notifier, buffer, sizeof buffer)) > 0)
		for (char *at = buffer; at < buffer + got;) {
			struct inotify_event *event = (struct inotify_event *)at;
			struct rotation *r = watched_by(event->wd);

			if (r)
				ring(r);
			at += sizeof *event + event->len;
		}
}

void rotation_check(void)
{
	bool hurry = false, moving = false, looked = false;
	uint64_t now;

	if (!grown && !rest_until && !missing)
		return;
	now = now_ms();
	if (now < rest_until || (!grown && !rest_until && now < missing_at))
		return;
	bool search = missing && now >= missing_at;
	if (grown || search)
		logs_again();
	for (int i = 1; (grown || search) && i <= table->used; i++) {
		struct rotation *r = &table->rotation[i];

		if (!*r->name || r->wd >= 0 || (r->missing && !search))
			continue;
		look(r, &hurry);
		looked |= !r->missing;
		moving |= r->moving;
		if (!r->moving && !r->missing)
			listen_to(r);
	}
	if (missing && (search || !missing_at))
		missing_at = now + MISSING_MS;
	rest_until = looked && !moving ? now + (hurry ? HURRY_MS : REST_MS) : 0;
}

static int *bucket_of(const char *name)
{
	unsigned hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (unsigned char)*name;
	return &table->bucket[hash % BUCKETS];
}

static struct rotation *find(const char *name)
{
	for (int i = *bucket_of(name); i; i = table->rotation[i].next)
		if (!strcmp(table->rotation[i].name, name))
			return &table->rotation[i];
	return NULL;
}

static struct rotation *add(const char *name)
{
	int i = table->free;

	if (i)
		table->free = table->rotation[i].next;
	else if (table->used + 1 < ROTATIONS_MAX)
		i = ++table->used;
	else
		return NULL;
	struct rotation *r = &table->rotation[i];
	memset(r, 0, sizeof *r);
	strcpy(r->name, name);
	r->begin = r->newest = r->wd = -1;
	r->next = *bucket_of(name);
	*bucket_of(name) = i;
	grown++;
	return r;
}

static bool make_table(void)
{
	if (table)
		return true;
	void *memory = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			    -1, 0);
	if (memory == MAP_FAILED)
		return false;
	madvise(memory, sizeof *table, MADV_DONTFORK);
	table = memory;
	/* Without it they are looked at again and again. */
	notifier = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return true;
}

/* `rotate MOST FILES LOG…`: from now on these logs have at most so many bytes in each of so many files. */
int rotation_add(const struct record *record)
{
	long long most = number(field(record, 1)), files = number(field(record, 2));

	if (most < LEAST || most > LLONG_MAX / 1000)
		return fail_with(EINVAL, "rotate", field(record, 1));
	if (files < 1 || files > FILES_MAX)
		return fail_with(EINVAL, "rotate", field(record, 2));
	if (!make_table())
		return fail("rotate", "memory");
	for (int i = 3; i < record->count; i++) {
		const char *name = field(record, i);

		if (!is_log_name(name) || !strchr(name, '/'))
			return fail_with(EINVAL, "rotate", name);
		struct rotation *r = find(name);
		if (!r && !(r = add(name)))
			return fail_with(ENOSPC, "rotate", name);
		/* Fewer files than before: the oldest go. */
		if (r->newest >= 0 && files < r->files)
			keep_files(r, files > 1 ? (int)files - 1 : 1);
		r->most = most;
		r->files = (int)files;
		ring(r);
	}
	rest_until = missing_at = 0;
	return 1;
}

/* A node has gone, and its logs go, too. */
void rotation_drop(const char *node)
{
	size_t length = strlen(node);

	for (int i = 1; table && i <= table->used; i++) {
		struct rotation *r = &table->rotation[i];

		if (strncmp(r->name, node, length) || r->name[length] != '/')
			continue;
		if (r->wd >= 0)
			inotify_rm_watch(notifier, r->wd);
		else if (r->missing)
			missing--;
		else
			grown--;
		int *at = bucket_of(r->name);
		while (*at != i)
			at = &table->rotation[*at].next;
		*at = r->next;
		*r->name = 0;
		r->next = table->free;
		table->free = i;
	}
}

/* A clone that becomes the PID 1 of a node has no descriptors of ours. */
void rotation_forget(void)
{
	table = NULL;
	grown = missing = 0;
	notifier = -1;
	rest_until = missing_at = 0;
}
