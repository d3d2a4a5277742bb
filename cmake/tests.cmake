# Every test is a CTest entry; labels say what it needs (see script/test).

pkg_check_modules(CHECK REQUIRED IMPORTED_TARGET check)
find_program(VALGRIND valgrind)

# The virtual environment that script/setup makes holds pytest; without it these tests fail.
set(venv_python ${PROJECT_SOURCE_DIR}/build/venv/bin/python)
set(TSTREAM_PYTHON ${venv_python} CACHE FILEPATH "The Python that has tests/requirements.txt")

set(test_environment
	TSTREAM_SOURCE_DIR=${PROJECT_SOURCE_DIR}
	TSTREAM_BUILD_DIR=${PROJECT_BINARY_DIR}
	TSTREAM_LIBRARY=$<TARGET_FILE:tstream>
	TSTREAM_SANITIZE=${TSTREAM_SANITIZE}
	PYTHONDONTWRITEBYTECODE=1
	CK_DEFAULT_TIMEOUT=60
	ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1
	UBSAN_OPTIONS=print_stacktrace=1
	TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp)
if(TARGET tstream-reader)
	list(APPEND test_environment TSTREAM_READER=$<TARGET_FILE:tstream-reader>)
endif()
if(TARGET tstream-server)
	list(APPEND test_environment TSTREAM_SERVER=$<TARGET_FILE:tstream-server>)
endif()
# A program that was not built with the sanitizer (python) must preload its runtime before it
# can load our library.
if(TSTREAM_SANITIZE MATCHES "address|thread")
	string(REGEX MATCH "address|thread" runtime "${TSTREAM_SANITIZE}")
	string(REPLACE "address" "asan" runtime ${runtime})
	string(REPLACE "thread" "tsan" runtime ${runtime})
	execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=lib${runtime}.so
		OUTPUT_VARIABLE runtime_file OUTPUT_STRIP_TRAILING_WHITESPACE)
	list(APPEND test_environment TSTREAM_PRELOAD=${runtime_file})
endif()

# Threads on one reader, and what else Python cannot do; the swarm tests run it.
if(EXISTS ${PROJECT_SOURCE_DIR}/tests/swarm/stress.c)
	add_executable(tstream-stress tests/swarm/stress.c)
	target_link_libraries(tstream-stress PRIVATE tstream::tstream tstream_compiler Threads::Threads)
	list(APPEND test_environment TSTREAM_STRESS=$<TARGET_FILE:tstream-stress>)
endif()

include(cmake/bindings.cmake)

# The table of behaviours that all bindings share, through C.
file(GLOB behaviour_sources CONFIGURE_DEPENDS tests/bindings/c/*.c)
if(behaviour_sources AND TARGET PkgConfig::JANSSON)
	add_executable(tstream-behaviours ${behaviour_sources})
	target_link_libraries(tstream-behaviours
		PRIVATE tstream::tstream tstream_compiler PkgConfig::JANSSON)
	list(APPEND test_environment TSTREAM_BEHAVIOURS=$<TARGET_FILE:tstream-behaviours>)
endif()

# One executable per file, linked with the archive so that it sees the tsi_ names.
function(tstream_add_check_test label source)
	cmake_path(GET source STEM name)
	add_executable(${name} ${source})
	target_include_directories(${name} PRIVATE tests/unit) # suite.h
	target_link_libraries(${name} PRIVATE ${ARGN} PkgConfig::CHECK tstream_compiler)
	set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
	add_test(NAME ${label}.${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
	set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT 120
		ENVIRONMENT "${test_environment}")
	# Not the long ones, which run the same code over and over: the sanitizers see them whole.
	if(VALGRIND AND NOT TSTREAM_SANITIZE AND NOT name MATCHES "_simulation$|^test_catalog_(common|learn)$")
		add_test(NAME valgrind.${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
			COMMAND ${VALGRIND} --quiet --error-exitcode=99 --leak-check=full
				--errors-for-leak-kinds=definite,possible --child-silent-after-fork=yes
				--suppressions=${PROJECT_SOURCE_DIR}/tests/valgrind.supp
				--fair-sched=yes # or a thread that is busy starves the one it waits for
				$<TARGET_FILE:${name}>)
		# Unforked, so that valgrind sees what the tests do.
		set_tests_properties(valgrind.${name} PROPERTIES LABELS valgrind TIMEOUT 300
			ENVIRONMENT "CK_FORK=no;CK_TIMEOUT_MULTIPLIER=20;TSTREAM_VALGRIND=1;${test_environment}")
	endif()
endfunction()

# One entry per file, so that a hang is one entry's and the slow ones show.
function(tstream_add_pytest_in directory label timeout_s)
	file(GLOB sources CONFIGURE_DEPENDS tests/${directory}/test_*.py)
	string(REPLACE "/" "." prefix ${directory})
	foreach(source ${sources})
		cmake_path(GET source STEM name)
		add_test(NAME ${prefix}.${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/tests/${directory}
			COMMAND ${TSTREAM_PYTHON} -m pytest -q -p no:cacheprovider
				--timeout=${timeout_s} ${source})
		math(EXPR outer_timeout_s "${timeout_s} * 5")
		set_tests_properties(${prefix}.${name} PROPERTIES LABELS ${label}
			TIMEOUT ${outer_timeout_s} ENVIRONMENT "${test_environment}" ${ARGN})
	endforeach()
endfunction()
function(tstream_add_pytest label timeout_s)
	tstream_add_pytest_in(${label} ${label} ${timeout_s} ${ARGN})
endfunction()

file(GLOB fake_sources CONFIGURE_DEPENDS tests/fake/*.c)
add_library(tstream_fake INTERFACE)
target_include_directories(tstream_fake INTERFACE lib tests tests/fake)
target_compile_definitions(tstream_fake INTERFACE
	TSI_WITH_UCHARDET=$<BOOL:${TSTREAM_WITH_UCHARDET}>)
target_link_libraries(tstream_fake INTERFACE tstream_static)
if(TSTREAM_WITH_REDIS)
	target_link_libraries(tstream_fake INTERFACE PkgConfig::HIREDIS)
endif()
if(fake_sources)
	add_library(tstream_fake_objects STATIC ${fake_sources})
	target_include_directories(tstream_fake_objects PRIVATE include lib tests tests/fake)
	# fake_swarm calls the library: its archive comes after ours.
	target_link_libraries(tstream_fake_objects PRIVATE tstream_compiler tstream_static)
	target_link_libraries(tstream_fake INTERFACE tstream_fake_objects)
endif()

file(GLOB unit_sources CONFIGURE_DEPENDS tests/unit/test_*.c)
if(TSTREAM_WITH_SQLITE)
	target_link_libraries(tstream_fake INTERFACE PkgConfig::SQLITE)
else()
	list(FILTER unit_sources EXCLUDE REGEX "/test_catalog.*\\.c$")
endif()
if(NOT TSTREAM_WITH_REDIS)
	list(FILTER unit_sources EXCLUDE REGEX "/test_cache.*\\.c$")
endif()
if(NOT TSTREAM_WITH_PROVIDERS)
	list(FILTER unit_sources EXCLUDE REGEX "/test_reading\\.c$")
endif()
# Long, and of one thread.
if(TSTREAM_SANITIZE STREQUAL "thread")
	list(FILTER unit_sources EXCLUDE REGEX
		"/test_(catalog_(common|learn)|subtitle_charsets|(fetch|window)_simulation)\\.c$")
endif()
foreach(source ${unit_sources})
	tstream_add_check_test(unit ${source} tstream_fake)
endforeach()

if(TARGET tstream_server_parts)
	file(GLOB server_unit_sources CONFIGURE_DEPENDS tests/server/unit_*.c)
	foreach(source ${server_unit_sources})
		tstream_add_check_test(unit ${source} tstream_server_parts)
	endforeach()
endif()

# Those with sockets run one after the other, but for the two kinds: on two cores more of
# them would only wait for each other.
tstream_add_pytest(swarm 120 RESOURCE_LOCK swarm)
tstream_add_pytest(server 120 RESOURCE_LOCK server)
# Two rows of each.
set_tests_properties(swarm.test_faults swarm.test_restart swarm.test_quota swarm.test_peers
	swarm.test_readers PROPERTIES RESOURCE_LOCK faults)
set_tests_properties(server.test_accounts server.test_history server.test_links
	server.test_search server.test_subtitles server.test_openapi PROPERTIES RESOURCE_LOCK accounts)
tstream_add_pytest(search 60 RESOURCE_LOCK search)
# Those with PostgreSQL take their turns, too.
tstream_add_pytest(store 120 RESOURCE_LOCK store)
set_tests_properties(store.test_concurrency PROPERTIES LABELS "store;threads")
# Once is enough: what it proves is not the server's memory.
set_tests_properties(server.test_web PROPERTIES LABELS web RESOURCE_LOCK web)
tstream_add_pytest(lint 300)
# With the server, and programs that are compiled: one after the other.
tstream_add_pytest(docs 120 RESOURCE_LOCK docs)
tstream_add_pytest(abi 60)
tstream_add_pytest(install 300)
tstream_add_pytest_in(bindings bindings 120)
tstream_add_pytest_in(bindings/python bindings 120 RESOURCE_LOCK bindings)
tstream_add_pytest_in(bindings/node bindings 120 RESOURCE_LOCK node)
tstream_add_pytest_in(bindings/package install 300 RESOURCE_LOCK bindings)
# What a sanitizer would disturb; script/test runs it without one only.
tstream_add_pytest_in(cost plain 120 RESOURCE_LOCK cost)
set_tests_properties(bindings.python.test_forks PROPERTIES LABELS plain)
# The longest ones begin first, beside those that mostly wait.
set_tests_properties(server.test_web lint.test_tidy install.test_options bindings.package.test_node
	PROPERTIES COST 1000)
