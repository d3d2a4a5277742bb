/* settings.h - flags and environment, read once at the start. */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SETTINGS_TOKEN_BYTES 257
#define SETTINGS_URL_BYTES 1024

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_TRACE };

/* Who may make an account over HTTP. */
enum registration {
	REGISTRATION_FIRST, /* the first one, from this machine */
	REGISTRATION_CLOSED,
	REGISTRATION_OPEN,
};

/* Strings are lent by argv or the environment, and live as long as the process. */
struct settings {
	const char *host;
	uint64_t port;
	const char *data_dir;
	const char *web_dir;    /* NULL: where the page is installed */
	const char *public_url; /* no slash at its end, or NULL */
	const char *allowed_hosts;
	const char *allowed_origins;
	const char *token_file;
	char token[SETTINGS_TOKEN_BYTES]; /* "" if there is none */
	const char *metrics_token_file;
	char metrics_token[SETTINGS_TOKEN_BYTES]; /* likewise */
	uint64_t max_streams;
	uint64_t max_connections;
	uint64_t max_torrents;
	uint64_t idle_timeout_s;
	uint64_t stall_timeout_s;
	uint64_t metadata_timeout_s;
	const char *listen; /* BitTorrent, as tstream_session_options.listen */
	uint64_t max_peers;
	uint64_t quota_bytes;
	uint64_t upload_bytes_per_s;
	uint64_t download_bytes_per_s;
	const char *torznab_urls; /* see source_list.h */
	const char *torznab_file;
	const char *feed_urls;
	const char *archive_url; /* NULL: the Internet Archive's own */
	const char *redis_url_file;
	char redis_url_line[SETTINGS_URL_BYTES];
	const char *redis_url;       /* NULL: the cache is in memory */
	const char *cluster_address; /* HOST:PORT; NULL: this server is on its own */
	uint64_t cache_bytes;
	uint64_t max_searches;
	bool no_archive;
	bool no_dht;
	bool no_lsd;
	bool no_port_mapping;
	bool no_upload;
	bool trust_proxy;
	bool help;
	bool version;
	enum log_level log;
	enum log_format log_format;
	/* Histories and accounts. */
	const char *database_url_file;
	char database_url_line[SETTINGS_URL_BYTES];
	const char *database_url; /* NULL: sqlite, in the data directory */
	bool no_history;
	bool accounts;
	enum registration registration;
	uint64_t login_lifetime_s;
	uint64_t link_lifetime_s;
	const char *secret_file;
	const char *create_account; /* a name; instead of serving */
	const char *password_file;
};

/* Flags win over the environment, which wins over the defaults.
 * 0; -1 with one sentence in message */
int settings_read(struct settings *settings, int argc, char **argv, char *message,
                  size_t message_size);
void settings_print_help(FILE *file);

/* "10G", "1.5M" is not one, "4096".  0, or -1 with *out untouched. */
int settings_parse_bytes(const char *text, uint64_t *out);

/* Whether only this machine can reach it. */
bool settings_is_loopback(const char *host);

#endif
