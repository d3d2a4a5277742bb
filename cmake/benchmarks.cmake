# What script/benchmark-search runs: programs that use libtstream as any other would.

file(GLOB benchmark_sources CONFIGURE_DEPENDS benchmarks/search/*.c)
foreach(source ${benchmark_sources})
	cmake_path(GET source STEM name)
	add_executable(tstream-benchmark-${name} ${source})
	target_link_libraries(tstream-benchmark-${name} PRIVATE tstream::tstream tstream_compiler)
endforeach()
