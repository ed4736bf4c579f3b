"""Load YAML into a typed, frozen, closed model; a misspelt key names its nearest neighbour."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from src.core.errors import ConfigError, nearest

_SHOWN_CHARACTERS = 80
# the safe loader written in C, where there is one, reads ten times as fast
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Settings(BaseModel):
    """Base of every settings section: unknown keys are errors, values never change after load."""

    model_config = ConfigDict(extra="forbid", frozen=True)


S = TypeVar("S", bound=BaseModel)


def load_settings(path: Path, model: type[S]) -> S:
    """Read `path` as YAML and validate it as `model`. Raises ConfigError naming file and key."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigError(
            f"{path}: found {type(content).__name__}; expected a mapping of keys to values."
        )
    return parse_settings(content, model, where=str(path))


def read_yaml(path: Path) -> Any:
    """The content of a YAML file. Raises ConfigError if it is missing or not YAML."""
    if not path.is_file():
        raise ConfigError(
            f"{path}: no such file. Expected a YAML file; run from the project's top folder."
        )
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else f"{path}"
        problem = getattr(error, "problem", None) or error
        raise ConfigError(
            f"{place}: not readable as YAML: {problem}. Mend the syntax there."
        ) from error


def parse_settings(content: dict[str, Any], model: type[S], where: str) -> S:
    """Validate `content` as `model`. Raises ConfigError listing every fault with its key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        # a misspelt key goes before the one that is missing for it
        details = sorted(error.errors(), key=lambda detail: detail["type"] != "extra_forbidden")
        faults = [_fault(detail, model) for detail in details]
        raise ConfigError(f"{where}: " + " ".join(faults)) from error


def _fault(detail: ErrorDetails, model: type[BaseModel]) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        known = _keys_beside(detail["loc"], model)
        return f"unknown key {path!r}. {nearest(str(detail['loc'][-1]), known)}"
    if detail["type"] == "missing":
        return f"key {path!r} is missing. Add it."
    if detail["type"] == "value_error":  # a rule of ours, whose own words say what it found
        words = detail["msg"].removeprefix("Value error, ").rstrip(".")
        return f"{path!r}: {words}." if path else f"{words}."
    return f"{path!r} has {_shown(detail['input'])}; expected: {detail['msg']}."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"


def _keys_beside(location: tuple[int | str, ...], model: type[BaseModel]) -> list[str]:
    """The keys known at the level of `location`, walking through nested models where it can."""
    current: Any = model
    for part in location[:-1]:
        fields = getattr(current, "model_fields", {})
        if part in fields:
            current = _model_inside(fields[part].annotation)
        else:
            current = _model_inside(current)
    return list(getattr(current, "model_fields", {}))


def _model_inside(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_inside(argument)
        if found is not None:
            return found
    return None
