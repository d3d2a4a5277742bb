// engine/libtorrent_disk.hpp - libtorrent's disk_interface over engine/disk.h.
//
// Translates only: types, and the threads that completions must run on.  Part of
// engine_libtorrent.cpp, nobody else includes it.
#ifndef TSI_ENGINE_LIBTORRENT_DISK_HPP
#define TSI_ENGINE_LIBTORRENT_DISK_HPP

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <libtorrent/add_torrent_params.hpp>
#include <libtorrent/disk_buffer_holder.hpp>
#include <libtorrent/disk_interface.hpp>
#include <libtorrent/disk_observer.hpp>
#include <libtorrent/file_storage.hpp>
#include <libtorrent/hasher.hpp>
#include <libtorrent/io_context.hpp>
#include <libtorrent/operations.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/disk.h"

namespace tsi
{

namespace lt = libtorrent;

// A counted reference to a C store.
using store_ptr = std::shared_ptr<tsi_disk_store>;

inline store_ptr adopt(tsi_disk_store *store)
{
	return store_ptr(store, tsi_disk_store_unref);
}

inline std::vector<tsi_disk_file> layout_of(lt::file_storage const &files)
{
	std::vector<tsi_disk_file> list;
	list.reserve(std::size_t(files.num_files()));
	for (auto const i : files.file_range())
		list.push_back({std::uint64_t(files.file_offset(i)), std::uint64_t(files.file_size(i)),
		                files.pad_file_at(i)});
	return list;
}

// Waits for the disk.
inline store_ptr open_store(tsi_disk *disk, std::string const &dir, lt::file_storage const &files,
                            tstream_error *err)
{
	auto const list = layout_of(files);
	tsi_disk_store *store = tsi_disk_store_open(
	    disk, dir.c_str(), list.data(), std::uint32_t(list.size()),
	    std::uint32_t(files.piece_length()), std::uint32_t(files.num_pieces()), err);
	return store ? adopt(store) : store_ptr();
}

// Does not: its directory is still to be entered.
inline store_ptr make_store(tsi_disk *disk, lt::file_storage const &files, tstream_error *err)
{
	auto const list = layout_of(files);
	tsi_disk_store *store = tsi_disk_store_new(disk, list.data(), std::uint32_t(list.size()),
	                                           std::uint32_t(files.piece_length()),
	                                           std::uint32_t(files.num_pieces()), err);
	return store ? adopt(store) : store_ptr();
}

class disk_adapter final : public lt::disk_interface, public lt::buffer_allocator_interface
{
  public:
	disk_adapter(lt::io_context &context, tsi_disk *disk) : context_(context), disk_(disk)
	{
	}

	// Stores that the engine opened before libtorrent asks for them.
	void expect(std::string const &dir, store_ptr store)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		expected_[dir] = std::move(store);
	}

	store_ptr expected_store(std::string const &dir)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		auto const found = expected_.find(dir);
		return found == expected_.end() ? store_ptr() : found->second;
	}

	void forget(std::string const &dir)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		expected_.erase(dir);
	}

	lt::storage_holder new_torrent(lt::storage_params const &params,
	                               std::shared_ptr<void> const &) override
	{
		auto made = std::make_shared<slot>();
		made->files = std::make_unique<lt::file_storage>(params.files);
		made->dir = std::string(params.path);
		made->store = expected_store(made->dir);
		if (!made->store) {
			// A magnet's: this thread must not wait for the disk, async_check_files enters it.
			tstream_error err{};
			made->store = make_store(disk_, *made->files, &err);
			made->open_code = err.code;
			made->is_entered = false;
			if (made->store)
				expect(made->dir, made->store);
		}
		std::size_t index = 0;
		while (index < slots_.size() && slots_[index]->files)
			index++;
		if (index == slots_.size())
			slots_.emplace_back();
		slots_[index] = std::move(made);
		return lt::storage_holder(lt::storage_index_t(std::uint32_t(index)), *this);
	}

	void remove_torrent(lt::storage_index_t const index) override
	{
		slots_[position(index)] = std::make_shared<slot>();
	}

	void async_read(lt::storage_index_t const index, lt::peer_request const &request,
	                std::function<void(lt::disk_buffer_holder, lt::storage_error const &)> handler,
	                lt::disk_job_flags_t) override
	{
		using handler_t = decltype(handler);
		slot &s = at(index);
		if (!s.store)
			return post([handler] { handler(lt::disk_buffer_holder(), broken()); });
		auto *job = new read_job<handler_t>{this, std::move(handler)};
		tsi_disk_read_async(s.store.get(), piece(request.piece), std::uint32_t(request.start),
		                    std::uint32_t(request.length), read_job<handler_t>::done, job);
	}

	bool async_write(lt::storage_index_t const index, lt::peer_request const &request,
	                 char const *data, std::shared_ptr<lt::disk_observer> observer,
	                 std::function<void(lt::storage_error const &)> handler,
	                 lt::disk_job_flags_t) override
	{
		slot &s = at(index);
		if (!s.store) {
			post([handler = std::move(handler)] { handler(broken()); });
			return false;
		}
		auto *job = new drained_job{this, std::move(observer), handler};
		int const written =
		    tsi_disk_write(s.store.get(), piece(request.piece), std::uint32_t(request.start), data,
		                   std::uint32_t(request.length), drained_job::done, job);
		// libtorrent lets a peer go on that has nothing left to write, whatever we answer: while
		// there is too much, the answer waits as well.
		if (written == 1)
			return true;
		delete job;
		lt::storage_error error;
		if (written < 0)
			error = failure(ENOMEM, lt::operation_t::file_write);
		// The block is in memory: as far as libtorrent is concerned it is written.
		post([handler = std::move(handler), error] { handler(error); });
		return false;
	}

	void async_hash(
	    lt::storage_index_t const index, lt::piece_index_t const p, lt::span<lt::sha256_hash> v2,
	    lt::disk_job_flags_t const flags,
	    std::function<void(lt::piece_index_t, lt::sha1_hash const &, lt::storage_error const &)>
	        handler) override
	{
		slot &s = at(index);
		if (!s.store)
			return post([handler, p] { handler(p, lt::sha1_hash(), broken()); });
		auto *job = new hash_job{this, p, std::move(handler)};
		std::uint8_t *digests =
		    v2.empty() ? nullptr : reinterpret_cast<std::uint8_t *>(v2.front().data());
		tsi_disk_hash(s.store.get(), piece(p), bool(flags & lt::disk_interface::v1_hash), digests,
		              v2.empty() ? 0 : std::uint32_t(s.files->piece_size2(p)), hash_job::done, job);
	}

	void async_hash2(
	    lt::storage_index_t const index, lt::piece_index_t const p, int const offset,
	    lt::disk_job_flags_t,
	    std::function<void(lt::piece_index_t, lt::sha256_hash const &, lt::storage_error const &)>
	        handler) override
	{
		slot &s = at(index);
		if (!s.store)
			return post([handler, p] { handler(p, lt::sha256_hash(), broken()); });
		auto *job = new hash2_job{this, p, std::move(handler)};
		int const size = std::min(lt::default_block_size, s.files->piece_size2(p) - offset);
		tsi_disk_hash_block(s.store.get(), piece(p), std::uint32_t(offset),
		                    std::uint32_t(std::max(size, 0)), hash2_job::done, job);
	}

	void async_clear_piece(lt::storage_index_t const index, lt::piece_index_t const p,
	                       std::function<void(lt::piece_index_t)> handler) override
	{
		slot &s = at(index);
		auto then = [handler = std::move(handler), p] { handler(p); };
		if (!s.store)
			return post(std::move(then));
		tsi_disk_clear(s.store.get(), piece(p), void_job::done,
		               new void_job{this, std::move(then)});
	}

	void async_release_files(lt::storage_index_t const index,
	                         std::function<void()> handler) override
	{
		fence(index, std::move(handler));
	}

	void async_stop_torrent(lt::storage_index_t const index, std::function<void()> handler) override
	{
		fence(index, std::move(handler));
	}

	void
	async_check_files(lt::storage_index_t const index, lt::add_torrent_params const *resume,
	                  lt::aux::vector<std::string, lt::file_index_t>,
	                  std::function<void(lt::status_t, lt::storage_error const &)> handler) override
	{
		auto *job = new enter_job{this, slots_[position(index)], std::move(handler),
		                          resume && !resume->have_pieces.empty()};
		slot const &s = *job->entered;
		if (s.store && !s.is_entered)
			tsi_disk_store_enter(s.store.get(), s.dir.c_str(), enter_job::done, job);
		else
			enter_job::done(job, s.store ? TSTREAM_OK : s.open_code);
	}

	// The library neither moves, renames, deletes nor skips files through libtorrent.
	void async_move_storage(
	    lt::storage_index_t, std::string path, lt::move_flags_t,
	    std::function<void(lt::status_t, std::string const &, lt::storage_error const &)> handler)
	    override
	{
		auto const error = failure(ENOTSUP, lt::operation_t::file_rename);
		post([handler, path, error] { handler(lt::status_t::fatal_disk_error, path, error); });
	}

	void async_rename_file(
	    lt::storage_index_t, lt::file_index_t const file, std::string name,
	    std::function<void(std::string const &, lt::file_index_t, lt::storage_error const &)>
	        handler) override
	{
		auto const error = failure(ENOTSUP, lt::operation_t::file_rename);
		post([handler, name, file, error] { handler(name, file, error); });
	}

	void async_delete_files(lt::storage_index_t, lt::remove_flags_t,
	                        std::function<void(lt::storage_error const &)> handler) override
	{
		post([handler] { handler(lt::storage_error()); });
	}

	void async_set_file_priority(
	    lt::storage_index_t, lt::aux::vector<lt::download_priority_t, lt::file_index_t> priorities,
	    std::function<void(lt::storage_error const &,
	                       lt::aux::vector<lt::download_priority_t, lt::file_index_t>)>
	        handler) override
	{
		post([handler, priorities] { handler(lt::storage_error(), priorities); });
	}

	void update_stats_counters(lt::counters &) const override
	{
	}
	std::vector<lt::open_file_state> get_status(lt::storage_index_t) const override
	{
		return {};
	}
	void abort(bool) override
	{
		tsi_disk_stop(disk_);
	}
	void submit_jobs() override
	{
	}
	void settings_updated() override
	{
	}
	void free_disk_buffer(char *buffer) override
	{
		std::free(buffer);
	}

  private:
	struct slot {
		std::unique_ptr<lt::file_storage> files;
		std::string dir;
		store_ptr store; // null if it could not be opened
		int open_code = 0;
		bool is_entered = true;
	};

	struct enter_job {
		disk_adapter *self;
		std::shared_ptr<slot> entered; // libtorrent may give its place to another meanwhile
		std::function<void(lt::status_t, lt::storage_error const &)> handler;
		bool has_resume_bits;

		static void done(void *user, int const code)
		{
			std::shared_ptr<enter_job> const job(static_cast<enter_job *>(user));
			job->self->post([job, code] { job->self->entered(*job, code); });
		}
	};

	void entered(enter_job const &job, int const code)
	{
		slot &s = *job.entered;
		s.is_entered = true;
		if (code != TSTREAM_OK) {
			if (s.store && s.store == expected_store(s.dir))
				forget(s.dir);
			s.store.reset();
			return job.handler(lt::status_t::fatal_disk_error,
			                   failure(to_errno(code), lt::operation_t::file_open));
		}
		// Bits on disk that the resume data does not have: found after a kill that came
		// before the metadata was saved.
		bool const is_doubtful =
		    tsi_disk_needs_check(s.store.get()) || (has_bits(s) && !job.has_resume_bits);
		job.handler(is_doubtful ? lt::status_t::need_full_check : lt::status_t::no_error,
		            lt::storage_error());
	}

	template <typename Handler> struct read_job {
		disk_adapter *self;
		Handler handler;

		static void done(void *user, int code, int system_errno, void const *data,
		                 std::uint32_t size)
		{
			std::unique_ptr<read_job> job(static_cast<read_job *>(user));
			char *copy = code == 0 ? static_cast<char *>(std::malloc(size)) : nullptr;
			if (copy)
				std::memcpy(copy, data, size);
			lt::storage_error error;
			if (!copy)
				error = failure(code == 0 ? ENOMEM : system_errno, lt::operation_t::file_read);
			auto *self = job->self;
			self->post([self, copy, size, error, handler = std::move(job->handler)] {
				handler(copy ? lt::disk_buffer_holder(*self, copy, int(size))
				             : lt::disk_buffer_holder(),
				        error);
			});
		}
	};

	struct drained_job {
		disk_adapter *self;
		std::shared_ptr<lt::disk_observer> observer;
		std::function<void(lt::storage_error const &)> handler;

		static void done(void *user)
		{
			std::unique_ptr<drained_job> job(static_cast<drained_job *>(user));
			job->self->post(
			    [observer = std::move(job->observer), handler = std::move(job->handler)] {
				    handler(lt::storage_error());
				    if (observer)
					    observer->on_disk();
			    });
		}
	};

	struct hash_job {
		disk_adapter *self;
		lt::piece_index_t piece;
		std::function<void(lt::piece_index_t, lt::sha1_hash const &, lt::storage_error const &)>
		    handler;

		static void done(void *user, int code, int system_errno, std::uint8_t const digest[20])
		{
			std::unique_ptr<hash_job> job(static_cast<hash_job *>(user));
			lt::sha1_hash hash;
			if (code == 0)
				hash.assign(reinterpret_cast<char const *>(digest));
			auto const error = outcome(code, system_errno);
			job->self->post([handler = std::move(job->handler), p = job->piece, hash, error] {
				handler(p, hash, error);
			});
		}
	};

	struct hash2_job {
		disk_adapter *self;
		lt::piece_index_t piece;
		std::function<void(lt::piece_index_t, lt::sha256_hash const &, lt::storage_error const &)>
		    handler;

		static void done(void *user, int code, int system_errno, std::uint8_t const digest[32])
		{
			std::unique_ptr<hash2_job> job(static_cast<hash2_job *>(user));
			lt::sha256_hash hash;
			if (code == 0)
				hash.assign(reinterpret_cast<char const *>(digest));
			auto const error = outcome(code, system_errno);
			job->self->post([handler = std::move(job->handler), p = job->piece, hash, error] {
				handler(p, hash, error);
			});
		}
	};

	struct void_job {
		disk_adapter *self;
		std::function<void()> then;

		static void done(void *user)
		{
			std::unique_ptr<void_job> job(static_cast<void_job *>(user));
			job->self->post(std::move(job->then));
		}
	};

	template <typename Function> void post(Function &&function)
	{
		boost::asio::post(context_, std::forward<Function>(function));
	}

	void fence(lt::storage_index_t const index, std::function<void()> handler)
	{
		if (!handler)
			return;
		slot &s = at(index);
		if (!s.store)
			return post(std::move(handler));
		tsi_disk_fence(s.store.get(), void_job::done, new void_job{this, std::move(handler)});
	}

	slot &at(lt::storage_index_t const index)
	{
		return *slots_[position(index)];
	}

	static std::size_t position(lt::storage_index_t const index)
	{
		return std::size_t(static_cast<std::uint32_t>(index));
	}

	static bool has_bits(slot const &s)
	{
		std::vector<std::uint8_t> have(std::size_t(s.files->num_pieces()));
		tsi_disk_store_have(s.store.get(), have.data());
		return std::find(have.begin(), have.end(), 1) != have.end();
	}

	static std::uint32_t piece(lt::piece_index_t const p)
	{
		return std::uint32_t(static_cast<int>(p));
	}

	static lt::storage_error failure(int const system_errno, lt::operation_t const operation)
	{
		return lt::storage_error(
		    lt::error_code(system_errno ? system_errno : EIO, lt::system_category()), operation);
	}

	static lt::storage_error broken()
	{
		return failure(EIO, lt::operation_t::file_open);
	}

	static lt::storage_error outcome(int const code, int const system_errno)
	{
		return code == 0 ? lt::storage_error() : failure(system_errno, lt::operation_t::file_write);
	}

	static int to_errno(int const code)
	{
		return code == TSTREAM_ENOSPC ? ENOSPC : code == TSTREAM_EACCES ? EACCES : EIO;
	}

	lt::io_context &context_;
	tsi_disk *disk_;
	std::mutex mutex_;
	std::map<std::string, store_ptr> expected_;
	std::vector<std::shared_ptr<slot>> slots_; // network thread only
};

} // namespace tsi
#endif
