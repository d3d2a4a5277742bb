#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIN_TEXT_BYTES 16
#define MAX_TEXT_BYTES 1024
#define PATH_BYTES 4096

static int fail(tstream_error *err, int code, const char *what, const char *path)
{
	err->code = code;
	snprintf(err->message, sizeof(err->message), "%s %.180s.", what, path);
	return code;
}

/* A text of any length to a key. */
static int digest(const char *text, const char *source, unsigned char out[SECRET_BYTES],
                  tstream_error *err)
{
	size_t size = strlen(text);

	if (size < MIN_TEXT_BYTES)
		return fail(err, TSTREAM_EINVAL, "A secret has at least 16 characters; look at", source);
	crypto_generichash(out, SECRET_BYTES, (const unsigned char *)text, size, NULL, 0);
	return 0;
}

static int read_text(const char *path, unsigned char out[SECRET_BYTES], tstream_error *err)
{
	char line[MAX_TEXT_BYTES] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		return fail(err, TSTREAM_EACCES, "The secret cannot be read from", path);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	int code = digest(line, path, out, err);
	sodium_memzero(line, sizeof(line));
	return code;
}

/* 0; TSTREAM_ENOENT without a message; another code with one */
static int read_key(const char *path, unsigned char out[SECRET_BYTES], tstream_error *err)
{
	struct stat info;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT)
		return TSTREAM_ENOENT;
	if (fd < 0)
		return fail(err, TSTREAM_EACCES, "The server's key cannot be read from", path);
	int code = 0;
	if (fstat(fd, &info) || (info.st_mode & 077))
		code = fail(err, TSTREAM_EACCES, "Others than its owner may use it: chmod 600", path);
	else if (read(fd, out, SECRET_BYTES) != SECRET_BYTES)
		code = fail(err, TSTREAM_EIO, "Remove what is no server's key:", path);
	close(fd);
	return code;
}

static bool write_whole(int fd, const unsigned char *bytes, size_t size)
{
	return write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0;
}

/* Whole or not at all, and never over that of a server which started at the same time. */
static int make_key(const char *path, tstream_error *err)
{
	unsigned char key[SECRET_BYTES];
	char beside[PATH_BYTES + 16];

	snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
	int fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return fail(err, TSTREAM_EACCES, "The server's key cannot be written to", path);
	randombytes_buf(key, sizeof(key));
	bool is_made = write_whole(fd, key, sizeof(key)) && (!link(beside, path) || errno == EEXIST);
	sodium_memzero(key, sizeof(key));
	close(fd);
	unlink(beside);
	return is_made ? 0 : fail(err, TSTREAM_EIO, "The server's key cannot be written to", path);
}

int secret_load(const struct settings *settings, unsigned char out[SECRET_BYTES],
                tstream_error *err)
{
	const char *text = getenv("SECRET");
	char path[PATH_BYTES];

	if (settings->secret_file)
		return read_text(settings->secret_file, out, err);
	if (text && *text)
		return digest(text, "SECRET", out, err);
	if (snprintf(path, sizeof(path), "%s/server.key", settings->data_dir) >= (int)sizeof(path))
		return fail(err, TSTREAM_EINVAL, "The path is too long:", settings->data_dir);
	int code = read_key(path, out, err);
	if (code != TSTREAM_ENOENT)
		return code;
	code = make_key(path, err);
	return code ? code : read_key(path, out, err);
}
