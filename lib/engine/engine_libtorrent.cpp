// engine/engine_libtorrent.cpp - the engine of this library: libtorrent-rasterbar 2.x.
//
// The only C++ in the library and, with its two parts libtorrent_disk.hpp and
// libtorrent_swarm.hpp, the only place that knows libtorrent.  libtorrent keeps
// connections, protocol, metadata, hashing, trackers and the DHT; which block is asked
// of whom is decided by core/fetch, and what lies on disk is engine/disk's.
//
// Threads
//   network  libtorrent's own: plugins, and whatever is posted to its io_context
//   alerts   ours: waits for alerts, turns them into events
//   callers  any: they post, or post and wait where engine.h says "waits"
// Nothing C++ crosses the table: guard() maps every exception.

#include "engine/engine.h"

#include <atomic>
#include <boost/asio/dispatch.hpp>
#include <condition_variable>
#include <cstring>
#include <future>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/load_torrent.hpp>
#include <libtorrent/magnet_uri.hpp>
#include <libtorrent/read_resume_data.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/session_stats.hpp>
#include <libtorrent/settings_pack.hpp>
#include <libtorrent/torrent_status.hpp>
#include <libtorrent/version.hpp>
#include <libtorrent/write_resume_data.hpp>
#include <thread>
#include <tstream/version.h>

#include "base/log.h"
#include "engine/libtorrent_disk.hpp"
#include "engine/libtorrent_swarm.hpp"

namespace lt = libtorrent;

namespace
{

// Piece buffers of all torrents together.  Enough for the pieces under way at several
// hundred MB/s, little enough to keep the memory of a server flat.
constexpr std::size_t buffer_limit_bytes = 24u << 20;
// How long remove() waits for the last resume data; without it the next start merely
// asks the trackers again.
constexpr auto resume_patience = std::chrono::seconds(2);

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
	return ec.category() == lt::libtorrent_category() ? TSTREAM_EINVAL : TSTREAM_EIO;
}

// The door through which no exception leaves.
template <typename Function> int guard(tstream_error *err, Function &&function) noexcept
{
	try {
		return function();
	} catch (lt::system_error const &e) {
		return tsi_fail(err, to_code(e.code()), "%s", e.code().message().c_str());
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

metadata_ptr describe(lt::torrent_info const &info)
{
	metadata_ptr made(allocate<tsi_metadata>(1));
	lt::file_storage const &files = info.files();
	made->infohash = from_lt(info.info_hashes());
	made->name = copy_string(info.name());
	made->total_bytes = std::uint64_t(info.total_size());
	made->piece_size = std::uint32_t(info.piece_length());
	made->piece_count = std::uint32_t(info.num_pieces());
	made->files = allocate<tsi_engine_file>(std::size_t(files.num_files()));
	for (auto const i : files.file_range()) {
		tsi_engine_file &file = made->files[made->file_count++];
		file.path = copy_string(files.file_path(i));
		file.offset = std::uint64_t(files.file_offset(i));
		file.size = std::uint64_t(files.file_size(i));
		file.is_pad = files.pad_file_at(i);
	}
	return made;
}

lt::tcp::endpoint parse_endpoint(std::string const &text)
{
	auto const colon = text.rfind(':');
	if (colon == std::string::npos)
		throw lt::system_error(make_error_code(boost::system::errc::invalid_argument));
	std::string host = text.substr(0, colon);
	if (host.size() > 2 && host.front() == '[' && host.back() == ']')
		host = host.substr(1, host.size() - 2);
	lt::error_code ec;
	auto const address = lt::make_address(host, ec);
	int const port = std::atoi(text.c_str() + colon + 1);
	if (ec || port < 1 || port > 65535)
		throw lt::system_error(make_error_code(boost::system::errc::invalid_argument));
	return {address, std::uint16_t(port)};
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

// -- the opaque types of the table --------------------------------------------

struct tsi_engine {
	tsi_engine_events events{};
	tsi_disk *disk = nullptr;
	lt::io_context *context = nullptr;    // libtorrent's; lives as long as the session
	tsi::disk_adapter *adapter = nullptr; // owned by the session
	std::unique_ptr<lt::session> session;
	std::thread alert_thread;
	std::atomic<bool> is_closing{false};

	std::mutex mutex;
	std::condition_variable changed;
	std::vector<std::shared_ptr<tsi_engine_torrent>> torrents;
	std::uint64_t stats_serial = 0;
	std::vector<std::int64_t> counters; // of the last session_stats alert
	std::vector<std::int64_t> counters_before;
	std::int64_t counters_us = 0, counters_before_us = 0;

	~tsi_engine()
	{
		is_closing = true;
		if (alert_thread.joinable())
			alert_thread.join();
		session.reset();
		tsi_disk_free(disk);
	}
};

struct tsi_engine_torrent : std::enable_shared_from_this<tsi_engine_torrent> {
	tsi_engine *engine = nullptr;
	std::string dir;
	lt::info_hash_t infohash; // as added; libtorrent finds it by either hash

	// Nothing is told once is_dead is set under this lock.
	std::mutex told_mutex;
	bool is_dead = false;
	bool is_described = false;
	tsi_engine_torrent_events events{};
	void *user = nullptr;

	std::mutex mutex; // guards what follows
	std::condition_variable changed;
	lt::torrent_handle handle;
	tsi::store_ptr store;
	std::shared_ptr<tsi::swarm> swarm;
	std::vector<tsi_plan_range> plan;
	bool is_plan_posted = false;
	bool is_reloading = false;
	bool is_closing = false;
	bool is_saved = false;
	std::vector<std::uint8_t> drop; // pieces to evict in the reload under way

	// Run on the network thread; the torrent stays alive for it.
	template <typename Function> void post(Function function)
	{
		boost::asio::post(*engine->context,
		                  [self = shared_from_this(), function = std::move(function)]() mutable {
			                  guard(nullptr, [&] {
				                  function(*self);
				                  return 0;
			                  });
		                  });
	}

	// The same, and wait for it.
	template <typename Function> void call(Function function)
	{
		std::promise<void> done;
		post([&](tsi_engine_torrent &t) {
			guard(nullptr, [&] {
				function(t);
				return 0;
			});
			done.set_value();
		});
		done.get_future().wait();
	}

	template <typename Function> void tell(Function function)
	{
		std::lock_guard<std::mutex> lock(told_mutex);
		if (!is_dead)
			function(events, user);
	}

	lt::torrent_handle get_handle()
	{
		std::lock_guard<std::mutex> lock(mutex);
		return handle;
	}

	std::shared_ptr<tsi::swarm> get_swarm()
	{
		std::lock_guard<std::mutex> lock(mutex);
		return swarm;
	}
};

namespace
{

// -- joining ------------------------------------------------------------------

void apply_plan(tsi_engine_torrent &t)
{
	std::vector<tsi_plan_range> ranges;
	std::shared_ptr<tsi::swarm> swarm;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.is_plan_posted = false;
		ranges = t.plan;
		swarm = t.swarm;
	}
	if (swarm)
		swarm->set_plan(ranges);
}

// Network thread: the files were checked, or there were none to check.
void files_checked(tsi_engine_torrent &t, tsi::swarm &swarm)
{
	lt::torrent_handle const handle = swarm.handle();
	auto const info = handle.torrent_file();
	if (!info)
		return;
	auto const status = handle.status(lt::torrent_handle::query_pieces);
	std::vector<std::uint8_t> have(std::size_t(info->num_pieces()), 0);
	for (int i = 0; i < status.pieces.size(); ++i)
		have[std::size_t(i)] = status.pieces.get_bit(lt::piece_index_t(i));
	if (status.pieces.empty() && status.is_seeding)
		std::fill(have.begin(), have.end(), std::uint8_t(1));

	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (!t.store)
			t.store = t.engine->adapter->expected_store(t.dir);
		store = t.store;
	}
	if (store && tsi_disk_needs_check(store.get()))
		tsi_disk_checked(store.get(), have.data());

	bool const is_new = !t.is_described;
	t.is_described = true;
	t.tell([&](auto const &events, void *user) {
		if (is_new)
			events.metadata(user, describe(*info).release());
		events.ready(user, have.data(), std::uint32_t(have.size()));
	});
	if (is_new)
		handle.save_resume_data(lt::torrent_handle::save_info_dict);
	// libtorrent sets its peers up only after it returns from here.
	t.post([info, have = std::move(have)](tsi_engine_torrent &self) {
		if (auto const current = self.get_swarm()) {
			current->start(info, have);
			apply_plan(self);
		}
		auto const h = self.get_handle();
		if (h.is_valid() && (h.flags() & lt::torrent_flags::paused))
			h.resume();
	});
}

void piece_passed(tsi_engine_torrent &t, std::uint32_t const piece)
{
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (!t.store)
			t.store = t.engine->adapter->expected_store(t.dir);
		store = t.store;
	}
	if (store)
		tsi_disk_mark_have(store.get(), piece);
	t.tell([&](auto const &events, void *user) { events.piece(user, piece); });
}

// Hand a torrent to libtorrent; t.handle is set when this returns.
void join(tsi_engine_torrent &t, lt::add_torrent_params params)
{
	std::weak_ptr<tsi_engine_torrent> const weak = t.weak_from_this();
	params.save_path = t.dir;
	// Paused, so that resume() dials the peers at once rather than at the next tick.
	params.flags = lt::torrent_flags::paused | lt::torrent_flags::update_subscribe |
	               lt::torrent_flags::apply_ip_filter | lt::torrent_flags::need_save_resume;
	params.file_priorities.clear();
	params.piece_priorities.clear();
	params.renamed_files.clear();
	params.unfinished_pieces.clear();
	params.extensions.clear();
	params.have_pieces.clear();
	params.verified_pieces.clear();
	if (params.ti) {
		// Our own record of what is verified, not that of the resume data: it is newer.
		tstream_error err{};
		tsi::store_ptr store = t.engine->adapter->expected_store(t.dir);
		if (!store)
			store = tsi::open_store(t.engine->disk, t.dir, params.ti->files(), &err);
		if (!store)
			throw lt::system_error(lt::error_code(err.code == TSTREAM_ENOSPC   ? ENOSPC
			                                      : err.code == TSTREAM_EACCES ? EACCES
			                                                                   : EIO,
			                                      lt::system_category()));
		t.engine->adapter->expect(t.dir, store);
		std::vector<std::uint8_t> have(std::size_t(params.ti->num_pieces()));
		tsi_disk_store_have(store.get(), have.data());
		bool const is_doubtful = tsi_disk_needs_check(store.get());
		params.have_pieces.resize(int(have.size()), false);
		for (std::size_t i = 0; !is_doubtful && i < have.size(); ++i)
			if (have[i])
				params.have_pieces.set_bit(lt::piece_index_t(int(i)));
		if (is_doubtful)
			t.tell([](auto const &events, void *user) { events.checking(user); });
		std::lock_guard<std::mutex> lock(t.mutex);
		t.store = store;
	}
	params.extensions.push_back([weak](lt::torrent_handle const &handle,
	                                   lt::client_data_t) -> std::shared_ptr<lt::torrent_plugin> {
		auto const self = weak.lock();
		if (!self)
			return {};
		auto *bare = self.get();
		tsi::swarm_listener listener;
		auto made = std::make_shared<tsi::swarm>(
		    handle, *bare->engine->context,
		    tsi::swarm_listener{[weak] {
			                        auto const alive = weak.lock();
			                        auto const current = alive ? alive->get_swarm() : nullptr;
			                        if (current)
				                        guard(nullptr, [&] {
					                        files_checked(*alive, *current);
					                        return 0;
				                        });
		                        },
		                        [weak](std::uint32_t const piece) {
			                        if (auto const alive = weak.lock())
				                        piece_passed(*alive, piece);
		                        }});
		std::lock_guard<std::mutex> lock(bare->mutex);
		bare->swarm = made;
		return made;
	});
	bool const has_metadata = params.ti != nullptr;
	lt::torrent_handle const handle = t.engine->session->add_torrent(std::move(params));
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.handle = handle;
	}
	// With metadata, files_checked() resumes it: peers are not known before.
	if (!has_metadata)
		handle.resume();
}

void add_sources(tsi_engine_add const &add, lt::add_torrent_params &params)
{
	for (size_t i = 0; i < add.tracker_count; ++i)
		if (std::find(params.trackers.begin(), params.trackers.end(), add.trackers[i]) ==
		    params.trackers.end())
			params.trackers.emplace_back(add.trackers[i]);
	for (size_t i = 0; i < add.web_seed_count; ++i)
		if (std::find(params.url_seeds.begin(), params.url_seeds.end(), add.web_seeds[i]) ==
		    params.url_seeds.end())
			params.url_seeds.emplace_back(add.web_seeds[i]);
	for (size_t i = 0; i < add.peer_count; ++i)
		params.peers.push_back(parse_endpoint(add.peers[i]));
}

lt::add_torrent_params params_of(tsi_engine_add const &add)
{
	lt::add_torrent_params params;
	if (add.resume_bytes) {
		lt::error_code ec;
		params = lt::read_resume_data(
		    {static_cast<char const *>(add.resume_bytes), std::ptrdiff_t(add.resume_size)}, ec);
		if (ec)
			params = lt::add_torrent_params(); // damaged: as if it had never been saved
	}
	if (add.torrent_bytes && !params.ti) {
		lt::add_torrent_params fresh = lt::load_torrent_buffer(
		    {static_cast<char const *>(add.torrent_bytes), std::ptrdiff_t(add.torrent_size)},
		    torrent_limits());
		fresh.peers = std::move(params.peers);
		params = std::move(fresh);
	}
	if (!params.ti)
		params.info_hashes = to_lt(add.infohash);
	if (add.name && params.name.empty())
		params.name = add.name;
	add_sources(add, params);
	return params;
}

// -- reloading ----------------------------------------------------------------

// libtorrent cannot un-have a piece, nor forget an error without a trace: leave and join
// again with what is left on disk.  Begins by asking for resume data, whose alert goes on.
void reload(tsi_engine_torrent &t)
{
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (t.is_reloading || t.is_closing)
			return;
		t.is_reloading = true;
	}
	t.get_handle().save_resume_data(lt::torrent_handle::save_info_dict);
}

std::vector<lt::tcp::endpoint> connected_peers(tsi_engine_torrent &t)
{
	std::vector<lt::tcp::endpoint> endpoints;
	t.call([&](tsi_engine_torrent &self) {
		auto const swarm = self.get_swarm();
		for (auto *peer : swarm ? swarm->peers() : std::set<tsi::swarm_peer *>())
			if (!peer->is_web_seed() && peer->connection().is_outgoing())
				endpoints.push_back(peer->connection().remote());
	});
	return endpoints;
}

void stop_swarm(tsi_engine_torrent &t)
{
	t.call([](tsi_engine_torrent &self) {
		std::shared_ptr<tsi::swarm> swarm;
		{
			std::lock_guard<std::mutex> lock(self.mutex);
			swarm.swap(self.swarm);
		}
		if (swarm)
			swarm->stop();
	});
}

template <typename Start> void run_on_disk(Start start)
{
	std::promise<void> done;
	start([](void *user) { static_cast<std::promise<void> *>(user)->set_value(); }, &done);
	done.get_future().wait();
}

// Alert thread: the second half of reload().
void rejoin(tsi_engine_torrent &t, lt::add_torrent_params params)
{
	auto const peers = connected_peers(t);
	std::vector<std::uint8_t> drop;
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		drop.swap(t.drop);
		store = t.store;
	}
	stop_swarm(t);
	t.engine->session->remove_torrent(t.get_handle());
	if (store && !drop.empty())
		run_on_disk(
		    [&](auto done, void *user) { tsi_disk_evict(store.get(), drop.data(), done, user); });
	params.peers.insert(params.peers.begin(), peers.begin(), peers.end());
	join(t, std::move(params));
	std::lock_guard<std::mutex> lock(t.mutex);
	t.is_reloading = false;
	t.changed.notify_all();
}

// -- alerts -------------------------------------------------------------------

std::shared_ptr<tsi_engine_torrent> find_torrent(tsi_engine &engine, lt::torrent_handle const &h)
{
	std::lock_guard<std::mutex> lock(engine.mutex);
	for (auto const &torrent : engine.torrents)
		if (torrent->get_handle() == h)
			return torrent;
	return {};
}

void on_resume_data(tsi_engine_torrent &t, lt::add_torrent_params const &params)
{
	std::vector<char> const bytes = lt::write_resume_data_buf(params);
	t.tell([&](auto const &events, void *user) {
		events.resume_data(user, bytes.data(), bytes.size());
	});
	bool is_reloading = false;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.is_saved = true;
		is_reloading = t.is_reloading;
		t.changed.notify_all();
	}
	if (is_reloading)
		rejoin(t, params);
}

void on_resume_failed(tsi_engine_torrent &t)
{
	std::lock_guard<std::mutex> lock(t.mutex);
	t.is_saved = true;
	t.is_reloading = false;
	t.changed.notify_all();
}

void on_torrent_error(tsi_engine_torrent &t, lt::error_code const &ec, std::string const &message)
{
	t.tell(
	    [&](auto const &events, void *user) { events.error(user, to_code(ec), message.c_str()); });
}

void on_session_stats(tsi_engine &engine, lt::session_stats_alert const &alert)
{
	auto const counters = alert.counters();
	std::lock_guard<std::mutex> lock(engine.mutex);
	std::int64_t const now_us = tsi_now_us();
	// Rates need some time between two snapshots.
	if (engine.counters_before.empty() || now_us - engine.counters_before_us > 2000000) {
		engine.counters_before = engine.counters;
		engine.counters_before_us = engine.counters_us;
	}
	engine.counters.assign(counters.begin(), counters.end());
	engine.counters_us = now_us;
	engine.stats_serial++;
	engine.changed.notify_all();
}

void on_alert(tsi_engine &engine, lt::alert *alert)
{
	if (auto const *stats = lt::alert_cast<lt::session_stats_alert>(alert))
		return on_session_stats(engine, *stats);
	if (auto const *listen = lt::alert_cast<lt::listen_failed_alert>(alert))
		return engine.events.warning(engine.events.user, listen->message().c_str());
	if (tsi_log_traces(TSI_ROOM_ENGINE))
		tsi_log(TSTREAM_LOG_TRACE, "engine: %s", alert->message().c_str());
	if (auto const *saved = lt::alert_cast<lt::save_resume_data_alert>(alert)) {
		if (auto const t = find_torrent(engine, saved->handle))
			on_resume_data(*t, saved->params);
	} else if (auto const *unsaved = lt::alert_cast<lt::save_resume_data_failed_alert>(alert)) {
		if (auto const t = find_torrent(engine, unsaved->handle))
			on_resume_failed(*t);
	} else if (auto const *file = lt::alert_cast<lt::file_error_alert>(alert)) {
		if (auto const t = find_torrent(engine, file->handle))
			on_torrent_error(*t, file->error, "disk: " + file->error.message());
	} else if (auto const *error = lt::alert_cast<lt::torrent_error_alert>(alert)) {
		auto const t = find_torrent(engine, error->handle);
		if (t && error->error)
			on_torrent_error(*t, error->error, error->error.message());
	} else if (auto const *metadata = lt::alert_cast<lt::metadata_failed_alert>(alert)) {
		tsi_log(TSTREAM_LOG_WARNING, "engine: %s", metadata->message().c_str());
	}
}

void watch_alerts(tsi_engine &engine)
{
	std::vector<lt::alert *> alerts;
	while (!engine.is_closing) {
		engine.session->wait_for_alert(std::chrono::milliseconds(250));
		engine.session->pop_alerts(&alerts);
		for (lt::alert *alert : alerts)
			guard(nullptr, [&] {
				on_alert(engine, alert);
				return 0;
			});
	}
}

// -- the table ----------------------------------------------------------------

void hash_sha1(void const *data, size_t size, std::uint8_t out[20])
{
	auto const digest =
	    lt::hasher(lt::span<char const>(static_cast<char const *>(data), std::ptrdiff_t(size)))
	        .final();
	std::memcpy(out, digest.data(), 20);
}

void hash_sha256(void const *data, size_t size, std::uint8_t out[32])
{
	auto const digest =
	    lt::hasher256(lt::span<char const>(static_cast<char const *>(data), std::ptrdiff_t(size)))
	        .final();
	std::memcpy(out, digest.data(), 32);
}

const char *engine_version()
{
	static std::string const text = std::string("libtorrent ") + lt::version();
	return text.c_str();
}

int engine_parse(const void *bytes, size_t size, tsi_metadata **out_metadata, tstream_error *err)
{
	if (size > TSTREAM_MAX_TORRENT_FILE_BYTES)
		return tsi_fail(err, TSTREAM_EINVAL, ".torrent is larger than %d bytes",
		                TSTREAM_MAX_TORRENT_FILE_BYTES);
	int const code = guard(err, [&] {
		auto const params = lt::load_torrent_buffer(
		    {static_cast<char const *>(bytes), std::ptrdiff_t(size)}, torrent_limits());
		*out_metadata = describe(*params.ti).release();
		return TSTREAM_OK;
	});
	// Whatever the parser calls it: the bytes are not a torrent.
	if (code != TSTREAM_OK && code != TSTREAM_ENOMEM) {
		tstream_error cause = err ? *err : tstream_error{};
		return tsi_fail(err, TSTREAM_EINVAL, "not a valid .torrent: %s", cause.message);
	}
	return code;
}

int engine_open(const tsi_engine_options *options, const tsi_engine_events *events,
                tsi_engine **out_engine, tstream_error *err)
{
	return guard(err, [&] {
		auto engine = std::make_unique<tsi_engine>();
		engine->events = *events;
		tsi_disk_hasher const hasher = {hash_sha1, hash_sha256};
		engine->disk = tsi_disk_new(0, buffer_limit_bytes, &hasher);
		if (!engine->disk)
			throw std::bad_alloc();
		lt::session_params params;
		if (options->state_bytes)
			params = lt::read_session_params({static_cast<char const *>(options->state_bytes),
			                                  std::ptrdiff_t(options->state_size)},
			                                 lt::session_handle::save_dht_state);
		params.settings = settings_of(*options);
		auto *bare = engine.get();
		params.disk_io_constructor = [bare](lt::io_context &context, lt::settings_interface const &,
		                                    lt::counters &) {
			auto adapter = std::make_unique<tsi::disk_adapter>(context, bare->disk);
			bare->context = &context;
			bare->adapter = adapter.get();
			return std::unique_ptr<lt::disk_interface>(std::move(adapter));
		};
		engine->session = std::make_unique<lt::session>(std::move(params));
		engine->alert_thread = std::thread([bare] { watch_alerts(*bare); });
		*out_engine = engine.release();
		return TSTREAM_OK;
	});
}

void engine_close(tsi_engine *engine)
{
	guard(nullptr, [&] {
		delete engine;
		return 0;
	});
}

std::int64_t counter(std::vector<std::int64_t> const &counters, char const *name)
{
	int const index = lt::find_metric_idx(name);
	return index >= 0 && std::size_t(index) < counters.size() ? counters[std::size_t(index)] : 0;
}

std::uint64_t counter_rate(tsi_engine const &engine, char const *name)
{
	std::int64_t const span_us = engine.counters_us - engine.counters_before_us;
	if (engine.counters_before.empty() || span_us <= 0)
		return 0;
	return std::uint64_t(
	    double(counter(engine.counters, name) - counter(engine.counters_before, name)) * 1e6 /
	    double(span_us));
}

void engine_get_stats(tsi_engine *engine, tsi_engine_stats *out_stats)
{
	guard(nullptr, [&] {
		std::unique_lock<std::mutex> lock(engine->mutex);
		auto const serial = engine->stats_serial;
		engine->session->post_session_stats();
		engine->changed.wait_for(lock, std::chrono::milliseconds(500),
		                         [&] { return engine->stats_serial != serial; });
		auto const &c = engine->counters;
		out_stats->peer_count = std::uint32_t(counter(c, "peer.num_peers_connected"));
		out_stats->dht_node_count = std::uint32_t(counter(c, "dht.dht_nodes"));
		out_stats->downloaded_bytes = std::uint64_t(counter(c, "net.recv_payload_bytes"));
		out_stats->uploaded_bytes = std::uint64_t(counter(c, "net.sent_payload_bytes"));
		out_stats->redundant_bytes = std::uint64_t(counter(c, "net.recv_redundant_bytes"));
		out_stats->failed_bytes = std::uint64_t(counter(c, "net.recv_failed_bytes"));
		out_stats->download_bytes_per_s = counter_rate(*engine, "net.recv_payload_bytes");
		out_stats->upload_bytes_per_s = counter_rate(*engine, "net.sent_payload_bytes");
		lock.unlock();
		out_stats->listen_port = engine->session->listen_port();
		return 0;
	});
}

int engine_save_state(tsi_engine *engine, void **out_bytes, size_t *out_size)
{
	return guard(nullptr, [&] {
		auto const bytes = lt::write_session_params_buf(
		    engine->session->session_state(lt::session_handle::save_dht_state),
		    lt::session_handle::save_dht_state);
		return copy_bytes(bytes, out_bytes, out_size);
	});
}

int torrent_add(tsi_engine *engine, const tsi_engine_add *add,
                const tsi_engine_torrent_events *events, void *user,
                tsi_engine_torrent **out_torrent, tstream_error *err)
{
	return guard(err, [&] {
		auto torrent = std::make_shared<tsi_engine_torrent>();
		torrent->engine = engine;
		torrent->dir = add->dir;
		torrent->events = *events;
		torrent->user = user;
		{
			std::lock_guard<std::mutex> lock(engine->mutex);
			engine->torrents.push_back(torrent);
		}
		int const code = guard(err, [&] {
			join(*torrent, params_of(*add));
			return TSTREAM_OK;
		});
		if (code != TSTREAM_OK) {
			std::lock_guard<std::mutex> lock(engine->mutex);
			auto &all = engine->torrents;
			all.erase(std::remove(all.begin(), all.end(), torrent), all.end());
			return code;
		}
		*out_torrent = torrent.get(); // the engine's list keeps it alive until remove
		return TSTREAM_OK;
	});
}

// Wait for a reload to end, then for resume data to be told.
void save_last_resume_data(tsi_engine_torrent &t)
{
	std::unique_lock<std::mutex> lock(t.mutex);
	t.changed.wait_for(lock, resume_patience, [&] { return !t.is_reloading; });
	t.is_closing = true;
	t.is_saved = false;
	lt::torrent_handle const handle = t.handle;
	lock.unlock();
	if (!handle.is_valid())
		return;
	handle.save_resume_data(lt::torrent_handle::save_info_dict);
	lock.lock();
	t.changed.wait_for(lock, resume_patience, [&] { return t.is_saved; });
}

void torrent_remove(tsi_engine_torrent *torrent)
{
	auto const keep = torrent->shared_from_this();
	guard(nullptr, [&] {
		if (torrent->is_described)
			save_last_resume_data(*torrent);
		stop_swarm(*torrent);
		{
			std::lock_guard<std::mutex> lock(torrent->told_mutex);
			torrent->is_dead = true;
		}
		tsi_engine *engine = torrent->engine;
		if (torrent->get_handle().is_valid())
			engine->session->remove_torrent(torrent->get_handle());
		tsi::store_ptr store;
		{
			std::lock_guard<std::mutex> lock(torrent->mutex);
			store = std::move(torrent->store);
		}
		engine->adapter->forget(torrent->dir);
		if (store)
			run_on_disk([&](auto done, void *user) { tsi_disk_sync(store.get(), done, user); });
		std::lock_guard<std::mutex> lock(engine->mutex);
		auto &all = engine->torrents;
		all.erase(std::remove(all.begin(), all.end(), keep), all.end());
		return 0;
	});
}

void torrent_merge(tsi_engine_torrent *torrent, const tsi_engine_add *add)
{
	guard(nullptr, [&] {
		lt::torrent_handle const handle = torrent->get_handle();
		for (size_t i = 0; i < add->tracker_count; ++i)
			handle.add_tracker(lt::announce_entry(add->trackers[i]));
		for (size_t i = 0; i < add->web_seed_count; ++i)
			handle.add_url_seed(add->web_seeds[i]);
		for (size_t i = 0; i < add->peer_count; ++i)
			handle.connect_peer(parse_endpoint(add->peers[i]), {}, {});
		return 0;
	});
}

int torrent_add_peer(tsi_engine_torrent *torrent, const char *address)
{
	return guard(nullptr, [&] {
		lt::tcp::endpoint const endpoint = parse_endpoint(address);
		torrent->get_handle().connect_peer(endpoint, {}, {});
		return TSTREAM_OK;
	});
}

void torrent_set_plan(tsi_engine_torrent *torrent, const tsi_plan *plan)
{
	guard(nullptr, [&] {
		{
			std::lock_guard<std::mutex> lock(torrent->mutex);
			torrent->plan.assign(plan->ranges, plan->ranges + plan->range_count);
			if (torrent->is_plan_posted)
				return 0; // the one on its way will take this one along
			torrent->is_plan_posted = true;
		}
		torrent->post(apply_plan);
		return 0;
	});
}

int64_t torrent_read(tsi_engine_torrent *torrent, uint32_t file_index, uint64_t offset,
                     void *buffer, size_t size)
{
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(torrent->mutex);
		store = torrent->store;
	}
	if (!store)
		return TSTREAM_EIO;
	int64_t const count = tsi_disk_read(store.get(), file_index, offset, buffer, size);
	if (count < 0) // something happened to our files: find out what is left
		guard(nullptr, [&] {
			torrent->post(reload);
			return 0;
		});
	return count;
}

void torrent_evict(tsi_engine_torrent *torrent, const uint8_t *drop, uint32_t piece_count)
{
	guard(nullptr, [&] {
		{
			std::lock_guard<std::mutex> lock(torrent->mutex);
			if (torrent->is_reloading)
				return 0; // the quota will ask again
			torrent->drop.assign(drop, drop + piece_count);
		}
		torrent->post(reload);
		return 0;
	});
}

void torrent_retry(tsi_engine_torrent *torrent)
{
	guard(nullptr, [&] {
		torrent->post(reload);
		return 0;
	});
}

void torrent_get_stats(tsi_engine_torrent *torrent, tsi_engine_torrent_stats *out_stats)
{
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (!swarm)
				return;
			auto const status = swarm->handle().status({});
			out_stats->download_bytes_per_s = std::uint64_t(status.download_payload_rate);
			out_stats->upload_bytes_per_s = std::uint64_t(status.upload_payload_rate);
			out_stats->downloaded_bytes = std::uint64_t(status.total_payload_download);
			out_stats->uploaded_bytes = std::uint64_t(status.total_payload_upload);
			out_stats->redundant_bytes = std::uint64_t(status.total_redundant_bytes);
			out_stats->failed_bytes = std::uint64_t(status.total_failed_bytes);
			for (auto const *peer : swarm->peers()) {
				auto const &c = peer->connection();
				if (c.is_disconnecting() || c.is_connecting() || c.in_handshake())
					continue;
				out_stats->peer_count++;
				out_stats->seed_count += c.is_seed();
				out_stats->unchoked_count += !c.has_peer_choked();
			}
			if (!swarm->fetch())
				return;
			tsi_fetch_waiting waiting;
			tsi_fetch_get_waiting(swarm->fetch(), tsi_now_us(), &waiting);
			out_stats->is_waiting = waiting.is_waiting;
			out_stats->waiting_piece = waiting.piece;
			out_stats->waiting_asked_count = waiting.asked_count;
			out_stats->waiting_holder_count = waiting.holder_count;
			out_stats->waiting_estimate_us = waiting.estimate_us;
		});
		std::lock_guard<std::mutex> lock(torrent->mutex);
		if (torrent->store)
			out_stats->disk_used_bytes = tsi_disk_used_bytes(torrent->store.get());
		return 0;
	});
}

void print_endpoint(lt::tcp::endpoint const &endpoint, char *out, std::size_t size)
{
	std::string const address = endpoint.address().to_string();
	std::snprintf(out, size, endpoint.address().is_v6() ? "[%s]:%u" : "%s:%u", address.c_str(),
	              unsigned(endpoint.port()));
}

void describe_peer(tsi::swarm_peer const &peer, std::uint32_t const piece_count, tstream_peer &out)
{
	lt::peer_info info;
	peer.connection().get_peer_info(info);
	if (peer.is_web_seed())
		std::snprintf(out.address, sizeof(out.address), "%s", info.client.c_str());
	else
		print_endpoint(info.ip, out.address, sizeof(out.address));
	std::snprintf(out.client, sizeof(out.client), "%s", info.client.c_str());
	for (char *c = out.client; *c; ++c)
		if (static_cast<unsigned char>(*c) < 0x20 || static_cast<unsigned char>(*c) > 0x7e)
			*c = '?';
	out.download_bytes_per_s = std::uint64_t(info.payload_down_speed);
	out.upload_bytes_per_s = std::uint64_t(info.payload_up_speed);
	out.downloaded_bytes = std::uint64_t(info.total_download);
	out.uploaded_bytes = std::uint64_t(info.total_upload);
	out.rtt_us = -1;
	out.have_per_mille = peer.is_web_seed() ? 1000 : peer.have_per_mille(piece_count);
	auto const flag = [&](bool const on, std::uint32_t const bit) { out.flags |= on ? bit : 0; };
	flag(bool(info.flags & lt::peer_info::seed), TSTREAM_PEER_SEED);
	flag(!(info.flags & lt::peer_info::remote_choked), TSTREAM_PEER_UNCHOKED);
	flag(bool(info.flags & lt::peer_info::remote_interested), TSTREAM_PEER_INTERESTED);
	flag(!(info.flags & lt::peer_info::outgoing_connection), TSTREAM_PEER_INCOMING);
	flag(bool(info.flags & lt::peer_info::utp_socket), TSTREAM_PEER_UTP);
	flag(bool(info.flags & (lt::peer_info::rc4_encrypted | lt::peer_info::plaintext_encrypted)),
	     TSTREAM_PEER_ENCRYPTED);
	flag(peer.is_web_seed(), TSTREAM_PEER_WEB_SEED);
	if (!peer.fetch_peer())
		return;
	tsi_fetch_peer_stats stats;
	tsi_fetch_get_peer_stats(peer.fetch_peer(), tsi_now_us(), &stats);
	out.request_count = stats.request_count;
	out.rtt_us = std::int32_t(std::min<std::int64_t>(stats.rtt_us, INT32_MAX));
	flag(stats.is_stalled, TSTREAM_PEER_STALLED);
}

size_t torrent_get_peers(tsi_engine_torrent *torrent, tstream_peer *out_peers, size_t capacity)
{
	size_t count = 0;
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (!swarm)
				return;
			auto const piece_count = std::uint32_t(swarm->info() ? swarm->info()->num_pieces() : 0);
			for (auto const *peer : swarm->peers()) {
				if (peer->connection().is_disconnecting() || peer->connection().is_connecting())
					continue;
				if (count < capacity)
					describe_peer(*peer, piece_count, out_peers[count]);
				count++;
			}
		});
		return 0;
	});
	return count;
}

void torrent_mark_partial(tsi_engine_torrent *torrent, uint8_t *out_pieces, uint32_t piece_count)
{
	guard(nullptr, [&] {
		torrent->call([&](tsi_engine_torrent &t) {
			auto const swarm = t.get_swarm();
			if (swarm && swarm->fetch())
				tsi_fetch_mark_partial(swarm->fetch(), out_pieces, piece_count);
		});
		return 0;
	});
}

int torrent_file(tsi_engine_torrent *torrent, void **out_bytes, size_t *out_size)
{
	return guard(nullptr, [&] {
		auto const info = torrent->get_handle().torrent_file_with_hashes();
		if (!info)
			return TSTREAM_EAGAIN;
		lt::add_torrent_params params;
		params.ti = std::make_shared<lt::torrent_info>(*info);
		for (auto const &tracker : torrent->get_handle().trackers())
			params.trackers.push_back(tracker.url);
		auto const seeds = torrent->get_handle().url_seeds();
		params.url_seeds.assign(seeds.begin(), seeds.end());
		return copy_bytes(lt::write_torrent_file_buf(params, {}), out_bytes, out_size);
	});
}

int torrent_magnet(tsi_engine_torrent *torrent, char **out_uri)
{
	return guard(nullptr, [&] {
		*out_uri = copy_string(lt::make_magnet_uri(torrent->get_handle()));
		return TSTREAM_OK;
	});
}

} // namespace

const tsi_engine_ops tsi_engine_libtorrent = {
    engine_version,    engine_parse,         engine_open,    engine_close,   engine_get_stats,
    engine_save_state, torrent_add,          torrent_remove, torrent_merge,  torrent_add_peer,
    torrent_set_plan,  torrent_read,         torrent_evict,  torrent_retry,  torrent_get_stats,
    torrent_get_peers, torrent_mark_partial, torrent_file,   torrent_magnet,
};
