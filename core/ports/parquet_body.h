#pragma once
// ParquetBody: the body of a load that is a Parquet file. Its end says where its rows are, so it is
// kept on the disk until it is whole, and ParquetRows reads it then.
//
// Lifetime  a body takes its file with it; after a crash nothing of it is left either.
// Thread    ParquetBodies: any. Of the others one at a time.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/model/cell.h"

namespace millrace {

// A column that is wanted of the file, by its name without regard to case.
struct ParquetField {
    std::string name;
    bool keeps_json = false;  // true and false stay words

    bool operator==(const ParquetField&) const = default;
};

class ParquetRows {
public:
    virtual ~ParquetRows() = default;

    // Moves to the next row; false: there is none.
    // Errors  for the client: invalid (it is damaged, takes too much memory), overloaded
    virtual Result<bool> next() = 0;

    // Of the row, in the order of the fields, until next(). A field that the file does not have is
    // NULL.
    virtual std::span<const Cell> cells() const = 0;

    // Fields whose values are bytes, which need not be a text.
    virtual const std::vector<std::size_t>& binary_fields() const = 0;
};

class ParquetBody {
public:
    virtual ~ParquetBody() = default;

    // Errors  overloaded stream.in.diskFull; unavailable: the disk failed
    virtual Result<void> append(std::string_view bytes) = 0;

    // No more bytes. The rows do not outlive the body.
    // Errors  for the client: invalid (it is none, has no such field), overloaded; unavailable
    virtual Result<std::unique_ptr<ParquetRows>> read(const std::vector<ParquetField>& fields) = 0;
};

class ParquetBodies {
public:
    virtual ~ParquetBodies() = default;

    // Whether bodies can be read here.
    // Errors  not_found: the library that does so is not installed
    virtual Result<void> check() = 0;

    // An empty body, whose file is on the volume of its load.
    // Errors  those of check(); unavailable: the volume is not here, its disk fails
    virtual Result<std::unique_ptr<ParquetBody>> begin(const VolumeId& volume) = 0;
};

}  // namespace millrace
