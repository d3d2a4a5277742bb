#include "create_account.h"

#include "stores.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LINE_BYTES (TSTREAM_MAX_PASSWORD_BYTES + 3)

/* A whole line without its end.  false: there is none, or it is too long */
static bool read_line(FILE *file, char line[LINE_BYTES])
{
	if (!fgets(line, LINE_BYTES, file))
		return false;
	size_t size = strcspn(line, "\r\n");
	bool is_whole = line[size] || feof(file);
	line[size] = '\0';
	return is_whole;
}

/* From a terminal it is read unseen. */
static bool read_from_terminal(char line[LINE_BYTES])
{
	struct termios as_it_was;

	if (tcgetattr(STDIN_FILENO, &as_it_was))
		return false;
	struct termios quiet = as_it_was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	fputs("Password: ", stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	bool is_read = read_line(stdin, line);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
	fputc('\n', stderr);
	return is_read;
}

static bool read_password(const struct settings *settings, char line[LINE_BYTES])
{
	if (!settings->password_file)
		return isatty(STDIN_FILENO) ? read_from_terminal(line) : read_line(stdin, line);
	FILE *file = fopen(settings->password_file, "re");
	if (!file)
		return false;
	bool is_read = read_line(file, line);
	fclose(file);
	return is_read;
}

static int create(const struct settings *settings, const char *password, tstream_error *err)
{
	tstream_account account = TSTREAM_ACCOUNT_INIT;
	char url[STORES_URL_BYTES];
	tstream_accounts *accounts;
	int code = stores_make_url(settings, url, err);

	/* Before its first start there is no data directory yet. */
	if (!settings->database_url && mkdir(settings->data_dir, 0700) && errno != EEXIST) {
		snprintf(err->message, sizeof(err->message), "%.180s cannot be made.", settings->data_dir);
		return TSTREAM_EACCES;
	}
	if (code == 0)
		code = tstream_accounts_open(url, NULL, &accounts, err);
	if (code)
		return code;
	code = tstream_accounts_create(accounts, settings->create_account, password, &account, err);
	tstream_accounts_close(accounts);
	if (code == 0)
		printf("account %s made\n", account.name);
	return code;
}

int create_account(const struct settings *settings)
{
	char line[LINE_BYTES];
	tstream_error err = {0};

	if (!read_password(settings, line)) {
		fprintf(stderr, "tstream-server: a password of one line is needed, at most %d bytes long\n",
		        TSTREAM_MAX_PASSWORD_BYTES);
		return EXIT_FAILURE;
	}
	int code = create(settings, line, &err);
	explicit_bzero(line, sizeof(line));
	if (code)
		fprintf(stderr, "tstream-server: %s\n",
		        err.message[0] ? err.message : tstream_strerror(code));
	return code ? EXIT_FAILURE : EXIT_SUCCESS;
}
