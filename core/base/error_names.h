#pragma once
// The names of errors as clients see them: each is spelled here, and nowhere else in the product.
//
// What else is said of a name: its status where the code does not say it, in
// api/http/error_status.cc, and whether it is a reason of millrace_refusals_total, in
// core/pipeline/refusal_counts.h. What every HTTP port refuses has a name without a prefix, which
// is the port's (api/http/refusals.h).
//
// See  docs/api.md, docs/ingest.md; tests/tidy/error_names_test.cc compares them with this list.

#include <string_view>

namespace millrace::error_names {

// The REST API.
inline constexpr std::string_view kApiBadRequest = "stream.api.badRequest";
inline constexpr std::string_view kApiBodyTooLarge = "stream.api.bodyTooLarge";
inline constexpr std::string_view kApiDecodePayload = "stream.api.decodePayload";
inline constexpr std::string_view kApiDeletedSinkNotFound = "stream.api.deletedSinkNotFound";
inline constexpr std::string_view kApiDeletedSourceNotFound = "stream.api.deletedSourceNotFound";
inline constexpr std::string_view kApiDiskFull = "stream.api.diskFull";
inline constexpr std::string_view kApiEndpointNotFound = "stream.api.endpointNotFound";
inline constexpr std::string_view kApiFileNotFound = "stream.api.fileNotFound";
inline constexpr std::string_view kApiFileState = "stream.api.fileState";
inline constexpr std::string_view kApiForbidden = "stream.api.forbidden";
inline constexpr std::string_view kApiInternalError = "stream.api.internalError";
inline constexpr std::string_view kApiInvalidEnumValue = "stream.api.invalidEnumValue";
inline constexpr std::string_view kApiInvalidFieldType = "stream.api.invalidFieldType";
inline constexpr std::string_view kApiInvalidLength = "stream.api.invalidLength";
inline constexpr std::string_view kApiInvalidRange = "stream.api.invalidRange";
inline constexpr std::string_view kApiMethodNotAllowed = "stream.api.methodNotAllowed";
inline constexpr std::string_view kApiMissingField = "stream.api.missingField";
inline constexpr std::string_view kApiMissingPayload = "stream.api.missingPayload";
inline constexpr std::string_view kApiReceiptNotFound = "stream.api.receiptNotFound";
inline constexpr std::string_view kApiRequestTimeout = "stream.api.requestTimeout";
inline constexpr std::string_view kApiServiceUnavailable = "stream.api.serviceUnavailable";
inline constexpr std::string_view kApiSinkAlreadyExists = "stream.api.sinkAlreadyExists";
inline constexpr std::string_view kApiSinkBroken = "stream.api.sinkBroken";
inline constexpr std::string_view kApiSinkCountLimitReached = "stream.api.sinkCountLimitReached";
inline constexpr std::string_view kApiSinkNotFound = "stream.api.sinkNotFound";
inline constexpr std::string_view kApiSinkVersionNotFound = "stream.api.sinkVersionNotFound";
inline constexpr std::string_view kApiSourceAlreadyExists = "stream.api.sourceAlreadyExists";
inline constexpr std::string_view kApiSourceCountLimitReached =
    "stream.api.sourceCountLimitReached";
inline constexpr std::string_view kApiSourceIsBeingDeleted = "stream.api.sourceIsBeingDeleted";
inline constexpr std::string_view kApiSourceNotFound = "stream.api.sourceNotFound";
inline constexpr std::string_view kApiSourceVersionNotFound = "stream.api.sourceVersionNotFound";
inline constexpr std::string_view kApiTableAlreadyExists = "stream.api.tableAlreadyExists";
inline constexpr std::string_view kApiTableInUse = "stream.api.tableInUse";
inline constexpr std::string_view kApiTableNotEmpty = "stream.api.tableNotEmpty";
inline constexpr std::string_view kApiTableNotFound = "stream.api.tableNotFound";
inline constexpr std::string_view kApiTargetBusy = "stream.api.targetBusy";
inline constexpr std::string_view kApiTaskNotFound = "stream.api.taskNotFound";
inline constexpr std::string_view kApiTokenCountLimitReached = "stream.api.tokenCountLimitReached";
inline constexpr std::string_view kApiTokenNotFound = "stream.api.tokenNotFound";
inline constexpr std::string_view kApiTooManyWaiting = "stream.api.tooManyWaiting";
inline constexpr std::string_view kApiTooManyWrongTokens = "stream.api.tooManyWrongTokens";
inline constexpr std::string_view kApiUnauthorized = "stream.api.unauthorized";
inline constexpr std::string_view kApiUnknownStaging = "stream.api.unknownStaging";
inline constexpr std::string_view kApiUnknownTarget = "stream.api.unknownTarget";
inline constexpr std::string_view kApiUnprocessableContent = "stream.api.unprocessableContent";
inline constexpr std::string_view kApiUnsupportedMediaType = "stream.api.unsupportedMediaType";
inline constexpr std::string_view kApiUriTooLong = "stream.api.uriTooLong";
inline constexpr std::string_view kApiVersionCountLimitReached =
    "stream.api.versionCountLimitReached";
inline constexpr std::string_view kApiVersionMismatch = "stream.api.versionMismatch";
inline constexpr std::string_view kApiVolumeEnded = "stream.api.volumeEnded";
inline constexpr std::string_view kApiVolumeFailed = "stream.api.volumeFailed";
inline constexpr std::string_view kApiVolumeInUse = "stream.api.volumeInUse";
inline constexpr std::string_view kApiVolumeNotEmpty = "stream.api.volumeNotEmpty";
inline constexpr std::string_view kApiVolumeNotFound = "stream.api.volumeNotFound";
inline constexpr std::string_view kApiVolumeNotRead = "stream.api.volumeNotRead";

// The data plane, and the records that it could not take.
inline constexpr std::string_view kInAddressNotAllowed = "stream.in.addressNotAllowed";
inline constexpr std::string_view kInBadRequest = "stream.in.badRequest";
inline constexpr std::string_view kInBadSignature = "stream.in.badSignature";
inline constexpr std::string_view kInBodyTooLarge = "stream.in.bodyTooLarge";
inline constexpr std::string_view kInClientCertificateRequired =
    "stream.in.clientCertificateRequired";
inline constexpr std::string_view kInDisabledSource = "stream.in.disabledSource";
inline constexpr std::string_view kInDiskFull = "stream.in.diskFull";
inline constexpr std::string_view kInGenericError = "stream.in.genericError";
inline constexpr std::string_view kInInvalidForm = "stream.in.invalidForm";
inline constexpr std::string_view kInInvalidJson = "stream.in.invalidJson";
inline constexpr std::string_view kInInvalidMessage = "stream.in.invalidMessage";
inline constexpr std::string_view kInInvalidValue = "stream.in.invalidValue";
inline constexpr std::string_view kInKeyInFlight = "stream.in.keyInFlight";
inline constexpr std::string_view kInKeyReused = "stream.in.keyReused";
inline constexpr std::string_view kInKeysUnavailable = "stream.in.keysUnavailable";
inline constexpr std::string_view kInMemoryFull = "stream.in.memoryFull";
inline constexpr std::string_view kInNoSourceFound = "stream.in.noSourceFound";
inline constexpr std::string_view kInPathNotFound = "stream.in.pathNotFound";
inline constexpr std::string_view kInPayloadTooLarge = "stream.in.payloadTooLarge";
inline constexpr std::string_view kInRateLimited = "stream.in.rateLimited";
inline constexpr std::string_view kInRejectsUnavailable = "stream.in.rejectsUnavailable";
inline constexpr std::string_view kInRouteNotFound = "stream.in.routeNotFound";
inline constexpr std::string_view kInShutdown = "stream.in.shutdown";
inline constexpr std::string_view kInSinkBroken = "stream.in.sinkBroken";
inline constexpr std::string_view kInSourceChanged = "stream.in.sourceChanged";
inline constexpr std::string_view kInTemplateFailed = "stream.in.templateFailed";
inline constexpr std::string_view kInTemplatesBusy = "stream.in.templatesBusy";
inline constexpr std::string_view kInTemplatesUnavailable = "stream.in.templatesUnavailable";
inline constexpr std::string_view kInTooManyRecords = "stream.in.tooManyRecords";
inline constexpr std::string_view kInTooManyWrongSecrets = "stream.in.tooManyWrongSecrets";
inline constexpr std::string_view kInUnknownOutcome = "stream.in.unknownOutcome";
inline constexpr std::string_view kInUnsupportedContentEncoding =
    "stream.in.unsupportedContentEncoding";
inline constexpr std::string_view kInUnsupportedMediaType = "stream.in.unsupportedMediaType";
inline constexpr std::string_view kInVolumeBusy = "stream.in.volumeBusy";
inline constexpr std::string_view kInVolumeFailed = "stream.in.volumeFailed";
inline constexpr std::string_view kInVolumeStalled = "stream.in.volumeStalled";
inline constexpr std::string_view kInWriteFailed = "stream.in.writeFailed";

// Also the error of the reject that a row becomes which its database refuses; docs/mapping.md
// ("Rows that the database refuses").
inline constexpr std::string_view kImportRowRefused = "stream.import.rowRefused";

// Loads.
inline constexpr std::string_view kLoadAlreadyAborted = "stream.load.alreadyAborted";
inline constexpr std::string_view kLoadAlreadyCommitted = "stream.load.alreadyCommitted";
inline constexpr std::string_view kLoadCommitDelayed = "stream.load.commitDelayed";
inline constexpr std::string_view kLoadLabelExists = "stream.load.labelExists";
inline constexpr std::string_view kLoadNotFound = "stream.load.notFound";
inline constexpr std::string_view kLoadNotOpen = "stream.load.notOpen";
inline constexpr std::string_view kLoadNotWritten = "stream.load.notWritten";
inline constexpr std::string_view kLoadTableDropped = "stream.load.tableDropped";
inline constexpr std::string_view kLoadVolumeAway = "stream.load.volumeAway";

// Uploads; docs/upload.md ("Errors") has their statuses.
inline constexpr std::string_view kUploadCancelled = "stream.upload.cancelled";
inline constexpr std::string_view kUploadColumnCount = "stream.upload.columnCount";
inline constexpr std::string_view kUploadForbidden = "stream.upload.forbidden";
inline constexpr std::string_view kUploadIdle = "stream.upload.idle";
inline constexpr std::string_view kUploadInternalError = "stream.upload.internalError";
inline constexpr std::string_view kUploadInvalidOption = "stream.upload.invalidOption";
inline constexpr std::string_view kUploadInvalidValue = "stream.upload.invalidValue";
inline constexpr std::string_view kUploadMalformed = "stream.upload.malformed";
inline constexpr std::string_view kUploadMethodNotAllowed = "stream.upload.methodNotAllowed";
inline constexpr std::string_view kUploadPathNotFound = "stream.upload.pathNotFound";
inline constexpr std::string_view kUploadOtherStream = "stream.upload.otherStream";
inline constexpr std::string_view kUploadQueryIdRunning = "stream.upload.queryIdRunning";
inline constexpr std::string_view kUploadQueryIdTaken = "stream.upload.queryIdTaken";
inline constexpr std::string_view kUploadRecordTooLarge = "stream.upload.recordTooLarge";
inline constexpr std::string_view kUploadSchemaMismatch = "stream.upload.schemaMismatch";
inline constexpr std::string_view kUploadTableNotFound = "stream.upload.tableNotFound";
inline constexpr std::string_view kUploadUnavailable = "stream.upload.unavailable";
inline constexpr std::string_view kUploadUnsupportedContentEncoding =
    "stream.upload.unsupportedContentEncoding";
inline constexpr std::string_view kUploadUnsupportedMediaType =
    "stream.upload.unsupportedMediaType";

}  // namespace millrace::error_names
