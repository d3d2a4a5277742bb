// engine/libtorrent_torrent.hpp - a torrent's life in libtorrent: joining and being told.
// Leaving and joining again is in libtorrent_reload.hpp.
//
// Part of engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_TORRENT_HPP
#define TSI_ENGINE_LIBTORRENT_TORRENT_HPP

#include <atomic>
#include <condition_variable>
#include <future>
#include <libtorrent/read_resume_data.hpp>
#include <libtorrent/session.hpp>
#include <libtorrent/torrent_status.hpp>
#include <mutex>
#include <sys/stat.h>
#include <thread>
#include <utility>

#include "engine/libtorrent_convert.hpp"
#include "engine/libtorrent_disk.hpp"
#include "engine/libtorrent_swarm.hpp"

// -- the opaque types of the table --------------------------------------------

struct tsi_engine {
	tsi_engine_events events{};
	tsi_disk *disk = nullptr;
	lt::io_context *context = nullptr;    // libtorrent's; lives as long as the session
	tsi::disk_adapter *adapter = nullptr; // owned by the session
	std::unique_ptr<lt::session> session;
	std::thread alert_thread;
	std::vector<int> wanted_ports; // to listen on; empty if the system chooses
	std::atomic<bool> is_closing{false};
	std::atomic<bool> is_trying_utp{false};

	std::mutex mutex;
	std::condition_variable changed;
	std::vector<std::shared_ptr<tsi_engine_torrent>> torrents;
	std::vector<std::function<void()>> errands; // for the alert thread; at most one a torrent
	std::uint64_t stats_serial = 0;
	std::vector<std::int64_t> counters; // of the last session_stats alert
	std::vector<std::int64_t> counters_before;
	std::int64_t counters_us = 0, counters_before_us = 0;

	// An alert, so that its thread looks up.
	void wake_alert_thread() const
	{
		session->post_session_stats();
	}

	~tsi_engine()
	{
		is_closing = true;
		if (session)
			wake_alert_thread();
		if (alert_thread.joinable())
			alert_thread.join();
		session.reset();
		tsi_disk_free(disk);
	}
};

constexpr std::size_t max_known_peers = 64;

struct tsi_engine_torrent : std::enable_shared_from_this<tsi_engine_torrent> {
	tsi_engine *engine = nullptr;
	std::string dir;

	// Nothing is told once is_dead is set under these locks; the first is for what waits for the
	// disk, which must not keep back the rest.
	std::mutex saving_mutex;
	std::mutex told_mutex;
	bool is_dead = false;
	std::atomic<bool> is_described{false};
	std::atomic<bool> is_saved_once{false};
	tsi_engine_torrent_events events{};
	void *user = nullptr;

	std::mutex mutex; // guards what follows
	std::condition_variable changed;
	lt::torrent_handle handle;
	bool is_joined = false; // libtorrent has it, and leave() was not called since
	tsi::store_ptr store;
	std::shared_ptr<tsi::swarm> swarm;
	std::vector<tsi_plan_range> plan;
	bool is_plan_posted = false;
	std::atomic<bool> has_failed_pieces{false}; // since it joined: perhaps somebody is banned
	bool is_reloading = false;
	bool is_closing = false;
	bool is_saved = false;
	std::vector<std::uint8_t> drop;                  // pieces to evict at the next reload
	std::unique_ptr<lt::add_torrent_params> outside; // it could not join: what to try again with
	bool is_settled = false;                         // both its hashes were told, or it was removed
	std::vector<lt::tcp::endpoint> known_peers;      // told by the caller, the latest
	std::vector<lt::tcp::endpoint> preferred_peers;  // likewise
	std::vector<std::shared_ptr<tsi_engine_torrent>> rivals; // see libtorrent_rivals.hpp

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

	void tell_resume_data(std::vector<char> const &bytes)
	{
		std::lock_guard<std::mutex> saving(saving_mutex);
		{
			std::lock_guard<std::mutex> lock(told_mutex);
			if (is_dead)
				return;
		}
		events.resume_data(user, bytes.data(), bytes.size());
	}

	// Waits for what is being told.
	void die()
	{
		std::lock_guard<std::mutex> saving(saving_mutex);
		std::lock_guard<std::mutex> lock(told_mutex);
		is_dead = true;
	}

	static void remember(std::vector<lt::tcp::endpoint> &peers, lt::tcp::endpoint const &endpoint)
	{
		if (std::find(peers.begin(), peers.end(), endpoint) != peers.end())
			return;
		if (peers.size() == max_known_peers)
			peers.erase(peers.begin());
		peers.push_back(endpoint);
	}

	// Nobody else tells of them again, should they be lost.
	void remember_peers(std::vector<lt::tcp::endpoint> const &endpoints)
	{
		std::lock_guard<std::mutex> lock(mutex);
		for (auto const &endpoint : endpoints)
			remember(known_peers, endpoint);
	}

	void remember_preferred(lt::tcp::endpoint const &endpoint)
	{
		std::lock_guard<std::mutex> lock(mutex);
		remember(preferred_peers, endpoint);
	}

	std::vector<lt::tcp::endpoint> get_preferred()
	{
		std::lock_guard<std::mutex> lock(mutex);
		return preferred_peers;
	}

	// Now, or when it is removed, its rivals give up.
	void tell_rivals()
	{
		std::vector<std::shared_ptr<tsi_engine_torrent>> given_up;
		{
			std::lock_guard<std::mutex> lock(mutex);
			is_settled = true;
			given_up.swap(rivals);
		}
		for (auto const &rival : given_up)
			rival->tell([](auto const &told, void *rival_user) {
				told.error(rival_user, TSTREAM_EBUSY,
				           "the torrent is open already under its other infohash");
			});
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

// Nothing is wanted while a reload is under way: it may be making room, and what came meanwhile
// would lie beside what is to go.
void apply_plan(tsi_engine_torrent &t)
{
	std::vector<tsi_plan_range> ranges;
	std::shared_ptr<tsi::swarm> swarm;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		t.is_plan_posted = false;
		if (!t.is_reloading)
			ranges = t.plan;
		swarm = t.swarm;
	}
	if (swarm)
		swarm->set_plan(ranges);
}

// Once in a torrent's life, whatever is known first.
void tell_metadata(tsi_engine_torrent &t, lt::torrent_info const &info)
{
	if (t.is_described.exchange(true))
		return;
	t.tell(
	    [&](auto const &events, void *user) { events.metadata(user, describe(info).release()); });
	t.tell_rivals();
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
	{
		// What is to go at the next reload is not offered any more.
		std::lock_guard<std::mutex> lock(t.mutex);
		for (std::size_t i = 0; i < std::min(have.size(), t.drop.size()); ++i)
			have[i] = have[i] && !t.drop[i];
	}

	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (!t.store)
			t.store = t.engine->adapter->expected_store(t.dir);
		store = t.store;
	}
	if (store && tsi_disk_needs_check(store.get()))
		tsi_disk_checked(store.get(), have.data());

	tell_metadata(t, *info);
	t.tell([&](auto const &events, void *user) {
		events.ready(user, have.data(), std::uint32_t(have.size()));
	});
	if (!t.is_saved_once.exchange(true))
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

struct passing {
	std::shared_ptr<tsi_engine_torrent> torrent;
	std::uint32_t piece;
};

// Told once its bit is kept: who hears of it finds it again after any kill.  The disk is idle
// for this torrent before it joins anew, so what is told then is never older than this.
void piece_passed(tsi_engine_torrent &t, std::uint32_t const piece)
{
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		if (!t.store)
			t.store = t.engine->adapter->expected_store(t.dir);
		store = t.store;
	}
	if (!store)
		return;
	tsi_disk_mark_have(
	    store.get(), piece,
	    [](void *user) {
		    std::unique_ptr<passing> const done(static_cast<passing *>(user));
		    done->torrent->tell(
		        [&](auto const &events, void *told_user) { events.piece(told_user, done->piece); });
	    },
	    new passing{t.shared_from_this(), piece});
}

void set_outgoing_utp(tsi_engine &engine, bool const is_on)
{
	if (engine.is_trying_utp.exchange(is_on) == is_on)
		return;
	lt::settings_pack pack;
	pack.set_bool(lt::settings_pack::enable_outgoing_utp, is_on);
	engine.session->apply_settings(std::move(pack));
}

// What resume data says and this library decides for itself.
void reset(lt::add_torrent_params &params, std::string const &dir)
{
	params.save_path = dir;
	// Paused, so that resume() dials the peers at once rather than at the next tick.
	params.flags = lt::torrent_flags::paused | lt::torrent_flags::update_subscribe |
	               lt::torrent_flags::apply_ip_filter | lt::torrent_flags::need_save_resume |
	               lt::torrent_flags::duplicate_is_error;
	params.file_priorities.clear();
	params.piece_priorities.clear();
	params.renamed_files.clear();
	params.unfinished_pieces.clear();
	params.extensions.clear();
	params.have_pieces.clear();
	params.verified_pieces.clear();
}

// The store of a torrent whose metadata is known, before libtorrent asks for it: its
// record of what is verified is newer than that of the resume data.
void open_known_store(tsi_engine_torrent &t, lt::add_torrent_params &params)
{
	tstream_error err{};
	tsi::store_ptr store = t.engine->adapter->expected_store(t.dir);
	::mkdir(t.dir.c_str(), 0700); // it may have been deleted underneath
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
	tell_metadata(t, *params.ti);
	// libtorrent checks no torrent that is paused.
	if (is_doubtful) {
		params.flags &= ~lt::torrent_flags::paused;
		t.tell([](auto const &events, void *user) { events.checking(user); });
	}
	std::lock_guard<std::mutex> lock(t.mutex);
	t.store = store;
}

struct clearing {
	std::shared_ptr<tsi_engine_torrent> torrent;
	std::uint32_t piece;
};

// A piece that failed is locked by libtorrent until the disk has forgotten it; what comes
// meanwhile is thrown away as known.  The order to forget was queued before this is called:
// ask for the piece again after it.
void await_clearing(tsi_engine_torrent &t, std::uint32_t const piece)
{
	tsi::store_ptr store;
	{
		std::lock_guard<std::mutex> lock(t.mutex);
		store = t.store;
	}
	if (!store)
		return;
	tsi_disk_fence(
	    store.get(),
	    [](void *user) {
		    std::unique_ptr<clearing> const done(static_cast<clearing *>(user));
		    done->torrent->post([piece = done->piece](tsi_engine_torrent &self) {
			    if (auto const swarm = self.get_swarm())
				    swarm->piece_cleared(piece);
		    });
	    },
	    new clearing{t.shared_from_this(), piece});
}

void reload(tsi_engine_torrent &t);

// What was verified has gone from the disk: only joining again, with a check, heals that.
bool is_damaged(tsi_engine_torrent &t)
{
	std::lock_guard<std::mutex> lock(t.mutex);
	return t.store && tsi_disk_is_damaged(t.store.get());
}

tsi::swarm_listener listener_of(tsi_engine_torrent &t)
{
	std::weak_ptr<tsi_engine_torrent> const weak = t.weak_from_this();
	tsi::swarm_listener listener;
	listener.files_checked = [weak] {
		auto const self = weak.lock();
		auto const swarm = self ? self->get_swarm() : nullptr;
		if (swarm)
			guard(nullptr, [&] {
				files_checked(*self, *swarm);
				return 0;
			});
	};
	listener.piece_failed = [weak](std::uint32_t const piece) {
		auto const self = weak.lock();
		if (!self)
			return;
		self->has_failed_pieces = true;
		self->post([piece](tsi_engine_torrent &failed) { await_clearing(failed, piece); });
	};
	listener.piece_passed = [weak](std::uint32_t const piece) {
		if (auto const self = weak.lock())
			piece_passed(*self, piece);
	};
	// A reader would find it out as well, but there may be none.
	listener.second = [weak] {
		auto const self = weak.lock();
		if (self && is_damaged(*self))
			self->post(reload);
	};
	listener.lonely = [weak](bool const is_lonely) {
		auto const self = weak.lock();
		if (!self)
			return;
		// Nobody answers over TCP: behind many routers only uTP gets through.
		set_outgoing_utp(*self->engine, is_lonely);
		// Or somebody lied, and was so quick that libtorrent banned honest peers along with them,
		// for pieces that they had in common.
		if (is_lonely && self->has_failed_pieces)
			self->post(reload);
	};
	return listener;
}

// Hand a torrent to libtorrent; t.handle is set when this returns.
void join(tsi_engine_torrent &t, lt::add_torrent_params params)
{
	reset(params, t.dir);
	bool const has_metadata = params.ti != nullptr;
	if (has_metadata)
		open_known_store(t, params);
	std::weak_ptr<tsi_engine_torrent> const weak = t.weak_from_this();
	params.extensions.push_back([weak](lt::torrent_handle const &handle,
	                                   lt::client_data_t) -> std::shared_ptr<lt::torrent_plugin> {
		auto const self = weak.lock();
		if (!self)
			return {};
		auto made = std::make_shared<tsi::swarm>(handle, *self->engine->context, listener_of(*self),
		                                         self->get_preferred());
		std::lock_guard<std::mutex> lock(self->mutex);
		self->swarm = made;
		self->handle = handle; // what runs on this thread next needs it, before we return
		self->is_joined = true;
		return made;
	});
	// With uTP on, a peer that has only TCP costs seconds: a new torrent begins without.
	set_outgoing_utp(*t.engine, false);
	lt::torrent_handle const handle = t.engine->session->add_torrent(std::move(params));
	// With metadata, files_checked() resumes it: peers are not known before.
	if (has_metadata)
		return;
	try {
		handle.resume();
	} catch (lt::system_error const &) {
		// Gone already: it was the younger one of a conflict.
	}
}

// Take a torrent out of libtorrent, if it is in there.  Only once: libtorrent would take a second
// removal for that of whoever has the infohash by then, and keep a pointer to it after its end.
void leave(tsi_engine_torrent &t)
{
	// Held until it is posted: who finds that it has left is behind that.
	std::lock_guard<std::mutex> lock(t.mutex);
	if (!std::exchange(t.is_joined, false))
		return;
	try {
		t.engine->session->remove_torrent(t.handle);
	} catch (lt::system_error const &) {
		// It could not be added after all.
	}
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

} // namespace
#endif
