#include "container.h"

#include <math.h>
#include <string.h>

/* How many boxes or elements are looked at, of a level. */
#define MAX_STEPS 64
/* What lasts longer than this is no film: a hundred days. */
#define MAX_US ((double)100 * 24 * 3600 * 1000000)

static bool read_at(const struct container_file *file, uint64_t offset, void *buffer, size_t size)
{
	return offset <= file->size && size <= file->size - offset &&
	       file->read(file->user, offset, buffer, size);
}

static uint64_t big_endian(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t little_endian(const unsigned char *bytes, size_t size)
{
	uint64_t value = 0;

	for (size_t i = size; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

static int64_t checked_us(double us)
{
	return us >= 1 && us <= MAX_US ? (int64_t)us : 0;
}

/* What lies between the heads of boxes, chunks and elements. */
struct span {
	uint64_t begin;
	uint64_t end;
};

/* One MP4 box at offset: its type and what is in it.  false: there is none */
static bool read_box(const struct container_file *file, uint64_t offset, uint64_t end,
                     unsigned char type[4], struct span *out_body)
{
	unsigned char head[16];
	uint64_t head_size = 8;

	if (end < offset || end - offset < head_size || !read_at(file, offset, head, 8))
		return false;
	uint64_t size = big_endian(head, 4);
	memcpy(type, head + 4, 4);
	if (size == 1) {
		head_size = 16;
		if (end - offset < head_size || !read_at(file, offset + 8, head + 8, 8))
			return false;
		size = big_endian(head + 8, 8);
	} else if (size == 0) {
		size = end - offset; /* to the end of the file */
	}
	if (size < head_size || size > end - offset)
		return false;
	*out_body = (struct span){offset + head_size, offset + size};
	return true;
}

static bool find_box(const struct container_file *file, struct span in, const char *wanted,
                     struct span *out_body)
{
	unsigned char type[4];

	for (int i = 0; i < MAX_STEPS; i++) {
		if (!read_box(file, in.begin, in.end, type, out_body))
			return false;
		if (memcmp(type, wanted, 4) == 0)
			return true;
		in.begin = out_body->end;
	}
	return false;
}

static int64_t mp4_duration_us(const struct container_file *file)
{
	struct span whole = {0, file->size}, moov, mvhd;
	unsigned char bytes[32];

	if (!find_box(file, whole, "moov", &moov) || !find_box(file, moov, "mvhd", &mvhd) ||
	    mvhd.end - mvhd.begin < sizeof(bytes) || !read_at(file, mvhd.begin, bytes, sizeof(bytes)))
		return 0;
	/* Version 1 has 64-bit times: created, modified, then timescale and duration. */
	bool is_wide = bytes[0] == 1;
	uint64_t scale = big_endian(bytes + (is_wide ? 20 : 12), 4);
	uint64_t duration = big_endian(bytes + (is_wide ? 24 : 16), is_wide ? 8 : 4);
	/* All ones: it is not known. */
	bool is_known = scale > 0 && duration != (is_wide ? UINT64_MAX : UINT32_MAX);
	return is_known ? checked_us((double)duration / (double)scale * 1e6) : 0;
}

#define EBML_ID_SEGMENT 0x18538067u
#define EBML_ID_INFO 0x1549A966u
#define EBML_ID_TIMESTAMP_SCALE 0x2AD7B1u
#define EBML_ID_DURATION 0x4489u

/* How many bytes a number takes, by the zeros that its first begins with; 0: more than 8. */
static size_t vint_size(unsigned char first)
{
	size_t size = 1;

	while (size <= 8 && !(first & (0x80 >> (size - 1))))
		size++;
	return size <= 8 ? size : 0;
}

/* One element at in->begin.  An unknown size reaches to the end of what it is in. */
static bool read_element(const struct container_file *file, struct span in, uint64_t *out_id,
                         struct span *out_body)
{
	unsigned char head[12] = {0};
	uint64_t room = in.end - in.begin;

	if (in.begin >= in.end || room < 2 ||
	    !read_at(file, in.begin, head, room < sizeof(head) ? (size_t)room : sizeof(head)))
		return false;
	size_t id_size = vint_size(head[0]);
	if (id_size == 0 || id_size > 4)
		return false;
	*out_id = big_endian(head, id_size);
	size_t length_size = vint_size(head[id_size]);
	if (length_size == 0 || room < id_size + length_size)
		return false;
	uint64_t mask = (UINT64_C(1) << (7 * length_size)) - 1;
	uint64_t length = big_endian(head + id_size, length_size) & mask;
	room -= id_size + length_size;
	if (length == mask)
		length = room;
	if (length > room)
		return false;
	out_body->begin = in.begin + id_size + length_size;
	out_body->end = out_body->begin + length;
	return true;
}

static bool find_element(const struct container_file *file, struct span in, uint64_t wanted,
                         struct span *out_body)
{
	uint64_t id;

	for (int i = 0; i < MAX_STEPS; i++) {
		if (!read_element(file, in, &id, out_body))
			return false;
		if (id == wanted)
			return true;
		in.begin = out_body->end;
	}
	return false;
}

/* The bytes of a small element, as one number. */
static bool read_bits(const struct container_file *file, struct span body, uint64_t *out)
{
	unsigned char bytes[8];
	uint64_t size = body.end - body.begin;

	if (size == 0 || size > sizeof(bytes) || !read_at(file, body.begin, bytes, (size_t)size))
		return false;
	*out = big_endian(bytes, (size_t)size);
	return true;
}

static bool read_float(const struct container_file *file, struct span body, double *out)
{
	uint64_t bits;
	float narrow;

	if (!read_bits(file, body, &bits))
		return false;
	uint32_t narrow_bits = (uint32_t)bits;
	switch (body.end - body.begin) {
	case 4:
		memcpy(&narrow, &narrow_bits, sizeof(narrow));
		*out = (double)narrow;
		break;
	case 8:
		memcpy(out, &bits, sizeof(*out));
		break;
	default:
		return false;
	}
	return isfinite(*out);
}

static int64_t matroska_duration_us(const struct container_file *file)
{
	struct span whole = {0, file->size}, segment, info, element;
	uint64_t scale_ns = 1000000;
	double duration;

	if (!find_element(file, whole, EBML_ID_SEGMENT, &segment) ||
	    !find_element(file, segment, EBML_ID_INFO, &info))
		return 0;
	if (find_element(file, info, EBML_ID_TIMESTAMP_SCALE, &element) &&
	    !read_bits(file, element, &scale_ns))
		return 0;
	if (!find_element(file, info, EBML_ID_DURATION, &element) ||
	    !read_float(file, element, &duration))
		return 0;
	return checked_us(duration * (double)scale_ns / 1000);
}

/* The main header comes first: "RIFF" size "AVI " "LIST" size "hdrl" "avih" size, then
 * microseconds a frame and, as the fifth number, frames. */
static int64_t avi_duration_us(const struct container_file *file)
{
	unsigned char head[52];

	if (!read_at(file, 0, head, sizeof(head)) || memcmp(head + 12, "LIST", 4) != 0 ||
	    memcmp(head + 20, "hdrlavih", 8) != 0)
		return 0;
	return checked_us((double)little_endian(head + 32, 4) * (double)little_endian(head + 48, 4));
}

int64_t container_duration_us(const struct container_file *file)
{
	static const unsigned char ebml[] = {0x1A, 0x45, 0xDF, 0xA3};
	unsigned char head[12];

	if (!read_at(file, 0, head, sizeof(head)))
		return 0;
	if (memcmp(head, ebml, sizeof(ebml)) == 0)
		return matroska_duration_us(file);
	if (memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "AVI ", 4) == 0)
		return avi_duration_us(file);
	if (memcmp(head + 4, "ftyp", 4) == 0 || memcmp(head + 4, "moov", 4) == 0 ||
	    memcmp(head + 4, "mdat", 4) == 0)
		return mp4_duration_us(file);
	return 0;
}
