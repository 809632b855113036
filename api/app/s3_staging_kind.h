#pragma once
// The staging kind "s3": objects of a bucket, in an S3 server or what speaks like one.

#include "api/app/backend_kinds.h"

namespace millrace {

StagingKind s3_staging_kind();

}  // namespace millrace
