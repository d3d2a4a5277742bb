/**
 * core/media.c - what kind of file a name promises.
 */
#include "core/media.h"

#include <stdlib.h>
#include <string.h>
#include <tstream/media.h>

/* Sorted by extension, for bsearch.  Types from the IANA registry where there is one
 * (RFC 9559 for Matroska, RFC 7845 for .opus), else as players use them.  No type that
 * makes a browser run what a stranger wrote: no HTML, no SVG, no script. */
static const tsi_media table[] = {
    {"3g2", "video/3gpp2", TSTREAM_MEDIA_VIDEO},
    {"3gp", "video/3gpp", TSTREAM_MEDIA_VIDEO},
    {"7z", "application/x-7z-compressed", TSTREAM_MEDIA_OTHER},
    {"aac", "audio/aac", TSTREAM_MEDIA_AUDIO},
    {"ac3", "audio/ac3", TSTREAM_MEDIA_AUDIO},
    {"aif", "audio/x-aiff", TSTREAM_MEDIA_AUDIO},
    {"aiff", "audio/x-aiff", TSTREAM_MEDIA_AUDIO},
    {"ape", "audio/x-ape", TSTREAM_MEDIA_AUDIO},
    {"asf", "video/x-ms-asf", TSTREAM_MEDIA_VIDEO},
    {"ass", "text/x-ssa", TSTREAM_MEDIA_SUBTITLE},
    {"avi", "video/x-msvideo", TSTREAM_MEDIA_VIDEO},
    {"avif", "image/avif", TSTREAM_MEDIA_IMAGE},
    {"bmp", "image/bmp", TSTREAM_MEDIA_IMAGE},
    {"divx", "video/x-msvideo", TSTREAM_MEDIA_VIDEO},
    {"dts", "audio/vnd.dts", TSTREAM_MEDIA_AUDIO},
    {"eac3", "audio/eac3", TSTREAM_MEDIA_AUDIO},
    {"epub", "application/epub+zip", TSTREAM_MEDIA_OTHER},
    {"f4v", "video/mp4", TSTREAM_MEDIA_VIDEO},
    {"flac", "audio/flac", TSTREAM_MEDIA_AUDIO},
    {"flv", "video/x-flv", TSTREAM_MEDIA_VIDEO},
    {"gif", "image/gif", TSTREAM_MEDIA_IMAGE},
    {"gz", "application/gzip", TSTREAM_MEDIA_OTHER},
    {"heic", "image/heic", TSTREAM_MEDIA_IMAGE},
    {"iso", "application/x-iso9660-image", TSTREAM_MEDIA_OTHER},
    {"jpeg", "image/jpeg", TSTREAM_MEDIA_IMAGE},
    {"jpg", "image/jpeg", TSTREAM_MEDIA_IMAGE},
    {"json", "application/json", TSTREAM_MEDIA_OTHER},
    {"jxl", "image/jxl", TSTREAM_MEDIA_IMAGE},
    {"m2t", "video/mp2t", TSTREAM_MEDIA_VIDEO},
    {"m2ts", "video/mp2t", TSTREAM_MEDIA_VIDEO},
    {"m2v", "video/mpeg", TSTREAM_MEDIA_VIDEO},
    {"m3u8", "application/vnd.apple.mpegurl", TSTREAM_MEDIA_OTHER},
    {"m4a", "audio/mp4", TSTREAM_MEDIA_AUDIO},
    {"m4b", "audio/mp4", TSTREAM_MEDIA_AUDIO},
    {"m4v", "video/mp4", TSTREAM_MEDIA_VIDEO},
    {"mid", "audio/midi", TSTREAM_MEDIA_AUDIO},
    {"mk3d", "video/matroska-3d", TSTREAM_MEDIA_VIDEO},
    {"mka", "audio/matroska", TSTREAM_MEDIA_AUDIO},
    {"mkv", "video/matroska", TSTREAM_MEDIA_VIDEO},
    {"mov", "video/quicktime", TSTREAM_MEDIA_VIDEO},
    {"mp2", "audio/mpeg", TSTREAM_MEDIA_AUDIO},
    {"mp3", "audio/mpeg", TSTREAM_MEDIA_AUDIO},
    {"mp4", "video/mp4", TSTREAM_MEDIA_VIDEO},
    {"mpeg", "video/mpeg", TSTREAM_MEDIA_VIDEO},
    {"mpg", "video/mpeg", TSTREAM_MEDIA_VIDEO},
    {"mts", "video/mp2t", TSTREAM_MEDIA_VIDEO},
    {"nfo", "text/plain", TSTREAM_MEDIA_OTHER},
    {"oga", "audio/ogg", TSTREAM_MEDIA_AUDIO},
    {"ogg", "audio/ogg", TSTREAM_MEDIA_AUDIO},
    {"ogm", "video/ogg", TSTREAM_MEDIA_VIDEO},
    {"ogv", "video/ogg", TSTREAM_MEDIA_VIDEO},
    {"opus", "audio/ogg", TSTREAM_MEDIA_AUDIO},
    {"pdf", "application/pdf", TSTREAM_MEDIA_OTHER},
    {"png", "image/png", TSTREAM_MEDIA_IMAGE},
    {"rar", "application/vnd.rar", TSTREAM_MEDIA_OTHER},
    {"rm", "application/vnd.rn-realmedia", TSTREAM_MEDIA_VIDEO},
    {"rmvb", "application/vnd.rn-realmedia-vbr", TSTREAM_MEDIA_VIDEO},
    {"srt", "application/x-subrip", TSTREAM_MEDIA_SUBTITLE},
    {"ssa", "text/x-ssa", TSTREAM_MEDIA_SUBTITLE},
    {"sub", "text/x-microdvd", TSTREAM_MEDIA_SUBTITLE},
    {"tif", "image/tiff", TSTREAM_MEDIA_IMAGE},
    {"tiff", "image/tiff", TSTREAM_MEDIA_IMAGE},
    {"torrent", "application/x-bittorrent", TSTREAM_MEDIA_OTHER},
    {"ts", "video/mp2t", TSTREAM_MEDIA_VIDEO},
    {"ttml", "application/ttml+xml", TSTREAM_MEDIA_SUBTITLE},
    {"txt", "text/plain", TSTREAM_MEDIA_OTHER},
    {"vob", "video/mpeg", TSTREAM_MEDIA_VIDEO},
    {"vtt", "text/vtt", TSTREAM_MEDIA_SUBTITLE},
    {"wav", "audio/wav", TSTREAM_MEDIA_AUDIO},
    {"webm", "video/webm", TSTREAM_MEDIA_VIDEO},
    {"webp", "image/webp", TSTREAM_MEDIA_IMAGE},
    {"wma", "audio/x-ms-wma", TSTREAM_MEDIA_AUDIO},
    {"wmv", "video/x-ms-wmv", TSTREAM_MEDIA_VIDEO},
    {"wv", "audio/x-wavpack", TSTREAM_MEDIA_AUDIO},
    {"zip", "application/zip", TSTREAM_MEDIA_OTHER},
};

static const tsi_media unknown = {"", "application/octet-stream", TSTREAM_MEDIA_OTHER};

/* ASCII only: what tolower() makes of other letters depends on the locale. */
static int fold(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : (unsigned char)letter;
}

static int compare(const void *key, const void *element)
{
	const char *given = key;
	const char *known = ((const tsi_media *)element)->extension;

	while (*given && fold(*given) == *known) {
		given++;
		known++;
	}
	return fold(*given) - *known;
}

const tsi_media *tsi_media_find(const char *path)
{
	const tsi_media *found = NULL;
	const char *name;
	const char *dot;

	if (!path)
		return &unknown;
	name = strrchr(path, '/');
	name = name ? name + 1 : path;
	dot = strrchr(name, '.');
	/* A name that begins with its only dot is hidden, not typed. */
	if (dot && dot != name)
		found =
		    bsearch(dot + 1, table, sizeof(table) / sizeof(table[0]), sizeof(table[0]), compare);
	return found ? found : &unknown;
}
