/* Counting, and the text it becomes. */
#include "metrics.h"
#include "request.h"
#include "request_id.h"
#include "suite.h"

#include <check.h>
#include <string.h>

static char memory[32 * 1024];
static struct text out;

static void begin(void)
{
	text_init(&out, memory, sizeof(memory));
}

static void assert_says(const char *line)
{
	ck_assert_msg(strstr(out.data, line), "no %s in\n%s", line, out.data);
}

START_TEST(a_bucket_counts_what_took_at_most_as_long_as_it_says)
{
	struct histogram histogram = {0};

	histogram_observe(&histogram, 5000);
	histogram_observe(&histogram, 5001);
	histogram_observe(&histogram, -1);
	histogram_observe(&histogram, INT64_C(121000000));
	histogram_write(&histogram, "x_seconds", "How long.", &out);
	assert_says("# HELP x_seconds How long.\n# TYPE x_seconds histogram\n"
	            "x_seconds_bucket{le=\"0.005\"} 2\nx_seconds_bucket{le=\"0.01\"} 3\n");
	assert_says("x_seconds_bucket{le=\"120\"} 3\nx_seconds_bucket{le=\"+Inf\"} 4\n"
	            "x_seconds_sum 121.010001\nx_seconds_count 4\n");
}
END_TEST

START_TEST(a_start_is_no_seek_and_a_short_wait_no_stall)
{
	struct metrics metrics = {0};

	metrics_note_first_byte(&metrics, false, 20000);
	metrics_note_first_byte(&metrics, true, 30000);
	metrics_note_first_byte(&metrics, true, 30000);
	metrics_note_wait(&metrics, METRICS_STALL_US - 1);
	metrics_note_wait(&metrics, METRICS_STALL_US);
	metrics_write(&metrics, &out);
	assert_says("tstream_stream_first_byte_seconds_count 1\n");
	assert_says("tstream_stream_seek_seconds_count 2\n");
	assert_says("tstream_stream_stall_seconds_count 1\n");
}
END_TEST

START_TEST(a_loss_is_what_the_viewer_waited_for_in_vain)
{
	struct metrics metrics = {0};

	metrics_note_loss(&metrics, REQUEST_CLIENT_GONE);
	metrics_note_loss(&metrics, TSTREAM_ETIMEDOUT);
	metrics_note_loss(&metrics, TSTREAM_ENOSPC);
	metrics_note_loss(&metrics, TSTREAM_ENOENT);
	metrics_note_loss(&metrics, TSTREAM_EINVAL);
	metrics_note_loss(&metrics, TSTREAM_ECANCELED);
	metrics_write(&metrics, &out);
	assert_says("losses_total{reason=\"gone\"} 1\n");
	assert_says("losses_total{reason=\"timeout\"} 1\n");
	assert_says("losses_total{reason=\"error\"} 1\n");
}
END_TEST

START_TEST(answers_are_counted_by_the_class_of_their_status)
{
	struct metrics metrics = {0};

	metrics_note_answer(&metrics, 200);
	metrics_note_answer(&metrics, 206);
	metrics_note_answer(&metrics, 503);
	metrics_note_answer(&metrics, 0);
	metrics_note_answer(&metrics, 600);
	metrics_write(&metrics, &out);
	assert_says("requests_total{code=\"2xx\"} 2\n");
	assert_says("requests_total{code=\"4xx\"} 0\n");
	assert_says("requests_total{code=\"5xx\"} 1\n");
}
END_TEST

START_TEST(a_request_id_is_short_and_plain_or_else_made_here)
{
	char longest[REQUEST_ID_BYTES + 1], id[REQUEST_ID_BYTES], other[REQUEST_ID_BYTES];

	memset(longest, 'a', REQUEST_ID_BYTES);
	longest[REQUEST_ID_BYTES] = '\0';
	ck_assert(!request_id_is_well_formed(longest));
	longest[REQUEST_ID_BYTES - 1] = '\0';
	ck_assert(request_id_is_well_formed(longest));
	ck_assert(request_id_is_well_formed("0f0e-A.b_1"));
	ck_assert(!request_id_is_well_formed(""));
	ck_assert(!request_id_is_well_formed("a b"));
	ck_assert(!request_id_is_well_formed("a\"b"));
	ck_assert(!request_id_is_well_formed("a\xC3\xA9"));
	request_id_choose("abc", id);
	ck_assert_str_eq(id, "abc");
	request_id_choose("a b", id);
	request_id_choose(NULL, other);
	ck_assert_uint_eq(strlen(id), 32);
	ck_assert(request_id_is_well_formed(id));
	ck_assert_str_ne(id, other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tests = tcase_create("metrics");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_add_test(tests, a_bucket_counts_what_took_at_most_as_long_as_it_says);
	tcase_add_test(tests, a_start_is_no_seek_and_a_short_wait_no_stall);
	tcase_add_test(tests, a_loss_is_what_the_viewer_waited_for_in_vain);
	tcase_add_test(tests, answers_are_counted_by_the_class_of_their_status);
	tcase_add_test(tests, a_request_id_is_short_and_plain_or_else_made_here);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
