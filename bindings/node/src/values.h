/**
 * values.h - numbers, texts, bytes, objects and errors between JavaScript and C.
 *
 * Functions that fail leave an exception pending and say false, or give an empty value.
 */
#ifndef TSTREAM_NODE_VALUES_H
#define TSTREAM_NODE_VALUES_H

#include "call.h"

#include <cmath>
#include <cstring>
#include <limits>

/* JavaScript's Number.MAX_SAFE_INTEGER: up to here numbers count, beyond it they round. */
constexpr int64_t TSB_MAX_SAFE = (int64_t(1) << 53) - 1;

/** Throw what tstream's own JavaScript makes of a code. */
inline void tsb_throw(Napi::Env env, int code, const char *message)
{
	tsb_loop *loop = tsb_loop::here();
	if (!loop || loop->make_error.IsEmpty()) {
		Napi::Error::New(env, message).ThrowAsJavaScriptException();
		return;
	}
	napi_value arguments[] = {Napi::Number::New(env, code), Napi::String::New(env, message)};
	napi_value error;
	if (napi_call_function(env, env.Undefined(), loop->make_error.Value(), 2, arguments, &error) ==
	    napi_ok)
		napi_throw(env, error);
}

/** A Number, or a BigInt where a Number would round. */
template <typename Integer> Napi::Value tsb_number(Napi::Env env, Integer number)
{
	if constexpr (sizeof(Integer) == 8 && std::is_unsigned<Integer>::value) {
		if (number > uint64_t(TSB_MAX_SAFE))
			return Napi::BigInt::New(env, uint64_t(number));
	} else if constexpr (sizeof(Integer) == 8) {
		if (number > TSB_MAX_SAFE || number < -TSB_MAX_SAFE)
			return Napi::BigInt::New(env, int64_t(number));
	}
	return Napi::Number::New(env, double(number));
}

inline bool tsb_refuse(Napi::Env env, const char *message)
{
	tsb_throw(env, TSTREAM_EINVAL, message);
	return false;
}

template <typename Integer> bool tsb_integer_of_bigint(Napi::BigInt value, Integer *out)
{
	bool is_lossless = false;
	if constexpr (std::is_unsigned<Integer>::value) {
		uint64_t number = value.Uint64Value(&is_lossless);
		*out = Integer(number);
		return is_lossless && number == uint64_t(*out);
	} else {
		int64_t number = value.Int64Value(&is_lossless);
		*out = Integer(number);
		return is_lossless && number == int64_t(*out);
	}
}

/** An integer that was not rounded, or a BigInt, within the range of the C type. */
template <typename Integer> bool tsb_integer(Napi::Env env, Napi::Value value, Integer *out)
{
	if (value.IsBigInt()) {
		if (tsb_integer_of_bigint(value.As<Napi::BigInt>(), out))
			return true;
		return tsb_refuse(env, "the number is out of range");
	}
	if (value.IsBoolean()) {
		*out = value.As<Napi::Boolean>().Value();
		return true;
	}
	double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
	if (number != std::trunc(number) || std::abs(number) > double(TSB_MAX_SAFE))
		return tsb_refuse(env, "an integer is wanted: a safe Number or a BigInt");
	if (number < double(std::numeric_limits<Integer>::min()) ||
	    number > double(std::numeric_limits<Integer>::max()))
		return tsb_refuse(env, "the number is out of range");
	*out = Integer(number);
	return true;
}

/** A text for the length of a call; null and undefined are NULL. */
class tsb_text
{
  public:
	bool take(Napi::Env env, Napi::Value value)
	{
		if (value.IsNull() || value.IsUndefined())
			return true;
		if (value.IsTypedArray()) {
			Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
			text_.assign(reinterpret_cast<const char *>(bytes.Data()), bytes.ByteLength());
		} else if (value.IsString()) {
			text_ = value.As<Napi::String>().Utf8Value();
		} else {
			return tsb_refuse(env, "a string is wanted");
		}
		if (text_.find('\0') != std::string::npos)
			return tsb_refuse(env, "the string has a NUL character");
		pointer = text_.c_str();
		return true;
	}

	const char *pointer = nullptr;

  private:
	std::string text_;
};

/** A Uint8Array's bytes, where they lie; whoever calls keeps it referenced. */
inline bool tsb_bytes(Napi::Env env, Napi::Value value, void **out_bytes, size_t *out_size)
{
	static char nothing;
	if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
		return tsb_refuse(env, "a Buffer or Uint8Array is wanted");
	Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
	*out_size = bytes.ByteLength();
	*out_bytes = *out_size ? static_cast<void *>(bytes.Data()) : &nothing;
	return true;
}

/** A copy of bytes, or null. */
inline Napi::Value tsb_buffer(Napi::Env env, const void *bytes, size_t size)
{
	if (!bytes)
		return env.Null();
	return Napi::Buffer<char>::Copy(env, static_cast<const char *>(bytes), size);
}

inline Napi::Value tsb_string(Napi::Env env, const char *text)
{
	return text ? Napi::String::New(env, text) : env.Null();
}

/* Destroying these may take long: sockets, disks, threads that must end. */
inline bool tsb_is_heavy(const tsb_kind *kind)
{
	for (const char *name : {"tstream_session", "tstream_search", "tstream_history",
	                         "tstream_accounts", "tstream_cache", "tstream_catalog"})
		if (strcmp(kind->name, name) == 0)
			return true;
	return false;
}

/** Nobody can reach it any more. */
inline void tsb_drop(Napi::Env, tsb_handle *handle)
{
	tsb_loop *loop = tsb_loop::here();
	void *object = tsb_handle_close(handle);
	const tsb_kind *kind = handle->kind;
	if (loop)
		loop->handles.erase(handle);
	if (object && loop && !loop->is_ended && tsb_is_heavy(kind))
		loop->calls->run([kind, object] { kind->destroy(object); });
	else if (object)
		kind->destroy(object);
	/* One that a thread left behind still uses is left to it. */
	if (!handle->borrowed_count)
		free(handle);
}

/** @return an External that owns the object */
inline Napi::Value tsb_wrap(Napi::Env env, const tsb_kind *kind, void *object)
{
	tsb_loop *loop = tsb_loop::here();
	tsb_handle *handle = loop && !loop->is_ended ? tsb_handle_new(kind, object) : nullptr;
	if (!handle) {
		kind->destroy(object);
		tsb_throw(env, TSTREAM_ECANCELED, "the program ends");
		return Napi::Value();
	}
	loop->handles.insert(handle);
	return Napi::External<tsb_handle>::New(env, handle, tsb_drop);
}

/** What a call may give: if nobody takes it, it is destroyed. */
template <typename Object> class tsb_made
{
  public:
	tsb_made() = default;
	tsb_made(const tsb_made &) = delete;
	~tsb_made()
	{
		if (object)
			kind->destroy(object);
	}

	Napi::Value wrap(Napi::Env env)
	{
		return tsb_wrap(env, kind, std::exchange(object, nullptr));
	}

	Object *object = nullptr;
	const tsb_kind *kind = nullptr;
};

inline tsb_handle *tsb_handle_of(Napi::Env env, Napi::Value value)
{
	if (value.IsExternal())
		return value.As<Napi::External<tsb_handle>>().Data();
	tsb_refuse(env, "an object of libtstream is wanted");
	return nullptr;
}

/** An object for the length of a call. */
class tsb_borrowed
{
  public:
	tsb_borrowed() = default;
	tsb_borrowed(const tsb_borrowed &) = delete;
	~tsb_borrowed()
	{
		/* Whoever closes it waits for the calls under way, and destroys it. */
		if (handle_)
			handle_->borrowed_count--;
	}

	bool take(Napi::Env env, Napi::Value value, const tsb_kind *kind)
	{
		tsb_handle *handle = tsb_handle_of(env, value);
		if (!handle)
			return false;
		if (handle->kind != kind)
			return tsb_refuse(
			    env,
			    (std::string("expected ") + kind->name + ", not " + handle->kind->name).c_str());
		if (!tsb_handle_borrow(handle)) {
			/* 1 is no code of the library's: closed. */
			tsb_throw(env, 1, (std::string(kind->name) + " is closed").c_str());
			return false;
		}
		handle_ = handle;
		return true;
	}

	void *object() const
	{
		return handle_ ? handle_->object : nullptr;
	}

  private:
	tsb_handle *handle_ = nullptr;
};

/** Room for a list that a program sizes, never of no size. */
template <typename Item> class tsb_room
{
  public:
	bool make(Napi::Env env, Napi::Value capacity)
	{
		if (!tsb_integer(env, capacity, &size))
			return false;
		if (size > 65536)
			return tsb_refuse(env, "capacity is beyond 65536");
		items.assign(size + 1, Item{});
		return true;
	}

	size_t size = 0;
	std::vector<Item> items;
};

#endif
