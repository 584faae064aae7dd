"""Assets over HTTP: scripts and styles, to anybody.

In: a file name. Out: the file, to be kept for ever: another content has another name. Never: a file that was not built.
"""

from litestar import Response, get
from litestar.exceptions import NotFoundException

from grantwire.edges.web.built import load_built
from grantwire.edges.web.given import Asked, Name

_FOR_EVER = "public, max-age=31536000, immutable"


@get("/assets/{name:str}")
async def asset(request: Asked, name: Name) -> Response[bytes]:
    file = load_built().files.get(name)
    if file is None:
        raise NotFoundException
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.zipped, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media_type, headers=headers)
