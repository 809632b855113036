#pragma once
// Reads a sealed slice and proves while reading that it is what was sealed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"
#include "core/model/slice.h"
#include "core/ports/byte_source.h"
#include "core/ports/disk.h"
#include "core/ports/file_links.h"

namespace millrace::local {

// Gives the bytes of `file`, which is at `path`; at its end, length, rows and CRC must be those of
// `content`.
// Errors  corrupt, instead of the end
class SliceReader final : public ByteSource, public LocalFile {
public:
    SliceReader(std::unique_ptr<DiskFile> file, std::string path, const SliceContent& content)
        : file_(std::move(file)), path_(std::move(path)), content_(content) {}

    Result<std::size_t> read(std::span<char> buffer) override;
    const std::string& path() const override { return path_; }

private:
    void count_lines(std::string_view csv);
    Result<void> verify() const;

    const std::unique_ptr<DiskFile> file_;
    const std::string path_;
    const SliceContent content_;
    std::uint64_t bytes_ = 0;
    std::uint64_t lines_ = 0;
    std::uint32_t crc_ = 0;
    bool in_quotes_ = false;   // a line end inside quotes belongs to a value
    bool has_header_ = false;  // the first line is no row
};

}  // namespace millrace::local
