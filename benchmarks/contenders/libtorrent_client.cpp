/*
 * libtorrent_client - libtorrent alone: no HTTP, nothing of ours.
 *
 *   libtorrent_client whole MAGNET SAVE_DIR ORIGINAL mmap|posix
 *   libtorrent_client seeks MAGNET SAVE_DIR ORIGINAL mmap|posix
 *
 * whole downloads everything as fast as libtorrent can and prints one JSON line.
 * seeks reads "OFFSET LENGTH" lines and answers each with a JSON line; it does what
 * libtorrent's documentation suggests for streaming, a window of piece deadlines.
 *
 * The settings are those libtstream uses where they concern the wire, so that the
 * difference that remains is what is built on top.
 */
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/magnet_uri.hpp>
#include <libtorrent/mmap_disk_io.hpp>
#include <libtorrent/posix_disk_io.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/torrent_handle.hpp>
#include <libtorrent/torrent_info.hpp>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace lt = libtorrent;
using clock_type = std::chrono::steady_clock;

namespace
{

constexpr int window_pieces = 5;
constexpr int deadline_step_ms = 500;
constexpr auto patience = std::chrono::seconds(120);

double ms_since(clock_type::time_point start)
{
	return std::chrono::duration<double, std::milli>(clock_type::now() - start).count();
}

double cpu_seconds()
{
	rusage usage{};
	getrusage(RUSAGE_SELF, &usage);
	return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

lt::settings_pack wire_settings()
{
	using s = lt::settings_pack;
	s pack;
	for (int off : {s::enable_dht, s::enable_lsd, s::enable_upnp, s::enable_natpmp,
	                s::enable_outgoing_utp, s::close_redundant_connections})
		pack.set_bool(off, false);
	pack.set_bool(s::allow_multiple_connections_per_ip, true);
	pack.set_str(s::listen_interfaces, "127.0.0.1:0");
	pack.set_int(s::initial_picker_threshold, 0);
	pack.set_int(s::torrent_connect_boost, 200);
	pack.set_int(s::connection_speed, 200);
	pack.set_int(s::mixed_mode_algorithm, s::prefer_tcp);
	pack.set_int(s::whole_pieces_threshold, 0);
	pack.set_int(s::request_queue_time, 1);
	pack.set_int(s::min_reconnect_time, 2);
	pack.set_int(s::max_queued_disk_bytes, 8 * 1024 * 1024);
	pack.set_int(s::aio_threads, 1);
	pack.set_int(s::hashing_threads, 0);
	pack.set_int(s::alert_queue_size, 100000);
	pack.set_int(s::alert_mask, lt::alert_category::status | lt::alert_category::error |
	                                lt::alert_category::piece_progress |
	                                lt::alert_category::storage);
	return pack;
}

struct original_file {
	explicit original_file(const char *path)
	{
		struct stat status {
		};
		const int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fstat(fd, &status) < 0)
			throw std::runtime_error(path);
		size = std::size_t(status.st_size);
		bytes = static_cast<const char *>(
		    mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0));
		close(fd);
	}
	bool same(std::size_t offset, const char *data, std::size_t length) const
	{
		return offset + length <= size && std::memcmp(bytes + offset, data, length) == 0;
	}
	const char *bytes;
	std::size_t size;
};

class client
{
  public:
	client(const std::string &magnet, const std::string &save_dir, const std::string &disk)
	    : session_(params(disk))
	{
		lt::add_torrent_params torrent = lt::parse_magnet_uri(magnet);
		torrent.save_path = save_dir;
		torrent.flags |= lt::torrent_flags::paused;
		torrent.flags &= ~lt::torrent_flags::auto_managed;
		handle_ = session_.add_torrent(torrent);
		started_ = clock_type::now();
		/* Adding paused and resuming connects at once, not at the next tick. */
		handle_.resume();
	}

	/* Pop alerts until one of type T satisfies the predicate.  The alert is valid
	 * until the next call. */
	template <typename T, typename Predicate> const T *wait_for(Predicate predicate)
	{
		const auto deadline = clock_type::now() + patience;
		while (clock_type::now() < deadline) {
			while (next_ < alerts_.size()) {
				const T *wanted = lt::alert_cast<T>(alerts_[next_++]);
				if (wanted && predicate(*wanted))
					return wanted;
			}
			session_.wait_for_alert(lt::milliseconds(200));
			session_.pop_alerts(&alerts_);
			next_ = 0;
		}
		throw std::runtime_error("timed out");
	}

	template <typename T> const T *wait_for()
	{
		return wait_for<T>([](const T &) { return true; });
	}

	void wait_for_metadata()
	{
		wait_for<lt::metadata_received_alert>();
		metadata_ms_ = ms_since(started_);
		/* Deadlines given before the (empty) check is over are not acted upon. */
		wait_for<lt::torrent_checked_alert>();
	}

	lt::torrent_handle handle_;
	clock_type::time_point started_;
	double metadata_ms_ = 0;

  private:
	static lt::session_params params(const std::string &disk)
	{
		lt::session_params params(wire_settings());
		if (disk == "posix")
			params.disk_io_constructor = lt::posix_disk_io_constructor;
		else
			params.disk_io_constructor = lt::mmap_disk_io_constructor;
		return params;
	}

	lt::session session_;
	std::vector<lt::alert *> alerts_;
	std::size_t next_ = 0;
};

bool file_is_same(const std::string &path, const original_file &original)
{
	std::ifstream file(path, std::ios::binary);
	std::vector<char> buffer(1 << 20);
	std::size_t offset = 0;
	while (file.read(buffer.data(), std::streamsize(buffer.size())), file.gcount() > 0) {
		if (!original.same(offset, buffer.data(), std::size_t(file.gcount())))
			return false;
		offset += std::size_t(file.gcount());
	}
	return offset == original.size;
}

void run_whole(client &client, const std::string &save_dir, const original_file &original)
{
	client.wait_for<lt::torrent_finished_alert>();
	const double total_ms = ms_since(client.started_);
	const double cpu_s = cpu_seconds();
	const std::string name = client.handle_.torrent_file()->files().file_path(lt::file_index_t(0));

	/* "Finished" may come before the bytes are in the file: let the writes end. */
	client.handle_.flush_cache();
	client.wait_for<lt::cache_flushed_alert>();
	const bool correct = file_is_same(save_dir + "/" + name, original);
	std::printf("{\"metadata_ms\": %.3f, \"total_ms\": %.3f, \"body_bytes\": %zu, "
	            "\"cpu_s\": %.4f, \"correct\": %s}\n",
	            client.metadata_ms_, total_ms, original.size, cpu_s, correct ? "true" : "false");
}

void set_window(const lt::torrent_handle &handle, int first, int end)
{
	handle.clear_piece_deadlines();
	for (int i = 0; i < window_pieces && first + i < end; i++)
		handle.set_piece_deadline(lt::piece_index_t(first + i), i * deadline_step_ms,
		                          lt::torrent_handle::alert_when_available);
}

void run_seek(client &client, std::size_t offset, std::size_t length, const original_file &original)
{
	const auto info = client.handle_.torrent_file();
	const auto piece_size = std::size_t(info->piece_length());
	const auto start = clock_type::now();
	double first_ms = -1;
	bool correct = true;
	std::size_t done = 0;

	while (done < length) {
		const auto at = offset + done;
		const auto piece = int(at / piece_size);
		set_window(client.handle_, piece, info->num_pieces());
		const auto *read = client.wait_for<lt::read_piece_alert>(
		    [&](const auto &alert) { return int(alert.piece) == piece && alert.size > 0; });
		const auto skip = at - std::size_t(piece) * piece_size;
		const auto size = std::min(std::size_t(read->size) - skip, length - done);
		if (first_ms < 0)
			first_ms = ms_since(start);
		correct = correct && original.same(at, read->buffer.get() + skip, size);
		done += size;
	}
	std::printf("{\"first_byte_ms\": %.3f, \"total_ms\": %.3f, \"body_bytes\": %zu, "
	            "\"correct\": %s, \"error\": \"\"}\n",
	            first_ms, ms_since(start), done, correct ? "true" : "false");
	std::fflush(stdout);
}

void run_seeks(client &client, const original_file &original)
{
	std::size_t offset = 0;
	std::size_t length = 0;
	std::printf("ready\n");
	std::fflush(stdout);
	while (std::cin >> offset >> length)
		run_seek(client, offset, length, original);
}

} // namespace

int main(int count, char **arguments)
try {
	if (count != 6) {
		std::fprintf(stderr, "usage: %s whole|seeks MAGNET SAVE_DIR ORIGINAL mmap|posix\n",
		             arguments[0]);
		return 2;
	}
	const original_file original(arguments[4]);
	client client(arguments[2], arguments[3], arguments[5]);
	client.wait_for_metadata();
	if (std::strcmp(arguments[1], "whole") == 0)
		run_whole(client, arguments[3], original);
	else
		run_seeks(client, original);
	std::fflush(stdout);
	/* Shutting down is not what is measured, and may wait for peers. */
	_exit(0);
} catch (const std::exception &error) {
	std::fprintf(stderr, "libtorrent_client: %s\n", error.what());
	return 1;
}
