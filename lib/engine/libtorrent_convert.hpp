// engine/libtorrent_convert.hpp - between this library's types and libtorrent's.
//
// And guard(), the door through which no exception leaves.  Part of
// engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_CONVERT_HPP
#define TSI_ENGINE_LIBTORRENT_CONVERT_HPP

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/error_code.hpp>
#include <libtorrent/fingerprint.hpp>
#include <libtorrent/load_torrent.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/socket.hpp>
#include <libtorrent/torrent_info.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <tstream/version.h>
#include <vector>

#include "base/log.h"
#include "core/path.h"
#include "engine/engine.h"

namespace lt = libtorrent;

namespace
{

int to_code(lt::error_code const &ec)
{
	if (ec == boost::system::errc::no_space_on_device ||
	    ec == boost::system::error_code(EDQUOT, lt::system_category()))
		return TSTREAM_ENOSPC;
	if (ec == boost::system::errc::permission_denied ||
	    ec == boost::system::errc::read_only_file_system)
		return TSTREAM_EACCES;
	if (ec == boost::system::errc::not_enough_memory)
		return TSTREAM_ENOMEM;
	if (ec == lt::errors::duplicate_torrent)
		return TSTREAM_EBUSY;
	return ec.category() == lt::libtorrent_category() ? TSTREAM_EINVAL : TSTREAM_EIO;
}

struct bad_address : std::runtime_error {
	using std::runtime_error::runtime_error;
};

// The door through which no exception leaves.
template <typename Function> int guard(tstream_error *err, Function &&function) noexcept
{
	try {
		return function();
	} catch (lt::system_error const &e) {
		return tsi_fail(err, to_code(e.code()), "%s", e.code().message().c_str());
	} catch (bad_address const &e) {
		return tsi_fail(err, TSTREAM_EINVAL, "%s", e.what());
	} catch (std::bad_alloc const &) {
		return tsi_fail(err, TSTREAM_ENOMEM, "out of memory");
	} catch (std::exception const &e) {
		return tsi_fail(err, TSTREAM_EINTERNAL, "engine: %s", e.what());
	} catch (...) {
		return tsi_fail(err, TSTREAM_EINTERNAL, "engine: unknown exception");
	}
}

char *copy_string(std::string const &text)
{
	auto *copy = static_cast<char *>(std::malloc(text.size() + 1));
	if (!copy)
		throw std::bad_alloc();
	std::memcpy(copy, text.c_str(), text.size() + 1);
	return copy;
}

int copy_bytes(std::vector<char> const &bytes, void **out_bytes, size_t *out_size)
{
	void *copy = std::malloc(bytes.empty() ? 1 : bytes.size());
	if (!copy)
		return TSTREAM_ENOMEM;
	std::memcpy(copy, bytes.data(), bytes.size());
	*out_bytes = copy;
	*out_size = bytes.size();
	return TSTREAM_OK;
}

lt::load_torrent_limits torrent_limits()
{
	lt::load_torrent_limits limits;
	limits.max_buffer_size = TSTREAM_MAX_TORRENT_FILE_BYTES;
	limits.max_pieces = 2097152;
	limits.max_decode_depth = 100;
	limits.max_decode_tokens = 3000000;
	return limits;
}

lt::info_hash_t to_lt(tsi_infohash const &hash)
{
	lt::info_hash_t made;
	if (hash.has_v1)
		made.v1.assign(reinterpret_cast<char const *>(hash.v1));
	if (hash.has_v2)
		made.v2.assign(reinterpret_cast<char const *>(hash.v2));
	return made;
}

tsi_infohash from_lt(lt::info_hash_t const &hash)
{
	tsi_infohash made{};
	made.has_v1 = hash.has_v1();
	made.has_v2 = hash.has_v2();
	std::memcpy(made.v1, hash.v1.data(), sizeof(made.v1));
	std::memcpy(made.v2, hash.v2.data(), sizeof(made.v2));
	return made;
}

struct metadata_deleter {
	void operator()(tsi_metadata *metadata) const
	{
		tsi_metadata_free(metadata);
	}
};
using metadata_ptr = std::unique_ptr<tsi_metadata, metadata_deleter>;

template <typename T> T *allocate(std::size_t count)
{
	auto *memory = static_cast<T *>(std::calloc(count ? count : 1, sizeof(T)));
	if (!memory)
		throw std::bad_alloc();
	return memory;
}

// libtorrent cuts components by characters and not by bytes, and lets a "." or ".." of a v2 file
// tree through if the directory that it is in has a name that ends in a dot.
char *decent_path(std::string const &path)
{
	char *copy = tsi_path_sanitise(path.c_str());
	if (!copy)
		throw std::bad_alloc();
	return copy;
}

metadata_ptr describe(lt::torrent_info const &info)
{
	metadata_ptr made(allocate<tsi_metadata>(1));
	lt::file_storage const &files = info.files();
	made->infohash = from_lt(info.info_hashes());
	made->name = decent_path(info.name());
	made->is_private = info.priv();
	made->total_bytes = std::uint64_t(info.total_size());
	made->piece_size = std::uint32_t(info.piece_length());
	made->piece_count = std::uint32_t(info.num_pieces());
	made->files = allocate<tsi_engine_file>(std::size_t(files.num_files()));
	for (auto const i : files.file_range()) {
		tsi_engine_file &file = made->files[made->file_count++];
		file.path = decent_path(files.file_path(i));
		file.offset = std::uint64_t(files.file_offset(i));
		file.size = std::uint64_t(files.file_size(i));
		file.is_pad = files.pad_file_at(i);
	}
	return made;
}

// "192.0.2.1:6881" or "[2001:db8::1]:6881"
lt::tcp::endpoint parse_endpoint(std::string const &text, long const least_port = 1)
{
	auto const colon = text.rfind(':');
	std::string host = text.substr(0, colon);
	std::string const digits = colon == std::string::npos ? "" : text.substr(colon + 1);
	if (host.size() > 2 && host.front() == '[' && host.back() == ']')
		host = host.substr(1, host.size() - 2);
	char *end = nullptr;
	long const port = std::strtol(digits.c_str(), &end, 10);
	lt::error_code ec;
	auto const address = lt::make_address(host, ec);
	if (ec || digits.empty() || *end || port < least_port || port > 65535)
		throw bad_address("not an address and port: " + text);
	return {address, std::uint16_t(port)};
}

// The ports of a list of addresses to listen on; none if one of them is 0.
std::vector<int> listen_ports(std::string const &list)
{
	std::vector<int> ports;
	bool is_any = false;
	std::size_t begin = 0;
	while (begin <= list.size()) {
		std::size_t const end = std::min(list.find(',', begin), list.size());
		ports.push_back(parse_endpoint(list.substr(begin, end - begin), 0).port());
		is_any = is_any || ports.back() == 0;
		begin = end + 1;
	}
	return is_any ? std::vector<int>() : ports;
}

lt::settings_pack settings_of(tsi_engine_options const &options)
{
	using sp = lt::settings_pack;
	sp pack;
	pack.set_str(sp::user_agent, "libtstream/" TSTREAM_VERSION_STRING);
	pack.set_str(sp::peer_fingerprint,
	             lt::generate_fingerprint("ts", TSTREAM_VERSION_MAJOR, TSTREAM_VERSION_MINOR,
	                                      TSTREAM_VERSION_PATCH, 0));
	pack.set_str(sp::listen_interfaces, options.listen);
	pack.set_int(sp::max_retry_port_bind, 10);
	pack.set_bool(sp::enable_dht, !(options.flags & TSTREAM_SESSION_NO_DHT));
	pack.set_bool(sp::enable_lsd, !(options.flags & TSTREAM_SESSION_NO_LSD));
	pack.set_bool(sp::enable_upnp, !(options.flags & TSTREAM_SESSION_NO_PORT_MAPPING));
	pack.set_bool(sp::enable_natpmp, !(options.flags & TSTREAM_SESSION_NO_PORT_MAPPING));
	pack.set_int(sp::connections_limit, int(options.max_peers));
	pack.set_int(sp::alert_queue_size, 10000);
	pack.set_int(sp::alert_mask,
	             int(std::uint32_t(lt::alert_category::error | lt::alert_category::status)));
	if (options.upload_bytes_per_s)
		pack.set_int(sp::upload_rate_limit,
		             int(std::min<std::uint64_t>(options.upload_bytes_per_s, INT_MAX)));
	if (options.download_bytes_per_s)
		pack.set_int(sp::download_rate_limit,
		             int(std::min<std::uint64_t>(options.download_bytes_per_s, INT_MAX)));
	if (options.flags & TSTREAM_SESSION_NO_UPLOAD) {
		pack.set_int(sp::unchoke_slots_limit, 0);
		pack.set_int(sp::num_optimistic_unchoke_slots, 0);
	}
	// What it takes to begin at once; see docs/decisions/0001.
	pack.set_int(sp::torrent_connect_boost, 200);
	pack.set_int(sp::connection_speed, 200);
	pack.set_bool(sp::enable_outgoing_utp, false);
	pack.set_int(sp::mixed_mode_algorithm, sp::prefer_tcp);
	pack.set_int(sp::out_enc_policy, sp::pe_enabled);
	pack.set_bool(sp::close_redundant_connections, false);
	pack.set_int(sp::min_reconnect_time, 2);
	// With the wait growing at each failure, to a minute: the only peer must not be given up.
	pack.set_int(sp::max_failcount, 31);
	pack.set_int(sp::max_metadata_size, 8 << 20);
	pack.set_int(sp::stop_tracker_timeout, 1);
	// libtorrent's own picks are never sent, so let it make few (it keeps at least two).
	pack.set_int(sp::max_out_request_queue, 2);
	pack.set_int(sp::initial_picker_threshold, 0);
	pack.set_bool(sp::smooth_connects, false);
	pack.set_bool(sp::allow_multiple_connections_per_ip, false);
	return pack;
}

} // namespace
#endif
