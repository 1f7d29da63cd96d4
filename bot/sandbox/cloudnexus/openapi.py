"""The API described in OpenAPI 3.1, with the constants that the server itself checks by.

Where the reference is silent (201, 405, the errors' `code`) this document says what the stand-in does.
"""

from __future__ import annotations

from typing import Final

from bot.sandbox.cloudnexus.validation import (
    DEFAULT_LIMIT,
    GREATEST,
    NAME_LENGTH,
    OPTIONAL,
    REQUIRED,
    VISIBLE,
)

Schema = dict[str, object]

_READ_ERRORS: Final = ("401", "403", "404", "405", "429", "500")
_SHOWN: Final[Schema] = {"type": "string", "minLength": 1, "pattern": VISIBLE}
_TEXT: Final[Schema] = {"type": "string"}
_WHOLE: Final[Schema] = {"type": "integer", "minimum": 0}


def document() -> dict[str, object]:
    """The whole document, as JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "CloudNexus API",
            "version": "1.2.0",
            "description": "A stand-in for the CloudNexus API, as its reference documents it.",
        },
        "servers": [{"url": "/v1"}],
        "security": [{"key": []}],
        "paths": {
            "/servers": {
                "get": _operation(
                    "listServers",
                    "A paginated list of all VPS instances of the account.",
                    (
                        "200",
                        "A page of servers; `limit` is the page size that was honoured.",
                        "ServerPage",
                    ),
                    ("400", *_READ_ERRORS),
                    parameters=[
                        _parameter("page", "Which page, from 1 on.", 1),
                        _parameter(
                            "limit", "The page size; one that is too large is cut.", DEFAULT_LIMIT
                        ),
                    ],
                ),
                "post": _operation(
                    "createServer",
                    "Provisions a new VPS instance. The reference names no status of the answer; it is 201.",
                    ("201", "The server, while it is being provisioned.", "Created"),
                    ("400", "401", "403", "404", "405", "422", "429", "500"),
                    body="NewServer",
                ),
            },
            "/cdn/domains": {
                "get": _operation(
                    "listDomains",
                    "All configured CDN endpoints and their SSL and edge configuration.",
                    ("200", "All domains.", "Domains"),
                    _READ_ERRORS,
                )
            },
            "/kubernetes/clusters": {
                "get": _operation(
                    "listClusters",
                    "All managed Kubernetes clusters with node pool details.",
                    ("200", "All clusters.", "Clusters"),
                    _READ_ERRORS,
                )
            },
        },
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "cn_live_sk_… for production, cn_test_sk_… for the sandbox.",
                }
            },
            "headers": _headers(),
            "responses": {status: _error(status, words) for status, words in _ERRORS.items()},
            "schemas": _schemas(),
        },
    }


_ERRORS: Final = {
    "400": "Invalid parameters or malformed JSON payload.",
    "401": "Missing or invalid API key. Spends no quota.",
    "403": "Insufficient permissions for requested action.",
    "404": "Resource does not exist or has been deleted.",
    "405": "The path does not take this method; `Allow` names those that it takes.",
    "422": "Resource validation failed, such as a duplicate name; `details` says more.",
    "429": "Exceeded rate limit. Wait until X-RateLimit-Reset.",
    "500": "Internal infrastructure failure. Retry after 30s.",
}


def _operation(
    name: str,
    words: str,
    success: tuple[str, str, str],
    errors: tuple[str, ...],
    *,
    parameters: list[Schema] | None = None,
    body: str = "",
) -> Schema:
    status, said, schema = success
    responses: Schema = {
        status: {
            "description": said,
            "headers": _rate_headers(),
            "content": {"application/json": {"schema": _ref("schemas", schema)}},
        }
    }
    responses.update({error: _ref("responses", error) for error in errors})
    operation: Schema = {"operationId": name, "summary": words, "responses": responses}
    if parameters:
        operation["parameters"] = parameters
    if body:
        content = {"application/json": {"schema": _ref("schemas", body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameter(name: str, words: str, default: int) -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": GREATEST, "default": default}
    return {"name": name, "in": "query", "description": words, "schema": schema}


def _headers() -> Schema:
    return {
        "Limit": {"description": "Max requests per window", "required": True, "schema": _WHOLE},
        "Remaining": {"description": "Requests remaining", "required": True, "schema": _WHOLE},
        "Reset": {
            "description": "UTC timestamp when the window resets; its form is an option",
            "required": True,
            "schema": _TEXT,
        },
    }


def _rate_headers() -> Schema:
    return {f"X-RateLimit-{name}": _ref("headers", name) for name in _headers()}


def _error(status: str, words: str) -> Schema:
    headers = _rate_headers()
    if status == "405":
        headers["Allow"] = {"required": True, "schema": _TEXT}
    content = {"application/json": {"schema": _ref("schemas", "Error")}}
    return {"description": words, "headers": headers, "content": content}


def _schemas() -> Schema:
    least, most = NAME_LENGTH
    described: Schema = {
        "name": {**_SHOWN, "minLength": least, "maxLength": most},
        "region": {**_SHOWN, "examples": ["us-east-1", "eu-west-2"]},
        "image": {**_SHOWN, "examples": ["ubuntu-24-04"]},
        "plan": {**_SHOWN, "examples": ["c-4"]},
        "ssh_keys": {"type": "array", "items": _SHOWN},
    }
    new_server = _object({name: described[name] for name in REQUIRED + OPTIONAL}, REQUIRED)
    sizes = _object({"vcpus": _WHOLE, "ram_gb": {"type": "number"}, "disk_gb": {"type": "number"}})
    moment: Schema = {"type": "string", "format": "date-time"}
    return {
        "NewServer": new_server,
        "Server": _object(
            {**_texts("id", "name", "status", "region"), "spec": sizes, "created_at": moment}
        ),
        "ServerPage": _object(
            {
                "servers": _array("Server"),
                "pagination": _object({"total": _WHOLE, "page": _WHOLE, "limit": _WHOLE}),
            }
        ),
        "Created": _object(
            {
                "server": _object(
                    {
                        **_texts("id", "status", "ip_address"),
                        "provisioning_eta_seconds": _WHOLE,
                    }
                )
            }
        ),
        "Domain": _object(
            {**_texts("id", "name", "origin", "ssl"), "cache_rules": _WHOLE, **_texts("status")}
        ),
        "Domains": _object({"domains": _array("Domain")}),
        "Cluster": _object(
            {**_texts("id", "version"), "nodes": _WHOLE, **_texts("network_policy", "status")}
        ),
        "Clusters": _object({"clusters": _array("Cluster")}),
        "Error": _object(
            {
                "error": _object(
                    {
                        "code": {"type": "string", "pattern": "^ERR_[0-9]{3}$"},
                        "message": _TEXT,
                        "details": {"type": "array", "items": _object(_texts("field", "message"))},
                    }
                )
            }
        ),
    }


def _object(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def _texts(*names: str) -> Schema:
    return dict.fromkeys(names, _TEXT)


def _array(of: str) -> Schema:
    return {"type": "array", "items": _ref("schemas", of)}


def _ref(part: str, name: str) -> Schema:
    return {"$ref": f"#/components/{part}/{name}"}
