# Compiler, linker and warning choices that hold for every target.

find_program(MILLRACE_CCACHE ccache)
if(MILLRACE_CCACHE)
    # Paths count as they are below the source tree, so that a second clone finds what the first compiled.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=true ${MILLRACE_CCACHE})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

find_program(MILLRACE_MOLD mold)
if(MILLRACE_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

# Linked by every target of the project; third-party headers are SYSTEM includes and stay silent.
add_library(millrace_warnings INTERFACE)
target_compile_options(
    millrace_warnings
    INTERFACE
        -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
        -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
        # Designated initialisers name what differs from the defaults.
        -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(millrace_warnings INTERFACE -Wsuggest-override -Wduplicated-cond -Wlogical-op)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        # False with -O2 for "text" + std::string: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
        target_compile_options(millrace_warnings INTERFACE -Wno-restrict)
    endif()
endif()

add_compile_definitions(_GLIBCXX_ASSERTIONS)
add_compile_options(-fstack-protector-strong -fno-omit-frame-pointer)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-g1)
    add_compile_definitions(_FORTIFY_SOURCE=3)
endif()

set(MILLRACE_SANITIZE "" CACHE STRING "value of -fsanitize=, empty for none")
if(MILLRACE_SANITIZE)
    add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${MILLRACE_SANITIZE})
    if(MILLRACE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # Asio uses fences, which g++ says it does not follow.
        add_compile_options(-Wno-tsan)
    endif()
endif()

option(MILLRACE_LIBFUZZER "build tests/fuzz on libFuzzer instead of its own runner; needs clang" OFF)
if(MILLRACE_LIBFUZZER)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
