/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Applications that start and end, over and over, and that are ended when it suits them least.
 *
 *     start_stop [COUNT]
 *
 *   signalled  COUNT processes get SIGTERM, some SIGINT, at a random moment after fork(2). Each
 *              ends with status 0; or is killed by that signal, when it came before
 *              spdk_app_start() had taken the signals. It never hangs.
 *   killed     a tenth as many get SIGKILL, and the next one starts and ends as if nothing had
 *              been: it takes over the locks on cores.
 *   in one     COUNT applications in one process, that end in several ways: descriptors, OS
 *              threads and memory do not grow.
 *
 * Afterwards there is nothing new in /var/tmp and /dev/shm, and as many huge pages are free as
 * before.
 */
#include "spdk/stdinc.h"

#include "spdk/event.h"
#include "spdk/string.h"
#include "spdk/thread.h"
#include "spdk/util.h"

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>

#define DELAY_MAX_US 6000
#define HANG_SEC     2
#define LOOK_US      200
#define WARM_UP      20
/* Less than half a page for each of 150. */
#define RSS_SLACK_KIB 256
#define LOST_MIN      32
/* Others on this machine come and go: what looks like a leftover has so long to vanish. */
#define VANISH_SEC  10
#define ENTRIES_MAX 4096

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(HAS_OWN_ALLOCATOR)
/* Memory that was freed is kept for a while there. */
static const bool g_memory_is_measured = false;
#else
static const bool g_memory_is_measured = true;
#endif

static uint32_t g_count = 200;
static uint64_t g_random;
/* Two cores that nobody else on this machine is likely to ask for. */
static uint32_t g_first_core;
static char g_mask[32];
static int g_failures;

static uint32_t
random_below(uint32_t limit)
{
	g_random = g_random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((g_random >> 33) % limit);
}

static uint64_t
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (cores %s)\n", g_mask);
	g_failures++;
}

/* What an application does first; the ways in which they end. */

static void
wait_for_signal(void *arg)
{
}

static void
stop(void *arg)
{
	spdk_app_stop(0);
}

/* It holds nothing, so that nobody waits for it. */
static void
stop_with_leftover(void *arg)
{
	spdk_thread_send_msg(spdk_thread_create("leftover", NULL), wait_for_signal, NULL);
	spdk_app_stop(0);
}

static void
raise_signal(void *arg)
{
	raise(SIGTERM);
}

static void
ask_for_shutdown(void *arg)
{
	spdk_app_start_shutdown();
}

static int
run_app(spdk_msg_fn fn)
{
	struct spdk_app_opts opts;
	int rc;

	spdk_app_opts_init(&opts, sizeof(opts));
	opts.name = "start_stop";
	opts.reactor_mask = g_mask;
	opts.rpc_addr = NULL;
	opts.print_level = SPDK_LOG_ERROR;
	rc = spdk_app_start(&opts, fn, NULL);
	spdk_app_fini();
	return rc;
}

static pid_t
start_child(spdk_msg_fn fn)
{
	pid_t child = fork();

	if (child == 0) {
		_exit(run_app(fn) == 0 ? 0 : 1);
	}
	if (child < 0) {
		perror("fork");
		exit(1);
	}
	return child;
}

/* What each OS thread of a process that does not end is doing. */
static void
describe(pid_t pid)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "cd /proc/%d/task && for task in *; do "
		 "echo \"  OS thread $task: $(cat $task/comm) $(grep State $task/status)"
		 " in $(cat $task/wchan)\" >&2; done",
		 pid);
	if (system(command) != 0) {
		fprintf(stderr, "  (it is gone)\n");
	}
}

/*
 * The status of wait(2), or -1: it hung, and was killed. Patience is counted in looks: on a machine
 * that is busy with others, both of us are slow.
 */
static int
wait_for(pid_t child)
{
	uint32_t looks_left = HANG_SEC * 1000000 / LOOK_US;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (looks_left-- == 0) {
			describe(child);
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			return -1;
		}
		usleep(LOOK_US);
	}
	return status;
}

/* Whether it has a handler for the signal: one that is sent from now on must not kill it. */
static bool
catches(pid_t pid, int number)
{
	char path[64], line[256];
	uint64_t mask = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	if (file == NULL) {
		return false;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "SigCgt: %" SCNx64, &mask) == 1) {
			break;
		}
	}
	fclose(file);
	return (mask >> (number - 1) & 1) != 0;
}

static bool
catches_sigterm(pid_t child)
{
	return catches(child, SIGTERM);
}

static bool
has_lock(pid_t child)
{
	char path[64];

	snprintf(path, sizeof(path), "/var/tmp/spdk_cpu_lock_%03u", g_first_core);
	return access(path, F_OK) == 0;
}

/*
 * Every other one is waited for until it has come so far, for however long this machine takes for
 * that; then, and for the others at once, a random time passes.
 */
static void
delay(uint32_t i, pid_t child, bool (*has_come)(pid_t child))
{
	uint32_t looks_left = HANG_SEC * 1000000 / LOOK_US;

	while (i % 2 == 0 && !has_come(child) && looks_left-- > 0) {
		usleep(LOOK_US);
	}
	usleep(random_below(DELAY_MAX_US));
}

static void
signalled(void)
{
	uint32_t ended = 0, killed_early = 0, i;
	uint64_t longest = 0;

	for (i = 0; i < g_count; i++) {
		int number = random_below(4) == 0 ? SIGINT : SIGTERM;
		pid_t child = start_child(wait_for_signal);
		uint64_t sent_at;
		bool is_caught;
		int status;

		delay(i, child, catches_sigterm);
		is_caught = catches(child, number);
		kill(child, number);
		sent_at = now_us();
		status = wait_for(child);
		longest = spdk_max(longest, now_us() - sent_at);
		if (status == 0) {
			ended++;
		} else if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == number &&
			   !is_caught) {
			killed_early++;
		} else {
			complain("signal %d%s: %s, status 0x%x", number,
				 is_caught ? ", caught" : "",
				 status == -1 ? "does not end" : "ends badly", (unsigned)status);
		}
	}
	printf("signalled: %u ended in order, %u killed before the start, longest %.1f ms\n", ended,
	       killed_early, (double)longest / 1000);
	if (ended == 0) {
		complain("none of them was up when its signal came");
	}
}

static void
killed(void)
{
	uint32_t count = spdk_max(g_count / 10, 10), stale = 0, i;

	for (i = 0; i < count; i++) {
		pid_t child = start_child(wait_for_signal);
		int status;

		delay(i, child, has_lock);
		kill(child, SIGKILL);
		(void)wait_for(child);
		stale += has_lock(child);
		status = wait_for(start_child(stop));
		if (status != 0) {
			complain("the one after a SIGKILL: status 0x%x", (unsigned)status);
		}
	}
	printf("killed: %u, after each one that starts and ends; %u left locks behind\n", count,
	       stale);
	if (stale == 0) {
		complain("none of them had locked a core when it was killed");
	}
}

static uint32_t
count_entries(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	uint32_t count = 0;

	if (folder == NULL) {
		return 0;
	}
	while ((entry = readdir(folder)) != NULL) {
		count += entry->d_name[0] != '.';
	}
	closedir(folder);
	return count;
}

/* A number from a file of lines such as "VmRSS:   123 kB". */
static uint64_t
read_number(const char *path, const char *name)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(name);
	uint64_t number = 0;
	char line[256];

	if (file == NULL) {
		return 0;
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strncmp(line, name, length) == 0 && line[length] == ':') {
			number = strtoull(line + length + 1, NULL, 10);
			break;
		}
	}
	fclose(file);
	return number;
}

struct usage {
	uint32_t descriptors;
	uint32_t os_threads;
	uint64_t rss_kib;
	uint64_t allocated; /* bytes */
};

static struct usage
measure(void)
{
	/* VmRSS is what the kernel has counted so far, which is some hundred KiB off. */
	return (struct usage){
		.descriptors = count_entries("/proc/self/fd"),
		.os_threads = count_entries("/proc/self/task"),
		.rss_kib = read_number("/proc/self/smaps_rollup", "Rss"),
		.allocated = g_memory_is_measured ? mallinfo2().uordblks : 0,
	};
}

static void
in_one_process(void)
{
	static const spdk_msg_fn ways[] = {stop, stop_with_leftover, raise_signal,
					   ask_for_shutdown};
	struct usage before = {0}, after;
	uint64_t begun = 0;
	uint32_t i;

	for (i = 0; i < WARM_UP + g_count; i++) {
		if (i == WARM_UP) {
			before = measure();
			begun = now_us();
		}
		if (run_app(ways[i % SPDK_COUNTOF(ways)]) != 0) {
			complain("start %u in one process failed", i);
			return;
		}
	}
	begun = now_us() - begun;
	after = measure();
	/* One that was joined may be listed for a moment yet. */
	for (i = 0; i < VANISH_SEC * 1000 && after.os_threads != before.os_threads; i++) {
		usleep(1000);
		after = measure();
	}
	printf("in one: %u started and ended, %.2f ms each; descriptors %u -> %u, OS threads %u -> "
	       "%u, resident %" PRIu64 " -> %" PRIu64 " KiB, allocated %" PRIu64 " -> %" PRIu64
	       " bytes\n",
	       g_count, (double)begun / 1000 / g_count, before.descriptors, after.descriptors,
	       before.os_threads, after.os_threads, before.rss_kib, after.rss_kib, before.allocated,
	       after.allocated);
	if (after.descriptors != before.descriptors || after.os_threads != before.os_threads) {
		complain("descriptors or OS threads are left over");
	}
	/*
	 * What is lost at every second start, if not at every one: a block of malloc's takes
	 * LOST_MIN bytes at least. Less than that is what its caches happened to hold.
	 */
	if (g_memory_is_measured &&
	    (after.rss_kib > before.rss_kib + RSS_SLACK_KIB ||
	     after.allocated >= before.allocated + LOST_MIN * (uint64_t)g_count / 2)) {
		complain("memory grows");
	}
}

/* Names in the folders that must be left as they were found. */
static struct {
	char *names[ENTRIES_MAX];
	uint32_t count;
} g_found;

static const char *const g_folders[] = {"/var/tmp", "/dev/shm"};

static bool
was_found(const char *path)
{
	uint32_t i;

	for (i = 0; i < g_found.count; i++) {
		if (strcmp(g_found.names[i], path) == 0) {
			return true;
		}
	}
	return false;
}

/* Locks of other cores belong to other processes. */
static bool
is_foreign(const char *name)
{
	uint32_t core;

	return sscanf(name, "spdk_cpu_lock_%u", &core) == 1 && core != g_first_core &&
	       core != g_first_core + 1;
}

/* How many there are that were not found before; their names, when `is_last`. */
static uint32_t
look_for_new(const char *folder, bool is_first, bool is_last)
{
	DIR *stream = opendir(folder);
	struct dirent *entry;
	uint32_t count = 0;

	while (stream != NULL && (entry = readdir(stream)) != NULL) {
		char *path = spdk_sprintf_alloc("%s/%s", folder, entry->d_name);

		if (is_first && g_found.count < ENTRIES_MAX) {
			g_found.names[g_found.count++] = path;
			continue;
		}
		if (!is_foreign(entry->d_name) && !was_found(path)) {
			count++;
			if (is_last) {
				complain("left behind: %s", path);
			}
		}
		free(path);
	}
	if (stream != NULL) {
		closedir(stream);
	}
	return count;
}

static uint32_t
look_at_folders(bool is_first, bool is_last)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < SPDK_COUNTOF(g_folders); i++) {
		count += look_for_new(g_folders[i], is_first, is_last);
	}
	return count;
}

static void
check_leftovers(uint64_t huge_pages_before)
{
	uint64_t end = now_us() + VANISH_SEC * 1000000, free_pages;
	uint32_t left;

	do {
		left = look_at_folders(false, false);
		free_pages = read_number("/proc/meminfo", "HugePages_Free");
		if (left == 0 && free_pages >= huge_pages_before) {
			break;
		}
		usleep(100000);
	} while (now_us() < end);
	if (left != 0) {
		(void)look_at_folders(false, true);
	}
	if (free_pages < huge_pages_before) {
		complain("%" PRIu64 " huge pages are free, %" PRIu64 " were", free_pages,
			 huge_pages_before);
	}
	printf("afterwards: %u new files; huge pages free %" PRIu64 " -> %" PRIu64 "\n", left,
	       huge_pages_before, free_pages);
}

int
main(int argc, char **argv)
{
	uint64_t huge_pages = read_number("/proc/meminfo", "HugePages_Free");

	if (argc > 1) {
		g_count = (uint32_t)strtoul(argv[1], NULL, 10);
	}
	if (g_count == 0) {
		fprintf(stderr, "COUNT: at least 1\n");
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Whoever runs this in the background may have had SIGINT ignored. */
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	g_random = now_us() ^ (uint64_t)getpid() << 32;
	g_first_core = 200 + 2 * ((uint32_t)getpid() % 400);
	snprintf(g_mask, sizeof(g_mask), "[%u,%u]", g_first_core, g_first_core + 1);
	(void)look_at_folders(true, false);
	signalled();
	killed();
	in_one_process();
	check_leftovers(huge_pages);
	return g_failures == 0 ? 0 : 1;
}
