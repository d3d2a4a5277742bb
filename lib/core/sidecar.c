/**
 * core/sidecar.c - which subtitle files belong to a film, by their names.
 */
#include "core/sidecar.h"

#include <stdio.h>
#include <string.h>
#include <tstream/media.h>

#include "core/language.h"
#include "core/text.h"

/* Of a name's words only the last ones matter. */
#define MAX_WORDS 16
#define MAX_WORD_BYTES 32

typedef struct slice {
	const char *text;
	size_t size;
} slice;

/** A path cut up. */
typedef struct place {
	slice directory; /**< without the slash at its end; may be empty */
	slice stem;      /**< the name without its extension */
} place;

static char fold(char letter)
{
	return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool equals(slice a, slice b)
{
	for (size_t i = 0; a.size == b.size && i < a.size; i++) {
		if (fold(a.text[i]) != fold(b.text[i]))
			return false;
	}
	return a.size == b.size;
}

static bool is_word(slice word, const char *wanted)
{
	return equals(word, (slice){wanted, strlen(wanted)});
}

static place cut_up(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	size_t stem_size = dot && dot != name ? (size_t)(dot - name) : strlen(name);

	return (place){{path, slash ? (size_t)(slash - path) : 0}, {name, stem_size}};
}

bool tsi_sidecar_is_convertible(const char *path)
{
	const char *name = strrchr(path, '/');
	const char *dot = strrchr(name ? name : path, '.');

	return dot && (tsi_text_equals(dot, ".srt") || tsi_text_equals(dot, ".vtt"));
}

/* -- what a name says ----------------------------------------------------- */

/** The last words of a name, in lower case. */
typedef struct words {
	char text[MAX_WORDS][MAX_WORD_BYTES];
	bool is_joined[MAX_WORDS]; /**< to the word before it, as BR in pt-BR */
	size_t count;
} words;

static bool is_separator(char c)
{
	return strchr(" ._-()[]{},+", c) != NULL; /* the NUL, too, is one */
}

static void add_word(words *w, slice word, bool is_joined)
{
	if (word.size >= MAX_WORD_BYTES)
		word.size = 0; /* no language has such a name, but words after it are not first */
	if (w->count == MAX_WORDS) {
		w->count--;
		memmove(w->text[0], w->text[1], sizeof(w->text) - sizeof(w->text[0]));
		memmove(&w->is_joined[0], &w->is_joined[1], sizeof(w->is_joined) - sizeof(bool));
	}
	for (size_t i = 0; i < word.size; i++)
		w->text[w->count][i] = fold(word.text[i]);
	w->text[w->count][word.size] = '\0';
	w->is_joined[w->count++] = is_joined;
}

static void split(slice name, words *out)
{
	size_t begin = 0;

	out->count = 0;
	for (size_t i = 0; i <= name.size; i++) {
		if (i < name.size && !is_separator(name.text[i]))
			continue;
		bool is_joined = begin > 0 && strchr("-_", name.text[begin - 1]);
		if (i > begin)
			add_word(out, (slice){name.text + begin, i - begin}, is_joined);
		begin = i + 1;
	}
}

static const tsi_language *find_word(const words *w, size_t index, bool takes_code)
{
	return tsi_language_find(w->text[index], strlen(w->text[index]), takes_code);
}

/** The language of a word, or of it and the one before.  Of "es-AR" whose region is not
 *  known the first word counts: AR alone would be Arabic. */
static const tsi_language *find_language(const words *w, size_t index, bool takes_code)
{
	char pair[2 * MAX_WORD_BYTES];
	const tsi_language *found = NULL;

	if (index > 0 && w->is_joined[index]) {
		snprintf(pair, sizeof(pair), "%s-%s", w->text[index - 1], w->text[index]);
		found = tsi_language_find(pair, strlen(pair), takes_code);
		if (!found && takes_code && strlen(w->text[index]) == 2)
			found = find_word(w, index - 1, true);
	}
	return found ? found : find_word(w, index, takes_code);
}

/** "hi" is Hindi, unless a language stands before it. */
static uint32_t find_flag(const words *w, size_t index)
{
	const char *word = w->text[index];
	bool is_after_language = index > 0 && find_word(w, index - 1, true);

	if (strcmp(word, "forced") == 0 || strcmp(word, "foreign") == 0)
		return TSTREAM_SUBTITLE_FORCED;
	if (strcmp(word, "sdh") == 0 || strcmp(word, "cc") == 0 ||
	    (strcmp(word, "hi") == 0 && is_after_language))
		return TSTREAM_SUBTITLE_HEARING;
	return 0;
}

static bool is_digits(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	return digits > 0 && word[digits] == '\0';
}

/** From the last word to the first, as what matters stands at the end. */
static const tsi_language *read_words(const words *w, uint32_t *out_flags)
{
	const tsi_language *found = NULL;
	bool takes_code = true;

	*out_flags = 0;
	for (size_t i = w->count; i > 0; i--) {
		uint32_t flag = find_flag(w, i - 1);
		const tsi_language *language = flag || found ? NULL : find_language(w, i - 1, takes_code);
		bool is_number = is_digits(w->text[i - 1]);
		*out_flags |= flag;
		if (language)
			found = language;
		else if (!flag && !is_number)
			takes_code = false;
	}
	return found;
}

/** As much as fits, without half a character at the end. */
static void copy_label(char *out, size_t capacity, slice text)
{
	size_t size = text.size < capacity ? text.size : capacity - 1;

	while (size < text.size && size > 0 && ((unsigned char)text.text[size] & 0xC0) == 0x80)
		size--;
	memcpy(out, text.text, size);
	out[size] = '\0';
}

static slice trim(slice text)
{
	while (text.size > 0 && is_separator(text.text[0])) {
		text.text++;
		text.size--;
	}
	while (text.size > 0 && is_separator(text.text[text.size - 1]))
		text.size--;
	return text;
}

/** @param text  what is left of a name without the film's */
static void describe(slice text, tstream_subtitle *out_subtitle)
{
	words w;
	char label[60] = "Subtitles";
	slice name = trim(text);

	split(name, &w);
	const tsi_language *language = read_words(&w, &out_subtitle->flags);
	if (language)
		copy_label(label, sizeof(label), (slice){language->label, strlen(language->label)});
	else if (name.size > 0 && !out_subtitle->flags)
		copy_label(label, sizeof(label), name);
	snprintf(out_subtitle->language, sizeof(out_subtitle->language), "%s",
	         language ? language->tag : "");
	snprintf(out_subtitle->label, sizeof(out_subtitle->label), "%s%s%s", label,
	         out_subtitle->flags & TSTREAM_SUBTITLE_FORCED ? " (forced)" : "",
	         out_subtitle->flags & TSTREAM_SUBTITLE_HEARING ? " (SDH)" : "");
}

/* -- what belongs to a film ----------------------------------------------- */

/** True for "Film" and "Film.en", but not for "Film2" of "Film". */
static bool is_named_after(slice stem, slice film)
{
	return stem.size >= film.size && equals((slice){stem.text, film.size}, film) &&
	       (stem.size == film.size || is_separator(stem.text[film.size]));
}

void tsi_sidecar_describe(const char *film, const char *name, tstream_subtitle *out_subtitle)
{
	slice stem = cut_up(name).stem;
	slice film_stem = film ? cut_up(film).stem : (slice){"", 0};

	if (film_stem.size > 0 && is_named_after(stem, film_stem)) {
		stem.text += film_stem.size;
		stem.size -= film_stem.size;
	}
	describe(stem, out_subtitle);
}

/** Cut the first component off what is left of a path. */
static slice next_component(slice *rest)
{
	const char *slash = memchr(rest->text, '/', rest->size);
	slice first = {rest->text, slash ? (size_t)(slash - rest->text) : rest->size};
	size_t taken = first.size + (slash ? 1 : 0);

	rest->text += taken;
	rest->size -= taken;
	return first;
}

/** The path from one directory down to another.  @return false if it is not below */
static bool step_down(slice from, slice to, slice *out_rest)
{
	bool is_root = from.size == 0;

	if (to.size <= from.size || !equals((slice){to.text, from.size}, from) ||
	    (!is_root && to.text[from.size] != '/'))
		return false;
	size_t skipped = from.size + !is_root;
	*out_rest = (slice){to.text + skipped, to.size - skipped};
	return true;
}

static bool is_subtitle_directory(slice name)
{
	return is_word(name, "subs") || is_word(name, "sub") || is_word(name, "subtitles") ||
	       is_word(name, "subtitle") || is_word(name, "captions");
}

static bool is_video(const char *path)
{
	return tstream_media_kind(path) == TSTREAM_MEDIA_VIDEO;
}

static bool has_sample_in_name(slice stem)
{
	words w;

	split(stem, &w);
	for (size_t i = 0; i < w.count; i++) {
		if (strcmp(w.text[i], "sample") == 0)
			return true;
	}
	return false;
}

/** Is there no other film in its directory? */
static bool is_alone(const tsi_sidecar_paths *paths, uint32_t film, const place *film_place)
{
	for (uint32_t i = 0; i < paths->count; i++) {
		const char *path = paths->get(paths->user, i);
		if (i == film || !is_video(path))
			continue;
		place other = cut_up(path);
		if (equals(other.directory, film_place->directory) && !has_sample_in_name(other.stem))
			return false;
	}
	return true;
}

/** "Film.2.en" is named after "Film", but belongs to "Film.2" if there is one. */
static bool has_closer_film(const tsi_sidecar_paths *paths, const place *film, slice stem)
{
	for (uint32_t i = 0; i < paths->count; i++) {
		const char *path = paths->get(paths->user, i);
		if (!is_video(path))
			continue;
		place other = cut_up(path);
		if (other.stem.size > film->stem.size && equals(other.directory, film->directory) &&
		    is_named_after(stem, other.stem))
			return true;
	}
	return false;
}

/** What is asked about each subtitle file. */
typedef struct search {
	const tsi_sidecar_paths *paths;
	place film;
	bool is_alone;
} search;

/** A subtitle file's name: does it belong to the film?
 *  @param is_there     it lies where only the film's own lie
 *  @param out_suffix   what the name says beyond the film's */
static bool judge_name(const search *s, slice stem, bool is_there, slice *out_suffix)
{
	size_t film_size = s->film.stem.size;

	if (is_named_after(stem, s->film.stem)) {
		*out_suffix = (slice){stem.text + film_size, stem.size - film_size};
		return !has_closer_film(s->paths, &s->film, stem);
	}
	*out_suffix = stem;
	return is_there;
}

/** @param rest  the path from the film's directory to the file's */
static bool judge_directory(const search *s, slice rest, slice *out_folder, bool *out_is_there)
{
	slice first = next_component(&rest);

	*out_folder = (slice){rest.text, 0};
	*out_is_there = s->is_alone;
	if (!is_subtitle_directory(first))
		return false;
	if (rest.size == 0)
		return true;
	*out_folder = next_component(&rest);
	if (equals(*out_folder, s->film.stem)) {
		*out_is_there = true;
		out_folder->size = 0;
	}
	return rest.size == 0;
}

static bool judge(const search *s, const char *path, tstream_subtitle *out_subtitle)
{
	place where = cut_up(path);
	slice rest;
	slice suffix;
	slice folder = {path, 0};
	bool is_there = s->is_alone;

	if (!equals(where.directory, s->film.directory)) {
		if (!step_down(s->film.directory, where.directory, &rest) ||
		    !judge_directory(s, rest, &folder, &is_there))
			return false;
	}
	if (!judge_name(s, where.stem, is_there, &suffix))
		return false;
	describe(suffix, out_subtitle);
	/* "Subs/English/Film.srt": the directory says it. */
	if (!out_subtitle->language[0] && folder.size > 0)
		describe(folder, out_subtitle);
	return true;
}

static bool has_label(const tstream_subtitle *subtitles, size_t count, const char *label)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(subtitles[i].label, label) == 0)
			return true;
	}
	return false;
}

/** "English", "English 2", ... */
static void make_label_distinct(const tstream_subtitle *before, size_t count,
                                tstream_subtitle *subtitle)
{
	char label[sizeof(subtitle->label)];

	memcpy(label, subtitle->label, sizeof(label));
	for (unsigned number = 2; has_label(before, count, subtitle->label); number++)
		snprintf(subtitle->label, sizeof(subtitle->label), "%.74s %u", label, number);
}

size_t tsi_sidecar_find(const tsi_sidecar_paths *paths, uint32_t film,
                        tstream_subtitle *out_subtitles)
{
	search s = {.paths = paths, .film = cut_up(paths->get(paths->user, film))};
	size_t count = 0;

	s.is_alone = is_alone(paths, film, &s.film);
	for (uint32_t i = 0; i < paths->count && count < TSTREAM_MAX_SUBTITLES; i++) {
		const char *path = paths->get(paths->user, i);
		tstream_subtitle *subtitle = &out_subtitles[count];
		*subtitle = (tstream_subtitle)TSTREAM_SUBTITLE_INIT;
		if (i == film || !tsi_sidecar_is_convertible(path) || !judge(&s, path, subtitle))
			continue;
		subtitle->file_index = i;
		make_label_distinct(out_subtitles, count, subtitle);
		count++;
	}
	return count;
}
