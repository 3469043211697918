"""Bodies in bounded memory: decompressed block by block, never past the limit, however small the bomb is that holds them."""

from __future__ import annotations

import zlib

_STEP = 256 << 10


class EncodingNotOffered(Exception):
    """A compression that was not offered, or several at once."""


class Body:
    """Collects one body of at most ``limit`` bytes after decompression, of which the first ``keep`` are kept."""

    def __init__(self, encoding: str, limit: int, keep: int) -> None:
        self._inflater = _inflater(encoding)
        self._is_deflate = encoding.strip().lower() == "deflate"
        self._limit = limit
        self._keep = keep
        self._size = 0
        self._kept = 0
        self._parts: list[bytes] = []
        self._is_over = False

    def take(self, block: bytes) -> bool:
        """Take one block as it came; False when the limit is reached and the rest need not be read.

        Raises:
            zlib.error: the block is not what its header says.
        """
        if self._inflater is None:
            self._add(block)
            return not self._is_over
        data = block
        while data and not self._is_over and not self._inflater.eof:
            self._add(self._inflate(data))
            data = self._inflater.unconsumed_tail
        return not self._is_over

    def done(self) -> tuple[bytes, bool]:
        """The body kept and whether any of it is missing."""
        is_cut = self._inflater is not None and self._size > 0 and not self._inflater.eof
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        return body, self._is_over or is_cut or self._kept < self._size

    def _inflate(self, data: bytes) -> bytes:
        assert self._inflater is not None
        most = min(_STEP, self._limit - self._size + 1)
        try:
            return self._inflater.decompress(data, most)
        except zlib.error:
            # Half the servers of the world send "deflate" without its wrapper.
            if not self._is_deflate or self._size:
                raise
            self._is_deflate = False
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._inflater.decompress(data, most)

    def _add(self, block: bytes) -> None:
        self._size += len(block)
        if self._size > self._limit:
            self._is_over = True
            block = block[: len(block) - (self._size - self._limit)]
        if (room := self._keep - self._kept) > 0:
            part = block if len(block) <= room else block[:room]
            self._parts.append(part)
            self._kept += len(part)


def _inflater(encoding: str) -> zlib._Decompress | None:
    match encoding.strip().lower():
        case "" | "identity" | "none" | "utf-8":
            return None
        case "gzip" | "x-gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        case "deflate":
            return zlib.decompressobj()
        case _:
            raise EncodingNotOffered(encoding)
