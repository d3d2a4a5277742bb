/**
 * core/path.h - paths of torrents' files, fit for a file system.
 */
#ifndef TSI_CORE_PATH_H
#define TSI_CORE_PATH_H

#ifdef __cplusplus
extern "C" {
#endif

/** The most bytes that a component has: NAME_MAX of POSIX's file systems. */
#define TSI_PATH_COMPONENT_BYTES 255

/** A copy of @p path, which is UTF-8, that stays below the directory it is put into: no component
 *  is empty, "." or ".."; those that are too long are cut before their extension, and
 *  have there what tells them apart from others that begin alike.
 *  @return yours to free(); NULL if out of memory */
char *tsi_path_sanitise(const char *path);

#ifdef __cplusplus
}
#endif

#endif
