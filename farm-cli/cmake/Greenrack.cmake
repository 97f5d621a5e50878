# Tests of images that run in a Greenrack farm.
#
#   include(<greenrack>/farm-cli/cmake/Greenrack.cmake)
#   greenrack_add_test(NAME my-test IMAGE <file or $<TARGET_FILE:…>> TARGET K64F [TIMEOUT <seconds>] [ARGS …])
#
# The farm is GREENRACK_URL and the token GREENRACK_TOKEN or GREENRACK_TOKEN_FILE in the environment of ctest.

set(GREENRACK "${CMAKE_CURRENT_LIST_DIR}/../../greenrack" CACHE FILEPATH "Command line of the farm")

function(greenrack_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;IMAGE;TARGET;TIMEOUT" "ARGS")
  foreach(needed NAME IMAGE TARGET)
    if(NOT arg_${needed})
      message(FATAL_ERROR "greenrack_add_test: ${needed} is missing")
    endif()
  endforeach()
  if(NOT EXISTS "${GREENRACK}")
    message(FATAL_ERROR "greenrack_add_test: there is no ${GREENRACK}; set GREENRACK to the command line of the farm")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 1500)
  endif()
  add_test(NAME "${arg_NAME}"
    COMMAND "${GREENRACK}" ctest-run --skip-exit-code 77 -f "${arg_IMAGE}" -m "${arg_TARGET}" --test-name "${arg_NAME}" ${arg_ARGS})
  set_tests_properties("${arg_NAME}" PROPERTIES
    TIMEOUT "${arg_TIMEOUT}"
    SKIP_RETURN_CODE 77)
endfunction()
