"""Which lines of the service log at warn and error, and which refusals of records, a fault of the life explains."""

import json

# event -> the faults that explain it; an empty set: any life. What is not here is not expected at all.
DISK = {"full_data", "full_volume"}
DESCRIPTORS = {"few_descriptors", "no_descriptors"}
EXPECTED = {
    "source_not_verified": set(),
    "wrong_secret": set(),  # one has changed, and senders find out
    "configuration": set(),  # variables of the shim begin as those of the service do
    "a line that is no JSON": {"mistake"},  # why a start is refused
    "step_failed": {"locks", "volume_away", "has_failed"} | DISK | DESCRIPTORS,
    "task_failed": {"locks", "killed", "failed_sync", "has_failed", "volume_away"} | DISK | DESCRIPTORS,
    "disk_full": {"full_data", "full_volume"},
    "volume_full": DISK,
    "few_descriptors": DESCRIPTORS,
    "connections_not_accepted": DESCRIPTORS,
    "rows_refused": DISK | DESCRIPTORS,
    "ballast_released": DISK,
    "no_ballast": DISK,
    "sqlite": set(),  # the version of the machine's library is a faulty one
    "volume_failed": {"failed_sync"},
    "volume_is_failed": {"has_failed"},
    "volume_missing": {"volume_away", "mistake"},
    "slice_write_failed": DISK | DESCRIPTORS | {"failed_sync"},
    "checkpoint_failed": DISK | DESCRIPTORS | {"failed_sync"},
    "no_checkpoint": DISK | DESCRIPTORS | {"failed_sync", "has_failed"},
    "rejects_not_kept": DISK | DESCRIPTORS,
    "template_worker_lost": DESCRIPTORS,
    "api_request_failed": DISK | DESCRIPTORS | {"failed_sync", "has_failed", "volume_away"},
    "api_listener_failed": DESCRIPTORS,
    "task_result_not_saved": DISK | DESCRIPTORS,
    "not_cleaned_up": DISK | DESCRIPTORS,
    "ages_not_saved": DISK | DESCRIPTORS,
    "key_homes_not_recorded": DISK | DESCRIPTORS,
    "slice_not_removed": DISK | DESCRIPTORS,
    "strays_not_removed": DISK | DESCRIPTORS,
}

# The same for the error of an answer; what is not here is not expected.
ANSWERS = {
    "": set(),
    "stream.in.noSourceFound": set(),      # the secret has changed, the source is deleted
    "stream.in.tooManyWrongSecrets": set(),  # the same, again and again
    "stream.in.disabledSource": set(),
    "stream.in.keyInFlight": set(),        # the first request with the key waits for the journal
    "stream.in.templatesBusy": set(),
    "stream.in.templatesUnavailable": DESCRIPTORS,
    "stream.in.volumeBusy": DISK | DESCRIPTORS | {"failed_sync"},
    "stream.in.rejectsUnavailable": DISK | DESCRIPTORS,  # a reject that could not be kept
    "stream.in.diskFull": DISK,
    "stream.in.volumeFailed": {"failed_sync", "has_failed"},
    "stream.in.unknownOutcome": {"failed_sync"},
    "stream.in.tooManyConnections": DESCRIPTORS,
    "stream.in.keysUnavailable": {"failed_sync", "has_failed", "volume_away"} | DISK,
}

# What a life began may end in the next one.
CARRIED_OVER = {"step_failed", "task_failed"}


def unexplained_answers(answers, faults):
    """`answers` counts by status and error; returns sentences."""
    return [f"{count} answers {status} {error}" for (status, error), count in answers.items()
            if error not in ANSWERS or (ANSWERS[error] and not ANSWERS[error] & faults)]


class LogCheck:
    """Reads what a life has written to the log."""

    def __init__(self, path, counts):
        self.path = path
        self.counts = counts  # event -> how often, of warn and error
        self.at = 0
        self.faults_before = set()

    def read(self, faults):
        """Returns event -> (how often, the first line) of what nothing explains."""
        unexplained = {}
        with open(self.path, "rb") as log:
            log.seek(self.at)
            for raw in log:
                event = self._event_of(raw.decode("utf-8", "replace").strip())
                if event is None:
                    continue
                self.counts[event] += 1
                if not self._is_explained(event, faults):
                    count, first = unexplained.get(event, (0, raw.decode("utf-8", "replace").strip()))
                    unexplained[event] = count + 1, first
            self.at = log.tell()
        self.faults_before = faults
        return unexplained

    def _is_explained(self, event, faults):
        if event not in EXPECTED:
            return False
        explaining = faults | self.faults_before if event in CARRIED_OVER else faults
        return not EXPECTED[event] or bool(EXPECTED[event] & explaining)

    def _event_of(self, line):
        """None for lines that say that all is well."""
        if not line:
            return None
        try:
            told = json.loads(line)
        except ValueError:
            return "a line that is no JSON"
        return told.get("event") if told.get("level") in ("warning", "warn", "error", "critical") else None
