# libFuzzer targets.  tests/fuzz/fuzz_NAME.c with its seeds in tests/fuzz/corpus/NAME/.

file(GLOB fuzz_sources CONFIGURE_DEPENDS tests/fuzz/fuzz_*.c)
# What strangers hand to every program that uses the library is fuzzed for longer.
set(fuzz_seconds 10)
set(fuzz_seconds_magnet 60)
set(fuzz_seconds_torrent 60)
foreach(source ${fuzz_sources})
	cmake_path(GET source STEM target)
	string(REPLACE "fuzz_" "" name ${target})
	set(seconds ${fuzz_seconds})
	if(DEFINED fuzz_seconds_${name})
		set(seconds ${fuzz_seconds_${name}})
	endif()
	add_executable(${target} ${source})
	target_include_directories(${target} PRIVATE lib)
	target_link_libraries(${target} PRIVATE tstream_static tstream_compiler)
	target_link_options(${target} PRIVATE -fsanitize=fuzzer)
	set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
	add_test(NAME fuzz.${name}
		COMMAND ${PROJECT_SOURCE_DIR}/cmake/run-fuzzer $<TARGET_FILE:${target}>
			${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name} ${PROJECT_BINARY_DIR}/corpus/${name}
			${seconds})
	set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 3600)
endforeach()
