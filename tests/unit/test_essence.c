/**
 * What of a .torrent may be shared: its info and piece layers, byte by byte, and no more.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <tstream/base.h>

#include "core/essence.h"
#include "suite.h"

static const struct {
	const char *torrent;
	const char *essence; /**< NULL: refused */
} cases[] = {
    {"d4:infod4:name1:aee", "d4:infod4:name1:aee"},
    {"d8:announce6:secret4:infod4:name1:ae8:url-list6:secrete", "d4:infod4:name1:aee"},
    {"d4:infod1:ald1:bi-1eeeee", "d4:infod1:ald1:bi-1eeeee"},
    {"d4:infod1:a4:infoe12:piece layersd2:xy2:zzee",
     "d4:infod1:a4:infoe12:piece layersd2:xy2:zzee"},
    {"d12:piece layersde4:infodee", "d4:infode12:piece layersdee"},
    {"", NULL},
    {"d", NULL},
    {"de", NULL},
    {"i1e", NULL},
    {"d4:info", NULL},
    {"d4:infoe", NULL},
    {"d4:infod", NULL},
    {"d4:infodee"
     "d4:infod1:x",
     "d4:infodee"},
    {"d5:infodee", NULL},
    {"d4:info9:shorte", NULL},
    {"d4:info99999999999999999999999:xe", NULL},
    {"d4:infoi12", NULL},
    {"d-1:infodee", NULL},
    {"di1edee", NULL},
};

START_TEST(only_what_the_infohash_vouches_for_is_kept)
{
	void *bytes = NULL;
	size_t size = 0;
	const char *torrent = cases[_i].torrent;
	int code = tsi_torrent_essence(torrent, strlen(torrent), &bytes, &size);
	ck_assert_int_eq(code, cases[_i].essence ? TSTREAM_OK : TSTREAM_EINVAL);
	if (cases[_i].essence) {
		ck_assert_uint_eq(size, strlen(cases[_i].essence));
		ck_assert_mem_eq(bytes, cases[_i].essence, size);
	}
	free(bytes);
}
END_TEST

START_TEST(a_tower_of_lists_is_refused)
{
	char torrent[1000] = "d4:info";
	void *bytes = NULL;
	size_t size = 0;
	memset(torrent + 7, 'l', 400);
	memset(torrent + 407, 'e', 401);
	ck_assert_int_eq(tsi_torrent_essence(torrent, 808, &bytes, &size), TSTREAM_EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("essence");
	TCase *tcase = tcase_create("essence");
	tcase_add_loop_test(tcase, only_what_the_infohash_vouches_for_is_kept, 0,
	                    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, a_tower_of_lists_is_refused);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
