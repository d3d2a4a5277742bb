/**
 * loop.h - one event loop of Node, and how other threads reach it.
 *
 * Each environment (the main thread, each worker) has one tsb_loop.  Other threads post letters
 * to it, functions that run on the loop's own thread.  While work is pending the loop is kept
 * alive, otherwise a program ends as if we were not there.
 *
 * End        end() comes from process.on('exit') or, where that is not asked (a worker that is
 *            terminated), from the environment's cleanup hook.  It waits for calls that run in
 *            other threads, closes what is open and posts nothing any more.
 * Threads    post() from any, all else on the loop's own.
 */
#ifndef TSTREAM_NODE_LOOP_H
#define TSTREAM_NODE_LOOP_H

#include "handle.h"
#include "threads.h"
#include <napi.h>
#include <node_api.h>
#include <uv.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

typedef std::function<void()> tsb_letter;

/** The part that other threads hold; it outlives the loop. */
class tsb_post
{
  public:
	/** @return false: the loop has ended, nothing will run */
	bool post(tsb_letter letter)
	{
		std::lock_guard<std::mutex> lock(mutex_);
		if (!async_)
			return false;
		letters_.push_back(std::move(letter));
		uv_async_send(async_);
		return true;
	}

	void open(uv_async_t *async)
	{
		async_ = async;
	}

	/** @return the letters that nobody will read */
	std::deque<tsb_letter> close()
	{
		std::lock_guard<std::mutex> lock(mutex_);
		async_ = nullptr;
		return std::move(letters_);
	}

	std::deque<tsb_letter> take()
	{
		std::lock_guard<std::mutex> lock(mutex_);
		return std::exchange(letters_, {});
	}

  private:
	std::mutex mutex_;
	std::deque<tsb_letter> letters_;
	uv_async_t *async_ = nullptr;
};

/** What must be closed before the loop is. */
struct tsb_closable {
	virtual void close() = 0;
	virtual ~tsb_closable() = default;
};

class tsb_loop
{
  public:
	explicit tsb_loop(Napi::Env env) : env(env), context(env, "tstream")
	{
		napi_get_uv_event_loop(env, &uv);
		async_ = new uv_async_t;
		async_->data = this;
		uv_async_init(uv, async_, [](uv_async_t *async) {
			static_cast<tsb_loop *>(async->data)->read_letters();
		});
		uv_unref(reinterpret_cast<uv_handle_t *>(async_));
		post->open(async_);
	}

	/** The one of this thread. */
	static tsb_loop *&here()
	{
		static thread_local tsb_loop *loop;
		return loop;
	}

	/** Keep the program alive until the work is done. */
	void begin_work()
	{
		if (work_count_++ == 0)
			uv_ref(reinterpret_cast<uv_handle_t *>(async_));
	}

	void end_work()
	{
		if (--work_count_ == 0 && async_)
			uv_unref(reinterpret_cast<uv_handle_t *>(async_));
	}

	/** Call into JavaScript from outside of it: promises and ticks have their turn after it, and
	 *  what it throws is an uncaught exception. */
	void call(const Napi::Function &function, const std::vector<napi_value> &arguments)
	{
		napi_value result;
		napi_status status = napi_make_callback(env, context, env.Global(), function,
		                                        arguments.size(), arguments.data(), &result);
		bool is_thrown = false;
		napi_is_exception_pending(env, &is_thrown);
		if (status == napi_pending_exception && is_thrown) {
			napi_value error;
			napi_get_and_clear_last_exception(env, &error);
			napi_fatal_exception(env, error);
		}
	}

	/** Everything that is open is closed now; afterwards nothing can be opened. */
	void end()
	{
		if (is_ended)
			return;
		is_ended = true;
		reads->end();
		calls->end();
		// Their coroutines end here, in their own thread, without telling anybody.
		for (tsb_letter &letter : post->close())
			letter();
		for (const auto &watch : std::unordered_set<tsb_closable *>(watches))
			watch->close();
		for (tsb_handle *handle : std::unordered_set<tsb_handle *>(handles))
			if (void *object = tsb_handle_close(handle))
				handle->kind->destroy(object);
	}

	/** A handle of libuv is about to be closed, or has been. */
	void begin_closing()
	{
		closing_count_++;
	}
	void end_closing()
	{
		if (--closing_count_ == 0 && hook_) {
			napi_remove_async_cleanup_hook(std::exchange(hook_, nullptr));
			delete this;
		}
	}

	/** The environment is torn down, and waits until our handles of libuv are closed. */
	void close(napi_async_cleanup_hook_handle hook)
	{
		end();
		make_error.Reset();
		settle.Reset();
		here() = nullptr;
		hook_ = hook;
		begin_closing();
		async_->data = this;
		uv_close(reinterpret_cast<uv_handle_t *>(std::exchange(async_, nullptr)),
		         [](uv_handle_t *handle) {
			         tsb_loop *loop = static_cast<tsb_loop *>(handle->data);
			         delete reinterpret_cast<uv_async_t *>(handle);
			         loop->end_closing();
		         });
	}

	Napi::Env env;
	Napi::AsyncContext context;
	uv_loop_t *uv = nullptr;
	bool is_ended = false;
	Napi::FunctionReference make_error; /* (code, message): the Error */
	Napi::FunctionReference settle;     /* (error, value): whom the next call answers to */
	std::unordered_set<tsb_handle *> handles;
	std::unordered_set<tsb_closable *> watches;
	const std::shared_ptr<tsb_post> post = std::make_shared<tsb_post>();
	/* Those that wait for a disk must not queue behind those that wait for a database. */
	const std::shared_ptr<tsb_threads> reads = std::make_shared<tsb_threads>(4);
	const std::shared_ptr<tsb_threads> calls = std::make_shared<tsb_threads>(8);

  private:
	void read_letters()
	{
		Napi::HandleScope scope(env);
		for (tsb_letter &letter : post->take())
			letter();
	}

	uv_async_t *async_ = nullptr;
	size_t work_count_ = 0;
	size_t closing_count_ = 0;
	napi_async_cleanup_hook_handle hook_ = nullptr;
};

/** In a module's initialisation, once an environment. */
inline void tsb_loop_start(Napi::Env env)
{
	tsb_loop::here() = new tsb_loop(env);
	napi_add_async_cleanup_hook(
	    env,
	    [](napi_async_cleanup_hook_handle hook, void *loop) {
		    static_cast<tsb_loop *>(loop)->close(hook);
	    },
	    tsb_loop::here(), nullptr);
}

#endif
