"""Hosts that speak TLS, and hosts that answer drop by drop, on ports of their own."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(folder: Path, name: str) -> Path:
    """A file with a key, and a certificate of this name that the key signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    told = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(told + made.public_bytes(serialization.Encoding.PEM))
    return path


def spoken(path: Path) -> ssl.SSLContext:
    """What a server with this certificate speaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@dataclass
class Dripping:
    """A host whose answer does not end for long, and whether whoever asked went away."""

    port: int
    left: Event


@contextmanager
def open_dripping(context: ssl.SSLContext | None, begins: bytes, *, drops: int) -> Iterator[Dripping]:
    """A host whose answer begins so; then come drops, a fiftieth of a second apart, before it closes."""
    done = Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        its = Dripping(listening.getsockname()[1], Event())

        def serve() -> None:
            sock, _ = listening.accept()
            with context.wrap_socket(sock, server_side=True) if context else sock as asked:
                try:
                    asked.recv(2**16)
                    asked.sendall(begins)
                    for _ in range(drops):
                        asked.sendall(b"x")
                        if done.wait(0.02):
                            break
                except OSError:
                    its.left.set()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield its
        finally:
            its.left.wait(60)
            done.set()
            thread.join()
