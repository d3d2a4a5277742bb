#include "log.h"

#include "clock.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Room for a message and a path of which each byte becomes an escape. */
#define LINE_BYTES 8192
#define MAX_PATH_BYTES 512

/* The one thing that threads keep here.  The library's log hook does not know for whom the library
 * was called; the thread does. */
static _Thread_local const char *current_request;

void log_set_request(const char *request_id)
{
	current_request = request_id;
}

const char *log_get_request(void)
{
	return current_request;
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = {"error", "warning", "info", "trace"};

	return names[level];
}

/* -- what is no secret ---------------------------------------------------- */

static size_t word_size(const char *text)
{
	return strcspn(text, " \t\r\n\"'<>");
}

/* Where a URL's host begins and ends, seen from behind "://"; who logs in there is left out. */
static const char *find_host(const char *authority, size_t *out_size)
{
	size_t word = word_size(authority);
	size_t size = strcspn(authority, "/?#");

	size = size < word ? size : word;
	const char *at = memrchr(authority, '@', size);
	*out_size = at ? size - (size_t)(at + 1 - authority) : size;
	return at ? at + 1 : authority;
}

void log_redact(char *message)
{
	const char *from = message;
	char *to = message;

	while (*from) {
		size_t keep = 0, drop = 0;
		const char *kept = from;
		if (strncasecmp(from, "magnet:", 7) == 0) {
			keep = 7;
			drop = word_size(from);
		} else if (strncmp(from, "://", 3) == 0) {
			memmove(to, from, 3);
			to += 3;
			from += 3;
			kept = find_host(from, &keep);
			drop = word_size(from);
		} else {
			keep = drop = 1;
		}
		memmove(to, kept, keep);
		to += keep;
		from += drop;
	}
	*to = '\0';
}

/* -- JSON ----------------------------------------------------------------- */

/* How many bytes the UTF-8 character at text has; 0 if it is none (RFC 3629, section 4). */
static size_t utf8_size(const unsigned char *text)
{
	size_t size = text[0] < 0x80                       ? 1
	              : text[0] >= 0xC2 && text[0] <= 0xDF ? 2
	              : (text[0] & 0xF0) == 0xE0           ? 3
	              : text[0] >= 0xF0 && text[0] <= 0xF4 ? 4
	                                                   : 0;

	for (size_t i = 1; i < size; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	}
	if ((text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xED && text[1] > 0x9F) ||
	    (text[0] == 0xF0 && text[1] < 0x90) || (text[0] == 0xF4 && text[1] > 0x8F))
		return 0;
	return size;
}

/* What is no UTF-8, as in paths that strangers ask for, becomes U+FFFD. */
static void add_string(struct text *line, const char *key, const char *value)
{
	const unsigned char *at = (const unsigned char *)value;

	text_addf(line, ",\"%s\":\"", key);
	while (*at) {
		size_t size = utf8_size(at);
		if (size == 0)
			text_add(line, "\\ufffd");
		else if (*at < 0x20 || *at == 0x7F || *at == '"' || *at == '\\')
			text_addf(line, "\\u%04x", *at);
		else
			text_add_bytes(line, (const char *)at, size);
		at += size > 0 ? size : 1;
	}
	text_add(line, "\"");
}

static void begin_json(struct text *line, enum log_level level, const char *message)
{
	char time[CLOCK_RFC3339_MS_BYTES];

	clock_format_now_rfc3339_ms(time);
	text_addf(line, "{\"time\":\"%s\",\"level\":\"%s\"", time, level_name(level));
	add_string(line, "message", message);
	if (current_request)
		add_string(line, "request_id", current_request);
}

/* -- lines ---------------------------------------------------------------- */

/* One write a line, so that those of several threads do not mix. */
static void put(struct text *line)
{
	text_add(line, "\n");
	fwrite(line->data, 1, line->size, stderr);
}

/* Strangers cannot write lines of their own into a text log. */
static void blank_controls(char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7F)
			*text = ' ';
	}
}

static void write_message(const struct log *log, const char *prefix, enum log_level level,
                          char *message)
{
	char memory[LINE_BYTES];
	struct text line;

	log_redact(message);
	text_init(&line, memory, sizeof(memory));
	if (log->format == LOG_FORMAT_JSON) {
		begin_json(&line, level, message);
		text_add(&line, "}");
	} else {
		blank_controls(message);
		text_addf(&line, "%s: %s", prefix, message);
		if (current_request)
			text_addf(&line, " request=%s", current_request);
	}
	put(&line);
}

void log_notice(const struct log *log, const char *format, ...)
{
	char message[LOG_MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	if (log->format == LOG_FORMAT_JSON)
		write_message(log, "", LOG_LEVEL_INFO, message);
	else
		printf("%s\n", message);
	fflush(stdout);
}

void log_line(const struct log *log, enum log_level level, const char *format, ...)
{
	char message[LOG_MESSAGE_BYTES];
	va_list arguments;

	if (level > log->level)
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	write_message(log, level_name(level), level, message);
}

void log_failure(const struct log *log, const char *format, ...)
{
	char message[LOG_MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	write_message(log, "tstream-server", LOG_LEVEL_ERROR, message);
}

void log_answer(const struct log *log, const struct log_answer *answer)
{
	char memory[LINE_BYTES], path[MAX_PATH_BYTES];
	double duration_ms = (double)answer->duration_us / 1000;
	struct text line;

	if (log->level < LOG_LEVEL_INFO)
		return;
	snprintf(path, sizeof(path), "%s", answer->path);
	log_redact(path);
	text_init(&line, memory, sizeof(memory));
	if (log->format == LOG_FORMAT_JSON) {
		begin_json(&line, LOG_LEVEL_INFO, "request");
		add_string(&line, "client", answer->client);
		add_string(&line, "method", answer->method);
		add_string(&line, "path", path);
		text_addf(&line, ",\"status\":%d,\"duration_ms\":%.1f}", answer->status, duration_ms);
	} else {
		blank_controls(path);
		text_addf(&line, "info: %s %s %s %d %.1f ms", answer->client, answer->method, path,
		          answer->status, duration_ms);
		if (current_request)
			text_addf(&line, " request=%s", current_request);
	}
	put(&line);
}
