# cmake -Dweb=... -Dpackages=... -Dfolder=... -Dnode=... -Dgzip=... -Dembedded=... -Dembedding=... -P make_console.cmake
# makes the console of the sources in `web` and writes the source file `embedded` that holds it.
#
# Vite runs on a copy in the build folder, beside a link to the packages, so that the source tree stays as it is
# and two builds do not meet.
include(${CMAKE_CURRENT_LIST_DIR}/../../cmake/embed.cmake)

set(copy ${folder}/web)
set(made ${folder}/made)
file(REMOVE_RECURSE ${copy} ${made})
file(COPY ${web}/ DESTINATION ${copy} PATTERN node_modules EXCLUDE PATTERN dist EXCLUDE)
file(CREATE_LINK ${packages} ${copy}/node_modules SYMBOLIC)

execute_process(
    COMMAND ${node} ${packages}/vite/bin/vite.js build --outDir ${made} --emptyOutDir --logLevel warn
    WORKING_DIRECTORY ${copy}
    RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "Vite cannot make the console of ${web}: ${status}; scripts/setup fetches the packages that it needs")
endif()
if(NOT EXISTS ${made}/index.html)
    message(FATAL_ERROR "Vite has made no index.html of ${web}")
endif()

# Texts are kept compressed: nearly every client takes them so.
file(GLOB_RECURSE names RELATIVE ${made} ${made}/*)
list(SORT names)
set(files "")
set(hashes "")
foreach(name IN LISTS names)
    set(path ${made}/${name})
    if(name MATCHES "\\.(html|js|css|json|svg|txt)$")
        execute_process(
            COMMAND ${gzip} -9 -n -c ${path}
            OUTPUT_FILE ${path}.gz
            COMMAND_ERROR_IS_FATAL ANY)
        string(APPEND name .gz)
        string(APPEND path .gz)
    endif()
    file(SHA256 ${path} hash)
    list(APPEND files "${name}=${path}")
    list(APPEND hashes ${hash})
endforeach()

# index.html has the same name each time: its hash makes the object anew.
list(JOIN hashes " " note)
string(SHA256 note "${note}")
millrace_embed_source(${embedded} ${embedding} NOTE ${note} FILES ${files})
file(TOUCH ${embedded})
