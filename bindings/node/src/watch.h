/**
 * watch.h - the event loop watches one of the library's pipes.
 *
 * The library's wakeups stay readable until they have been drained, which is what uv_poll looks
 * at: neither a thread nor a read is involved.  A duplicate of the descriptor is watched, which
 * may be closed later than the object it came from.
 */
#ifndef TSTREAM_NODE_WATCH_H
#define TSTREAM_NODE_WATCH_H

#include "loop.h"

#include <fcntl.h>
#include <unistd.h>

class tsb_watch : public tsb_closable
{
  public:
	/** @return NULL: no more descriptors */
	static tsb_watch *open(tsb_loop *loop, int fd, Napi::Function woken)
	{
		int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (own < 0)
			return nullptr;
		return new tsb_watch(loop, own, woken);
	}

	/** Call back for as long as there is something to drain.
	 *  @param keeps_alive  the program does not end meanwhile */
	void start(bool keeps_alive)
	{
		if (!poll_)
			return;
		if (keeps_alive)
			uv_ref(handle());
		else
			uv_unref(handle());
		uv_poll_start(poll_, UV_READABLE, [](uv_poll_t *poll, int, int) {
			static_cast<tsb_watch *>(poll->data)->wake();
		});
	}

	void stop()
	{
		if (poll_)
			uv_poll_stop(poll_);
	}

	void close() override
	{
		if (!poll_)
			return;
		uv_poll_stop(poll_);
		loop_->watches.erase(this);
		loop_->begin_closing();
		poll_->data = new closing{loop_, fd_};
		uv_close(handle(), [](uv_handle_t *handle) {
			closing *of = static_cast<closing *>(handle->data);
			::close(of->fd);
			of->loop->end_closing();
			delete of;
			delete reinterpret_cast<uv_poll_t *>(handle);
		});
		poll_ = nullptr;
		woken_.Reset();
	}

	~tsb_watch() override
	{
		close();
	}

  private:
	struct closing {
		tsb_loop *loop;
		int fd;
	};

	tsb_watch(tsb_loop *loop, int fd, Napi::Function woken)
	    : loop_(loop), fd_(fd), woken_(Napi::Persistent(woken))
	{
		poll_ = new uv_poll_t;
		poll_->data = this;
		uv_poll_init(loop->uv, poll_, fd);
		loop->watches.insert(this);
	}

	uv_handle_t *handle()
	{
		return reinterpret_cast<uv_handle_t *>(poll_);
	}

	void wake()
	{
		Napi::HandleScope scope(loop_->env);
		loop_->call(woken_.Value(), {});
	}

	tsb_loop *const loop_;
	const int fd_;
	Napi::FunctionReference woken_;
	uv_poll_t *poll_ = nullptr;
};

#endif
