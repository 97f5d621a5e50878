# Makes `ctest` run the on-target tests of Mbed CE in a Greenrack farm, without a change to the project:
#
#   cmake -DCMAKE_PROJECT_INCLUDE=<greenrack>/farm-cli/cmake/MbedCe.cmake -DMBED_GREENTEA_SERIAL_PORT=farm …
#
# Mbed CE's tests first build the target `flash-<test>`, then call mbedhtrun by the path that CMake has found. Here the
# farm flashes, so those targets do nothing, and mbedhtrun is the one that submits to the farm.
if(NOT CMAKE_CURRENT_SOURCE_DIR STREQUAL CMAKE_SOURCE_DIR)
  return()
endif()

set(mbedhtrun "${CMAKE_CURRENT_LIST_DIR}/bin/mbedhtrun" CACHE FILEPATH "Runs one test in the farm" FORCE)
# An upload method of the project would flash a board on this machine.
set(UPLOAD_METHOD NONE CACHE STRING "The farm flashes" FORCE)

function(greenrack_flash_nothing directory)
  get_property(tests DIRECTORY "${directory}" PROPERTY TESTS)
  foreach(test IN LISTS tests)
    if(TARGET "${test}" AND NOT TARGET "flash-${test}")
      add_custom_target("flash-${test}")
    endif()
  endforeach()
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(one IN LISTS below)
    greenrack_flash_nothing("${one}")
  endforeach()
endfunction()

# The tests are known when the whole project was read.
cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL greenrack_flash_nothing "${CMAKE_SOURCE_DIR}")
