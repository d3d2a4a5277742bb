/**
 * call.h - one call of a raw function, made at once or in another thread.
 *
 * Every wrapper that SWIG writes is the body of a coroutine (see js_global_function in capi.i).
 * Where it would call the library, functions that may take a while say
 *
 *     co_await tsb->run([&] { result = tstream_...(arg1, ...); });
 *
 * which runs at once, unless tsb_later(settle) was called just before: then another thread does
 * it, the wrapper goes on afterwards in its own thread, and settle(error, value) gets the outcome.
 * What the wrapper had converted lives in the coroutine; what it was given stays referenced.
 */
#ifndef TSTREAM_NODE_CALL_H
#define TSTREAM_NODE_CALL_H

#include "loop.h"
#include <tstream/tstream.h>

#include <coroutine>
#include <exception>
#include <string>
#include <vector>

struct tsb_steps {
	struct promise_type {
		tsb_steps get_return_object()
		{
			return {};
		}
		std::suspend_never initial_suspend() noexcept
		{
			return {};
		}
		std::suspend_never final_suspend() noexcept
		{
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
			std::terminate();
		}
	};
};

class tsb_call;
typedef std::shared_ptr<tsb_call> tsb_call_ptr;

class tsb_call : public std::enable_shared_from_this<tsb_call>
{
  public:
	explicit tsb_call(const Napi::CallbackInfo &info)
	    : env(info.Env()), loop(tsb_loop::here()), settle_(std::move(loop->settle))
	{
		error.code = 0;
		if (settle_.IsEmpty())
			return;
		Napi::Array given = Napi::Array::New(env, info.Length());
		for (uint32_t i = 0; i < info.Length(); i++)
			given.Set(i, info[i]);
		given_ = Napi::Persistent(given.As<Napi::Object>());
	}

	/** Awaited: do it at once, or suspend until a thread has done it. */
	template <typename Action> auto run(Action &action)
	{
		return waiting<Action>{*this, action, false};
	}
	template <typename Action> auto read(Action &action)
	{
		return waiting<Action>{*this, action, true};
	}

	/** One more value: the call gives [result, out, ...]. */
	void out(Napi::Value value)
	{
		outs_.push_back(value);
	}

	/** The call went well. */
	void give(Napi::Value result)
	{
		if (!outs_.empty()) {
			Napi::Array all = Napi::Array::New(env, outs_.size() + 1);
			all.Set(uint32_t(0), result.IsEmpty() ? env.Undefined() : result);
			for (uint32_t i = 0; i < outs_.size(); i++)
				all.Set(i + 1, outs_[i]);
			result = all;
		}
		this->result = result.IsEmpty() ? env.Undefined() : result;
		is_done_ = true;
	}

	/** An exception is pending.  It is thrown, or, if the call was suspended, handed over. */
	void fail()
	{
		if (!was_suspended_)
			return;
		failure_ = env.GetAndClearPendingException().Value();
		is_done_ = true;
	}

	/** Tell whom the call answers to, once the wrapper is through and has let go of everything. */
	void settle()
	{
		if (settle_.IsEmpty() || !is_done_ || loop->is_ended)
			return;
		Napi::Value failure = failure_.IsEmpty() ? env.Undefined() : failure_;
		Napi::Value value = result.IsEmpty() ? env.Undefined() : result;
		if (was_suspended_)
			loop->call(settle_.Value(), {failure, value});
		else
			settle_.Value().Call({failure, value});
	}

	const Napi::Env env;
	tsb_loop *const loop;
	Napi::Value result; /* of a call made at once */
	tstream_error error;

  private:
	template <typename Action> struct waiting {
		tsb_call &call;
		Action &action;
		bool is_read;

		bool await_ready()
		{
			if (!call.settle_.IsEmpty() && !call.loop->is_ended)
				return false;
			action();
			return true;
		}

		void await_suspend(std::coroutine_handle<> steps)
		{
			tsb_loop *loop = call.loop;
			call.was_suspended_ = true;
			loop->begin_work();
			(is_read ? loop->reads : loop->calls)
			    ->run([&action = action, steps, loop, post = loop->post, call = &call] {
				    action();
				    post->post([steps, loop, call] {
					    tsb_call_ptr kept = call->shared_from_this();
					    loop->end_work();
					    if (loop->is_ended)
						    return steps.destroy();
					    steps.resume();
					    kept->settle();
				    });
			    });
		}

		void await_resume()
		{
		}
	};

	Napi::FunctionReference settle_;
	Napi::ObjectReference given_;
	std::vector<Napi::Value> outs_;
	Napi::Value failure_;
	bool was_suspended_ = false;
	bool is_done_ = false;
};

/** What a wrapper is to Node. */
template <typename Steps> inline Napi::Value tsb_begin(const Napi::CallbackInfo &info, Steps steps)
{
	tsb_call_ptr call = std::make_shared<tsb_call>(info);
	steps(call, info);
	call->settle();
	return call->result;
}

#endif
