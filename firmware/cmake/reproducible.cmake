# The same sources give the same bytes in any checkout: the farm names an image
# by its SHA-256, so a path or a date inside it would make a new image each time.
add_compile_options(
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}=firmware
  -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
  -Werror=date-time)
add_link_options(-Wl,--build-id=none)

# D zeroes the archive's dates, owners and modes.
set(CMAKE_C_ARCHIVE_CREATE "<CMAKE_AR> qcD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_C_ARCHIVE_APPEND "<CMAKE_AR> qD <TARGET> <LINK_FLAGS> <OBJECTS>")
set(CMAKE_C_ARCHIVE_FINISH "<CMAKE_RANLIB> -D <TARGET>")
