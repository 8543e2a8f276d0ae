"""What stands before several web processes: connections are handed round, past those that died."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Front:
    """A balancer of TCP connections on a port of its own."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        """The web processes, dead or alive."""
        self.port = 0
        self._turns = itertools.count()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            upstream = await self._next()
            if upstream is not None:
                await self._join(reader, writer, *upstream)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        start = next(self._turns)
        for place in range(len(self.ports)):
            port = self.ports[(start + place) % len(self.ports)]
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        return None

    async def _join(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        inner_reader: asyncio.StreamReader,
        inner_writer: asyncio.StreamWriter,
    ) -> None:
        self._open.add(inner_writer)
        try:
            await asyncio.wait(
                [
                    asyncio.create_task(_pour(reader, inner_writer)),
                    asyncio.create_task(_pour(inner_reader, writer)),
                ],
                # Where one side ends, the other has nothing more to say either.
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._open.discard(inner_writer)
            inner_writer.transport.abort()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        return


@asynccontextmanager
async def opened_front() -> AsyncIterator[Front]:
    front = Front()
    await front.open()
    try:
        yield front
    finally:
        await front.close()
