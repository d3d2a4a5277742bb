#include "histogram.h"

#include <inttypes.h>

static const int64_t bounds_us[HISTOGRAM_BUCKETS] = {
    5000,    10000,   25000,   50000,    100000,   250000,   500000,
    1000000, 2500000, 5000000, 10000000, 30000000, 60000000, 120000000,
};

void histogram_observe(struct histogram *histogram, int64_t duration_us)
{
	uint64_t duration = duration_us > 0 ? (uint64_t)duration_us : 0;
	size_t bucket = 0;

	while (bucket < HISTOGRAM_BUCKETS && duration > (uint64_t)bounds_us[bucket])
		bucket++;
	atomic_fetch_add_explicit(&histogram->counts[bucket], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&histogram->sum_us, duration, memory_order_relaxed);
}

/* Each count is read once, so that _count is what the last bucket says. */
void histogram_write(struct histogram *histogram, const char *name, const char *help,
                     struct text *out)
{
	uint64_t count = 0;

	text_addf(out, "# HELP %s %s\n# TYPE %s histogram\n", name, help, name);
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
		text_addf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", name, (double)bounds_us[i] / 1000000,
		          count);
	}
	count += atomic_load_explicit(&histogram->counts[HISTOGRAM_BUCKETS], memory_order_relaxed);
	text_addf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.6f\n%s_count %" PRIu64 "\n", name,
	          count, name,
	          (double)atomic_load_explicit(&histogram->sum_us, memory_order_relaxed) / 1000000,
	          name, count);
}
