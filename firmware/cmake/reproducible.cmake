# The same sources give the same bytes in any checkout: the farm names an image
# by its SHA-256, so a path or a date inside it would make a new image each time.
add_compile_options(
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=firmware
  -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
  -ffile-prefix-map=${LWIP_DIR}=lwip
  -Werror=date-time)
add_link_options(-Wl,--build-id=none)

# An instrumented object carries the path of its .gcda file and a stamp, by default
# the time of the compilation. With these, the path is that of the object in the
# build folder, '#' between its parts, and the stamp is the same each time. It also
# carries checksums over the path of its source before any mapping: a #line in each
# instrumented source gives it one that is the same everywhere.
set(GREENRACK_REPRODUCIBLE_COVERAGE
  -fprofile-dir=. -fprofile-prefix-path=${CMAKE_BINARY_DIR} -gno-record-gcc-switches
  -frandom-seed=greenrack)

# D zeroes the archive's dates, owners and modes.
set(CMAKE_C_ARCHIVE_CREATE "<CMAKE_AR> qcD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_C_ARCHIVE_APPEND "<CMAKE_AR> qD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_C_ARCHIVE_FINISH "<CMAKE_RANLIB> -D <TARGET>")
