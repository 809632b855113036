#pragma once
// ConsoleAssets: the files of the console as answers.
//
// Names below assets/ have a hash of their bytes, so a browser keeps them for good. The page itself
// is never stored: it names the assets of the version that runs. Other paths are places within the
// page, which finds its way by the address, and are answered with the page.
//
// Thread    any.
// Lifetime  the files must outlive it.
// See       docs/console.md

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "api/console/console_files.h"
#include "api/control/http_message.h"
#include "core/base/result.h"

namespace millrace::console {

class ConsoleAssets {
public:
    explicit ConsoleAssets(std::span<const ConsoleFile> files);

    // The answer to GET; 304 where If-None-Match has the file's ETag.
    // Errors  not_found  stream.api.endpointNotFound: a path below assets/ that is no file
    Result<control::Response> answer(const control::Request& request) const;

private:
    struct Asset {
        std::string_view bytes;
        bool is_gzip = false;
        std::string tag;  // of the plain bytes' version, without quotes
        std::string content_type;
        bool has_hash = false;
    };

    std::map<std::string, Asset, std::less<>> assets_;  // by the path below /console/
};

}  // namespace millrace::console
