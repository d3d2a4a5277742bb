/* Ask several indexers and print what they find:
 *
 *     ./search WORDS [TORZNAB-URL...]
 *
 * Without a URL the Internet Archive alone is asked.  A key goes into the URL, as people paste
 * it: http://127.0.0.1:9117/api/v2.0/indexers/all/results/torznab?apikey=KEY */
#include <inttypes.h>
#include <stdio.h>
#include <tstream/tstream.h>

static int add_providers(tstream_search *search, char **urls, int count, tstream_error *err)
{
	int code = tstream_search_add_archive(search, "archive", NULL, err);

	for (int i = 0; i < count && code == 0; i++) {
		char name[24];

		snprintf(name, sizeof(name), "torznab%d", i + 1);
		code = tstream_search_add_torznab(search, name, urls[i], NULL, err);
	}
	return code;
}

/* As they come. */
static void print_results(tstream_query *query)
{
	tstream_result result = TSTREAM_RESULT_INIT;
	int code;

	while ((code = tstream_query_next(query, &result)) != 0) {
		if (code == 1)
			printf("%s\n  %s\n  %" PRId64 " bytes, %" PRId64 " seeders, from %s\n", result.title,
			       result.magnet ? result.magnet : result.id, result.size, result.seeders,
			       result.sources);
		else if (code != TSTREAM_EAGAIN || tstream_query_wait(query, -1) != 0)
			break;
	}
}

static void print_providers(tstream_query *query)
{
	tstream_provider_state states[TSTREAM_MAX_PROVIDERS] = {{.struct_size = sizeof(states[0])}};
	size_t count = tstream_query_get_providers(query, states, TSTREAM_MAX_PROVIDERS);

	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s: %s, %u results in %" PRId64 " ms. %s\n", states[i].name,
		        tstream_provider_status_name(states[i].status), states[i].result_count,
		        states[i].elapsed_us / 1000, states[i].message);
}

int main(int argc, char **argv)
{
	tstream_search *search = NULL;
	tstream_query *query = NULL;
	tstream_error err;

	if (argc < 2) {
		fprintf(stderr, "usage: %s WORDS [TORZNAB-URL...]\n", argv[0]);
		return 2;
	}
	if (tstream_search_open(NULL, &search, &err) ||
	    add_providers(search, argv + 2, argc - 2, &err) ||
	    tstream_search_start(search, argv[1], NULL, &query, &err)) {
		fprintf(stderr, "%s\n", err.message);
		tstream_search_close(search);
		return 1;
	}
	print_results(query);
	print_providers(query);
	tstream_query_close(query);
	tstream_search_close(search);
	return 0;
}
