"""The endpoint: BentoML's server, health, metrics and OpenAPI around the scorer.

The one module that imports BentoML. A request's body reaches `reading` as it came, so that every
answer to a bad one is ours: path, found, expected. KEHU_SOURCE names the source whose release is
served (default simulated); KEHU_DATA the folder that holds data/<source> (default that of
the service's own code, as in a Bento, else of the current folder).
"""

import gc
import logging
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

os.environ.setdefault("BENTOML_DO_NOT_TRACK", "True")

import bentoml
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from src.core.errors import KehuError
from src.core.process import POLICY
from src.models.releases.release import Release, served_release
from src.serving.faults import BadRequestError
from src.serving.reading import read_request
from src.serving.requests import MAX_BODY_BYTES, ExplainRequest, ScoreRequest
from src.serving.responses import ExplainResponse, Incident, Refusal, ScoreResponse
from src.serving.scorer import Scorer, open_scorer

SOURCE_VARIABLE, DEFAULT_SOURCE = "KEHU_SOURCE", "simulated"
DATA_VARIABLE = "KEHU_DATA"
THREADS = 2
_log = logging.getLogger("bentoml.kehu")

R = TypeVar("R", bound=ExplainRequest)


class _RawBody(bentoml.IODescriptor):  # type: ignore[misc]
    """Gives the API method the body as bytes, and OpenAPI the schema of the model it stands for.

    At most one byte over MAX_BODY_BYTES is kept, enough to see that there was too much.
    """

    __root_input__ = True

    @classmethod
    async def from_http_request(cls, request: Request, serde: Any) -> bytes:  # noqa: ARG003
        body = bytearray()
        async for chunk in request.stream():
            body += chunk[: MAX_BODY_BYTES + 1 - len(body)]
        return bytes(body)


class ScoreBody(ScoreRequest, _RawBody):
    """Which customers, which models, and how many reasons."""


class ExplainBody(ExplainRequest, _RawBody):
    """Which customers, and which models."""


async def _openapi(request: Request) -> Response:  # noqa: ARG001
    """BentoML's own specification, with our refusals in the place of its own."""
    service: Any = CustomerScoring  # what the decorators made of the class
    specification = service.openapi_spec.asdict()
    schemas = specification["components"]["schemas"]
    template = "#/components/schemas/{model}"
    for model in (Refusal, Incident):
        schema = model.model_json_schema(ref_template=template)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for path in ("/v1/score", "/v1/explain"):
        responses = specification["paths"][path]["post"]["responses"]
        for status, words, name in _REFUSALS:
            content = {"application/json": {"schema": {"$ref": template.format(model=name)}}}
            responses.pop(int(status), None)
            responses[status] = {"description": words, "content": content}
    return JSONResponse(specification)


_REFUSALS = (
    ("400", "The body is not JSON", "Refusal"),
    ("404", "A customer is unknown", "Refusal"),
    ("413", f"The body is over {MAX_BODY_BYTES:,} bytes", "Refusal"),
    ("422", "A field is not acceptable", "Refusal"),
    ("500", "A defect of the service", "Incident"),
)


@bentoml.asgi_app(Starlette(routes=[Route("/docs.json", _openapi)]), path="/")
@bentoml.service(
    name="customer_scoring",
    threads=THREADS,
    traffic={"timeout": 60},
    http={"port": 3000},
    # for the workers, before they load LightGBM; what the environment sets goes before it
    envs=[{"name": name, "value": value} for name, value in POLICY.items()],
)
class CustomerScoring:
    """Classes of customers with their reasons: risk appetite, value tier and churn."""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]
    @staticmethod
    def require_release() -> None:
        """Before any worker starts: a damaged release is one line and a non-zero exit."""
        try:
            open_scorer(_release())
        except KehuError as error:
            raise bentoml.exceptions.BentoMLException(str(error)) from error

    def __init__(self) -> None:
        """Load the models once, and answer a made-up request to have all plans compiled.

        What is there by then stays for good: the collector of garbage need not look at it again.
        """
        self.scorer: Scorer = open_scorer(_release())
        self.scorer.warm_up()
        gc.collect()
        gc.freeze()

    @bentoml.api(route="/v1/score", input_spec=ScoreBody, output_spec=ScoreResponse)  # type: ignore[untyped-decorator]
    def score(self, body: bytes, /) -> Any:
        """Class, probabilities and the top reasons of each customer in each task.

        A customer is known to the pipeline (customer_id alone; scored at the served snapshot) or
        brings its raw history inline (scored at as_of). An event at or after as_of is refused.
        """
        return _answer(lambda: self.scorer.score(read_request(body, ScoreRequest)))

    @bentoml.api(route="/v1/explain", input_spec=ExplainBody, output_spec=ExplainResponse)  # type: ignore[untyped-decorator]
    def explain(self, body: bytes, /) -> Any:
        """What every feature contributed to every margin: base + contributions = margin."""
        return _answer(lambda: self.scorer.explain(read_request(body, ExplainRequest)))


def _release() -> Release:
    """What is served. Raises KehuError if nothing is, or if a file of it is damaged."""
    source = os.environ.get(SOURCE_VARIABLE) or DEFAULT_SOURCE
    folder = _data() / source
    found = served_release(folder / "served.json", folder / "releases")
    if found is None:
        raise KehuError(
            f"{folder / 'served.json'}: no such file, so nothing of {source} is served. Run "
            f"`make run`, or `kehu promote --source {source}`; {SOURCE_VARIABLE} names another "
            "source."
        )
    return found[0]


def _data() -> Path:
    """The folder of the sources' outputs: of the service's own code, such as in a Bento, before
    that of the folder in which the server was started."""
    if named := os.environ.get(DATA_VARIABLE):
        return Path(named)
    own = Path(__file__).parents[2] / "data"
    return own if any(own.glob("*/served.json")) else Path("data")


def _answer(work: Callable[[], BaseModel]) -> Response:
    """The answer, the refusal with its faults, or the number of an incident."""
    try:
        text = work().model_dump_json(by_alias=True, exclude_unset=True)
        return Response(text, media_type="application/json")
    except BadRequestError as error:
        return JSONResponse(error.body(), status_code=error.status)
    except Exception:
        incident = secrets.token_hex(8)
        _log.exception("incident %s", incident)
        words = "The service has a defect; its log has the details under this incident."
        return JSONResponse({"error": words, "incident": incident}, status_code=500)
