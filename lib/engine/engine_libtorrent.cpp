// engine/engine_libtorrent.cpp - the engine of this library: libtorrent-rasterbar 2.x.
//
// The only C++ in the library and, with its parts libtorrent_*.hpp, the only place that
// knows libtorrent.  libtorrent keeps connections, protocol, metadata, hashing, trackers
// and the DHT; which block is asked of whom is decided by core/fetch, and what lies on
// disk is engine/disk's.
//
// Threads
//   network  libtorrent's own: plugins, and whatever is posted to its io_context
//   alerts   ours: waits for alerts, turns them into events, and waits for the disk where a
//            torrent joins again
//   callers  any: they post, or post and wait where engine.h says "waits"
// Nothing C++ crosses the table: guard() maps every exception.

#include "engine/engine.h"

#include <cstring>
#include <libtorrent/alert_types.hpp>
#include <libtorrent/bencode.hpp>
#include <libtorrent/create_torrent.hpp>
#include <libtorrent/magnet_uri.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/session_params.hpp>
#include <libtorrent/session_stats.hpp>
#include <libtorrent/version.hpp>
#include <libtorrent/write_resume_data.hpp>

#include "base/log.h"
#include "base/signals.h"
#include "engine/libtorrent_convert.hpp"
#include "engine/libtorrent_reload.hpp"
#include "engine/libtorrent_rivals.hpp"
#include "engine/libtorrent_torrent.hpp"
#include "engine/libtorrent_watch.hpp"

namespace
{

// Piece buffers of all torrents together.  Enough for the pieces under way at several
// hundred MB/s, little enough to keep the memory of a server flat.
constexpr std::size_t buffer_limit_bytes = 24u << 20;
// How long remove() waits for the last resume data; without it the next start merely
// asks the trackers again.
constexpr auto resume_patience = std::chrono::seconds(2);

// -- alerts -------------------------------------------------------------------

void on_resume_data(tsi_engine_torrent &t, lt::add_torrent_params const &params)
{
	t.tell_resume_data(lt::write_resume_data_buf(params));
	bool is_reloading = false;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.is_saved = true;
		is_reloading = t.is_reloading;
		t.changed.notify_all();
	}
	if (is_reloading)
		try_rejoin(t, params);
}

void on_resume_failed(tsi_engine_torrent &t)
{
	std::lock_guard<std::mutex> lock(t.mutex);
	t.is_saved = true;
	t.is_reloading = false;
	t.changed.notify_all();
	t.post(apply_plan);
}

void on_torrent_error(tsi_engine_torrent &t, lt::error_code const &ec)
{
	if (ec == lt::errors::duplicate_torrent)
		return; // see on_conflict
	if (is_damaged(t)) {
		t.post(reload);
		return;
	}
	int const code = to_code(ec);
	std::string const message = code == TSTREAM_ENOSPC
	                                ? "the disk is full (" + ec.message() +
	                                      "): make room and it goes on; what is here still plays"
	                                : "the torrent's data cannot be kept: " + ec.message();
	t.tell([&](auto const &events, void *user) { events.error(user, code, message.c_str()); });
}

// Trackers' URLs carry their users' keys: no more than the host is told.
std::string host_of(std::string const &url)
{
	auto const scheme = url.find("://");
	return scheme == std::string::npos ? "?" : url.substr(0, url.find_first_of("/?#", scheme + 3));
}

void on_listening(tsi_engine &engine, lt::listen_succeeded_alert const &alert)
{
	auto const &wanted = engine.wanted_ports;
	bool const is_moved = alert.socket_type == lt::socket_type_t::tcp && !wanted.empty() &&
	                      std::find(wanted.begin(), wanted.end(), alert.port) == wanted.end();
	if (!is_moved)
		return;
	std::string const message =
	    "the port asked for is taken: peers reach us on " + std::to_string(alert.port);
	engine.events.warning(engine.events.user, message.c_str());
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
	if (tsi_log_traces(TSI_ROOM_ENGINE))
		tsi_log(TSTREAM_LOG_TRACE, "engine: %s", alert->message().c_str());
	if (auto const *failed = lt::alert_cast<lt::listen_failed_alert>(alert)) {
		engine.events.warning(engine.events.user, failed->message().c_str());
	} else if (auto const *listening = lt::alert_cast<lt::listen_succeeded_alert>(alert)) {
		on_listening(engine, *listening);
	} else if (auto const *tracker = lt::alert_cast<lt::tracker_error_alert>(alert)) {
		std::string const message =
		    "tracker " + host_of(tracker->tracker_url()) + ": " + tracker->error.message();
		engine.events.warning(engine.events.user, message.c_str());
	} else if (auto const *saved = lt::alert_cast<lt::save_resume_data_alert>(alert)) {
		if (auto const t = find_torrent(engine, saved->handle))
			on_resume_data(*t, saved->params);
	} else if (auto const *unsaved = lt::alert_cast<lt::save_resume_data_failed_alert>(alert)) {
		if (auto const t = find_torrent(engine, unsaved->handle))
			on_resume_failed(*t);
	} else if (auto const *file = lt::alert_cast<lt::file_error_alert>(alert)) {
		if (auto const t = find_torrent(engine, file->handle))
			on_torrent_error(*t, file->error);
	} else if (auto const *error = lt::alert_cast<lt::torrent_error_alert>(alert)) {
		auto const t = find_torrent(engine, error->handle);
		if (t && error->error)
			on_torrent_error(*t, error->error);
	} else if (auto const *conflict = lt::alert_cast<lt::torrent_conflict_alert>(alert)) {
		on_conflict(engine, *conflict);
	}
}

void run_errands(tsi_engine &engine)
{
	std::vector<std::function<void()>> errands;
	{
		std::lock_guard<std::mutex> lock(engine.mutex);
		errands.swap(engine.errands);
	}
	for (auto const &errand : errands)
		guard(nullptr, [&] {
			errand();
			return 0;
		});
}

void watch_alerts(tsi_engine &engine)
{
	std::vector<lt::alert *> alerts;
	while (!engine.is_closing) {
		run_errands(engine);
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

// Threads made while this lives leave the program's signals alone.
struct quiet_threads {
	sigset_t before;
	quiet_threads()
	{
		tsi_signals_block(&before);
	}
	~quiet_threads()
	{
		tsi_signals_restore(&before);
	}
};

int engine_open(const tsi_engine_options *options, const tsi_engine_events *events,
                tsi_engine **out_engine, tstream_error *err)
{
	return guard(err, [&] {
		auto engine = std::make_unique<tsi_engine>();
		engine->events = *events;
		engine->wanted_ports = listen_ports(options->listen);
		tsi_disk_hasher const hasher = {hash_sha1, hash_sha256};
		engine->disk = tsi_disk_new(0, buffer_limit_bytes, &hasher);
		if (!engine->disk)
			throw std::bad_alloc();
		lt::session_params params;
		// Damaged: as if it had never been saved.
		if (options->state_bytes)
			guard(nullptr, [&] {
				params = lt::read_session_params({static_cast<char const *>(options->state_bytes),
				                                  std::ptrdiff_t(options->state_size)},
				                                 lt::session_handle::save_dht_state);
				return TSTREAM_OK;
			});
		params.settings = settings_of(*options);
		auto *bare = engine.get();
		params.disk_io_constructor = [bare](lt::io_context &context, lt::settings_interface const &,
		                                    lt::counters &) {
			auto adapter = std::make_unique<tsi::disk_adapter>(context, bare->disk);
			bare->context = &context;
			bare->adapter = adapter.get();
			return std::unique_ptr<lt::disk_interface>(std::move(adapter));
		};
		{
			quiet_threads const quiet;
			engine->session = std::make_unique<lt::session>(std::move(params));
			engine->alert_thread = std::thread([bare] { watch_alerts(*bare); });
		}
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
			auto const params = params_of(*add);
			torrent->remember_peers(params.peers);
			join_or_yield(*engine, torrent, params);
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

// No reload is under way any more, and none begins.
void end_reloads(tsi_engine_torrent &t)
{
	std::unique_lock<std::mutex> lock(t.mutex);
	t.changed.wait_for(lock, resume_patience, [&] { return !t.is_reloading; });
	t.is_closing = true;
}

// Wait for resume data to be told.
void save_last_resume_data(tsi_engine_torrent &t)
{
	std::unique_lock<std::mutex> lock(t.mutex);
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
		end_reloads(*torrent);
		if (torrent->is_described)
			save_last_resume_data(*torrent);
		stop_swarm(*torrent);
		torrent->die();
		torrent->tell_rivals();
		tsi_engine *engine = torrent->engine;
		leave(*torrent);
		// Behind libtorrent's own end of it: from here on nobody makes a store for it.
		torrent->call([](tsi_engine_torrent &) {});
		tsi::store_ptr store;
		{
			std::lock_guard<std::mutex> lock(torrent->mutex);
			store = std::move(torrent->store);
		}
		if (!store)
			store = engine->adapter->expected_store(torrent->dir); // perhaps being entered
		engine->adapter->forget(torrent->dir);
		if (store)
			run_on_disk([&](auto done, void *user) { tsi_disk_sync(store.get(), done, user); });
		std::lock_guard<std::mutex> lock(engine->mutex);
		auto &all = engine->torrents;
		all.erase(std::remove(all.begin(), all.end(), keep), all.end());
		return 0;
	});
}

// libtorrent dials a new peer at its next tick, up to a second later.  With nobody
// connected there is nothing to lose by pausing and resuming, which dials at once.
void connect_peers(tsi_engine_torrent &torrent, std::vector<lt::tcp::endpoint> endpoints)
{
	torrent.remember_peers(endpoints);
	torrent.post([endpoints = std::move(endpoints)](tsi_engine_torrent &t) {
		lt::torrent_handle const handle = t.get_handle();
		auto const swarm = t.get_swarm();
		for (auto const &endpoint : endpoints)
			handle.connect_peer(endpoint, {}, {});
		bool const is_alone = swarm && swarm->peers().empty();
		if (!is_alone || endpoints.empty() || (handle.flags() & lt::torrent_flags::paused))
			return;
		handle.pause();
		handle.resume();
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
		if (add->torrent_bytes) {
			auto const params = lt::load_torrent_buffer(
			    {static_cast<char const *>(add->torrent_bytes), std::ptrdiff_t(add->torrent_size)},
			    torrent_limits());
			for (auto const &tracker : params.trackers)
				handle.add_tracker(lt::announce_entry(tracker));
			for (auto const &seed : params.url_seeds)
				handle.add_url_seed(seed);
			if (!torrent->is_described)
				handle.set_metadata(params.ti->info_section());
		}
		std::vector<lt::tcp::endpoint> endpoints;
		for (size_t i = 0; i < add->peer_count; ++i)
			endpoints.push_back(parse_endpoint(add->peers[i]));
		connect_peers(*torrent, std::move(endpoints));
		if (torrent->is_described && add->tracker_count + add->web_seed_count > 0)
			handle.save_resume_data(lt::torrent_handle::save_info_dict);
		return 0;
	});
}

int torrent_add_peer(tsi_engine_torrent *torrent, const char *address)
{
	return guard(nullptr, [&] {
		connect_peers(*torrent, {parse_endpoint(address)});
		return TSTREAM_OK;
	});
}

int torrent_prefer_peer(tsi_engine_torrent *torrent, const char *address)
{
	return guard(nullptr, [&] {
		lt::tcp::endpoint const endpoint = parse_endpoint(address);
		torrent->remember_preferred(endpoint);
		torrent->post([](tsi_engine_torrent &t) {
			if (auto const swarm = t.get_swarm())
				swarm->prefer(t.get_preferred());
		});
		connect_peers(*torrent, {endpoint});
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
	if (count < 0 &&
	    count != TSTREAM_EAGAIN) // something happened to our files: find out what is left
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
			torrent->drop.resize(std::max<std::size_t>(torrent->drop.size(), piece_count));
			for (uint32_t piece = 0; piece < piece_count; ++piece)
				torrent->drop[piece] |= drop[piece];
		}
		torrent->post(reload); // one under way takes them along, or begins anew
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

int torrent_file(tsi_engine_torrent *torrent, void **out_bytes, size_t *out_size)
{
	return guard(nullptr, [&] {
		lt::torrent_handle const handle = torrent->get_handle();
		auto const info = handle.torrent_file_with_hashes();
		if (!info)
			return TSTREAM_EAGAIN;
		lt::create_torrent made(*info);
		for (auto const &tracker : handle.trackers())
			made.add_tracker(tracker.url, tracker.tier);
		for (auto const &seed : handle.url_seeds())
			made.add_url_seed(seed);
		std::vector<char> bytes;
		lt::bencode(std::back_inserter(bytes), made.generate());
		return copy_bytes(bytes, out_bytes, out_size);
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
    engine_version,      engine_parse,      engine_open,          engine_close,  engine_get_stats,
    engine_save_state,   torrent_add,       torrent_remove,       torrent_merge, torrent_add_peer,
    torrent_prefer_peer, torrent_set_plan,  torrent_read,         torrent_evict, torrent_retry,
    torrent_get_stats,   torrent_get_peers, torrent_mark_partial, torrent_file,  torrent_magnet,
};
