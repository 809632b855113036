"""The two disks of the soak: file systems of their own where the machine may mount, so that they can fill to the last byte.

Where it may not, both are folders of one disk and the reserve is all but a part of what it has free.
"""

import ctypes
import os
import subprocess

import millrace_client as mr

MB = 1 << 20
CLONE_NEWNS = 0x20000
DATA_MB = 6144
VOLUME_MB = 1024
RESERVE_MB = 128  # more than a ballast and a segment, which is the least
PART_MB = 8192  # of a shared disk, that a soak may use


def _mounts_are_private():
    """Mounts of this process are gone with it, whatever ends it."""
    return os.geteuid() == 0 and ctypes.CDLL(None).unshare(CLONE_NEWNS) == 0 and \
        subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0


class Disk:
    """A file system that the test fills; `path` is its directory."""

    def __init__(self, path, reserve_bytes):
        self.path = path
        self.reserve_bytes = reserve_bytes
        self.ballast = os.path.join(path, "ballast-of-the-test")

    def fill(self, leave_bytes):
        """Until so much is free; 0 is to the last byte."""
        with open(self.ballast, "wb") as file:
            end = 0
            step = max(MB, self.free_bytes() - leave_bytes)
            while step >= 4096:
                wanted = self.free_bytes() - leave_bytes if leave_bytes else step
                if wanted <= 0:
                    break
                try:
                    os.posix_fallocate(file.fileno(), end, min(step, max(wanted, 4096)))
                    end += min(step, max(wanted, 4096))
                except OSError:
                    step //= 2

    def free(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def free_bytes(self):
        status = os.statvfs(self.path)
        return status.f_bavail * status.f_frsize


class Disks:
    def __init__(self, folder):
        self.are_mounted = _mounts_are_private()
        self.data, self.volume = (os.path.join(folder, name) for name in ("disk", "volumes/second"))
        for path in (self.data, self.volume):
            os.makedirs(path)
        if self.are_mounted:
            self.are_mounted = self._mount(self.data, DATA_MB) and self._mount(self.volume, VOLUME_MB)
        reserve = RESERVE_MB * MB
        if not self.are_mounted:
            reserve = max(reserve, Disk(folder, 0).free_bytes() - PART_MB * MB)
        self.reserve_bytes = reserve
        self.data_disk = Disk(self.data, reserve)
        self.volume_disk = Disk(self.volume, reserve)

    def _mount(self, path, size_mb):
        image = path + ".image"
        with open(image, "wb") as file:
            file.truncate(size_mb * MB)
        return all(subprocess.run(command, capture_output=True).returncode == 0
                   for command in (["mkfs.ext4", "-q", "-m", "0", image], ["mount", "-o", "loop", image, path]))

    def unmount(self):
        if not self.are_mounted:
            return
        for path in (self.data, self.volume):
            mr.check_equal(subprocess.run(["umount", path], capture_output=True).returncode, 0, f"umount {path}")
