#include "settings.h"

#include "query.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* KIND_SECRET is a text that may hold a key: it is no flag, and never repeated. */
enum kind {
	KIND_TEXT,
	KIND_SECRET,
	KIND_NUMBER,
	KIND_BYTES,
	KIND_SWITCH,
	KIND_LOG,
	KIND_LOG_FORMAT,
	KIND_REGISTRATION,
};

/* One row a setting: the flag's name, turned to upper case with '_', is its variable's name. */
struct option {
	const char *name;
	enum kind kind;
	size_t offset;
	uint64_t min;
	uint64_t max;
	const char *help;
};

#define FIELD(name) offsetof(struct settings, name)

static const struct option options[] = {
    {"port", KIND_NUMBER, FIELD(port), 0, 65535, "TCP port of HTTP; 0: any free one [8080]"},
    {"host", KIND_TEXT, FIELD(host), 0, 0,
     "address of HTTP; beyond loopback a token or accounts are needed [127.0.0.1]"},
    {"data-dir", KIND_TEXT, FIELD(data_dir), 0, 0, "where torrents' data is kept [tstream-data]"},
    {"quota", KIND_BYTES, FIELD(quota_bytes), 0, UINT64_MAX,
     "most disk space of that data, as 10G; 0: no limit [0]"},
    {"max-streams", KIND_NUMBER, FIELD(max_streams), 1, 4096, "streams at once [256]"},
    {"max-connections", KIND_NUMBER, FIELD(max_connections), 8, 16384,
     "HTTP connections served at once, a thread each; more get 503 [512]"},
    {"max-torrents", KIND_NUMBER, FIELD(max_torrents), 1, 10000, "torrents open at once [500]"},
    {"max-peers", KIND_NUMBER, FIELD(max_peers), 1, 65535, "BitTorrent connections [400]"},
    {"idle-timeout", KIND_NUMBER, FIELD(idle_timeout_s), 1, 604800,
     "seconds a torrent nobody streams stays in its swarm [600]"},
    {"metadata-timeout", KIND_NUMBER, FIELD(metadata_timeout_s), 1, 86400,
     "seconds a magnet may look for its metadata [120]"},
    {"stall-timeout", KIND_NUMBER, FIELD(stall_timeout_s), 1, 86400,
     "seconds an answer may wait for its first byte [120]"},
    {"listen", KIND_TEXT, FIELD(listen), 0, 0,
     "BitTorrent addresses, as 0.0.0.0:6881,[::]:6881 [these]"},
    {"upload-limit", KIND_BYTES, FIELD(upload_bytes_per_s), 0, UINT64_MAX,
     "bytes per second given to peers; 0: no limit [0]"},
    {"download-limit", KIND_BYTES, FIELD(download_bytes_per_s), 0, UINT64_MAX,
     "bytes per second taken from peers; 0: no limit [0]"},
    {"no-dht", KIND_SWITCH, FIELD(no_dht), 0, 0, "no distributed hash table"},
    {"no-lsd", KIND_SWITCH, FIELD(no_lsd), 0, 0, "no search for peers on the local network"},
    {"no-port-mapping", KIND_SWITCH, FIELD(no_port_mapping), 0, 0, "no UPnP, no NAT-PMP"},
    {"no-upload", KIND_SWITCH, FIELD(no_upload), 0, 0, "give nothing back to the swarm"},
    {"web-dir", KIND_TEXT, FIELD(web_dir), 0, 0,
     "the built page [" SERVER_WEB_DIR ", if it is there]"},
    {"token-file", KIND_TEXT, FIELD(token_file), 0, 0,
     "file with the secret that clients must show; or TOKEN in the environment"},
    {"metrics-token-file", KIND_TEXT, FIELD(metrics_token_file), 0, 0,
     "file with a secret that /metrics takes too; or METRICS_TOKEN in the environment"},
    {"allowed-hosts", KIND_TEXT, FIELD(allowed_hosts), 0, 0,
     "more names this server is reached by, separated by commas"},
    {"allowed-origins", KIND_TEXT, FIELD(allowed_origins), 0, 0,
     "web origins that may use this server, as https://a.example, separated by commas"},
    {"public-url", KIND_TEXT, FIELD(public_url), 0, 0,
     "what clients call this server, as https://tv.example"},
    {"trust-proxy", KIND_SWITCH, FIELD(trust_proxy), 0, 0,
     "believe X-Forwarded-Host and X-Forwarded-Proto"},
    {"torznab-urls", KIND_SECRET, FIELD(torznab_urls), 0, 0,
     "indexers to search, [NAME=]URL with spaces between; only in the environment"},
    {"torznab-file", KIND_TEXT, FIELD(torznab_file), 0, 0,
     "file with more of them, one a line; # begins a comment"},
    {"feed-urls", KIND_SECRET, FIELD(feed_urls), 0, 0,
     "RSS or Atom feeds with torrents, as above; {searchTerms} is the query"},
    {"no-archive", KIND_SWITCH, FIELD(no_archive), 0, 0, "do not search the Internet Archive"},
    {"archive-url", KIND_TEXT, FIELD(archive_url), 0, 0,
     "another server that speaks as it does [https://archive.org]"},
    {"redis-url", KIND_SECRET, FIELD(redis_url), 0, 0,
     "cache in Redis, as redis://:password@host:6379/0 [in memory]"},
    {"redis-url-file", KIND_TEXT, FIELD(redis_url_file), 0, 0, "file with REDIS_URL"},
    {"cache-size", KIND_BYTES, FIELD(cache_bytes), 65536, UINT64_MAX / 2,
     "most memory of the cache, if it is in memory [64M]"},
    {"cluster-address", KIND_TEXT, FIELD(cluster_address), 0, 0,
     "where other servers of the same Redis reach LISTEN, as 10.0.0.5:6881 [on its own]"},
    {"max-searches", KIND_NUMBER, FIELD(max_searches), 1, 1024,
     "searches that ask providers at once [64]"},
    {"database-url", KIND_TEXT, FIELD(database_url), 0, 0,
     "histories and accounts: sqlite:PATH or postgresql://... [sqlite:DATA_DIR/history.db]"},
    {"database-url-file", KIND_TEXT, FIELD(database_url_file), 0, 0, "file with DATABASE_URL"},
    {"no-history", KIND_SWITCH, FIELD(no_history), 0, 0, "do not record what is streamed"},
    {"accounts", KIND_SWITCH, FIELD(accounts), 0, 0, "let in only who logs in, or has a link"},
    {"registration", KIND_REGISTRATION, FIELD(registration), 0, 0,
     "who may make an account: first (one, from this machine), closed or open [first]"},
    {"login-lifetime", KIND_NUMBER, FIELD(login_lifetime_s), 60, 31536000,
     "seconds until one must log in again [2592000]"},
    {"link-lifetime", KIND_NUMBER, FIELD(link_lifetime_s), 60, 2592000,
     "seconds that links for players open what they were made for [86400]"},
    {"secret-file", KIND_TEXT, FIELD(secret_file), 0, 0,
     "file with what links are signed with, or SECRET in the environment [DATA_DIR/server.key]"},
    {"create-account", KIND_TEXT, FIELD(create_account), 0, 0,
     "make an account of this name, its password read from standard input, and end"},
    {"password-file", KIND_TEXT, FIELD(password_file), 0, 0,
     "file with the password for --create-account"},
    {"log", KIND_LOG, FIELD(log), 0, 0, "error, warning, info or trace [warning]"},
    {"log-format", KIND_LOG_FORMAT, FIELD(log_format), 0, 0,
     "text, or json: an object a line [text]"},
    {"help", KIND_SWITCH, FIELD(help), 0, 0, "print this"},
    {"version", KIND_SWITCH, FIELD(version), 0, 0, "print the version"},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]), VARIABLE_BYTES = 32 };

static void variable_name(const struct option *option, char name[VARIABLE_BYTES])
{
	size_t i = 0;

	for (; option->name[i] && i + 1 < VARIABLE_BYTES; i++) {
		char c = option->name[i];
		name[i] = c == '-' ? '_' : (char)(c - 'a' + 'A');
	}
	name[i] = '\0';
}

int settings_parse_bytes(const char *text, uint64_t *out)
{
	static const char units[] = "KMGT";
	char digits[24];
	size_t size = strspn(text, "0123456789");
	unsigned shift = 0;
	uint64_t value;

	if (size == 0 || size >= sizeof(digits))
		return -1;
	if (text[size]) {
		const char *unit = strchr(units, text[size]);
		if (!unit || text[size + 1])
			return -1;
		shift = (unsigned)(unit - units + 1) * 10;
	}
	memcpy(digits, text, size);
	digits[size] = '\0';
	if (query_number(digits, UINT64_MAX >> shift, &value))
		return -1;
	*out = value << shift;
	return 0;
}

static int parse_switch(const char *text, bool *out)
{
	static const char *const words[] = {"0", "1", "false", "true", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i % 2 == 1;
			return 0;
		}
	}
	return -1;
}

/* Which of the words it is, or -1. */
static int find_word(const char *const *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, words[i]) == 0)
			return (int)i;
	}
	return -1;
}

static int parse_log(const char *text, enum log_level *out)
{
	static const char *const words[] = {"error", "warning", "info", "trace"};
	int found = find_word(words, 4, text);

	if (found >= 0)
		*out = (enum log_level)found;
	return found < 0 ? -1 : 0;
}

static int parse_log_format(const char *text, enum log_format *out)
{
	static const char *const words[] = {"text", "json"};
	int found = find_word(words, 2, text);

	if (found >= 0)
		*out = (enum log_format)found;
	return found < 0 ? -1 : 0;
}

static int parse_registration(const char *text, enum registration *out)
{
	static const char *const words[] = {"first", "closed", "open"};
	int found = find_word(words, 3, text);

	if (found >= 0)
		*out = (enum registration)found;
	return found < 0 ? -1 : 0;
}

static int store(struct settings *settings, const struct option *option, const char *value)
{
	void *field = (char *)settings + option->offset;
	uint64_t number = 0;

	switch (option->kind) {
	case KIND_TEXT:
	case KIND_SECRET:
		if (!*value)
			return -1;
		*(const char **)field = value;
		return 0;
	case KIND_SWITCH:
		return parse_switch(value, field);
	case KIND_LOG:
		return parse_log(value, field);
	case KIND_LOG_FORMAT:
		return parse_log_format(value, field);
	case KIND_REGISTRATION:
		return parse_registration(value, field);
	case KIND_BYTES:
		if (settings_parse_bytes(value, &number) || number < option->min || number > option->max)
			return -1;
		*(uint64_t *)field = number;
		return 0;
	case KIND_NUMBER:
		if (query_number(value, option->max, &number) || number < option->min)
			return -1;
		*(uint64_t *)field = number;
		return 0;
	}
	return -1;
}

/* HELP and VERSION mean other things in people's environments, and the last two are deeds. */
static bool is_flag_only(const struct option *option)
{
	return option->offset == FIELD(help) || option->offset == FIELD(version) ||
	       option->offset == FIELD(create_account) || option->offset == FIELD(password_file);
}

/* An empty variable is one that is not set: that is how compose files leave one out. */
static int read_environment(struct settings *settings, char *message, size_t message_size)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char name[VARIABLE_BYTES];
		variable_name(&options[i], name);
		const char *value = getenv(name);
		if (!value || !*value || is_flag_only(&options[i]))
			continue;
		if (store(settings, &options[i], value)) {
			snprintf(message, message_size, "%s=%s in the environment cannot be meant; it is: %s",
			         name, value, options[i].help);
			return -1;
		}
	}
	return 0;
}

static const struct option *find_option(const char *name, size_t size)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
			return &options[i];
	}
	return NULL;
}

/* Whether an address holds a password: "://user:password@", or a parameter of that name. */
static bool holds_password(const char *url)
{
	const char *authority = strstr(url, "://");

	if (!authority)
		return false;
	authority += 3;
	size_t size = strcspn(authority, "/?");
	const char *at = memrchr(authority, '@', size);
	return (at && memchr(authority, ':', (size_t)(at - authority))) || strstr(url, "password=");
}

/* One flag at argv[*index], which may take the next argument as its value. */
static int read_flag(struct settings *settings, int argc, char **argv, int *index, char *message,
                     size_t message_size)
{
	const char *flag = argv[*index];
	const char *name = flag + 2;
	size_t size = strncmp(flag, "--", 2) == 0 ? strcspn(name, "=") : 0;
	const struct option *option = size > 0 ? find_option(name, size) : NULL;
	const char *value = option && name[size] == '=' ? name + size + 1 : NULL;

	if (!option) {
		snprintf(message, message_size, "%s is no flag of this program; see --help", flag);
		return -1;
	}
	if (option->kind == KIND_SECRET) {
		char variable[VARIABLE_BYTES];
		variable_name(option, variable);
		snprintf(message, message_size,
		         "flags show in the list of processes, and this may hold a key: set %s in the "
		         "environment",
		         variable);
		return -1;
	}
	if (!value && option->kind == KIND_SWITCH)
		value = "1";
	if (!value && *index + 1 < argc)
		value = argv[++*index];
	if (!value) {
		snprintf(message, message_size, "%s needs a value: %s", flag, option->help);
		return -1;
	}
	if (option->offset == FIELD(database_url) && holds_password(value)) {
		snprintf(message, message_size,
		         "flags show in the list of processes: set DATABASE_URL in the environment, as "
		         "it holds a password");
		return -1;
	}
	if (store(settings, option, value)) {
		snprintf(message, message_size, "--%s %s cannot be meant; it is: %s", option->name, value,
		         option->help);
		return -1;
	}
	return 0;
}

/* It travels in headers, cookies and URLs: only characters that need no care in any of them. */
static bool is_token(const char *token)
{
	size_t size = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                            "0123456789-._~+/=");

	return token[size] == '\0' && size > 0 && size < SETTINGS_TOKEN_BYTES;
}

/* Never from a flag: those show in the list of processes. */
static int read_token(const char *path, const char *variable, char out[SETTINGS_TOKEN_BYTES],
                      char *message, size_t message_size)
{
	char line[SETTINGS_TOKEN_BYTES + 2] = "";
	const char *value = getenv(variable);

	if (path) {
		FILE *file = fopen(path, "re");
		if (!file || !fgets(line, sizeof(line), file))
			line[0] = '\0';
		if (file)
			fclose(file);
		line[strcspn(line, "\r\n")] = '\0';
		value = line;
	} else if (!value || !*value) {
		return 0;
	}
	if (!is_token(value)) {
		snprintf(message, message_size,
		         "%s must hold 1 to %d characters of A-Z a-z 0-9 -._~+/=", path ? path : variable,
		         SETTINGS_TOKEN_BYTES - 1);
		return -1;
	}
	memcpy(out, value, strlen(value) + 1); /* is_token() has seen that it fits */
	return 0;
}

/* An address with a password in it, from a file; one given otherwise stands. */
static int read_url(const char *path, char line[SETTINGS_URL_BYTES], const char **url,
                    char *message, size_t message_size)
{
	if (!path || *url)
		return 0;
	FILE *file = fopen(path, "re");
	char *got = file ? fgets(line, SETTINGS_URL_BYTES, file) : NULL;
	bool is_whole = got && (strchr(got, '\n') || feof(file));

	if (file)
		fclose(file);
	if (is_whole)
		line[strcspn(line, "\r\n")] = '\0';
	if (!is_whole || !line[0]) {
		snprintf(message, message_size, "%s must hold an address, of at most %d bytes, in one line",
		         path, SETTINGS_URL_BYTES - 2);
		return -1;
	}
	*url = line;
	return 0;
}

static int read_urls(struct settings *settings, char *message, size_t message_size)
{
	return read_url(settings->database_url_file, settings->database_url_line,
	                &settings->database_url, message, message_size) ||
	               read_url(settings->redis_url_file, settings->redis_url_line,
	                        &settings->redis_url, message, message_size)
	           ? -1
	           : 0;
}

bool settings_is_loopback(const char *host)
{
	struct in_addr address;

	if (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

static bool is_host_and_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;

	if (!colon || colon == text || colon - text > 253 || query_number(colon + 1, UINT16_MAX, &port))
		return false;
	bool is_bracketed = text[0] == '[' && colon[-1] == ']' && colon - text > 2;
	return is_bracketed || !memchr(text, ':', (size_t)(colon - text));
}

static int check_together(const struct settings *settings, char *message, size_t message_size)
{
	const char *url = settings->public_url;

	if (!settings_is_loopback(settings->host) && !settings->token[0] && !settings->accounts) {
		snprintf(message, message_size,
		         "HOST %s lets others reach this server: set TOKEN to a secret they must show, or "
		         "ACCOUNTS to have them log in",
		         settings->host);
		return -1;
	}
	if (settings->accounts && settings->token[0]) {
		snprintf(message, message_size, "TOKEN and ACCOUNTS exclude each other");
		return -1;
	}
	if (settings->password_file && !settings->create_account) {
		snprintf(message, message_size, "--password-file goes with --create-account");
		return -1;
	}
	if (url && ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
	            strpbrk(url, " \t\r\n\"<>") || url[strlen(url) - 1] == '/')) {
		snprintf(message, message_size,
		         "PUBLIC_URL %s is not like https://tv.example, without a slash at its end", url);
		return -1;
	}
	if (settings->cluster_address && !settings->redis_url) {
		snprintf(message, message_size,
		         "CLUSTER_ADDRESS goes with REDIS_URL: servers find each other there");
		return -1;
	}
	if (settings->cluster_address && !is_host_and_port(settings->cluster_address)) {
		snprintf(message, message_size,
		         "CLUSTER_ADDRESS %s is not like 10.0.0.5:6881; port 0 is that of LISTEN",
		         settings->cluster_address);
		return -1;
	}
	if (settings->max_streams > settings->max_connections) {
		snprintf(message, message_size, "MAX_STREAMS must not be above MAX_CONNECTIONS");
		return -1;
	}
	return 0;
}

int settings_read(struct settings *settings, int argc, char **argv, char *message,
                  size_t message_size)
{
	*settings = (struct settings){
	    .host = "127.0.0.1",
	    .port = 8080,
	    .data_dir = "tstream-data",
	    .max_streams = 256,
	    .max_connections = 512,
	    .max_torrents = 500,
	    .max_peers = 400,
	    .idle_timeout_s = 600,
	    .metadata_timeout_s = 120,
	    .stall_timeout_s = 120,
	    .cache_bytes = (uint64_t)64 << 20,
	    .max_searches = 64,
	    .log = LOG_LEVEL_WARNING,
	    .login_lifetime_s = 2592000,
	    .link_lifetime_s = 86400,
	};
	if (read_environment(settings, message, message_size))
		return -1;
	for (int i = 1; i < argc; i++) {
		if (read_flag(settings, argc, argv, &i, message, message_size))
			return -1;
	}
	if (settings->help || settings->version)
		return 0;
	if (read_token(settings->token_file, "TOKEN", settings->token, message, message_size) ||
	    read_token(settings->metrics_token_file, "METRICS_TOKEN", settings->metrics_token, message,
	               message_size) ||
	    read_urls(settings, message, message_size))
		return -1;
	return check_together(settings, message, message_size);
}

void settings_print_help(FILE *file)
{
	fputs("usage: tstream-server [flags]\n\n"
	      "Streams files out of torrents over HTTP while they download.\n"
	      "Every flag is also a variable of the environment; flags win.\n\n",
	      file);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char name[VARIABLE_BYTES];
		variable_name(&options[i], name);
		bool is_no_flag = options[i].kind == KIND_SECRET;
		fprintf(file, "  %s%-18s %-18s %s\n", is_no_flag ? "  " : "--",
		        is_no_flag ? "" : options[i].name, is_flag_only(&options[i]) ? "" : name,
		        options[i].help);
	}
	fputs("\nTOKEN, METRICS_TOKEN, SECRET and a DATABASE_URL that holds a password are read from "
	      "the\n"
	      "environment or a file only.\n",
	      file);
}
