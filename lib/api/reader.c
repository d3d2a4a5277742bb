#include <tstream/reader.h>

#include "api/structs.h"
#include "base/log.h"
#include "stream/reader.h"

void tstream_reader_options_init(tstream_reader_options *options)
{
	if (options)
		*options = (tstream_reader_options){.struct_size = sizeof(*options)};
}

int tstream_reader_open(tstream_torrent *torrent, uint32_t file_index,
                        const tstream_reader_options *options, tstream_reader **out_reader,
                        tstream_error *err)
{
	tstream_reader_options ours = {0};
	if (!torrent || !out_reader)
		return tsi_fail(err, TSTREAM_EINVAL, "torrent and out_reader are required");
	if (options && !tsi_struct_in(&ours, sizeof(ours), options))
		return tsi_fail(err, TSTREAM_EINVAL, "reader options: struct_size must be set");
	return tsi_reader_open(torrent, file_index, &ours, out_reader, err);
}

void tstream_reader_close(tstream_reader *reader)
{
	if (reader)
		tsi_reader_close(reader);
}

int64_t tstream_reader_read(tstream_reader *reader, void *buffer, size_t size)
{
	return reader && (buffer || !size) ? tsi_reader_read(reader, buffer, size) : TSTREAM_EINVAL;
}

int tstream_reader_wait(tstream_reader *reader, int64_t timeout_us)
{
	return reader ? tsi_reader_wait(reader, timeout_us) : TSTREAM_EINVAL;
}

int64_t tstream_reader_seek(tstream_reader *reader, uint64_t offset)
{
	return reader ? tsi_reader_seek(reader, offset) : TSTREAM_EINVAL;
}

int64_t tstream_reader_tell(const tstream_reader *reader)
{
	return reader ? (int64_t)reader->offset : TSTREAM_EINVAL;
}

int64_t tstream_reader_get_size(const tstream_reader *reader)
{
	return reader ? (int64_t)reader->torrent->files[reader->file_index].size : TSTREAM_EINVAL;
}

int64_t tstream_reader_get_available(const tstream_reader *reader)
{
	return reader ? tsi_reader_available(reader) : TSTREAM_EINVAL;
}

void tstream_reader_cancel(tstream_reader *reader)
{
	if (reader)
		tsi_reader_cancel(reader);
}

int tstream_reader_get_stats(const tstream_reader *reader, tstream_reader_stats *out_stats)
{
	tstream_reader_stats ours = {0};
	if (!reader || !out_stats)
		return TSTREAM_EINVAL;
	pthread_mutex_lock(&reader->torrent->mutex);
	tsi_reader_describe(reader, &ours);
	pthread_mutex_unlock(&reader->torrent->mutex);
	return tsi_struct_out(out_stats, &ours, sizeof(ours)) ? TSTREAM_OK : TSTREAM_EINVAL;
}
