# Headers, both libraries, libtstream.pc and the package that find_package(tstream) finds.
# In two components: runtime, with the server and its page, and development.

include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tstream)

install(DIRECTORY include/tstream DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	COMPONENT development FILES_MATCHING PATTERN "*.h")
install(TARGETS tstream EXPORT tstream-shared
	LIBRARY COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS tstream_static EXPORT tstream-static ARCHIVE COMPONENT development)
# Apart, because only who links the archive needs libtorrent's and libcurl's development files.
install(EXPORT tstream-shared NAMESPACE tstream:: DESTINATION ${package_dir} COMPONENT development)
install(EXPORT tstream-static NAMESPACE tstream:: DESTINATION ${package_dir} COMPONENT development)

configure_package_config_file(cmake/tstream-config.cmake.in tstream-config.cmake
	INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(tstream-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
	${CMAKE_CURRENT_BINARY_DIR}/tstream-config.cmake
	${CMAKE_CURRENT_BINARY_DIR}/tstream-config-version.cmake
	DESTINATION ${package_dir} COMPONENT development)

# What a static link needs beside libtorrent.
set(pc_backends "")
foreach(backend CURL=curl UCHARDET=uchardet PROVIDERS=expat REDIS=hiredis SQLITE=sqlite3 POSTGRES=pq ACCOUNTS=sodium)
	string(REGEX MATCH "([A-Z]+)=([a-z0-9]+)" unused ${backend})
	if(TSTREAM_WITH_${CMAKE_MATCH_1})
		string(APPEND pc_backends " -l${CMAKE_MATCH_2}")
	endif()
endforeach()
if(TSTREAM_WITH_PROVIDERS)
	string(APPEND pc_backends " -ljansson")
endif()

# Found from where the file itself lies, so that the tree may be installed, staged or moved
# anywhere.  Not in the system's own directories: pkg-config leaves out the flags for those, and
# would not know them behind a "..".  A directory that was asked for absolutely stays where it is.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR CMAKE_INSTALL_PREFIX STREQUAL "/usr")
	set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
	file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
	string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_prefix}")
endif()
set(pc_root "\${prefix}")
cmake_path(APPEND pc_root "${CMAKE_INSTALL_LIBDIR}" OUTPUT_VARIABLE pc_libdir)
cmake_path(APPEND pc_root "${CMAKE_INSTALL_INCLUDEDIR}" OUTPUT_VARIABLE pc_includedir)
configure_file(pkgconfig/libtstream.pc.in libtstream.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libtstream.pc
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# The page, if script/web has built it; the server looks for it there.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/build/web/ DESTINATION ${CMAKE_INSTALL_DATADIR}/tstream/web
	COMPONENT runtime OPTIONAL)

install(FILES ${PROJECT_SOURCE_DIR}/docs/man/libtstream.3 DESTINATION ${CMAKE_INSTALL_MANDIR}/man3
	COMPONENT development)
