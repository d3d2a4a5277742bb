#include "process_stats.h"

#include "metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1000000;
}

static void write_cpu(struct text *out)
{
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage))
		return;
	metrics_write_number(out, "process_cpu_seconds_total", "counter",
	                     "User and system CPU time spent.",
	                     seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

static void write_memory(struct text *out)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long total, resident;

	if (!file)
		return;
	if (fscanf(file, "%lu %lu", &total, &resident) == 2)
		metrics_write_number(out, "process_resident_memory_bytes", "gauge",
		                     "Resident memory, the page cache of mapped files included.",
		                     (double)resident * (double)sysconf(_SC_PAGESIZE));
	fclose(file);
}

static void write_files(struct text *out)
{
	DIR *directory = opendir("/proc/self/fd");
	struct rlimit limit;
	double count = -3; /* ".", ".." and the directory itself */

	if (!directory)
		return;
	while (readdir(directory))
		count++;
	closedir(directory);
	metrics_write_number(out, "process_open_fds", "gauge", "Open files and sockets.", count);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		metrics_write_number(out, "process_max_fds", "gauge", "How many may be open.",
		                     (double)limit.rlim_cur);
}

void process_stats_write(struct text *out, int64_t started_at_s)
{
	write_cpu(out);
	write_memory(out);
	write_files(out);
	metrics_write_number(out, "process_start_time_seconds", "gauge", "When it started, Unix time.",
	                     (double)started_at_s);
}
