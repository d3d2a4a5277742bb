/**
 * unit/temporary_dir.h - a directory that a test makes, and removes with all that is in it.
 */
#ifndef TEST_UNIT_TEMPORARY_DIR_H
#define TEST_UNIT_TEMPORARY_DIR_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

static inline int remove_entry(const char *path, const struct stat *status, int type,
                               struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static inline void make_dir(char out_dir[64])
{
	snprintf(out_dir, 64, "%s", "/tmp/tstream-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(out_dir));
}

static inline void remove_dir(const char *dir)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
