# interlude_module(NAME SOURCES a.cpp… [DEPENDS module… lib…] [PRIVATE_DEPENDS lib…] [TESTS a_test.cpp…] [TEST_DEPENDS module…])
# One folder under src/ is one module: a static library `interlude_NAME` and, where it has tests, a program
# `NAME_test` whose cases ctest runs under the label `unit`.
# A name without "::" in DEPENDS is another module of ours.
function(interlude_link target visibility)
  foreach(dependency IN LISTS ARGN)
    if(dependency MATCHES "::|^/")
      target_link_libraries(${target} ${visibility} ${dependency})
    else()
      target_link_libraries(${target} ${visibility} interlude_${dependency})
    endif()
  endforeach()
endfunction()

# The code under test keeps its optimisation and all checks; instrumenting the tests' own code and gmock's templates, too,
# costs minutes.
function(interlude_test_code)
  if(INTERLUDE_SANITIZE)
    foreach(target IN LISTS ARGN)
      target_compile_options(${target} PRIVATE -O0 -fno-sanitize=undefined)
    endforeach()
  endif()
endfunction()

# SAMPLE_OLD and SAMPLE_NEW: a real library before and after a fix, tests/sample.
function(interlude_sample target)
  if(INTERLUDE_TESTS)
    target_compile_definitions(${target} PRIVATE SAMPLE_OLD="$<TARGET_FILE:sample_old>" SAMPLE_NEW="$<TARGET_FILE:sample_new>")
    add_dependencies(${target} sample_old sample_new)
  endif()
endfunction()

function(interlude_module name)
  cmake_parse_arguments(M "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS;TESTS;TEST_DEPENDS" ${ARGN})
  add_library(interlude_${name} STATIC ${M_SOURCES})
  if(INTERLUDE_SANITIZE AND name MATCHES "^(serve|repository|publish|pages|sys_sim)$")
    # No bytes from devices' networks are read here: address errors only, and less time to compile and, for the simulated
    # disk, to run.
    target_compile_options(interlude_${name} PRIVATE -fno-sanitize=undefined)
  endif()
  if(INTERLUDE_SANITIZE AND name MATCHES "^(serve|repository|publish|pages|advisory|policy|document|keys)$")
    target_compile_options(interlude_${name} PRIVATE -O0)  # little runs here; a third less to compile
  endif()
  target_include_directories(interlude_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  interlude_link(interlude_${name} PUBLIC ${M_DEPENDS})
  interlude_link(interlude_${name} PRIVATE ${M_PRIVATE_DEPENDS})
  if(INTERLUDE_TESTS AND M_TESTS)
    add_executable(${name}_test ${M_TESTS})
    target_link_libraries(${name}_test PRIVATE interlude_${name} GTest::gmock GTest::gtest_main)
    interlude_link(${name}_test PRIVATE ${M_TEST_DEPENDS})
    interlude_test_code(${name}_test)
    target_include_directories(${name}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)  # "support/…"
    target_compile_definitions(${name}_test PRIVATE INTERLUDE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # One process for all cases of a module: starting a sanitized program takes longer than most of them.
    add_test(NAME ${name}_test COMMAND ${name}_test)
    set_tests_properties(${name}_test PROPERTIES LABELS unit TIMEOUT 600)
  endif()
endfunction()
