# millrace_module(core_policy HEADERS roll.h retry.h SOURCES roll.cc DEPS core_base core_model core_ports)
# makes the library of one folder. DEPS is its row of the layer table (tests/tidy/layers_test.cc), nothing
# else; PRIVATE_LIBS are third-party libraries. A header x.h of the module is tested by
# tests/unit/<folder>/x_test.cc and x_*_test.cc where such files exist; TEST_LIBS are what only those tests need.
# The other .cc files there support them, and are the library core_policy_fixtures.
function(millrace_module name)
    cmake_parse_arguments(arg "" "" "HEADERS;SOURCES;DEPS;PRIVATE_LIBS;TEST_LIBS" ${ARGN})
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})

    if(arg_SOURCES)
        add_library(${name} STATIC ${arg_SOURCES})
        set(scope PUBLIC)
        target_link_libraries(${name} PRIVATE ${arg_PRIVATE_LIBS} millrace_warnings)
    else()
        add_library(${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_sources(
        ${name} ${scope} FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
    target_link_libraries(${name} ${scope} ${arg_DEPS} fmt::fmt)

    set(tests "")
    foreach(header IN LISTS arg_HEADERS)
        string(REGEX REPLACE "\\.h$" "" stem ${header})
        set(stem ${PROJECT_SOURCE_DIR}/tests/unit/${folder}/${stem})
        file(GLOB found CONFIGURE_DEPENDS ${stem}_test.cc ${stem}_*_test.cc)
        list(APPEND tests ${found})
    endforeach()
    list(REMOVE_DUPLICATES tests)
    file(GLOB support CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/unit/${folder}/*.cc)
    list(FILTER support EXCLUDE REGEX "_test\\.cc$")
    set(fixtures "")
    if(support)
        add_library(${name}_fixtures STATIC ${support})
        target_link_libraries(
            ${name}_fixtures PUBLIC ${name} ${arg_TEST_LIBS} GTest::gmock PRIVATE millrace_warnings)
        set(fixtures ${name}_fixtures)
    endif()
    if(tests)
        millrace_test(unit_${name} SOURCES ${tests} LIBS ${name} ${fixtures} ${arg_TEST_LIBS} ${arg_PRIVATE_LIBS})
    endif()
endfunction()

# millrace_test(name SOURCES a_test.cc LIBS module): one GoogleTest program, one ctest case, run from the
# root of the source tree.
function(millrace_test name)
    cmake_parse_arguments(arg "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock GTest::gtest_main millrace_warnings)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
