# Language levels, warnings, sanitizers: for our own targets only, never for those who link us.

if(NOT DEFINED CMAKE_C_STANDARD)
	set(CMAKE_C_STANDARD 11)
endif()
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

add_library(tstream_compiler INTERFACE)
target_compile_options(tstream_compiler INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
	-Wformat=2 -Wundef -Wvla
	$<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
	$<$<BOOL:${TSTREAM_WERROR}>:-Werror>)
# -std=c11 hides POSIX; g++ shows it without being asked.
target_compile_definitions(tstream_compiler INTERFACE
	$<$<COMPILE_LANGUAGE:C>:_GNU_SOURCE> _FILE_OFFSET_BITS=64)
# Fortified calls need optimisation and hide memory errors from the sanitizers.
if(NOT TSTREAM_SANITIZE)
	target_compile_options(tstream_compiler INTERFACE -fstack-protector-strong
		$<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
	target_link_options(tstream_compiler INTERFACE -Wl,-z,relro,-z,now)
else()
	set(sanitize_options -fsanitize=${TSTREAM_SANITIZE} -fno-omit-frame-pointer)
	if(TSTREAM_SANITIZE MATCHES "undefined")
		list(APPEND sanitize_options -fno-sanitize-recover=all)
	endif()
	target_compile_options(tstream_compiler INTERFACE ${sanitize_options})
	target_link_options(tstream_compiler INTERFACE ${sanitize_options})
endif()
if(TSTREAM_BUILD_FUZZERS)
	if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
		message(FATAL_ERROR "TSTREAM_BUILD_FUZZERS needs clang: set CC=clang CXX=clang++")
	endif()
	target_compile_options(tstream_compiler INTERFACE -fsanitize=fuzzer-no-link)
endif()
