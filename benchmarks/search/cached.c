/**
 * cached [CACHE_URL [RESULTS]] - how long a cached answer takes within the library.
 *
 * One provider gives its results once; then the same question is asked again and again, and
 * every time must be a number below a millisecond.  A catalogue of some films is asked each
 * time, as in the server.  CACHE_URL is memory: by default; give a redis://... to measure that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tstream/tstream.h>

#define QUESTIONS 5000
#define PAGE 100

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void find(void *user, tstream_request *request)
{
	const unsigned *count = user;
	char infohash[41];
	char title[80];
	for (unsigned i = 0; i < *count; i++) {
		tstream_found found = TSTREAM_FOUND_INIT;
		snprintf(infohash, sizeof(infohash), "%040x", i + 1);
		snprintf(title, sizeof(title), "Big Buck Bunny 2008 1080p release number %u", i);
		found.title = title;
		found.infohash = infohash;
		found.size = 1000000 + i;
		found.seeders = i;
		tstream_request_add(request, &found);
	}
	tstream_request_finish(request, TSTREAM_PROVIDER_OK, 0, NULL);
}

static const tstream_provider_vtable provider = {.struct_size = sizeof(provider),
                                                 .flags = TSTREAM_PROVIDER_BLOCKING |
                                                          TSTREAM_PROVIDER_PUBLIC,
                                                 .kind = "made up",
                                                 .search = find};

static void ask(tstream_search *search, tstream_query_stats *out_stats)
{
	tstream_query *query = NULL;
	tstream_results *results = NULL;
	if (tstream_search_start(search, "big buck bunny", NULL, &query, NULL) != 0 ||
	    tstream_query_wait_done(query, -1) != 0 ||
	    tstream_query_get_results(query, 0, PAGE, &results) != 0 ||
	    tstream_query_get_stats(query, out_stats) != 0)
		exit(1);
	tstream_results_free(results);
	tstream_query_close(query);
}

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;
	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	static double times_ms[QUESTIONS];
	tstream_search_options options = TSTREAM_SEARCH_OPTIONS_INIT;
	tstream_query_stats stats = TSTREAM_QUERY_STATS_INIT;
	tstream_search *search = NULL;
	tstream_catalog *catalog = NULL;
	tstream_error err = {0};
	unsigned results = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 100;
	if (tstream_cache_open(argc > 1 ? argv[1] : "memory:", NULL, &options.cache, &err) != 0 ||
	    tstream_catalog_open(":memory:", 0, &catalog, &err) != 0 ||
	    tstream_search_open(&options, &search, &err) != 0 ||
	    tstream_search_add_catalog(search, "catalog", catalog, &err) != 0 ||
	    tstream_search_add_provider(search, "made-up", &provider, &results, &err) != 0) {
		fprintf(stderr, "cached: %s\n", err.message);
		return 1;
	}
	ask(search, &stats);
	for (size_t i = 0; i < QUESTIONS; i++) {
		double began_ms = now_ms();
		ask(search, &stats);
		times_ms[i] = now_ms() - began_ms;
		if (!stats.is_cached) {
			fprintf(stderr, "cached: an answer was not\n");
			return 1;
		}
	}
	qsort(times_ms, QUESTIONS, sizeof(double), compare);
	printf("%u results, cached, ms: p50 %.3f  p95 %.3f  p99 %.3f  max %.3f\n", stats.result_count,
	       times_ms[QUESTIONS / 2], times_ms[QUESTIONS * 95 / 100], times_ms[QUESTIONS * 99 / 100],
	       times_ms[QUESTIONS - 1]);
	tstream_search_close(search);
	tstream_catalog_close(catalog);
	tstream_cache_close(options.cache);
	return 0;
}
