/**
 * The data directory: one holder, private modes, and nothing found in it is trusted.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "session_fixture.h"
#include "store/data_dir.h"
#include "suite.h"

#define OTHER_V1 "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c"

static char path[64];
static tsi_data_dir *dir;

static void setup(void)
{
	make_dir(path);
	ck_assert_int_eq(tsi_data_dir_open(path, &dir, NULL), 0);
}

static void teardown(void)
{
	tsi_data_dir_close(dir);
	remove_dir(path);
}

static void path_in(const char *rest, char out_path[192])
{
	snprintf(out_path, 192, "%s/%s", path, rest);
}

static void put(const char *rest, const char *text)
{
	char file[192];
	path_in(rest, file);
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static bool exists(const char *rest)
{
	char file[192];
	struct stat status;
	path_in(rest, file);
	return lstat(file, &status) == 0;
}

START_TEST(a_directory_has_one_holder)
{
	tsi_data_dir *other = NULL;
	tstream_error err = {0};
	ck_assert_int_eq(tsi_data_dir_open(path, &other, &err), TSTREAM_EBUSY);
	ck_assert_ptr_null(other);
	tsi_data_dir_close(dir);
	ck_assert_int_eq(tsi_data_dir_open(path, &dir, NULL), 0);
}
END_TEST

START_TEST(what_is_made_is_private)
{
	char file[192];
	struct stat status;
	umask(0);
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, FILM_V1, NULL), 0);
	ck_assert_int_eq(tsi_data_dir_write(dir, FILM_V1, "resume", "x", 1), 0);
	path_in("torrents/" FILM_V1, file);
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0700);
	path_in("torrents/" FILM_V1 "/resume", file);
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0600);
	path_in("lock", file);
	ck_assert_int_eq(stat(file, &status), 0);
	ck_assert_int_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(directories_above_are_made_too)
{
	char deep[192];
	tsi_data_dir *other = NULL;
	path_in("a/b/c", deep);
	ck_assert_int_eq(tsi_data_dir_open(deep, &other, NULL), 0);
	ck_assert(exists("a/b/c/torrents"));
	tsi_data_dir_close(other);
}
END_TEST

START_TEST(paths_that_are_too_long_or_empty_are_refused)
{
	static char longest[TSI_PATH_BYTES + 100];
	tsi_data_dir *other = NULL;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	ck_assert_int_eq(tsi_data_dir_open(longest, &other, NULL), TSTREAM_EINVAL);
	ck_assert_int_eq(tsi_data_dir_open("", &other, NULL), TSTREAM_EINVAL);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(a_file_in_the_way_is_an_error_in_words)
{
	char inside[192];
	tsi_data_dir *other = NULL;
	tstream_error err = {0};
	put("file", "x");
	path_in("file/below", inside);
	ck_assert_int_lt(tsi_data_dir_open(inside, &other, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.message, "file"));
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(a_directory_that_cannot_be_written_is_eacces)
{
	char locked[192];
	tsi_data_dir *other = NULL;
	path_in("locked", locked);
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(mkdir(locked, 0555), 0);
	uid_t user = geteuid();
	/* Nothing is forbidden to root. */
	if (user == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	int code = tsi_data_dir_open(locked, &other, NULL);
	if (user == 0)
		ck_assert_int_eq(seteuid(user), 0);
	ck_assert_int_eq(code, TSTREAM_EACCES);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
	void *bytes = NULL;
	size_t size = 0;
	ck_assert_int_eq(tsi_data_dir_read(dir, NULL, "dht", &bytes, &size), TSTREAM_ENOENT);
	ck_assert_int_eq(tsi_data_dir_write(dir, NULL, "dht", "a\0b", 3), 0);
	ck_assert_int_eq(tsi_data_dir_read(dir, NULL, "dht", &bytes, &size), 0);
	ck_assert_uint_eq(size, 3);
	ck_assert_mem_eq(bytes, "a\0b", 3);
	free(bytes);
	ck_assert(!exists("dht.new"));
}
END_TEST

static char at_flush[8]; /* what "dht" held when a file was last flushed */

int fdatasync(int fd)
{
	void *bytes = NULL;
	size_t size = 0;
	memset(at_flush, 0, sizeof(at_flush));
	if (tsi_data_dir_read(dir, NULL, "dht", &bytes, &size) == 0)
		memcpy(at_flush, bytes, size < sizeof(at_flush) ? size : sizeof(at_flush) - 1);
	free(bytes);
	return fsync(fd);
}

START_TEST(what_is_new_is_there_before_the_flush_and_what_is_old_until_after)
{
	ck_assert_int_eq(tsi_data_dir_write(dir, NULL, "dht", "one", 3), 0);
	ck_assert_str_eq(at_flush, "one");
	ck_assert_int_eq(tsi_data_dir_write(dir, NULL, "dht", "two", 3), 0);
	ck_assert_str_eq(at_flush, "one");
}
END_TEST

START_TEST(an_alias_leads_to_its_directory)
{
	char name[TSTREAM_INFOHASH_BYTES];
	tsi_data_dir_resolve(dir, OTHER_V1, name);
	ck_assert_str_eq(name, OTHER_V1);
	ck_assert_int_eq(tsi_data_dir_alias(dir, OTHER_V1, FILM_V1), 0);
	tsi_data_dir_resolve(dir, OTHER_V1, name);
	ck_assert_str_eq(name, FILM_V1);
}
END_TEST

START_TEST(an_alias_that_is_no_infohash_is_ignored)
{
	static const char *const hostile[] = {
	    "",
	    "../../../../etc",
	    "/etc",
	    "..",
	    FILM_V1 "/../..",
	    FILM_V1 "\n",
	    "0101010101",
	    "010101010101010101010101010101010101010G",
	    FILM_V1 FILM_V1 FILM_V1,
	};
	char name[TSTREAM_INFOHASH_BYTES];
	put("torrents/" OTHER_V1 ".alias", hostile[_i]);
	tsi_data_dir_resolve(dir, OTHER_V1, name);
	ck_assert_str_eq(name, OTHER_V1);
}
END_TEST

START_TEST(symbolic_links_are_not_followed)
{
	char target[192];
	char link[192];
	char name[TSTREAM_INFOHASH_BYTES];
	void *bytes = NULL;
	size_t size = 0;
	put("secret", FILM_V1);
	path_in("secret", target);
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, FILM_V1, NULL), 0);
	path_in("torrents/" FILM_V1 "/resume", link);
	ck_assert_int_eq(symlink(target, link), 0);
	ck_assert_int_lt(tsi_data_dir_read(dir, FILM_V1, "resume", &bytes, &size), 0);
	path_in("torrents/" OTHER_V1 ".alias", link);
	ck_assert_int_eq(symlink(target, link), 0);
	tsi_data_dir_resolve(dir, OTHER_V1, name);
	ck_assert_str_eq(name, OTHER_V1);
	/* Writing replaces the link, not what it leads to. */
	ck_assert_int_eq(tsi_data_dir_write(dir, FILM_V1, "resume", "fresh", 5), 0);
	ck_assert_int_eq(tsi_data_dir_read(dir, NULL, "secret", &bytes, &size), 0);
	ck_assert_uint_eq(size, strlen(FILM_V1));
	free(bytes);
}
END_TEST

START_TEST(what_is_no_file_or_too_large_is_refused)
{
	char file[192];
	void *bytes = NULL;
	size_t size = 0;
	path_in("dht", file);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(tsi_data_dir_read(dir, NULL, "dht", &bytes, &size), TSTREAM_EIO);
	put("huge", "");
	path_in("huge", file);
	ck_assert_int_eq(truncate(file, (64 << 20) + 1), 0);
	ck_assert_int_eq(tsi_data_dir_read(dir, NULL, "huge", &bytes, &size), TSTREAM_EIO);
	ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(deleting_takes_the_aliases_and_nothing_outside)
{
	char target[192];
	char link[192];
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, FILM_V1, NULL), 0);
	ck_assert_int_eq(tsi_data_dir_write(dir, FILM_V1, "resume", "x", 1), 0);
	ck_assert_int_eq(tsi_data_dir_alias(dir, OTHER_V1, FILM_V1), 0);
	ck_assert_int_eq(tsi_data_dir_alias(dir, DATA_V1, OTHER_V1), 0);
	path_in("outside", target);
	ck_assert_int_eq(mkdir(target, 0700), 0);
	put("outside/precious", "x");
	path_in("torrents/" FILM_V1 "/data", link);
	ck_assert_int_eq(symlink(target, link), 0);
	tsi_data_dir_delete_torrent(dir, FILM_V1);
	ck_assert(!exists("torrents/" OTHER_V1 ".alias"));
	ck_assert(exists("torrents/" DATA_V1 ".alias"));
	ck_assert(!exists("torrents/" FILM_V1 "/resume"));
	ck_assert(exists("outside/precious"));
}
END_TEST

START_TEST(only_an_empty_directory_is_dropped)
{
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, FILM_V1, NULL), 0);
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, DATA_V1, NULL), 0);
	ck_assert_int_eq(tsi_data_dir_write(dir, DATA_V1, "resume", "x", 1), 0);
	tsi_data_dir_drop_empty_torrent(dir, FILM_V1);
	tsi_data_dir_drop_empty_torrent(dir, DATA_V1);
	ck_assert(!exists("torrents/" FILM_V1));
	ck_assert(exists("torrents/" DATA_V1));
}
END_TEST

START_TEST(the_list_holds_torrents_and_nothing_else)
{
	char link[192];
	tsi_stored_torrent *torrents = NULL;
	size_t count = 99;
	ck_assert_int_eq(tsi_data_dir_list(dir, &torrents, &count), 0);
	ck_assert_uint_eq(count, 0);
	free(torrents);
	ck_assert_int_eq(tsi_data_dir_make_torrent(dir, FILM_V1, NULL), 0);
	put("torrents/" DATA_V1, "a file, not a directory");
	put("torrents/notes.txt", "x");
	ck_assert_int_eq(tsi_data_dir_alias(dir, OTHER_V1, FILM_V1), 0);
	path_in("torrents/" OTHER_V1, link);
	ck_assert_int_eq(symlink("/", link), 0);
	ck_assert_int_eq(tsi_data_dir_list(dir, &torrents, &count), 0);
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(torrents[0].infohash, FILM_V1);
	free(torrents);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("data_dir");
	TCase *tcase = tcase_create("data_dir");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_directory_has_one_holder);
	tcase_add_test(tcase, what_is_made_is_private);
	tcase_add_test(tcase, directories_above_are_made_too);
	tcase_add_test(tcase, paths_that_are_too_long_or_empty_are_refused);
	tcase_add_test(tcase, a_file_in_the_way_is_an_error_in_words);
	tcase_add_test(tcase, a_directory_that_cannot_be_written_is_eacces);
	tcase_add_test(tcase, what_is_written_is_read_back);
	tcase_add_test(tcase, what_is_new_is_there_before_the_flush_and_what_is_old_until_after);
	tcase_add_test(tcase, an_alias_leads_to_its_directory);
	tcase_add_loop_test(tcase, an_alias_that_is_no_infohash_is_ignored, 0, 9);
	tcase_add_test(tcase, symbolic_links_are_not_followed);
	tcase_add_test(tcase, what_is_no_file_or_too_large_is_refused);
	tcase_add_test(tcase, deleting_takes_the_aliases_and_nothing_outside);
	tcase_add_test(tcase, only_an_empty_directory_is_dropped);
	tcase_add_test(tcase, the_list_holds_torrents_and_nothing_else);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	return suite_run(make_suite());
}
