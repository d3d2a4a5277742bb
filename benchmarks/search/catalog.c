/**
 * catalog FILE [ENTRIES] - fill a catalogue and ask it, in words rare and common.
 *
 * Titles are made of words whose frequency falls as in a natural language (Zipf), with the
 * words that stand in very many titles ("the", "1080p", years) or in all ("rip") besides.  The
 * last kinds of queries are the worst that could be thought of.  Prints, for each kind of
 * query, the percentiles of the time from tstream_search_start() until its results are in hand, in
 * order, the p95 of the processor time, which what else runs changes less, and what the process
 * takes of memory.  FILE is made if it is not there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <tstream/tstream.h>

#define VOCABULARY 60000
#define QUERIES 400
#define RESULTS 500
#define CHUNK 20000
#define LINE_BYTES 320

static uint64_t seed = 88172645463325252u;

static uint64_t random_number(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static double clock_ms(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double now_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/** Resident memory, in MiB. */
static double resident_mib(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");
	if (!file || fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return (double)pages * 4096 / (1 << 20);
}

/* -- titles --------------------------------------------------------------- */

/** The word of a rank: syllables by the digits of a number that looks random. */
static void make_word(uint32_t rank, char *out_word)
{
	static const char consonants[] = "bdfgklmnprstvz";
	static const char vowels[] = "aeiou";
	uint32_t number = rank * 2654435761u >> 8 | 1u << 24;
	size_t syllables = 2 + number % 3;
	for (size_t i = 0; i < syllables; i++) {
		*out_word++ = consonants[number % 14];
		number /= 14;
		*out_word++ = vowels[number % 5];
		number /= 5;
	}
	*out_word = '\0';
}

/** Ranks by Zipf's law, nearly: each octave of ranks is as likely as the next. */
static uint32_t random_rank(void)
{
	uint32_t octave = (uint32_t)(random_number() % 16);
	uint32_t rank = (1u << octave) + (uint32_t)(random_number() % (1u << octave));
	return rank % VOCABULARY;
}

static size_t make_line(uint64_t number, char out_line[LINE_BYTES])
{
	static const char *const tags[] = {"1080p", "720p", "2160p", "x264", "WEB-DL", "BluRay"};
	char words[160] = "";
	char word[16];
	size_t count = 2 + random_number() % 5;
	for (size_t i = 0; i < count; i++) {
		make_word(random_rank(), word);
		strcat(strcat(words, word), " ");
	}
	return (size_t)snprintf(
	    out_line, LINE_BYTES, "%s%s%d %s %sRip\t%040llx\t%llu\t2000\n",
	    random_number() % 5 < 3 ? "The " : "", words, 1930 + (int)(random_number() % 97),
	    tags[random_number() % 6], random_number() % 6 < 1 ? "Commentary " : "",
	    (unsigned long long)number, (unsigned long long)(random_number() % 10000000000));
}

static void fill(tstream_catalog *catalog, uint64_t entries)
{
	static char text[CHUNK * LINE_BYTES];
	double began_ms = now_ms();
	for (uint64_t i = 0; i < entries;) {
		size_t size = 0;
		for (int line = 0; line < CHUNK && i < entries; line++)
			size += make_line(++i, text + size);
		if (tstream_catalog_import(catalog, text, size, NULL, NULL) != 0)
			exit(1);
	}
	printf("%llu entries put in %.0f s\n", (unsigned long long)entries,
	       (now_ms() - began_ms) / 1e3);
}

/* -- queries -------------------------------------------------------------- */

static void make_rare(char *out_text)
{
	make_word(20000 + (uint32_t)(random_number() % 40000), out_text);
}

static void make_common(char *out_text)
{
	static const char *const words[] = {"the", "1080p", "720p", "x264", "web", "bluray"};
	strcpy(out_text, words[random_number() % 6]);
}

static void make_pair(char *out_text)
{
	char word[16];
	make_word((uint32_t)(random_number() % 64), out_text);
	make_word(random_rank(), word);
	strcat(strcat(out_text, " "), word);
}

static void make_contrary(char *out_text)
{
	static const char *const words[] = {"1080p 720p", "x264 bluray", "720p 2160p",
	                                    "the x264 1080p"};
	strcpy(out_text, words[random_number() % 4]);
}

static void make_prefix(char *out_text)
{
	char word[16];
	make_word(random_rank(), word);
	snprintf(out_text, 64, "the %.*s", 3 + (int)(random_number() % 4), word);
}

static void make_natural(char *out_text)
{
	char word[16];
	*out_text = '\0';
	for (uint64_t i = 0, count = 1 + random_number() % 3; i < count; i++) {
		make_word(random_rank(), word);
		strcat(strcat(out_text, word), " ");
	}
}

/** Words that one title of a hundred has, and none has together. */
static void make_years(char *out_text)
{
	int year = 1930 + (int)(random_number() % 95);
	sprintf(out_text, "%d %d", year, year + 2);
}

static void make_short_prefix(char *out_text)
{
	static const char *const words[] = {"the", "1080p", "rip", "web"};
	char word[16];
	make_word(random_rank(), word);
	sprintf(out_text, "%s %.*s", words[random_number() % 4], 2 + (int)(random_number() % 2), word);
}

/** Beginnings of words that very many titles have. */
static void make_common_prefix(char *out_text)
{
	static const char *const texts[] = {"1080p 720",    "720p commenta", "x264 blu",
	                                    "the 19",       "2160p 108",     "1080p commentar",
	                                    "720p x264 co", "commentary 199"};
	strcpy(out_text, texts[random_number() % 8]);
}

static void make_in_all(char *out_text)
{
	make_word(random_rank(), out_text);
	sprintf(out_text + strlen(out_text), random_number() % 2 ? " rip" : " commentary rip");
}

static void make_unknown(char *out_text)
{
	static const char *const texts[] = {"zyzzyva the 1080p", "the rip zyzzyva", "rip the qqq"};
	strcpy(out_text, texts[random_number() % 3]);
}

static void make_ten(char *out_text)
{
	char word[16];
	strcpy(out_text, "rip the");
	for (int i = 0; i < 8; i++) {
		make_word((uint32_t)(random_number() % 32), word);
		strcat(strcat(out_text, " "), word);
	}
}

static const struct {
	const char *name;
	void (*make)(char *out_text);
} kinds[] = {
    {"one rare word", make_rare},
    {"one very common word", make_common},
    {"a common and any word", make_pair},
    {"a common word and a beginning", make_prefix},
    {"one to three words, as people type", make_natural},
    {"common words that exclude each other", make_contrary},
    {"years that exclude each other", make_years},
    {"a common word, two or three letters", make_short_prefix},
    {"a common word, a common beginning", make_common_prefix},
    {"any word, one that all titles have", make_in_all},
    {"common words and an unknown one", make_unknown},
    {"ten common words", make_ten},
};

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a;
	double right = *(const double *)b;
	return (left > right) - (left < right);
}

/** From the question until the best results are in hand.  @return how many there are */
static size_t ask_once(tstream_search *search, const char *text)
{
	tstream_query *query = NULL;
	tstream_results *results = NULL;
	if (tstream_search_start(search, text, NULL, &query, NULL) != 0 ||
	    tstream_query_wait_done(query, -1) != 0 ||
	    tstream_query_get_results(query, 0, RESULTS, &results) != 0)
		exit(1);
	size_t count = tstream_results_get_count(results);
	tstream_results_free(results);
	tstream_query_close(query);
	return count;
}

static void ask(tstream_search *search, size_t kind)
{
	static double times_ms[QUERIES];
	static double busy_ms[QUERIES];
	char text[160];
	size_t found = 0;
	for (size_t i = 0; i < QUERIES; i++) {
		kinds[kind].make(text);
		double began_ms = now_ms();
		double began_busy_ms = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
		found += ask_once(search, text);
		times_ms[i] = now_ms() - began_ms;
		busy_ms[i] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - began_busy_ms;
	}
	qsort(times_ms, QUERIES, sizeof(double), compare);
	qsort(busy_ms, QUERIES, sizeof(double), compare);
	printf("%-38s %8.2f %8.2f %8.2f %8.2f %8.2f %9.1f %8.1f\n", kinds[kind].name,
	       times_ms[QUERIES / 2], times_ms[QUERIES * 95 / 100], times_ms[QUERIES * 99 / 100],
	       times_ms[QUERIES - 1], busy_ms[QUERIES * 95 / 100], (double)found / QUERIES,
	       resident_mib());
}

int main(int argc, char **argv)
{
	tstream_catalog *catalog = NULL;
	tstream_search *search = NULL;
	tstream_error err = {0};
	uint64_t entries = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	if (argc < 2 || tstream_catalog_open(argv[1], TSTREAM_CATALOG_EMPTY, &catalog, &err) != 0) {
		fprintf(stderr, "usage: catalog FILE [ENTRIES]  %s\n", err.message);
		return 1;
	}
	if (tstream_catalog_get_count(catalog) == 0)
		fill(catalog, entries);
	if (tstream_search_open(NULL, &search, &err) != 0 ||
	    tstream_search_add_catalog(search, "catalog", catalog, &err) != 0) {
		fprintf(stderr, "catalog: %s\n", err.message);
		return 1;
	}
	printf("%lld entries\n", (long long)tstream_catalog_get_count(catalog));
	printf("%-38s %8s %8s %8s %8s %8s %9s %8s\n", "ms", "p50", "p95", "p99", "max", "CPU p95",
	       "found", "MiB");
	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
		ask(search, kind);
	tstream_search_close(search);
	tstream_catalog_close(catalog);
	return 0;
}
