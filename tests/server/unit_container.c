/* Durations that stand in containers, and bytes that only look like some. */
#include "container.h"
#include "suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SECOND ((int64_t)1000000)

struct bytes {
	unsigned char data[512];
	size_t size;
	unsigned reads;
};

static struct bytes file;

static void reset(void)
{
	memset(&file, 0, sizeof(file));
}

static bool read_bytes(void *user, uint64_t offset, void *buffer, size_t size)
{
	struct bytes *bytes = user;

	bytes->reads++;
	ck_assert_uint_le(offset + size, bytes->size);
	memcpy(buffer, bytes->data + offset, size);
	return true;
}

static int64_t duration_us(void)
{
	struct container_file container = {read_bytes, &file, file.size};

	return container_duration_us(&container);
}

static void add(const void *bytes, size_t size)
{
	memcpy(file.data + file.size, bytes, size);
	file.size += size;
}

static void add_number(uint64_t value, size_t size)
{
	for (size_t i = size; i > 0; i--)
		file.data[file.size++] = (unsigned char)(value >> (8 * (i - 1)));
}

static void add_little(uint32_t value)
{
	for (int i = 0; i < 4; i++)
		file.data[file.size++] = (unsigned char)(value >> (8 * i));
}

static void add_box(const char *type, uint32_t size)
{
	add_number(size, 4);
	add(type, 4);
}

static void add_mvhd(uint8_t version, uint32_t scale, uint64_t duration)
{
	add_box("mvhd", 108);
	size_t end = file.size + 100;
	add_number((uint64_t)version << 24, 4);
	file.size += version ? 16 : 8;
	add_number(scale, 4);
	add_number(duration, version ? 8 : 4);
	file.size = end;
}

static void add_mp4(uint8_t version, uint32_t scale, uint64_t duration)
{
	add_box("ftyp", 16);
	add("isom\0\0\2\0", 8);
	add_box("mdat", 24);
	file.size += 16;
	add_box("moov", 116);
	add_mvhd(version, scale, duration);
}

START_TEST(an_mp4_says_it_in_its_movie_header_wherever_that_is)
{
	add_mp4(0, 600, 600 * 90);
	ck_assert_int_eq(duration_us(), 90 * SECOND);
	reset();
	add_mp4(1, 1000, 7200500);
	ck_assert_int_eq(duration_us(), 7200 * SECOND + SECOND / 2);
}
END_TEST

START_TEST(an_mp4_larger_than_four_gigabytes_has_large_boxes)
{
	add_box("ftyp", 16);
	file.size += 8;
	add_box("mdat", 1);
	add_number(40, 8);
	file.size += 24;
	add_box("moov", 0);
	add_mvhd(0, 1, 5);
	ck_assert_int_eq(duration_us(), 5 * SECOND);
}
END_TEST

START_TEST(an_mp4_that_does_not_know_has_none)
{
	add_mp4(0, 1000, UINT32_MAX);
	ck_assert_int_eq(duration_us(), 0);
	reset();
	add_mp4(1, 1000, UINT64_MAX);
	ck_assert_int_eq(duration_us(), 0);
	reset();
	add_mp4(0, 0, 1000);
	ck_assert_int_eq(duration_us(), 0);
	reset();
	add_mp4(1, 1, UINT64_MAX / 2);
	ck_assert_int_eq(duration_us(), 0);
}
END_TEST

static void add_element(uint32_t id, size_t id_size, uint8_t size)
{
	add_number(id, id_size);
	add_number(0x80 | size, 1);
}

static void add_matroska_head(void)
{
	add_element(0x1A45DFA3, 4, 4);
	add_number(0x42868101, 4);
}

START_TEST(a_matroska_file_says_it_in_its_info)
{
	const double milliseconds = 61500;
	uint64_t bits;

	memcpy(&bits, &milliseconds, sizeof(bits));
	add_matroska_head();
	add_number(0x18538067, 4);
	add_number(0x01FFFFFFFFFFFFFF, 8); /* of unknown size */
	add_element(0x114D9B74, 4, 5);     /* a seek head */
	file.size += 5;
	add_element(0x1549A966, 4, 18);
	add_element(0x2AD7B1, 3, 3);
	add_number(1000000, 3);
	add_element(0x4489, 2, 8);
	add_number(bits, 8);
	ck_assert_int_eq(duration_us(), 61 * SECOND + SECOND / 2);
}
END_TEST

START_TEST(its_duration_may_be_of_four_bytes_and_its_scale_the_usual_one)
{
	const float milliseconds = 2000;
	uint32_t bits;

	memcpy(&bits, &milliseconds, sizeof(bits));
	add_matroska_head();
	add_element(0x18538067, 4, 12);
	add_element(0x1549A966, 4, 7);
	add_element(0x4489, 2, 4);
	add_number(bits, 4);
	ck_assert_int_eq(duration_us(), 2 * SECOND);
}
END_TEST

START_TEST(a_duration_that_is_no_number_is_none)
{
	add_matroska_head();
	add_element(0x18538067, 4, 12);
	add_element(0x1549A966, 4, 7);
	add_element(0x4489, 2, 4);
	add_number(0x7FC00000, 4);
	ck_assert_int_eq(duration_us(), 0);
}
END_TEST

START_TEST(an_avi_says_it_in_frames)
{
	add("RIFF\0\0\0\0AVI LIST\0\0\0\0hdrlavih\70\0\0\0", 32);
	add_little(40000);
	file.size += 12;
	add_little(250);
	ck_assert_int_eq(duration_us(), 10 * SECOND);
}
END_TEST

START_TEST(what_is_no_container_has_no_duration)
{
	ck_assert_int_eq(duration_us(), 0);
	add("hello, this is text and nothing else", 36);
	ck_assert_int_eq(duration_us(), 0);
	ck_assert_uint_eq(file.reads, 1);
}
END_TEST

static bool read_nothing(void *user, uint64_t offset, void *buffer, size_t size)
{
	(void)user;
	(void)offset;
	(void)buffer;
	(void)size;
	return false;
}

START_TEST(bytes_that_are_not_here_make_it_unknown)
{
	struct container_file container = {read_nothing, NULL, 1000};

	ck_assert_int_eq(container_duration_us(&container), 0);
}
END_TEST

/* Whatever stands in it: no byte beyond the file is asked for, and not many are. */
static void ask_of_broken_ones(void)
{
	const struct bytes whole = file;

	for (size_t size = 0; size <= whole.size; size++) {
		file = whole;
		file.size = size;
		(void)duration_us();
	}
	/* A prime, so that all places and many values have their turn. */
	size_t step = getenv("TSTREAM_VALGRIND") ? 67 : 1;
	for (size_t i = 0; i < whole.size * 256; i += step) {
		file = whole;
		file.data[i / 256] = (unsigned char)i;
		int64_t found_us = duration_us();
		ck_assert_int_ge(found_us, 0);
		ck_assert_uint_le(file.reads, 300);
	}
}

START_TEST(a_broken_mp4_is_read_within_bounds)
{
	add_mp4(0, 600, 600 * 90);
	ask_of_broken_ones();
}
END_TEST

START_TEST(a_broken_matroska_file_is_read_within_bounds)
{
	add_matroska_head();
	add_element(0x18538067, 4, 18);
	add_element(0x1549A966, 4, 13);
	add_element(0x2AD7B1, 3, 2);
	add_number(1000, 2);
	add_element(0x4489, 2, 4);
	add_number(0x44FA0000, 4);
	ck_assert_int_gt(duration_us(), 0);
	ask_of_broken_ones();
}
END_TEST

START_TEST(boxes_without_end_are_given_up)
{
	add_box("ftyp", 8);
	while (file.size < 504)
		add_box("free", 8);
	ck_assert_int_eq(duration_us(), 0);
	ck_assert_uint_le(file.reads, 70);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("container");
	TCase *tests = tcase_create("container");

	tcase_add_checked_fixture(tests, reset, NULL);
	tcase_add_test(tests, an_mp4_says_it_in_its_movie_header_wherever_that_is);
	tcase_add_test(tests, an_mp4_larger_than_four_gigabytes_has_large_boxes);
	tcase_add_test(tests, an_mp4_that_does_not_know_has_none);
	tcase_add_test(tests, a_matroska_file_says_it_in_its_info);
	tcase_add_test(tests, its_duration_may_be_of_four_bytes_and_its_scale_the_usual_one);
	tcase_add_test(tests, a_duration_that_is_no_number_is_none);
	tcase_add_test(tests, an_avi_says_it_in_frames);
	tcase_add_test(tests, what_is_no_container_has_no_duration);
	tcase_add_test(tests, bytes_that_are_not_here_make_it_unknown);
	tcase_add_test(tests, a_broken_mp4_is_read_within_bounds);
	tcase_add_test(tests, a_broken_matroska_file_is_read_within_bounds);
	tcase_add_test(tests, boxes_without_end_are_given_up);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
