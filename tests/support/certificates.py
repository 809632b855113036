"""Makes keys and certificates for tests, with the program openssl."""

import os
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    """One that signs certificates of servers and clients in a folder."""

    def __init__(self, folder, name="authority"):
        self.folder = folder
        self.certificate = os.path.join(folder, f"{name}.crt")
        self.key = os.path.join(folder, f"{name}.key")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate)

    def issue(self, name, subject="localhost", days=2, use="serverAuth", hosts="DNS:localhost,IP:127.0.0.1"):
        """Returns the paths of certificate and key. Negative `days`: it is expired. `subject`: a CN, or "/O=a/CN=b"."""
        certificate, key = (os.path.join(self.folder, f"{name}.{kind}") for kind in ("crt", "key"))
        request = os.path.join(self.folder, f"{name}.csr")
        extensions = os.path.join(self.folder, f"{name}.ext")
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={hosts}\nextendedKeyUsage={use}\n")
        _openssl("req", "-utf8", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject if subject.startswith("/") else f"/CN={subject}",
                 "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                 "-days", str(days), "-extfile", extensions, "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key
